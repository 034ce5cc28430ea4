//! Everything that a command can see of the world: variables, a folder, three streams and the
//! network. `main` takes them from the process; the demo and the tests make their own. Nothing else
//! reads the environment.

use std::collections::BTreeMap;
use std::io::{Read, Write};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use super::environment::Environment;
use crate::disk::{Disk, DiskError, Kind};
use crate::domain::text::folded;
use crate::domain::{Remark, Secret, SecretMasker, foreign, locked};
use crate::github::{Actions, Proposal, Runner, add_summary, escape_commands, set_outputs};
use crate::net::Transport;
use crate::net::auth::Vault;
use crate::report::NARROW;

/// Variables with the paths of files that the runner or the Action obeys, and of the home folder,
/// whose settings later steps read.
const RUNNERS_OWN: [&str; 8] = [
    "GITHUB_ENV",
    "GITHUB_OUTPUT",
    "GITHUB_PATH",
    "GITHUB_STATE",
    "GITHUB_STEP_SUMMARY",
    "GITHUB_EVENT_PATH",
    "GITHUB_ACTION_PATH",
    "HOME",
];

/// How a remark that is no problem begins.
const NOTE: &str = "note: ";

/// A stream that several parts of a run may write to.
pub type Shared = Arc<Mutex<dyn Write + Send>>;

/// Reads one line from a person's terminal that is not shown as it is typed or pasted.
pub type Hidden = Arc<dyn Fn() -> std::io::Result<String> + Send + Sync>;

/// The world as a run sees it.
#[derive(Clone)]
pub struct Env {
    /// Environment variables, settings apart from secrets.
    pub variables: Environment,
    /// The folder that relative paths start from.
    pub folder: PathBuf,
    /// Standard input, taken once.
    pub input: Arc<Mutex<dyn Read + Send>>,
    /// Reads a hidden paste, if there is a terminal.
    pub hidden: Hidden,
    /// Standard output: the report only.
    pub out: Shared,
    /// Standard error: everything else.
    pub err: Shared,
    /// Whether standard output is a terminal.
    pub terminal: bool,
    /// Whether standard error is a terminal, so that progress can be shown there.
    pub err_terminal: bool,
    /// How many columns it has.
    pub width: usize,
    /// The way to the network.
    pub transport: Arc<dyn Transport>,
}

impl Env {
    /// A setting's text, if it is set and not empty. A secret is never text: see [`Environment`].
    #[must_use]
    pub fn text(&self, name: &str) -> Option<&str> {
        self.variables.text(name)
    }

    /// A variable's value as a secret, if it is set and not empty.
    #[must_use]
    pub fn secret(&self, name: &str) -> Option<Secret> {
        self.variables.secret(name)
    }

    /// Whether a variable is set and not empty.
    #[must_use]
    pub fn is_set(&self, name: &str) -> bool {
        self.variables.is_set(name)
    }

    /// The workflow run we are part of.
    #[must_use]
    pub fn actions(&self) -> Option<Actions> {
        Actions::from_env(self.variables.settings())
    }

    /// The proposal of this run's event, if it is a pull request or the like.
    #[must_use]
    pub fn proposal(&self) -> Option<Proposal> {
        self.actions().filter(Actions::is_proposal)?;
        let payload =
            self.text("GITHUB_EVENT_PATH").and_then(|path| std::fs::read_to_string(path).ok());
        Some(Proposal::read(&payload.unwrap_or_default()))
    }

    /// The only way to write files: in GitHub Actions below the workspace and `RUNNER_TEMP`.
    #[must_use]
    pub fn disk(&self) -> Disk {
        if !self.in_actions() {
            return Disk::of_person(&self.folder);
        }
        let workspace = self.text("GITHUB_WORKSPACE").map_or(self.folder.as_path(), Path::new);
        let roots: Vec<&Path> =
            std::iter::once(workspace).chain(self.text("RUNNER_TEMP").map(Path::new)).collect();
        let taken: Vec<&Path> =
            RUNNERS_OWN.iter().filter_map(|name| self.text(name).map(Path::new)).collect();
        Disk::of_run(&self.folder, &roots, &taken)
    }

    /// Registers new values: with the filter below, and in Actions also with the runner.
    #[must_use]
    pub fn masker(&self) -> Arc<dyn SecretMasker> {
        let runner = self.in_actions().then(|| self.runner());
        Arc::new(Keeper { vault: Arc::clone(self.variables.vault()), runner })
    }

    /// The runner, which reads standard error.
    fn runner(&self) -> Runner<Handle> {
        Runner::new(Handle(self.err.clone()))
    }

    /// A text without any value that this run has: all output goes through this filter.
    #[must_use]
    pub fn cleaned(&self, text: &str) -> String {
        self.variables.vault().cleaned(text)
    }

    /// JSON without any value, and with escapes for characters that move or hide text.
    fn json(&self, json: &str) -> String {
        foreign::json(&self.variables.vault().cleaned_json(json))
    }

    /// Annotations.
    pub fn annotate(&self, remarks: &[Remark]) {
        let clean = |text: &String| self.cleaned(text);
        let cleaned = |remark: &Remark| Remark {
            title: clean(&remark.title),
            message: clean(&remark.message),
            path: remark.path.as_ref().map(clean),
            ..remark.clone()
        };
        self.runner().remarks(&remarks.iter().map(cleaned).collect::<Vec<_>>());
    }

    /// Writes a file, without any value.
    ///
    /// # Errors
    /// When the path is refused, or the file cannot be written.
    pub fn write(&self, path: &Path, text: &str, kind: Kind) -> Result<PathBuf, DiskError> {
        self.disk().replace(path, &self.cleaned(text), kind)
    }

    /// The same for JSON.
    ///
    /// # Errors
    /// When the path is refused, or the file cannot be written.
    pub fn write_json(&self, path: &Path, json: &str, kind: Kind) -> Result<PathBuf, DiskError> {
        self.disk().replace(path, &self.json(json), kind)
    }

    /// Adds to the job's summary.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub fn summarise(&self, file: &Path, text: &str) -> std::io::Result<()> {
        add_summary(&self.disk(), file, &self.cleaned(text))
    }

    /// Sets outputs of the step.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub fn set_outputs(
        &self,
        file: &Path,
        outputs: &BTreeMap<&str, String>,
    ) -> std::io::Result<()> {
        // The path of a written file stays as it is, so that later steps find it: only a known
        // value is removed from it, not what could be one.
        let is_kept = |name: &str, value: &str| {
            name.ends_with("-file") && !self.variables.vault().is_in(value)
        };
        let said = |name: &str, value: &String| {
            if is_kept(name, value) { value.clone() } else { self.cleaned(value) }
        };
        let outputs = outputs.iter().map(|(name, value)| (*name, said(name, value))).collect();
        set_outputs(&self.disk(), file, &outputs)
    }

    /// Standard error for what is logged beside the messages.
    #[must_use]
    pub fn log(&self) -> Log {
        Log(self.clone())
    }

    fn in_actions(&self) -> bool {
        self.text("GITHUB_ACTIONS") == Some("true")
    }

    /// The last filter before a terminal or a log: it removes values and whatever moves a cursor or
    /// hides text, and escapes workflow commands, because the runner reads both streams.
    fn fit(&self, text: &str) -> String {
        self.for_log(foreign::terminal(&self.cleaned(text)))
    }

    fn for_log(&self, text: String) -> String {
        if self.in_actions() { escape_commands(&text) } else { text }
    }

    /// Writes to standard output. A closed pipe is no error.
    pub fn say(&self, text: &str) {
        write(&self.out, &self.fit(text));
    }

    /// Writes JSON to standard output.
    pub fn say_json(&self, json: &str) {
        write(&self.out, &self.for_log(self.json(json)));
    }

    /// Writes to standard error. A `note:` is folded for a narrow terminal.
    pub fn note(&self, text: &str) {
        let fit = self.fit(text);
        let folded = match fit.strip_suffix('\n').filter(|line| line.starts_with(NOTE)) {
            Some(line) if self.width < NARROW && !line.contains('\n') => {
                format!("{}\n", folded(line, self.width, NOTE.len()))
            }
            _ => fit,
        };
        write(&self.err, &folded);
    }
}

fn write(stream: &Shared, text: &str) {
    let mut stream = locked(stream);
    let _ = stream.write_all(text.as_bytes()).and_then(|()| stream.flush());
}

/// Registers values, and knows all of them.
struct Keeper {
    vault: Arc<Vault>,
    runner: Option<Runner<Handle>>,
}

impl SecretMasker for Keeper {
    fn mask(&self, secret: &Secret) {
        self.vault.take(secret);
        if let Some(runner) = &self.runner {
            runner.mask(secret);
        }
    }

    fn published(&self, text: &str) {
        self.vault.publish(text);
    }

    fn cleaned(&self, text: &str) -> String {
        self.vault.cleaned(text)
    }

    fn is_in(&self, text: &str) -> bool {
        self.vault.is_in(text)
    }

    fn is_repeated_by(&self, text: &str, readings: &mut dyn Iterator<Item = &str>) -> bool {
        self.vault.is_repeated_by(text, readings)
    }

    fn knows(&self, value: &Secret) -> bool {
        self.vault.knows(value)
    }
}

/// Standard error, filtered. Each line of the log is written in one piece.
pub struct Log(Env);

impl Write for Log {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.note(&String::from_utf8_lossy(bytes));
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

/// A shared stream as a writer.
struct Handle(Shared);

impl Write for Handle {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        locked(&self.0).write(bytes)
    }

    fn flush(&mut self) -> std::io::Result<()> {
        locked(&self.0).flush()
    }
}
