//! The user's own provider: a provider file that the config names. It is read and checked as
//! strictly as the built-in ones.

use std::path::Path;

use crate::config::{self, Context};
use crate::domain::Code;
use crate::providers::model::check::check;
use crate::providers::{Registry, Spec};

use super::args::SchemaName;
use super::checkout::Checkout;
use super::error::CliError;
use super::problems;
use super::schemas;

pub(super) fn add(
    registry: &mut Registry,
    checkout: &Checkout,
    path: &Path,
    context: &Context<'_>,
) -> Result<(), CliError> {
    let text = checkout.text(path)?.ok_or_else(|| problems::config::provider_file_missing(path))?;
    let (spec, tree) =
        config::read::<Spec>(path, &text, context, schemas::printed(SchemaName::Provider))
            .map_err(CliError::Config)?;
    let mistakes = check(&spec);
    if !mistakes.is_empty() {
        let diagnostics = mistakes
            .iter()
            .map(|mistake| {
                let path: Vec<&str> =
                    mistake.at.split(['.', '[', ']']).filter(|part| !part.is_empty()).collect();
                tree.diagnostic(
                    Code::ProviderInvalid,
                    &path,
                    format!("this {}", mistake.says),
                    None,
                )
            })
            .collect();
        return Err(CliError::Config(diagnostics));
    }
    registry.add(spec).map_err(|problem| {
        CliError::Config(vec![tree.diagnostic(problem.id, &["id"], problem.what, problem.hint)])
    })
}
