//! What to say about what was not read, or not all of it; and about git, of which what it says is
//! cleaned here.

use super::lfs;
use crate::domain::text::sanitize;
use crate::domain::{Code, Problem};
use crate::git::Failed;
use crate::scan::git::command::GitError;
use crate::scan::options::Options;
use crate::scan::redact::{clean_line, incomplete};

/// What to do about commits that are not there.
pub(super) const FETCH_ALL: &str =
    "give `actions/checkout` the input `fetch-depth: 0`, or run `git fetch --unshallow`";
/// What to do about objects that a partial clone lacks.
pub(super) const FETCH_OBJECTS: &str = "fetch them: git fetch --refetch --no-filter origin (in a workflow: leave `filter` out of `actions/checkout`)";

/// What git answered, or a problem that is fit to show.
pub(super) trait Cleaned<T> {
    /// The same, without any value in what git quotes.
    fn cleaned(self, options: &Options<'_>) -> Result<T, Problem>;
}

impl<T> Cleaned<T> for Result<T, GitError> {
    fn cleaned(self, options: &Options<'_>) -> Result<T, Problem> {
        self.map_err(|error| no_answer(error, options))
    }
}

fn no_answer(error: GitError, options: &Options<'_>) -> Problem {
    let shown = |text: String| clean_line(text.as_bytes(), options);
    match error {
        GitError::NotStarted(cause) => {
            incomplete("the `git` program could not be started".to_owned(), cause.into(), options)
                .hint("install git, and have it on the PATH")
        }
        GitError::Unread(what, cause) => incomplete(what.to_owned(), cause.into(), options),
        GitError::NoName(name) => {
            let what = format!("`{}` is not the name of a commit", shown(name));
            Problem::new(Code::Usage, what)
                .hint("write the range as A..B, with branches, tags or commit ids")
        }
        GitError::NoCommit { name, is_shallow } => {
            let (cause, hint) = if is_shallow {
                ("the clone is shallow: older commits were not fetched", FETCH_ALL)
            } else {
                (
                    "no branch, tag or commit of this name was fetched",
                    "see `git branch --all` and `git tag` for the names there are; `git fetch` brings new ones",
                )
            };
            let what = format!("commit `{}` is not in this clone", shown(name));
            incomplete(what, cause.into(), options).hint(hint)
        }
        GitError::Ambiguous { name, refs } => {
            let (name, refs) = (shown(name), shown(refs));
            let what = format!("`{name}` can mean more than one commit: {refs}");
            Problem::new(Code::Usage, what).hint("write the whole name of the one you mean")
        }
    }
}

/// The problem that reports a failed fetch.
pub(super) fn not_fetched(what: String, failed: &Failed, options: &Options<'_>) -> Problem {
    if failed.not_started {
        return no_answer(GitError::NotStarted(failed.cause.clone()), options);
    }
    incomplete(what, failed.cause.as_str().into(), options).hint(FETCH_ALL)
}

/// A file of which a part was not read.
pub(crate) fn not_whole(path: &str, why: String, options: &Options<'_>) -> Problem {
    if let Some(problem) = lfs::unread(path, &why, options) {
        return problem;
    }
    let what = format!("a part of {} was not unpacked", sanitize(path));
    incomplete(what, why.into(), options)
        .hint("unpack it and scan that, or leave its path out under `scan.ignore`")
}

/// The same of what a commit or a tag says itself, which no path leaves out.
pub(super) fn not_all_told(
    place: &str,
    object: &str,
    why: String,
    options: &Options<'_>,
) -> Problem {
    incomplete(format!("a part of {place} of {object} was not unpacked"), why.into(), options)
        .hint("unpack it and scan that")
}
