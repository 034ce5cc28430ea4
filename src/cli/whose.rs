//! Decides whether `scan --live` may send a finding to its provider. A person's own scan is
//! trusted. In a run, only content of the trusted commit or of one before it is: somebody with
//! write access to the default branch or a protected ref accepted it.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Mutex;

use super::args::Sources;
use super::checkout::Checkout;
use super::env::Env;
use crate::domain::{Finding, locked};
use crate::git;

/// How far the scanned content is trusted.
pub(super) enum Whose<'a> {
    /// Trusted content.
    Ours,
    /// Content that anybody could have proposed.
    Anybodys,
    /// Commits: those before the trusted commit are ours. Caches the answer for each.
    Commits(&'a Checkout, Mutex<BTreeMap<String, bool>>),
    /// Files on disk: those that are unchanged since the trusted commit are ours.
    Files(&'a Checkout),
}

impl<'a> Whose<'a> {
    /// The trust in the content of these sources.
    pub(super) fn of(env: &Env, checkout: &'a Checkout, sources: &Sources) -> Self {
        // GitHub says that the head of this pull request is in this repository, so somebody with
        // write access pushed it.
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
                    .or_insert_with(|| is_before_trusted(checkout, commit))
            }),
        }
    }
}

fn is_before_trusted(checkout: &Checkout, commit: &str) -> bool {
    let (Ok(repository), Ok(trusted)) = (checkout.repository(), checkout.commit()) else {
        return false;
    };
    git::is_before(repository, commit, &trusted)
}
