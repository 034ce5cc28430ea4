//! Messages about the journal: the key that signs it, its records, and the clock that dates them.

use std::fmt::Display;

use super::NOTHING_CHANGED;
use crate::config::TokenConfig;
use crate::domain::text::sanitize;
use crate::domain::{
    Code, Destination, Place, Problem, Repo, Span, Timestamp, TokenName, handing_over,
};
use crate::journal::KEY_NAME;
use crate::rotation::NEXT;

/// Why a person's machine lacks the key.
const KEY_STAYS: &str = "the key exists only as a GitHub secret, and GitHub shows the content of a secret only to workflow runs";
/// The last resort outside GitHub Actions.
const OWN_KEY: &str =
    "set TOKENWARD_JOURNAL_KEY here only if you created the key yourself and kept it";
const NO_MARK: &str = "no confirmation was recorded";

fn key_missing(what: String) -> Problem {
    Problem::new(Code::JournalKeyMissing, what)
        .cause("without the key the journal can be read but not verified: anybody who can write its ref could have written it")
        .hint(handing_over(KEY_NAME, KEY_NAME))
        .state(NOTHING_CHANGED)
}

/// Outside GitHub Actions, no step of a workflow passes the key.
pub(in crate::cli) fn key_elsewhere(problem: Problem) -> Problem {
    problem
        .cause(KEY_STAYS)
        .hint(format!("run this command in the workflow, which receives the key; {OWN_KEY}"))
}

/// A person has a new value outside GitHub Actions, and not the key. `takes_next` says whether a
/// run takes a value from the secret beside the primary one.
pub(in crate::cli) fn key_stays_at_github(token: &TokenConfig, takes_next: bool) -> Problem {
    let name = &token.name;
    let instead = match token.primary().filter(|_| takes_next) {
        Some(primary) => {
            let next = primary.secret.beside(NEXT);
            format!(
                "store the new value in the secret {next}: `gh secret set {next} {}`; the next scheduled run of `tokenward rotate` tests and delivers it",
                place_of(&primary.place)
            )
        }
        None => format!(
            "run `tokenward rotate {name} --force --reason TEXT` in the workflow, which creates and delivers a new value"
        ),
    };
    key_empty().cause(KEY_STAYS).hint(format!("{instead}; {OWN_KEY}"))
}

/// The options of `gh` that name a place.
fn place_of(place: &Place) -> String {
    match place {
        Place::Environment { repo, environment } => {
            format!("--repo {repo} --env {environment:?}")
        }
        place => format!("--repo {place}"),
    }
}

pub(in crate::cli) fn key_empty() -> Problem {
    key_missing(format!("{KEY_NAME} is empty or not set, so the journal cannot be signed"))
}

/// The secret exists, but GitHub did not pass it to this run.
pub(in crate::cli) fn key_not_received(slot: &Destination) -> Problem {
    key_missing(format!("{slot} exists, but this run did not receive it"))
}

/// A journal in a file, outside GitHub Actions: no run makes the key.
pub(in crate::cli) fn key_of_file_journal() -> Problem {
    key_empty().cause("a journal in a file is signed with a key from the environment").hint(
        "create a key once with `openssl rand -hex 32`, keep it, and set the variable in each run",
    )
}

/// A journal exists, and the secret for its key does not.
pub(in crate::cli) fn key_lost(slot: &Destination) -> Problem {
    let place = place_of(&slot.place);
    key_missing(format!("there is a journal, but {slot} does not exist"))
        .cause("a lost key cannot be restored, and a journal is not trusted without its key")
        .hint(format!(
            "create a key: `openssl rand -hex 32 | gh secret set {KEY_NAME} {place}`; {}; then run `tokenward adopt --unsigned-journal` once, or delete the journal, and the next run begins a new one",
            handing_over(KEY_NAME, KEY_NAME)
        ))
}

/// GitHub gave no clear answer when the key was written: `problem` says which.
pub(in crate::cli) fn key_write_unclear(problem: Problem, slot: &Destination) -> Problem {
    problem
        .cause(format!("{slot} exists now, but it is unknown whether it holds the key that this run created"))
        .hint(handing_over(KEY_NAME, KEY_NAME))
        .state("nothing was written to the journal; the next run receives the key in the secret, and begins the journal")
}

/// The note about a key that this run made.
pub(in crate::cli) fn key_made(slot: &Destination) -> String {
    format!(
        "note: {slot} was created; its key signs the journal from now on; {}\n",
        handing_over(KEY_NAME, KEY_NAME)
    )
}

/// The problem of the system's random source.
pub(in crate::cli) fn no_random_bytes(error: &getrandom::Error) -> Problem {
    Problem::new(Code::Bug, "the operating system provides no random bytes")
        .cause(error.to_string())
}

pub(in crate::cli) fn bad_key_name(why: impl Display) -> Problem {
    Problem::new(Code::Bug, format!("{KEY_NAME} is not a valid secret name")).cause(why.to_string())
}

pub(in crate::cli) fn github_time_unknown() -> Problem {
    Problem::new(Code::GithubUnavailable, "GitHub's time is unknown")
        .cause("its responses have no valid `Date` header")
        .hint("run it again; a proxy can remove the header")
        .state(NOTHING_CHANGED)
}

/// The clock shows a time before the newest record.
pub(in crate::cli) fn clock_behind(clock: Timestamp, newest: Timestamp) -> Problem {
    Problem::new(
        Code::ClockDisagrees,
        format!("the clock shows {clock}, but the newest record of the journal is from {newest}"),
    )
    .cause("GitHub's `Date` header is wrong, or, if GitHub sent none, this machine's clock is")
    .hint(format!("run it again; the ages in this report were computed as of {newest}"))
}

/// For `doctor`: this machine's clock and GitHub's.
pub(in crate::cli) fn clocks_apart(off: Span) -> String {
    format!(
        "this machine's clock and GitHub's are {} apart; all decisions use GitHub's",
        off.rough()
    )
}

pub(in crate::cli) fn clock_wrong(off: Span) -> Problem {
    Problem::new(Code::ClockDisagrees, clocks_apart(off)).hint(
        "compare both with a correct clock; a proxy can send an old or invented `Date` header",
    )
}

/// `confirm` could not read the journal, because of `cause`. `is_hidden` says whether GitHub did
/// not show it to us.
pub(in crate::cli) fn unread_for_confirm(
    id: Code,
    cause: Problem,
    is_hidden: bool,
    token: &TokenName,
    primary: &Repo,
) -> Problem {
    let what = format!(
        "it is unknown whether this run has the value in use for {}: the journal was not read",
        sanitize(token.as_str())
    );
    let shown =
        format!("give TOKENWARD_GITHUB_TOKEN `Contents: read` on {primary}, unless it is public");
    let hint = if is_hidden { Some(shown) } else { cause.hint };
    let problem = std::iter::once(cause.what)
        .chain(cause.causes)
        .fold(Problem::new(id, what), Problem::cause);
    hint.into_iter().fold(problem, Problem::hint).state(NO_MARK)
}

/// `place` is the ref that should have it.
pub(in crate::cli) fn no_journal(place: &str) -> Problem {
    Problem::new(
        Code::JournalUnavailable,
        format!("{place} does not exist, or the credential cannot see it"),
    )
}

pub(in crate::cli) fn token_not_in_journal<'n>(
    token: &TokenName,
    primary: &Repo,
    known: impl Iterator<Item = &'n TokenName>,
) -> Problem {
    let known: Vec<String> = known.map(|name| sanitize(name.as_str())).collect();
    let hint = if known.is_empty() {
        "run `tokenward rotate` there first; its journal has no tokens".to_owned()
    } else {
        format!("use one of: {}", known.join(", "))
    };
    let what = format!("the journal of {primary} has no token `{}`", sanitize(token.as_str()));
    Problem::new(Code::UnknownToken, what).hint(hint).state(NO_MARK)
}
