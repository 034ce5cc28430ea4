//! GitHub's secret stores: look, write, and see that it arrived. A value leaves this module only
//! inside a sealed box. Writing the same value twice is harmless, so a write whose answer was lost
//! is looked at and then repeated, at most twice.

use std::collections::BTreeMap;
use std::time::Duration;

use http::Method;
use serde_json::{Value, json};
use tokio::sync::Mutex;
use tokio::time::sleep;

use super::keys::Keys;
use super::{path, seal};
use crate::domain::secret::keyed_hash;
use crate::domain::{
    Code, Destination, Place, Problem, Repo, Secret, SecretName, Timestamp, VisibilityRule, ids,
    text,
};
use crate::net::github::{Cause, GitHub, GitHubError, Use};

/// GitHub's limit for one secret. Source: GitHub's "Secrets reference", limits.
pub const LARGEST_VALUE: usize = 48 * 1024;
/// How often one write is tried: first, and after an answer that said nothing.
const WRITE_ATTEMPTS: u32 = 3;
/// How often we look whether a write has become visible.
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

/// A destination as it is now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Snapshot {
    /// When it was last written; `None` where there is no such secret.
    pub updated_at: Option<Timestamp>,
    /// Who may read it, for an organization secret.
    pub reach: Option<Reach>,
}

/// A write that was seen to have arrived.
#[derive(Debug)]
pub struct Arrival {
    /// When GitHub says it was written.
    pub at: Timestamp,
    /// Whether the secret did not exist before.
    pub created: bool,
    /// What a person should know nevertheless.
    pub problems: Vec<Problem>,
}

/// A write that was not seen to have arrived.
#[derive(Debug)]
pub enum PutError {
    /// The destination certainly holds what it held.
    Refused(Problem),
    /// A rate limit: the destination certainly holds what it held, and may be written later.
    Later(Problem),
    /// Nobody knows what the destination holds.
    Unclear(Problem),
}

impl PutError {
    /// What a person is told.
    #[must_use]
    pub fn into_problem(self) -> Problem {
        match self {
            Self::Refused(problem) | Self::Later(problem) | Self::Unclear(problem) => problem,
        }
    }
}

/// What became of a secret that was to be made.
#[derive(Debug)]
pub enum Creation {
    /// It was made, and holds the value.
    Made,
    /// It was there before, and was left as it is.
    There,
    /// It is there now, and nobody knows who made it: the answer was lost.
    Unclear(Problem),
}

/// Every secret store our credential may write.
pub struct Secrets<'a> {
    github: &'a GitHub,
    keys: Keys,
    /// Why a repository takes no writes, by the repositories asked so far.
    pub(super) repos: Mutex<BTreeMap<Repo, Option<Problem>>>,
    /// What there is beside a secret that is missing: read once a run, for suggestions alone.
    pub(super) listed: Mutex<Listed>,
}

/// Names that were listed so far; `None` where they could not be.
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

    /// Looks at a destination: one read, and one a hundred repositories more for an organization
    /// secret with selected ones.
    ///
    /// # Errors
    /// When GitHub does not show it.
    pub async fn look(&self, destination: &Destination) -> Result<Snapshot, Problem> {
        match self.read(destination).await {
            Ok(snapshot) => Ok(snapshot),
            Err(trouble) => Err(trouble.to_problem(&format!("read {destination}"))),
        }
    }

    /// Fetches the store's public key, which also proves that our credential may read the store.
    /// One read a store and run.
    ///
    /// # Errors
    /// When the place does not exist, or our credential may not read its secrets: told apart as far
    /// as GitHub lets us.
    pub async fn prepare(&self, place: &Place) -> Result<(), Problem> {
        let trouble = match self.keys.get(self.github, &path::store(place)).await {
            Ok(_) => return Ok(()),
            Err(trouble) => trouble,
        };
        let what = format!("read the secrets of {place}");
        if !matches!(trouble, GitHubError::NotFound) {
            return Err(trouble.to_problem(&what));
        }
        // GitHub hides what we may not see behind the same 404 as what is not there. The owner
        // tells the two apart.
        match (self.github.get(&path::owner(place)).await, place) {
            (Ok(_), Place::Environment { repo, environment }) => {
                let create = format!(
                    "create it under https://github.com/{repo}/settings/environments, or correct `environment:`"
                );
                let like = self.environments_like(repo, environment).await;
                let hint = if like.is_empty() {
                    create
                } else {
                    format!("did you mean {}? If not, {create}", like.join(" or "))
                };
                Err(Problem::new(
                    Code::EnvironmentMissing,
                    format!("{repo} has no environment {environment:?}"),
                )
                .cause("GitHub shows the repository, and says 404 for the environment")
                .hint(hint))
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
        // An answer about another secret says nothing of this one.
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
        // A page that went missing would silently take the secret away from the repositories on it.
        let total = pages.first().and_then(|page| page.get("total_count")).and_then(Value::as_u64);
        if total.is_some_and(|total| total != ids.len() as u64) {
            return Err(unreadable("the whole list of repositories"));
        }
        ids.sort_unstable();
        Ok(ids)
    }

    /// Seals `value`, writes it, and looks until it is seen. `before` is what [`Self::look`] saw:
    /// its reach is kept.
    ///
    /// # Errors
    /// Whether the destination certainly holds what it held, or may hold either.
    pub async fn put(
        &self,
        destination: &Destination,
        value: &Secret,
        before: &Snapshot,
    ) -> Result<Arrival, PutError> {
        // Nothing there before, or a 201 although something was: either way the secret is new.
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
                    let problem = push_problem(destination, &trouble);
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
                // The write fell into the same second as the one before it: once more, in a later
                // second.
                None => sleep(Duration::from_secs(1)).await,
            }
        }
        let problem = Problem::new(
            Code::PushFailed,
            format!("{destination} was written, and GitHub does not show it"),
        )
        .cause("`updated_at` did not move after the write")
        .hint("run it again; the same value is written once more");
        Err(PutError::Unclear(problem))
    }

    /// Whether a write that was refused left the secret as it was. A status is a word: something on
    /// the way may have stored the value and answered otherwise, and on this a key is deleted.
    /// Where nothing was answered nothing was sent, and there is no word to doubt.
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

    /// Writes a secret that is not there yet, once. GitHub cannot be asked to write only what does
    /// not exist, so it is looked at before, and the answer says whether it was made.
    ///
    /// # Errors
    /// When it certainly was not made, or when somebody else made it at the same moment and it was
    /// overwritten.
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
            Ok(_) => {
                return Err(Problem::new(Code::JournalLost, format!("{destination} was made by somebody else at the same moment"))
                    .cause("GitHub answered 204 (updated), not 201 (created)")
                    .hint("run it again: the next run is handed what the secret holds; if the journal is refused then, remove its ref")
                    .state("nothing was journalled"));
            }
            Err(trouble) => trouble,
        };
        let problem = push_problem(destination, &trouble);
        if trouble.is_without_effect() || self.look(destination).await?.updated_at.is_none() {
            return Err(problem.state("nothing was journalled; the next run tries again"));
        }
        Ok(Creation::Unclear(problem))
    }

    /// Removes a secret; says whether there was one.
    ///
    /// # Errors
    /// When GitHub did not remove it, or did not say.
    pub async fn remove(&self, destination: &Destination) -> Result<bool, Problem> {
        match self.github.write(Method::DELETE, &path::secret(destination), None, Use::Secret).await
        {
            Ok(_) => Ok(true),
            Err(GitHubError::NotFound) => Ok(false),
            Err(trouble) => Err(trouble.to_problem(&format!("remove {destination}"))),
        }
    }

    /// One write; where GitHub cannot open the box, the key is fetched once again.
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
            // Left out, GitHub would clear the list.
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

    /// Looks until the write is seen; `None` where GitHub shows the time of the write before ours.
    async fn arrived(
        &self,
        destination: &Destination,
        before: &Snapshot,
        created: bool,
    ) -> Result<Option<Arrival>, PutError> {
        let mut after = None;
        for look in 0..LOOKS {
            sleep(Duration::from_millis(250 * u64::from(look) * u64::from(look))).await;
            let snapshot = self
                .read(destination)
                .await
                .map_err(|trouble| PutError::Unclear(push_problem(destination, &trouble)))?;
            if snapshot.updated_at > before.updated_at {
                after = Some(snapshot);
                break;
            }
        }
        let Some((after, at)) = after.and_then(|after| after.updated_at.map(|at| (after, at)))
        else {
            return Ok(None);
        };
        let mut problems = Vec::new();
        // What the config asks for is no surprise.
        let asked_for = destination.create && before.updated_at.is_none();
        if created && !asked_for {
            problems.push(
                Problem::new(Code::SecretDidNotExist, format!("{destination} did not exist before this rotation"))
                    .cause("GitHub answered 201 (created), not 204 (updated)")
                    .hint("if the name is misspelt, correct the config and delete the new secret; consumers of the right name still hold the old value")
                    .state("the new value is there; the old one is not revoked before the next run proves the primary secret"),
            );
        }
        if let Place::Organization { visibility, .. } = &destination.place
            && after.reach.as_ref() != Some(&wanted_reach(*visibility, before))
        {
            problems.push(
                Problem::new(
                    Code::VisibilityChanged,
                    format!("the repositories that may read {destination} are not those of before"),
                )
                .cause("somebody changed them at the same time, or GitHub did")
                .hint("compare the list in the organization's settings"),
            );
        }
        Ok(Some(Arrival { at, created, problems }))
    }
}

/// Who may read an organization's secret after our write; nothing is said of other places.
#[must_use]
pub fn reach_after(destination: &Destination, before: &Snapshot) -> Option<Reach> {
    let Place::Organization { visibility, .. } = &destination.place else { return None };
    Some(wanted_reach(*visibility, before))
}

/// Who may read the secret after our write: what the config says, or whoever could before.
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

fn push_problem(destination: &Destination, trouble: &GitHubError) -> Problem {
    let problem = trouble.to_problem(&format!("write {destination}"));
    // The one id for all that has none of its own.
    let id = if problem.id == Code::GithubRefused { Code::PushFailed } else { problem.id };
    Problem { id, ..problem }
}

fn unreadable(what: &str) -> GitHubError {
    GitHubError::Silent { why: format!("GitHub's answer lacks {what}"), without_effect: true }
}
