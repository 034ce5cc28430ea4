//! `install-hook`: writes a hook that scans staged changes before each commit. Never overwrites a
//! hook that it did not write, without `--force`.

use super::answer::Answer;
use super::checkout::Checkout;
use super::env::Env;
use super::error::CliError;
use super::problems::scan as problems;
use crate::disk::Kind;
use crate::domain::text::sanitize;
use crate::scan::{self, Hooks};

/// The hook. Its second line identifies it.
const HOOK: &str = "#!/bin/sh\n# Written by `tokenward install-hook`: scans staged changes for tokens. To skip it once: git commit --no-verify\n\
command -v tokenward >/dev/null || {\n  echo 'The commit was not checked: tokenward is not on the PATH. Install it, or skip the check once: git commit --no-verify' >&2\n  exit 1\n}\n\
exec tokenward scan --staged\n";

pub(super) fn run(env: &Env, force: bool) -> Result<Answer, CliError> {
    let checkout = Checkout::of(env, false);
    let repository = checkout.repository().map_err(problems::no_repository_for_hook)?;
    let path = match scan::pre_commit(repository) {
        Hooks::Git(path) => path,
        Hooks::Kept(manager, file) => {
            let file = file.strip_prefix(repository.work_tree()).unwrap_or(&file);
            return Err(problems::hooks_managed(manager, file).into());
        }
        Hooks::Outside(path) => return Err(problems::hooks_outside(&path).into()),
    };
    let disk = env.disk();
    let there = disk.read(&path);
    let is_ours = matches!(&there, Ok(Some(there)) if there.contains("`tokenward install-hook`"));
    if !matches!(there, Ok(None)) && !is_ours && !force {
        return Err(problems::hook_exists(&path).into());
    }
    disk.replace(&path, HOOK, Kind::Hook).map_err(|failure| failure.to_problem("the hook"))?;
    let shown = sanitize(&path.display().to_string());
    Ok(Answer::text(format!("{shown}: staged changes are scanned before each commit\n")))
}
