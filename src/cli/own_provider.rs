//! A provider of the user's own: a provider file named in the config, read with the same care and
//! held to the same rules as the built-in ones.

use std::path::Path;

use crate::config::{self, Context};
use crate::domain::{Code, Problem};
use crate::providers::model::check::check;
use crate::providers::{Registry, Spec};

use super::args::SchemaName;
use super::checkout::Checkout;
use super::error::CliError;
use super::schemas;

pub(super) fn add(
    registry: &mut Registry,
    checkout: &Checkout,
    path: &Path,
    context: &Context<'_>,
) -> Result<(), CliError> {
    let text = checkout.text(path)?.ok_or_else(|| {
        Problem::new(Code::ConfigMissing, format!("there is no provider file {}", path.display()))
            .hint("correct its path under `providers:`; it is relative to the repository's root")
    })?;
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
