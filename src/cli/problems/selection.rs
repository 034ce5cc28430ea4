//! Messages about what a command is to work on: a token, a provider, or the token behind a leaked
//! value.

use super::NOTHING_CHANGED;
use super::command_line::instead_of;
use crate::config::Config;
use crate::domain::text::sanitize;
use crate::domain::{Code, KeyId, Problem, Repo, TokenName};
use crate::providers::Registry;

pub(in crate::cli) fn unknown_token(typed: &str, config: &Config) -> Problem {
    let hint = if config.tokens.is_empty() {
        "add a token under `tokens:`; the config has none".to_owned()
    } else {
        instead_of(typed, config.tokens.iter().map(|token| token.name.as_str()))
    };
    Problem::new(Code::UnknownToken, format!("the config has no token `{}`", sanitize(typed)))
        .hint(hint)
}

pub(in crate::cli) fn no_tokens() -> Problem {
    Problem::new(Code::NothingSelected, "the config has no tokens").hint("add one under `tokens:`")
}

pub(in crate::cli) fn no_token_named() -> Problem {
    Problem::new(Code::NothingSelected, "no token was named").hint("name a token in the config")
}

pub(in crate::cli) fn unknown_provider(typed: &str, registry: &Registry) -> Problem {
    Problem::new(Code::ConfigUnknownProvider, format!("there is no provider `{}`", sanitize(typed)))
        .hint(instead_of(typed, registry.ids().map(|id| id.as_str())))
}

pub(in crate::cli) fn no_token_of_provider(provider: &str) -> Problem {
    Problem::new(
        Code::NothingSelected,
        format!("none of the selected tokens belongs to provider `{}`", sanitize(provider)),
    )
    .hint("run `tokenward status` to see the tokens and their providers")
}

pub(in crate::cli) fn alert_of_no_token(number: u64, repo: &Repo) -> Problem {
    Problem::new(
        Code::NothingSelected,
        format!("no token in the config has the value of alert {number} of {repo}"),
    )
    .cause("it was compared with the values that this run received, and with the fingerprints in the journal")
    .hint("to revoke it anyway, pipe the value into `tokenward revoke --leaked -`")
    .state(NOTHING_CHANGED)
}

pub(in crate::cli) fn finding_of_no_value(fingerprint: &str) -> Problem {
    Problem::new(
        Code::NothingSelected,
        format!("this run received no value with the fingerprint `{}`", sanitize(fingerprint)),
    )
    .cause("a finding identifies a value by its fingerprint, which can be compared only with values that this run received")
    .hint("pass the secret to this step, or name the token: `tokenward rotate TOKEN --leaked`")
    .state(NOTHING_CHANGED)
}

pub(in crate::cli) fn value_of_no_token() -> Problem {
    Problem::new(
        Code::NothingSelected,
        "no token in the config has this value, and no provider in the config issues such values",
    )
    .hint(
        "revoke it in its provider's settings; `tokenward providers` lists the supported providers",
    )
    .state(NOTHING_CHANGED)
}

/// The value contains the id of a key in use, but is not that key's value.
pub(in crate::cli) fn value_differs_from_key(id: &KeyId, name: &TokenName) -> Problem {
    Problem::new(
        Code::StillInUse,
        format!("{name} uses key {id}, but the given value is not the value in use"),
    )
    .cause("the given value was cut off, or something was added to it")
    .hint(format!("to replace the key, run `tokenward rotate {name} --leaked`"))
    .state(NOTHING_CHANGED)
}
