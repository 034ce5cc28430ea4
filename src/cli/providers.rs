//! `providers`: the built-in providers, and what tokenward can do with each; or one provider, which
//! can also be one of the config. Sends no request.

use std::sync::Arc;

use super::answer::Answer;
use super::args::Global;
use super::checkout::Checkout;
use super::env::Env;
use super::error::CliError;
use super::problems;
use super::provider_row::row;
use super::session::Session;
use crate::domain::ProviderId;
use crate::providers::Registry;

pub(super) fn run(env: &Env, global: &Global, id: Option<&str>) -> Result<Answer, CliError> {
    let built_in = Registry::built_in();
    let Some(id) = id else {
        let rows = built_in.all().map(row).collect();
        return Ok(Answer::providers(rows, false));
    };
    let named = ProviderId::new(id);
    if let Some(spec) = built_in.get(&named) {
        return Ok(Answer::providers(vec![row(spec)], true));
    }
    let session = Session::open_if_there(env, &Arc::new(Checkout::of(env, false)), global)?;
    let registry = session.as_ref().map_or(&built_in, |session| &session.registry);
    let spec =
        registry.get(&named).ok_or_else(|| problems::selection::unknown_provider(id, registry))?;
    Ok(Answer::providers(vec![row(spec)], true))
}
