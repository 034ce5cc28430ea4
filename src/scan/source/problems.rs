//! What a scan could not read, or not completely, one constructor per message. Text from git and
//! from the scanned files is cleaned here.

use std::io;

use crate::domain::text::{count, sanitize};
use crate::domain::{Code, Problem};
use crate::git::Failed;
use crate::scan::git::changed_paths::HEAVY;
use crate::scan::git::command::GitError;
use crate::scan::options::Options;
use crate::scan::redact::clean_line;

/// How to get missing commits.
const FETCH_ALL: &str =
    "set `fetch-depth: 0` for `actions/checkout`, or run `git fetch --unshallow`";
/// How to get the objects that a partial clone lacks.
const FETCH_OBJECTS: &str = "run `git fetch --refetch --no-filter origin` (in a workflow, do not set `filter` for `actions/checkout`)";
const CLONE_AGAIN: &str = "clone the repository again, and scan the new clone";
/// How to scan a commit that the scan of a range skipped.
const BY_OBJECT: &str = "exclude that commit from the range, or run `tokenward scan --history`, which reads each object once";
const INSTALL_GIT: &str = "install git, and add it to the PATH";
const IS_PARTIAL: &str = "the clone is partial: it was made with a filter";

/// A result of git, or a problem that is safe to show.
pub(super) trait Cleaned<T> {
    /// Redacts any value that git's message quotes.
    fn cleaned(self, options: &Options<'_>) -> Result<T, Problem>;
}

impl<T> Cleaned<T> for Result<T, GitError> {
    fn cleaned(self, options: &Options<'_>) -> Result<T, Problem> {
        self.map_err(|error| git_failed(error, options))
    }
}

/// Something that should have been scanned and was not, or not completely.
fn incomplete(what: String, cause: &str, options: &Options<'_>) -> Problem {
    Problem::new(Code::ScanIncomplete, what)
        .cause(clean_line(cause.as_bytes(), options))
        .state("content that could not be read was not scanned, so it may contain leaks")
}

fn git_failed(error: GitError, options: &Options<'_>) -> Problem {
    match error {
        GitError::NotStarted(cause) => {
            incomplete("could not start `git`".to_owned(), &cause, options).hint(INSTALL_GIT)
        }
        GitError::Unread(what, cause) => incomplete(what.to_owned(), &cause, options),
        GitError::NoName(name) => not_a_commit_name(&name, options),
        GitError::NoCommit { name, is_shallow } => commit_missing(&name, is_shallow, options),
        GitError::Ambiguous { name, refs } => ambiguous(&name, &refs, options),
    }
}

fn not_a_commit_name(name: &str, options: &Options<'_>) -> Problem {
    let name = clean_line(name.as_bytes(), options);
    Problem::new(Code::Usage, format!("`{name}` is not a valid commit name"))
        .hint("write the range as A..B, where A and B are branches, tags or commit ids")
}

fn commit_missing(name: &str, is_shallow: bool, options: &Options<'_>) -> Problem {
    let what = format!("commit `{}` is not in this clone", clean_line(name.as_bytes(), options));
    let (cause, hint) = if is_shallow {
        ("the clone is shallow: older commits were not fetched", FETCH_ALL)
    } else {
        (
            "no branch, tag or commit with this name was fetched",
            "list the existing names with `git branch --all` and `git tag`; get new ones with `git fetch`",
        )
    };
    incomplete(what, cause, options).hint(hint)
}

fn ambiguous(name: &str, refs: &str, options: &Options<'_>) -> Problem {
    let shown = |text: &str| clean_line(text.as_bytes(), options);
    Problem::new(Code::Usage, format!("`{}` is ambiguous: {}", shown(name), shown(refs)))
        .hint("write the full name of the ref")
}

/// git could not fetch `what`.
fn not_fetched(what: String, failed: &Failed, options: &Options<'_>) -> Problem {
    if failed.not_started {
        return git_failed(GitError::NotStarted(failed.cause.clone()), options);
    }
    incomplete(what, &failed.cause, options).hint(FETCH_ALL)
}

/// The server did not say which commit a branch of the event points to.
pub(super) fn branch_not_found_out(
    branch: &str,
    failed: &Failed,
    options: &Options<'_>,
) -> Problem {
    let branch = clean_line(branch.as_bytes(), options);
    not_fetched(format!("could not look up the branch `{branch}`"), failed, options)
}

/// The commits of the event could not be fetched.
pub(super) fn event_not_fetched(failed: &Failed, options: &Options<'_>) -> Problem {
    let what = "commits that the event names are not in this clone and could not be fetched";
    not_fetched(what.to_owned(), failed, options)
}

/// The commits of the event are missing, and so is the address to fetch them from.
pub(super) fn event_without_remote(options: &Options<'_>) -> Problem {
    incomplete(
        "commits that the event names are not in this clone, and there is no address to fetch them from"
            .to_owned(),
        "`GITHUB_SERVER_URL` or `GITHUB_REPOSITORY` is not set; the address in the repository's own config is not used",
        options,
    )
    .hint(FETCH_ALL)
}

/// A branch or a commit of the event does not exist at the server.
pub(super) fn event_names_missing(what: &str, options: &Options<'_>) -> Problem {
    let what = clean_line(what.as_bytes(), options);
    incomplete(format!("{what} is not in this clone"), "the event refers to it", options)
        .hint(FETCH_ALL)
}

/// A scan of the history needs a complete clone.
pub(super) fn shallow_clone(options: &Options<'_>) -> Problem {
    incomplete("the clone is shallow".to_owned(), "older commits were not fetched", options)
        .hint(FETCH_ALL)
}

/// The range contains commits that the clone lacks.
pub(super) fn shallow_range(options: &Options<'_>) -> Problem {
    incomplete(
        "the clone is shallow, and its history ends inside the range".to_owned(),
        "older commits of the range were not fetched",
        options,
    )
    .hint(FETCH_ALL)
}

fn missing(number: usize, of: &str) -> String {
    let verb = if number == 1 { "is" } else { "are" };
    format!("{} of the {of} {verb} missing from this clone", count(number, "object", "objects"))
}

/// A partial or broken clone lacks objects of the range.
pub(super) fn range_objects_missing(number: usize, options: &Options<'_>) -> Problem {
    incomplete(missing(number, "range"), "the clone is partial or broken", options)
        .hint(FETCH_OBJECTS)
}

/// Objects of the range could not be fetched. `why` is `None` if there is no remote.
pub(super) fn range_objects_not_fetched(
    number: usize,
    why: Option<&str>,
    is_partial: bool,
    options: &Options<'_>,
) -> Problem {
    let (without_remote, hint) = if is_partial {
        (IS_PARTIAL, FETCH_OBJECTS)
    } else {
        ("the repository is broken", CLONE_AGAIN)
    };
    incomplete(missing(number, "range"), why.unwrap_or(without_remote), options).hint(hint)
}

/// Fetching objects of the range failed.
pub(super) fn range_fetch_failed(
    number: usize,
    failed: &Failed,
    is_partial: bool,
    options: &Options<'_>,
) -> Problem {
    let why = format!("they could not be fetched: {}", failed.cause);
    let problem = range_objects_not_fetched(number, Some(&why), is_partial, options);
    if failed.not_started { problem.hint(INSTALL_GIT) } else { problem }
}

/// The history names objects that the clone lacks.
pub(super) fn history_objects_missing(
    number: usize,
    is_partial: bool,
    options: &Options<'_>,
) -> Problem {
    let (cause, hint) = if is_partial {
        (IS_PARTIAL, FETCH_OBJECTS)
    } else {
        ("the repository is broken: it refers to objects that do not exist", CLONE_AGAIN)
    };
    incomplete(missing(number, "history"), cause, options).hint(hint)
}

/// The index names objects that the clone lacks.
pub(super) fn index_objects_missing(number: usize, options: &Options<'_>) -> Problem {
    incomplete(
        missing(number, "index"),
        "the repository is broken or the clone is partial",
        options,
    )
    .hint(FETCH_OBJECTS)
}

/// Neither our own reader nor git could read some objects.
pub(super) fn objects_unreadable(number: usize, options: &Options<'_>) -> Problem {
    let what = format!("could not read {}", count(number, "object", "objects"));
    incomplete(what, "a pack is broken or the clone is partial", options)
}

/// git stopped while it printed objects.
pub(super) fn objects_unread(cause: &str, options: &Options<'_>) -> Problem {
    incomplete("git could not read all objects".to_owned(), cause, options)
}

/// git stopped while it looked up objects.
pub(super) fn lookup_failed(cause: &str, options: &Options<'_>) -> Problem {
    incomplete("git could not look up the objects of the range".to_owned(), cause, options)
}

/// A pack or a folder of the object database could not be read.
pub(super) fn database_incomplete(cause: &str, options: &Options<'_>) -> Problem {
    incomplete("could not read part of the object database".to_owned(), cause, options)
}

/// Some paths of a range were not scanned, for a limit.
pub(super) fn paths_skipped(cause: &str, options: &Options<'_>) -> Problem {
    incomplete("not all paths of the range were scanned".to_owned(), cause, options).hint(BY_OBJECT)
}

/// The base commit is too large to search it for allow comments.
pub(super) fn comments_not_searched(commit: &str, options: &Options<'_>) -> Problem {
    let what = format!("the files of commit {commit} were not searched for allow comments");
    incomplete(what, HEAVY, options)
}

/// A file, or part of it, could not be read. `path` is safe to show.
pub(super) fn file_unread(path: &str, cause: &str, options: &Options<'_>) -> Problem {
    incomplete(format!("could not read {path}"), cause, options)
}

/// A folder of the tree could not be listed.
pub(super) fn tree_unread(cause: &str, options: &Options<'_>) -> Problem {
    incomplete("could not read part of the tree".to_owned(), cause, options)
}

/// A text ended with an error.
pub(in crate::scan) fn read_failed(
    path: &str,
    error: &io::Error,
    options: &Options<'_>,
) -> Problem {
    let what = format!("could not read {} completely", sanitize(path));
    incomplete(what, &error.to_string(), options)
}

/// A file was not read completely.
pub(crate) fn not_whole(path: &str, why: String, options: &Options<'_>) -> Problem {
    if let Some(problem) = lfs_unread(path, &why, options) {
        return problem;
    }
    let what = format!("part of {} was not unpacked", sanitize(path));
    incomplete(what, &why, options)
        .hint("unpack it and scan the result, or exclude its path with `scan.ignore`")
}

/// The message of a commit or a tag was not read completely. No path excludes it.
pub(super) fn not_all_told(
    place: &str,
    object: &str,
    why: String,
    options: &Options<'_>,
) -> Problem {
    incomplete(format!("part of {place} of {object} was not unpacked"), &why, options)
        .hint("unpack it and scan the result")
}

/// Why a file in Git LFS was not read.
pub(super) const LFS_NOT_THERE: &str = "its content is not in this clone";
pub(super) const LFS_NOT_READ: &str = "its content is in this clone but could not be read";
pub(super) const LFS_FORGED: &str =
    "its content in this clone does not match the hash in its pointer";
/// The end of the message about one such file. Several of these are reported as one.
const LFS_UNREAD: &str = " is stored in Git LFS and was not read";
const LFS_FETCH: &str = "run `git lfs fetch` (for a history `git lfs fetch --all`; in a workflow, set `lfs: true` for `actions/checkout`), or exclude it with `scan.ignore`";
/// How many files are named.
const LFS_NAMED: usize = 5;

fn lfs_unread(path: &str, why: &str, options: &Options<'_>) -> Option<Problem> {
    let is_lfs = [LFS_NOT_THERE, LFS_NOT_READ, LFS_FORGED].contains(&why);
    let what = format!("{}{LFS_UNREAD}", sanitize(path));
    is_lfs.then(|| incomplete(what, why, options).hint(LFS_FETCH))
}

/// Merges the problems of files in Git LFS into one.
pub(in crate::scan) fn merge_lfs(problems: &mut Vec<Problem>) {
    let is_one = |problem: &Problem| {
        problem.id == Code::ScanIncomplete && problem.what.ends_with(LFS_UNREAD)
    };
    if problems.iter().filter(|problem| is_one(problem)).count() < 2 {
        return;
    }
    let (mut all, others): (Vec<Problem>, Vec<Problem>) =
        std::mem::take(problems).into_iter().partition(is_one);
    all.sort_by(|a, b| a.what.cmp(&b.what));
    all.dedup_by(|a, b| a.what == b.what);
    *problems = others;
    let number = all.len();
    let mut all = all.into_iter();
    let Some(mut problem) = all.next() else { return };
    if number > 1 {
        let first = problem.what.strip_suffix(LFS_UNREAD).unwrap_or_default().to_owned();
        let others = all.filter_map(|other| other.what.strip_suffix(LFS_UNREAD).map(str::to_owned));
        let named: Vec<String> = std::iter::once(first).chain(others).take(LFS_NAMED).collect();
        let more = if number > LFS_NAMED { ", ..." } else { "" };
        problem.causes.push(format!("{}{more}", named.join(", ")));
        problem.what = format!("{number} files are stored in Git LFS and were not read");
    }
    problems.push(problem);
}
