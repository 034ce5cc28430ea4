//! What has to be true after every run, and what at the end.

use jiff::{SignedDuration, Timestamp};
use serde_json::Value;

use crate::faults::journal;
use crate::faults::running::Ran;
use crate::faults::world::World;
use crate::support::gives_away;

/// More requests than any one run may need, with every repeat there is.
const MOST_REQUESTS: usize = 150;

/// After a run that came to its own end.
pub(crate) fn after(world: &World, ran: &Ran, number: usize) {
    after_any(world, &ran.said, number);
    if ran.code == 255 {
        world.breaks(format!("I10: run {number} never ended"));
    }
    if ran.sent > MOST_REQUESTS {
        world.breaks(format!("I10: run {number} sent {} requests", ran.sent));
    }
    let token = &ran.report["tokens"][0];
    for claim in claims(world, token, ran.code) {
        world.breaks(format!("I12: run {number} says {claim}, which is not so\n{}", ran.said));
    }
    if ran.code == 1 || ran.said.contains("error[bug]") || ran.said.contains("\"id\": \"bug\"") {
        world.breaks(format!("run {number} met a defect of its own:\n{}", ran.said));
    }
}

/// After any run, also one that was killed.
pub(crate) fn after_any(world: &World, said: &str, number: usize) {
    world.watch.lock().unwrap().look(&world.emulator, "");
    let mut secrets = world.watch.lock().unwrap().values();
    secrets.extend(
        ["GITHUB_TOKEN", "TOKENWARD_GITHUB_TOKEN"]
            .iter()
            .filter_map(|name| world.env.get(*name).cloned()),
    );
    for secret in secrets {
        // The first part of a SendGrid key is its public id; the secret is what comes after.
        let secret = secret.rsplit('.').next().unwrap_or_default();
        if let Some(form) = gives_away(said, secret) {
            world.breaks(format!("I6: run {number} says a value, as {form}"));
        }
    }
    if world.emulator.sendgrid().keys().len() > 100 {
        world.breaks("I14: more keys than the provider allows".to_owned());
    }
}

/// What the report claims and the world denies.
fn claims(world: &World, token: &Value, code: u8) -> Vec<String> {
    let mut false_claims = Vec::new();
    let keys = world.emulator.sendgrid().keys();
    let held = world.held();
    let name = |value: &str| {
        keys.iter().find(|key| key.value == value).map(|key| key.name.clone()).unwrap_or_default()
    };
    let newest = journal::newest(&world.emulator);
    let state = token["state"].as_str().unwrap_or_default();
    if code == 0 && state == "pushed" {
        // Another run may have proven it since, so the record is looked for further back.
        let states = journal::states(&world.emulator);
        let pushed = states.iter().find(|state| state["pending"]["stage"]["stage"] == "pushed");
        let pending =
            pushed.and_then(|state| state["pending"]["name"].as_str()).unwrap_or_default();
        if !held.iter().all(|value| name(value) == pending) {
            false_claims.push("that every destination holds the new value".to_owned());
        }
    }
    if code == 0 && matches!(state, "idle" | "grace" | "revoking") {
        let in_use = newest["current"]["id"].as_str().unwrap_or_default();
        if !held.iter().all(|value| value.contains(in_use)) {
            false_claims.push(format!("{state}, with {in_use} in use"));
        }
    }
    let told = token["problems"]
        .as_array()
        .is_some_and(|problems| problems.iter().any(|problem| problem["id"] == "token-due"));
    if code == 0 && !told && state == "idle" && is_due(world, &newest) {
        false_claims
            .push("by exit 0 that nothing is left to do, though the token is due".to_owned());
    }
    if code == 0 && state == "idle" {
        let in_use = newest["current"]["id"].as_str().unwrap_or_default();
        let watch = world.watch.lock().unwrap();
        for other in
            keys.iter().filter(|key| key.id != in_use && !watch.foreign().contains(&key.id))
        {
            false_claims.push(format!("idle, though {} lives", other.name));
        }
    }
    for done in
        token["done"].as_array().into_iter().flatten().filter_map(|done| done["what"].as_str())
    {
        // What the provider said is passed on; what was *seen* has to be so, and with exit 0 all of
        // it.
        let ended = ["verified that key ", "revoked key ", "deleted key ", "deleted leftover key "]
            .iter()
            .find_map(|command| done.strip_prefix(command));
        if code != 0 && !done.starts_with("verified") {
            continue;
        }
        let id = ended.and_then(|rest| rest.split([' ', ',']).next());
        if id.is_some_and(|id| keys.iter().any(|key| key.id == id)) {
            false_claims.push(format!("\"{done}\""));
        }
    }
    false_claims
}

/// Whether all is done that was to be done: one version later, nothing pending, nothing retiring.
pub(crate) fn is_settled(world: &World) -> bool {
    let state = journal::newest(&world.emulator);
    journal::is_idle(&state) && journal::version(&state) >= Some(1) && !is_due(world, &state)
}

/// Whether the value in use is older than `rotate-every`, so that another rotation is to come.
fn is_due(world: &World, state: &Value) -> bool {
    let since: Option<Timestamp> =
        state["current"]["since"].as_str().and_then(|since| since.parse().ok());
    since.is_some_and(|since| {
        world.emulator.now().duration_since(since) > SignedDuration::from_hours(30 * 24)
    })
}

/// At the end: everything consistent, nothing left over.
pub(crate) fn at_the_end(world: &World, faults: usize) {
    let state = journal::newest(&world.emulator);
    let in_use = state["current"]["id"].as_str().unwrap_or_default().to_owned();
    let keys = world.emulator.sendgrid().keys();
    let foreign = world.watch.lock().unwrap().foreign().clone();
    let ours: Vec<&str> =
        keys.iter().filter(|key| !foreign.contains(&key.id)).map(|key| key.id.as_str()).collect();
    if ours != [in_use.as_str()] {
        let names: Vec<&str> = keys
            .iter()
            .filter(|key| !foreign.contains(&key.id))
            .map(|key| key.name.as_str())
            .collect();
        world.breaks(format!("I3: alive at the end: {}", names.join(", ")));
    }
    for value in world.held() {
        if !keys.iter().any(|key| key.id == in_use && key.value == value) {
            world.breaks("I3: a destination does not hold the value in use".to_owned());
        }
    }
    for id in &foreign {
        if !keys.iter().any(|key| key.id == *id) {
            world.breaks("I4: a key that is not ours is gone".to_owned());
        }
    }
    if world.wasted() > faults {
        world.breaks(format!("I7: {} keys wasted by {faults} faults", world.wasted()));
    }
    let journal = journal::messages(&world.emulator).join("\n");
    let values = world.watch.lock().unwrap().values();
    for secret in values {
        if let Some(form) = gives_away(&journal, secret.rsplit('.').next().unwrap_or_default()) {
            world.breaks(format!("I6: the journal holds a value, as {form}"));
        }
    }
}
