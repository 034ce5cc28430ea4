//! `install-hook`: checks what is staged before each commit. Writes one file of this repository,
//! and never over somebody else's.

use super::answer::Answer;
use super::checkout::Checkout;
use super::env::Env;
use super::error::CliError;
use crate::disk::Kind;
use crate::domain::text::sanitize;
use crate::domain::{Code, Problem};
use crate::scan::{self, Hooks};

/// The hook. The line that says whose it is is how it is known again.
const HOOK: &str = "#!/bin/sh\n# Written by `tokenward install-hook`: keeps tokens out of commits. Once: git commit --no-verify\n\
command -v tokenward >/dev/null || {\n  echo 'The commit was not checked: tokenward is not on the PATH. Install it, or once: git commit --no-verify' >&2\n  exit 1\n}\n\
exec tokenward scan --staged\n";

/// The line for a hook that somebody else wrote.
const LINE: &str = "tokenward scan --staged";

pub(super) fn run(env: &Env, force: bool) -> Result<Answer, CliError> {
    let failed = |what: String, cause: String| {
        Problem::new(Code::Usage, what).cause(cause).state("nothing was written")
    };
    let checkout = Checkout::of(env, false);
    let repository = checkout.repository().map_err(|problem| {
        failed(
            "there is no repository to install a hook in".to_owned(),
            [vec![problem.what], problem.causes].concat().join("; "),
        )
    })?;
    let path = match scan::pre_commit(repository) {
        Hooks::Git(path) => path,
        Hooks::Kept(who, file) => {
            let shown = sanitize(
                &file.strip_prefix(repository.work_tree()).unwrap_or(&file).display().to_string(),
            );
            let how = match who {
                "lefthook" => format!(
                    "add to {shown}: pre-commit: {{commands: {{tokenward: {{run: {LINE}}}}}}}"
                ),
                _ => format!(
                    "add to {shown} under `repos`: the repository of tokenward, with `hooks: [{{id: tokenward}}]`"
                ),
            };
            return Err(failed(
                format!("{who} keeps the hooks of this repository"),
                format!("there is a {shown}"),
            )
            .hint(how)
            .into());
        }
        Hooks::Outside(file) => {
            let shown = sanitize(&file.display().to_string());
            return Err(failed(
                "git takes the hooks from outside of this repository".to_owned(),
                format!("`core.hooksPath` leads to {shown}"),
            )
            .hint(format!(
                "add the line `{LINE}` to {shown} yourself, for every repository that uses it"
            ))
            .into());
        }
    };
    let shown = sanitize(&path.display().to_string());
    let disk = env.disk();
    let there = disk.read(&path);
    let is_ours = matches!(&there, Ok(Some(there)) if there.contains("`tokenward install-hook`"));
    if !matches!(there, Ok(None)) && !is_ours && !force {
        return Err(failed("there is a pre-commit hook already".to_owned(), shown)
            .hint(format!("add the line `{LINE}` to it, or replace it with --force"))
            .into());
    }
    disk.replace(&path, HOOK, Kind::Hook).map_err(|failure| failure.to_problem("the hook"))?;
    Ok(Answer::text(format!("{shown}: each commit is checked before it is made\n")))
}
