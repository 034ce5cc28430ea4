//! Determines the repository, the trusted commit and the trusted files of a run, by one rule for
//! every command and event. In Actions the trusted commit is one that only somebody with write
//! access to the default branch or a protected ref can have made, and files are read from it, never
//! from the disk. Elsewhere the files of the person who typed the command are trusted.

mod disk;
mod paths;
mod problems;
#[cfg(test)]
mod tests;

use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use self::disk::Disk;
use super::env::Env;
use crate::domain::Problem;
use crate::domain::text::sanitize;
use crate::git::{self, Depth, Objects, Remote, Repository, Unread};
use crate::github::{Decides, Facts, Proposal, Said};

/// The path of a repository's config.
const CONFIG: &str = ".github/tokenward.yml";
/// Larger files are not read.
const LARGEST: u64 = 16 << 20;
/// How many missing objects are fetched one by one before the clone counts as broken: the folders
/// of a path, and the file.
const MOST_FETCHED: usize = 40;

/// The checkout of a run.
pub(super) struct Checkout {
    folder: PathBuf,
    repository: Result<Option<Repository>, Problem>,
    remote: Result<Remote, Problem>,
    /// What the runner says; `None` outside GitHub Actions.
    facts: Option<Facts>,
    allow_unprotected_ref: bool,
    commit: OnceLock<Result<String, Problem>>,
}

impl Checkout {
    /// The checkout that a command was started in. With `allow_unprotected_ref` the user trusts
    /// everybody who can push to the ref of the run.
    pub(super) fn of(env: &Env, allow_unprotected_ref: bool) -> Self {
        let in_actions = env.text("GITHUB_ACTIONS") == Some("true");
        let repository = match (in_actions, env.text("GITHUB_WORKSPACE")) {
            (true, Some(workspace)) => Repository::below(Path::new(workspace), &env.folder),
            (true, None) => Err(problems::workspace_unknown()),
            (false, _) => Repository::above(&env.folder),
        };
        let facts = in_actions.then(|| facts(env));
        Self {
            folder: env.folder.clone(),
            repository,
            remote: remote(env),
            facts,
            allow_unprotected_ref,
            commit: OnceLock::new(),
        }
    }

    /// The folder that paths of the config are relative to: the root of the repository, or the
    /// current folder if there is none.
    pub(super) fn top(&self) -> &Path {
        match &self.repository {
            Ok(Some(repository)) => repository.work_tree(),
            _ => &self.folder,
        }
    }

    /// The repository, to be scanned.
    pub(super) fn repository(&self) -> Result<&Repository, Problem> {
        match &self.repository {
            Ok(Some(repository)) => Ok(repository),
            Ok(None) if self.is_folder() => Err(problems::no_repository()),
            Ok(None) => Err(problems::no_checkout()),
            Err(problem) => Err(problem.clone()),
        }
    }

    /// The current folder's own repository, if it is not the one of this checkout: a checkout
    /// within a checkout.
    pub(super) fn inner(&self) -> Option<PathBuf> {
        let folder = std::fs::canonicalize(&self.folder).ok()?;
        let below = folder.strip_prefix(self.top()).ok()?;
        let above = folder.ancestors().take(below.iter().count());
        above
            .filter(|folder| folder.join(".git").symlink_metadata().is_ok())
            .last()
            .map(Path::to_owned)
    }

    /// Whether the current folder is inside git's own folders.
    pub(super) fn is_inside_git(&self) -> bool {
        let (Ok(repository), Ok(folder)) = (self.repository(), std::fs::canonicalize(&self.folder))
        else {
            return false;
        };
        [repository.git_dir(), repository.common_dir()].iter().any(|own| folder.starts_with(own))
    }

    /// Where commits can be fetched from, if that is known.
    pub(super) fn remote(&self) -> Option<&Remote> {
        self.remote.as_ref().ok()
    }

    /// Whether the files of the folder are trusted: outside GitHub Actions.
    pub(super) fn is_folder(&self) -> bool {
        self.facts.is_none()
    }

    /// Whether the trusted commit cannot be determined, although the repository is fine.
    pub(super) fn is_undecided(&self) -> bool {
        !self.is_folder() && self.repository.is_ok() && self.commit().is_err()
    }

    /// The path of the config: as it was typed, or the repository's own.
    pub(super) fn config(&self, typed: Option<&Path>) -> Result<PathBuf, Problem> {
        typed.map_or_else(|| Ok(PathBuf::from(CONFIG)), |path| self.typed(path))
    }

    /// Whether the folder has something at the path of the repository's config.
    pub(super) fn shows_a_config(&self) -> bool {
        self.top().join(CONFIG).symlink_metadata().is_ok()
    }

    /// A path that somebody typed: relative to the root if it is in the repository, otherwise
    /// absolute.
    pub(super) fn typed(&self, path: &Path) -> Result<PathBuf, Problem> {
        let whole = paths::plain(&self.folder.join(path));
        match paths::below(self.top(), &whole) {
            Some(inside) => Ok(inside),
            None if self.is_folder() => Ok(whole),
            None => Err(problems::outside_repository(path)),
        }
    }

    /// The path of a file or folder to scan, by way of the repository's root if it is in there.
    pub(super) fn root(&self, named: &Path) -> PathBuf {
        let typed = self.folder.join(named);
        let plain = paths::plain(&typed);
        let is_same = |other: &Path| {
            std::fs::canonicalize(other)
                .is_ok_and(|other| std::fs::canonicalize(&typed).is_ok_and(|real| real == other))
        };
        // A `..` after a link does not lead back to where the path came from.
        match paths::below(self.top(), &plain).map(|inside| self.top().join(inside)) {
            Some(inside) if is_same(&inside) => inside,
            None if is_same(self.top()) => self.top().to_owned(),
            _ => typed,
        }
    }

    /// The content of a trusted file; `None` if it does not exist. A relative path starts at the
    /// root of the repository.
    pub(super) fn bytes(&self, path: &Path, limit: usize) -> Result<Option<Vec<u8>>, Problem> {
        let limit = u64::try_from(limit).unwrap_or(LARGEST).min(LARGEST);
        if self.is_folder() {
            let own = self.repository.as_ref().ok().and_then(Option::as_ref);
            return Disk { top: self.top(), git_dir: own.map(Repository::common_dir) }
                .read(path, limit);
        }
        let commit = self.commit()?;
        self.of_commit(&commit, path, limit)
            .map_err(|problem| problems::read_from_commit(problem, path, &commit))
    }

    /// The same as text.
    pub(super) fn text(&self, path: &Path) -> Result<Option<String>, Problem> {
        let bytes = self.bytes(path, usize::MAX)?;
        let text = bytes.map(String::from_utf8).transpose();
        text.map_err(|_| problems::not_utf8(path))
    }

    /// Whether a file on the disk is the same as in the trusted commit. A file that cannot be
    /// compared is not, and neither is a link, even if its target is the same.
    pub(super) fn has_as_it_is(&self, path: &Path) -> bool {
        let (Ok(inside), Ok(commit)) = (self.typed(path), self.commit()) else { return false };
        if self.top().join(&inside).is_symlink() {
            return false;
        }
        let there = self.of_commit(&commit, &inside, LARGEST);
        let own = self.repository.as_ref().ok().and_then(Option::as_ref);
        let here = || {
            Disk { top: self.top(), git_dir: own.map(Repository::common_dir) }
                .read(&inside, LARGEST)
        };
        matches!(there, Ok(Some(there)) if matches!(here(), Ok(Some(here)) if here == there))
    }

    /// The trusted commit.
    pub(super) fn commit(&self) -> Result<String, Problem> {
        self.commit.get_or_init(|| self.decide()).clone()
    }

    /// The trusted commit that the scanned content is compared with, unless that content is the
    /// trusted commit itself; empty if it is unknown. Files on the disk can be anything, whatever
    /// commit is checked out; and the content of a proposal is not what is checked out.
    pub(super) fn proposed_on(&self, is_on_disk: bool) -> Option<String> {
        let facts = self.facts.as_ref()?;
        let commit = self.commit().unwrap_or_default();
        let head = self.repository().ok().and_then(Repository::head);
        let is_itself = !commit.is_empty() && head.as_deref() == Some(commit.as_str());
        (is_on_disk || facts.proposes || facts.base.is_some() || !is_itself).then_some(commit)
    }

    fn decide(&self) -> Result<String, Problem> {
        let Some(facts) = &self.facts else {
            return Err(problems::only_in_actions());
        };
        self.repository()?;
        match facts.decides(self.allow_unprotected_ref) {
            Decides::Commit(commit) => Ok(commit),
            Decides::Nothing(why) => Err(problems::trusted_commit_unknown(why)),
            Decides::Default(name) => self.default(facts, name.as_deref()),
        }
    }

    /// The commit of the default branch, as the server has it now: anybody could have set a ref of
    /// the clone.
    fn default(&self, facts: &Facts, name: Option<&str>) -> Result<String, Problem> {
        let unknown = |why: &str| problems::default_branch_unknown(&facts.reference, why);
        let remote = self.remote.clone()?;
        let tip = remote
            .tip(name)
            .map_err(|failed| unknown(&problems::default_branch_not_fetched(&failed.cause)))?;
        let (commit, branch) = tip.ok_or_else(|| unknown(problems::DEFAULT_BRANCH_NOT_NAMED))?;
        // Now that the default branch is known, the run can turn out to be on it, or to propose a
        // change of it.
        match (Facts { default_branch: Some(branch), ..facts.clone() })
            .decides(self.allow_unprotected_ref)
        {
            Decides::Commit(own) => Ok(own),
            _ => Ok(commit),
        }
    }

    fn of_commit(&self, commit: &str, path: &Path, limit: u64) -> Result<Option<Vec<u8>>, Problem> {
        let repository = self.repository()?;
        let mut last = None;
        for _ in 0..MOST_FETCHED {
            match git::file(&Objects::open(repository, commit)?, commit, path, limit) {
                Ok(found) => return Ok(found),
                Err(Unread::Refused(problem)) => return Err(problem),
                Err(Unread::Missing(id)) if last.as_ref() == Some(&id) => break,
                Err(Unread::Missing(id)) => {
                    let depth = if id == commit { Depth::Commits(1) } else { Depth::Object };
                    self.fetch(repository, depth, &id)?;
                    last = Some(id);
                }
            }
        }
        let id = last.unwrap_or_default();
        Err(problems::object_missing(&id, problems::OBJECT_NOT_SENT))
    }

    fn fetch(&self, repository: &Repository, depth: Depth, id: &str) -> Result<(), Problem> {
        let remote =
            self.remote.as_ref().map_err(|problem| problems::object_missing(id, &problem.what))?;
        // A complete clone must not become shallow.
        let depth = if depth == Depth::Commits(1) && !repository.is_shallow() {
            Depth::AsItIs
        } else {
            depth
        };
        remote
            .fetch(repository, depth, &[id])
            .map_err(|failed| problems::object_missing(id, sanitize(&failed.cause)))
    }
}

/// Refuses to change anything for an event that only proposes a change, or on an unprotected ref.
pub(super) fn may_change(env: &Env, allow_unprotected_ref: bool) -> Result<(), Problem> {
    if env.text("GITHUB_ACTIONS") != Some("true") {
        return Ok(());
    }
    let (facts, event) =
        (facts(env), env.text("GITHUB_EVENT_NAME").unwrap_or("an event without a name"));
    let is_of_fork = event == "workflow_run" && Proposal::is_run_of_fork(&payload(env));
    if facts.proposes || is_of_fork || !facts.is_on_branch_or_tag() {
        return Err(problems::event_only_proposes(event));
    }
    if facts.is_on_own_branch() {
        return Err(problems::on_journal_branch(&facts.reference));
    }
    let is_open = facts.is_protected == Some(false) || !facts.is_trusted_ref();
    if is_open && !allow_unprotected_ref {
        return Err(problems::not_protected(&facts.reference));
    }
    Ok(())
}

fn facts(env: &Env) -> Facts {
    let said = Said {
        event: env.text("GITHUB_EVENT_NAME").unwrap_or_default(),
        reference: env.text("GITHUB_REF").unwrap_or_default(),
        protected: env.text("GITHUB_REF_PROTECTED").unwrap_or_default(),
        commit: env.text("GITHUB_SHA").unwrap_or_default(),
    };
    Facts::read(&said, &payload(env))
}

fn payload(env: &Env) -> String {
    env.text("GITHUB_EVENT_PATH")
        .and_then(|path| std::fs::read_to_string(path).ok())
        .unwrap_or_default()
}

/// The repository of this run on its server, according to the runner's own variables only.
fn remote(env: &Env) -> Result<Remote, Problem> {
    match (env.text("GITHUB_SERVER_URL"), env.text("GITHUB_REPOSITORY")) {
        (Some(server), Some(name)) => Remote::new(server, name, env.secret("GITHUB_TOKEN")),
        _ => Err(problems::remote_unknown()),
    }
}

fn shown(path: &Path) -> String {
    sanitize(&path.display().to_string().replace('\\', "/"))
}
