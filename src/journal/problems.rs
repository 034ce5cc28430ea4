//! The problems of the journal, one constructor per message: of its key, its records, and the place
//! that stores it.

use std::path::Path;

use super::key::KEY_NAME;
use super::record::FORMAT;
use crate::disk::DiskError;
use crate::domain::text::sanitize;
use crate::domain::{Code, Problem, Repo, TokenName, handing_over};
use crate::net::github::{Cause, GitHubError};

/// Rotation needs a journal: without one nothing happened.
const NOTHING_CHANGED: &str = "nothing was changed";
/// Every action is journaled before it is taken.
const NOT_DONE: &str = "everything that tokenward did is in the journal";
/// An untrusted journal stops every change.
const UNTRUSTED: &str =
    "nothing was changed: tokenward does not create or revoke keys based on an untrusted journal";

/// The signing key could be guessed, or is no key at all.
pub(super) fn key_weak(why: &str) -> Problem {
    Problem::new(Code::JournalKeyWeak, format!("`{KEY_NAME}` cannot be used: {why}"))
        .cause("the journal is public, so a key that is not random can be guessed offline")
        .hint(format!(
            "pass the secret {KEY_NAME} unchanged; create a new key with `openssl rand -hex 32` only if there is no journal yet (docs/journal.md)"
        ))
        .state(NOTHING_CHANGED)
}

/// The run has to write the journal, and did not receive its key.
pub(super) fn key_missing() -> Problem {
    Problem::new(
        Code::JournalKeyMissing,
        format!("`{KEY_NAME}` is empty or not set, so tokenward cannot write the journal"),
    )
    .hint(handing_over(KEY_NAME, KEY_NAME))
    .state(NOT_DONE)
}

/// The system's random number generator failed.
pub(super) fn no_random_bytes(error: &getrandom::Error) -> Problem {
    Problem::new(Code::Bug, "the system's random number generator failed").cause(error.to_string())
}

/// The records contradict each other, or cannot be read.
pub(super) fn broken(why: String) -> Problem {
    Problem::new(Code::JournalBroken, "the journal is inconsistent")
        .cause(why)
        .hint(
            "inspect the record (`git log` of the ref); if somebody edited it, undo that and move \
             the ref back to the last valid commit",
        )
        .state(UNTRUSTED)
}

/// All records are signed, and none with our key.
pub(super) fn other_key() -> Problem {
    Problem::new(
        Code::JournalBroken,
        format!("no record of the journal is signed with the key in `{KEY_NAME}`"),
    )
    .cause(
        "this step received a different key from the one that signed the records, or somebody replaced \
         the whole journal",
    )
    .hint(format!(
        "pass the secret {KEY_NAME} of the repository that rotates, unchanged; do not move or \
         delete the ref to fix this"
    ))
    .state(UNTRUSTED)
}

/// The records name another repository as their owner.
pub(super) fn foreign(of: &str, here: &str) -> Problem {
    Problem::new(
        Code::JournalForeign,
        format!("the journal in {here} belongs to {}", sanitize(of)),
    )
    .cause(
        "a mirror or an import copied the ref, or somebody put another repository's journal here",
    )
    .hint(
        "delete the ref (docs/journal.md, \"The key\"); the next run adopts the values that it \
         receives, and revokes nothing",
    )
    .state("nothing was changed: another repository manages the keys in this journal")
}

/// Nothing is signed, although there is a key. `claims` are what the journal says, a line each.
pub(super) fn unsigned(claims: Vec<String>) -> Problem {
    let problem = Problem::new(
        Code::JournalUnsigned,
        format!("the journal is not signed, although `{KEY_NAME}` is set"),
    )
    .cause(
        "anybody with `contents: write` could have written it; if it was signed before, somebody \
         replaced it",
    );
    claims
        .into_iter()
        .map(|claim| format!("the journal claims: {claim}"))
        .fold(problem, Problem::cause)
        .hint(
            "compare these claims with the keys that the provider lists; if they are right, run \
             `tokenward adopt --unsigned-journal` once; if not, delete the ref, and the next run \
             starts a new journal",
        )
        .state(
            "nothing was changed: tokenward does not create or revoke keys based on an unsigned \
             journal",
        )
}

/// A newer version of tokenward wrote the records.
pub(super) fn newer(format: u32) -> Problem {
    Problem::new(
        Code::JournalNewer,
        format!("the journal has format {format}, but this tokenward supports only formats up to {FORMAT}"),
    )
    .hint("update tokenward in this workflow")
    .state(NOTHING_CHANGED)
}

/// Another run changed the token since this run read it.
pub(super) fn superseded(token: &TokenName) -> Problem {
    Problem::new(
        Code::JournalLost,
        format!("another run changed {token} in the journal first, so this run stopped"),
    )
    .hint("nothing to do: the other run continues")
    .state(NOT_DONE)
}

/// Another token of the same group is being rotated.
pub(super) fn staggered(token: &TokenName, peer: &TokenName) -> Problem {
    Problem::new(
        Code::Staggered,
        format!(
            "the rotation of {token} was not started: {peer}, of the same group, is being rotated"
        ),
    )
    .hint("nothing to do: a later run starts it")
    .state(NOTHING_CHANGED)
}

/// Other runs wrote the journal each time that this run tried.
pub(super) fn contended(attempts: u32) -> Problem {
    Problem::new(
        Code::JournalLost,
        format!("other runs wrote to the journal during each of {attempts} attempts"),
    )
    .hint("run it again when fewer runs are active, and add a `concurrency:` group to the workflow")
    .state(NOT_DONE)
}

/// `adopt --unsigned-journal` in a repository without a journal.
pub(super) fn no_journal_to_adopt() -> Problem {
    Problem::new(
        Code::NothingSelected,
        "there is no journal to adopt: the first `tokenward rotate` creates it",
    )
    .state(NOTHING_CHANGED)
}

/// `adopt --unsigned-journal` of a signed journal.
pub(super) fn already_signed() -> Problem {
    Problem::new(Code::NothingSelected, "the journal is already signed").state(NOTHING_CHANGED)
}

/// Another run wrote the journal while a person adopted it.
pub(super) fn adoption_lost() -> Problem {
    Problem::new(Code::JournalLost, "another run wrote to the journal at the same time")
        .hint("review the journal again, then run this again")
        .state(NOTHING_CHANGED)
}

/// A file cannot be read or written. `verb` is `read` or `write`.
pub(super) fn file_failed(verb: &str, path: &Path, error: &DiskError) -> Problem {
    Problem::new(
        Code::JournalUnavailable,
        format!("could not {verb} the journal at {}", path.display()),
    )
    .cause(error.to_string())
}

/// GitHub lists the commits of another state than the ref's.
pub(super) fn list_outdated(place: &str) -> Problem {
    Problem::new(Code::JournalUnavailable, format!("could not read the journal at {place}"))
        .cause("the list of commits from GitHub does not start with the commit that the ref names")
        .hint("run it again")
        .state("nothing was decided: tokenward never relies on part of a journal")
}

/// GitHub did not let us read or write the ref `name`.
pub(super) fn ref_failed(verb: &str, name: &str, repo: &Repo, error: &GitHubError) -> Problem {
    let what = format!("{verb} the journal at {name} of {repo}");
    match error {
        GitHubError::Permission { message, .. } => ref_permission(&what, message),
        GitHubError::Refused { cause: Cause::Ruleset, .. } => error
            .to_problem(&what)
            .hint(format!(
                "{}; or move the journal to another ref: `journal: {{git-ref: ...}}`",
                exclude_from_rule(name)
            ))
            .state(format!("{NOT_DONE}; nothing is rotated until the journal can be written")),
        GitHubError::Silent { .. } => {
            Problem { id: Code::JournalUnavailable, ..error.to_problem(&what) }.state(NOT_DONE)
        }
        error => error.to_problem(&what).state(NOT_DONE),
    }
}

fn ref_permission(what: &str, message: &str) -> Problem {
    let problem = Problem::new(
        Code::GithubPermission,
        format!("could not {what}: the credential lacks a permission (403)"),
    );
    let said = Some(message).filter(|message| !message.is_empty());
    said.map(|message| format!("GitHub says: {message}"))
        .into_iter()
        .fold(problem, Problem::cause)
        .cause("the journal is stored on a git ref, which requires `contents: write`")
        .hint(
            "give the job `permissions: {contents: write, actions: read}`, or set `journal: {file: \
             PATH}` in the config",
        )
        .state("nothing was changed: tokenward does not create or revoke keys without its journal")
}

/// A ruleset forbids a branch to be created or moved.
pub(super) fn branch_forbidden(name: &str, repo: &Repo, rule: &str) -> Problem {
    Problem::new(
        Code::GithubRuleset,
        format!("the rule `{rule}` forbids writing the journal at {name} of {repo}"),
    )
    .cause("a ruleset covers the branch, and the credential is not on its bypass list")
    .hint(exclude_from_rule(name))
    .state("nothing is rotated until the journal can be written")
}

fn exclude_from_rule(name: &str) -> String {
    format!(
        "open Settings, Rules: exclude {name} from the rule, or add the App that writes the \
         journal to the rule's bypass list"
    )
}
