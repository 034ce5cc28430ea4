//! The runner's clock is wrong by 26 hours, either way: not one request differs.

use crate::faults::case::{Case, Scenario, singles};
use crate::faults::life::{live, live_at};
use crate::faults::rng::{self, Rng};

/// Every request of a life and its answer, without the ids that chance makes.
fn requests(case: &Case, ahead: i64) -> Vec<String> {
    let lived = live_at(case, ahead);
    lived
        .trace
        .into_iter()
        .filter(|line| line.starts_with("run "))
        .map(|line| without_ids(&line))
        .collect()
}

fn without_ids(line: &str) -> String {
    let words = line.split(' ').map(|word| match word.split_once("/v3/api_keys/") {
        Some((head, _)) => format!("{head}/v3/api_keys/ID"),
        None => word.to_owned(),
    });
    words.collect::<Vec<_>>().join(" ")
}

#[test]
fn a_clock_that_is_26_hours_wrong_changes_no_decision() {
    let clean = live(&Case::default());
    let seed = rng::seed();
    let mut rng = Rng::new(seed);
    let all = singles(&clean.requests, Scenario::Due);
    let mut cases = vec![Case::default()];
    cases.extend((0..4).map(|_| rng.pick(&all).clone()));
    for case in cases {
        let right = requests(&case, 0);
        for ahead in [26, -26] {
            assert_eq!(requests(&case, ahead), right, "{case}, {ahead} h, seed {seed}");
        }
    }
}
