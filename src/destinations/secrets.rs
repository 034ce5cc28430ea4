//! GitHub's secrets: read their metadata, write them, and verify the write. A value leaves this
//! module only in a sealed box. Writing the same value twice is harmless, so a write whose response
//! was lost is retried, at most twice.

use std::collections::BTreeMap;
use std::time::Duration;

use http::Method;
use serde_json::{Value, json};
use tokio::sync::Mutex;
use tokio::time::sleep;

use super::keys::Keys;
use super::{path, problems, seal};
use crate::domain::secret::keyed_hash;
use crate::domain::{
    Destination, Place, Problem, Repo, Secret, SecretName, Timestamp, VisibilityRule, ids, text,
};
use crate::net::github::{Cause, GitHub, GitHubError, Use};

/// GitHub's limit for one secret. Source: GitHub's "Secrets reference", limits.
pub const LARGEST_VALUE: usize = 48 * 1024;
/// How often one write is tried: the first attempt, and retries after an unclear response.
const WRITE_ATTEMPTS: u32 = 3;
/// How often we check whether a write is visible.
const LOOKS: u32 = 4;

/// Who may read an organization secret.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reach {
    /// `all`, `private` or `selected`, in GitHub's words.
    pub visibility: String,
    /// The selected repositories' ids, sorted; empty unless `selected`.
    pub repositories: Vec<u64>,
}

impl Reach {
    /// The visibility, and which repositories: a hash, since there may be a thousand.
    #[must_use]
    pub fn digest(&self) -> String {
        let ids: Vec<String> = self.repositories.iter().map(ToString::to_string).collect();
        let hash = keyed_hash(b"tokenward reach 1", ids.join(",").as_bytes());
        let repositories = text::count(ids.len(), "repository", "repositories");
        if ids.is_empty() {
            self.visibility.clone()
        } else {
            format!(
                "{} ({repositories}, {})",
                self.visibility,
                ids::hex(hash.get(..4).unwrap_or_default())
            )
        }
    }
}

/// The current metadata of a destination.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Snapshot {
    /// When it was last written; `None` if there is no such secret.
    pub updated_at: Option<Timestamp>,
    /// Who may read it, for an organization secret.
    pub reach: Option<Reach>,
}

/// A verified write.
#[derive(Debug)]
pub struct Arrival {
    /// When GitHub says it was written.
    pub at: Timestamp,
    /// Whether the secret did not exist before.
    pub created: bool,
    /// Problems that a person should know about although the write succeeded.
    pub problems: Vec<Problem>,
}

/// A write that is not verified.
#[derive(Debug)]
pub enum PutError {
    /// The destination certainly still holds the old value.
    Refused(Problem),
    /// A rate limit: the destination certainly still holds the old value, and can be written later.
    Later(Problem),
    /// It is unknown which value the destination holds.
    Unclear(Problem),
}

impl PutError {
    /// The problem to report.
    #[must_use]
    pub fn into_problem(self) -> Problem {
        match self {
            Self::Refused(problem) | Self::Later(problem) | Self::Unclear(problem) => problem,
        }
    }
}

/// The result of creating a secret.
#[derive(Debug)]
pub enum Creation {
    /// It was created, and holds the value.
    Made,
    /// It already existed, and was not changed.
    There,
    /// It exists now, but it is unknown who created it: the response was lost.
    Unclear(Problem),
}

/// All secret stores that our credential can write.
pub struct Secrets<'a> {
    github: &'a GitHub,
    keys: Keys,
    /// Why a repository cannot be written, for the repositories checked so far.
    pub(super) repos: Mutex<BTreeMap<Repo, Option<Problem>>>,
    /// The names beside a missing secret: read once per run, only for suggestions.
    pub(super) listed: Mutex<Listed>,
}

/// Names that were listed so far; `None` if a list could not be read.
#[derive(Default)]
pub(super) struct Listed {
    /// The secrets of a store, by its address.
    pub(super) names: BTreeMap<String, Option<Vec<SecretName>>>,
    /// The environments of a repository.
    pub(super) environments: BTreeMap<Repo, Option<Vec<String>>>,
}

impl<'a> Secrets<'a> {
    /// The stores as `github` sees them.
    #[must_use]
    pub fn new(github: &'a GitHub) -> Self {
        Self { github, keys: Keys::default(), repos: Mutex::default(), listed: Mutex::default() }
    }

    pub(super) fn github(&self) -> &'a GitHub {
        self.github
    }

    /// Reads a destination's metadata: one read, plus one per hundred repositories for an
    /// organization secret with selected repositories.
    ///
    /// # Errors
    /// If GitHub does not show it.
    pub async fn look(&self, destination: &Destination) -> Result<Snapshot, Problem> {
        match self.read(destination).await {
            Ok(snapshot) => Ok(snapshot),
            Err(trouble) => Err(trouble.to_problem(&format!("read {destination}"))),
        }
    }

    /// Fetches the store's public key, which also proves that our credential can read the store.
    /// One read per store and run.
    ///
    /// # Errors
    /// If the place does not exist, or our credential cannot read its secrets; as far as GitHub
    /// lets us distinguish the two.
    pub async fn prepare(&self, place: &Place) -> Result<(), Problem> {
        let trouble = match self.keys.get(self.github, &path::store(place)).await {
            Ok(_) => return Ok(()),
            Err(trouble) => trouble,
        };
        let what = format!("read the secrets of {place}");
        if !matches!(trouble, GitHubError::NotFound) {
            return Err(trouble.to_problem(&what));
        }
        // GitHub answers 404 both for what we cannot access and for what does not exist. Whether we
        // can read the owner distinguishes the two.
        match (self.github.get(&path::owner(place)).await, place) {
            (Ok(_), Place::Environment { repo, environment }) => {
                let similar = self.environments_like(repo, environment).await;
                Err(problems::environment_missing(repo, environment, &similar))
            }
            (Ok(_), _) => Err(GitHubError::Permission { accepted: None, message: String::new() }
                .to_problem(&what)),
            (Err(GitHubError::NotFound), _) => Err(GitHubError::NotFound.to_problem(&what)),
            (Err(trouble), _) => Err(trouble.to_problem(&what)),
        }
    }

    async fn read(&self, destination: &Destination) -> Result<Snapshot, GitHubError> {
        let address = path::secret(destination);
        let body = match self.github.get(&address).await {
            Ok(reply) => reply.body,
            Err(GitHubError::NotFound) => return Ok(Snapshot { updated_at: None, reach: None }),
            Err(trouble) => return Err(trouble),
        };
        // A response about another secret says nothing about this one.
        let name = body
            .get("name")
            .and_then(Value::as_str)
            .filter(|name| name.eq_ignore_ascii_case(destination.secret.as_str()));
        name.ok_or_else(|| unreadable("`name`"))?;
        let updated_at = body.get("updated_at").and_then(Value::as_str).and_then(Timestamp::parse);
        let updated_at = Some(updated_at.ok_or_else(|| unreadable("`updated_at`"))?);
        let Place::Organization { .. } = destination.place else {
            return Ok(Snapshot { updated_at, reach: None });
        };
        let visibility = body
            .get("visibility")
            .and_then(Value::as_str)
            .ok_or_else(|| unreadable("`visibility`"))?
            .to_owned();
        let repositories =
            if visibility == "selected" { self.selected(&address).await? } else { Vec::new() };
        Ok(Snapshot { updated_at, reach: Some(Reach { visibility, repositories }) })
    }

    async fn selected(&self, address: &str) -> Result<Vec<u64>, GitHubError> {
        let pages = self.github.get_pages(&format!("{address}/repositories?per_page=100")).await?;
        let mut ids = Vec::new();
        for page in &pages {
            let repositories = page
                .get("repositories")
                .and_then(Value::as_array)
                .ok_or_else(|| unreadable("`repositories`"))?;
            for repository in repositories {
                ids.push(
                    repository
                        .get("id")
                        .and_then(Value::as_u64)
                        .ok_or_else(|| unreadable("a repository's `id`"))?,
                );
            }
        }
        // A missing page would silently remove the secret from the repositories on it.
        let total = pages.first().and_then(|page| page.get("total_count")).and_then(Value::as_u64);
        if total.is_some_and(|total| total != ids.len() as u64) {
            return Err(unreadable("the whole list of repositories"));
        }
        ids.sort_unstable();
        Ok(ids)
    }

    /// Seals `value`, writes it, and verifies the write. `before` is what [`Self::look`] returned;
    /// its reach is kept.
    ///
    /// # Errors
    /// Whether the destination certainly still holds the old value, or may hold either.
    pub async fn put(
        &self,
        destination: &Destination,
        value: &Secret,
        before: &Snapshot,
    ) -> Result<Arrival, PutError> {
        // No secret before, or a 201 although there was one: either way the secret is new.
        let mut created = before.updated_at.is_none();
        let mut unclear = None;
        for attempt in 1..=WRITE_ATTEMPTS {
            match self.write(destination, value, before).await {
                Ok(status) => created |= status == 201,
                Err(trouble)
                    if matches!(trouble, GitHubError::Silent { .. })
                        && attempt < WRITE_ATTEMPTS =>
                {
                    unclear = (!trouble.is_without_effect()).then_some(()).or(unclear);
                    sleep(Duration::from_secs(u64::from(attempt))).await;
                    continue;
                }
                Err(trouble)
                    if attempt < WRITE_ATTEMPTS && self.github.wait_out(&trouble).await =>
                {
                    continue;
                }
                Err(trouble) => {
                    let certain = unclear.is_none() && trouble.is_without_effect();
                    let problem = problems::write_failed(destination, &trouble);
                    if certain && matches!(trouble, GitHubError::RateLimited { .. }) {
                        return Err(PutError::Later(problem));
                    }
                    let unwritten =
                        certain && self.is_unwritten(destination, before, &trouble).await;
                    return Err(if unwritten {
                        PutError::Refused(problem)
                    } else {
                        PutError::Unclear(problem)
                    });
                }
            }
            match self.arrived(destination, before, created).await? {
                Some(arrival) => return Ok(arrival),
                // The write may have fallen into the same second as the previous one: write again,
                // in a later second.
                None => sleep(Duration::from_secs(1)).await,
            }
        }
        Err(PutError::Unclear(problems::write_unseen(destination)))
    }

    /// Whether a refused write left the secret unchanged. A status alone is no proof, since a proxy
    /// could have answered after the value was stored, and a key is deleted because of this. If no
    /// response came and nothing was sent, no check is needed.
    async fn is_unwritten(
        &self,
        destination: &Destination,
        before: &Snapshot,
        trouble: &GitHubError,
    ) -> bool {
        if matches!(trouble, GitHubError::Silent { .. }) {
            return true;
        }
        self.look(destination).await.is_ok_and(|now| now.updated_at == before.updated_at)
    }

    /// Creates a secret that does not exist yet, in one write. GitHub has no request that only
    /// creates, so this checks before, and the response says whether it was created.
    ///
    /// # Errors
    /// If it certainly was not created, or another writer created it at the same time and this
    /// write overwrote it.
    pub async fn create(
        &self,
        destination: &Destination,
        value: &Secret,
    ) -> Result<Creation, Problem> {
        let before = self.look(destination).await?;
        if before.updated_at.is_some() {
            return Ok(Creation::There);
        }
        let trouble = match self.write(destination, value, &before).await {
            Ok(201) => return Ok(Creation::Made),
            Ok(_) => return Err(problems::created_by_another(destination)),
            Err(trouble) => trouble,
        };
        if trouble.is_without_effect() || self.look(destination).await?.updated_at.is_none() {
            return Err(problems::not_created(destination, &trouble));
        }
        Ok(Creation::Unclear(problems::write_failed(destination, &trouble)))
    }

    /// Deletes a secret; returns whether there was one.
    ///
    /// # Errors
    /// If GitHub did not delete it, or did not say.
    pub async fn remove(&self, destination: &Destination) -> Result<bool, Problem> {
        match self.github.write(Method::DELETE, &path::secret(destination), None, Use::Secret).await
        {
            Ok(_) => Ok(true),
            Err(GitHubError::NotFound) => Ok(false),
            Err(trouble) => Err(trouble.to_problem(&format!("delete {destination}"))),
        }
    }

    /// One write; if GitHub cannot open the box, the public key is fetched again, once.
    async fn write(
        &self,
        destination: &Destination,
        value: &Secret,
        before: &Snapshot,
    ) -> Result<u16, GitHubError> {
        match self.write_once(destination, value, before).await {
            Err(GitHubError::Refused { cause: Cause::KeyOutdated, .. }) => {
                self.keys.forget(&path::store(&destination.place)).await;
                self.write_once(destination, value, before).await
            }
            outcome => outcome,
        }
    }

    async fn write_once(
        &self,
        destination: &Destination,
        value: &Secret,
        before: &Snapshot,
    ) -> Result<u16, GitHubError> {
        let key = self.keys.get(self.github, &path::store(&destination.place)).await?;
        let sealed = seal::seal(&key.bytes, value).ok_or_else(|| GitHubError::Silent {
            why: "the value could not be sealed".to_owned(),
            without_effect: true,
        })?;
        let mut body = json!({"encrypted_value": sealed, "key_id": key.id});
        if let (Place::Organization { visibility, .. }, Value::Object(body)) =
            (&destination.place, &mut body)
        {
            let reach = wanted_reach(*visibility, before);
            body.insert("visibility".to_owned(), reach.visibility.clone().into());
            // Without this, GitHub would clear the list.
            if reach.visibility == "selected" {
                body.insert("selected_repository_ids".to_owned(), reach.repositories.into());
            }
        }
        Ok(self
            .github
            .write(Method::PUT, &path::secret(destination), Some(&body), Use::Secret)
            .await?
            .status)
    }

    /// Waits until the write is visible; `None` if GitHub still shows the time of the previous
    /// write.
    async fn arrived(
        &self,
        destination: &Destination,
        before: &Snapshot,
        created: bool,
    ) -> Result<Option<Arrival>, PutError> {
        let mut after = None;
        for look in 0..LOOKS {
            sleep(Duration::from_millis(250 * u64::from(look) * u64::from(look))).await;
            let snapshot = self.read(destination).await.map_err(|trouble| {
                PutError::Unclear(problems::write_failed(destination, &trouble))
            })?;
            if snapshot.updated_at > before.updated_at {
                after = Some(snapshot);
                break;
            }
        }
        let Some((after, at)) = after.and_then(|after| after.updated_at.map(|at| (after, at)))
        else {
            return Ok(None);
        };
        let mut found = Vec::new();
        // No problem if the config says to create it.
        let asked_for = destination.create && before.updated_at.is_none();
        if created && !asked_for {
            found.push(problems::created_unexpectedly(destination));
        }
        if let Place::Organization { visibility, .. } = &destination.place
            && after.reach.as_ref() != Some(&wanted_reach(*visibility, before))
        {
            found.push(problems::visibility_changed(destination));
        }
        Ok(Some(Arrival { at, created, problems: found }))
    }
}

/// Who can read an organization's secret after our write; `None` for other places.
#[must_use]
pub fn reach_after(destination: &Destination, before: &Snapshot) -> Option<Reach> {
    let Place::Organization { visibility, .. } = &destination.place else { return None };
    Some(wanted_reach(*visibility, before))
}

/// Who can read the secret after our write: as the config says, or the same as before.
fn wanted_reach(rule: VisibilityRule, before: &Snapshot) -> Reach {
    let fixed =
        |visibility: &str| Reach { visibility: visibility.to_owned(), repositories: Vec::new() };
    match rule {
        VisibilityRule::All => fixed("all"),
        VisibilityRule::Private => fixed("private"),
        VisibilityRule::Preserve => before.reach.clone().unwrap_or_else(|| Reach {
            visibility: "selected".to_owned(),
            repositories: Vec::new(),
        }),
    }
}

fn unreadable(what: &str) -> GitHubError {
    GitHubError::Silent {
        why: format!("{what} is missing in GitHub's response"),
        without_effect: true,
    }
}
