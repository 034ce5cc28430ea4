//! The repositories whose workflow runs receive a secret, or why that is unknown.

use serde_json::Value;

use super::path;
use super::secrets::Secrets;
use crate::domain::{Destination, Place, Problem, Repo, Store};

/// Who receives a secret.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Readers {
    /// The workflow runs of these repositories.
    Runs(Vec<Repo>),
    /// Unknown; why, as a sentence fragment.
    Unknown(String),
}

impl Secrets<'_> {
    /// Who receives this secret. Asks GitHub only for an organization's secret: one read, plus one
    /// per hundred repositories.
    ///
    /// # Errors
    /// If GitHub does not show it.
    pub async fn readers(&self, destination: &Destination) -> Result<Readers, Problem> {
        match &destination.place {
            Place::Repository { store: Store::Codespaces, .. } => Ok(Readers::Unknown(format!(
                "codespaces, which are not workflow runs, receive {destination}"
            ))),
            Place::Repository { repo, .. } | Place::Environment { repo, .. } => {
                Ok(Readers::Runs(vec![repo.clone()]))
            }
            Place::Organization { org, .. } => {
                let reach = self.look(destination).await?.reach;
                let visibility =
                    reach.map_or_else(|| "unknown".to_owned(), |reach| reach.visibility);
                if visibility != "selected" {
                    return Ok(Readers::Unknown(format!(
                        "the visibility `{visibility}` gives {destination} to repositories of {org} that the credential may not be able to see"
                    )));
                }
                self.selected_repos(destination).await.map(Readers::Runs)
            }
        }
    }

    async fn selected_repos(&self, destination: &Destination) -> Result<Vec<Repo>, Problem> {
        let what = format!("list the repositories that can read {destination}");
        let address = format!("{}/repositories?per_page=100", path::secret(destination));
        let pages =
            self.github().get_pages(&address).await.map_err(|trouble| trouble.to_problem(&what))?;
        let names = pages.iter().flat_map(|page| {
            page.get("repositories").and_then(Value::as_array).into_iter().flatten()
        });
        Ok(names.filter_map(|repo| Repo::parse(repo.get("full_name")?.as_str()?)).collect())
    }
}
