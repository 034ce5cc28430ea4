//! The binary: takes the process's arguments, variables and streams, runs one command, and gives
//! back its exit code.

use std::io::{self, IsTerminal as _, Write as _};
use std::process::ExitCode;
use std::sync::{Arc, Mutex};

use tokenward::cli::{Env, Environment, run};
use tokenward::net::Https;
use tracing_subscriber::filter::{LevelFilter, Targets};
use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::util::SubscriberInitExt as _;

/// musl's own allocator makes a scan a quarter slower.
#[cfg(target_env = "musl")]
#[global_allocator]
static ALLOCATOR: tikv_jemallocator::Jemalloc = tikv_jemallocator::Jemalloc;

fn main() -> ExitCode {
    no_core_dumps();
    // A panic is a bug. Its own text could quote anything, so only its place is told.
    std::panic::set_hook(Box::new(|panic| {
        let place = panic.location().map(ToString::to_string).unwrap_or_default();
        tell(&format!(
            "error[bug]: tokenward hit a bug at {place}\n  = hint:  please report this, with the command\n  = state: the journal records how far it got"
        ));
    }));
    let Ok(runtime) =
        tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()
    else {
        tell("error[bug]: could not start the async runtime");
        return ExitCode::from(1);
    };
    let around = Env {
        variables: Environment::new(std::env::vars_os().filter_map(|(name, value)| {
            Some((name.into_string().ok()?, value.into_string().ok()?))
        })),
        folder: std::env::current_dir().unwrap_or_default(),
        input: Arc::new(Mutex::new(io::stdin())),
        hidden: Arc::new(|| console::Term::stderr().read_secure_line()),
        out: Arc::new(Mutex::new(io::stdout())),
        err: Arc::new(Mutex::new(io::stderr())),
        terminal: io::stdout().is_terminal(),
        err_terminal: io::stderr().is_terminal(),
        width: width(),
        transport: Arc::new(Https::new()),
    };
    let arguments = std::env::args_os().filter_map(|argument| argument.into_string().ok());
    // Behind `--` is no flag: it can be a line that is being completed.
    log_by(arguments.take_while(|argument| argument != "--"), &around);
    ExitCode::from(runtime.block_on(run(std::env::args_os(), &around)))
}

/// How many characters a line takes: what `COLUMNS` says, or the terminal; 100 where there is none.
fn width() -> usize {
    let told = std::env::var("COLUMNS").ok().and_then(|columns| columns.parse().ok());
    let columns =
        || console::Term::stdout().size_checked().map(|(_, columns)| usize::from(columns));
    told.or_else(columns).filter(|columns| *columns > 0).unwrap_or(100)
}

/// A line for a person where nothing else is set up. A stream that is closed is no reason to panic,
/// least of all in a panic.
fn tell(text: &str) {
    let _ = writeln!(io::stderr(), "{text}");
}

/// A core dump would write every value in memory to a disk; and on Linux nobody but root may then
/// look into this process.
fn no_core_dumps() {
    #[cfg(unix)]
    let _ = {
        use rustix::process::{Resource, Rlimit, setrlimit};
        setrlimit(Resource::Core, Rlimit { current: Some(0), maximum: Some(0) })
    };
    #[cfg(target_os = "linux")]
    let _ = rustix::process::set_dumpable_behavior(rustix::process::DumpableBehavior::NotDumpable);
}

/// `-v` steps, `-vv` requests, `-vvv` all of ours. Other crates' logs stay off: they print headers.
fn log_by(arguments: impl Iterator<Item = String>, around: &Env) {
    let letters = |argument: String| {
        argument
            .strip_prefix('-')
            .filter(|rest| !rest.is_empty() && rest.bytes().all(|b| b == b'v'))
            .map(str::len)
    };
    let level: usize = arguments
        .map(|argument| if argument == "--verbose" { 1 } else { letters(argument).unwrap_or(0) })
        .sum();
    let level = match level {
        0 => return,
        1 => LevelFilter::INFO,
        2 => LevelFilter::DEBUG,
        _ => LevelFilter::TRACE,
    };
    let around = around.clone();
    let shown = tracing_subscriber::fmt::layer().with_writer(move || around.log()).without_time();
    let _ = tracing_subscriber::registry()
        .with(shown)
        .with(Targets::new().with_target("tokenward", level))
        .try_init();
}
