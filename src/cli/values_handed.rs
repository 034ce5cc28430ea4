//! Whether the values that a run was handed for its tokens, and its own credentials, can be what
//! they are said to be, before one of them is sent.

use super::session::Session;
use super::value::{
    Role, cut_from, flaw, not_used, of_another, of_its_manager, own, unfit, variables,
};
use crate::config::TokenConfig;
use crate::domain::{Problem, Secret};
use crate::providers::Driver;
use crate::rotation;

impl Session<'_> {
    /// Whether a value may be sent to GitHub as a credential of ours.
    ///
    /// # Errors
    /// When it can be none, or a variable of the config's tokens holds it as well.
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
        let shared = found.map(|variable| {
            not_used(name, format!("it is what {variable} holds, or a part of it"))
        });
        shared.or_else(|| unfit(self.env, name, value)).map_or(Ok(()), Err)
    }

    /// Why one of the values that this run is handed for a token cannot be what it is said to be.
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
            let brought =
                (name == next).then(|| self.flaw_of_brought(token, &name, &value, driver));
            let is_manager = role == Role::Token && !driver.rotation().self_managed;
            let managers = || of_its_manager(self.env, &name, &value, token).filter(|_| is_manager);
            let cut = || cut_from(self.env, &name, &value, &self.config.tokens);
            brought.unwrap_or_else(|| {
                own(self.env, &name, &value)
                    .or_else(managers)
                    .or_else(cut)
                    .or_else(|| flaw(&name, &value, driver, role))
            })
        })
    }

    /// Why a value that a person brought for a token cannot be its next one. `name` says where it
    /// comes from.
    pub(super) fn flaw_of_brought(
        &self,
        token: &TokenConfig,
        name: &str,
        value: &Secret,
        driver: &Driver<'_>,
    ) -> Option<Problem> {
        let others: Vec<&TokenConfig> =
            self.config.tokens.iter().filter(|other| other.name != token.name).collect();
        let own = own(self.env, name, value).or_else(|| of_another(self.env, name, value, &others));
        let own = own.or_else(|| cut_from(self.env, name, value, &self.config.tokens));
        own.or_else(|| flaw(name, value, driver, Role::Token))
    }
}
