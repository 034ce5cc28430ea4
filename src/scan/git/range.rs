//! A range of commits, as git lists it: what one commit reaches and another does not. Reads no
//! content.

use std::collections::HashSet;

use super::command::{Git, GitError, is_id};
use super::object_text::CommitText;

/// What `to` reaches and `from` does not, by their ids.
pub(crate) struct Range {
    /// A commit, or a tag of one: what the tag says is of the range.
    pub(crate) to: String,
    pub(crate) from: Option<String>,
    /// What is made of `to` and other commits. Those others are no part of the range.
    pub(crate) merge: Option<Merge>,
}

/// A merge, for what it has and none of its parents.
pub(crate) struct Merge {
    pub(crate) id: String,
    pub(crate) parents: Vec<String>,
}

impl Merge {
    /// Reads one by its own text, which no cut in the history changes. Nothing if it is none.
    pub(crate) fn read(git: &Git<'_>, id: &str) -> Result<Option<Self>, GitError> {
        let text = git.read(&["cat-file", "commit", id])?;
        let parents: Vec<String> =
            CommitText::read(&text).parents.iter().map(ToString::to_string).collect();
        Ok((parents.len() > 1).then(|| Self { id: id.to_owned(), parents }))
    }
}

impl Range {
    /// The commits, oldest first.
    pub(crate) fn commits(&self, git: &Git<'_>) -> Result<Vec<String>, GitError> {
        self.list(git, &["--reverse", "--topo-order"])
    }

    /// The commits, and what they brought.
    pub(crate) fn objects(&self, git: &Git<'_>) -> Result<Listed, GitError> {
        let (mut listed, mut once) = (Listed::default(), HashSet::new());
        for line in self.lines(git, &["--objects", "--no-object-names", "--missing=print"])? {
            let (to, id) = match line.strip_prefix('?') {
                Some(id) => (&mut listed.missing, id),
                None => (&mut listed.there, line.as_str()),
            };
            if is_id(id) && once.insert(id.to_owned()) {
                to.push(id.to_owned());
            }
        }
        Ok(listed)
    }

    /// The trees that the changes of the range lie between: those of its commits, and of the
    /// commits right before it.
    pub(crate) fn trees(&self, git: &Git<'_>) -> Result<Vec<String>, GitError> {
        // The line before each of them begins with `commit`, and is no id.
        let mut trees = self.list(git, &["--boundary", "--format=%T"])?;
        trees.sort();
        trees.dedup();
        Ok(trees)
    }

    /// Whether the range goes down to a commit without parents, cut off or not. In a shallow clone
    /// its other end may then lie behind the cut, and the range be longer than it is.
    pub(crate) fn has_a_root(&self, git: &Git<'_>) -> Result<bool, GitError> {
        Ok(!self.list(git, &["--max-parents=0"])?.is_empty())
    }

    fn list(&self, git: &Git<'_>, how: &[&str]) -> Result<Vec<String>, GitError> {
        let mut listed = self.lines(git, how)?;
        listed.retain(|line| is_id(line));
        Ok(listed)
    }

    fn lines(&self, git: &Git<'_>, how: &[&str]) -> Result<Vec<String>, GitError> {
        let from = self.from.as_slice();
        let mut listed = list(git, how, &self.to, from)?;
        if let Some(Merge { id, parents }) = &self.merge {
            listed.extend(list(git, how, id, &[from, parents].concat())?);
        }
        Ok(listed)
    }
}

/// What a commit reaches and others do not.
fn list(
    git: &Git<'_>,
    how: &[&str],
    to: &str,
    without: &[String],
) -> Result<Vec<String>, GitError> {
    let without: Vec<String> = without.iter().map(|id| format!("^{id}")).collect();
    let arguments = ["rev-list"]
        .iter()
        .chain(how)
        .copied()
        .chain([to])
        .chain(without.iter().map(String::as_str));
    let listed = git.read(&arguments.collect::<Vec<_>>())?;
    Ok(String::from_utf8_lossy(&listed).lines().map(str::to_owned).collect())
}

/// The objects of a range.
#[derive(Debug, Default)]
pub(crate) struct Listed {
    /// Those that the clone has.
    pub(crate) there: Vec<String>,
    /// Those that it lacks. What such a tree names is not known.
    pub(crate) missing: Vec<String>,
}

/// Whether a shallow clone ends inside the range: it has lost the commits behind the cut, and what
/// they brought and took away.
pub(crate) fn cut_off(git: &Git<'_>, commits: &[String]) -> Result<bool, GitError> {
    if !git.is_shallow() {
        return Ok(false);
    }
    // A list that cannot be read leaves everything open.
    let roots = cuts(git);
    Ok(roots.is_empty() || commits.iter().any(|commit| roots.contains(commit)))
}

/// The commits behind which a shallow clone ends.
pub(crate) fn cuts(git: &Git<'_>) -> HashSet<String> {
    std::fs::read(git.repository.common_dir().join("shallow"))
        .map(|cut| ids(&cut))
        .unwrap_or_default()
        .into_iter()
        .collect()
}

/// Object ids, one a line.
fn ids(lines: &[u8]) -> Vec<String> {
    String::from_utf8_lossy(lines).lines().filter(|line| is_id(line)).map(str::to_owned).collect()
}
