//! A rotation in which a person has a part, killed at each of its requests, before it is done and
//! after. The person does what the issue asks for, and nothing else.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use futures::FutureExt as _;
use futures::future::BoxFuture;
use tokenward::net::{Answer, Request, Transport, TransportError};
use tokenward_emulator::{Credential, CredentialKind, SecretPlace};
use tokio::sync::Notify;

use crate::faults::matrix::say;
use crate::faults::rng::{self, Rng};
use crate::support::{InProcess, REPO, Ran, World, gives_away, places};

const CONFIG: &str = "\
version: 1
tokens:
  crm:
    provider: hubspot
    value: env:HUBSPOT_TOKEN
    scopes: [crm.objects.contacts.read]
    destinations:
      - {github: acme/site, secret: HUBSPOT_TOKEN}
      - {github: acme/site, environment: production, secret: HUBSPOT_TOKEN}
      - {github: acme, secret: HUBSPOT_TOKEN, visibility: private}
";
const SCOPES: &[&str] = &["crm.objects.contacts.read"];
/// How many points a plain run takes.
const SAMPLE: usize = 40;
/// After a kill no life takes more runs.
const CLEAN: usize = 8;

/// The way to the network of a run that dies at one request.
pub(crate) struct Dying {
    inner: InProcess,
    at: usize,
    after: bool,
    sent: AtomicUsize,
    died: Notify,
}

impl Dying {
    pub(crate) fn new(inner: InProcess, at: usize, after: bool) -> Arc<Self> {
        Arc::new(Self { inner, at, after, sent: AtomicUsize::new(0), died: Notify::new() })
    }

    async fn die(&self) -> ! {
        self.died.notify_one();
        std::future::pending().await
    }

    /// Runs the command; `None` where it died.
    pub(crate) async fn run(self: &Arc<Self>, world: &mut World, command: &[&str]) -> Option<Ran> {
        world.transport = Some(self.clone());
        let ran = tokio::select! {
            ran = world.run(command) => Some(ran),
            () = self.died.notified() => None,
        };
        world.transport = None;
        ran
    }

    pub(crate) fn sent(&self) -> usize {
        self.sent.load(Ordering::Relaxed)
    }
}

impl Transport for Dying {
    fn send(&self, request: Request) -> BoxFuture<'_, Result<Answer, TransportError>> {
        async move {
            let here = self.sent.fetch_add(1, Ordering::Relaxed) + 1 == self.at;
            if here && !self.after {
                self.die().await;
            }
            let answer = self.inner.send(request).await;
            if here {
                self.die().await;
            }
            answer
        }
        .boxed()
    }
}

/// The world, and the person in it.
struct Life {
    world: World,
    old: String,
    new: Option<String>,
}

impl Life {
    fn new() -> Self {
        let mut world = World::new(CONFIG);
        let old = world.emulator.hubspot().add_token(SCOPES, 7).value;
        for place in &places()[..3] {
            world.emulator.github().put_secret(place, "HUBSPOT_TOKEN", &old);
        }
        let own = Credential::new(
            CredentialKind::ActionsToken,
            &[("contents", "write"), ("actions", "read"), ("issues", "write")],
        )
        .on(&[REPO]);
        world.env.insert("GITHUB_TOKEN".to_owned(), world.emulator.github().add_credential(own));
        world.pass(1);
        Self { world, old, new: None }
    }

    fn slot(&self, name: &str) -> Option<String> {
        self.world.emulator.github().secret_value(&SecretPlace::Repo(REPO.to_owned()), name)
    }

    fn held(&self) -> Vec<String> {
        places()[..3]
            .iter()
            .map(|place| self.world.emulator.github().secret_value(place, "HUBSPOT_TOKEN").unwrap())
            .collect()
    }

    /// Does what the issue asks for.
    fn person(&mut self, broken: &mut Vec<String>) {
        let issues = self.world.emulator.github().issues(REPO);
        // A leak has an issue of its own, which ends the routine one.
        let (urgent, routine): (Vec<_>, Vec<_>) =
            issues.iter().partition(|issue| issue.title.starts_with("LEAKED: "));
        if urgent.len() > 1 || routine.len() > 1 {
            broken.push(format!("{} issues", issues.len()));
        }
        // What is urgent comes last and goes first.
        let Some(issue) = issues
            .into_iter()
            .filter(|issue| issue.state == "open")
            .max_by_key(|issue| issue.number)
        else {
            return;
        };
        if (issue.title.contains("create a new") || issue.title.contains("LEAKED: replace"))
            && self.new.is_none()
        {
            let new = self.world.emulator.hubspot().add_token(SCOPES, 7).value;
            self.world.emulator.github().put_secret(
                &SecretPlace::Repo(REPO.to_owned()),
                "HUBSPOT_TOKEN_NEXT",
                &new,
            );
            self.new = Some(new);
        }
        if issue.title.contains("revoke the old") {
            self.world.emulator.hubspot().revoke(&self.old);
        }
    }

    fn check(&self, when: &str, broken: &mut Vec<String>) {
        for (place, value) in places().iter().zip(self.held()) {
            if !self.world.emulator.hubspot().is_live(&value) {
                broken.push(format!("I1 {when}: {place:?} holds a dead token"));
            }
        }
    }

    fn is_settled(&self) -> bool {
        let issues = self.world.emulator.github().issues(REPO);
        let gone =
            self.slot("HUBSPOT_TOKEN_NEXT").is_none() && self.slot("HUBSPOT_TOKEN_OLD").is_none();
        let closed = !issues.is_empty() && issues.iter().all(|issue| issue.state == "closed");
        closed && gone && !self.world.emulator.hubspot().is_live(&self.old)
    }
}

/// One life, in which the value may leak while a person is asked for a routine. Gives how many
/// requests each run sent, and what was broken.
async fn live(dies: Option<(usize, usize, bool)>, leaks: bool) -> (Vec<usize>, Vec<String>) {
    let mut life = Life::new();
    let (mut requests, mut broken) = (Vec::new(), Vec::new());
    for number in 0..20 {
        // Long enough for the grace; and from the second run on the token is due, until a person
        // was asked.
        let asked = !life.world.emulator.github().issues(REPO).is_empty();
        life.world.pass(if number > 0 && !asked { 31 * 24 } else { 25 });
        // Nobody has done anything yet when it leaks.
        if !(leaks && number == 2) {
            life.person(&mut broken);
        }
        let (at, after) = dies
            .filter(|(run, ..)| *run == number)
            .map_or((usize::MAX, false), |(_, at, after)| (at, after));
        let wire = Dying::new(life.world.in_process(), at, after);
        let ran = wire
            .run(
                &mut life.world,
                if leaks && number == 2 { &["rotate", "crm", "--leaked"] } else { &["rotate"] },
            )
            .await;
        requests.push(wire.sent());
        life.check(&format!("after run {number}"), &mut broken);
        if let Some(ran) = &ran {
            let values = [Some(&life.old), life.new.as_ref()];
            if let Some(form) = values
                .into_iter()
                .flatten()
                .find_map(|value| gives_away(&format!("{}{}", ran.out, ran.err), value))
            {
                broken.push(format!("I6: run {number} shows a value ({form})"));
            }
            if ran.code == 0 && ran.out.contains("idle") && asked && !life.is_settled() {
                broken.push(format!("I12: run {number} says that all is done\n{}", ran.all()));
            }
        }
        let over = dies.is_none_or(|(run, ..)| number > run);
        if over && life.is_settled() {
            break;
        }
        if dies.is_some_and(|(run, ..)| number > run + CLEAN) {
            broken
                .push(format!("I3: not settled\n{}", ran.map(|ran| ran.all()).unwrap_or_default()));
            break;
        }
    }
    let new = life.new.clone().unwrap_or_default();
    if life.held().iter().any(|held| *held != new) {
        broken.push("the new value is not everywhere".to_owned());
    }
    let comments =
        life.world.emulator.github().issues(REPO).first().map_or(0, |issue| issue.comments.len());
    // A person who is quick has done what was asked for before they were notified.
    if comments > 2 {
        broken.push(format!("{comments} comments"));
    }
    (requests, broken)
}

#[tokio::test(start_paused = true)]
async fn a_rotation_by_a_person_killed_at_any_request_settles_and_harms_nobody() {
    killed_anywhere(false).await;
}

#[tokio::test(start_paused = true)]
async fn a_leak_that_a_person_ends_killed_at_any_request_settles_and_harms_nobody() {
    killed_anywhere(true).await;
}

async fn killed_anywhere(leaks: bool) {
    let (requests, broken) = live(None, leaks).await;
    assert!(broken.is_empty(), "{}", broken.join("\n"));
    let all = requests.iter().enumerate().flat_map(|(run, count)| {
        (1..=*count).flat_map(move |at| [(run, at, false), (run, at, true)])
    });
    let mut points: Vec<(usize, usize, bool)> = all.collect();
    let (number, seed) = (points.len(), rng::seed());
    if !rng::everything() {
        let mut rng = Rng::new(seed);
        points = (0..SAMPLE).map(|_| *rng.pick(&points)).collect();
    }
    let mut broken = Vec::new();
    for point in &points {
        let (_, found) = live(Some(*point), leaks).await;
        broken.extend(found.into_iter().map(|what| format!("{point:?}: {what}")));
    }
    say(&format!(
        "{} of {number} kills of a rotation by a person, seed {seed}: {} broken",
        points.len(),
        broken.len()
    ));
    assert!(broken.is_empty(), "{}", broken.join("\n"));
}
