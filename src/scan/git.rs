//! The `git` program as a scan uses it: one that can only read objects. What the user names is
//! checked before git sees it, and becomes an object id first. What git says is scrubbed like
//! everything that is scanned.

use std::io::Write as _;
use std::process::{Child, ChildStdin, Output, Stdio};

use super::model::Options;
use super::redact::{clean_line, incomplete};
use crate::domain::{Code, Problem};
use crate::git::{self, Failed, Repository};

pub(super) use crate::git::{is_id, on_disk};

/// One repository.
pub(super) struct Git<'a> {
    pub(super) repository: &'a Repository,
    options: &'a Options<'a>,
}

impl<'a> Git<'a> {
    pub(super) fn new(repository: &'a Repository, options: &'a Options<'a>) -> Self {
        Self { repository, options }
    }

    /// Runs git to its end and gives what it printed.
    pub(super) fn read(&self, arguments: &[&str]) -> Result<Vec<u8>, Problem> {
        let Output { status, stdout, stderr } = git::reader(self.repository, arguments)
            .output()
            .map_err(|error| self.not_started(&error))?;
        if status.success() { Ok(stdout) } else { Err(self.failed(&stderr)) }
    }

    /// Starts a git that is asked line by line. Its complaints go nowhere: its exit code and its
    /// gaps are what counts.
    pub(super) fn start(&self, arguments: &[&str]) -> Result<Child, Problem> {
        let mut command = git::reader(self.repository, arguments);
        command.stdin(Stdio::piped()).stderr(Stdio::null());
        command.spawn().map_err(|error| self.not_started(&error))
    }

    /// The commit a name stands for.
    pub(super) fn commit(&self, name: &str) -> Result<String, Problem> {
        self.named(name, &format!("{name}^{{commit}}"))
    }

    /// The same, or the tag with a text of its own that leads there.
    pub(super) fn commit_or_tag(&self, name: &str) -> Result<String, Problem> {
        self.commit(name)?;
        self.named(name, name)
    }

    /// The object that a name stands for, as git is to read it.
    fn named(&self, name: &str, read: &str) -> Result<String, Problem> {
        let shown = clean_line(name.as_bytes(), self.options);
        let plain = |c: char| !c.is_control() && !matches!(c, ' ' | ':' | '?' | '*' | '[' | '\\');
        if name.is_empty()
            || name.starts_with(['-', '^'])
            || name.contains("..")
            || !name.chars().all(plain)
        {
            return Err(Problem::new(
                Code::Usage,
                format!("`{shown}` is not the name of a commit"),
            )
            .hint("write the range as A..B, with branches, tags or commit ids"));
        }
        let out = git::reader(
            self.repository,
            &["rev-parse", "--verify", "--quiet", "--end-of-options", read],
        )
        .output();
        let out = out.map_err(|error| self.not_started(&error))?;
        let id = String::from_utf8_lossy(&out.stdout).trim().to_owned();
        if out.status.success() && is_id(&id) {
            return self.one_ref(name, &shown).map(|()| id);
        }
        // Asked apart, so that a broken repository is not told as "no such commit".
        self.read(&["rev-parse", "--git-dir"])?;
        let problem = |cause: &str| {
            incomplete(format!("commit `{shown}` is not in this clone"), cause.into(), self.options)
        };
        Err(match self.is_shallow() {
            true => problem("the clone is shallow: older commits were not fetched").hint(FETCH_ALL),
            false => problem("no branch, tag or commit of this name was fetched")
                .hint("see `git branch --all` and `git tag` for the names there are; `git fetch` brings new ones"),
        })
    }

    /// That a name means one ref. Git would take the tag before the branch, and somebody who may
    /// make tags would choose the range.
    fn one_ref(&self, name: &str, shown: &str) -> Result<(), Problem> {
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
        let meant = clean_line(meant.join(" and ").as_bytes(), self.options);
        Err(Problem::new(Code::Usage, format!("`{shown}` can mean more than one commit: {meant}"))
            .hint("write the whole name of the one you mean"))
    }

    /// The best common ancestors of two commits; none where there is none, or the clone is cut off
    /// before it.
    pub(super) fn merge_bases(&self, one: &str, other: &str) -> Result<Vec<String>, Problem> {
        let out = git::reader(self.repository, &["merge-base", "--all", one, other])
            .output()
            .map_err(|error| self.not_started(&error))?;
        match out.status.code() {
            Some(0 | 1) => Ok(String::from_utf8_lossy(&out.stdout)
                .lines()
                .filter(|id| is_id(id))
                .map(str::to_owned)
                .collect()),
            _ => Err(self.failed(&out.stderr)),
        }
    }

    /// Whether an object is in this clone.
    pub(super) fn has(&self, id: &str) -> bool {
        is_id(id) && self.read(&["cat-file", "-e", id]).is_ok()
    }

    pub(super) fn is_shallow(&self) -> bool {
        self.read(&["rev-parse", "--is-shallow-repository"])
            .is_ok_and(|out| out.trim_ascii() == b"true")
    }

    fn not_started(&self, error: &std::io::Error) -> Problem {
        incomplete(
            "the `git` program could not be started".to_owned(),
            error.to_string().into(),
            self.options,
        )
        .hint("install git, and have it on the PATH")
    }

    fn failed(&self, stderr: &[u8]) -> Problem {
        incomplete(
            "git could not read the repository".to_owned(),
            Failed::said(stderr).cause.into(),
            self.options,
        )
    }

    /// What a fetch that failed is told as.
    pub(super) fn not_fetched(&self, what: String, failed: &Failed) -> Problem {
        if failed.not_started {
            return self.not_started(&std::io::Error::other(failed.cause.clone()));
        }
        incomplete(what, failed.cause.as_str().into(), self.options).hint(FETCH_ALL)
    }
}

/// What to do about commits that are not there.
pub(super) const FETCH_ALL: &str =
    "give `actions/checkout` the input `fetch-depth: 0`, or run `git fetch --unshallow`";

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
