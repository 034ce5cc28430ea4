//! The setup of a run that works on tokens: it reads the config, finds our credentials, chooses the
//! journal's store and makes a job of each token. No request is sent before the config is valid.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::{Arc, OnceLock};

use tokio::sync::Semaphore;

use crate::config::{self, Config, Context, JournalConfig, RenderedDiagnostic, TokenConfig};
use crate::domain::lifecycle::{Lease, Why, Written};
use crate::domain::text::sanitize;
use crate::domain::{
    Code, KeyId, Nonce, Place, Problem, ProviderId, Repo, Secret, SecretMasker, Timestamp,
    TokenName, ids,
};
use crate::github::Actions;
use crate::journal::{FileStore, GitRefStore, JournalKey, Ledger, Store};
use crate::net::github::{GitHub, server};
use crate::net::{Origin, Transport, origin};
use crate::providers::{Driver, Pace, Registry, Spec};
use crate::report::Places;
use crate::rotation::{self, Bystander, Job, ManualInputs, Policy, Request, Values, mark_of};

use super::args::{Asked, Global};
use super::checkout::Checkout;
use super::client;
use super::config_notes;
use super::env::Env;
use super::error::CliError;
use super::problems;

/// Writes per record of the journal on GitHub: a commit, and the ref.
const WRITES_A_RECORD: usize = 2;

/// Requests in flight at once, to all providers together; each provider's own limits apply as well.
const SIDE_BY_SIDE: usize = 32;

/// What every command that works on tokens needs.
pub(super) struct Session<'a> {
    pub(super) env: &'a Env,
    pub(super) checkout: Arc<Checkout>,
    pub(super) config: Config,
    pub(super) registry: Registry,
    pub(super) masker: Arc<dyn SecretMasker>,
    pub(super) actions: Option<Actions>,
    pub(super) instance: Nonce,
    /// Providers whose requests go to a stand-in on this machine.
    sandboxes: BTreeMap<ProviderId, Origin>,
    /// The rate limit of each provider that the config uses; all of a run's requests share it.
    paces: BTreeMap<ProviderId, Pace>,
    /// The values that this run has of each provider's tokens. Made once: the work on each token
    /// compares with all of them.
    bystanders: OnceLock<BTreeMap<ProviderId, Arc<[Bystander]>>>,
}

impl<'a> Session<'a> {
    /// Reads the config and the provider files it names. With `allow_unprotected_ref` the user
    /// trusts everybody who can push to the ref of this run.
    pub(super) fn open(
        env: &'a Env,
        global: &Global,
        allow_unprotected_ref: bool,
    ) -> Result<Self, CliError> {
        let checkout = Arc::new(Checkout::of(env, allow_unprotected_ref));
        let path = checkout.config(global.config.as_deref())?;
        let bytes = checkout.bytes(&path, config::LARGEST)?;
        Self::open_with(env, checkout, &path, bytes)
    }

    fn open_with(
        env: &'a Env,
        checkout: Arc<Checkout>,
        path: &Path,
        bytes: Option<Vec<u8>>,
    ) -> Result<Self, CliError> {
        if bytes.is_none() && !checkout.is_folder() {
            let commit = checkout.commit()?;
            return Err(problems::config::not_in_trusted_commit(path, &commit).into());
        }
        let (config, registry) = load(&checkout, path, bytes)?;
        let errors = mismatches(&config, &registry);
        if !errors.is_empty() {
            return Err(CliError::Config(errors));
        }
        let mut bytes = [0; 6];
        getrandom::fill(&mut bytes).map_err(|error| problems::journal::no_random_bytes(&error))?;
        let actions = env.actions();
        let sandboxes = sandboxes(env, &registry)?;
        config_notes::say(env, &config);
        let is_used =
            |spec: &&Spec| config.tokens.iter().any(|token| token.provider.as_str() == spec.id);
        let used: Vec<&Spec> = registry.all().filter(is_used).collect();
        let paces = paces(env, &used);
        let masker = env.masker();
        for spec in used {
            publish(env, &config, spec, &*masker)?;
        }
        Ok(Self {
            env,
            checkout,
            config,
            registry,
            masker,
            actions,
            instance: Nonce::new(ids::hex(&bytes)),
            sandboxes,
            paces,
            bystanders: OnceLock::new(),
        })
    }

    /// Masks a value that did not come from a variable, after publishing its public part.
    pub(super) fn mask(&self, value: &Secret) {
        let used: BTreeMap<&ProviderId, &TokenConfig> =
            self.config.tokens.iter().map(|token| (&token.provider, token)).collect();
        used.into_values()
            .filter_map(|token| self.driver(token).ok())
            .for_each(|driver| driver.publish_id(value));
        self.masker.mask(value);
    }

    /// As [`Self::open`], if there is a config at all. If none was named and none is visible, a
    /// config that cannot be determined is not an error.
    pub(super) fn open_if_there(
        env: &'a Env,
        checkout: &Arc<Checkout>,
        global: &Global,
    ) -> Result<Option<Self>, CliError> {
        let is_asked_for = global.config.is_some();
        let path = checkout.config(global.config.as_deref())?;
        match checkout.bytes(&path, config::LARGEST) {
            Ok(None) if !is_asked_for => Ok(None),
            Err(problem)
                if !is_asked_for && !checkout.shows_a_config() && checkout.is_undecided() =>
            {
                let why =
                    problem.causes.first().map(|cause| format!(" ({cause})")).unwrap_or_default();
                env.note(&format!("note: no config is used: {}{why}\n", problem.what));
                Ok(None)
            }
            Err(problem) => Err(problem.into()),
            Ok(bytes) => Self::open_with(env, Arc::clone(checkout), &path, bytes).map(Some),
        }
    }

    /// The line of each token in the config.
    pub(super) fn places(&self) -> Places {
        let line = |token: &TokenConfig| {
            let place =
                self.config.diagnostic(Code::NotTested, &["tokens", token.name.as_str()], "", None);
            (token.name.clone(), u64::try_from(place.line).unwrap_or(1))
        };
        let config = sanitize(&self.config.path.to_string_lossy().replace('\\', "/"));
        Places { config, lines: self.config.tokens.iter().map(line).collect() }
    }

    /// The named tokens, in the config's order; all if none is named.
    pub(super) fn select(&self, names: &[String]) -> Result<Vec<&TokenConfig>, Problem> {
        if let Some(unknown) = names.iter().find(|name| self.config.token(name).is_none()) {
            return Err(problems::selection::unknown_token(unknown, &self.config));
        }
        let selected: Vec<&TokenConfig> = self
            .config
            .tokens
            .iter()
            .filter(|token| {
                names.is_empty() || names.iter().any(|name| name == token.name.as_str())
            })
            .collect();
        if selected.is_empty() {
            return Err(problems::selection::no_tokens());
        }
        Ok(selected)
    }

    /// The token of this name.
    pub(super) fn one(&self, name: &str) -> Result<&TokenConfig, Problem> {
        let selected = self.select(&[name.to_owned()])?;
        selected.into_iter().next().ok_or_else(problems::selection::no_token_named)
    }

    /// Narrows a selection to a provider, and returns why a person asked for a rotation now.
    pub(super) fn asked<'t>(
        &self,
        selected: Vec<&'t TokenConfig>,
        asked: Option<&Asked>,
    ) -> Result<(Vec<&'t TokenConfig>, Option<Why>), Problem> {
        let Some(asked) = asked else { return Ok((selected, None)) };
        let why = match &asked.reason {
            _ if asked.leaked => Some(Why::Leaked),
            Some(reason) => Some(Why::Asked(sanitize(reason))),
            None => None,
        };
        let Some(provider) = &asked.provider else { return Ok((selected, why)) };
        let selected: Vec<&TokenConfig> =
            selected.into_iter().filter(|token| token.provider.as_str() == provider).collect();
        if selected.is_empty() && self.registry.get(&ProviderId::new(provider)).is_none() {
            return Err(problems::selection::unknown_provider(provider, &self.registry));
        }
        if selected.is_empty() {
            return Err(problems::selection::no_token_of_provider(provider));
        }
        Ok((selected, why))
    }

    /// GitHub with the credential that can write secrets.
    fn writer(&self) -> Result<GitHub, Problem> {
        let token = self
            .env
            .secret("TOKENWARD_GITHUB_TOKEN")
            .ok_or_else(|| problems::github::writer_missing(self.env.is_set("GITHUB_TOKEN")))?;
        self.fit_for_github("TOKENWARD_GITHUB_TOKEN", &token)?;
        client::client(self.env, "TOKENWARD_GITHUB_TOKEN", &token)
    }

    /// GitHub with the credential for the journal and for runs: `GITHUB_TOKEN`, or the other one if
    /// it is not set.
    pub(super) fn reader(&self) -> Result<GitHub, Problem> {
        let (name, token) = client::reading(self.env)?;
        self.fit_for_github(name, &token)?;
        client::client(self.env, name, &token)
    }

    /// Both: the one that writes secrets, and the one for the journal and for runs.
    pub(super) fn clients(&self) -> Result<(GitHub, GitHub), Problem> {
        let writer = self.writer()?;
        let reader = match self.env.secret("GITHUB_TOKEN") {
            Some(token) => {
                self.fit_for_github("GITHUB_TOKEN", &token)?;
                writer.beside(&token)
            }
            None => self
                .env
                .secret("TOKENWARD_GITHUB_TOKEN")
                .map_or_else(|| self.reader(), |token| Ok(writer.beside(&token)))?,
        };
        Ok((writer, reader))
    }

    /// Whether the journal is on GitHub, where each record costs requests.
    pub(super) fn journal_on_github(&self) -> bool {
        matches!(self.config.journal, JournalConfig::GitRef { .. })
    }

    /// The journal's store.
    pub(super) fn store<'g>(&self, github: &'g GitHub) -> Result<Box<dyn Store + 'g>, Problem> {
        match &self.config.journal {
            JournalConfig::File(path) => {
                Ok(Box::new(FileStore::new(self.env.disk(), self.checkout.top().join(path))))
            }
            JournalConfig::GitRef { name } => Ok(Box::new(self.git_ref(github, name)?)),
        }
    }

    /// The journal on a ref. For a run's own repository the runner also provides its number.
    fn git_ref<'g>(&self, github: &'g GitHub, name: &str) -> Result<GitRefStore<'g>, Problem> {
        let number = self.actions.as_ref().and_then(|actions| actions.repository_id);
        Ok(GitRefStore::new(github, self.primary()?, name.to_owned()).numbered(number))
    }

    /// The repository of the journal: the one whose workflow this is, or that of the first token's
    /// primary destination.
    pub(super) fn primary(&self) -> Result<Repo, Problem> {
        let here = self.actions.as_ref().and_then(|actions| Repo::parse(&actions.run.repository));
        let primary =
            || self.config.tokens.iter().find_map(|token| token.primary()?.place.repo().cloned());
        here.or_else(primary).ok_or_else(problems::config::no_primary_repository)
    }

    /// This process, as the journal identifies it.
    pub(super) fn lead(&self) -> Lease {
        let at = crate::domain::Timestamp::from_second(0)
            .unwrap_or_else(|| jiff::Timestamp::UNIX_EPOCH.into());
        Lease {
            instance: self.instance.clone(),
            run: self.actions.as_ref().map(|actions| actions.run.clone()),
            at,
        }
    }

    /// The journal, open.
    pub(super) async fn ledger<'l>(
        &self,
        store: &'l dyn Store,
        key: Option<&'l JournalKey>,
        github: &GitHub,
    ) -> Result<Ledger<'l>, Problem> {
        let ledger = Ledger::open(store, self.lead(), key).await?;
        if ledger.is_authenticated() {
            let states = ledger.tokens().await;
            states
                .values()
                .flat_map(rotation::ids_of)
                .for_each(|id| self.masker.published(id.as_str()));
        }
        if github.now().is_none() {
            // Reading a journal in a file does not provide GitHub's time, which all decisions use.
            // This read does not count against the rate limit.
            github
                .get("/rate_limit")
                .await
                .map_err(|trouble| trouble.to_problem("ask GitHub for the time"))?;
        }
        github.spent_before(self.earlier_writes(&ledger).await);
        Ok(ledger)
    }

    /// When earlier runs wrote to GitHub, according to the journal: its own records, and secrets.
    /// They share the hour's budget.
    async fn earlier_writes(&self, ledger: &Ledger<'_>) -> Vec<Timestamp> {
        let records = if self.journal_on_github() { ledger.written().await } else { Vec::new() };
        let mut writes: Vec<Timestamp> =
            records.into_iter().flat_map(|at| [at; WRITES_A_RECORD]).collect();
        for state in ledger.tokens().await.values() {
            let under_way =
                state.pending.iter().flat_map(|pending| pending.pushes.values()).filter_map(
                    |push| match push.written {
                        Written::Done { at } => Some(at),
                        _ => None,
                    },
                );
            writes.extend(under_way.chain(state.held.values().copied()));
        }
        writes
    }

    /// The connection to a token's provider.
    pub(super) fn driver<'s>(&'s self, token: &'s TokenConfig) -> Result<Driver<'s>, Problem> {
        let transport: &dyn Transport = match self.paces.get(&token.provider) {
            Some(pace) => pace,
            None => &*self.env.transport,
        };
        let spec = self.registry.get(&token.provider).ok_or_else(|| {
            problems::selection::unknown_provider(token.provider.as_str(), &self.registry)
        })?;
        let sandbox = self.sandboxes.get(&token.provider);
        let driver = Driver::new(spec, token.region.as_deref(), sandbox, transport, &*self.masker)?;
        driver.with(&token.with).of_known_kind()
    }

    /// The work on a token, as the rotation takes it.
    pub(super) fn job<'s>(
        &'s self,
        token: &'s TokenConfig,
        asked: Option<Why>,
        given_id: Option<KeyId>,
    ) -> Result<Job<'s>, Problem> {
        let handed = self.env.secret(token.value.as_str());
        let manager = match &token.manager {
            Some(variable) => self.env.secret(variable.as_str()),
            None => handed.clone(),
        };
        let driver = self.driver(token)?;
        let flaw = self.flaw(token, &driver);
        let abilities = driver.abilities();
        let values = Values {
            handed,
            manager,
            desk: self.desk(token),
            bystanders: self.bystanders(token),
            given_id,
        };
        Ok(Job {
            config: token,
            flaw,
            policy: Policy::of(token).at(token, &abilities),
            abilities,
            driver,
            values,
            request: Request { asked, ..Request::default() },
            peers: self.peers(token),
        })
    }

    /// Every value and manager of a token's provider that this run has.
    fn bystanders(&self, token: &TokenConfig) -> Arc<[Bystander]> {
        let all = self.bystanders.get_or_init(|| {
            let mut all: BTreeMap<ProviderId, Vec<Bystander>> = BTreeMap::new();
            for token in &self.config.tokens {
                let next = format!("{}_{}", token.value, rotation::NEXT);
                let variables = [
                    (Some(token.value.to_string()), false),
                    (Some(next), false),
                    (token.manager.as_ref().map(ToString::to_string), true),
                ];
                for (variable, is_manager) in variables {
                    let Some(value) = variable.and_then(|variable| self.env.secret(&variable))
                    else {
                        continue;
                    };
                    let bystander = Bystander {
                        token: token.name.clone(),
                        mark: mark_of(token),
                        value,
                        is_manager,
                    };
                    all.entry(token.provider.clone()).or_default().push(bystander);
                }
            }
            all.into_iter().map(|(provider, held)| (provider, held.into())).collect()
        });
        all.get(&token.provider).cloned().unwrap_or_default()
    }

    /// The other tokens of a token's group.
    fn peers(&self, token: &TokenConfig) -> Vec<TokenName> {
        let Some(group) = &token.stagger else { return Vec::new() };
        let others = self
            .config
            .tokens
            .iter()
            .filter(|other| other.name != token.name && other.stagger.as_ref() == Some(group));
        others.map(|other| other.name.clone()).collect()
    }

    /// Every value of a token that this run received, the one in use first.
    pub(super) fn values(&self, token: &TokenConfig) -> Vec<Secret> {
        let ManualInputs { next, kept, .. } = self.desk(token);
        self.env.secret(token.value.as_str()).into_iter().chain(next).chain(kept).collect()
    }

    /// The values that a person put into the additional secrets of a token.
    fn desk(&self, token: &TokenConfig) -> ManualInputs {
        let beside = |ending: &str| self.env.secret(&format!("{}_{ending}", token.value));
        let kept = beside(rotation::OLD).map(|lines| lines.lines()).unwrap_or_default();
        let next = beside(rotation::NEXT);
        // GitHub masks a secret as a whole, but a log can contain one of its lines.
        kept.iter().chain(&next).for_each(|value| self.masker.mask(value));
        let server = server(self.env.text("GITHUB_SERVER_URL"));
        ManualInputs { next, kept, server }
    }

    /// Refuses tokens whose primary destination is not a secret that GitHub passes to this run:
    /// their delivery could never be proven.
    pub(super) fn in_own_repository(&self, tokens: &[&TokenConfig]) -> Result<(), Problem> {
        let Some(foreign) = tokens.iter().find(|token| !self.is_primary_here(token)) else {
            return Ok(());
        };
        let here =
            self.actions.as_ref().map(|actions| actions.run.repository.clone()).unwrap_or_default();
        Err(problems::config::primary_not_here(&foreign.name, &here))
    }

    fn is_primary_here(&self, token: &TokenConfig) -> bool {
        match (&self.actions, token.primary().map(|primary| &primary.place)) {
            (
                Some(actions),
                Some(Place::Repository { repo, .. } | Place::Environment { repo, .. }),
            ) => repo.to_string().eq_ignore_ascii_case(&actions.run.repository),
            _ => true,
        }
    }
}

/// The config, and the built-in providers with those that it adds.
fn load(
    checkout: &Checkout,
    path: &Path,
    bytes: Option<Vec<u8>>,
) -> Result<(Config, Registry), CliError> {
    let mut registry = Registry::built_in();
    let looks_like_token = super::shapes::token_finder();
    let known = names(&registry);
    let known: Vec<&str> = known.iter().map(String::as_str).collect();
    let context = Context { looks_like_token: &looks_like_token, known_providers: &known };
    let config = config::load_bytes(path, bytes.clone(), &context).map_err(CliError::Config)?;
    for file in &config.providers {
        super::own_provider::add(&mut registry, checkout, file, &context)?;
    }
    if !config.providers.is_empty() {
        super::own_provider::refuse_own_tokens(registry.own(), |own| {
            let context = Context { known_providers: &known, ..*own };
            config::load_bytes(path, bytes, &context).map(drop)
        })?;
    }
    Ok((config, registry))
}

/// Where a config does not fit its providers: the errors of the first kind that it has.
fn mismatches(config: &Config, registry: &Registry) -> Vec<RenderedDiagnostic> {
    let known = names(registry);
    let known: Vec<&str> = known.iter().map(String::as_str).collect();
    let unknown = config.unknown_providers(&known);
    if !unknown.is_empty() {
        return unknown;
    }
    let unknown = super::check_parts::unknown(config, registry);
    if !unknown.is_empty() {
        return unknown;
    }
    config_notes::unobservable_graces(config, registry)
}

/// The providers whose requests go to a stand-in.
fn sandboxes(env: &Env, registry: &Registry) -> Result<BTreeMap<ProviderId, Origin>, Problem> {
    let mut sandboxes = BTreeMap::new();
    for id in registry.ids() {
        let stand_in = origin::sandbox(env.variables.settings(), id)?;
        sandboxes.extend(stand_in.map(|stand_in| (id.clone(), stand_in)));
    }
    Ok(sandboxes)
}

/// The rate limits of these providers.
fn paces(env: &Env, used: &[&Spec]) -> BTreeMap<ProviderId, Pace> {
    let all = Arc::new(Semaphore::new(SIDE_BY_SIDE));
    let pace = |spec: &&Spec| {
        let pace = Pace::new((*spec).clone(), Arc::clone(&env.transport), Arc::clone(&all));
        (ProviderId::new(spec.id.as_str()), pace)
    };
    used.iter().map(pace).collect()
}

/// Publishes the public part of each value of a provider, for example an id: lists of keys contain
/// it.
fn publish(
    env: &Env,
    config: &Config,
    spec: &Spec,
    masker: &dyn SecretMasker,
) -> Result<(), Problem> {
    let driver = Driver::new(spec, None, None, &*env.transport, masker)?;
    env.variables.secrets().for_each(|value| driver.publish_id(value));
    for token in config.tokens.iter().filter(|token| token.provider.as_str() == spec.id) {
        let beside =
            [rotation::NEXT, rotation::OLD].map(|ending| format!("{}_{ending}", token.value));
        let names =
            [Some(token.value.to_string()), token.manager.as_ref().map(ToString::to_string)]
                .into_iter()
                .flatten();
        let values = names.chain(beside).filter_map(|name| env.secret(&name));
        values.flat_map(|value| value.lines()).for_each(|value| driver.publish(&value));
    }
    Ok(())
}

fn names(registry: &Registry) -> Vec<String> {
    registry.ids().map(ToString::to_string).collect()
}

/// The tokens that the journal has and the config does not.
pub(super) fn undeclared<'n>(
    config: &Config,
    names: impl Iterator<Item = &'n TokenName>,
) -> Vec<&'n TokenName> {
    names.filter(|name| config.token(name.as_str()).is_none()).collect()
}
