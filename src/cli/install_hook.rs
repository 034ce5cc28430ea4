//! `install-hook`: checks what is staged before each commit. Writes one file, and never over somebody else's.

use super::checkout::Checkout;
use super::failure::Failure;
use super::surroundings::Surroundings;
use crate::disk::Kind;
use crate::domain::text::tame;
use crate::domain::{Code, Problem};
use crate::scan;

/// The hook. The line that says whose it is is how it is known again.
const HOOK: &str = "#!/bin/sh\n# Written by `tokenward install-hook`: keeps tokens out of commits. Once: git commit --no-verify\n\
command -v tokenward >/dev/null || {\n  echo 'The commit was not checked: tokenward is not on the PATH. Install it, or once: git commit --no-verify' >&2\n  exit 1\n}\n\
exec tokenward scan --staged\n";

pub(super) fn run(around: &Surroundings, force: bool) -> Result<u8, Failure> {
    let failed = |what: &str, cause: String| Problem::new(Code::Usage, what.to_owned()).cause(cause);
    let checkout = Checkout::of(around, false);
    let repository = checkout.repository().map_err(|problem| {
        failed("there is no repository to install a hook in", [vec![problem.what], problem.causes].concat().join("; "))
    })?;
    let path = scan::pre_commit(repository);
    let shown = tame(&path.display().to_string());
    let disk = around.disk();
    let there = disk.read(&path);
    let is_ours = matches!(&there, Ok(Some(there)) if there.contains("`tokenward install-hook`"));
    if !matches!(there, Ok(None)) && !is_ours && !force {
        return Err(failed("there is a pre-commit hook already", shown)
            .hint("add the line `tokenward scan --staged` to it, or replace it with --force")
            .into());
    }
    disk.replace(&path, HOOK, Kind::Hook).map_err(|failure| failure.to_problem("the hook"))?;
    around.say(&format!("{shown}: each commit is checked before it is made\n"));
    Ok(0)
}
