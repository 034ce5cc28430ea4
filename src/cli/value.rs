//! Checks whether a value can be the token it should be, before it is sent anywhere: a value with
//! the shape of another provider's token, a placeholder or a line of a file is refused, with what
//! it looks like. Every command that takes values uses this.

use super::env::Env;
use super::problems::values;
use super::shapes;
use crate::config::TokenConfig;
use crate::domain::{Problem, Secret};
use crate::journal::KEY_NAME;
use crate::net::auth::{form, shapes as shapes_of};
use crate::providers::Driver;

/// What a value is for.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Role {
    /// The token itself.
    Token,
    /// A credential that can issue and revoke tokens. Its kind need not be one that the provider's
    /// file describes.
    Manager,
}

/// Where a value came from. What `--value-from` names is not in it: it could be a value.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Origin<'a> {
    /// A variable that the config names.
    Variable(&'a str),
    /// The variable of `--value-from env:NAME`.
    NamedVariable,
    /// The file of `--value-from file:PATH`.
    File,
    StandardInput,
    /// Pasted on a terminal.
    Paste,
}

impl<'a> Origin<'a> {
    /// The origin of a value that `--value-from` was used for.
    pub(super) fn of_source(source: &str) -> Self {
        match source.split_once(':') {
            Some(("env", _)) => Self::NamedVariable,
            Some(("file", _)) => Self::File,
            _ => Self::StandardInput,
        }
    }

    /// Whether it is this variable of the config.
    fn is(self, variable: &str) -> bool {
        self == Origin::Variable(variable)
    }
}

/// The credentials of this run itself, which no provider must receive.
const OWN: [&str; 5] = [
    "TOKENWARD_JOURNAL_KEY",
    "TOKENWARD_GITHUB_TOKEN",
    "GITHUB_TOKEN",
    "ACTIONS_RUNTIME_TOKEN",
    "ACTIONS_ID_TOKEN_REQUEST_TOKEN",
];

/// The provider of our own credentials.
const GITHUB: &str = "github";

/// Refuses a value that is one of this run's own credentials, or a part of one. It is sent to no
/// provider, even if it looks like a token.
pub(super) fn own(env: &Env, origin: Origin<'_>, value: &Secret) -> Option<Problem> {
    let own = OWN
        .iter()
        .filter(|own| !origin.is(own))
        .find(|own| env.secret(own).is_some_and(|secret| secret.shares_with(value)))?;
    Some(values::own_credential(origin, own))
}

/// Refuses a value that is the credential that issues tokens: replacing it would revoke that one.
pub(super) fn of_its_manager(
    env: &Env,
    origin: Origin<'_>,
    value: &Secret,
    token: &TokenConfig,
) -> Option<Problem> {
    let manager = token.manager.as_ref().filter(|manager| !origin.is(manager.as_str()))?;
    env.secret(manager.as_str())
        .filter(|secret| secret.is(value))
        .map(|_| values::manager_as_token(origin, manager.as_str(), &token.name))
}

/// Refuses a value that is a part of the value in another variable of the config.
pub(super) fn cut_from(
    env: &Env,
    origin: Origin<'_>,
    value: &Secret,
    tokens: &[TokenConfig],
) -> Option<Problem> {
    let whole =
        |variable: &&str| env.secret(variable).is_some_and(|secret| value.is_part_of(&secret));
    let variable =
        tokens.iter().flat_map(variables).filter(|variable| !origin.is(variable)).find(whole)?;
    Some(values::cut_from(origin, variable))
}

/// The variables of a token, as the config names them.
pub(super) fn variables(token: &TokenConfig) -> impl Iterator<Item = &str> {
    std::iter::once(token.value.as_str()).chain(token.manager.iter().map(|name| name.as_str()))
}

/// Refuses a value for a token if the variable of another token has the same value.
pub(super) fn of_another(
    env: &Env,
    origin: Origin<'_>,
    value: &Secret,
    others: &[&TokenConfig],
) -> Option<Problem> {
    let holds = |variable: &str| env.secret(variable).is_some_and(|secret| secret.is(value));
    let variable = others
        .iter()
        .copied()
        .flat_map(variables)
        .filter(|variable| !origin.is(variable))
        .find(|variable| holds(variable))?;
    Some(values::value_of_another(origin, variable))
}

/// Refuses a value that cannot be a token of this provider.
pub(super) fn flaw(
    origin: Origin<'_>,
    value: &Secret,
    driver: &Driver<'_>,
    role: Role,
) -> Option<Problem> {
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
                Some((provider, kind)) => values::shape_of(provider, kind),
                None if role == Role::Token && spec.exact && !driver.is_grant() => {
                    let shapes: Vec<&str> = spec
                        .tokens
                        .iter()
                        .filter(|kind| !kind.identifier)
                        .map(|kind| kind.name.as_str())
                        .collect();
                    values::no_shape_of(&spec.name, &shapes)
                }
                None => return None,
            }
        }
    };
    Some(values::wrong_shape(origin, looks, &spec.name))
}

/// Refuses a value that cannot be a token of any provider.
pub(super) fn formless(origin: Origin<'_>, value: &Secret) -> Option<Problem> {
    let looks = form(value).filter(|_| whole_shapes(value).is_empty())?;
    Some(values::formless(origin, looks))
}

/// Refuses a value that cannot be a credential of our own: one for GitHub, or the journal's key.
pub(super) fn unfit(env: &Env, name: &str, value: &Secret) -> Option<Problem> {
    let is_journals =
        name != KEY_NAME && env.secret(KEY_NAME).is_some_and(|key| key.shares_with(value));
    let shapes = whole_shapes(value);
    let looks = match shapes.first() {
        _ if is_journals => values::shared_with(KEY_NAME),
        Some(_) if name != KEY_NAME && shapes.iter().any(|(provider, _)| provider == GITHUB) => {
            return None;
        }
        Some((provider, kind)) => values::shape_of(provider, kind),
        None => form(value)?.to_string(),
    };
    Some(values::not_used(name, looks))
}

/// Reports white space around a token's value: tokenward removes it, and no other reader does.
pub(super) fn padded(env: &Env, token: &TokenConfig) -> Option<Problem> {
    env.variables.was_trimmed(token.value.as_str()).then(|| values::padded(token))
}

/// The shapes that match a whole value, as provider and kind. Shapes that need a word nearby, such
/// as bare hexadecimal digits, belong to no provider in particular, and are left out.
fn whole_shapes(value: &Secret) -> Vec<(String, String)> {
    let names = shapes_of(value, &|text| shapes::whole(text));
    names
        .iter()
        .filter_map(|name| name.split_once('/'))
        .map(|(provider, kind)| (provider.to_owned(), kind.to_owned()))
        .collect()
}
