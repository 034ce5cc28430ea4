//! For `doctor`: the permissions that a workflow requests for the token of a GitHub App. GitHub
//! shows only in the response to a write whether such a token may write secrets; the workflow shows
//! it earlier.

use std::collections::BTreeSet;

use serde_yaml::Value;

use super::session::Session;
use super::workflow_file::{steps, text_of};
use crate::domain::{Place, Store};

/// The Action that creates such a token.
const MAKER: &str = "/create-github-app-token@";

/// The permissions that a destination needs and that the token in `secrets_token` lacks, if the
/// step of `job` that creates the token limits its permissions.
pub(super) fn lacking(session: &Session<'_>, job: &Value, secrets_token: &str) -> Vec<String> {
    let makes = |step: &&Value| {
        let id = text_of(step, "id");
        text_of(step, "uses").contains(MAKER)
            && !id.is_empty()
            && secrets_token.contains(&format!("steps.{id}.outputs.token"))
    };
    let Some(inputs) =
        steps(job).find(makes).and_then(|step| step.get("with")).and_then(Value::as_mapping)
    else {
        return Vec::new();
    };
    let asked = |name: &str| inputs.get(name).and_then(Value::as_str);
    let narrows =
        inputs.keys().filter_map(Value::as_str).any(|name| name.starts_with("permission-"));
    if !narrows {
        return Vec::new();
    }
    let needed: BTreeSet<&str> = session
        .config
        .tokens
        .iter()
        .flat_map(|token| &token.destinations)
        .filter_map(|destination| permission(&destination.place))
        .collect();
    let lacks = needed
        .into_iter()
        .filter(|name| asked(name).is_none_or(|level| level != "write" && !level.contains("${{")));
    lacks.map(str::to_owned).collect()
}

/// The input that requests the permission for a place. The Action has no input for Codespaces
/// secrets.
fn permission(place: &Place) -> Option<&'static str> {
    match place {
        Place::Repository { store: Store::Actions, .. } => Some("permission-secrets"),
        Place::Repository { store: Store::Dependabot, .. } => Some("permission-dependabot-secrets"),
        Place::Repository { store: Store::Codespaces, .. } => None,
        Place::Environment { .. } => Some("permission-environments"),
        Place::Organization { .. } => Some("permission-organization-secrets"),
    }
}
