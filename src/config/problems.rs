//! The diagnostics of checks across several keys of the config, one constructor per message.

use std::ops::Range;

use super::place::Clash;
use super::read::{Diagnostic, list, nearest, quote};
use crate::domain::{Code, Destination, Place, Repo, Span};

/// `scopes: []`.
pub(super) fn scopes_empty(key: Range<usize>) -> Diagnostic {
    Diagnostic::new(
        Code::ConfigNeedsScopes,
        key,
        "an empty list of scopes means full access at some providers",
    )
    .hint("list the scopes (`scopes: [mail.send]`), or remove the key to keep those of the token in use")
}

/// `destinations: []`.
pub(super) fn no_destination(key: Range<usize>) -> Diagnostic {
    Diagnostic::new(Code::ConfigNoDestination, key, "the token has no destination")
        .hint("add a destination: `destinations: [{github: acme/site, secret: SENDGRID_API_KEY}]`")
}

/// The message and the hint for a provider that does not exist.
pub(super) fn unknown_provider(id: &str, known: &[&str]) -> (String, String) {
    let message = format!("unknown provider {}", quote(id));
    let hint = match nearest(id, known.iter().copied()) {
        Some(near) => format!("did you mean `{near}`?"),
        None if (1..=8).contains(&known.len()) => format!(
            "use {}, or add a provider file of your own under `providers:`",
            list(known.iter().copied())
        ),
        None => "list the providers with `tokenward providers`, or add a provider file of your own under `providers:`".to_owned(),
    };
    (message, hint)
}

/// Two tokens have the same `value`.
pub(super) fn value_twice(at: Range<usize>, first: Range<usize>) -> Diagnostic {
    Diagnostic::new(Code::ConfigValueTwice, at, "two tokens use the same variable")
        .and("used again here", first, "first used here")
        .hint("merge them into one token with the destinations of both, or give each its own variable")
}

/// One variable is used for two providers.
pub(super) fn two_providers(
    at: Range<usize>,
    first: Range<usize>,
    owner: &str,
    provider: &str,
) -> Diagnostic {
    let message = format!(
        "the same variable holds credentials of two providers: {} and {}",
        quote(owner),
        quote(provider)
    );
    Diagnostic::new(Code::ConfigValueTwice, at, message)
        .and("used again here", first, "first used here")
        .hint("use a separate variable for each provider's credential")
}

/// A token has the same variable as `value` and as `manager`.
pub(super) fn manager_is_token(at: Range<usize>) -> Diagnostic {
    Diagnostic::new(Code::ConfigBadValueSource, at, "the manager is the token itself").hint(
        "set `manager` to the variable of another credential, or remove it: the token then manages itself, if the provider allows that",
    )
}

/// A destination is the secret of a manager credential.
pub(super) fn overwrites_manager(at: Range<usize>) -> Diagnostic {
    Diagnostic::new(
        Code::ConfigBadDestination,
        at,
        "this destination would overwrite a manager credential",
    )
    .hint("rename this secret, or the variable of the manager credential")
}

/// Two keys of a destination exclude each other. `target` is its `github:` entry.
pub(super) fn keys_clash(at: Range<usize>, target: Range<usize>, clash: &Clash) -> Diagnostic {
    Diagnostic::new(Code::ConfigBadDestination, at, clash.message)
        .and("", target, "")
        .hint(clash.hint)
}

/// The first destination has `part`.
pub(super) fn primary_with_part(at: Range<usize>) -> Diagnostic {
    Diagnostic::new(
        Code::ConfigBadDestination,
        at,
        "the first destination must hold the whole value",
    )
    .hint("remove `part`: the next run receives the whole value from this destination")
}

/// The first destination has `create: true`.
pub(super) fn primary_not_created(at: Range<usize>) -> Diagnostic {
    Diagnostic::new(
        Code::ConfigBadDestination,
        at,
        "tokenward cannot create the first destination",
    )
    .hint("remove `create`, and create the secret with the value in use: the run receives the value from it")
}

/// `create: true` for an organization's secret without a fixed visibility.
pub(super) fn visibility_unknown(at: Range<usize>) -> Diagnostic {
    Diagnostic::new(
        Code::ConfigBadDestination,
        at,
        "a secret to be created in an organization needs a visibility",
    )
    .hint("set who can read it: `visibility: private` or `visibility: all`")
}

/// The run cannot receive a value from the first destination.
pub(super) fn not_primary(place: &Place, at: Range<usize>) -> Diagnostic {
    let what = match place {
        Place::Organization { .. } => "an organization's secret",
        _ => "a Dependabot or Codespaces secret",
    };
    Diagnostic::new(
        Code::ConfigNoDestination,
        at,
        format!("{what} cannot be the first destination"),
    )
    .hint("put an Actions secret of a repository or an environment first: the run reads it to prove that the new value arrived")
}

/// Two destinations are the same secret.
pub(super) fn secret_twice(
    destination: &Destination,
    at: Range<usize>,
    first: Range<usize>,
) -> Diagnostic {
    let message = format!(
        "the secret {} in {} is written twice",
        quote(destination.secret.as_str()),
        quote(&destination.place.to_string())
    );
    Diagnostic::new(Code::ConfigSecretTwice, at, message)
        .and("written again here", first, "first written here")
        .hint("rename or remove one of the two")
}

/// `max-age` ends before `rotate-every`. Each with whether the config sets it.
pub(super) fn age_before_due(
    at: Range<usize>,
    (age, age_is_set): (Span, bool),
    (due, due_is_set): (Span, bool),
) -> Diagnostic {
    let default = |is_set: bool| if is_set { "" } else { ", the default" };
    let message = format!(
        "a token exceeds `max-age` ({age}{}) before `rotate-every` ({due}{}) makes it due",
        default(age_is_set),
        default(due_is_set)
    );
    Diagnostic::new(Code::ConfigBadAge, at, message)
        .hint(format!("set `max-age: {due}` or more, or shorten `rotate-every`"))
}

/// The message and the hint for a repository in `confirmed-by` that never receives the value.
pub(super) fn never_confirms(repo: &Repo) -> (String, String) {
    let repo = quote(&repo.to_string());
    (
        format!("`confirmed-by` lists {repo}, but no destination gives it the whole value"),
        "add an Actions secret of that repository to the destinations, or remove it from `confirmed-by`"
            .to_owned(),
    )
}
