//! `--revoke-first` looks ahead: the value in use is revoked before there is another only where all
//! that can be asked says that another can be made and delivered now. The checks are those that
//! come before every new key.

use std::collections::BTreeSet;

use super::ownership::Claim;
use super::token_run::{TokenRun, bug};
use super::{mint, moves};
use crate::domain::lifecycle::{Ending, Retiring};
use crate::domain::{Code, KeyId, Problem, Repo};

const STILL_WORKS: &str =
    "the value in use was not revoked: it still works, also for whoever found it";

impl TokenRun<'_> {
    /// Journals that the value in use is revoked before there is another.
    pub(super) async fn revoke_first(&mut self) -> Result<(), Vec<Problem>> {
        let id = self.look_ahead().await?;
        let version = self.state.current.as_ref().map(|key| key.version).unwrap_or_default();
        let to = moves::revoke_first(&self.state, self.now());
        self.journal(to, &format!("{version} (key {id}) will be revoked before there is another"))
            .await
            .map_err(|problem| vec![problem])?;
        self.done(format!("gave key {id} up before there is another: whoever uses it fails until the new value arrives"));
        Ok(())
    }

    /// Whether a new key can be made and delivered now, and which key goes. It reads only, and
    /// reports all it finds at once.
    pub(super) async fn look_ahead(&mut self) -> Result<KeyId, Vec<Problem>> {
        let config = self.job.config;
        if self.job.abilities.manual {
            return Err(vec![
                Problem::new(
                    Code::Usage,
                    format!("only a person makes a new value of {}, so there would be none once it is revoked", config.name),
                )
                .hint(format!("without --revoke-first a person is asked at once: tokenward rotate {} --leaked", config.name))
                .state(STILL_WORKS),
            ]);
        }
        if config.manager.is_none() {
            return Err(vec![
                Problem::new(Code::Usage, format!("{} manages itself, so nobody could issue a new value once it is revoked", config.name))
                    .hint(format!("without --revoke-first the new value comes first: tokenward rotate {} --leaked", config.name))
                    .state(STILL_WORKS),
            ]);
        }
        let key =
            self.state.current.clone().ok_or_else(|| vec![bug("there is no value in use")])?;
        let ends = self.job.abilities.revokes || self.job.abilities.disables;
        let Some(id) = key.id.filter(|_| ends) else {
            self.revoke_first_failed = true;
            return Err(vec![
                Problem::new(
                    Code::NeedsPerson,
                    format!(
                        "the value in use of {} ({}) has to be revoked by a person",
                        config.name, key.version
                    ),
                )
                .cause("the id of its key is not known")
                .state(STILL_WORKS),
            ]);
        };
        let mut problems = Vec::new();
        // The key that goes makes room for the one that comes.
        self.going = Some(id.clone());
        problems.extend(self.preflight().await.err().into_iter().flatten());
        if let Some(key) = self.state.current.clone() {
            let going = Retiring { key, not_before: None, leaked: true, stage: Ending::Waiting };
            problems.extend(self.may_begin_to_end(&id, Claim::Retiring(&going)).await.err());
        }
        if problems.is_empty() {
            problems.extend(self.within_budget(mint::RECORDS_OF_AN_END).err());
        }
        if problems.is_empty() {
            self.looked_ahead = true;
            return Ok(id);
        }
        // Whoever holds a key that leaked still can use it: that is said first.
        let state = STILL_WORKS;
        let hint = format!(
            "without --revoke-first the new value comes first: tokenward rotate {} --leaked",
            config.name
        );
        let with = |problem: Problem| Problem {
            hint: problem.hint.or_else(|| Some(hint.clone())),
            state: Some(state.to_owned()),
            ..problem
        };
        Err(problems.into_iter().map(with).collect())
    }

    /// The repositories of all destinations.
    pub(super) fn repositories(&self) -> BTreeSet<&Repo> {
        self.job
            .config
            .destinations
            .iter()
            .filter_map(|destination| destination.place.repo())
            .collect()
    }
}
