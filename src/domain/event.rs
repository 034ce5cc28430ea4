//! What the event behind a run says about commits: which are new, and new compared to what. Names
//! and ids; no git.

/// A commit that the new ones are compared to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Base {
    /// By its id.
    Commit(String),
    /// The tip of a branch of the repository.
    Branch(String),
}

/// What an event brings.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Brings {
    /// Nothing: a branch was deleted, say.
    Nothing,
    /// It is about no commit in particular (`schedule`, `workflow_dispatch`, ...): everything there
    /// is.
    Everything,
    /// The commits that `head` reaches and the base does not.
    Commits {
        /// The id of a commit or tag.
        head: String,
        /// The first of these that can be had. With none, everything `head` reaches is new.
        bases: Vec<Base>,
        /// Whether everything is new where none of `bases` can be had: after a forced push the old
        /// commit may be gone.
        or_everything: bool,
        /// About how many commits there are.
        about: u32,
    },
}

/// An event, as far as a leak check wants it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Event {
    /// Its name: `pull_request`, `push`, ...
    pub name: String,
    /// What it brings.
    pub brings: Brings,
    /// The commit that the run is about, as the runner names it. Of a pull request it is what
    /// GitHub made of the head and the base.
    pub commit: Option<String>,
    /// The names of branches and tags it is about, in full (`refs/heads/x`): text that people
    /// chose.
    pub refs: Vec<String>,
    /// What people wrote about it and GitHub keeps: where it stands, and the text. Of a pull request
    /// its title and its body.
    pub texts: Vec<(&'static str, String)>,
}
