//! Forged journals by the hundred thousand: `TOKENWARD_JOURNAL_FUZZ=100000 cargo test --profile
//! matrix --test suite journal_fuzz`.

use std::panic::catch_unwind;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Instant;

use crate::faults::matrix::say;
use crate::faults::rng::{self, Rng};
use crate::fuzz::journal_forged;

/// How many a plain run takes.
const SAMPLE: usize = 400;
/// Bytes a journal is changed by.
const BYTES: usize = 96;

#[test]
fn journal_fuzz_no_forged_journal_has_a_key_revoked() {
    let asked = std::env::var("TOKENWARD_JOURNAL_FUZZ").ok().and_then(|count| count.parse().ok());
    let (count, begun, seed) = (asked.unwrap_or(SAMPLE), Instant::now(), rng::seed());
    let (next, failed) = (AtomicUsize::new(0), AtomicUsize::new(0));
    std::thread::scope(|scope| {
        for _ in 0..std::thread::available_parallelism().map_or(2, usize::from) {
            scope.spawn(|| {
                loop {
                    let number = next.fetch_add(1, Ordering::Relaxed);
                    if number >= count || failed.load(Ordering::Relaxed) > 0 {
                        return;
                    }
                    let mut rng = Rng::new(
                        seed ^ u64::try_from(number)
                            .unwrap_or_default()
                            .wrapping_mul(0x9e37_79b9_7f4a_7c15),
                    );
                    let bytes: Vec<u8> = (0..BYTES)
                        .map(|_| u8::try_from(rng.below(256)).unwrap_or_default())
                        .collect();
                    if catch_unwind(|| journal_forged(&bytes)).is_err() {
                        failed.fetch_add(1, Ordering::Relaxed);
                    }
                }
            });
        }
    });
    let failed = failed.into_inner();
    say(&format!(
        "{count} forged journals in {:.1} s, seed {seed}: {failed} broken",
        begun.elapsed().as_secs_f64()
    ));
    assert_eq!(failed, 0);
}
