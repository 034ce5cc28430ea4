//! One workflow run of `tokenward rotate`, in this process: it can be stopped at a request, go on,
//! or die there.

use std::ffi::OsString;
use std::future::Future;
use std::io::Cursor;
use std::pin::Pin;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use serde_json::Value;
use tokenward::cli::{Env, run};

use crate::faults::fault_transport::{Act, At, Wire};
use crate::faults::rng::Rng;
use crate::faults::world::{SECRET, World};
use crate::support::{REPO, checkout};

/// Longer than any run may take; a run that sleeps longer hangs.
const AGES: Duration = Duration::from_secs(4 * 3600);

type Stream = Arc<Mutex<Vec<u8>>>;

/// What a run said.
pub(crate) struct Ran {
    pub(crate) code: u8,
    pub(crate) report: Value,
    pub(crate) said: String,
    pub(crate) sent: usize,
}

pub(crate) struct Running {
    pub(crate) id: u64,
    pub(crate) wire: Arc<Wire>,
    future: Pin<Box<dyn Future<Output = u8>>>,
    out: Stream,
    err: Stream,
}

impl Running {
    /// Starts a run now: it is handed what GitHub hands out now.
    pub(crate) fn start(world: &Arc<World>, acts: Vec<(At, Act)>, latency: Option<Rng>) -> Self {
        let id = world.next_run();
        Self::start_as(world, id, acts, latency)
    }

    /// Starts a job of this run.
    pub(crate) fn start_as(
        world: &Arc<World>,
        id: u64,
        acts: Vec<(At, Act)>,
        latency: Option<Rng>,
    ) -> Self {
        Self::asked(world, id, usize::MAX, acts, latency)
    }

    /// Starts the nth run of a life, which may be asked for something.
    pub(crate) fn nth(world: &Arc<World>, number: usize, acts: Vec<(At, Act)>) -> Self {
        let id = world.next_run();
        Self::asked(world, id, number, acts, None)
    }

    fn asked(
        world: &Arc<World>,
        id: u64,
        number: usize,
        acts: Vec<(At, Act)>,
        latency: Option<Rng>,
    ) -> Self {
        let handed = world.handed();
        let value = handed.get(SECRET).cloned().unwrap_or_default();
        let wire = Wire::new(Arc::clone(world), id, value, acts, latency);
        let mut env = world.env.clone();
        env.extend(handed);
        for (name, value) in [
            ("GITHUB_ACTIONS", "true"),
            ("GITHUB_REPOSITORY", REPO),
            ("GITHUB_RUN_ID", &id.to_string()),
            ("GITHUB_RUN_ATTEMPT", "1"),
            ("GITHUB_EVENT_NAME", "schedule"),
            ("GITHUB_REF", "refs/heads/main"),
            ("GITHUB_REF_NAME", "main"),
            ("GITHUB_REF_PROTECTED", "true"),
            ("GITHUB_WORKFLOW", "rotate"),
            ("GITHUB_JOB", "rotate"),
        ] {
            env.insert(name.to_owned(), value.to_owned());
        }
        env.insert("GITHUB_SHA".to_owned(), checkout::head(&world.folder()));
        checkout::as_runner(&world.folder(), &mut env);
        let (out, err): (Stream, Stream) = (Stream::default(), Stream::default());
        let around = Env {
            variables: env.into(),
            folder: world.folder(),
            input: Arc::new(Mutex::new(Cursor::new(Vec::new()))),
            hidden: Arc::new(|| Ok(String::new())),
            out: out.clone(),
            err: err.clone(),
            terminal: false,
            err_terminal: false,
            width: 100,
            transport: wire.clone(),
        };
        let arguments: Vec<OsString> = std::iter::once(&"tokenward")
            .chain(world.arguments(number))
            .map(OsString::from)
            .collect();
        let future = async move {
            // A run that waits for ever would hang the whole suite.
            tokio::time::timeout(AGES, run(arguments, &around)).await.unwrap_or(255)
        };
        Self { id, wire, future: Box::pin(future), out, err }
    }

    /// Goes on to the end, or to the request it is to stop at (`None`).
    pub(crate) async fn go(&mut self) -> Option<u8> {
        tokio::select! {
            biased;
            code = &mut self.future => Some(code),
            () = self.wire.stopped.notified() => None,
        }
    }

    /// Goes on after a stop, whatever comes, to the end.
    pub(crate) async fn go_on(&mut self) -> u8 {
        loop {
            self.wire.resumed.notify_one();
            if let Some(code) = self.go().await {
                return code;
            }
        }
    }

    /// The run is over, and GitHub knows.
    pub(crate) fn end(self, world: &World, code: u8) -> Ran {
        world.emulator.github().complete_run(REPO, self.id);
        let text = |stream: &Stream| String::from_utf8_lossy(&stream.lock().unwrap()).into_owned();
        let out = text(&self.out);
        // Masks name values on purpose, and the runner swallows them.
        let err: String =
            text(&self.err).lines().filter(|line| !line.starts_with("::add-mask::")).collect();
        let report = serde_json::from_str(&out).unwrap_or_default();
        Ran { code, report, said: format!("exit {code}\n{out}{err}"), sent: self.wire.sent() }
    }

    /// The run dies where it stands. What it said so far is given.
    pub(crate) fn kill(self) -> String {
        let Self { future, out, err, .. } = self;
        drop(future);
        let text = |stream: &Stream| String::from_utf8_lossy(&stream.lock().unwrap()).into_owned();
        let err = text(&err);
        text(&out)
            + &err.lines().filter(|line| !line.starts_with("::add-mask::")).collect::<String>()
    }
}
