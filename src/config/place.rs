//! Which keys of a destination can be combined, and which place they name, by GitHub's rules.

use super::names::Target;
use crate::domain::{Place, Store, VisibilityRule};

/// Two keys that exclude each other.
pub(crate) struct Clash {
    /// The key to point at.
    pub(crate) key: &'static str,
    pub(crate) message: &'static str,
    pub(crate) hint: &'static str,
}

/// The place that the keys of a destination name.
pub(crate) fn place(
    target: Target,
    environment: Option<String>,
    store: Option<Store>,
    visibility: Option<VisibilityRule>,
) -> Result<Place, Clash> {
    let store = store.unwrap_or_default();
    match (target, environment) {
        (Target::Organization(_), Some(_)) => Err(Clash {
            key: "environment",
            message: "an organization has no environments",
            hint: "write the repository of the environment: `github: owner/repo`",
        }),
        (Target::Organization(_), None) if store != Store::Actions => Err(Clash {
            key: "store",
            message: "only Actions secrets of an organization are supported",
            hint: "remove `store`, or list the repositories as destinations: `github: owner/repo`",
        }),
        (Target::Organization(org), None) => {
            Ok(Place::Organization { org, visibility: visibility.unwrap_or_default() })
        }
        (Target::Repository(_), _) if visibility.is_some() => Err(Clash {
            key: "visibility",
            message: "only an organization's secret has a visibility",
            hint: "remove `visibility`, or write only the organization: `github: owner`",
        }),
        (Target::Repository(_), Some(_)) if store != Store::Actions => Err(Clash {
            key: "store",
            message: "an environment has only Actions secrets",
            hint: "remove either `store` or `environment`",
        }),
        (Target::Repository(repo), Some(environment)) => {
            Ok(Place::Environment { repo, environment })
        }
        (Target::Repository(repo), None) => Ok(Place::Repository { repo, store }),
    }
}

/// Whether a run can receive the value from there.
pub(crate) fn can_be_primary(place: &Place) -> bool {
    matches!(place, Place::Repository { store: Store::Actions, .. } | Place::Environment { .. })
}
