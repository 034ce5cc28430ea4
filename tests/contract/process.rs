//! Child processes that never outlive the tests, and runs of tokenward itself with a deadline.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

use crate::outcome::{Outcome, While, ensure};

const POLL: Duration = Duration::from_millis(5);

/// A server that is killed on drop. Its standard input is a pipe of ours that it watches, so that
/// it ends even if we are killed.
pub(crate) struct Server {
    child: Child,
    log: PathBuf,
}

impl Server {
    /// Starts a server whose standard output and error go to the file `log`.
    pub(crate) fn start(command: &mut Command, log: PathBuf) -> Outcome<Self> {
        let file = File::create(&log).while_("open a server's log")?;
        let both = file.try_clone().while_("open a server's log")?;
        let child = command.stdin(Stdio::piped()).stdout(file).stderr(both).spawn();
        Ok(Self { child: child.while_("start a server")?, log })
    }

    /// All that the server has said so far.
    pub(crate) fn said(&self) -> String {
        fs::read_to_string(&self.log).unwrap_or_default()
    }

    /// Waits until `find` finds something in what the server says.
    pub(crate) fn wait_for<T>(
        &mut self,
        what: &str,
        limit: Duration,
        find: impl Fn(&str) -> Option<T>,
    ) -> Outcome<T> {
        let end = Instant::now() + limit;
        loop {
            let over = matches!(self.child.try_wait(), Ok(Some(_))) || Instant::now() > end;
            if let Some(found) = find(&self.said()) {
                return Ok(found);
            }
            ensure(!over, || format!("{what}: not seen; the server said:\n{}", self.said()))?;
            sleep(POLL);
        }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// How one run of a program ended.
pub(crate) struct Ended {
    pub(crate) code: Option<i32>,
    /// Standard output, then standard error.
    pub(crate) said: String,
}

/// Runs a program in `folder` with exactly the variables of `env`, and kills it after a minute.
pub(crate) fn run(
    program: &Path,
    arguments: &[&str],
    folder: &Path,
    env: &BTreeMap<String, String>,
) -> Outcome<Ended> {
    let (mut child, paths) = spawn(program, arguments, folder, env)?;
    let status = wait(&mut child, || false)?;
    let said = paths.each_ref().map(|path| fs::read_to_string(path).unwrap_or_default()).concat();
    let status =
        status.ok_or_else(|| format!("{arguments:?} did not end within a minute:\n{said}"))?;
    Ok(Ended { code: status.code(), said })
}

/// Runs a program as [`run`] does, and kills it as soon as `now` says so.
pub(crate) fn kill_when(
    program: &Path,
    arguments: &[&str],
    folder: &Path,
    env: &BTreeMap<String, String>,
    now: impl Fn() -> bool,
) -> Outcome<()> {
    let (mut child, _) = spawn(program, arguments, folder, env)?;
    let status = wait(&mut child, &now)?;
    ensure(status.is_none() && now(), || {
        format!("{arguments:?} ended by itself, or never came to where it was to be killed")
    })
}

fn spawn(
    program: &Path,
    arguments: &[&str],
    folder: &Path,
    env: &BTreeMap<String, String>,
) -> Outcome<(Child, [PathBuf; 2])> {
    let paths = [folder.join("stdout.txt"), folder.join("stderr.txt")];
    let [out, err] = paths.each_ref().map(File::create);
    let mut command = Command::new(program);
    command.args(arguments).current_dir(folder).env_clear().envs(env).stdin(Stdio::null());
    command.stdout(out.while_("open a file")?).stderr(err.while_("open a file")?);
    Ok((command.spawn().while_("start the program")?, paths))
}

/// Waits until the program has ended; kills it (`None`) after a minute, or when `kill_now` says so.
fn wait(child: &mut Child, kill_now: impl Fn() -> bool) -> Outcome<Option<ExitStatus>> {
    let end = Instant::now() + Duration::from_secs(60);
    loop {
        if let Some(status) = child.try_wait().while_("wait for the program")? {
            return Ok(Some(status));
        }
        if kill_now() || Instant::now() > end {
            let _ = child.kill();
            child.wait().while_("wait for the program")?;
            return Ok(None);
        }
        sleep(POLL);
    }
}

/// A runtime for the emulator's listeners.
pub(crate) fn runtime() -> Outcome<tokio::runtime::Runtime> {
    tokio::runtime::Builder::new_multi_thread()
        .worker_threads(1)
        .enable_all()
        .build()
        .while_("start a runtime")
}
