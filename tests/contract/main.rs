//! Contract tests: tokenward's requests held against the vendors' own OpenAPI documents, and its
//! sealed boxes against libsodium. Nothing here is our word against our own: Prism checks, PyNaCl
//! opens. Both are tools that a plain `cargo test` may lack; then these tests are shown as ignored,
//! with the reason. With `TOKENWARD_CONTRACT=required` a missing tool is a failure.

#[path = "../support/checkout.rs"]
#[expect(
    clippy::unwrap_used,
    dead_code,
    reason = "a checkout that cannot be made is a failed test; other targets use more of it"
)]
mod checkout;
mod documents;
mod life;
mod moto;
mod outcome;
mod people;
mod prism;
mod process;
mod providers;
mod sodium;
mod stage;
mod tools;
mod transcript;
mod workflow;

use std::process::ExitCode;
use std::sync::Arc;

use libtest_mimic::{Arguments, Trial};

use outcome::Outcome;
use stage::Stage;
use tools::{Mode, Tool};

fn main() -> ExitCode {
    let stage = Arc::new(Stage::new());
    let on = |act: fn(&Stage) -> Outcome<()>| {
        let stage = Arc::clone(&stage);
        move || act(&stage)
    };
    let documents: &[Tool] = &[Tool::Documents, Tool::Prism];
    let mut trials = vec![
        trial(
            "a_whole_life_is_carried_out_through_the_vendor_documents",
            documents,
            on(transcript::whole_life),
        ),
        trial(
            "every_github_request_of_a_rotation_passes_the_vendor_document",
            documents,
            on(transcript::github),
        ),
        trial(
            "every_sendgrid_request_of_a_rotation_passes_the_vendor_document",
            documents,
            on(transcript::sendgrid),
        ),
        trial(
            "every_resend_request_of_a_rotation_passes_the_vendor_document",
            documents,
            on(transcript::resend),
        ),
        trial(
            "a_request_that_the_vendor_document_forbids_is_noticed",
            documents,
            on(transcript::canary),
        ),
        trial(
            "the_mailersend_twin_answers_as_the_recorded_exchanges_do",
            &[Tool::Documents],
            on(providers::recorded),
        ),
        trial(
            "no_vendors_document_is_left_out",
            &[Tool::Documents],
            on(providers::none_is_left_out),
        ),
        trial("libsodium_opens_what_tokenward_seals", &[Tool::PyNaCl], sodium::opens_ours),
        trial(
            "the_emulator_opens_what_libsodium_seals",
            &[Tool::PyNaCl],
            sodium::seals_for_the_emulator,
        ),
    ];
    trials.push(trial(
        "an_iam_key_is_rotated_at_a_server_that_checks_signatures",
        &[Tool::Moto],
        moto::rotates_an_iam_key,
    ));
    trials.extend(providers::CASES.iter().map(|case| {
        let name = format!("every_{}_request_passes_the_vendor_document", case.name());
        trial(&name, documents, || providers::passes(case))
    }));
    let conclusion = libtest_mimic::run(&Arguments::from_args(), trials);
    stage.close();
    conclusion.exit_code()
}

/// A test that needs tools. Without them it is ignored, and its line says which are missing.
fn trial(name: &str, needs: &[Tool], test: impl FnOnce() -> Outcome<()> + Send + 'static) -> Trial {
    let missing = match Mode::from_env() {
        Mode::Skipped => Some("TOKENWARD_CONTRACT=skip".to_owned()),
        _ => needs.iter().find_map(|tool| tool.missing()),
    };
    match (missing, Mode::from_env()) {
        (None, _) => Trial::test(name, move || test().map_err(Into::into)),
        (Some(missing), Mode::Required) => Trial::test(name, move || Err(missing.into())),
        (Some(missing), _) => Trial::test(name, move || test().map_err(Into::into))
            .with_kind(missing)
            .with_ignored_flag(true),
    }
}
