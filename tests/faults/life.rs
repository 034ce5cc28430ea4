//! A rotation's life: adopted, due, pushed, proven, grace over, revoked; with what happens in it,
//! and then as many clean runs as it may take until all is settled.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, OnceLock};

use serde_json::Value;

use crate::faults::case::{Case, FAULTS, How, Strike};
use crate::faults::fault_transport::{Act, At};
use crate::faults::running::{Ran, Running};
use crate::faults::world::World;
use crate::faults::{check, journal};
use crate::support::REPO;

/// So many clean runs settle everything.
const CLEAN_RUNS: usize = 8;

/// What the names of this token's keys begin with; known after the first clean life.
static PREFIX: OnceLock<String> = OnceLock::new();

/// What became of a life.
pub(crate) struct Lived {
    pub(crate) broken: Vec<String>,
    /// How many requests each run sent.
    pub(crate) requests: Vec<usize>,
    /// How many strikes happened.
    pub(crate) strikes: usize,
    /// Every request and every record, for a person.
    pub(crate) trace: Vec<String>,
}

impl Lived {
    fn not(why: String) -> Self {
        Self { broken: vec![why], requests: Vec::new(), strikes: 0, trace: Vec::new() }
    }
}

/// Lives a life in a runtime of its own, in virtual time.
pub(crate) fn live(case: &Case) -> Lived {
    live_at(case, 0)
}

/// The same, where the servers' clock is so many hours ahead of this machine's.
pub(crate) fn live_at(case: &Case, ahead: i64) -> Lived {
    let lived = catch_unwind(AssertUnwindSafe(|| {
        let runtime =
            tokio::runtime::Builder::new_current_thread().enable_all().start_paused(true).build();
        runtime.map(|runtime| runtime.block_on(lived(case, ahead)))
    }));
    match lived {
        Ok(Ok(lived)) => lived,
        Ok(Err(error)) => Lived::not(format!("no runtime: {error}")),
        Err(_) => Lived::not("a run panicked".to_owned()),
    }
}

async fn lived(case: &Case, ahead: i64) -> Lived {
    let world = World::at(ahead, case.1);
    world.watch.lock().unwrap().late_writes_allowed = case.has_late_writes();
    let last = case.0.iter().map(|strike| strike.run).max();
    let (mut requests, mut strikes, mut clean) = (Vec::new(), 0, 0);
    // A run that GitHub calls dead and that writes nevertheless is two mishaps: its value is given
    // up, and then written over the next.
    let late = case
        .0
        .iter()
        .filter(|strike| matches!(strike.how, How::Overtaken { dead: true, .. }))
        .count();
    let mut due = false;
    for number in 0.. {
        due |= wait(&world, number, due);
        let mut here: Vec<Strike> =
            case.0.iter().filter(|strike| strike.run == number).copied().collect();
        here.sort_by_key(|strike| strike.request);
        let (sent, struck) = run(&world, &here, number).await;
        requests.push(sent);
        strikes += struck;
        let after = last.is_none_or(|last| number > last);
        clean += usize::from(after && due);
        if after && check::is_settled(&world) {
            requests.push(nothing_more(&world, number + 1).await);
            check::at_the_end(&world, strikes + late);
            break;
        }
        if clean == CLEAN_RUNS || number > 30 {
            let state = journal::newest(&world.emulator);
            world.breaks(format!("I3: not settled after {clean} clean runs: {state}"));
            break;
        }
    }
    let mut trace = std::mem::take(&mut *world.trace.lock().unwrap());
    trace.extend(
        journal::messages(&world.emulator)
            .into_iter()
            .rev()
            .map(|message| message.replace('\n', "  ")),
    );
    Lived { broken: world.broken(), requests, strikes, trace }
}

/// Lets the time pass that the life has between two runs. Says whether the token has become due by
/// that.
pub(crate) fn wait(world: &World, number: usize, due: bool) -> bool {
    if number == 0 {
        return false;
    }
    if journal::newest(&world.emulator)["current"].is_null() && !due {
        world.pass(1);
        return false;
    }
    if !due {
        imitate(world);
        world.pass(31 * 24);
        return true;
    }
    world.pass(if number.is_multiple_of(2) { 1 } else { 25 });
    false
}

/// Somebody makes a key under a name that only our own keys have. It stands in no journal, so it is
/// not ours.
fn imitate(world: &World) {
    if let Some(prefix) = PREFIX.get() {
        let key = world.emulator.sendgrid().add_key(&format!("{prefix}v1-abcdef"), &["mail.send"]);
        world.watch.lock().unwrap().stranger(&key.id);
    }
}

/// Remembers how this token's keys are named: `tw1-<token8>-`.
pub(crate) fn learn_prefix(state: &Value) {
    let name = state["current"]["name"].as_str().unwrap_or_default();
    if let Some((prefix, _)) = name.split_once("v1-") {
        let _ = PREFIX.set(prefix.to_owned());
    }
}

/// Where nothing is left to do, a run does nothing.
async fn nothing_more(world: &Arc<World>, number: usize) -> usize {
    learn_prefix(&journal::newest(&world.emulator));
    let before = journal::newest(&world.emulator);
    let ran = one(world, number).await;
    if ran.code != 0 {
        world.breaks(format!("I12: all is settled, and run {number} failed:\n{}", ran.said));
    }
    if journal::newest(&world.emulator) != before {
        world.breaks(format!(
            "I7: all was settled, and run {number} changed something:\n{}",
            ran.said
        ));
    }
    ran.sent
}

/// One clean run.
pub(crate) async fn one(world: &Arc<World>, number: usize) -> Ran {
    let mut running = Running::start(world, Vec::new(), None);
    let code = running.go_on().await;
    let ran = running.end(world, code);
    check::after(world, &ran, number);
    ran
}

/// One run with these strikes. Gives how many requests it sent and how many strikes there were.
pub(crate) async fn run(world: &Arc<World>, strikes: &[Strike], number: usize) -> (usize, usize) {
    let mut first = Running::nth(world, number, strikes.iter().map(act).collect());
    let wire = Arc::clone(&first.wire);
    let ended = first.go().await;
    let at = wire.sent();
    let stop =
        strikes.iter().find(|strike| strike.request == at && !matches!(strike.how, How::Fails(_)));
    match (ended, stop.map(|strike| strike.how)) {
        (Some(code), _) => {
            let ran = first.end(world, code);
            check::after(world, &ran, number);
        }
        (None, Some(How::SecondThenKilled { .. })) => {
            let id = first.id;
            // GitHub takes a moment to see that a runner is gone.
            let mut second =
                Running::start(world, vec![(At::Number(1 + at % 5), Act::Complete(id))], None);
            let said = first.kill();
            check::after_any(world, &said, number);
            let code = second.go_on().await;
            world.emulator.github().complete_run(REPO, id);
            let ran = second.end(world, code);
            check::after(world, &ran, number);
        }
        (None, Some(How::Overtaken { dead, .. })) => {
            if dead {
                world.emulator.github().complete_run(REPO, first.id);
            }
            one(world, number).await;
            let code = first.go_on().await;
            let ran = first.end(world, code);
            check::after(world, &ran, number);
        }
        (None, _) => {
            world.emulator.github().complete_run(REPO, first.id);
            let said = first.kill();
            check::after_any(world, &said, number);
        }
    }
    world.emulator.clear_faults();
    world.emulator.clear_requests();
    (wire.sent(), wire.struck())
}

fn act(strike: &Strike) -> (At, Act) {
    let act = match strike.how {
        How::Fails(index) => {
            let mut kind = FAULTS[index].1.clone();
            if let tokenward_emulator::FaultKind::Redirect { to } = &mut kind {
                "https://elsewhere.example/".clone_into(to);
            }
            Act::Fault(kind)
        }
        How::Killed { after } | How::SecondThenKilled { after } | How::Overtaken { after, .. } => {
            if after {
                Act::StopAfter
            } else {
                Act::StopBefore
            }
        }
    };
    (At::Number(strike.request), act)
}
