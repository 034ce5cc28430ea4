//! Messages about the config and the provider files that it names.

use std::path::Path;

use super::NOTHING_CHANGED;
use crate::config::{Config, RenderedDiagnostic, TokenConfig};
use crate::domain::text::sanitize;
use crate::domain::{Code, Problem, TokenName};
use crate::providers::Spec;

fn shown(path: &Path) -> String {
    sanitize(&path.display().to_string())
}

/// An error of the config, without its excerpt of the file.
pub(in crate::cli) fn of_diagnostic(diagnostic: &RenderedDiagnostic) -> Problem {
    let problem = Problem::new(
        diagnostic.code,
        format!("{}:{}: {}", diagnostic.path, diagnostic.line, diagnostic.message),
    );
    diagnostic.hint.iter().fold(problem, |problem, hint| problem.hint(hint.clone()))
}

pub(in crate::cli) fn not_in_trusted_commit(path: &Path, commit: &str) -> Problem {
    Problem::new(Code::ConfigMissing, format!("the trusted commit has no {}", shown(path)))
        .cause(format!(
            "tokenward looked in commit {commit}; it ignores a config that is only proposed"
        ))
        .hint("merge the config first")
}

pub(in crate::cli) fn provider_file_missing(path: &Path) -> Problem {
    Problem::new(Code::ConfigMissing, format!("the provider file {} does not exist", shown(path)))
        .hint("correct its path under `providers:`; it is relative to the root of the repository")
}

pub(in crate::cli) fn no_primary_repository() -> Problem {
    Problem::new(Code::ConfigNoDestination, "there is no repository to keep the journal in").hint(
        "run it in GitHub Actions, or make the first destination of a token a repository secret",
    )
}

/// A run can prove a delivery only if GitHub passes the primary destination to it.
pub(in crate::cli) fn primary_not_here(name: &TokenName, here: &str) -> Problem {
    Problem::new(
        Code::ConfigNoDestination,
        format!("the first destination of {name} is not a secret in {here}"),
    )
    .cause("the first destination is the primary one: GitHub passes it to this workflow, which proves that the new value arrived")
    .hint(format!("make the first destination a secret in {here}, and pass it to this step"))
    .state(NOTHING_CHANGED)
}

/// `index` counts the token's destinations from 0.
pub(in crate::cli) fn unknown_part(
    config: &Config,
    token: &TokenConfig,
    index: usize,
    part: &str,
    spec: &Spec,
    known: &[&str],
) -> RenderedDiagnostic {
    let hint = match known {
        [] => format!("remove `part`: {} tokens have no parts", spec.name),
        names => {
            let mut names = names.to_vec();
            names.dedup();
            format!("use one of: {}", names.join(", "))
        }
    };
    let position = index.to_string();
    let path = ["tokens", token.name.as_str(), "destinations", position.as_str(), "part"];
    let message = format!("{} tokens have no part `{}`", spec.name, sanitize(part));
    config.diagnostic(Code::ConfigUnknownPart, &path, message, Some(hint))
}

pub(in crate::cli) fn last_use_unknown(config: &Config, token: &TokenConfig) -> RenderedDiagnostic {
    config.diagnostic(
        Code::ConfigBadGrace,
        &["tokens", token.name.as_str(), "provider"],
        format!("{} does not report when a key was last used", token.provider),
        Some(
            "remove `last-used` from the grace of this token, and use `time` or `drain`".to_owned(),
        ),
    )
}

/// A journal in a file, for a command that reads it from another run.
pub(in crate::cli) fn journal_in_file() -> Problem {
    Problem::new(Code::Usage, "the config keeps the journal in a file, which no other run can read")
        .hint("set `journal: {git-ref: refs/tokenward/journal}`")
        .state(super::NOTHING_DONE)
}
