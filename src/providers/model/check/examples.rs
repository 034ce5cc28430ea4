//! Checks the examples: responses, and lines with a token. Neither may contain a real token.

use regex_automata::meta::Regex;

use super::super::{AnswerExample, Probe, Spec, TokenKind, TokenStatus, examples};
use super::SpecErrors;

/// The rules must give each example response its declared status.
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
                flaws.add(format!("{at}.status"), "is not a status from 200 to 599");
            }
            if shapes.iter().any(|shape| shape.is_match(&example.text())) {
                flaws.add(format!("{at}.body"), "contains a token; remove it");
            }
            if let Some(read) = read(probe, example).filter(|read| *read != example.is) {
                flaws.add(
                    at,
                    format!(
                        "is classified as `{}` by the rules, but `is` says `{}`",
                        word(read),
                        word(example.is)
                    ),
                );
            }
        }
    }
}

/// How the rules classify a response. `None` for XML, which only the driver can parse.
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

/// Each sample contains the value once, as `{{token}}`, and no other token.
pub(super) fn samples(at: &str, kind: &TokenKind, shape: &Regex, flaws: &mut SpecErrors) {
    for (index, sample) in kind.samples.iter().enumerate() {
        let at = format!("{at}[{index}]");
        if sample.matches(examples::TOKEN).count() != 1 {
            flaws.add(&*at, "must contain `{{token}}` once, in place of the value");
        }
        match examples::fill(sample, "", 1) {
            Err(error) => flaws.add(at, error),
            Ok(text) if kind.context.is_empty() && shape.is_match(&text) => {
                flaws.add(at, "contains a token; write `{{token}}` instead");
            }
            Ok(_) => {}
        }
    }
}
