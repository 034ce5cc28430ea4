//! Messages about values that cannot be what they should be. They say where a value came from and
//! what it looks like, and never quote it.

use std::fmt::Display;

use super::NOTHING_CHANGED;
use crate::cli::value::Origin;
use crate::config::TokenConfig;
use crate::domain::{Code, Problem, TokenName, handing_over};
use crate::journal::KEY_NAME;

impl Origin<'_> {
    /// The value, by where it came from.
    fn the_value(self) -> String {
        match self {
            Self::Variable(name) => format!("the value in {name}"),
            Self::NamedVariable => "the value in the variable that `--value-from` names".to_owned(),
            Self::File => "the value in the file that `--value-from` names".to_owned(),
            Self::StandardInput => "the value on standard input".to_owned(),
            Self::Paste => "the pasted value".to_owned(),
        }
    }

    /// Says to bring something else the same way.
    fn give(self, what: &str) -> String {
        match self {
            Self::Variable(name) => format!("put {what} into {name}"),
            Self::NamedVariable => format!("put {what} into that variable"),
            Self::File => format!("put {what} into that file"),
            Self::StandardInput => format!("pass {what} on standard input"),
            Self::Paste => format!("paste {what}"),
        }
    }
}

fn cannot_be_token(origin: Origin<'_>, looks: impl Display) -> Problem {
    let what = format!("{} was not sent anywhere: it cannot be the token", origin.the_value());
    Problem::new(Code::ValueMalformed, what)
        .cause(looks.to_string())
        .state("nothing was changed; the state of the token is unknown")
}

/// `own` is the variable of one of our own credentials.
pub(in crate::cli) fn own_credential(origin: Origin<'_>, own: &str) -> Problem {
    let right = origin.give("the provider's token");
    cannot_be_token(origin, shared_with(own))
        .hint(format!("{right}; if the value was ever sent anywhere, replace {own}"))
}

pub(in crate::cli) fn manager_as_token(
    origin: Origin<'_>,
    manager: &str,
    name: &TokenName,
) -> Problem {
    let right = origin.give("the token that programs use");
    cannot_be_token(origin, format!("{manager}, the manager of {name}, has the same value"))
        .hint(format!("{right}, and the credential that can issue tokens into {manager}"))
}

pub(in crate::cli) fn cut_from(origin: Origin<'_>, variable: &str) -> Problem {
    cannot_be_token(origin, format!("it is a part of the value in {variable}"))
        .hint(format!("{}, and nothing else", origin.give("the whole token")))
}

pub(in crate::cli) fn value_of_another(origin: Origin<'_>, variable: &str) -> Problem {
    cannot_be_token(origin, format!("{variable} has the same value"))
        .hint("create a separate value for each token: a value that two tokens share cannot be replaced for only one of them")
}

/// `looks` is what it looks like instead, `provider` whose token it should be.
pub(in crate::cli) fn wrong_shape(
    origin: Origin<'_>,
    looks: impl Display,
    provider: &str,
) -> Problem {
    let right = origin.give(&format!("the {provider} token"));
    cannot_be_token(origin, looks)
        .hint(format!("{right} as the provider shows it, with nothing around it"))
}

pub(in crate::cli) fn formless(origin: Origin<'_>, looks: impl Display) -> Problem {
    let right = origin.give("the value");
    cannot_be_token(origin, looks)
        .hint(format!("{right} as the provider shows it, with nothing around it"))
}

/// Why a value does not look right: another kind of token.
pub(in crate::cli) fn shape_of(provider: &str, kind: &str) -> String {
    format!("it has the shape of a token from {provider} (`{provider}/{kind}`)")
}

/// Why a value does not look right: none of the provider's tokens.
pub(in crate::cli) fn no_shape_of(provider: &str, shapes: &[&str]) -> String {
    format!(
        "it does not have the shape of any {provider} token ({}); it may have been cut off",
        shapes.join(", ")
    )
}

/// Why a value does not look right: another variable has it as well.
pub(in crate::cli) fn shared_with(variable: &str) -> String {
    format!("it is the value in {variable}, or a part of it")
}

/// One of our own credentials, for GitHub or the journal.
pub(in crate::cli) fn not_used(name: &str, looks: impl Display) -> Problem {
    Problem::new(
        Code::ValueMalformed,
        format!("the value in {name} was not used: it cannot be the credential that belongs there"),
    )
    .cause(looks.to_string())
    .hint(format!(
        "put only the credential into {name}, with nothing around it; until then it is refused"
    ))
    .state(NOTHING_CHANGED)
}

/// The journal's key, which cannot be made again.
pub(in crate::cli) fn not_the_journal_key(flaw: Problem) -> Problem {
    flaw.hint(format!(
        "put only the key into {KEY_NAME}, with nothing around it; if it is lost, create one with `openssl rand -hex 32` and begin the journal again (docs/journal.md)"
    ))
}

/// White space around a token's value.
pub(in crate::cli) fn padded(token: &TokenConfig) -> Problem {
    let (variable, name) = (&token.value, &token.name);
    Problem::new(
        Code::ValuePadded,
        format!("{variable} has white space around the value of {name}"),
    )
    .cause("tokenward ignores the white space and tested the token without it; everything else that reads the secret receives it")
    .hint(format!("run `tokenward rotate {name} --force --reason TEXT`: the rotation delivers a value without white space to every destination"))
}

pub(in crate::cli) fn missing(token: &TokenConfig) -> Problem {
    let variable = token.value.as_str();
    Problem::new(Code::ValueMissing, format!("{variable} is empty or not set"))
        .hint(handing_over(variable, variable))
        .state(super::NOTHING_DONE)
}

pub(in crate::cli) fn nothing_to_test(token: &TokenConfig) -> Problem {
    let (variable, name) = (&token.value, &token.name);
    Problem::new(Code::NotTested, format!("{name} was not tested: {variable} is empty or not set"))
        .cause(
            "this run did not receive the value (a run for a pull request from a fork never does)",
        )
        .hint(token.handing(variable))
}
