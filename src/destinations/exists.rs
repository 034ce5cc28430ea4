//! Whether a token's destinations exist and can be written, checked before a key is created, by
//! `rotate`, `plan` and `doctor`. It only reads: one request per store and per repository in a run,
//! and one per destination; more only if a secret is missing.

use std::collections::BTreeSet;

use super::secrets::{Secrets, Snapshot};
use super::{near, problems};
use crate::domain::{Destination, Place, Problem, Repo};

/// One check of a token's destinations.
#[derive(Clone, Debug)]
pub struct Asked<'d> {
    /// What it is about: a destination, a place or a repository.
    pub about: String,
    /// The destination, if it is about one.
    pub destination: Option<&'d Destination>,
    /// The result.
    pub found: Found,
}

/// The result of a check.
#[derive(Clone, Debug)]
pub enum Found {
    /// It exists, and nothing that GitHub tells prevents a write.
    There(Snapshot),
    /// It does not exist, and the next rotation creates it: the config says so, or tokenward wrote
    /// it before.
    ToBeMade {
        /// The metadata of a missing secret.
        snapshot: Snapshot,
        /// A secret in the same store with a similar name.
        alike: Option<String>,
    },
    /// No key may be created until this is solved.
    Stops(Problem),
}

/// Which destinations are checked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Which {
    /// All: a rotation will write them.
    All,
    /// Those that tokenward never wrote: the others are known to exist.
    Unwritten,
}

impl Secrets<'_> {
    /// Checks a token's destinations. `wrote` says which ones tokenward wrote before: if one of
    /// them is missing, it was deleted, not misspelled.
    pub async fn examine<'d>(
        &self,
        destinations: &'d [Destination],
        which: Which,
        wrote: &(dyn Fn(&Destination) -> bool + Sync),
    ) -> Vec<Asked<'d>> {
        let mut asked = Vec::new();
        let stops = |about: String, problem: Problem| Asked {
            about,
            destination: None,
            found: Found::Stops(problem),
        };
        let mut unusable: BTreeSet<&Place> = BTreeSet::new();
        let mut repos: BTreeSet<&Repo> = BTreeSet::new();
        let places: BTreeSet<&Place> =
            destinations.iter().map(|destination| &destination.place).collect();
        for place in places {
            if let Err(problem) = self.prepare(place).await {
                asked.push(stops(place.to_string(), problem));
                unusable.insert(place);
            } else if let Some(repo) = place.repo().filter(|repo| repos.insert(repo))
                && let Some(problem) = self.closed(repo).await
            {
                asked.push(stops(repo.to_string(), problem));
            }
        }
        for (index, destination) in destinations.iter().enumerate() {
            let is_written = wrote(destination);
            if unusable.contains(&destination.place) || (which == Which::Unwritten && is_written) {
                continue;
            }
            let found = self.find(destination, is_written, index == 0, destinations).await;
            asked.push(Asked {
                about: destination.to_string(),
                destination: Some(destination),
                found: found.unwrap_or_else(Found::Stops),
            });
        }
        asked
    }

    /// Checks one destination, in a place that can be written.
    async fn find(
        &self,
        destination: &Destination,
        is_written: bool,
        is_primary: bool,
        all: &[Destination],
    ) -> Result<Found, Problem> {
        let snapshot = self.look(destination).await?;
        if snapshot.updated_at.is_some() {
            return Ok(Found::There(snapshot));
        }
        if is_written {
            return Ok(Found::ToBeMade { snapshot, alike: None });
        }
        if !destination.create || is_primary {
            return Err(self.missing(destination, is_primary, all).await);
        }
        let names = self.room(&destination.place).await?;
        Ok(Found::ToBeMade { snapshot, alike: near::alike(&destination.secret, &names) })
    }

    /// [`Self::look`]. If GitHub shows no secret, also checks that we can access its place, so that
    /// a hidden secret does not count as deleted.
    ///
    /// # Errors
    /// If that cannot be checked.
    pub async fn seen(&self, destination: &Destination) -> Result<Snapshot, Problem> {
        let snapshot = self.look(destination).await?;
        if snapshot.updated_at.is_none() {
            self.prepare(&destination.place).await?;
        }
        Ok(snapshot)
    }

    /// The problem of a destination that does not exist, with similar names.
    pub async fn missing(
        &self,
        destination: &Destination,
        is_primary: bool,
        all: &[Destination],
    ) -> Problem {
        let near = self.near(destination, all).await;
        problems::secret_missing(destination, is_primary, near.causes(), near.meant())
    }
}
