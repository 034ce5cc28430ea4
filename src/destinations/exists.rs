//! Whether the destinations of a token exist and can be written, asked before a key is made:
//! `rotate`, `plan` and `doctor` ask it here. It reads only. One request a store and one a
//! repository in a run, and one a destination; more only where a secret is missing.

use std::collections::BTreeSet;

use super::near;
use super::secrets::{Secrets, Snapshot};
use crate::domain::{Code, Destination, Place, Problem, Repo};

/// One thing that was asked about a token's destinations.
#[derive(Clone, Debug)]
pub struct Asked<'d> {
    /// What it is about: a destination, a place or a repository.
    pub about: String,
    /// The destination, where it is about one.
    pub destination: Option<&'d Destination>,
    /// What came of it.
    pub found: Found,
}

/// What came of asking.
#[derive(Clone, Debug)]
pub enum Found {
    /// It exists, and nothing that GitHub tells speaks against a write.
    There(Snapshot),
    /// It does not exist, and the next rotation creates it: the config says so, or tokenward wrote
    /// it before.
    ToBeMade {
        /// That it is not there.
        snapshot: Snapshot,
        /// A secret of the same store with nearly the same name.
        alike: Option<String>,
    },
    /// No key may be made before this is settled.
    Stops(Problem),
}

/// Which destinations are looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Which {
    /// All: a rotation is about to write them.
    All,
    /// Those that tokenward never wrote: the others existed.
    Unwritten,
}

impl Secrets<'_> {
    /// Looks at the destinations of a token. `wrote` says which ones tokenward wrote before: one
    /// that is gone was deleted, not misspelt.
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
            if unusable.contains(&destination.place)
                || (which == Which::Unwritten && wrote(destination))
            {
                continue;
            }
            let found = match self.look(destination).await {
                Err(problem) => Found::Stops(problem),
                Ok(snapshot) if snapshot.updated_at.is_some() => Found::There(snapshot),
                Ok(snapshot) if wrote(destination) => Found::ToBeMade { snapshot, alike: None },
                Ok(snapshot) if destination.create && index > 0 => {
                    match self.room(&destination.place).await {
                        Err(problem) => Found::Stops(problem),
                        Ok(names) => Found::ToBeMade {
                            snapshot,
                            alike: near::alike(&destination.secret, &names),
                        },
                    }
                }
                Ok(_) => Found::Stops(self.missing(destination, index == 0, destinations).await),
            };
            asked.push(Asked {
                about: destination.to_string(),
                destination: Some(destination),
                found,
            });
        }
        asked
    }

    /// [`Self::look`]. Where GitHub shows no secret, its place is asked for as well: what is hidden
    /// from us is not taken for deleted.
    ///
    /// # Errors
    /// When that cannot be seen.
    pub async fn seen(&self, destination: &Destination) -> Result<Snapshot, Problem> {
        let snapshot = self.look(destination).await?;
        if snapshot.updated_at.is_none() {
            self.prepare(&destination.place).await?;
        }
        Ok(snapshot)
    }

    /// A destination that does not exist: what is there instead, and what to write.
    pub async fn missing(
        &self,
        destination: &Destination,
        is_primary: bool,
        all: &[Destination],
    ) -> Problem {
        let problem = Problem::new(
            Code::SecretMissing,
            format!("secret {} does not exist in {}", destination.secret, destination.place),
        );
        let near = self.near(destination, all).await;
        let problem = near.causes().into_iter().fold(problem, Problem::cause);
        let instead = if is_primary {
            "create it with the value in use: the first destination is the secret that this run is handed"
        } else {
            "create it, or let tokenward do so: `create: true` at this destination"
        };
        problem.hint(match near.meant() {
            Some(meant) => format!("did you mean {meant}? If not, {instead}"),
            None => instead.to_owned(),
        })
    }
}
