//! The Action and its workflows, really run by act against the emulator and linted by tools nobody
//! here wrote; and what has to be equal: inputs, docs/action.md, action.yml and code; starters and
//! their callable twins. Tests that lack a tool are shown as ignored, with the reason; with
//! `TOKENWARD_CONTRACT=required` a missing tool is a failure.

mod act;
mod confirm;
mod equal;
mod fleet;
#[cfg(unix)]
mod fork;
mod install;
mod lint;
#[path = "../contract/outcome.rs"]
mod outcome;
mod page;
#[path = "../contract/process.rs"]
#[expect(dead_code, reason = "this target needs a part of it")]
mod process;
mod release;
mod runner;
mod server;
mod stage;
mod tools;

use std::process::ExitCode;

use libtest_mimic::{Arguments, Trial};

use outcome::Outcome;
use tools::Tool;

fn main() -> ExitCode {
    let act: &[Tool] = &[Tool::Act];
    let trials = vec![
        trial(
            "inputs_and_outputs_are_the_same_in_the_code_action_yml_and_readme",
            &[],
            equal::names,
        ),
        trial("every_starter_has_a_callable_twin_that_does_the_same", &[], equal::twins),
        trial(
            "workflows_here_use_the_action_of_their_own_commit_and_name_no_placeholder",
            &[],
            equal::self_reference,
        ),
        trial("the_action_keeps_to_its_form", &[], equal::form),
        trial(
            "cargo_binstall_looks_for_the_archive_that_the_installer_takes",
            &[],
            equal::binstall,
        ),
        trial("only_what_the_table_of_checksums_names_is_installed", &[Tool::Curl], install::table),
        trial("a_pull_request_that_adds_a_token_and_takes_it_back_fails", act, act::leak),
        trial("the_same_pull_request_from_a_fork_has_the_same_verdict", act, act::leak_from_a_fork),
        #[cfg(unix)]
        trial(
            "a_pull_request_with_four_attacks_at_once_changes_no_verdict_and_reaches_nobody",
            act,
            fork::four_attacks_at_once,
        ),
        trial("a_clean_pull_request_passes", act, act::clean),
        trial("a_scheduled_rotation_settles_over_consecutive_runs", act, act::rotation),
        trial(
            "another_repositorys_workflow_takes_the_release_and_has_its_verdict_at_once",
            &[Tool::Act, Tool::Curl],
            release::quick,
        ),
        #[cfg(unix)]
        trial(
            "a_release_that_is_not_what_the_table_says_is_never_run",
            &[Tool::Act, Tool::Curl],
            release::hostile,
        ),
        trial("without_a_release_the_action_builds_itself_and_says_so", act, release::source),
        trial("a_callable_workflow_passes_secrets_of_any_name", act, release::called),
        trial(
            "pre_commit_runs_the_release_of_its_tag_without_a_compiler",
            &[Tool::PreCommit, Tool::Curl],
            release::pre_commit,
        ),
        trial(
            "confirm_in_another_repository_leaves_the_mark_that_an_old_key_waits_for_and_a_fork_leaves_none",
            act,
            confirm::mark,
        ),
        trial("a_check_with_an_expired_token_fails", act, act::check),
        trial("init_with_three_tokens_is_green_without_an_edit", act, act::init),
        trial(
            "a_fleet_is_rotated_by_a_matrix_and_a_job_that_dies_is_finished_by_the_next_run",
            act,
            fleet::fleet,
        ),
        trial(
            "axe_finds_nothing_on_the_page_in_light_dark_and_on_a_phone",
            &[Tool::Chromium, Tool::Axe],
            page::accessible,
        ),
        trial(
            "five_hundred_tokens_are_drawn_at_once_and_nothing_is_asked_for",
            &[Tool::Chromium],
            page::quick_and_quiet,
        ),
        trial("the_page_folds_filters_and_sorts_by_repository", &[Tool::Chromium], page::grouped),
        trial("the_page_has_its_screenshots", &[Tool::Chromium], page::screenshots),
        trial("zizmor_is_silent", &[Tool::Zizmor], lint::zizmor),
        trial("actionlint_is_silent", &[Tool::Actionlint], lint::actionlint),
        trial("the_schemas_of_schemastore_fit", &[Tool::CheckJsonschema], lint::schemas),
        trial(
            "microsofts_multitool_takes_our_sarif_with_githubs_rules",
            &[Tool::Multitool],
            lint::sarif,
        ),
    ];
    libtest_mimic::run(&Arguments::from_args(), trials).exit_code()
}

/// A test that needs tools. Without them it is ignored, and its line says which are missing.
fn trial(name: &str, needs: &[Tool], test: fn() -> Outcome<()>) -> Trial {
    let mode = std::env::var("TOKENWARD_CONTRACT").unwrap_or_default();
    let missing = match mode.as_str() {
        "skip" if !needs.is_empty() => Some("TOKENWARD_CONTRACT=skip".to_owned()),
        _ => needs.iter().find_map(|tool| tool.missing()),
    };
    match missing {
        None => Trial::test(name, move || test().map_err(Into::into)),
        Some(missing) if mode == "required" => Trial::test(name, move || Err(missing.into())),
        Some(missing) => Trial::test(name, || Ok(())).with_kind(missing).with_ignored_flag(true),
    }
}
