//! One token's run as it goes: the state as journalled, what was learned, what was done. It keeps
//! the journal ahead of the world.

use std::collections::{BTreeMap, BTreeSet};
use std::time::{Duration, Instant, SystemTime};

use super::carry::Carried;
use super::cleanup::CleanupTask;
use super::facts::{Facts, InjectedValue, NextSecret};
use super::job::{Job, World};
use super::{account, due, leak, lease, moves, ownership, renamed};
use crate::destinations::Snapshot;
use crate::domain::cleanup::Leak;
use crate::domain::lifecycle::{Ending, Key, Pending, Renewed, Stage, TokenState, Why};
use crate::domain::outcome::{Delivery, DestinationOutcome, Done, TokenOutcome};
use crate::domain::secret::keyed_hash;
use crate::domain::{
    Code, Fingerprint, KeyId, Nonce, Problem, Salt, Secret, Span, Timestamp, TokenName, ids,
};
use crate::journal::CommitError;

/// After this time without a word of ours the journal is read again before anything is written:
/// another run may have taken over.
const SILENT: Duration = Duration::from_secs(15);

/// A run on its way.
pub(super) struct TokenRun<'a> {
    pub(super) world: &'a World<'a>,
    pub(super) job: &'a Job<'a>,
    /// What the journal holds; `None` until the first record.
    journalled: Option<TokenState>,
    /// When this run last knew that it leads: by GitHub's clock, and by both of this machine's, of
    /// which the one stops while it sleeps and the other may be set.
    leased_at: (Timestamp, Instant, SystemTime),
    pub(super) state: TokenState,
    pub(super) outcome: TokenOutcome,
    /// The pending value, while this process has it.
    pub(super) in_hand: Option<Secret>,
    /// A value that was issued in this run and will not be used.
    pub(super) dropped: Option<Secret>,
    /// The destinations as they were before this run touched them.
    pub(super) snapshots: BTreeMap<String, Snapshot>,
    /// The scopes the new key is to have.
    pub(super) scopes: Vec<String>,
    /// What goes over to it from the key in use.
    pub(super) carried: Carried,
    pub(super) tested: bool,
    pub(super) unsent: bool,
    pub(super) primary_moved: Option<bool>,
    pub(super) pushed: bool,
    /// Whether this process passed the fence, so that it knows what has been tried since.
    pub(super) fenced_here: bool,
    /// Whether GitHub's budget was used up on the way.
    pub(super) used_up: bool,
    pub(super) left_for_later: BTreeSet<String>,
    pub(super) swept: bool,
    pub(super) mints: u32,
    /// Whether this run has seen what the destinations hold.
    pub(super) places_seen: bool,
    /// Whether this run has read the marks of other repositories.
    pub(super) marks_seen: bool,
    /// Why marks that are there do not count.
    pub(super) marks_refused: Vec<String>,
    /// What keeps old values from being ended; no matter where this very run replaces what the
    /// destinations hold.
    pub(super) moved: Vec<Problem>,
    /// Labels of retiring keys that this run saw to be out of use.
    pub(super) unused: BTreeSet<String>,
    /// What an old key waits for beside the time.
    pub(super) waits: Vec<String>,
    /// Values that this run saw dead.
    pub(super) buried: BTreeSet<Fingerprint>,
    /// Whether the provider or a value contradicted what the journal says: nothing of this token is
    /// ended in this run.
    pub(super) contradicted: bool,
    /// The ids that the provider listed before a key was asked for.
    pub(super) listed_before: BTreeSet<KeyId>,
    /// Whether revoking first was tried, and cannot be done.
    pub(super) revoke_first_failed: bool,
    /// Whether a new key comes first even with `--revoke-first`: the provider wants to be left
    /// alone, so whether there will be one is not certain.
    pub(super) key_first: bool,
    /// Whether all that comes before a new key was looked at already, before the value in use was
    /// revoked.
    pub(super) looked_ahead: bool,
    /// The key that goes before the new one comes.
    pub(super) going: Option<KeyId>,
    /// Whether the writes of a new key are set aside at GitHub.
    pub(super) reserved: bool,
    /// The provider's own end of the new value, once it is known.
    pub(super) expires_at: Option<Timestamp>,
    /// Why the value that a person left was not taken.
    pub(super) left_refused: Option<Problem>,
    /// Where a person was asked for a value, or why that could not be done.
    pub(super) asked_person: Option<Result<String, Problem>>,
    /// Whether this run has done what it can for the issue.
    pub(super) told: bool,
    pub(super) untidy: BTreeSet<CleanupTask>,
    /// How often this run has sent a refresh.
    pub(super) refreshed: u32,
    /// Whether a run before this one may have sent a refresh.
    pub(super) inherited: bool,
    /// Whether a run before this one died with the intent journalled.
    pub(super) inherited_intent: bool,
    /// Why there is nothing to refresh any more.
    pub(super) grant_dead: Option<Problem>,
    /// Whether this run has journalled the leak it was told of.
    pub(super) heard: bool,
    /// The value that leaked, where this run was asked to see to that; known from the start, so
    /// that a run that slept never takes the next value for the one it was asked about.
    pub(super) leak: Option<Fingerprint>,
}

impl<'a> TokenRun<'a> {
    pub(super) async fn begin(world: &'a World<'a>, job: &'a Job<'a>) -> Result<Self, Problem> {
        if let Some(flaw) = &job.flaw {
            return Err(flaw.clone());
        }
        let now = world.now().ok_or_else(no_clock)?;
        let journalled = world.ledger.token(&job.config.name).await;
        let state = match &journalled {
            // A pause that does not count any more is not carried along.
            Some(state) => TokenState { paused_until: state.pause(now), ..state.clone() },
            None => TokenState::new(job.config.provider.clone(), Salt::from_random(random()?), now),
        };
        let tokens = world.ledger.tokens().await;
        if let Some(swapped) =
            renamed::swapped(&job.config.name, &state, job.handed.as_ref(), &tokens)
        {
            return Err(swapped);
        }
        // What a value at hand shows of a key goes into the next record.
        let told = |key: &Key| {
            let values = job.handed.iter().chain(&job.desk.kept).chain(&job.desk.next);
            values
                .filter(|value| value.fingerprint(&state.salt) == key.fingerprint)
                .find_map(|value| job.driver.key_id(value))
        };
        let state = ownership::with_evidence(state.clone(), told);
        let outcome = TokenOutcome::new(job.config.name.clone(), job.config.provider.clone());
        // GitHub hands the pending value over as the primary secret, or, where a person brought it,
        // still in the secret beside it.
        let in_hand = [&job.handed, &job.desk.next]
            .into_iter()
            .flatten()
            .find(|value| InjectedValue::recognise(&state, Some(value)) == InjectedValue::Pending);
        let in_hand = in_hand.cloned();
        let inherited_intent =
            state.pending.as_ref().is_some_and(|pending| pending.stage == Stage::Intent);
        let inherited =
            state.pending.as_ref().is_some_and(|pending| pending.stage == Stage::Refreshing);
        let mut run = Self {
            world,
            job,
            journalled,
            leased_at: (world.latest().unwrap_or(now), Instant::now(), SystemTime::now()),
            outcome,
            in_hand,
            dropped: None,
            snapshots: BTreeMap::new(),
            scopes: Vec::new(),
            carried: Carried::default(),
            tested: false,
            unsent: false,
            primary_moved: None,
            pushed: false,
            fenced_here: false,
            used_up: false,
            left_for_later: BTreeSet::new(),
            swept: false,
            mints: 0,
            places_seen: false,
            marks_seen: false,
            marks_refused: Vec::new(),
            moved: Vec::new(),
            unused: BTreeSet::new(),
            waits: Vec::new(),
            buried: BTreeSet::new(),
            contradicted: false,
            listed_before: BTreeSet::new(),
            revoke_first_failed: false,
            key_first: state.paused_until.is_some(),
            looked_ahead: false,
            going: None,
            reserved: false,
            expires_at: None,
            left_refused: None,
            asked_person: None,
            told: false,
            refreshed: 0,
            inherited,
            inherited_intent,
            grant_dead: None,
            heard: false,
            leak: leak::meant(&state, job),
            state,
            untidy: BTreeSet::new(),
        };
        run.find_again().await?;
        Ok(run)
    }

    /// GitHub's clock.
    pub(super) fn now(&self) -> Timestamp {
        self.world.now().unwrap_or(self.state.changed_at)
    }

    pub(super) async fn facts(&self) -> Result<Facts, Problem> {
        let now = self.now();
        Ok(Facts {
            now,
            handed: self.handed(),
            leader: lease::leader(self.world, self.state.lead.as_ref(), now).await?,
            wanted: due::wanted(&self.state, &self.job.policy, self.asked(), now),
            asked: self.asked().is_some(),
            leaked: self.asked() == Some(&Why::Leaked) && !self.leaks_on_the_way(),
            revoke_first: self.revokes_first(&self.state),
            peer: self.peer_in_flight().await,
            disables: self.job.abilities.disables && self.job.abilities.revokes,
            looks_at_use: self.job.policy.looks_at_use(),
            places_seen: self.places_seen,
            unconfirmed: !self.job.policy.unconfirmed(&self.state).is_empty(),
            marks_seen: self.marks_seen,
            unused: self.unused.clone(),
            unrecorded_leak: !self.heard && self.unrecorded_leak(&self.state).is_some(),
            issues: self.job.abilities.issues || (self.job.abilities.refreshes && !self.manual()),
            manual: self.manual(),
            refreshes: self.job.abilities.refreshes,
            refreshed: self.refreshed,
            ends: self.job.abilities.revokes || self.job.abilities.disables,
            left: NextSecret::recognise(&self.state, self.job.desk.next.as_ref()),
            left_refused: self.left_refused.is_some(),
            asked_person: self.asked_person.is_some(),
            told: self.told,
            untidy: self.untidy.clone(),
            holding: self.in_hand.is_some(),
            tested: self.tested,
            unsent: self.unsent,
            primary_moved: self.primary_moved,
            pushed: self.pushed,
            left_for_later: self.left_for_later.clone(),
            swept: self.swept,
            mints: self.mints,
        })
    }

    /// Whether the next value has to come from a person: always, or since there is nothing to
    /// refresh any more, or since a refresh would not end what leaked.
    pub(super) fn manual(&self) -> bool {
        let provider = &self.job.abilities;
        let refused =
            self.state.current.as_ref().is_some_and(|key| key.renewed == Some(Renewed::Refused));
        let leaked = self.asked() == Some(&Why::Leaked) || self.state.has_leaked();
        provider.manual || (provider.refreshes && (refused || (leaked && !provider.single_use)))
    }

    /// A token of the same group whose rotation is under way.
    async fn peer_in_flight(&self) -> Option<String> {
        if self.job.peers.is_empty() {
            return None;
        }
        let tokens = self.world.ledger.tokens().await;
        let peer = self
            .job
            .peers
            .iter()
            .find(|peer| tokens.get(peer).is_some_and(TokenState::is_in_flight));
        peer.map(ToString::to_string)
    }

    /// What GitHub handed this run. A value that the run itself saw to the end of is no sign that
    /// somebody put an old one back.
    pub(super) fn handed(&self) -> InjectedValue {
        match InjectedValue::recognise(&self.state, self.job.handed.as_ref()) {
            InjectedValue::Dead
                if self.job.handed.as_ref().is_some_and(|value| {
                    self.buried.contains(&value.fingerprint(&self.state.salt))
                }) =>
            {
                InjectedValue::Retiring
            }
            handed => handed,
        }
    }

    /// What a person asked for, until it is under way.
    pub(super) fn asked(&self) -> Option<&Why> {
        self.asked_in(&self.state, self.mints)
    }

    /// What a person still asks for in a state: a leak is seen to once the value that leaked is
    /// neither in use nor on its way.
    pub(super) fn asked_in(&self, state: &TokenState, mints: u32) -> Option<&Why> {
        let open = |why: &&Why| {
            **why != Why::Leaked
                || self
                    .leak
                    .as_ref()
                    .is_none_or(|leak| is_in_use(state, leak) || is_coming(state, leak))
        };
        self.job.asked.as_ref().filter(|_| mints == 0).filter(open)
    }

    /// Whether the value in use is the one to be revoked before there is another.
    pub(super) fn revokes_first(&self, state: &TokenState) -> bool {
        let leads = self.job.revoke_first
            && self.mints == 0
            && !self.revoke_first_failed
            && !self.key_first;
        leads && self.leak.as_ref().is_none_or(|leak| is_in_use(state, leak))
    }

    /// A leak that the journal does not tell of yet.
    pub(super) fn unrecorded_leak(&self, state: &TokenState) -> Option<Leak> {
        leak::unrecorded_leak(state, self.job, self.asked_in(state, self.mints), self.leak.as_ref())
    }

    fn leaks_on_the_way(&self) -> bool {
        self.leak.as_ref().is_some_and(|leak| is_coming(&self.state, leak))
    }

    /// Journals `to` as the token's state. The world is touched only after this has succeeded.
    pub(super) async fn journal(&mut self, to: TokenState, event: &str) -> Result<(), Problem> {
        let now = self.now();
        let lead = needs_lead(&to).then(|| self.world.us(now));
        let to = moves::led_by(to, lead, now);
        self.commit(to, event, now).await
    }

    /// Journals `to` and leaves the token to whoever comes next.
    pub(super) async fn journal_and_leave(
        &mut self,
        to: TokenState,
        event: &str,
    ) -> Result<(), Problem> {
        let now = self.now();
        self.commit(moves::led_by(to, None, now), event, now).await
    }

    async fn commit(&mut self, to: TokenState, event: &str, now: Timestamp) -> Result<(), Problem> {
        let name = &self.job.config.name;
        let mut to = to;
        if self.state.lead.as_ref().is_some_and(|lead| lead.instance != *self.world.instance) {
            to.late_until = Some(lease::LEASE.after(now));
        }
        // Two of one group that begin at the same moment are told apart by the journal itself.
        let begins = !self.state.is_in_flight() && to.is_in_flight();
        let leaked = to.pending.as_ref().is_none_or(|pending| pending.why == Why::Leaked);
        let apart: &[TokenName] = if begins && !leaked { &self.job.peers } else { &[] };
        let kept = self
            .world
            .ledger
            .commit(name, self.journalled.as_ref(), to.clone(), event, now, apart)
            .await;
        kept.map_err(|failure| failure.into_problem(name))?;
        self.journalled = Some(to.clone());
        self.state = to;
        self.leased_at = (self.world.latest().unwrap_or(now), Instant::now(), SystemTime::now());
        Ok(())
    }

    /// Refuses to go on where this run was silent so long that another may have taken over: an old
    /// run that wakes up must not write an older value over a newer one. A run that GitHub calls
    /// completed is taken over from at once, and may go on for a while.
    pub(super) async fn renew_lease(&mut self) -> Result<(), Problem> {
        let (told, instant, moment) = self.leased_at;
        let latest = self.world.latest().unwrap_or(told);
        let silent = Span::between(told, latest).as_duration() >= SILENT;
        if !silent
            && instant.elapsed() < SILENT
            && moment.elapsed().is_ok_and(|slept| slept < SILENT)
        {
            return Ok(());
        }
        let name = &self.job.config.name;
        if self.world.ledger.look_again(name).await? != self.journalled {
            return Err(CommitError::Superseded.into_problem(name));
        }
        self.leased_at = (latest, Instant::now(), SystemTime::now());
        Ok(())
    }

    /// Gives the token up to whoever comes next, where this run still leads it. A failure is no
    /// matter: the run will be seen to be over.
    pub(super) async fn leave(&mut self) {
        if self.state.lead.as_ref().is_some_and(|lead| lead.instance == *self.world.instance) {
            let _ = self.journal_and_leave(self.state.clone(), "left to the next run").await;
        }
    }

    /// A fresh nonce and the name made with it: `tw1-<token8>-g<version>-<nonce>`.
    pub(super) fn fresh_name(
        &self,
        version: crate::domain::Version,
    ) -> Result<(Nonce, String), Problem> {
        let nonce = Nonce::new(ids::hex(&random::<3>()?));
        let name = format!("{}{version}-{nonce}", self.prefix());
        Ok((nonce, name))
    }

    /// How every key of this token begins its name at the provider. Made from the config alone, so
    /// that it survives the journal.
    pub(super) fn prefix(&self) -> String {
        mark_of(self.job.config)
    }

    pub(super) fn done(&mut self, what: impl Into<String>) {
        let at = self.world.now();
        self.outcome.done.push(Done { what: what.into(), at });
    }

    pub(super) fn delivery(
        &mut self,
        destination: &crate::domain::Destination,
        delivery: Delivery,
        problems: Vec<Problem>,
    ) {
        self.outcome.destinations.push(DestinationOutcome {
            destination: destination.to_string(),
            delivery: Some(delivery),
            reached: None,
            since: None,
            problems,
        });
    }

    pub(super) fn pending(&self) -> Result<&Pending, Problem> {
        self.state.pending.as_ref().ok_or_else(|| bug("there is no pending key"))
    }

    pub(super) fn manager(&self) -> Result<&'a Secret, Problem> {
        account::manager(self.job).map_err(|problem| problem.state(self.unchanged()))
    }
}

/// Whether a run has to be known to be at work while the token is in this state: when its death
/// would leave something half done.
fn needs_lead(to: &TokenState) -> bool {
    let pending =
        to.pending.as_ref().is_some_and(|pending| !matches!(pending.stage, Stage::Pushed { .. }));
    pending || to.retiring.iter().any(|retiring| matches!(retiring.stage, Ending::Revoking { .. }))
}

fn is_in_use(state: &TokenState, fingerprint: &Fingerprint) -> bool {
    state.current.as_ref().is_some_and(|key| key.fingerprint == *fingerprint)
}

fn is_coming(state: &TokenState, fingerprint: &Fingerprint) -> bool {
    state.pending.as_ref().and_then(Pending::fingerprint) == Some(fingerprint)
}

/// Random bytes from the system.
pub(super) fn random<const N: usize>() -> Result<[u8; N], Problem> {
    let mut bytes = [0; N];
    getrandom::fill(&mut bytes)
        .map_err(|error| bug("the system gives no random bytes").cause(error.to_string()))?;
    Ok(bytes)
}

pub(super) fn bug(what: &str) -> Problem {
    Problem::new(Code::Bug, what).hint("please report this, with the command and this text")
}

fn no_clock() -> Problem {
    Problem::new(Code::GithubUnavailable, "GitHub's clock is not known")
        .cause("no answer of GitHub carried a `Date` header")
        .state("nothing was changed")
}

/// How the names of a token's keys begin at its provider: `tw1-<token8>-`.
#[must_use]
pub fn mark_of(config: &crate::config::TokenConfig) -> String {
    let primary =
        config.destinations.first().map(crate::domain::Destination::key).unwrap_or_default();
    let tag = keyed_hash(b"tokenward name 1", format!("{primary} {}", config.name).as_bytes());
    format!("tw1-{}-", ids::hex(tag.get(..4).unwrap_or_default()))
}
