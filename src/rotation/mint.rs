//! The new key, up to the fence: made, tested, or deleted again. A key made here has been delivered
//! nowhere.

use std::time::Duration;

use tokio::time::sleep;

use super::moves;
use super::next::MINTS_A_RUN;
use super::ownership::{Claim, Manner, uses};
use super::token_run::TokenRun;
use crate::domain::lifecycle::{Stage, Why};
use crate::domain::{Code, KeyId, Problem, Span, Verdict, Wait};
use crate::providers::{ListedKey, Minted, Order, ProviderError, Revoked};

/// How often a new value is tested, or a new key looked for, before the provider's delay counts as
/// over.
const PATIENCE: u32 = 4;
/// The longest wait that a run waits out before it asks for a key once more.
const SHORT: Span = Span::seconds(60);
/// The provider counts from its own answer.
const MARGIN: Duration = Duration::from_secs(1);
/// Journal records of a run that issues and pushes.
const RECORDS: usize = 4;
/// Journal records of a key's end, from the decision until it is seen dead.
pub(super) const RECORDS_OF_AN_END: usize = 4;

impl TokenRun<'_> {
    pub(super) async fn intend(&mut self, why: Why) -> Result<(), Problem> {
        self.within_budget(0)?;
        let (nonce, name) = self.fresh_name(self.state.newest().next())?;
        let longest = self.job.abilities.longest_name;
        if name.len() > longest {
            return Err(super::token_run::bug(&format!(
                "the name {name} is longer than the {longest} characters the provider takes"
            )));
        }
        let to = moves::intend(&self.state, why, nonce, name.clone(), self.now());
        self.unsent = true;
        if self.job.revoke_first && self.key_first {
            let provider = &self.job.config.provider;
            self.done(format!("asked for the new key first: {provider} wanted to be left alone, so it might have refused one"));
        }
        let event = if self.job.abilities.refreshes {
            "will be refreshed".to_owned()
        } else {
            format!("will be issued as {name}")
        };
        self.journal(to, &event).await
    }

    /// A key is begun only where the hour's budget at GitHub lasts to deliver it: a value that
    /// cannot be pushed is a wasted key. `more` records come before it.
    pub(super) fn within_budget(&mut self, more: usize) -> Result<(), Problem> {
        let destinations = self.job.config.destinations.len();
        if self.reserved || self.world.writer.reserve((RECORDS + more) * 2 + destinations) {
            self.reserved = true;
            return Ok(());
        }
        Err(Problem::new(
            Code::GithubRateLimited,
            format!(
                "{} was not begun: GitHub's hourly budget of writes is spoken for",
                self.job.config.name
            ),
        )
        .cause(format!(
            "it takes {destinations} writes of secrets and {} of the journal",
            RECORDS * 2
        ))
        .hint("the next scheduled run goes on from here")
        .state(self.unchanged()))
    }

    pub(super) async fn mint(&mut self) -> Result<(), Problem> {
        let (name, with) = (self.pending()?.name.clone(), &self.job.config.with);
        let in_use = self.in_use();
        let order = Order {
            name: &name,
            scopes: &self.scopes,
            with,
            carried: &self.carried.with,
            in_use: &in_use,
        };
        let manager = self.manager()?;
        self.unsent = false;
        self.mints += 1;
        let minted = match self.job.driver.create(manager, &order).await {
            Ok(minted) => minted,
            // Whether there is a key now is found out by its name, never by asking for another.
            Err(ProviderError::Unclear { why }) => {
                self.done(format!(
                    "asked {} for a key as {name}; the answer was lost ({why})",
                    self.job.config.provider
                ));
                return Ok(());
            }
            Err(ProviderError::RateLimited { until: Some(wait) })
                if self.mints < MINTS_A_RUN && wait.span() <= SHORT =>
            {
                return self.mint_after(wait).await;
            }
            Err(refusal) => {
                let mut problem = self.manager_problem("issue a key at", &refusal);
                if matches!(
                    refusal,
                    ProviderError::Refused { dead_credential: false, lacks_access: false, .. }
                ) {
                    problem.id = Code::MintRefused;
                }
                let (pause, event) = self.pause_of(&refusal, "no key was issued");
                self.journal_and_leave(moves::refused(&self.state, pause), &event).await?;
                return Err(problem.state(format!(
                    "no key was made, as far as {} says; {}",
                    self.job.config.provider,
                    self.old_value()
                )));
            }
        };
        if let Some(why) = self.contradicts_itself(&minted).await {
            return self.disbelieve(&name, &why);
        }
        let fingerprint = minted.value.fingerprint(&self.state.salt);
        self.in_hand = Some(minted.value);
        let to = moves::stage(&self.state, Stage::Minted { id: minted.id.clone(), fingerprint });
        self.journal(to, &format!("issued as key {}", minted.id)).await?;
        self.done(format!("issued key {} as {name}", minted.id));
        Ok(())
    }

    /// Waits as long as the provider asked for, and begins once more. It says that it made no key;
    /// if it did all the same, the name of this attempt is kept and looked for.
    async fn mint_after(&mut self, wait: Wait) -> Result<(), Problem> {
        sleep(wait.span().as_duration().saturating_add(MARGIN)).await;
        let (nonce, name) = self.fresh_name(self.pending()?.version)?;
        let event = format!(
            "{} asked to wait for {}; will be issued as {name}",
            self.job.config.provider,
            wait.in_words()
        );
        self.journal(moves::intend_again(&self.state, nonce, name), &event).await?;
        self.done(format!("waited for {}, as {} asked", wait.in_words(), self.job.config.provider));
        self.unsent = true;
        Ok(())
    }

    /// Why what the provider gave as a new key cannot be one.
    async fn contradicts_itself(&self, minted: &Minted) -> Option<String> {
        let Minted { value, known, id, .. } = minted;
        let told = self.job.driver.key_id(value);
        if let Some(told) = told.filter(|told| told != id) {
            return Some(format!("it names key {id}, and the value is that of key {told}"));
        }
        if *known
            || self.is_a_manager(value)
            || self.at_hand().any(|known| self.is_same(known, value))
            || self.is_in_use_here(value)
        {
            return Some("the value is one that this run holds already".to_owned());
        }
        let managers =
            self.managers().any(|manager| self.job.driver.key_id(manager).as_ref() == Some(id));
        if managers || (!self.job.abilities.fixed && self.listed_before.contains(id)) {
            return Some(format!("key {id} was there before"));
        }
        let keys = self
            .state
            .current
            .iter()
            .chain(self.state.retiring.iter().map(|retiring| &retiring.key));
        let dead = self
            .state
            .dead
            .iter()
            .filter(|_| !self.job.abilities.fixed)
            .filter_map(|dead| dead.id.as_ref());
        if keys.filter_map(|key| key.id.as_ref()).chain(dead).any(|known| known == id) {
            return Some(format!("the journal knows key {id} as an older one"));
        }
        let others = self.world.ledger.tokens().await;
        let mut others = others.iter().filter(|(name, state)| {
            **name != self.job.config.name && state.provider == self.state.provider
        });
        let other = others.find(|(_, state)| !self.job.abilities.fixed && uses(state, id));
        other.map(|(name, _)| format!("key {id} is the one in use of {name}"))
    }

    /// A key may have been made: it is looked for by its name. What the answer claims is neither
    /// journalled nor deleted.
    fn disbelieve(&mut self, name: &str, why: &str) -> Result<(), Problem> {
        let (provider, state) = (&self.job.config.provider, self.old_value());
        self.outcome.problems.push(
            Problem::new(Code::MintUnclear, format!("the answer of {provider} to a new key {name} was not believed: {why}"))
                .hint(format!(
                    "if this happens again, compare the keys at {} with the journal, and ask the provider's support",
                    self.page()
                ))
                .state(state),
        );
        self.done(format!(
            "asked {provider} for a key as {name}; its answer cannot be right ({why})"
        ));
        Ok(())
    }

    /// The keys that consumers may hold. Where the value in use was revoked before there is
    /// another, the key it was.
    fn in_use(&self) -> Vec<KeyId> {
        let keys = self
            .state
            .current
            .iter()
            .chain(self.state.retiring.iter().map(|retiring| &retiring.key));
        let mut in_use: Vec<KeyId> = keys.filter_map(|key| key.id.clone()).collect();
        if in_use.is_empty() {
            in_use.extend(self.state.dead.last().and_then(|dead| dead.id.clone()));
        }
        in_use
    }

    /// A fixed key is shown as often as one asks, so a value whose run died on the way is not lost:
    /// it is taken from there.
    pub(super) async fn find_again(&mut self) -> Result<(), Problem> {
        if !self.job.abilities.fixed || self.in_hand.is_some() {
            return Ok(());
        }
        let Some(
            Stage::Minted { id, fingerprint } | Stage::Pushing { id: Some(id), fingerprint, .. },
        ) = self.state.pending.as_ref().map(|pending| &pending.stage)
        else {
            return Ok(());
        };
        let shown = self.job.driver.shown_again(self.manager()?, id).await;
        let shown =
            shown.map_err(|refusal| self.manager_problem("look at the fixed keys of", &refusal))?;
        self.in_hand = shown.filter(|value| value.fingerprint(&self.state.salt) == *fingerprint);
        Ok(())
    }

    /// Looks for a key by the pending name. Found: its value is lost, it goes. Not found: another
    /// name, another try.
    pub(super) async fn find_ours(&mut self) -> Result<(), Problem> {
        let name = self.pending()?.name.clone();
        match self.keys_named(std::slice::from_ref(&name), true).await?.into_iter().next() {
            Some((id, _)) => {
                let to = moves::stage(&self.state, Stage::Aborting { id: Some(id.clone()) });
                self.journal(
                    to,
                    &format!("key {id} was issued and its value lost; it will be deleted"),
                )
                .await
            }
            None => self.begin_again(&name).await,
        }
    }

    async fn begin_again(&mut self, before: &str) -> Result<(), Problem> {
        let mut problems = Vec::new();
        if self.snapshots.is_empty() {
            problems = self.preflight().await.err().unwrap_or_default();
        }
        if let Some(problem) = problems.into_iter().next() {
            self.journal_and_leave(moves::give_up(&self.state), "given up for now").await?;
            return Err(problem);
        }
        let (nonce, name) = self.fresh_name(self.pending()?.version)?;
        self.unsent = true;
        let to = moves::intend_again(&self.state, nonce, name.clone());
        self.journal(to, &format!("no key came of {before}; will be issued as {name}")).await
    }

    /// A key is ours by its name, and its id cannot be put into a request or a record: nobody but a
    /// person can end it.
    pub(super) fn id_cannot_be_one(&self, name: &str) -> Problem {
        let provider = &self.job.config.provider;
        Problem::new(Code::MintUnclear, format!("{provider} lists the key {name} under an id that cannot be one, or that repeats a value"))
            .cause("an id goes into the public journal and into the address of a request")
            .hint(format!("delete that key by hand at {}; no run was given its value", self.page()))
            .state(format!("the key may live; {}", self.old_value()))
    }

    /// Keys with exactly these names, and their ids. With `patient`, an empty answer is asked for
    /// again until the provider's list lag is over.
    pub(super) async fn keys_named(
        &self,
        names: &[String],
        patient: bool,
    ) -> Result<Vec<(KeyId, String)>, Problem> {
        let manager = self.manager()?;
        let lag = self.job.abilities.list_lag.as_duration().min(Duration::from_secs(15));
        let looks = if patient && !lag.is_zero() { PATIENCE } else { 1 };
        for look in 0..looks {
            sleep(lag * look / PATIENCE).await;
            let keys = self
                .job
                .driver
                .list(manager)
                .await
                .map_err(|refusal| self.manager_problem("list the keys of", &refusal))?;
            let named = keys
                .into_iter()
                .filter_map(|key| Some((key.id, key.name.filter(|name| names.contains(name))?)));
            let named: Vec<(KeyId, String)> = named
                .map(|(id, name)| Ok((id.ok_or_else(|| self.id_cannot_be_one(&name))?, name)))
                .collect::<Result<_, Problem>>()?;
            if !named.is_empty() {
                return Ok(named);
            }
        }
        Ok(Vec::new())
    }

    /// The new value must work, and may do no more than it should.
    pub(super) async fn test(&mut self) -> Result<(), Problem> {
        if self.job.abilities.refreshes {
            return self.test_refreshed().await;
        }
        let value =
            self.in_hand.clone().ok_or_else(|| super::token_run::bug("no value to test"))?;
        let verdict = self.settled(&value).await;
        let problem = match &verdict {
            Verdict::Live(facts) | Verdict::Limited(facts) => {
                self.expires_at = facts.expires_at;
                let unread =
                    facts.missing().any(|what| what == "scopes") && !self.scopes.is_empty();
                match wider(facts.scopes.as_deref(), &self.scopes) {
                    Some(surplus) => Problem::new(
                        Code::ScopesWider,
                        format!("the new key may do more than it should: {surplus}"),
                    )
                    .cause(format!("asked for: {}", self.scopes.join(", ")))
                    .hint("check the provider's defaults for new keys"),
                    None if unread => super::preflight::provider_unavailable(
                        self,
                        "what the new key may do could not be read",
                    ),
                    None => match self.not_restricted().await {
                        Some(problem) => problem,
                        None => {
                            self.tested = true;
                            self.done(format!("tested the new value: {}", verdict.as_str()));
                            return Ok(());
                        }
                    },
                }
            }
            Verdict::Unknown { why } => super::preflight::provider_unavailable(self, why),
            Verdict::RateLimited { .. } => {
                super::preflight::provider_unavailable(self, "its rate limit is used up")
            }
            Verdict::Expired | Verdict::Revoked | Verdict::Invalid => Problem::new(
                Code::NewValueDead,
                format!(
                    "{} does not accept the value it just issued ({})",
                    self.job.config.provider,
                    verdict.as_str()
                ),
            )
            .hint("if this happens again, ask the provider's support"),
        };
        self.abort("the new value could not be used").await?;
        self.discard_for_good().await?;
        Err(problem.state(format!("the new key was deleted again; {}", self.old_value())))
    }

    /// Why the new key is not seen to be restricted as the one in use is.
    async fn not_restricted(&mut self) -> Option<Problem> {
        if self.carried.kept.is_empty() {
            return None;
        }
        let provider = &self.job.config.provider;
        let id = match &self.pending().ok()?.stage {
            Stage::Minted { id, .. } => id.clone(),
            _ => return Some(super::token_run::bug("there is no new key to look at")),
        };
        let listed = match self.listed(&id).await {
            Ok(Some(listed)) => listed,
            Ok(None) => {
                return Some(super::preflight::provider_unavailable(
                    self,
                    "the new key is not listed, so what restricts it is not known",
                ));
            }
            Err(problem) => return Some(problem),
        };
        let missing = super::carry::missing(&self.carried.kept, &listed);
        if missing.is_empty() {
            // What the provider shows, which may be earlier than what it was asked for.
            let until = listed.restricted.iter().filter_map(|told| told.until).min();
            self.expires_at = self.expires_at.into_iter().chain(until).min();
            return None;
        }
        Some(
            Problem::new(
                Code::RestrictionLost,
                format!("{provider} did not restrict the new key as the one in use is: {}", missing.join(", ")),
            )
            .cause("the request for the new key carried it, and the list of keys does not show it")
            .hint("if this happens again, ask the provider's support; what the new key is to have can be said under `with`"),
        )
    }

    /// A key as the provider lists it, within the time it may list it late.
    async fn listed(&self, id: &KeyId) -> Result<Option<ListedKey>, Problem> {
        let manager = self.manager()?;
        let lag = self.job.abilities.list_lag.as_duration().min(Duration::from_secs(15));
        let looks = if lag.is_zero() { 1 } else { PATIENCE };
        for look in 0..looks {
            sleep(lag * look / PATIENCE).await;
            let keys = self
                .job
                .driver
                .list(manager)
                .await
                .map_err(|refusal| self.manager_problem("list the keys of", &refusal))?;
            if let Some(listed) = keys.into_iter().find(|key| key.is(id)) {
                return Ok(Some(listed));
            }
        }
        Ok(None)
    }

    /// Tests a fresh value until it works or the provider's settling time is over.
    pub(super) async fn settled(&self, value: &crate::domain::Secret) -> Verdict {
        let settle = self.job.abilities.settle.as_duration();
        let mut verdict = self.job.driver.verify(value).await;
        for look in 1..PATIENCE {
            if !verdict.is_dead() || settle.is_zero() {
                break;
            }
            sleep(settle * look / (PATIENCE * 2)).await;
            verdict = self.job.driver.verify(value).await;
        }
        verdict
    }

    /// Journals that the pending key, certainly in no destination, will be deleted.
    pub(super) async fn abort(&mut self, why: &str) -> Result<(), Problem> {
        let id = match &self.pending()?.stage {
            Stage::Minted { id, .. } => Some(id.clone()),
            Stage::Pushing { id, .. } => id.clone(),
            Stage::Intent | Stage::Refreshing | Stage::Aborting { .. } | Stage::Pushed { .. } => {
                None
            }
        };
        self.dropped = self.in_hand.take();
        self.tested = false;
        let to = moves::stage(&self.state, Stage::Aborting { id });
        self.journal(to, &format!("{why}; it will be deleted")).await
    }

    /// Deletes the pending key that was journalled as aborting, whose value was lost, and begins
    /// again under another name.
    pub(super) async fn discard(&mut self) -> Result<(), Problem> {
        let name = self.delete_undelivered().await?;
        self.begin_again(&name).await
    }

    /// Deletes the pending key that was journalled as aborting, and gives the attempt up.
    pub(super) async fn discard_for_good(&mut self) -> Result<(), Problem> {
        self.delete_undelivered().await?;
        self.journal_and_leave(moves::give_up(&self.state), "deleted again, delivered nowhere")
            .await
    }

    async fn delete_undelivered(&mut self) -> Result<String, Problem> {
        let Stage::Aborting { id } = &self.pending()?.stage else {
            return Err(super::token_run::bug("nothing is aborting"));
        };
        let (id, name) = (id.clone(), self.pending()?.name.clone());
        self.was_delivered_nowhere().await?;
        let known = id.is_some();
        let ids = match id {
            Some(id) => vec![id],
            None => self
                .keys_named(std::slice::from_ref(&name), true)
                .await?
                .into_iter()
                .map(|(id, _)| id)
                .collect(),
        };
        for id in &ids {
            // That it is gone is the provider's word alone; its name is remembered, and looked for
            // again.
            match self.end_key(id, Claim::Named { name: &name, known }, Manner::Revoke).await? {
                Revoked::Done => {
                    self.done(format!("deleted key {id}, which was delivered nowhere"))
                }
                Revoked::AlreadyGone => {
                    self.done(format!("key {id}, which was delivered nowhere, is gone already"))
                }
            }
        }
        Ok(name)
    }

    /// The pending value is lost and may be anywhere: a newer one will replace it everywhere.
    pub(super) async fn supersede(&mut self) -> Result<(), Problem> {
        self.preflight().await.map_err(first)?;
        let lost = self.pending()?.version;
        let (nonce, name) = self.fresh_name(lost.next())?;
        self.unsent = true;
        self.primary_moved = None;
        let to = moves::supersede(&self.state, nonce, name.clone(), self.now());
        self.journal(
            to,
            &format!("{lost} was lost on its way; a newer one will be issued as {name}"),
        )
        .await?;
        self.done(format!(
            "gave {lost} up: its value was lost before any destination is known to hold it"
        ));
        Ok(())
    }
}

/// The first of several problems; the others are reported again once it is fixed.
pub(super) fn first(problems: Vec<Problem>) -> Problem {
    problems
        .into_iter()
        .next()
        .unwrap_or_else(|| super::token_run::bug("a check failed and does not say why"))
}

/// Scopes the new key has and was not to have. Providers that do not tell scopes cannot be held to
/// them here.
fn wider(found: Option<&[String]>, wanted: &[String]) -> Option<String> {
    let surplus: Vec<&str> =
        found?.iter().filter(|scope| !wanted.contains(scope)).map(String::as_str).collect();
    (!surplus.is_empty() && !wanted.is_empty()).then(|| surplus.join(", "))
}
