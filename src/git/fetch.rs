//! Fetches commits without the repository's config: in a private git folder with its own config,
//! which stores objects in the real object database. Contacts one address over one protocol, and
//! follows no redirect.

use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;

use super::remote::Remote;
use super::{Repository, command, credential, is_id};

/// What it takes to reach a server: a proxy, and a company's own certificates. No
/// home folder, no agent, no credentials.
const INHERITED: [&str; 12] = [
    "GIT_SSL_CAINFO",
    "GIT_SSL_CAPATH",
    "SSL_CERT_FILE",
    "SSL_CERT_DIR",
    "CURL_CA_BUNDLE",
    "http_proxy",
    "https_proxy",
    "HTTPS_PROXY",
    "all_proxy",
    "ALL_PROXY",
    "no_proxy",
    "NO_PROXY",
];

/// No redirect, no other sources that a server suggests, and a limit on how long git waits.
const SETTINGS: [&str; 8] = [
    "http.followRedirects=false",
    "http.lowSpeedLimit=1000",
    "http.lowSpeedTime=60",
    "fetch.uriProtocols=",
    "fetch.negotiationAlgorithm=default",
    "transfer.bundleURI=false",
    "transfer.credentialsInUrl=die",
    "protocol.version=2",
];

/// The name of the only remote in the private config.
const NAME: &str = "runner";

/// The file of the private folder that lists what is fetched.
const WANTED: &str = "wanted";

/// How much of the history is fetched.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Depth {
    /// As the clone is: the whole history, or nothing older than what it has.
    AsItIs,
    /// This many commits deep.
    Commits(u32),
    /// What a shallow clone lacks.
    Unshallow,
    /// One object, without the objects that it refers to.
    Object,
}

/// Why git failed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failed {
    /// git's own message.
    pub cause: String,
    /// Whether git could not even be started.
    pub not_started: bool,
}

impl Failed {
    pub(super) fn not_started(error: &std::io::Error) -> Self {
        Self { cause: error.to_string(), not_started: true }
    }

    /// Whether the server said that it has no such object.
    #[must_use]
    pub fn is_unknown_there(&self) -> bool {
        ["not our ref", "unadvertised object"].iter().any(|said| self.cause.contains(said))
    }

    /// git's error: the `fatal:` line rather than a hint before it.
    #[must_use]
    pub fn said(stderr: &[u8]) -> Self {
        let text = String::from_utf8_lossy(stderr);
        let line = |kind: &str| text.lines().find_map(|line| line.strip_prefix(kind));
        let said = line("fatal: ").or_else(|| line("error: ")).or_else(|| line("fatal error: "));
        Self { cause: said.unwrap_or(text.trim()).to_owned(), not_started: false }
    }
}

impl Remote {
    /// The commit that a branch points to, and the branch's name; the default branch if none is
    /// named.
    ///
    /// # Errors
    /// Why the server did not say.
    pub fn tip(&self, branch: Option<&str>) -> Result<Option<(String, String)>, Failed> {
        let private = Private::new(self)?;
        let wanted =
            branch.map_or_else(|| "HEAD".to_owned(), |branch| format!("refs/heads/{branch}"));
        let listed = private.run(self, &["ls-remote", "--symref", "--", NAME, &wanted], None)?;
        let listed = String::from_utf8_lossy(&listed).into_owned();
        let named = listed
            .lines()
            .find_map(|line| line.strip_prefix("ref: refs/heads/")?.strip_suffix("\tHEAD"));
        let id = listed.lines().find_map(|line| {
            line.strip_suffix(wanted.as_str())?.strip_suffix('\t').filter(|id| is_id(id))
        });
        Ok(id.zip(branch.or(named)).map(|(id, name)| (id.to_owned(), name.to_owned())))
    }

    /// Fetches objects into a repository.
    ///
    /// # Errors
    /// Why they could not be fetched.
    pub fn fetch(
        &self,
        repository: &Repository,
        depth: Depth,
        wanted: &[&str],
    ) -> Result<(), Failed> {
        let wanted: Vec<&str> = wanted.iter().copied().filter(|id| is_id(id)).collect();
        let Some(first) = wanted.first() else { return Ok(()) };
        let private = Private::new(self)?;
        private.borrow(self, repository, first.len() == 64)?;
        let mut arguments = vec![
            "fetch",
            "--quiet",
            "--no-tags",
            "--no-recurse-submodules",
            "--no-write-fetch-head",
            "--refmap=",
        ];
        let commits;
        match depth {
            Depth::AsItIs => {}
            Depth::Commits(depth) => {
                commits = format!("--depth={depth}");
                arguments.push(&commits);
            }
            Depth::Unshallow => arguments.push("--unshallow"),
            // As git itself fetches what a partial clone was promised.
            Depth::Object if repository.is_partial() => arguments.push("--filter=blob:none"),
            Depth::Object => {}
        }
        if depth == Depth::Object {
            // The server would leave out what belongs to commits that the clone has.
            arguments.splice(0..0, ["-c", "fetch.negotiationAlgorithm=noop"]);
        }
        arguments.extend(["--stdin", "--", NAME]);
        private.write(WANTED, &wanted.iter().flat_map(|id| [*id, "\n"]).collect::<String>())?;
        private.run(self, &arguments, Some(repository))?;
        if depth == Depth::Object { Ok(()) } else { private.give_back(repository) }
    }
}

/// A git folder that nobody else can write to, gone when it is dropped.
struct Private(tempfile::TempDir);

impl Private {
    fn new(remote: &Remote) -> Result<Self, Failed> {
        let mut builder = tempfile::Builder::new();
        builder.prefix("tokenward-fetch-");
        #[cfg(unix)]
        builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o700));
        let private = Self(builder.tempdir().map_err(|error| Failed::not_started(&error))?);
        private.write("HEAD", "ref: refs/heads/none\n")?;
        private.write("config", &config(remote, false, false))?;
        for folder in ["objects", "refs"] {
            fs::create_dir(private.path().join(folder))
                .map_err(|error| Failed::not_started(&error))?;
        }
        Ok(private)
    }

    fn path(&self) -> &Path {
        self.0.path()
    }

    fn write(&self, name: &str, text: &str) -> Result<(), Failed> {
        fs::write(self.path().join(name), text).map_err(|error| Failed::not_started(&error))
    }

    /// Takes over what a fetch has to know of a repository: where it ends, what it has, and whether
    /// it is a partial clone.
    fn borrow(
        &self,
        remote: &Remote,
        repository: &Repository,
        is_sha256: bool,
    ) -> Result<(), Failed> {
        self.write("config", &config(remote, is_sha256, repository.is_partial()))?;
        if let Ok(cut) = fs::read(repository.shallow()) {
            fs::write(self.path().join("shallow"), cut)
                .map_err(|error| Failed::not_started(&error))?;
        }
        // What the clone has, so that it is not sent again. Ids that are not there are left out by
        // git.
        let listed =
            command::reader(repository, &["for-each-ref", "--format=%(objectname) %(refname)"])
                .output();
        let listed = listed.map_err(|error| Failed::not_started(&error))?.stdout;
        let listed = String::from_utf8_lossy(&listed).into_owned();
        let is_plain = |name: &str| name.starts_with("refs/") && !name.starts_with("refs/replace/");
        let mut refs: Vec<(&str, &str)> =
            listed.lines().filter_map(|line| line.split_once(' ')).collect();
        refs.retain(|(id, name)| is_id(id) && is_plain(name));
        let head = repository.head();
        refs.extend(head.as_deref().map(|id| (id, "refs/tokenward/head")));
        refs.sort_by(|a, b| a.1.cmp(b.1));
        let lines: String = refs.iter().map(|(id, name)| format!("{id} {name}\n")).collect();
        self.write("packed-refs", &format!("# pack-refs with: sorted \n{lines}"))
    }

    fn run(
        &self,
        remote: &Remote,
        arguments: &[&str],
        repository: Option<&Repository>,
    ) -> Result<Vec<u8>, Failed> {
        let mut git: Command = command::fetcher(self.path(), &INHERITED, &SETTINGS);
        git.env("GIT_ALLOW_PROTOCOL", remote.scheme);
        if cfg!(windows) {
            // Where the certificates are stands in git's own config there, which is not read.
            git.args(["-c", "http.sslBackend=schannel"]);
        }
        if let Some(repository) = repository {
            git.env("GIT_OBJECT_DIRECTORY", repository.objects());
        }
        // There may be more of them than fit into a command line.
        if let Ok(wanted) = fs::File::open(self.path().join(WANTED)) {
            git.stdin(wanted);
        }
        let offered = remote
            .credential
            .as_ref()
            .map(|secret| credential::offer(&mut git, secret))
            .transpose()?;
        let output = git.args(arguments).output();
        drop(offered);
        let output = output.map_err(|error| Failed::not_started(&error))?;
        if output.status.success() { Ok(output.stdout) } else { Err(Failed::said(&output.stderr)) }
    }

    /// Updates git's `shallow` file, which says where the history ends. Takes git's own lock, so
    /// that no other git writes it at the same time.
    fn give_back(&self, repository: &Repository) -> Result<(), Failed> {
        let failed = |error: std::io::Error| Failed {
            cause: format!("could not update git's `shallow` file: {error}"),
            not_started: false,
        };
        let new = fs::read(self.path().join("shallow")).unwrap_or_default();
        if new == fs::read(repository.shallow()).unwrap_or_default() {
            return Ok(());
        }
        let lock: PathBuf = repository.common_dir().join("shallow.lock");
        let mut file =
            fs::OpenOptions::new().write(true).create_new(true).open(&lock).map_err(failed)?;
        let done = file.write_all(&new).and_then(|()| file.sync_all()).and_then(|()| {
            drop(file);
            if new.is_empty() {
                fs::remove_file(repository.shallow()).and_then(|()| fs::remove_file(&lock))
            } else {
                fs::rename(&lock, repository.shallow())
            }
        });
        if done.is_err() {
            let _ = fs::remove_file(&lock);
        }
        done.map_err(failed)
    }
}

/// The whole config of a private folder.
fn config(remote: &Remote, is_sha256: bool, is_partial: bool) -> String {
    let mut text = format!(
        "[core]\n\trepositoryformatversion = 1\n\tbare = true\n[remote \"{NAME}\"]\n\turl = {}\n",
        remote.url
    );
    if is_partial {
        text.push_str("\tpromisor = true\n\tpartialclonefilter = blob:none\n");
    }
    text.push_str("[extensions]\n\tworktreeConfig = false\n");
    if is_partial {
        text.push_str(&format!("\tpartialClone = {NAME}\n"));
    }
    if is_sha256 {
        text.push_str("\tobjectFormat = sha256\n");
    }
    text
}
