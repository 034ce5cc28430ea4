//! The parts of a workflow file that `doctor` checks.

use serde_yaml::Value;

/// The jobs of a workflow.
pub(super) fn jobs(workflow: &Value) -> impl Iterator<Item = &Value> {
    workflow
        .get("jobs")
        .and_then(Value::as_mapping)
        .into_iter()
        .flat_map(serde_yaml::Mapping::values)
}

/// The steps of a job.
pub(super) fn steps(job: &Value) -> impl Iterator<Item = &Value> {
    job.get("steps").and_then(Value::as_sequence).into_iter().flatten()
}

/// The text under a key; empty if there is none.
pub(super) fn text_of<'y>(of: &'y Value, key: &str) -> &'y str {
    of.get(key).and_then(Value::as_str).unwrap_or_default()
}
