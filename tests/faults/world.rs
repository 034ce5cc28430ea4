//! The world of the matrix: one SendGrid key in a repository (the primary destination), an
//! environment and an organization, and keys that are not ours. Every run is a workflow run with an
//! id of its own, which GitHub knows to be going on or over.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, LazyLock, Mutex};

use jiff::SignedDuration;
use tokenward_emulator::{Credential, CredentialKind, Emulator, SecretPlace, Visibility};
use tokio::time::Instant;

use crate::faults::case::Scenario;
use crate::faults::watch::Watch;
use crate::support::{REPO, journal_key};

pub(crate) const SECRET: &str = "SENDGRID_API_KEY";

/// Three destinations; the journal on its git ref.
const CONFIG: &str = "\
version: 1
defaults: {rotate-every: 30d, grace: 24h}
tokens:
  mail:
    provider: sendgrid
    value: env:SENDGRID_API_KEY
    manager: env:SENDGRID_MANAGER_KEY
    scopes: [mail.send]
    destinations:
      - {github: acme/site, secret: SENDGRID_API_KEY}
      - {github: acme/site, environment: production, secret: SENDGRID_API_KEY}
      - {github: acme, secret: SENDGRID_API_KEY, visibility: preserve}
";

/// The provider of the careful life: a key's scopes can be taken away before it is deleted.
const CAREFUL: &str = concat!(
    include_str!("../fixtures/inhouse.yaml"),
    "  disable: {request: {method: PUT, path: '/v3/api_keys/{{id}}', json: {name: disabled, scopes: [user.username.read]}}}\n"
);

/// One folder a config for all worlds of this process: nothing is ever written into it.
static FOLDERS: LazyLock<(PathBuf, PathBuf)> = LazyLock::new(|| {
    let folder = std::env::temp_dir().join(format!("tokenward-faults-{}", std::process::id()));
    let careful = CONFIG
        .replace("provider: sendgrid", "provider: inhouse-mailer")
        .replace("grace: 24h", "grace: {time: 24h, drain: {max-wait: 30d}}");
    let careful = format!("{careful}providers: [.github/inhouse.yaml]\n");
    for (name, config) in [("plain", CONFIG), ("careful", &careful)] {
        std::fs::create_dir_all(folder.join(name).join(".github")).unwrap();
        std::fs::write(folder.join(name).join(".github/tokenward.yml"), config).unwrap();
        std::fs::write(folder.join(name).join(".github/inhouse.yaml"), CAREFUL).unwrap();
        crate::support::checkout::commit(&folder.join(name));
    }
    (folder.join("plain"), folder.join("careful"))
});

/// The folder the runs start in.
pub(crate) fn folder() -> PathBuf {
    FOLDERS.0.clone()
}

/// The three places, the primary destination first.
pub(crate) fn places() -> [SecretPlace; 3] {
    [
        SecretPlace::Repo(REPO.to_owned()),
        SecretPlace::Environment(REPO.to_owned(), "production".to_owned()),
        SecretPlace::Org("acme".to_owned()),
    ]
}

/// Who may read the organization's secret, before and after.
pub(crate) fn selected() -> Visibility {
    Visibility::Selected(vec!["acme/other".to_owned(), REPO.to_owned()])
}

/// The number of a run that a person forces.
pub(crate) const FORCED: usize = usize::MAX - 1;

pub(crate) struct World {
    pub(crate) emulator: Emulator,
    pub(crate) env: BTreeMap<String, String>,
    pub(crate) scenario: Scenario,
    /// The value before the first rotation.
    pub(crate) old: String,
    /// Every request, one a line, for a person.
    pub(crate) trace: Mutex<Vec<String>>,
    pub(crate) watch: Mutex<Watch>,
    /// What the emulator's clock has been told of the virtual time.
    clock: Mutex<Instant>,
    runs: AtomicU64,
}

impl World {
    pub(crate) fn new() -> Arc<Self> {
        Self::at(0, Scenario::Due)
    }

    /// The folder its runs start in.
    pub(crate) fn folder(&self) -> PathBuf {
        if self.scenario == Scenario::Careful { FOLDERS.1.clone() } else { folder() }
    }

    /// What the nth run is asked to do.
    pub(crate) fn arguments(&self, number: usize) -> &'static [&'static str] {
        match self.scenario {
            _ if number == FORCED => {
                &["rotate", "mail", "--force", "--reason", "restored", "--format", "json"]
            }
            Scenario::Leaked if number == 1 => &["rotate", "mail", "--leaked", "--format", "json"],
            Scenario::RevokeFirst if number == 1 => {
                &["rotate", "mail", "--leaked", "--revoke-first", "--format", "json"]
            }
            _ => &["rotate", "--format", "json"],
        }
    }

    /// A world whose clock is so many hours ahead of the one of this machine.
    pub(crate) fn at(ahead: i64, scenario: Scenario) -> Arc<Self> {
        let emulator = Emulator::new();
        emulator.advance(SignedDuration::from_hours(ahead));
        let github = emulator.github();
        github.add_org("acme");
        github.add_repo(REPO);
        github.add_repo("acme/other");
        github.add_environment(REPO, "production");
        let sendgrid = emulator.sendgrid();
        // Named as we name keys, but of another token, and first in the list; and one that a person
        // made after ours.
        sendgrid.add_key("tw1-00000000-v1-ffffff", &["mail.send"]);
        let old = sendgrid.add_key("pasted by somebody", &["mail.send"]).value;
        let manager = sendgrid.add_full_access_key("manager").value;
        sendgrid.add_key("made by a person, newer than ours", &["mail.send"]);
        for place in places() {
            github.put_secret(&place, SECRET, &old);
        }
        github.set_org_visibility("acme", SECRET, &selected());
        let workflow = [("contents", "write"), ("actions", "read")];
        let env = BTreeMap::from([
            (
                "GITHUB_TOKEN".to_owned(),
                github.add_credential(
                    Credential::new(CredentialKind::ActionsToken, &workflow).on(&[REPO]),
                ),
            ),
            ("TOKENWARD_GITHUB_TOKEN".to_owned(), github.add_app_credential_with_all()),
            ("SENDGRID_MANAGER_KEY".to_owned(), manager),
            ("TOKENWARD_JOURNAL_KEY".to_owned(), journal_key()),
        ]);
        // What was pasted was pasted long ago: GitHub's clock has moved on since.
        emulator.advance(SignedDuration::from_hours(1));
        let watch = Mutex::new(Watch::begin(&emulator, scenario));
        Arc::new(Self {
            emulator,
            env,
            scenario,
            old,
            trace: Mutex::default(),
            watch,
            clock: Mutex::new(Instant::now()),
            runs: AtomicU64::new(1),
        })
    }

    /// Lets the servers' time pass.
    pub(crate) fn pass(&self, hours: i64) {
        self.emulator.advance(SignedDuration::from_hours(hours));
    }

    /// Every request takes a second; what the run slept before it has passed at the servers, too.
    pub(crate) fn rotate(&self) {
        let mut told = self.clock.lock().unwrap();
        let slept = SignedDuration::try_from(told.elapsed()).unwrap_or_default();
        *told = Instant::now();
        self.emulator.advance(slept + SignedDuration::from_secs(1));
    }

    /// The id of a workflow run that starts now.
    pub(crate) fn next_run(&self) -> u64 {
        let id = 1000 + self.runs.fetch_add(1, Ordering::Relaxed);
        self.emulator.github().start_run(REPO, id, 1);
        id
    }

    /// What a run queued now will be handed.
    pub(crate) fn handed(&self) -> BTreeMap<String, String> {
        self.emulator.github().handed_secrets(REPO, None)
    }

    /// What each of the three places holds.
    pub(crate) fn held(&self) -> Vec<String> {
        places()
            .iter()
            .map(|place| self.emulator.github().secret_value(place, SECRET).unwrap_or_default())
            .collect()
    }

    /// What was found broken so far; each once, however often it was seen.
    pub(crate) fn broken(&self) -> Vec<String> {
        let mut broken = Vec::new();
        for what in &self.watch.lock().unwrap().broken {
            if !broken.contains(what) {
                broken.push(what.clone());
            }
        }
        broken
    }

    pub(crate) fn breaks(&self, what: String) {
        self.watch.lock().unwrap().broken.push(what);
    }

    /// How many keys were made beyond the one in use.
    pub(crate) fn wasted(&self) -> usize {
        self.emulator.sendgrid().created_count().saturating_sub(1)
    }
}
