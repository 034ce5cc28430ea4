//! The user's own provider: a provider file that the config names. It is read and checked as
//! strictly as the built-in ones.

use std::path::Path;

use crate::config::{self, Context, RenderedDiagnostic};
use crate::domain::Code;
use crate::providers::model::check::check;
use crate::providers::{Registry, Spec};

use super::args::SchemaName;
use super::checkout::Checkout;
use super::error::CliError;
use super::{problems, schemas, shapes};

/// Reads a file again, now that the shapes of the user's own tokens are known: it must hold none.
pub(super) fn refuse_own_tokens<'s>(
    specs: impl Iterator<Item = &'s Spec>,
    read: impl FnOnce(&Context<'_>) -> Result<(), Vec<RenderedDiagnostic>>,
) -> Result<(), CliError> {
    let looks_like_token = shapes::own_token_finder(specs)?;
    read(&Context { looks_like_token: &looks_like_token, known_providers: &[] })
        .map_err(CliError::Config)
}

/// Reads the provider file at `path` and adds it to the registry.
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
    refuse_own_tokens(std::iter::once(&spec), |context| {
        config::read::<Spec>(path, &text, context, schemas::printed(SchemaName::Provider)).map(drop)
    })?;
    let missed = shapes::missed_samples(&spec)?;
    if !missed.is_empty() {
        let diagnostics = missed.into_iter().map(|(kind, sample)| {
            let (kind, sample) = (kind.to_string(), sample.to_string());
            let at = ["tokens", &kind, "samples", &sample];
            let what = "the leak check does not find the token in this sample";
            let hint =
                "make the sample a typical line of code, or widen `shape`, `context` or `beside`";
            tree.diagnostic(Code::ProviderInvalid, &at, what, Some(hint.to_owned()))
        });
        return Err(CliError::Config(diagnostics.collect()));
    }
    registry.add(spec).map_err(|problem| {
        CliError::Config(vec![tree.diagnostic(problem.id, &["id"], problem.what, problem.hint)])
    })
}
