//! Whether a value can be the token it is said to be, before it is sent to anybody: a value of
//! another provider's shape, a placeholder or a line of a file is refused with what it looks like.
//! Every command that takes values asks here.

use super::env::Env;
use super::shapes;
use crate::config::TokenConfig;
use crate::domain::{Code, Problem, Secret};
use crate::journal::KEY_NAME;
use crate::net::auth::{form, shapes as shapes_of};
use crate::providers::Driver;

/// What a value is for.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Role {
    /// The token itself.
    Token,
    /// A credential that may issue and revoke tokens; it may be of a kind that the provider's file
    /// does not describe.
    Manager,
}

/// The credentials of this run itself, which no provider has any business with.
const OWN: [&str; 5] = [
    "TOKENWARD_JOURNAL_KEY",
    "TOKENWARD_GITHUB_TOKEN",
    "GITHUB_TOKEN",
    "ACTIONS_RUNTIME_TOKEN",
    "ACTIONS_ID_TOKEN_REQUEST_TOKEN",
];

/// Whose credentials our own are.
const GITHUB: &str = "github";

/// Why a value is sent to no provider although it may look like a token: it is a credential of this
/// run's own, or a part of one.
pub(super) fn own(env: &Env, name: &str, value: &Secret) -> Option<Problem> {
    let is_own = OWN
        .iter()
        .filter(|own| **own != name)
        .find(|own| env.secret(own).is_some_and(|secret| secret.shares_with(value)))?;
    let looks = format!("it is what {own} holds, or a part of it", own = is_own);
    Some(problem(name, looks).hint(format!(
        "put the token of the provider into {name}; if it was ever sent anywhere, replace {is_own}"
    )))
}

/// Why a value is not the token: it is the credential that makes tokens, and replacing it would end
/// that one.
pub(super) fn of_its_manager(
    env: &Env,
    name: &str,
    value: &Secret,
    token: &TokenConfig,
) -> Option<Problem> {
    let manager = token.manager.as_ref().filter(|manager| manager.as_str() != name)?;
    env.secret(manager.as_str()).filter(|secret| secret.is(value)).map(|_| {
        problem(name, format!("{manager}, the manager of {}, holds the same value", token.name))
            .hint(format!("put the token that programs use into {name}, and the credential that may make tokens into {manager}"))
    })
}

/// Why a value is no token: it is a part of what another variable of the config holds.
pub(super) fn cut_from(
    env: &Env,
    name: &str,
    value: &Secret,
    tokens: &[TokenConfig],
) -> Option<Problem> {
    let whole =
        |variable: &&str| env.secret(variable).is_some_and(|secret| value.is_part_of(&secret));
    let variable =
        tokens.iter().flat_map(variables).filter(|variable| *variable != name).find(whole)?;
    Some(
        problem(name, format!("it is a part of what {variable} holds"))
            .hint(format!("put the whole token into {name}, and no other")),
    )
}

/// The variables of a token, as the config names them.
pub(super) fn variables(token: &TokenConfig) -> impl Iterator<Item = &str> {
    std::iter::once(token.value.as_str()).chain(token.manager.iter().map(|name| name.as_str()))
}

/// Why a value that a person brought for a token is none of its own: another token's variable holds
/// it.
pub(super) fn of_another(
    env: &Env,
    name: &str,
    value: &Secret,
    others: &[&TokenConfig],
) -> Option<Problem> {
    let holds = |variable: &str| env.secret(variable).is_some_and(|secret| secret.is(value));
    let variable = others
        .iter()
        .copied()
        .flat_map(variables)
        .filter(|variable| *variable != name)
        .find(|variable| holds(variable))?;
    Some(problem(name, format!("{variable} holds the same value")).hint(
        "make a value of its own for each token: one that two share cannot be replaced alone",
    ))
}

/// Why a value cannot be a token of this provider. `name` says where it comes from.
pub(super) fn flaw(name: &str, value: &Secret, driver: &Driver<'_>, role: Role) -> Option<Problem> {
    if driver.knows_shape_of(value) {
        return None;
    }
    let spec = driver.spec();
    let looks = match form(value) {
        Some(form) => form.to_string(),
        None => {
            let found = whole_shapes(value);
            let stranger = found.iter().find(|(provider, _)| {
                *provider != spec.id && found.iter().all(|(own, _)| *own != spec.id)
            });
            match stranger {
                Some((provider, kind)) => {
                    format!("it has the shape of a token of {provider} (`{provider}/{kind}`)")
                }
                None if role == Role::Token && spec.exact && !driver.is_grant() => {
                    let shapes: Vec<&str> = spec
                        .tokens
                        .iter()
                        .filter(|kind| !kind.identifier)
                        .map(|kind| kind.name.as_str())
                        .collect();
                    format!(
                        "it has the shape of none of {}'s tokens ({}): it may be cut",
                        spec.name,
                        shapes.join(", ")
                    )
                }
                None => return None,
            }
        }
    };
    Some(problem(name, looks).hint(format!(
        "put the token of {} into it, as the provider shows it and with nothing around it",
        spec.name
    )))
}

/// Why a value can be nobody's token.
pub(super) fn formless(name: &str, value: &Secret) -> Option<Problem> {
    let looks = form(value).filter(|_| whole_shapes(value).is_empty())?;
    Some(
        problem(name, looks.to_string())
            .hint("give the value as the provider shows it, with nothing around it"),
    )
}

/// Why a value can be no credential of our own: one for GitHub, or the key of the journal.
pub(super) fn unfit(env: &Env, name: &str, value: &Secret) -> Option<Problem> {
    let is_journals =
        name != KEY_NAME && env.secret(KEY_NAME).is_some_and(|key| key.shares_with(value));
    let shapes = whole_shapes(value);
    let looks = match shapes.first() {
        _ if is_journals => format!("it is what {KEY_NAME} holds, or a part of it"),
        Some(_) if name != KEY_NAME && shapes.iter().any(|(provider, _)| provider == GITHUB) => {
            return None;
        }
        Some((provider, kind)) => {
            format!("it has the shape of a token of {provider} (`{provider}/{kind}`)")
        }
        None => form(value)?.to_string(),
    };
    Some(not_used(name, looks))
}

pub(super) fn not_used(name: &str, looks: String) -> Problem {
    Problem::new(
        Code::ValueMalformed,
        format!("the value in {name} was not used: it cannot be what it is meant to be"),
    )
    .cause(looks)
    .hint(format!(
        "put the credential itself into {name}, with nothing around it; it stays refused until then"
    ))
    .state("nothing was changed")
}

/// What is to be said of a secret that has white space around its token. tokenward takes it off;
/// nobody else does.
pub(super) fn padded(env: &Env, token: &TokenConfig) -> Option<Problem> {
    let name = token.value.as_str();
    env.variables.was_trimmed(name).then(|| {
        Problem::new(Code::ValuePadded, format!("{name} holds white space around the token of {}", token.name))
            .cause("tokenward ignores it, and tested the token without it; all others that read the secret get it as it is")
            .hint(format!("a rotation hands out a value without it, everywhere: tokenward rotate {} --force --reason TEXT", token.name))
    })
}

fn problem(name: &str, looks: String) -> Problem {
    Problem::new(
        Code::ValueMalformed,
        format!("the value in {name} was not sent anywhere: it cannot be the token"),
    )
    .cause(looks)
    .state("nothing was changed, and nothing is known about the token")
}

/// The shapes that a value has from its first to its last character, as provider and kind. Shapes
/// that need a word beside them, such as bare hexadecimal digits, are nobody's in particular and
/// not among them.
fn whole_shapes(value: &Secret) -> Vec<(String, String)> {
    let names = shapes_of(value, &|text| shapes::whole(text));
    names
        .iter()
        .filter_map(|name| name.split_once('/'))
        .map(|(provider, kind)| (provider.to_owned(), kind.to_owned()))
        .collect()
}
