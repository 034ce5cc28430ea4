//! `providers`: the providers, and what is possible with each. Reads no config and asks nobody.

use super::answer::Answer;
use super::command_line::instead_of;
use super::error::CliError;
use super::provider_row::row;
use crate::domain::text::sanitize;
use crate::domain::{Code, Problem, ProviderId};
use crate::providers::Registry;

pub(super) fn run(id: Option<&str>) -> Result<Answer, CliError> {
    let registry = Registry::built_in();
    let Some(id) = id else {
        let rows = registry.all().map(row).collect();
        return Ok(Answer::providers(rows, false));
    };
    let spec = registry.get(&ProviderId::new(id)).ok_or_else(|| {
        Problem::new(
            Code::ConfigUnknownProvider,
            format!("there is no provider \"{}\"", sanitize(id)),
        )
        .hint(instead_of(id, registry.ids().map(|id| id.as_str())))
    })?;
    Ok(Answer::providers(vec![row(spec)], true))
}
