//! Who is handed a secret: the repositories whose workflow runs may hold its value. Says so where
//! that cannot be known.

use serde_json::Value;

use super::path;
use super::secrets::Secrets;
use crate::domain::{Destination, Place, Problem, Repo, Store};

/// Who is handed a secret.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Readers {
    /// The workflow runs of these repositories.
    Runs(Vec<Repo>),
    /// Whom nobody tells; why, as a sentence fragment.
    Unknown(String),
}

impl Secrets<'_> {
    /// Who is handed this secret. Asks GitHub for an organization's only: one read, and one a
    /// hundred repositories more.
    ///
    /// # Errors
    /// When GitHub does not show it.
    pub async fn readers(&self, destination: &Destination) -> Result<Readers, Problem> {
        match &destination.place {
            Place::Repository { store: Store::Codespaces, .. } => Ok(Readers::Unknown(format!(
                "{destination} is handed to codespaces, which are no workflow runs"
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
                        "{destination} is handed to the repositories of {org} by its visibility ({visibility}), and not all of them may be seen"
                    )));
                }
                self.selected_repos(destination).await.map(Readers::Runs)
            }
        }
    }

    async fn selected_repos(&self, destination: &Destination) -> Result<Vec<Repo>, Problem> {
        let what = format!("list the repositories that may read {destination}");
        let address = format!("{}/repositories?per_page=100", path::secret(destination));
        let pages =
            self.github().get_pages(&address).await.map_err(|trouble| trouble.to_problem(&what))?;
        let names = pages.iter().flat_map(|page| {
            page.get("repositories").and_then(Value::as_array).into_iter().flatten()
        });
        Ok(names.filter_map(|repo| Repo::parse(repo.get("full_name")?.as_str()?)).collect())
    }
}
