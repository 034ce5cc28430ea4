//! The `git` program, kept from doing anything but reading objects: no config but the repository's own, no hooks, no
//! helpers, no network, no environment. What the user names is checked before git sees it, and becomes an object id first.
//! Only `online` lets it talk, to the remote the checkout came from.

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, Command, Output, Stdio};

use super::collect::{clean_line, incomplete};
use super::model::Options;
use crate::domain::{Code, Problem};

/// Settings that outrank whatever a repository's config says.
const SETTINGS: [&str; 4] = [
    "safe.directory=*", // CI checks out as another user; reading objects runs nothing of the repository's
    "core.fsmonitor=false",
    "core.commitGraph=false",
    "core.hooksPath=/dev/null",
];

/// `PATH` to find git's own parts; what Windows needs to start any program; and the index that git hands to a hook, which holds what
/// `git commit -a` or `git commit PATH` is about to commit.
const INHERITED: [&str; 5] = ["PATH", "SystemRoot", "TEMP", "TMP", "GIT_INDEX_FILE"];

/// And what it takes to reach a remote: a home with its credentials, an agent, a proxy, a company's own certificates.
const INHERITED_ONLINE: [&str; 17] = [
    "PATH",
    "SystemRoot",
    "TEMP",
    "TMP",
    "HOME",
    "USERPROFILE",
    "XDG_CONFIG_HOME",
    "SSH_AUTH_SOCK",
    "GIT_SSH_COMMAND",
    "GIT_SSL_CAINFO",
    "SSL_CERT_FILE",
    "http_proxy",
    "https_proxy",
    "HTTPS_PROXY",
    "all_proxy",
    "no_proxy",
    "NO_PROXY",
];

/// Keeps git to this repository and to what is in it.
const OFFLINE: [(&str, &str); 6] = [
    ("GIT_CONFIG_NOSYSTEM", "1"),
    ("GIT_CONFIG_GLOBAL", "/dev/null"),
    ("GIT_ATTR_NOSYSTEM", "1"),
    ("GIT_GRAFT_FILE", "/dev/null"),
    ("GIT_NO_LAZY_FETCH", "1"),
    ("GIT_OPTIONAL_LOCKS", "0"),
];

/// One repository.
pub(super) struct Git<'a> {
    folder: &'a Path,
    options: &'a Options<'a>,
}

impl<'a> Git<'a> {
    pub(super) fn new(folder: &'a Path, options: &'a Options<'a>) -> Self {
        Self { folder, options }
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = bare(&INHERITED);
        for (name, value) in OFFLINE {
            command.env(name, value);
        }
        self.settled(command, &["protocol.allow=never"], arguments)
    }

    fn settled(&self, mut command: Command, settings: &[&str], arguments: &[&str]) -> Command {
        command.args(["--no-pager", "--no-replace-objects"]);
        for setting in SETTINGS.iter().chain(settings) {
            command.args(["-c", setting]);
        }
        command.arg("-C").arg(self.folder).args(arguments);
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        command
    }

    /// Runs git against a remote, with the credentials and the config that the checkout itself was made with. Submodules, hooks and
    /// helpers that run programs by an address (`ext::`) stay off, and nobody is asked for a password.
    pub(super) fn online(&self, arguments: &[&str]) -> Result<Vec<u8>, Problem> {
        let command = bare(&INHERITED_ONLINE);
        let settings = ["protocol.ext.allow=never", "maintenance.auto=false", "gc.auto=0", "submodule.recurse=false"];
        let output = self.settled(command, &settings, arguments).output();
        let Output { status, stdout, stderr } = output.map_err(|error| self.not_started(&error))?;
        if status.success() { Ok(stdout) } else { Err(self.failed(&stderr)) }
    }

    /// Runs git to its end and gives what it printed.
    pub(super) fn read(&self, arguments: &[&str]) -> Result<Vec<u8>, Problem> {
        let Output { status, stdout, stderr } = self.command(arguments).output().map_err(|error| self.not_started(&error))?;
        if status.success() { Ok(stdout) } else { Err(self.failed(&stderr)) }
    }

    /// Starts a git that is asked line by line. Its complaints go nowhere: its exit code and its gaps are what counts.
    pub(super) fn start(&self, arguments: &[&str]) -> Result<Child, Problem> {
        let mut command = self.command(arguments);
        command.stdin(Stdio::piped()).stderr(Stdio::null());
        command.spawn().map_err(|error| self.not_started(&error))
    }

    /// The commit a name stands for.
    pub(super) fn commit(&self, name: &str) -> Result<String, Problem> {
        let shown = clean_line(name.as_bytes(), self.options);
        let plain = |c: char| !c.is_control() && !matches!(c, ' ' | ':' | '?' | '*' | '[' | '\\');
        if name.is_empty() || name.starts_with(['-', '^']) || name.contains("..") || !name.chars().all(plain) {
            return Err(Problem::new(Code::Usage, format!("`{shown}` is not the name of a commit"))
                .hint("write the range as A..B, with branches, tags or commit ids"));
        }
        let peeled = format!("{name}^{{commit}}");
        let out = self.command(&["rev-parse", "--verify", "--quiet", "--end-of-options", &peeled]).output();
        let out = out.map_err(|error| self.not_started(&error))?;
        let id = String::from_utf8_lossy(&out.stdout).trim().to_owned();
        if out.status.success() && is_id(&id) {
            return Ok(id);
        }
        // Asked apart, so that "no repository here" is not told as "no such commit".
        self.read(&["rev-parse", "--git-dir"])?;
        let problem = incomplete(format!("commit `{shown}` is not in this clone"), self.why_missing().into(), self.options);
        Err(problem.hint(FETCH_ALL))
    }

    fn why_missing(&self) -> &'static str {
        if self.is_shallow() {
            "the clone is shallow: older commits were not fetched"
        } else {
            "no branch, tag or commit of this name was fetched"
        }
    }

    /// Whether an object is in this clone.
    pub(super) fn has(&self, id: &str) -> bool {
        is_id(id) && self.read(&["cat-file", "-e", id]).is_ok()
    }

    pub(super) fn is_shallow(&self) -> bool {
        self.read(&["rev-parse", "--is-shallow-repository"]).is_ok_and(|out| out.trim_ascii() == b"true")
    }

    fn not_started(&self, error: &std::io::Error) -> Problem {
        incomplete("the `git` program could not be started".to_owned(), error.to_string().into(), self.options)
            .hint("install git, and have it on the PATH")
    }

    fn failed(&self, stderr: &[u8]) -> Problem {
        incomplete("git could not read the repository".to_owned(), String::from_utf8_lossy(stderr), self.options)
    }
}

/// What to do about commits that are not there.
pub(super) const FETCH_ALL: &str = "give `actions/checkout` the input `fetch-depth: 0`, or run `git fetch --unshallow`";

/// A git that sees nothing of our environment but these variables.
fn bare(inherited: &[&str]) -> Command {
    let mut command = Command::new("git");
    command.env_clear();
    for name in inherited {
        if let Some(value) = std::env::var_os(name) {
            command.env(name, value);
        }
    }
    command.envs([("LC_ALL", "C"), ("GIT_TERMINAL_PROMPT", "0")]);
    command
}

/// Whether this is an object id, and so nothing git could take for an option.
pub(super) fn is_id(text: &str) -> bool {
    matches!(text.len(), 40 | 64) && text.bytes().all(|b| b.is_ascii_hexdigit())
}

/// Writes one id a line. A git that ends early closes the pipe; its exit code tells of that.
pub(super) fn feed<'i>(mut input: ChildStdin, ids: impl Iterator<Item = &'i str>) {
    let mut lines = std::io::BufWriter::new(&mut input);
    for id in ids {
        if writeln!(lines, "{id}").is_err() {
            return;
        }
    }
    let _ = lines.flush();
}

/// A path as git has it, as a path of this system.
#[cfg(unix)]
pub(super) fn on_disk(path: &[u8]) -> PathBuf {
    use std::os::unix::ffi::OsStrExt as _;
    PathBuf::from(std::ffi::OsStr::from_bytes(path))
}

#[cfg(not(unix))]
pub(super) fn on_disk(path: &[u8]) -> PathBuf {
    PathBuf::from(String::from_utf8_lossy(path).into_owned())
}
