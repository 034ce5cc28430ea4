//! What is fuzzed: each target takes any bytes and panics when something does not hold. `targets/`
//! hands them libFuzzer's, and `tests/trust` the corpora and bytes made at random, so that a plain
//! `cargo test` walks the same way.

mod answers;
mod forged;
mod network;
mod protocol;
mod runner;
mod scan;
mod sealed;
mod texts;

pub use forged::journal_forged;

/// The value that must never come back in anything that is said.
pub const CANARY: &str = "c4n4ry-Value-n0body-m4y-see-9b1d";

/// A target: its name, and what it does with bytes.
pub type Target = (&'static str, fn(&[u8]));

/// Every target by its name, which is that of its corpus as well.
pub const TARGETS: &[Target] = &[
    ("config", texts::config),
    ("provider_file", texts::provider_file),
    ("journal_record", texts::journal_record),
    ("journal_forged", forged::journal_forged),
    ("event", texts::event),
    ("provider_answer", answers::provider),
    ("github_answer", answers::github),
    ("sealed_box", sealed::sealed_box),
    ("runner", runner::runner),
    ("matcher", scan::matcher),
    ("decoders", scan::decoders),
    ("archives", scan::archives),
    ("git_objects", scan::git_objects),
];

/// Runs one target.
pub fn run(name: &str, bytes: &[u8]) {
    for (_, target) in TARGETS.iter().filter(|(known, _)| *known == name) {
        target(bytes);
    }
}

/// As much of the bytes as is text.
fn text(bytes: &[u8]) -> &str {
    match std::str::from_utf8(bytes) {
        Ok(text) => text,
        Err(error) => std::str::from_utf8(&bytes[..error.valid_up_to()]).unwrap_or_default(),
    }
}

/// The bytes as a target's own kind of input, if there are enough.
fn input<'a, T: arbitrary::Arbitrary<'a>>(bytes: &'a [u8]) -> Option<T> {
    T::arbitrary_take_rest(arbitrary::Unstructured::new(bytes)).ok()
}
