//! For `doctor`: the permissions that a workflow asks for the token of a GitHub App. GitHub tells
//! whether such a token may write secrets only in answer to a write; the workflow says it
//! beforehand.

use std::collections::BTreeSet;

use serde_yaml::Value;

use super::session::Session;
use super::workflow_file::{steps, text_of};
use crate::domain::{Place, Store};

/// The Action that makes such a token.
const MAKER: &str = "/create-github-app-token@";

/// The permissions of the token that a step of `job` is handed as `secrets_token`, where the step
/// that makes it narrows them: those that a destination needs to be written and that are not
/// `write`.
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

/// The input that asks for a place's permission. What Codespaces secrets need, the Action has no
/// input for.
fn permission(place: &Place) -> Option<&'static str> {
    match place {
        Place::Repository { store: Store::Actions, .. } => Some("permission-secrets"),
        Place::Repository { store: Store::Dependabot, .. } => Some("permission-dependabot-secrets"),
        Place::Repository { store: Store::Codespaces, .. } => None,
        Place::Environment { .. } => Some("permission-environments"),
        Place::Organization { .. } => Some("permission-organization-secrets"),
    }
}
