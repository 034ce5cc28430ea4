//! Looking at and moving a repository's Git refs from the inside, for tests of the journal.

use super::git_objects::{Commit, Object};
use super::handle::GitHub;

impl GitHub {
    /// The commit a ref such as `refs/tokenward/journal` points at.
    #[must_use]
    pub fn ref_sha(&self, full_name: &str, name: &str) -> Option<String> {
        self.with(|world, _| world.repo(full_name)?.refs.get(name).cloned())
    }

    /// The message of a commit.
    #[must_use]
    pub fn commit_message(&self, full_name: &str, sha: &str) -> Option<String> {
        self.with(|world, _| Some(world.repo(full_name)?.objects.commit(sha)?.message.clone()))
    }

    /// The parents of a commit.
    #[must_use]
    pub fn commit_parents(&self, full_name: &str, sha: &str) -> Vec<String> {
        self.with(|world, _| {
            let commit = world.repo(full_name).and_then(|repo| repo.objects.commit(sha));
            commit.map(|commit| commit.parents.clone()).unwrap_or_default()
        })
    }

    /// Adds a commit with this message and parent, by the person and over the tree of the commit
    /// `like`; gives its id.
    pub fn add_commit(
        &self,
        full_name: &str,
        like: &str,
        parent: Option<&str>,
        message: &str,
    ) -> Option<String> {
        self.with(|world, now| {
            let repo = world.ensure_repo(full_name, now);
            let like = repo.objects.commit(like)?.clone();
            let parents = parent.map(str::to_owned).into_iter().collect();
            Some(repo.objects.add(Object::Commit(Commit {
                message: message.to_owned(),
                parents,
                ..like
            })))
        })
    }

    /// Points a ref somewhere, by force.
    pub fn set_ref(&self, full_name: &str, name: &str, sha: &str) {
        self.with(|world, now| {
            world.ensure_repo(full_name, now).refs.insert(name.to_owned(), sha.to_owned())
        });
    }

    /// Removes a ref.
    pub fn delete_ref(&self, full_name: &str, name: &str) {
        self.with(|world, now| world.ensure_repo(full_name, now).refs.remove(name));
    }
}
