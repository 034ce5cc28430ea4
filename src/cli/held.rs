//! The values that a run has, for the leak check to find anywhere: those of the config's tokens, of
//! their managers, and of every variable whose name says that it is a secret.

use super::env::Env;
use super::session::Session;
use crate::domain::Secret;
use crate::scan::{Exact, says_secret};

/// All of them. A value that a token and another variable share is the token's.
pub(super) fn exact(env: &Env, session: Option<&Session<'_>>) -> Vec<Exact> {
    let mut all: Vec<Exact> = Vec::new();
    for token in session
        .into_iter()
        .flat_map(|session| session.config.tokens.iter().map(move |token| (session, token)))
    {
        let (session, token) = token;
        let ours = |value: Secret| Exact {
            token: Some(token.name.clone()),
            provider: token.provider.clone(),
            value,
        };
        all.extend(session.values(token).into_iter().map(ours));
        let manager = token.manager.as_ref().and_then(|manager| env.secret(manager.as_str()));
        all.extend(
            manager.map(|value| Exact {
                provider: token.provider.clone(),
                ..Exact::of_variable(value)
            }),
        );
    }
    let is_value = |secret: &&Secret| !secret.is_plain_word() && !secret.is_place();
    all.extend(
        env.variables
            .secrets_called(says_secret)
            .filter(is_value)
            .map(|secret| Exact::of_variable(secret.clone())),
    );
    all
}
