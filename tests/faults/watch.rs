//! Looks at the world after every single request, also of runs that are killed in the next moment,
//! and says which promise was broken. It knows what the emulator knows; of the engine it reads only
//! the journal, as anybody could.

use std::collections::{BTreeMap, BTreeSet};

use jiff::{SignedDuration, Timestamp};
use serde_json::Value;
use tokenward::net::Request;
use tokenward_emulator::{Emulator, Key, Service, Visibility};
use tokio::time::Instant;

use crate::faults::case::Scenario;
use crate::faults::journal;
use crate::faults::world::{SECRET, places, selected};

/// The grace of the config, less the fraction of a second that GitHub's times do not show.
const GRACE: SignedDuration = SignedDuration::from_millis(24 * 3_600_000 - 1_500);

/// A key of ours, or the one that was adopted.
#[derive(Clone)]
struct Known {
    value: String,
    name: String,
}

pub(crate) struct Watch {
    pub(crate) broken: Vec<String>,
    /// Ids of keys that are not ours to touch.
    foreign: BTreeSet<String>,
    /// Every key seen alive, by id.
    known: BTreeMap<String, Known>,
    alive: BTreeSet<String>,
    scenario: Scenario,
    /// What each place held, one after the other, and since when.
    held: Vec<Vec<(String, Timestamp)>>,
    /// Names a key was asked for under.
    asked: BTreeSet<String>,
    /// Until when each run was told to keep away, by service and credential.
    told: BTreeMap<(u64, Service, Vec<u8>), Timestamp>,
    /// When each run last wrote to GitHub with each credential, by the runs' own clock.
    wrote: BTreeMap<(u64, Vec<u8>), Instant>,
    /// A write that was under way while its run was declared dead may land late: then going back a
    /// version is nobody's fault.
    pub(crate) late_writes_allowed: bool,
}

impl Watch {
    pub(crate) fn begin(emulator: &Emulator, scenario: Scenario) -> Self {
        let keys = emulator.sendgrid().keys();
        let github = emulator.github();
        let now = emulator.now();
        let held: Vec<Vec<(String, Timestamp)>> = places()
            .iter()
            .map(|place| vec![(github.secret_value(place, SECRET).unwrap_or_default(), now)])
            .collect();
        let in_use: Vec<&String> = held.iter().map(|held| &held[0].0).collect();
        let foreign = keys
            .iter()
            .filter(|key| !in_use.contains(&&key.value))
            .map(|key| key.id.clone())
            .collect();
        let known = keys
            .iter()
            .map(|key| (key.id.clone(), Known { value: key.value.clone(), name: key.name.clone() }))
            .collect();
        Self {
            broken: Vec::new(),
            foreign,
            known,
            scenario,
            alive: keys.into_iter().map(|key| key.id).collect(),
            held,
            asked: BTreeSet::new(),
            told: BTreeMap::new(),
            wrote: BTreeMap::new(),
            late_writes_allowed: false,
        }
    }

    /// A key somebody else made since.
    pub(crate) fn stranger(&mut self, id: &str) {
        self.foreign.insert(id.to_owned());
    }

    /// Every value there has been.
    pub(crate) fn values(&self) -> Vec<String> {
        self.known.values().map(|key| key.value.clone()).collect()
    }

    /// How many different values any place ever held.
    pub(crate) fn delivered(&self) -> usize {
        self.held.iter().flatten().map(|(value, _)| value).collect::<BTreeSet<_>>().len()
    }

    pub(crate) fn foreign(&self) -> &BTreeSet<String> {
        &self.foreign
    }

    /// Run `id` sends a request: is it welcome? Limits are counted by credential, so another one's
    /// are no matter.
    pub(crate) fn sends(
        &mut self,
        emulator: &Emulator,
        service: Service,
        request: &Request,
        id: u64,
    ) {
        if self
            .told
            .get(&(id, service, credential(request)))
            .is_some_and(|until| emulator.now() < *until)
        {
            self.broken.push(format!(
                "I10: {} {} was sent before the time it was told to wait",
                request.method,
                request.url.path()
            ));
        }
    }

    /// Run `id` got an answer: is it told to wait?
    pub(crate) fn answered(
        &mut self,
        emulator: &Emulator,
        service: Service,
        request: &Request,
        id: u64,
        answer: &http::Response<Vec<u8>>,
    ) {
        let number = |name: &str| answer.headers().get(name)?.to_str().ok()?.parse::<i64>().ok();
        if !matches!(answer.status().as_u16(), 403 | 429) {
            return;
        }
        let now = emulator.now().as_second();
        let reset = (number("x-ratelimit-remaining") == Some(0))
            .then(|| number("x-ratelimit-reset"))
            .flatten();
        let until = number("retry-after").map(|seconds| now + seconds).or(reset);
        if let Some(until) = until.and_then(|until| Timestamp::from_second(until).ok()) {
            self.told.insert((id, service, credential(request)), until);
        }
    }

    /// A request of run `id` was carried; `handed` is the value that run was handed.
    pub(crate) fn saw(
        &mut self,
        emulator: &Emulator,
        service: Service,
        request: &Request,
        id: u64,
        handed: &str,
    ) {
        if request.is_read() {
            return;
        }
        if service == Service::GitHub {
            self.paced(request, id);
        } else if request.method == "POST" {
            self.asked_once(request);
        }
        self.look(emulator, handed);
    }

    /// Compares the world with what it was.
    pub(crate) fn look(&mut self, emulator: &Emulator, handed: &str) {
        // Before the keys: a value that is in a place by now was made before, also while a real
        // process goes on beside us.
        let values = places()
            .map(|place| emulator.github().secret_value(&place, SECRET).unwrap_or_default());
        let keys = emulator.sendgrid().keys();
        // A key whose scopes were taken away is no more, though it is listed.
        let works = |key: &&Key| {
            self.foreign.contains(&key.id) || key.scopes.iter().any(|scope| scope == "mail.send")
        };
        let alive: BTreeSet<String> = keys.iter().filter(works).map(|key| key.id.clone()).collect();
        let journal = if self.alive == alive { Vec::new() } else { journal::states(emulator) };
        for key in &keys {
            if self.known.contains_key(&key.id) {
                continue;
            }
            self.known
                .insert(key.id.clone(), Known { value: key.value.clone(), name: key.name.clone() });
            if self.foreign.contains(&key.id) {
                continue;
            }
            if key.scopes != ["mail.send"] {
                self.broken.push(format!(
                    "I13: {} was made with the scopes {}",
                    key.name,
                    key.scopes.join(", ")
                ));
            }
            if !journal.iter().any(|state| state["pending"]["name"] == key.name.as_str()) {
                self.broken.push(format!("I11: {} was made before the journal named it", key.name));
            }
        }
        self.look_at_places(emulator, &values);
        for id in self.alive.difference(&alive).cloned().collect::<Vec<_>>() {
            self.ended(emulator, &id, &journal, handed);
        }
        self.alive = alive;
        for (place, held) in places().iter().zip(&self.held) {
            let Some((value, _)) = held.last() else { continue };
            let key = keys.iter().find(|key| key.value == *value);
            let dead = !key.is_some_and(|key| key.scopes.iter().any(|scope| scope == "mail.send"));
            // Revoking first is to accept that the value in use is dead for a while; the end looks
            // whether it is over.
            if dead && !(self.scenario == Scenario::RevokeFirst && self.version_of(value) == 0) {
                self.broken.push(format!(
                    "I1: {place:?} holds a value that is not accepted ({})",
                    self.name_of(value)
                ));
            }
        }
        let Some(Visibility::Selected(mut repos)) =
            emulator.github().org_visibility("acme", SECRET)
        else {
            self.broken.push(
                "I9: the organization's secret is no longer for selected repositories".to_owned(),
            );
            return;
        };
        repos.sort();
        if Visibility::Selected(repos) != selected() {
            self.broken.push(
                "I9: other repositories than before may read the organization's secret".to_owned(),
            );
        }
    }

    fn look_at_places(&mut self, emulator: &Emulator, values: &[String]) {
        let now = emulator.now();
        let mut records = None;
        for (index, (place, value)) in places().iter().zip(values.iter().cloned()).enumerate() {
            let Some(last) = self.held[index].last().map(|(value, _)| value.clone()) else {
                continue;
            };
            if last == value {
                continue;
            }
            let journal = records.get_or_insert_with(|| journal::states(emulator));
            let id = self.id_of(&value);
            let fenced = |state: &Value| {
                state["pending"]["stage"]["stage"] == "pushing"
                    && state["pending"]["stage"]["id"] == id.as_str()
            };
            if !journal.iter().any(fenced) {
                self.broken.push(format!(
                    "I11: {place:?} was given {} before the journal said so",
                    self.name_of(&value)
                ));
            }
            if self.version_of(&value) <= self.version_of(&last) && !self.late_writes_allowed {
                self.broken.push(format!(
                    "I8: {place:?} went from {} to {}",
                    self.name_of(&last),
                    self.name_of(&value)
                ));
            }
            self.held[index].push((value, now));
        }
    }

    /// A key is no more: was it ours, was it written down, was nobody using it, and was it time?
    fn ended(&mut self, emulator: &Emulator, id: &str, journal: &[Value], handed: &str) {
        let Some(Known { value, name }) = self.known.get(id).cloned() else { return };
        if self.foreign.contains(id) {
            self.broken.push(format!("I4: {name}, which is not ours, was deleted"));
            return;
        }
        let written = journal.iter().any(|state| is_ending(state, id, &name));
        if !written {
            self.broken.push(format!("I11: {name} was deleted before the journal said so"));
        }
        let delivered = self.held.iter().flatten().any(|(held, _)| *held == value);
        if !delivered {
            return;
        }
        let now = emulator.now();
        for (place, held) in places().iter().zip(&self.held) {
            let Some((holds, since)) = held.last() else { continue };
            // What leaked is the first value. It waits neither for the proof nor for a grace, and
            // if it is revoked first, for nothing at all.
            let leaked = self.version_of(&value) == 0;
            if self.scenario == Scenario::RevokeFirst && leaked {
                continue;
            }
            let leaked = self.scenario == Scenario::Leaked && leaked;
            if holds != handed && !leaked {
                self.broken.push(format!(
                    "I2: {name} was revoked by a run that was not handed what {place:?} holds"
                ));
            }
            if self.version_of(holds) <= self.version_of(&value) {
                self.broken
                    .push(format!("I2: {name} was revoked while {place:?} held nothing newer"));
            }
            if now.duration_since(*since) < GRACE && !leaked {
                self.broken.push(format!(
                    "I2: {name} was revoked {} after {place:?} was written",
                    now.duration_since(*since)
                ));
            }
        }
    }

    fn asked_once(&mut self, request: &Request) {
        let body: Value = serde_json::from_slice(&request.body).unwrap_or_default();
        let name = body["name"].as_str().unwrap_or_default();
        if !self.asked.insert(name.to_owned()) {
            self.broken.push(format!("I10: a key was asked for twice as {name}"));
        }
    }

    fn paced(&mut self, request: &Request, id: u64) {
        let now = Instant::now();
        let before = self.wrote.insert((id, credential(request)), now);
        if before.is_some_and(|before| now.duration_since(before).as_millis() < 1_000) {
            self.broken.push(format!(
                "I10: a second write within a second: {} {}",
                request.method,
                request.url.path()
            ));
        }
    }

    fn id_of(&self, value: &str) -> String {
        self.known
            .iter()
            .find(|(_, key)| key.value == value)
            .map(|(id, _)| id.clone())
            .unwrap_or_default()
    }

    fn name_of(&self, value: &str) -> String {
        self.known
            .values()
            .find(|key| key.value == value)
            .map_or_else(|| "an unknown value".to_owned(), |key| key.name.clone())
    }

    /// From the name we gave it; what was there before tokenward is version 0.
    fn version_of(&self, value: &str) -> u64 {
        let name = self.name_of(value);
        name.rsplit_once('-')
            .and_then(|(head, _)| head.rsplit_once("-v")?.1.parse().ok())
            .unwrap_or(0)
    }
}

fn credential(request: &Request) -> Vec<u8> {
    request.headers.get("authorization").map(|value| value.as_bytes().to_vec()).unwrap_or_default()
}

/// Whether a state says that this key is about to be deleted: aborted, revoked, or a stray by its
/// name.
fn is_ending(state: &Value, id: &str, name: &str) -> bool {
    let stage = &state["pending"]["stage"];
    let aborting =
        stage["stage"] == "aborting" && (stage["id"] == id || state["pending"]["name"] == name);
    let revoking =
        |retiring: &Value| retiring["key"]["id"] == id && retiring["stage"]["stage"] != "waiting";
    let stray = state["attempts"]
        .as_array()
        .is_some_and(|attempts| attempts.iter().any(|attempt| attempt == name));
    aborting || stray || state["retiring"].as_array().is_some_and(|list| list.iter().any(revoking))
}
