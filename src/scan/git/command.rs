//! The `git` program for scans: it can only read objects. A name from the user is checked and
//! resolved to an object id before git sees it.

use std::io::Write as _;
use std::process::{Child, ChildStdin, Output, Stdio};

use crate::git::{self, Failed, Repository};

pub(crate) use crate::git::{is_id, on_disk};

/// Why git failed. The texts quote git or a person and can contain a value: the caller cleans them
/// before anything shows them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum GitError {
    /// The program could not be started.
    NotStarted(String),
    /// This could not be read, and why.
    Unread(&'static str, String),
    /// This is not the name of a commit.
    NoName(String),
    /// The clone has no commit of this name.
    NoCommit { name: String, is_shallow: bool },
    /// A name means more than one ref: these.
    Ambiguous { name: String, refs: String },
}

impl GitError {
    pub(crate) fn not_started(error: &std::io::Error) -> Self {
        Self::NotStarted(error.to_string())
    }

    fn failed(stderr: &[u8]) -> Self {
        Self::Unread("git could not read the repository", Failed::said(stderr).cause)
    }
}

/// One repository.
#[derive(Clone, Copy)]
pub(crate) struct Git<'a> {
    pub(crate) repository: &'a Repository,
}

impl<'a> Git<'a> {
    pub(crate) fn new(repository: &'a Repository) -> Self {
        Self { repository }
    }

    /// Runs git and returns its output.
    pub(crate) fn read(&self, arguments: &[&str]) -> Result<Vec<u8>, GitError> {
        let Output { status, stdout, stderr } = git::reader(self.repository, arguments)
            .output()
            .map_err(|error| GitError::not_started(&error))?;
        if status.success() { Ok(stdout) } else { Err(GitError::failed(&stderr)) }
    }

    /// Starts a git that gets questions line by line. Its error output is discarded: its exit code
    /// and missing answers suffice.
    pub(crate) fn start(&self, arguments: &[&str]) -> Result<Child, GitError> {
        let mut command = git::reader(self.repository, arguments);
        command.stdin(Stdio::piped()).stderr(Stdio::null());
        command.spawn().map_err(|error| GitError::not_started(&error))
    }

    /// The commit a name stands for.
    pub(crate) fn commit(&self, name: &str) -> Result<String, GitError> {
        self.named(name, &format!("{name}^{{commit}}"))
    }

    /// The same, or the tag with a text of its own that leads there.
    pub(crate) fn commit_or_tag(&self, name: &str) -> Result<String, GitError> {
        self.commit(name)?;
        self.named(name, name)
    }

    /// The object that a name stands for, as git is to read it.
    fn named(&self, name: &str, read: &str) -> Result<String, GitError> {
        let plain = |c: char| !c.is_control() && !matches!(c, ' ' | ':' | '?' | '*' | '[' | '\\');
        if name.is_empty()
            || name.starts_with(['-', '^'])
            || name.contains("..")
            || !name.chars().all(plain)
        {
            return Err(GitError::NoName(name.to_owned()));
        }
        let out = git::reader(
            self.repository,
            &["rev-parse", "--verify", "--quiet", "--end-of-options", read],
        )
        .output();
        let out = out.map_err(|error| GitError::not_started(&error))?;
        let id = String::from_utf8_lossy(&out.stdout).trim().to_owned();
        if out.status.success() && is_id(&id) {
            return self.one_ref(name).map(|()| id);
        }
        // Asked apart, so that a broken repository is not told as "no such commit".
        self.read(&["rev-parse", "--git-dir"])?;
        Err(GitError::NoCommit { name: name.to_owned(), is_shallow: self.is_shallow() })
    }

    /// That a name means one ref. Git would take the tag before the branch, and somebody who may
    /// make tags would choose the range.
    fn one_ref(&self, name: &str) -> Result<(), GitError> {
        let plain = name.split(['~', '^', '@']).next().unwrap_or_default();
        let full: Vec<String> = ["", "tags/", "heads/", "remotes/"]
            .iter()
            .map(|kind| format!("refs/{kind}{plain}"))
            .collect();
        let arguments: Vec<&str> = ["for-each-ref", "--format=%(refname)"]
            .into_iter()
            .chain(full.iter().map(String::as_str))
            .collect();
        let there = String::from_utf8_lossy(&self.read(&arguments)?).into_owned();
        let meant: Vec<&str> =
            there.lines().filter(|line| full.iter().any(|name| name == line)).collect();
        if plain.is_empty() || meant.len() < 2 {
            return Ok(());
        }
        Err(GitError::Ambiguous { name: name.to_owned(), refs: meant.join(" and ") })
    }

    /// The best common ancestors of two commits; none where there is none, or the clone is cut off
    /// before it.
    pub(crate) fn merge_bases(&self, one: &str, other: &str) -> Result<Vec<String>, GitError> {
        let out = git::reader(self.repository, &["merge-base", "--all", one, other])
            .output()
            .map_err(|error| GitError::not_started(&error))?;
        match out.status.code() {
            Some(0 | 1) => Ok(String::from_utf8_lossy(&out.stdout)
                .lines()
                .filter(|id| is_id(id))
                .map(str::to_owned)
                .collect()),
            _ => Err(GitError::failed(&out.stderr)),
        }
    }

    /// Whether an object is in this clone.
    pub(crate) fn has(&self, id: &str) -> bool {
        is_id(id) && self.read(&["cat-file", "-e", id]).is_ok()
    }

    pub(crate) fn is_shallow(&self) -> bool {
        self.read(&["rev-parse", "--is-shallow-repository"])
            .is_ok_and(|out| out.trim_ascii() == b"true")
    }
}

/// Writes one id a line. A git that ends early closes the pipe; its exit code tells of that.
pub(crate) fn feed<'i>(mut input: ChildStdin, ids: impl Iterator<Item = &'i str>) {
    let mut lines = std::io::BufWriter::new(&mut input);
    for id in ids {
        if writeln!(lines, "{id}").is_err() {
            return;
        }
    }
    let _ = lines.flush();
}
