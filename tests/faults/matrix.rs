//! The matrix itself: every request of a rotation's life with everything that can happen to it,
//! alone and in pairs.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Instant;

use crate::faults::case::{Case, How, Scenario, pair, singles};
use crate::faults::life::live;
use crate::faults::rng::{self, Rng};

/// How many a plain run takes.
const SAMPLE: (usize, usize) = (120, 80);
/// How many pairs the whole has.
const PAIRS: usize = 2_000;

/// What a set of cases came to.
struct Tally {
    strikes: usize,
    broken: Vec<(String, Vec<String>)>,
}

/// Lives all of them, as many side by side as there are processors.
fn all(cases: &[Case]) -> Tally {
    let next = AtomicUsize::new(0);
    let tally = Mutex::new(Tally { strikes: 0, broken: Vec::new() });
    let threads = std::thread::available_parallelism().map_or(2, usize::from);
    std::thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(|| {
                while let Some(case) = cases.get(next.fetch_add(1, Ordering::Relaxed)) {
                    let lived = live(case);
                    let mut tally = tally.lock().unwrap();
                    tally.strikes += lived.strikes;
                    if !lived.broken.is_empty() {
                        tally.broken.push((case.to_string(), lived.broken));
                    }
                }
            });
        }
    });
    tally.into_inner().unwrap()
}

/// The failures, those alike together.
fn told(broken: &[(String, Vec<String>)]) -> String {
    let mut alike: BTreeMap<String, Vec<&(String, Vec<String>)>> = BTreeMap::new();
    for one in broken {
        let first = one.1.first().map(String::as_str).unwrap_or_default();
        // Names, ids and numbers differ; what is left says what kind of failure it is.
        let kind: String = first
            .lines()
            .next()
            .unwrap_or_default()
            .split(' ')
            .filter(|word| !word.chars().any(|c| c.is_ascii_digit()) || word.starts_with('I'))
            .take(14)
            .collect::<Vec<_>>()
            .join(" ");
        alike.entry(kind).or_default().push(one);
    }
    let mut text = format!("{} cases broke a promise\n", broken.len());
    for (head, cases) in alike {
        let names: Vec<&str> = cases.iter().map(|case| case.0.as_str()).take(12).collect();
        let _ = writeln!(
            text,
            "\n== {} x {head}\n   {}\n   {}",
            cases.len(),
            names.join("  "),
            cases[0].1.join("\n   ")
        );
    }
    text
}

/// Says it also where the test passes, whose prints are swallowed.
pub(crate) fn say(line: &str) {
    let _ = std::io::Write::write_all(&mut std::io::stderr(), format!("{line}\n").as_bytes());
}

/// How many requests each run of a clean life sends.
fn clean_life(scenario: Scenario) -> Vec<usize> {
    let lived = live(&Case(Vec::new(), scenario));
    assert!(lived.broken.is_empty(), "a clean life, {scenario:?}: {:#?}", lived.broken);
    lived.requests
}

fn hold(what: &str, cases: &[Case], seed: u64) {
    let start = Instant::now();
    let tally = all(cases);
    say(&format!(
        "{} {what} ({} strikes) in {:.1} s, seed {seed}: {} broken",
        cases.len(),
        tally.strikes,
        start.elapsed().as_secs_f64(),
        tally.broken.len()
    ));
    assert!(tally.broken.is_empty(), "seed {seed}: {}", told(&tally.broken));
}

#[test]
fn one_fault_anywhere_breaks_no_promise() {
    let seed = rng::seed();
    let mut rng = Rng::new(seed);
    let mut cases = Vec::new();
    for scenario in Scenario::ALL {
        let requests = clean_life(scenario);
        let mut all = singles(&requests, scenario);
        if scenario != Scenario::Due {
            // Every way to die anywhere; of the answers that fail, which the first scenario has all
            // of, one in six.
            all.retain(|case| !matches!(case.0[0].how, How::Fails(_)) || rng.below(6) == 0);
        }
        say(&format!(
            "{scenario:?}: a clean life sends {requests:?} requests: {} single cases",
            all.len()
        ));
        cases.extend(all);
    }
    if !rng::everything() {
        cases = (0..SAMPLE.0).map(|_| rng.pick(&cases).clone()).collect();
    }
    hold("single cases", &cases, seed);
}

#[test]
fn two_faults_anywhere_break_no_promise() {
    let requests = Scenario::ALL.map(clean_life);
    let seed = rng::seed();
    let mut rng = Rng::new(seed);
    let count = if rng::everything() { PAIRS } else { SAMPLE.1 };
    // Half of them in the plainest life.
    let mut one = || match rng.below(6) {
        scenario @ 1..=3 => pair(&requests[scenario], Scenario::ALL[scenario], &mut rng),
        _ => pair(&requests[0], Scenario::Due, &mut rng),
    };
    let cases: Vec<Case> = (0..count).map(|_| one()).collect();
    hold("pairs", &cases, seed);
}

/// What the whole matrix once found, kept for good.
const FOUND: [&str; 8] = [
    // A rate limit told by the last check before the mint was not kept.
    "due/1:12:403-rate-limit",
    "due/1:12:429-long",
    // An organization's secret that was not shown for a moment was written without its readers.
    "due/1:29:redirect+2:12:404",
    // A run that was asked about a leak took the next value for the one that leaked.
    "revoke-first/1:1:overtaken-before",
    "revoke-first/1:1:declared-dead-before",
    // A run that was taken for dead wrote a value that had been revoked for being older than a
    // leak's cure.
    "revoke-first/1:33:declared-dead-after",
    "leaked/1:20:declared-dead-after",
    // A provider that refused the revocation for its rate limit was asked on.
    "revoke-first/1:15:403-rate-limit",
];

#[test]
fn what_was_found_once_stays_mended() {
    for scenario in Scenario::ALL {
        clean_life(scenario);
    }
    for name in FOUND {
        let lived = live(&Case::parse(name).unwrap());
        assert!(lived.broken.is_empty(), "{name}: {}", lived.broken.join("\n"));
    }
}

#[test]
fn a_case_that_failed_is_repeated_by_its_name() {
    let Ok(name) = std::env::var("TOKENWARD_FAULT_CASE") else { return };
    let case = Case::parse(&name);
    assert!(case.is_some(), "not the name of a case: {name}");
    let case = case.unwrap_or_default();
    clean_life(case.1);
    let lived = live(&case);
    eprintln!("{}", lived.trace.join("\n"));
    assert!(lived.broken.is_empty(), "{name}:\n{}", lived.broken.join("\n"));
}
