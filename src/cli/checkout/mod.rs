//! Which repository, which commit and which files decide what a run does, by one rule for every
//! command and every event. In Actions a commit decides that nobody without write access to the
//! default branch or a protected ref can have made, and never what lies on disk. Elsewhere the
//! files of the person who typed the command decide.

mod disk;
mod paths;
#[cfg(test)]
mod tests;

use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use self::disk::Disk;
use super::env::Env;
use crate::domain::text::sanitize;
use crate::domain::{Code, Problem};
use crate::git::{self, Depth, Objects, Remote, Repository, Unread};
use crate::github::{Decides, Facts, Proposal, Said};

/// Where the config of a repository is.
const CONFIG: &str = ".github/tokenward.yml";
/// Larger files decide nothing.
const LARGEST: u64 = 16 << 20;
/// So many missing objects are fetched one by one before a clone is called broken: one for each
/// folder on the way, and the file.
const MOST_FETCHED: usize = 40;

/// The checkout of a run.
pub(super) struct Checkout {
    folder: PathBuf,
    repository: Result<Option<Repository>, Problem>,
    remote: Result<Remote, Problem>,
    /// What the runner says; absent where a person works.
    facts: Option<Facts>,
    allow_unprotected_ref: bool,
    commit: OnceLock<Result<String, Problem>>,
}

impl Checkout {
    /// The checkout that a command was started in. `allow_unprotected_ref` is a person's word that
    /// everybody who may push to the ref may decide.
    pub(super) fn of(env: &Env, allow_unprotected_ref: bool) -> Self {
        let in_actions = env.text("GITHUB_ACTIONS") == Some("true");
        let repository = match (in_actions, env.text("GITHUB_WORKSPACE")) {
            (true, Some(workspace)) => Repository::below(Path::new(workspace), &env.folder),
            (true, None) => Err(unclear("the workspace of this run is not known")
                .cause("GITHUB_WORKSPACE is not set")),
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

    /// The folder that paths of the config start from: the top of the repository, or the current
    /// folder where there is none.
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
            Ok(None) if self.is_folder() => Err(unclear("there is no git repository here")
                .cause("neither this folder nor one above it has a `.git`")
                .hint("start it in a repository, or name files and folders: tokenward scan PATH")),
            Ok(None) => Err(unclear("there is no git repository here")
                .cause("no folder from GITHUB_WORKSPACE down to this one has a `.git`")
                .hint("run `actions/checkout` in a step before, with git installed")),
            Err(problem) => Err(problem.clone()),
        }
    }

    /// The current folder's own repository, if that is another than the one that is looked at: a
    /// checkout within a checkout.
    pub(super) fn inner(&self) -> Option<PathBuf> {
        let folder = std::fs::canonicalize(&self.folder).ok()?;
        let below = folder.strip_prefix(self.top()).ok()?;
        let above = folder.ancestors().take(below.iter().count());
        above
            .filter(|folder| folder.join(".git").symlink_metadata().is_ok())
            .last()
            .map(Path::to_owned)
    }

    /// Whether the current folder is one of git's own, wherever the repository keeps those.
    pub(super) fn is_inside_git(&self) -> bool {
        let (Ok(repository), Ok(folder)) = (self.repository(), std::fs::canonicalize(&self.folder))
        else {
            return false;
        };
        [repository.git_dir(), repository.common_dir()].iter().any(|own| folder.starts_with(own))
    }

    /// Where commits may be fetched from, if that is known.
    pub(super) fn remote(&self) -> Option<&Remote> {
        self.remote.as_ref().ok()
    }

    /// Whether files of the folder decide: outside of Actions.
    pub(super) fn is_folder(&self) -> bool {
        self.facts.is_none()
    }

    /// Whether nothing can decide here, which is no fault of the files.
    pub(super) fn is_undecided(&self) -> bool {
        !self.is_folder() && self.repository.is_ok() && self.commit().is_err()
    }

    /// The path of the config: as it was typed, or the repository's own.
    pub(super) fn config(&self, typed: Option<&Path>) -> Result<PathBuf, Problem> {
        typed.map_or_else(|| Ok(PathBuf::from(CONFIG)), |path| self.typed(path))
    }

    /// Whether the folder has something where the repository's own config belongs.
    pub(super) fn shows_a_config(&self) -> bool {
        self.top().join(CONFIG).symlink_metadata().is_ok()
    }

    /// A path that somebody typed: relative to the top if it leads into the repository, absolute
    /// otherwise.
    pub(super) fn typed(&self, path: &Path) -> Result<PathBuf, Problem> {
        let whole = paths::plain(&self.folder.join(path));
        match paths::below(self.top(), &whole) {
            Some(inside) => Ok(inside),
            None if self.is_folder() => Ok(whole),
            None => Err(Problem::new(Code::PathOutside, format!("{} is not in the repository", sanitize(&path.display().to_string())))
                .cause("in GitHub Actions, files that decide are taken from a commit that may be trusted, and never from the disk")
                .hint("name a file of the repository, by a path that starts at the current folder")),
        }
    }

    /// A file or folder that was named to be scanned, by the way that starts at the top of the
    /// repository if it lies in there.
    pub(super) fn root(&self, named: &Path) -> PathBuf {
        let typed = self.folder.join(named);
        let plain = paths::plain(&typed);
        let is_same = |other: &Path| {
            std::fs::canonicalize(other)
                .is_ok_and(|other| std::fs::canonicalize(&typed).is_ok_and(|real| real == other))
        };
        // A `..` behind a link leads elsewhere than it looks.
        match paths::below(self.top(), &plain).map(|inside| self.top().join(inside)) {
            Some(inside) if is_same(&inside) => inside,
            None if is_same(self.top()) => self.top().to_owned(),
            _ => typed,
        }
    }

    /// What a file says that decides something; `None` if there is none. A relative path starts at
    /// the top of the repository.
    pub(super) fn bytes(&self, path: &Path, limit: usize) -> Result<Option<Vec<u8>>, Problem> {
        let limit = u64::try_from(limit).unwrap_or(LARGEST).min(LARGEST);
        if self.is_folder() {
            let own = self.repository.as_ref().ok().and_then(Option::as_ref);
            return Disk { top: self.top(), git_dir: own.map(Repository::common_dir) }
                .read(path, limit);
        }
        let commit = self.commit()?;
        self.of_commit(&commit, path, limit).map_err(|problem| {
            problem.cause(format!(
                "{} is taken from commit {commit}, so that nothing decides that was only proposed",
                shown(path)
            ))
        })
    }

    /// The same as text.
    pub(super) fn text(&self, path: &Path) -> Result<Option<String>, Problem> {
        let bytes = self.bytes(path, usize::MAX)?;
        let text = bytes.map(String::from_utf8).transpose();
        text.map_err(|_| {
            Problem::new(Code::ConfigUnreadable, format!("{} is not UTF-8", shown(path)))
        })
    }

    /// Whether a file lies on the disk as the commit has it that decides. What cannot be looked up
    /// does not, and no link: it leads to what the commit has, perhaps, but its own text is
    /// another.
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

    /// The commit whose files decide.
    pub(super) fn commit(&self) -> Result<String, Problem> {
        self.commit.get_or_init(|| self.decide()).clone()
    }

    /// The commit that what is scanned adds something to, if it is not the one that decides itself;
    /// empty if it is not known. What lies on the disk may be anything, whichever commit is called
    /// checked out; and what a proposal brings is not what is checked out.
    pub(super) fn proposed_on(&self, is_on_disk: bool) -> Option<String> {
        let facts = self.facts.as_ref()?;
        let commit = self.commit().unwrap_or_default();
        let head = self.repository().ok().and_then(Repository::head);
        let is_itself = !commit.is_empty() && head.as_deref() == Some(commit.as_str());
        (is_on_disk || facts.proposes || facts.base.is_some() || !is_itself).then_some(commit)
    }

    fn decide(&self) -> Result<String, Problem> {
        let Some(facts) = &self.facts else {
            return Err(unclear("no commit decides outside of GitHub Actions"));
        };
        self.repository()?;
        match facts.decides(self.allow_unprotected_ref) {
            Decides::Commit(commit) => Ok(commit),
            Decides::Nothing(why) => {
                Err(unclear("it is not known which commit decides for this run").cause(why))
            }
            Decides::Default(name) => self.default(facts, name.as_deref()),
        }
    }

    /// The commit of the default branch, as the server has it now: a ref of the clone may be
    /// anybody's.
    fn default(&self, facts: &Facts, name: Option<&str>) -> Result<String, Problem> {
        let what = format!(
            "{} is not the default branch and not protected, so another commit has to decide",
            sanitize(&facts.reference)
        );
        let unknown = |cause: String| {
            unclear(&what)
                .cause(cause)
                .hint("give tokenward the runner's own variables and GITHUB_TOKEN; or protect the branch (Settings, Rules)")
        };
        let remote = self.remote.clone()?;
        let tip = remote.tip(name).map_err(|failed| {
            unknown(format!(
                "the default branch could not be asked for: {}",
                sanitize(&failed.cause)
            ))
        })?;
        let (commit, branch) = tip.ok_or_else(|| {
            unknown("the server does not say where the default branch stands".to_owned())
        })?;
        // Now that the default branch is known, the run may be on it, or want to change it.
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
        Err(missing(&last.unwrap_or_default()).cause("it was fetched, and is not there"))
    }

    fn fetch(&self, repository: &Repository, depth: Depth, id: &str) -> Result<(), Problem> {
        let remote =
            self.remote.as_ref().map_err(|problem| missing(id).cause(problem.what.clone()))?;
        // A whole clone stays whole.
        let depth = if depth == Depth::Commits(1) && !repository.is_shallow() {
            Depth::AsItIs
        } else {
            depth
        };
        remote
            .fetch(repository, depth, &[id])
            .map_err(|failed| missing(id).cause(sanitize(&failed.cause)))
    }
}

/// Refuses to change anything for an event that only proposes, or on a ref that anybody may push
/// to.
pub(super) fn may_change(env: &Env, allow_unprotected_ref: bool) -> Result<(), Problem> {
    if env.text("GITHUB_ACTIONS") != Some("true") {
        return Ok(());
    }
    let (facts, event) =
        (facts(env), env.text("GITHUB_EVENT_NAME").unwrap_or("an event without a name"));
    let is_of_fork = event == "workflow_run" && Proposal::is_run_of_fork(&payload(env));
    if facts.proposes || is_of_fork || !facts.is_on_branch_or_tag() {
        return Err(Problem::new(
            Code::UntrustedEvent,
            format!("this run was started by {}, which only proposes a change", sanitize(event)),
        )
        .cause("what it proposes must not decide where a token is sent")
        .hint("run it on `schedule`, `workflow_dispatch` or `repository_dispatch`")
        .state("nothing was changed"));
    }
    if facts.is_on_own_branch() {
        return Err(Problem::new(
            Code::UnprotectedRef,
            format!(
                "{} is a branch for journals, and no run on it changes anything",
                sanitize(&facts.reference)
            ),
        )
        .cause("a person who can write the journal could add a config and a workflow to it")
        .hint("run it on the default branch")
        .state("nothing was changed"));
    }
    let is_open = facts.is_protected == Some(false) || !facts.is_trusted_ref();
    if is_open && !allow_unprotected_ref {
        return Err(Problem::new(Code::UnprotectedRef, format!("{} is not protected", sanitize(&facts.reference)))
            .cause("everybody who may push to it decides by the config where tokens are sent")
            .hint("protect it (Settings, Rules), or say `--allow-unprotected-ref` (in the Action: `args: --allow-unprotected-ref`)")
            .state("nothing was changed"));
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

/// The repository of this run at its server, by the runner's own variables alone.
fn remote(env: &Env) -> Result<Remote, Problem> {
    match (env.text("GITHUB_SERVER_URL"), env.text("GITHUB_REPOSITORY")) {
        (Some(server), Some(name)) => Remote::new(server, name, env.secret("GITHUB_TOKEN")),
        _ => Err(unclear(
            "it is not known where to fetch from: GITHUB_SERVER_URL or GITHUB_REPOSITORY is not set",
        )),
    }
}

fn unclear(what: &str) -> Problem {
    Problem::new(Code::CheckoutUnclear, what)
}

fn missing(id: &str) -> Problem {
    unclear(&format!("the object {id} is not in this clone and could not be fetched"))
        .hint("give `actions/checkout` the input `fetch-depth: 0`, and tokenward GITHUB_TOKEN with `contents: read`")
}

fn shown(path: &Path) -> String {
    sanitize(&path.display().to_string().replace('\\', "/"))
}
