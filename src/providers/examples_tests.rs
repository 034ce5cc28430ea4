//! The example answers of every provider file, read as the driver reads them. Nothing here names a
//! provider.

use std::collections::BTreeMap;

use http::HeaderMap;
use zeroize::Zeroizing;

use super::body::Reply;
use super::fake::{Fake, Step, Told, file};
use super::model::examples::expand;
use super::model::{AnswerExample, Probe, Spec};
use super::verdict::judge;
use super::{Driver, Registry};
use crate::domain::Secret;
use crate::net::Answer;

fn files() -> Vec<Spec> {
    Registry::built_in().ids().map(|id| file(id.as_str())).collect()
}

fn answer(status: u16, text: &str) -> Answer {
    Answer { status, headers: HeaderMap::new(), body: Zeroizing::new(text.as_bytes().to_vec()) }
}

/// How files write a verdict.
fn word(example: &AnswerExample) -> String {
    serde_json::to_value(example.is).unwrap().as_str().unwrap().to_owned()
}

/// Whether a rule is the one that decides about an answer.
fn decides(probe: &Probe, rule: usize, example: &AnswerExample) -> bool {
    let answer = answer(example.status, &example.text());
    let reply = Reply::of(&answer);
    let decided = probe.rule(example.status, reply.json.as_ref(), &answer.body);
    decided.is_some_and(|decided| std::ptr::eq(decided, &probe.verdicts[rule]))
}

/// Something for every entry of `with` that a file's requests name.
fn with(spec: &Spec) -> BTreeMap<String, String> {
    let text = serde_json::to_string(spec).unwrap();
    let names = text.split("{{with.").skip(1).filter_map(|rest| rest.split(['}', '|']).next());
    names.map(|name| (name.to_owned(), "acme".to_owned())).collect()
}

#[test]
fn every_example_answer_means_what_its_file_says() {
    for spec in files() {
        for (index, probe) in spec.verify.iter().enumerate() {
            for example in &probe.examples {
                let answer = answer(example.status, &example.text());
                let read = judge(&spec, probe, &Reply::of(&answer)).verdict;
                let at =
                    format!("{} verify[{index}]: {} {}", spec.id, example.status, example.body);
                assert_eq!(read.as_str(), word(example), "{at}");
            }
            // A proxy's page says nothing about a token, whatever its status.
            for status in [200, 400, 401, 403, 404, 429] {
                let page = answer(status, "<html>Attention Required! | Cloudflare</html>");
                let read = judge(&spec, probe, &Reply::of(&page)).verdict;
                let expected = if status == 429 { "rate-limited" } else { "unknown" };
                assert_eq!(read.as_str(), expected, "{} verify[{index}]: a page", spec.id);
            }
        }
    }
}

#[test]
fn every_rule_about_an_answer_has_an_example() {
    let mut missing = Vec::new();
    for spec in files() {
        for (index, probe) in spec.verify.iter().enumerate() {
            for rule in 0..probe.verdicts.len() {
                if !probe.examples.iter().any(|example| decides(probe, rule, example)) {
                    missing.push(format!("{}.yaml: verify[{index}].verdicts[{rule}]", spec.id));
                }
            }
        }
    }
    assert!(
        missing.is_empty(),
        "add an answer to `examples` of the test call for each of these rules:\n{}",
        missing.join("\n")
    );
}

#[tokio::test(start_paused = true)]
async fn a_test_call_of_a_kind_that_has_one_says_what_the_example_says() {
    for spec in files() {
        for kind in spec.tokens.iter().filter(|kind| kind.testable) {
            let mut with = with(&spec);
            with.insert("kind".to_owned(), kind.id.clone());
            let probes: Vec<&Probe> = spec
                .verify
                .iter()
                .filter(|probe| probe.kinds.is_empty() || probe.kinds.contains(&kind.id))
                .collect();
            let [probe] = probes[..] else { continue };
            if probe.request.auth.as_ref().unwrap_or(&spec.auth).exchange.is_some() {
                continue;
            }
            let value = expand(&kind.examples.r#match[0], 1).unwrap();
            for example in &probe.examples {
                let step = || Step::Answer(example.status, "application/json", example.text());
                // Outages are asked again.
                let (fake, told) = (Fake::with([step(), step(), step()]), Told::default());
                let driver = Driver::new(&spec, None, None, &fake, &told).unwrap().with(&with);
                let read = driver.verify(&Secret::new(value.clone())).await;
                let at = format!("{}/{}: {} {}", spec.id, kind.id, example.status, example.body);
                assert_eq!(read.as_str(), word(example), "{at}");
                let path = probe.request.path.split("{{").next().unwrap_or_default();
                assert!(fake.calls()[0].contains(path), "{at}: {:?}", fake.calls());
            }
        }
    }
}
