//! Examples that are there to be checked: answers, and lines with a token in them. Neither may hold
//! a real token.

use regex_automata::meta::Regex;

use super::super::{AnswerExample, Probe, Spec, TokenKind, TokenStatus, examples};
use super::SpecErrors;

/// What the rules make of each example answer has to be what it says.
pub(super) fn answers(spec: &Spec, flaws: &mut SpecErrors) {
    let shapes: Vec<Regex> = spec
        .tokens
        .iter()
        .filter(|kind| kind.context.is_empty() && !kind.identifier)
        .filter_map(|kind| Regex::new(&kind.shape).ok())
        .collect();
    for (index, probe) in spec.verify.iter().enumerate() {
        for (example_index, example) in probe.examples.iter().enumerate() {
            let at = format!("verify[{index}].examples[{example_index}]");
            if !(200..=599).contains(&example.status) {
                flaws.add(format!("{at}.status"), "is no status from 200 to 599");
            }
            if shapes.iter().any(|shape| shape.is_match(&example.text())) {
                flaws.add(format!("{at}.body"), "has a token in it; leave it out");
            }
            if let Some(read) = read(probe, example).filter(|read| *read != example.is) {
                flaws.add(
                    at,
                    format!("is read as `{}`, and says `{}`", word(read), word(example.is)),
                );
            }
        }
    }
}

/// What the rules make of an answer. `None` for XML, which becomes a tree only in the driver.
fn read(probe: &Probe, example: &AnswerExample) -> Option<TokenStatus> {
    let text = example.text();
    if text.trim_start().starts_with('<') {
        return None;
    }
    let json = serde_json::from_str(&text).ok();
    let rule = probe.rule(example.status, json.as_ref(), text.as_bytes());
    // A 429 needs no rule.
    let unsaid =
        if example.status == 429 { TokenStatus::RateLimited } else { TokenStatus::Unknown };
    Some(rule.map_or(unsaid, |rule| rule.is))
}

/// A status as files write it.
fn word(status: TokenStatus) -> String {
    serde_json::to_value(status)
        .ok()
        .and_then(|word| word.as_str().map(str::to_owned))
        .unwrap_or_default()
}

/// Each sample holds the value once, as `{{token}}`, and no token of its own.
pub(super) fn samples(at: &str, kind: &TokenKind, shape: &Regex, flaws: &mut SpecErrors) {
    for (index, sample) in kind.samples.iter().enumerate() {
        let at = format!("{at}[{index}]");
        if sample.matches(examples::TOKEN).count() != 1 {
            flaws.add(&*at, "has to hold `{{token}}` once, where the value stands");
        }
        match examples::fill(sample, "", 1) {
            Err(error) => flaws.add(at, error),
            Ok(text) if kind.context.is_empty() && shape.is_match(&text) => {
                flaws.add(at, "has a token in it; write `{{token}}`");
            }
            Ok(_) => {}
        }
    }
}
