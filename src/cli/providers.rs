//! `providers`: the providers, and what is possible with each. Reads no config and asks nobody.

use super::args::Global;
use super::failure::Failure;
use super::output::Output;
use super::abilities::row;
use super::surroundings::Surroundings;
use crate::domain::text::tame;
use crate::domain::{Code, Problem, ProviderId};
use crate::providers::Registry;

pub(super) fn run(around: &Surroundings, global: &Global, id: Option<&str>) -> Result<u8, Failure> {
    let registry = Registry::built_in();
    let Some(id) = id else {
        let rows = registry.all().map(row).collect();
        return Ok(Output::new(around, global).providers(rows, false));
    };
    let spec = registry.get(&ProviderId::new(id)).ok_or_else(|| {
        Problem::new(Code::ConfigUnknownProvider, format!("there is no provider \"{}\"", tame(id)))
            .hint(format!("there are: {}", registry.ids().map(ToString::to_string).collect::<Vec<_>>().join(", ")))
    })?;
    Ok(Output::new(around, global).providers(vec![row(spec)], true))
}
