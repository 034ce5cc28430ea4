//! The variables that a real runner gives to a step, so that nothing here depends on what act adds.
//! From actions/runner 2.336.0 (258d6c85): `GitHubContext.cs`, `JobRunner.cs`, `JobExtension.cs`,
//! `TempDirectoryManager.cs`, `ScriptHandler.cs` and `ProcessInvoker.cs`.

use std::fs;
use std::path::Path;

use crate::outcome::{Outcome, While};
use crate::stage::executable;

/// What begins the names of the runner's own variables.
const ITS_OWN: [&str; 5] = ["GITHUB_", "RUNNER_", "ACTIONS_", "INPUT_", "ACT"];

/// All that a step with `run:` has of them. `ActionRunner.cs` sets `action_repository` and
/// `action_ref` to null for every such step, also in a composite action, and inputs are for actions
/// that are no scripts.
const GIVEN: [&str; 50] = [
    "ACTIONS_ID_TOKEN_REQUEST_TOKEN",
    "ACTIONS_ID_TOKEN_REQUEST_URL",
    "ACTIONS_ORCHESTRATION_ID",
    "GITHUB_ACTION",
    "GITHUB_ACTIONS",
    "GITHUB_ACTION_PATH",
    "GITHUB_ACTOR",
    "GITHUB_ACTOR_ID",
    "GITHUB_API_URL",
    "GITHUB_ARTIFACTS",
    "GITHUB_ARTIFACTS_LIST",
    "GITHUB_BASE_REF",
    "GITHUB_ENV",
    "GITHUB_EVENT_NAME",
    "GITHUB_EVENT_PATH",
    "GITHUB_GRAPHQL_URL",
    "GITHUB_HEAD_REF",
    "GITHUB_JOB",
    "GITHUB_OUTPUT",
    "GITHUB_PATH",
    "GITHUB_REF",
    "GITHUB_REF_NAME",
    "GITHUB_REF_PROTECTED",
    "GITHUB_REF_TYPE",
    "GITHUB_REPOSITORY",
    "GITHUB_REPOSITORY_ID",
    "GITHUB_REPOSITORY_OWNER",
    "GITHUB_REPOSITORY_OWNER_ID",
    "GITHUB_RETENTION_DAYS",
    "GITHUB_RUN_ATTEMPT",
    "GITHUB_RUN_ID",
    "GITHUB_RUN_NUMBER",
    "GITHUB_SERVER_URL",
    "GITHUB_SHA",
    "GITHUB_STATE",
    "GITHUB_STEP_SUMMARY",
    "GITHUB_TRIGGERING_ACTOR",
    "GITHUB_WORKFLOW",
    "GITHUB_WORKFLOW_REF",
    "GITHUB_WORKFLOW_SHA",
    "GITHUB_WORKSPACE",
    "RUNNER_ARCH",
    "RUNNER_DEBUG",
    "RUNNER_ENVIRONMENT",
    "RUNNER_NAME",
    "RUNNER_OS",
    "RUNNER_TEMP",
    "RUNNER_TOOL_CACHE",
    "RUNNER_TRACKING_ID",
    "RUNNER_WORKSPACE",
];

/// Puts shells into this folder, for the front of a path: the system's own, with none of the
/// variables that only act gives.
pub(crate) fn shells(folder: &Path) -> Outcome<()> {
    let given = GIVEN.join(" | ");
    let own = ITS_OWN.map(|start| format!("{start}*")).join(" | ");
    for shell in ["sh", "bash"] {
        let script = format!(
            "#!/bin/sh\nfor name in $(env | sed -n 's/^\\([A-Z_0-9]*\\)=.*/\\1/p'); do\n    case \"$name\" in {given}) ;; {own}) unset \"$name\" ;; esac\ndone\nexec /bin/{shell} \"$@\"\n"
        );
        let file = folder.join(shell);
        fs::write(&file, script).while_("write a shell")?;
        executable(&file)?;
    }
    Ok(())
}
