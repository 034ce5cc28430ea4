//! The binary as the process of a workflow run, with GitHub and one provider on loopback: what it
//! says, and what is then true of both.

use std::cell::{Cell, RefCell};
use std::process::{Command, Stdio};
use std::sync::LazyLock;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit as _, Mac as _};
use serde_json::Value;
use sha2::Sha256;
use tokenward::domain::{ProviderId, Secret, SecretMasker};
use tokenward::net::origin;
use tokenward::providers::{Driver, Order};
use tokenward_emulator::{
    Credential, CredentialKind, SecretPlace, Seeded, Served, Service, TwinOf,
};

use crate::faults::journal;
use crate::providers::bench::{Bench, id};
use crate::support::{REPO, World, gives_away};

/// The providers of all stages answer here.
static RUNTIME: LazyLock<tokio::runtime::Runtime> = LazyLock::new(|| {
    tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap()
});

struct Unheard;

impl SecretMasker for Unheard {
    fn mask(&self, _: &Secret) {}
}

/// What a run did.
pub(crate) struct Did {
    pub(crate) code: i32,
    pub(crate) report: Value,
    pub(crate) said: String,
}

impl Did {
    /// The ids of what is wrong.
    pub(crate) fn problems(&self) -> Vec<&str> {
        let problems = self.report["tokens"][0]["problems"].as_array();
        problems.into_iter().flatten().filter_map(|problem| problem["id"].as_str()).collect()
    }

    /// What it says was done.
    pub(crate) fn has_done(&self, what: &str) -> bool {
        self.report["tokens"][0]["done"]
            .as_array()
            .into_iter()
            .flatten()
            .any(|done| done["what"].as_str().is_some_and(|said| said.contains(what)))
    }

    pub(crate) fn verdict(&self) -> &str {
        self.report["tokens"][0]["verdict"]["is"].as_str().unwrap_or_default()
    }
}

/// A secret that the config names.
struct Destination {
    place: SecretPlace,
    secret: String,
    /// The part of the value it holds; none: all of it.
    part: Option<String>,
}

impl Destination {
    fn line(&self) -> String {
        let place = match &self.place {
            SecretPlace::Repo(_) => "github: acme/site",
            SecretPlace::Environment(..) => "github: acme/site, environment: production",
            SecretPlace::Org(_) => "github: acme, visibility: preserve",
            SecretPlace::Dependabot(_) | SecretPlace::Codespaces(_) => {
                "github: acme/site, store: dependabot"
            }
        };
        let part = self.part.as_ref().map_or_else(String::new, |part| format!(", part: {part}"));
        format!("      - {{{place}, secret: {}{part}}}\n", self.secret)
    }
}

/// One token of one provider, held by four places or more.
pub(crate) struct Stage {
    pub(crate) bench: Bench,
    pub(crate) world: World,
    pub(crate) twin: TwinOf,
    pub(crate) old: Seeded,
    destinations: Vec<Destination>,
    _served: Served,
    runs: Cell<u64>,
    /// Every value that may be said to nobody.
    values: RefCell<Vec<String>>,
}

impl Stage {
    /// A value in use everywhere since an hour; with `managed` a manager is at hand, where the
    /// provider knows one.
    pub(crate) fn new(bench: Bench, managed: bool) -> Self {
        let mut world = World::new("version: 1\ntokens: {}\n");
        let twin = world.emulator.twin(&bench.spec.id).unwrap();
        let served = serve(&mut world, &id(bench.spec), twin.service());
        let old = twin.seed(&bench.kind.id).unwrap();
        let destinations = destinations(&bench);
        let stage = Self {
            bench,
            world,
            twin,
            old,
            destinations,
            _served: served,
            runs: Cell::new(100),
            values: RefCell::default(),
        };
        stage.furnish(managed)
    }

    fn furnish(mut self, managed: bool) -> Self {
        let manager = managed.then(|| self.twin.seed_manager(&self.bench.kind.id)).flatten();
        let line = if manager.is_some() { "    manager: env:MAIL_MANAGER\n" } else { "" };
        if let Some(manager) = manager {
            self.world.env.insert("MAIL_MANAGER".to_owned(), manager.value);
        }
        let kind = ("kind", self.bench.kind.id.clone());
        let with = self.twin.with(&self.bench.kind.id).into_iter().chain([kind]);
        let with: Vec<String> = with.map(|(key, text)| format!("{key}: '{text}'")).collect();
        let scopes = self.twin.scopes(&self.bench.kind.id);
        let scopes =
            if scopes.is_empty() { String::new() } else { format!("    scopes: {scopes:?}\n") };
        let lines: String = self.destinations.iter().map(Destination::line).collect();
        let config = format!(
            "version: 1\ndefaults: {{rotate-every: 30d, grace: 24h}}\ntokens:\n  mail:\n    provider: {}\n    value: env:MAIL_KEY\n{line}{scopes}    \
             with: {{{}}}\n    destinations:\n{lines}",
            self.bench.spec.id,
            with.join(", "),
        );
        std::fs::write(self.world.folder.join(".github/tokenward.yml"), config).unwrap();
        for destination in &self.destinations {
            let held = part_of(&self.old.value, destination.part.as_deref());
            self.world.emulator.github().put_secret(&destination.place, &destination.secret, &held);
        }
        self.keep(&self.old.value);
        self.world.pass(1);
        self
    }

    /// From now on nothing that is said may have this value in it.
    pub(crate) fn keep(&self, value: &str) {
        self.values.borrow_mut().push(value.to_owned());
    }

    pub(crate) fn put(&self, name: &str, value: &str) {
        self.keep(value);
        self.world.emulator.github().put_secret(&SecretPlace::Repo(REPO.to_owned()), name, value);
    }

    /// What the run of a workflow that starts now makes of it.
    pub(crate) fn run(&self, arguments: &[&str]) -> Did {
        self.run_with(arguments, None)
    }

    /// The same, where the run is handed another value.
    pub(crate) fn run_with(&self, arguments: &[&str], value: Option<&str>) -> Did {
        let number = self.runs.get();
        self.runs.set(number + 1);
        let did = process(&self.world, number, arguments, value.map(|value| ("MAIL_KEY", value)));
        for value in self.values.borrow().iter() {
            // The first part of a pair is public with some; the last one never is.
            let last = value.rsplit([':', ';']).next().unwrap_or_default();
            assert!(!did.said.contains(value.as_str()), "{}: a value is said", self.bench.name());
            assert_eq!(gives_away(&did.said, last), None, "{}: a value is said", self.bench.name());
        }
        did
    }

    /// Runs it and wants this exit code.
    pub(crate) fn must(&self, arguments: &[&str], code: i32) -> Did {
        let did = self.run(arguments);
        assert_eq!(did.code, code, "{} {}", self.bench.name(), did.said);
        did
    }

    /// The value that the primary destination holds; from now on it may not be said.
    pub(crate) fn home(&self) -> String {
        let value = self.world.handed()["MAIL_KEY"].clone();
        self.keep(&value);
        value
    }

    /// Every destination holds this value, or its own part of it.
    pub(crate) fn is_everywhere(&self, value: &str) {
        for destination in &self.destinations {
            let held =
                self.world.emulator.github().secret_value(&destination.place, &destination.secret);
            assert!(
                held.is_some_and(|held| held == part_of(value, destination.part.as_deref())),
                "{}: {}",
                self.bench.name(),
                destination.line()
            );
        }
    }

    /// A manager whose credential lives an hour is handed out anew for each run.
    pub(crate) fn renew_manager(&mut self) {
        if let Some(manager) = self.world.env.get_mut("MAIL_MANAGER")
            && self.bench.rotation().slots.is_some()
        {
            *manager = self.twin.seed_manager(&self.bench.kind.id).unwrap().value;
        }
    }

    /// Asks the provider itself, as somebody else who holds the manager would.
    pub(crate) fn ask<T>(&self, act: impl AsyncFnOnce(&Driver<'_>, &Secret, Order<'_>) -> T) -> T {
        let (transport, kind) = (self.world.in_process(), &self.bench.kind.id);
        let with = self.twin.with(kind).into_iter().chain([("kind", kind.clone())]);
        let with = with.map(|(key, text)| (key.to_owned(), text)).collect();
        let driver =
            Driver::new(self.bench.spec, None, None, &transport, &Unheard).unwrap().with(&with);
        let (manager, scopes) =
            (Secret::new(self.world.env["MAIL_MANAGER"].clone()), self.twin.scopes(kind));
        RUNTIME.block_on(act(
            &driver,
            &manager,
            Order { name: "", scopes: &scopes, with: &with, in_use: &[], carried: &[] },
        ))
    }

    /// The token's newest record.
    pub(crate) fn state(&self) -> Value {
        journal::newest(&self.world.emulator)
    }

    /// The journal says that this version is in use, that nothing is left to do, and that the one
    /// before is dead.
    pub(crate) fn is_settled_at(&self, version: u64) {
        let state = self.state();
        assert!(journal::is_idle(&state), "{}: {state:#}", self.bench.name());
        assert_eq!(journal::version(&state), Some(version), "{}: {state:#}", self.bench.name());
        let dead = state["dead"]
            .as_array()
            .unwrap()
            .iter()
            .filter_map(|dead| dead["generation"].as_u64())
            .max();
        assert_eq!(dead, Some(version - 1), "{}: {state:#}", self.bench.name());
    }

    /// The binary's own test call says that a value is dead, where the provider ever says so.
    pub(crate) fn is_seen_dead(&self, value: &str) {
        if self.bench.is_tested() && self.bench.can_prove_death() {
            let did = self.run_with(&["check"], Some(value));
            assert_eq!(did.code, 10, "{}", did.said);
            assert!(matches!(did.verdict(), "invalid" | "revoked" | "expired"), "{}", did.said);
        }
    }
}

/// GitHub and one provider on loopback, and a credential for a workflow that may write issues.
pub(crate) fn serve(world: &mut World, provider: &ProviderId, service: Service) -> Served {
    let served = RUNTIME.block_on(world.emulator.serve()).unwrap();
    world.env.insert("GITHUB_API_URL".to_owned(), served.url(Service::GitHub));
    world.env.insert(origin::variable(provider), served.url(service));
    let workflow = [("contents", "write"), ("actions", "read"), ("issues", "write")];
    let own = Credential::new(CredentialKind::ActionsToken, &workflow).on(&[REPO]);
    world.env.insert("GITHUB_TOKEN".to_owned(), world.emulator.github().add_credential(own));
    served
}

/// One run of the binary, as the job of a workflow that starts now: it is handed the secrets of the
/// repository, and one other value.
pub(crate) fn process(
    world: &World,
    number: u64,
    arguments: &[&str],
    value: Option<(&str, &str)>,
) -> Did {
    let github = world.emulator.github();
    github.start_run(REPO, number, 1);
    let mut command = Command::new(env!("CARGO_BIN_EXE_tokenward"));
    command.args(arguments).args(["--format", "json"]).current_dir(&world.folder).env_clear();
    command.envs(world.handed()).envs(&world.env).envs(value);
    command
        .env("GITHUB_ACTIONS", "true")
        .env("GITHUB_REPOSITORY", REPO)
        .env("GITHUB_EVENT_NAME", "schedule");
    let mut runner = std::collections::BTreeMap::new();
    crate::support::checkout::as_runner(&world.folder, &mut runner);
    command.envs(runner);
    command
        .env("GITHUB_RUN_ID", number.to_string())
        .env("GITHUB_RUN_ATTEMPT", "1")
        .stdin(Stdio::null());
    let output = command.output().unwrap();
    github.complete_run(REPO, number);
    let (out, err) =
        (String::from_utf8(output.stdout).unwrap(), String::from_utf8(output.stderr).unwrap());
    // What masks a value has to say it; GitHub shows these lines to nobody.
    let err: String = err
        .lines()
        .filter(|line| !line.starts_with("::add-mask::"))
        .map(|line| format!("{line}\n"))
        .collect();
    let said = format!("{arguments:?}: exit {:?}\n{out}{err}", output.status.code());
    Did {
        code: output.status.code().unwrap_or(-1),
        report: serde_json::from_str(&out).unwrap_or_default(),
        said,
    }
}

/// The primary destination, an environment, an organization and Dependabot; consumers of a grant
/// get its access token alone. And every declared part.
fn destinations(bench: &Bench) -> Vec<Destination> {
    let consumers = if bench.is_oauth() {
        ("MAIL_TOKEN", Some("access-token".to_owned()))
    } else {
        ("MAIL_KEY", None)
    };
    let repo = REPO.to_owned();
    let mut all = vec![Destination {
        place: SecretPlace::Repo(repo.clone()),
        secret: "MAIL_KEY".to_owned(),
        part: None,
    }];
    for place in [
        SecretPlace::Environment(repo.clone(), "production".to_owned()),
        SecretPlace::Org("acme".to_owned()),
        SecretPlace::Dependabot(repo),
    ] {
        all.push(Destination { place, secret: consumers.0.to_owned(), part: consumers.1.clone() });
    }
    for part in bench.kind.parts.keys() {
        let secret = format!("MAIL_PART_{}", part.to_uppercase().replace('-', "_"));
        all.push(Destination {
            place: SecretPlace::Repo(REPO.to_owned()),
            secret,
            part: Some(part.clone()),
        });
    }
    all
}

/// What a destination holds of a value, worked out without the code that is tested.
fn part_of(value: &str, part: Option<&str>) -> String {
    let (first, last) = value.split_once([':', ';']).unwrap_or((value, value));
    match part {
        None => value.to_owned(),
        Some("access-key-id" | "access-key" | "smtp-username" | "site-id") => first.to_owned(),
        Some("secret-access-key" | "secret-key" | "api-key" | "access-token") => last.to_owned(),
        Some("smtp-password") => smtp_password(last, "us-east-1"),
        Some(other) => panic!("what is the part {other}?"),
    }
}

/// <https://docs.aws.amazon.com/ses/latest/dg/smtp-credentials.html#smtp-credentials-convert>
fn smtp_password(secret: &str, region: &str) -> String {
    let sign = |key: &[u8], message: &str| {
        let mut mac = Hmac::<Sha256>::new_from_slice(key).unwrap();
        mac.update(message.as_bytes());
        mac.finalize().into_bytes().to_vec()
    };
    let date = sign(format!("AWS4{secret}").as_bytes(), "11111111");
    let signature = ["ses", "aws4_request", "SendRawEmail"]
        .iter()
        .fold(sign(&date, region), |key, message| sign(&key, message));
    STANDARD.encode([&[4], &signature[..]].concat())
}
