//! What GitHub Actions says about this run. The caller passes the environment.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::domain::lifecycle::Run;

/// The run we are part of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Actions {
    /// The workflow run.
    pub run: Run,
    /// GitHub's number for the repository.
    pub repository_id: Option<u64>,
    /// What started it: `schedule`, `workflow_dispatch`, `pull_request`, ...
    pub event: String,
}

impl Actions {
    /// Reads `GITHUB_ACTIONS` and the related variables; `None` outside Actions.
    #[must_use]
    pub fn from_env(env: &BTreeMap<String, String>) -> Option<Self> {
        if env.get("GITHUB_ACTIONS").map(String::as_str) != Some("true") {
            return None;
        }
        let run = Run {
            repository: env.get("GITHUB_REPOSITORY")?.clone(),
            id: env.get("GITHUB_RUN_ID")?.parse().ok()?,
            attempt: env
                .get("GITHUB_RUN_ATTEMPT")
                .and_then(|attempt| attempt.parse().ok())
                .unwrap_or(1),
        };
        Some(Self {
            run,
            repository_id: env.get("GITHUB_REPOSITORY_ID").and_then(|id| id.parse().ok()),
            event: env.get("GITHUB_EVENT_NAME").cloned().unwrap_or_default(),
        })
    }

    /// Whether the event shows a change that is not merged: it must not decide where a value is
    /// sent.
    #[must_use]
    pub fn is_proposal(&self) -> bool {
        self.event.starts_with("pull_request") || self.event == "merge_group"
    }
}

/// A pull request, from its event.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Proposal {
    /// Its number; absent in a merge queue.
    pub number: Option<u64>,
    /// Whether it comes from another repository, so that it receives no secrets.
    pub is_fork: bool,
}

impl Proposal {
    /// Reads the payload of an event that shows a proposal.
    #[must_use]
    pub fn read(payload: &str) -> Self {
        let payload: Value = serde_json::from_str(payload).unwrap_or_default();
        let text =
            |pointer: &str| payload.pointer(pointer).and_then(Value::as_str).map(str::to_owned);
        let ours = text("/repository/full_name");
        let theirs = text("/pull_request/head/repo/full_name");
        Self {
            number: payload.pointer("/pull_request/number").and_then(Value::as_u64),
            // A deleted fork has no repository, and is still not ours.
            is_fork: payload.get("pull_request").is_some() && (theirs.is_none() || theirs != ours),
        }
    }

    /// Whether the run in a `workflow_run` event belonged to another repository.
    #[must_use]
    pub fn is_run_of_fork(payload: &str) -> bool {
        let payload: Value = serde_json::from_str(payload).unwrap_or_default();
        let name = |pointer: &str| payload.pointer(pointer).and_then(Value::as_str);
        name("/workflow_run/head_repository/full_name") != name("/repository/full_name")
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_fork_is_what_is_not_this_repository_also_when_it_is_gone() {
        let from = |head: Value| {
            let event = json!({"repository": {"full_name": "acme/site"}, "pull_request": {"number": 7, "head": {"repo": head}}});
            Proposal::read(&event.to_string())
        };
        assert!(!from(json!({"full_name": "acme/site"})).is_fork);
        assert!(from(json!({"full_name": "mallory/site"})).is_fork);
        assert!(from(Value::Null).is_fork);
        assert_eq!(from(Value::Null).number, Some(7));
    }
}
