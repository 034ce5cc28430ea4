//! Checks the values that a run received for its tokens, and its own credentials, before one of
//! them is sent: each must be able to be what its variable should contain.

use super::problems::values;
use super::session::Session;
use super::value::{
    Origin, Role, cut_from, flaw, of_another, of_its_manager, own, unfit, variables,
};
use crate::config::TokenConfig;
use crate::domain::{Problem, Secret};
use crate::providers::Driver;
use crate::rotation;

impl Session<'_> {
    /// Whether a value may be sent to GitHub as our own credential.
    ///
    /// # Errors
    /// When it cannot be one, or a variable of the config's tokens has the same value.
    pub(super) fn fit_for_github(&self, name: &str, value: &Secret) -> Result<(), Problem> {
        let holds = |variable: &&str| {
            self.env.secret(variable).is_some_and(|secret| secret.shares_with(value))
        };
        let found = self
            .config
            .tokens
            .iter()
            .flat_map(variables)
            .filter(|variable| *variable != name)
            .find(holds);
        let shared = found.map(|variable| values::not_used(name, values::shared_with(variable)));
        shared.or_else(|| unfit(self.env, name, value)).map_or(Ok(()), Err)
    }

    /// What is wrong with one of the values that this run received for a token.
    pub(super) fn flaw(&self, token: &TokenConfig, driver: &Driver<'_>) -> Option<Problem> {
        let next = format!("{}_{}", token.value, rotation::NEXT);
        let manager = token.manager.as_ref().map(ToString::to_string);
        let named = [
            (Some(token.value.to_string()), Role::Token),
            (Some(next.clone()), Role::Token),
            (manager, Role::Manager),
        ];
        named.into_iter().find_map(|(name, role)| {
            let name = name?;
            let value = self.env.secret(&name)?;
            let origin = Origin::Variable(&name);
            let brought =
                (name == next).then(|| self.flaw_of_brought(token, origin, &value, driver));
            let is_manager = role == Role::Token && !driver.rotation().self_managed;
            let managers =
                || of_its_manager(self.env, origin, &value, token).filter(|_| is_manager);
            let cut = || cut_from(self.env, origin, &value, &self.config.tokens);
            brought.unwrap_or_else(|| {
                own(self.env, origin, &value)
                    .or_else(managers)
                    .or_else(cut)
                    .or_else(|| flaw(origin, &value, driver, role))
            })
        })
    }

    /// What is wrong with a value that a person made to be a token's next one.
    pub(super) fn flaw_of_brought(
        &self,
        token: &TokenConfig,
        origin: Origin<'_>,
        value: &Secret,
        driver: &Driver<'_>,
    ) -> Option<Problem> {
        let others: Vec<&TokenConfig> =
            self.config.tokens.iter().filter(|other| other.name != token.name).collect();
        own(self.env, origin, value)
            .or_else(|| of_another(self.env, origin, value, &others))
            .or_else(|| cut_from(self.env, origin, value, &self.config.tokens))
            .or_else(|| flaw(origin, value, driver, Role::Token))
    }
}
