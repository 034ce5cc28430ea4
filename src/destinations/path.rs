//! The addresses of GitHub's secret stores. Every part that a person wrote is percent-encoded.
//! Source: GitHub's REST description; environment secrets have only the path under the repository's
//! name.

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

use crate::domain::{Destination, Place, Store};

/// All but RFC 3986's unreserved characters.
const PART: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'_').remove(b'.').remove(b'~');

fn part(text: &str) -> String {
    utf8_percent_encode(text, PART).to_string()
}

/// The store that holds a place's secrets.
pub(super) fn store(place: &Place) -> String {
    match place {
        Place::Repository { repo, store } => {
            let store = match store {
                Store::Actions => "actions",
                Store::Dependabot => "dependabot",
                Store::Codespaces => "codespaces",
            };
            format!("/repos/{}/{}/{store}/secrets", part(&repo.owner), part(&repo.name))
        }
        Place::Environment { repo, environment } => {
            format!(
                "/repos/{}/{}/environments/{}/secrets",
                part(&repo.owner),
                part(&repo.name),
                part(environment)
            )
        }
        Place::Organization { org, .. } => format!("/orgs/{}/actions/secrets", part(org)),
    }
}

/// One secret.
pub(super) fn secret(destination: &Destination) -> String {
    format!("{}/{}", store(&destination.place), destination.secret)
}

/// What the place belongs to: a repository or an organization.
pub(super) fn owner(place: &Place) -> String {
    match place {
        Place::Repository { repo, .. } | Place::Environment { repo, .. } => {
            format!("/repos/{}/{}", part(&repo.owner), part(&repo.name))
        }
        Place::Organization { org, .. } => format!("/orgs/{}", part(org)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{Repo, SecretName};

    #[test]
    fn environment_names_are_percent_encoded() {
        let place = Place::Environment {
            repo: Repo::parse("acme/site").unwrap(),
            environment: "prod/eu west ü".to_owned(),
        };
        let destination = Destination {
            place,
            secret: SecretName::parse("KEY").unwrap(),
            part: None,
            create: false,
        };
        assert_eq!(
            secret(&destination),
            "/repos/acme/site/environments/prod%2Feu%20west%20%C3%BC/secrets/KEY"
        );
    }
}
