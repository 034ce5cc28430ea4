//! The problems of reading and writing GitHub's secrets, one constructor per message.

use crate::domain::{Code, Destination, Place, Problem, Repo};
use crate::net::github::GitHubError;

/// The secret does not exist, and the config does not say to create it. `causes` say what is there
/// instead, `meant` is the most similar name.
pub(super) fn secret_missing(
    destination: &Destination,
    is_primary: bool,
    causes: Vec<String>,
    meant: Option<&str>,
) -> Problem {
    let create = if is_primary {
        "create it with the value in use: the run receives the value from the first destination"
    } else {
        "create it, or let tokenward create it: add `create: true` to this destination"
    };
    let problem = Problem::new(
        Code::SecretMissing,
        format!("secret {} does not exist in {}", destination.secret, destination.place),
    );
    causes.into_iter().fold(problem, Problem::cause).hint(did_you_mean(meant, create))
}

/// The repository exists, and the environment does not. `similar` are environments of it.
pub(super) fn environment_missing(repo: &Repo, environment: &str, similar: &[String]) -> Problem {
    let create = format!(
        "create it at https://github.com/{repo}/settings/environments, or correct `environment:`"
    );
    let meant = (!similar.is_empty()).then(|| similar.join(" or "));
    Problem::new(Code::EnvironmentMissing, format!("{repo} has no environment {environment:?}"))
        .cause("GitHub shows the repository, but answers 404 for the environment")
        .hint(did_you_mean(meant.as_deref(), &create))
}

fn did_you_mean(meant: Option<&str>, otherwise: &str) -> String {
    meant.map_or_else(
        || otherwise.to_owned(),
        |meant| format!("did you mean {meant}? If not, {otherwise}"),
    )
}

/// Nothing in the repository can be written: it is `archived` or `disabled`.
pub(super) fn repository_closed(code: Code, repo: &Repo, why: &str) -> Problem {
    Problem::new(code, format!("cannot write the secrets of {repo}: the repository is {why}"))
        .hint("remove its destinations from the config, or make the repository writable again")
}

/// The place has as many secrets as GitHub allows.
pub(super) fn store_full(place: &Place, count: u64, limit: u64) -> Problem {
    Problem::new(Code::SecretQuota, format!("{place} has {count} secrets; GitHub allows {limit}"))
        .hint("delete an unused secret, or remove from the config the destination that would be created")
}

/// GitHub did not accept a write.
pub(super) fn write_failed(destination: &Destination, error: &GitHubError) -> Problem {
    let problem = error.to_problem(&format!("write {destination}"));
    // A refusal without an id of its own is a failed push.
    let id = if problem.id == Code::GithubRefused { Code::PushFailed } else { problem.id };
    Problem { id, ..problem }
}

/// GitHub accepted a write, and still shows the time of the previous one.
pub(super) fn write_unseen(destination: &Destination) -> Problem {
    Problem::new(
        Code::PushFailed,
        format!("{destination} was written, but GitHub does not show the change"),
    )
    .cause("`updated_at` did not change after the write")
    .hint("run it again: it writes the same value again")
}

/// Another writer created the secret that we were about to create.
pub(super) fn created_by_another(destination: &Destination) -> Problem {
    Problem::new(
        Code::JournalLost,
        format!("another writer created {destination} at the same time"),
    )
    .cause("GitHub answered 204 (updated), not 201 (created)")
    .hint(
        "run it again: the next run receives what the secret holds; if it then rejects the \
         journal, delete the journal's ref",
    )
    .state(NOTHING_RECORDED)
}

/// The secret certainly was not created.
pub(super) fn not_created(destination: &Destination, error: &GitHubError) -> Problem {
    write_failed(destination, error).state(format!("{NOTHING_RECORDED}; the next run tries again"))
}

const NOTHING_RECORDED: &str = "nothing was recorded in the journal";

/// A write created a secret that the config does not say to create.
pub(super) fn created_unexpectedly(destination: &Destination) -> Problem {
    Problem::new(
        Code::SecretDidNotExist,
        format!("{destination} did not exist before this rotation"),
    )
    .cause("GitHub answered 201 (created), not 204 (updated)")
    .hint(
        "if the name is misspelled, correct the config and delete the new secret: the consumers of \
         the correct name still have the old value",
    )
    .state(
        "the secret holds the new value; the old value is revoked only after a later run proves \
         that the primary secret holds the new one",
    )
}

/// Other repositories than before can read an organization's secret.
pub(super) fn visibility_changed(destination: &Destination) -> Problem {
    Problem::new(
        Code::VisibilityChanged,
        format!("the set of repositories that can read {destination} changed"),
    )
    .cause("somebody changed it at the same time, or GitHub did")
    .hint("check the list of repositories in the organization's settings")
}
