//! Messages about what `scan` could not scan, and about the files that suppress findings or run it.

use std::fmt::Display;
use std::path::Path;

use crate::domain::text::sanitize;
use crate::domain::{Code, Problem};

/// A scan that did not take place proves nothing.
const NOT_SCANNED: &str = "nothing was scanned, so this is not a clean result";
const NOT_WRITTEN: &str = "nothing was written";

fn shown(path: &Path) -> String {
    sanitize(&path.display().to_string())
}

/// Says that nothing was scanned, because of `problem`.
pub(in crate::cli) fn unscanned(problem: Problem) -> Problem {
    Problem { id: Code::ScanIncomplete, ..problem }.state(NOT_SCANNED)
}

/// The note of a run that cannot read the journal, because of `problem`, and need not.
pub(in crate::cli) fn shapes_only(problem: &Problem) -> String {
    format!("note: tokens in the config are recognized only by their shape: {}\n", problem.what)
}

/// The journal could not be read, because of `problem`, though this run has a credential for it.
pub(in crate::cli) fn journal_unread(problem: Problem) -> Problem {
    let cause = std::iter::once(problem.what).chain(problem.causes);
    let unread = Problem::new(
        Code::ScanIncomplete,
        "tokens in the config were recognized only by their shape, because the journal could not be read",
    );
    cause
        .fold(unread, Problem::cause)
        .hint(problem.hint.unwrap_or_else(|| "run it again; `tokenward doctor` checks the journal".to_owned()))
        .state("a token in the config that has no known shape would not have been found; no baseline was written")
}

pub(in crate::cli) fn nothing_scanned(what: &str) -> Problem {
    Problem::new(Code::NothingScanned, what)
        .hint("name files or folders that contain something, or run the command in a folder that does")
        .state(NOT_SCANNED)
}

pub(in crate::cli) fn ignore_invalid(why: impl Display) -> Problem {
    Problem::new(Code::Usage, "`scan.ignore` has an invalid pattern").cause(why.to_string())
}

/// A provider file's shape.
pub(in crate::cli) fn shape_unusable(why: impl Display) -> Problem {
    Problem::new(Code::ProviderInvalid, "the shape in a provider file cannot be searched for")
        .cause(why.to_string())
}

pub(in crate::cli) fn input_used_already() -> Problem {
    Problem::new(Code::Bug, "standard input has already been read")
}

/// Another checkout within the one of the run.
pub(in crate::cli) fn nested_checkout(inner: &Path) -> Problem {
    Problem::new(
        Code::ScanIncomplete,
        format!("{} is a separate checkout inside the checkout of this run", shown(inner)),
    )
    .cause("tokenward scans only the commits of the outer checkout, which say nothing about the inner one")
    .hint("name the files or folders to scan, or check out only one repository")
    .state(NOT_SCANNED)
}

pub(in crate::cli) fn path_missing(path: &Path) -> Problem {
    Problem::new(Code::Usage, format!("{} does not exist", shown(path)))
        .hint("name files or folders that exist")
}

pub(in crate::cli) fn not_a_range() -> Problem {
    Problem::new(Code::Usage, "--range takes two commits")
        .hint("write `--range A..B`: everything that is in B and not in A")
}

/// `named` is how the path was typed.
pub(in crate::cli) fn unreadable(named: &Path, why: impl Display) -> Problem {
    Problem::new(Code::ScanIncomplete, format!("{} cannot be scanned", shown(named)))
        .cause(sanitize(&why.to_string()))
        .state(NOT_SCANNED)
}

pub(in crate::cli) fn not_a_file(named: &Path) -> Problem {
    unreadable(named, "it is a socket or a device")
        .hint("pipe its content into `tokenward scan --stdin`")
}

pub(in crate::cli) fn link_out_of_repository(named: &Path) -> Problem {
    unreadable(named, "it is a link to something outside the repository")
        .hint("name the target of the link")
}

pub(in crate::cli) fn pipe_empty(named: &Path) -> Problem {
    Problem::new(Code::NothingScanned, format!("{} is empty", shown(named))).state(NOT_SCANNED)
}

pub(in crate::cli) fn pipe_unreadable(named: &Path, error: &std::io::Error) -> Problem {
    Problem::new(Code::ScanIncomplete, format!("{} could not be read", shown(named)))
        .cause(sanitize(&error.to_string()))
        .state(NOT_SCANNED)
}

pub(in crate::cli) fn no_event() -> Problem {
    Problem::new(Code::Usage, "--event works only in a GitHub Actions run")
        .cause("GITHUB_EVENT_NAME or GITHUB_EVENT_PATH is not set")
        .hint("elsewhere, run `tokenward scan --range A..B`")
}

/// `name` is the event's.
pub(in crate::cli) fn event_unreadable(name: &str, why: impl Display) -> Problem {
    Problem::new(
        Code::ScanIncomplete,
        format!("GitHub's payload for the event {} could not be read", sanitize(name)),
    )
    .cause(sanitize(&why.to_string()))
    .state(NOT_SCANNED)
}

pub(in crate::cli) fn baseline_unnamed() -> Problem {
    Problem::new(Code::Usage, "--write-baseline: no file is named")
        .hint("add `--baseline .github/tokenward-baseline.json`, or add `scan: {baseline: .github/tokenward-baseline.json}` to the config")
}

pub(in crate::cli) fn baseline_invalid(file: &Path, why: impl Display) -> Problem {
    Problem::new(Code::BaselineUnreadable, format!("{} is not a baseline", shown(file)))
        .cause(why.to_string())
        .hint("delete it and run `tokenward scan --write-baseline`; a baseline of another scanner must be as that scanner wrote it")
}

/// `ours` is where the baseline would be written; `named` is `scanner`'s.
pub(in crate::cli) fn baseline_exists(named: &Path, ours: &Path, scanner: &str) -> Problem {
    let (named, ours) = (shown(named), shown(ours));
    Problem::new(Code::Usage, format!("{ours} exists already"))
        .cause(format!("{named} is a baseline of {scanner}, which tokenward does not change; it would write {ours}"))
        .hint(format!("run it with `--baseline {ours}`, or delete {ours}"))
        .state(NOT_WRITTEN)
}

pub(in crate::cli) fn baseline_missing(file: &Path) -> Problem {
    Problem::new(Code::BaselineUnreadable, format!("{} does not exist", shown(file)))
        .hint("run `tokenward scan --write-baseline` to write it; or, if there are no findings to accept, remove `scan.baseline` from the config")
}

/// `name` is `.gitleaksignore` or `.gitleaks.toml`.
pub(in crate::cli) fn gitleaks_unusable(name: &str, why: impl Display) -> Problem {
    Problem::new(Code::GitleaksUnreadable, format!("{name} cannot be used")).cause(why.to_string())
}

pub(in crate::cli) fn rules_missing(file: &Path) -> Problem {
    Problem::new(Code::RulesInvalid, format!("the rules file {} does not exist", shown(file)))
        .hint("correct its path under `scan.rules`; it is relative to the root of the repository")
}

/// What is wrong with a rule of a rules file; `id` is its own.
pub(in crate::cli) fn rule_wrong(id: &str, why: impl Display) -> String {
    format!("rule `{}`: {why}", sanitize(id))
}

/// `number` counts from 1, `list` is `samples` or `not`.
pub(in crate::cli) fn sample_wrong(list: &str, number: usize, why: impl Display) -> String {
    match list {
        "not" => format!("text {number} of `not` {why}"),
        _ => format!("sample {number} {why}"),
    }
}

/// The line of a hook that scans what is staged.
pub(in crate::cli) const HOOK_LINE: &str = "tokenward scan --staged";

fn no_hook(what: impl Into<String>, cause: impl Into<String>) -> Problem {
    Problem::new(Code::Usage, what).cause(cause).state(NOT_WRITTEN)
}

/// There is no repository, because of `problem`.
pub(in crate::cli) fn no_repository_for_hook(problem: Problem) -> Problem {
    no_hook(
        "there is no repository to install a hook in",
        [vec![problem.what], problem.causes].concat().join("; "),
    )
    .hint("run it in the folder of a clone, or run `git init` first")
}

/// lefthook or pre-commit manages the hooks; `file` is its own, relative to the repository.
pub(in crate::cli) fn hooks_managed(manager: &str, file: &Path) -> Problem {
    let file = shown(file);
    let how = match manager {
        "lefthook" => {
            format!("add to {file}: pre-commit: {{commands: {{tokenward: {{run: {HOOK_LINE}}}}}}}")
        }
        _ => format!(
            "add tokenward's repository under `repos` in {file}, with `hooks: [{{id: tokenward}}]`"
        ),
    };
    no_hook(format!("{manager} manages the hooks of this repository"), format!("{file} exists"))
        .hint(how)
}

pub(in crate::cli) fn hooks_outside(path: &Path) -> Problem {
    let path = shown(path);
    no_hook(
        "git uses hooks from outside this repository",
        format!("`core.hooksPath` is {path}"),
    )
    .hint(format!("add the line `{HOOK_LINE}` to {path} yourself; it then runs in every repository that uses that folder"))
}

pub(in crate::cli) fn hook_exists(path: &Path) -> Problem {
    no_hook("a pre-commit hook already exists", shown(path))
        .hint(format!("add the line `{HOOK_LINE}` to it, or replace it with `--force`"))
}
