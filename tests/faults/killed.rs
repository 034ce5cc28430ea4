//! The real binary, killed with SIGKILL at one request after the other. GitHub and the provider
//! stand on loopback; the request at which it dies is never answered, so the process surely hangs
//! there when the signal comes.

use std::collections::BTreeMap;
use std::io::Read as _;
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use tokenward_emulator::{Fault, FaultKind, FaultMatch, Served, Service};

use crate::faults::case::Case;
use crate::faults::life::{live, wait};
use crate::faults::matrix::say;
use crate::faults::rng::{self, Rng};
use crate::faults::running::Ran;
use crate::faults::world::{SECRET, World, folder};
use crate::faults::{check, journal};
use crate::support::{REPO, checkout};

/// How many points a plain run takes.
const SAMPLE: usize = 6;
/// No run takes longer, even on a busy machine.
const PATIENCE: Duration = Duration::from_secs(60);

fn start(world: &World, served: &Served, id: u64, handed: &BTreeMap<String, String>) -> Child {
    let mut command = Command::new(env!("CARGO_BIN_EXE_tokenward"));
    command
        .args(["rotate", "--format", "json"])
        .current_dir(folder())
        .env_clear()
        .envs(&world.env)
        .envs(handed);
    command
        .env("GITHUB_API_URL", served.url(Service::GitHub))
        .env("TOKENWARD_SANDBOX_SENDGRID", served.url(Service::SendGrid))
        .env("GITHUB_ACTIONS", "true")
        .env("GITHUB_REPOSITORY", REPO)
        .env("GITHUB_RUN_ID", id.to_string())
        .env("GITHUB_RUN_ATTEMPT", "1")
        .env("GITHUB_EVENT_NAME", "schedule")
        .env("GITHUB_REF", "refs/heads/main")
        .env("GITHUB_REF_PROTECTED", "true")
        .env("GITHUB_SHA", checkout::head(&folder()))
        .env("GITHUB_WORKSPACE", folder());
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap()
}

/// One run of the binary; killed when it hangs at the request given. Says whether it was.
fn run(world: &World, served: &Served, dies_at: Option<usize>, number: usize) -> bool {
    let id = world.next_run();
    world.emulator.clear_requests();
    if let Some(request) = dies_at {
        world.emulator.inject(Fault {
            matches: FaultMatch::Number(request),
            kind: FaultKind::TimeOut,
            times: 1,
        });
    }
    let handed = world.handed();
    let value = handed.get(SECRET).cloned().unwrap_or_default();
    let mut child = start(world, served, id, &handed);
    let begun = Instant::now();
    let (status, killed) = loop {
        if let Some(status) = child.try_wait().unwrap() {
            break (status, false);
        }
        let hangs = dies_at.is_some_and(|request| world.emulator.requests().len() >= request);
        if hangs || begun.elapsed() > PATIENCE {
            // SIGKILL: nothing of it runs any more.
            child.kill().unwrap();
            break (child.wait().unwrap(), hangs);
        }
        world.watch.lock().unwrap().look(&world.emulator, &value);
        std::thread::sleep(Duration::from_millis(3));
    };
    world.watch.lock().unwrap().look(&world.emulator, &value);
    world.emulator.github().complete_run(REPO, id);
    world.emulator.clear_faults();
    let (mut out, mut err) = (String::new(), String::new());
    child.stdout.take().unwrap().read_to_string(&mut out).unwrap();
    child.stderr.take().unwrap().read_to_string(&mut err).unwrap();
    let err: String = err.lines().filter(|line| !line.starts_with("::add-mask::")).collect();
    let said = format!("{out}{err}");
    if killed {
        check::after_any(world, &said, number);
        return true;
    }
    let code = status.code().and_then(|code| u8::try_from(code).ok()).unwrap_or(255);
    let report = serde_json::from_str(&out).unwrap_or_default();
    check::after(
        world,
        &Ran {
            code,
            report,
            said: format!("exit {code}\n{said}"),
            sent: world.emulator.requests().len(),
        },
        number,
    );
    false
}

/// A life in which one run is killed at one request. Gives what was broken.
fn life(dies: (usize, usize)) -> Vec<String> {
    let runtime =
        tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
    let world: Arc<World> = World::new();
    let served = runtime.block_on(world.emulator.serve()).unwrap();
    let (mut due, mut clean, mut crashes) = (false, 0, 0);
    for number in 0..20 {
        due |= wait(&world, number, due);
        let killed = run(&world, &served, (dies.0 == number).then_some(dies.1), number);
        crashes += usize::from(killed);
        clean += usize::from(due && number > dies.0);
        if number > dies.0 && check::is_settled(&world) {
            break;
        }
        if clean == 8 {
            world.breaks(format!(
                "I3: not settled after eight clean runs: {}",
                journal::newest(&world.emulator)
            ));
            break;
        }
    }
    if crashes == 0 {
        world.breaks("it was never killed".to_owned());
    }
    check::at_the_end(&world, crashes);
    world.broken()
}

#[test]
fn the_binary_killed_at_any_request_settles_and_harms_nobody() {
    let (begun, seed) = (Instant::now(), rng::seed());
    let requests = live(&Case::default()).requests;
    // Of the runs that do something; the last one finds nothing to do.
    let busy = requests.iter().enumerate().take(requests.len().saturating_sub(1));
    let mut points: Vec<(usize, usize)> =
        busy.flat_map(|(run, count)| (1..=*count).map(move |request| (run, request))).collect();
    if !rng::everything() {
        let mut rng = Rng::new(seed);
        points = (0..SAMPLE).map(|_| *rng.pick(&points)).collect();
    }
    let (next, broken) = (AtomicUsize::new(0), Mutex::new(Vec::new()));
    std::thread::scope(|scope| {
        for _ in 0..std::thread::available_parallelism().map_or(2, usize::from) {
            scope.spawn(|| {
                while let Some(point) = points.get(next.fetch_add(1, Ordering::Relaxed)) {
                    let found = life(*point);
                    if !found.is_empty() {
                        broken.lock().unwrap().push(format!(
                            "run {}, request {}: {}",
                            point.0,
                            point.1,
                            found.join("\n   ")
                        ));
                    }
                }
            });
        }
    });
    let broken = broken.into_inner().unwrap();
    say(&format!(
        "{} kills of the binary in {:.1} s, seed {seed}: {} broken",
        points.len(),
        begun.elapsed().as_secs_f64(),
        broken.len()
    ));
    assert!(broken.is_empty(), "{}", broken.join("\n"));
}
