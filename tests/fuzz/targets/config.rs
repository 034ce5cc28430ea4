//! Any text as a config: it is read or refused with diagnostics that can be shown, and a value in it is never shown.
#![no_main]

use std::path::Path;

use libfuzzer_sys::fuzz_target;
use tokenward::config::{Context, load};
use tokenward_fuzz::CANARY;

fuzz_target!(|text: &str| {
    let known = ["sendgrid", "resend"];
    let find = |text: &str| text.match_indices(CANARY).map(|(at, found)| at..at + found.len()).collect();
    let context = Context { looks_like_token: &find, known_providers: &known };
    for text in [text.to_owned(), text.replace("env:", CANARY)] {
        if let Err(diagnostics) = load(Path::new(".github/tokenward.yml"), &text, &context) {
            assert!(!diagnostics.is_empty());
            for diagnostic in diagnostics {
                let shown = format!("{diagnostic} {diagnostic:?}");
                assert!(!shown.contains(CANARY), "a value is shown");
            }
        }
    }
});
