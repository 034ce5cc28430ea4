//! Any text as a provider file: what is taken names only declared hosts, and what is refused says why.
#![no_main]

use std::path::Path;

use libfuzzer_sys::fuzz_target;
use tokenward::config::{Context, read};
use tokenward::providers::Spec;
use tokenward::providers::spec::check::check;

fuzz_target!(|text: &str| {
    let nothing = |_: &str| Vec::new();
    let context = Context { looks_like_token: &nothing, known_providers: &[] };
    if let Ok((spec, _)) = read::<Spec>(Path::new("own.yml"), text, &context) {
        if check(&spec).is_empty() {
            assert!(!spec.hosts.is_empty() && !spec.regions.is_empty());
        }
    }
});
