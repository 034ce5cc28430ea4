//! What GitHub Actions says about this run. Read from the environment it is given, never from the process.

use std::collections::BTreeMap;

use crate::domain::lifecycle::Run;

/// The run we are part of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Actions {
    /// The workflow run.
    pub run: Run,
    /// What started it: `schedule`, `workflow_dispatch`, `pull_request`, ...
    pub event: String,
}

impl Actions {
    /// Reads `GITHUB_ACTIONS` and what goes with it; `None` outside Actions.
    #[must_use]
    pub fn from_env(env: &BTreeMap<String, String>) -> Option<Self> {
        if env.get("GITHUB_ACTIONS").map(String::as_str) != Some("true") {
            return None;
        }
        let run = Run {
            repository: env.get("GITHUB_REPOSITORY")?.clone(),
            id: env.get("GITHUB_RUN_ID")?.parse().ok()?,
            attempt: env.get("GITHUB_RUN_ATTEMPT").and_then(|attempt| attempt.parse().ok()).unwrap_or(1),
        };
        Some(Self { run, event: env.get("GITHUB_EVENT_NAME").cloned().unwrap_or_default() })
    }
}
