//! Whose a finding is, as far as `scan --live` may send it to its provider. A person's own scan is
//! theirs. In a run only what stands in the commit that decides, or before it, was taken by
//! somebody who may write to the default branch or to a protected ref.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Mutex;

use super::args::Sources;
use super::checkout::Checkout;
use super::env::Env;
use crate::domain::{Finding, locked};
use crate::git;

/// Whose content was scanned.
pub(super) enum Whose<'a> {
    /// That of whoever may ask about it.
    Ours,
    /// That of whoever could bring it.
    Anybodys,
    /// Commits: those before the commit that decides are ours. What was found out about each.
    Commits(&'a Checkout, Mutex<BTreeMap<String, bool>>),
    /// Files on disk: those are ours that the commit that decides has as they are.
    Files(&'a Checkout),
}

impl<'a> Whose<'a> {
    /// What these sources give.
    pub(super) fn of(env: &Env, checkout: &'a Checkout, sources: &Sources) -> Self {
        // By GitHub's own word the head of this proposal lies in this repository: somebody pushed
        // it there who may.
        let is_own_proposal = || {
            env.proposal().is_some_and(|proposal| proposal.number.is_some() && !proposal.is_fork)
        };
        if checkout.is_folder() || sources.event && is_own_proposal() {
            Self::Ours
        } else if sources.stdin || sources.staged {
            Self::Anybodys
        } else if sources.is_on_disk() {
            Self::Files(checkout)
        } else {
            Self::Commits(checkout, Mutex::default())
        }
    }

    /// Whether a provider may be asked about a finding.
    pub(super) fn is_ours(&self, finding: &Finding) -> bool {
        match self {
            Self::Ours => true,
            Self::Anybodys => false,
            Self::Files(checkout) => checkout.has_as_it_is(Path::new(&finding.path)),
            Self::Commits(checkout, known) => finding.commit.as_ref().is_some_and(|commit| {
                *locked(known)
                    .entry(commit.clone())
                    .or_insert_with(|| is_before_what_decides(checkout, commit))
            }),
        }
    }
}

fn is_before_what_decides(checkout: &Checkout, commit: &str) -> bool {
    let (Ok(repository), Ok(decides)) = (checkout.repository(), checkout.commit()) else {
        return false;
    };
    git::is_before(repository, commit, &decides)
}
