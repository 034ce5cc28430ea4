//! What the leak check finds and what it leaves alone, measured: tokens of mail providers with
//! fresh values in every run, and labeled cases that others collected, where they are at hand
//! (`../shared/detection`); without them that test is shown as ignored. The binary itself is run.
//! Nothing here prints a value.

#![expect(clippy::print_stderr, reason = "a test of figures says which they are")]

mod cases;
mod evidence;
mod findings;
mod fresh;
mod kinds;
mod named;
mod sources;

use std::process::ExitCode;

use libtest_mimic::{Arguments, Failed, Trial};

fn main() -> ExitCode {
    let mut trials = vec![
        Trial::test("every_kind_is_named_in_the_samples_of_its_file", || {
            named::check(named::Context::Samples, 1)
        }),
        Trial::test("every_kind_is_named_under_its_providers_plain_name", || {
            named::check(named::Context::Plain, 1)
        }),
        Trial::test("a_distinctive_kind_is_named_with_no_word_beside_it", || {
            named::check(named::Context::Bare, 0)
        }),
        Trial::test("what_a_veto_once_hid_is_found_and_named", evidence::leaks),
        Trial::test("what_people_commit_that_is_no_leak_is_silent", evidence::clean),
        Trial::test("unencrypted_private_keys_are_found_wherever_they_stand", evidence::keys),
        Trial::test("there_are_at_least_150_kinds", named::count),
    ];
    let missing = cases::missing();
    let ignored = missing.is_some();
    for (name, check) in [
        (
            "labelled_cases_are_found_and_clean_ones_are_silent",
            cases::check as fn() -> Result<(), Failed>,
        ),
        ("labelled_cases_are_found_as_often_with_fresh_values", cases::check_fresh),
        ("no_labelled_case_occurs_in_the_repository", sources::check),
    ] {
        let kind = missing.clone().unwrap_or_default();
        trials.push(Trial::test(name, check).with_kind(kind).with_ignored_flag(ignored));
    }
    libtest_mimic::run(&Arguments::from_args(), trials).exit_code()
}
