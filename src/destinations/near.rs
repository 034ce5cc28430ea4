//! Suggestions for a secret that does not exist: similar names in the same store and in the other
//! stores of its repository. The number of pages and stores is bounded. A store that could not be
//! listed is reported, not skipped silently.

use serde_json::Value;

use super::secrets::Secrets;
use super::{path, writable};
use crate::domain::spelling::distance;
use crate::domain::text::sanitize;
use crate::domain::{Destination, Place, Repo, SecretName, Store, VisibilityRule};

/// How many pages of a hundred names are read from one store: enough for an organization's limit.
const MOST_PAGES: usize = 10;
/// How many environments of a repository are searched.
const MOST_ENVIRONMENTS: usize = 10;
/// How many repositories of an organization are searched.
const MOST_REPOS: usize = 3;
/// How many names are shown.
const MOST_SHOWN: usize = 3;

/// Names similar to the one that was not found.
#[derive(Debug, Default)]
pub(super) struct Near {
    /// The most similar first, each with its store.
    alike: Vec<String>,
    /// Stores whose names were read.
    looked: Vec<String>,
    /// Stores that our credential could not list.
    unseen: Vec<String>,
}

impl Near {
    /// The most similar name, with its store.
    pub(super) fn meant(&self) -> Option<&str> {
        self.alike.first().map(String::as_str)
    }

    /// Further similar names, and the stores that could not be listed.
    pub(super) fn causes(&self) -> Vec<String> {
        let mut causes = Vec::new();
        match self.alike.get(1..).unwrap_or_default() {
            [] if self.alike.is_empty() && !self.looked.is_empty() => {
                causes.push(format!(
                    "no secret with a similar name exists in {}",
                    self.looked.join(", ")
                ));
            }
            [] => {}
            others => causes.push(format!("other similar names: {}", others.join(", "))),
        }
        if self.alike.is_empty() && !self.unseen.is_empty() {
            causes.push(format!(
                "the credential could not list the secrets of {}",
                self.unseen.join(", ")
            ));
        }
        causes
    }
}

impl Secrets<'_> {
    /// Names similar to a missing destination's. `all` are the destinations of its token.
    pub(super) async fn near(&self, destination: &Destination, all: &[Destination]) -> Near {
        let mut near = Near::default();
        let mut found: Vec<(usize, bool, String)> = Vec::new();
        for place in self.sisters(&destination.place, all).await {
            let here = place == destination.place;
            let Some(names) = self.names(&place, destination.place.repo()).await else {
                near.unseen.push(place.to_string());
                continue;
            };
            if here || !names.is_empty() {
                near.looked.push(place.to_string());
            }
            let likely = |name: &SecretName| likeness(destination.secret.as_str(), name.as_str());
            found.extend(
                names
                    .iter()
                    .filter_map(|name| Some((likely(name)?, !here, format!("{name} in {place}")))),
            );
        }
        found.sort();
        near.alike = found.into_iter().take(MOST_SHOWN).map(|(.., words)| words).collect();
        near
    }

    /// Environments of a repository with similar names, the most similar first; empty if they
    /// cannot be listed.
    pub(super) async fn environments_like(&self, repo: &Repo, environment: &str) -> Vec<String> {
        let mut found: Vec<(usize, String)> = self
            .environments(repo)
            .await
            .unwrap_or_default()
            .into_iter()
            .filter_map(|name| {
                let lower = (environment.to_lowercase(), name.to_lowercase());
                Some((likeness(&lower.0, &lower.1).filter(|edits| *edits > 0)?, name))
            })
            .collect();
        found.sort();
        found.into_iter().take(MOST_SHOWN).map(|(_, name)| name).collect()
    }

    /// The stores to search, the place itself first.
    async fn sisters(&self, place: &Place, all: &[Destination]) -> Vec<Place> {
        let mut places = vec![place.clone()];
        let repos: Vec<Repo> = match place {
            Place::Repository { repo, .. } | Place::Environment { repo, .. } => vec![repo.clone()],
            Place::Organization { org, .. } => {
                let mut repos = Vec::new();
                for repo in all.iter().filter_map(|destination| destination.place.repo()) {
                    if repo.owner.eq_ignore_ascii_case(org)
                        && !repos.contains(repo)
                        && repos.len() < MOST_REPOS
                    {
                        repos.push(repo.clone());
                    }
                }
                repos
            }
        };
        for repo in repos {
            let stores = [Store::Actions, Store::Dependabot, Store::Codespaces];
            places.extend(stores.map(|store| Place::Repository { repo: repo.clone(), store }));
            let environments = self.environments(&repo).await.unwrap_or_default();
            places.extend(
                environments
                    .into_iter()
                    .map(|environment| Place::Environment { repo: repo.clone(), environment }),
            );
            if !matches!(place, Place::Organization { .. }) {
                places.push(Place::Organization {
                    org: repo.owner,
                    visibility: VisibilityRule::Preserve,
                });
            }
        }
        // The config may name an environment that could not be listed.
        places.extend(
            all.iter()
                .map(|destination| &destination.place)
                .filter(|other| other.repo().is_some() && other.repo() == place.repo())
                .cloned(),
        );
        let mut seen = std::collections::BTreeSet::new();
        places.retain(|place| seen.insert(place.to_string().to_lowercase()));
        places
    }

    /// The names in a store; `None` if they cannot be listed. Of an organization's secrets, a
    /// repository sees those that it can read.
    async fn names(&self, place: &Place, reader: Option<&Repo>) -> Option<Vec<SecretName>> {
        let address = match (place, reader) {
            (Place::Organization { .. }, Some(repo)) => {
                format!(
                    "{}/actions/organization-secrets",
                    path::owner(&Place::Repository { repo: repo.clone(), store: Store::Actions })
                )
            }
            _ => path::store(place),
        };
        let mut listed = self.listed.lock().await;
        if let Some(known) = listed.names.get(&address) {
            return known.clone();
        }
        let names = self.read_names(&address).await;
        listed.names.insert(address, names.clone());
        names
    }

    async fn read_names(&self, address: &str) -> Option<Vec<SecretName>> {
        let mut pages = self.github().pages(&format!("{address}?per_page=100"));
        let mut names = Vec::new();
        for _ in 0..MOST_PAGES {
            let Some(page) = pages.next().await.ok()? else { break };
            names.extend(writable::names(&page));
        }
        Some(names)
    }

    /// The environments of a repository, up to the limit.
    async fn environments(&self, repo: &Repo) -> Option<Vec<String>> {
        let mut listed = self.listed.lock().await;
        if let Some(known) = listed.environments.get(repo) {
            return known.clone();
        }
        let names = self.read_environments(repo).await;
        listed.environments.insert(repo.clone(), names.clone());
        names
    }

    async fn read_environments(&self, repo: &Repo) -> Option<Vec<String>> {
        let address = path::owner(&Place::Repository { repo: repo.clone(), store: Store::Actions });
        let reply = self
            .github()
            .get(&format!("{address}/environments?per_page={MOST_ENVIRONMENTS}"))
            .await
            .ok()?;
        let listed = reply.body.get("environments").and_then(Value::as_array)?;
        let names = listed
            .iter()
            .filter_map(|environment| environment.get("name")?.as_str().map(str::to_owned));
        Some(names.filter(|name| sanitize(name) == *name).take(MOST_ENVIRONMENTS).collect())
    }
}

/// The existing name that a secret to be created may be a misspelling of.
pub(super) fn alike(secret: &SecretName, names: &[SecretName]) -> Option<String> {
    let nearest = names
        .iter()
        .filter_map(|name| Some((likeness(secret.as_str(), name.as_str())?, name)))
        .min()?;
    Some(nearest.1.to_string())
}

/// The edit distance of two names, if it is small enough for a misspelling.
fn likeness(name: &str, other: &str) -> Option<usize> {
    let edits = distance(name, other);
    (edits <= (name.len() / 3).max(1) && edits < other.len()).then_some(edits)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_of_another_token_is_not_like_it() {
        assert_eq!(likeness("SENDGRID_APIKEY", "SENDGRID_API_KEY"), Some(1));
        assert_eq!(likeness("SENDGRID_API_KEY", "SENDGRID_API_KEY"), Some(0));
        assert_eq!(likeness("SENDGRID_API_KEY", "HUBSPOT_TOKEN"), None);
    }
}
