//! No value is ever shown: token-like texts at every place of a full config, known by their shape
//! or not.

use std::ops::Range;
use std::path::Path;

use super::{FULL, KNOWN, SMALL, rendered};
use crate::config::{Context, RenderedDiagnostic, load};

/// Values like tokens, put together here so that none stands in the repository. The same in every
/// run.
fn values() -> Vec<String> {
    let letters: Vec<char> = ('a'..='z').chain('A'..='Z').chain('0'..='9').collect();
    let mut state = 0x2545_f491_4f6c_dd1d_u64;
    let mut draw = |count: usize, from: &[char]| -> String {
        let mut next = || {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            usize::try_from(state >> 33).unwrap_or(0)
        };
        (0..count).map(|_| from[next() % from.len()]).collect()
    };
    let hex: Vec<char> = "0123456789abcdef".chars().collect();
    let uuid: Vec<String> = [8, 4, 4, 4, 12].into_iter().map(|count| draw(count, &hex)).collect();
    vec![
        draw(40, &letters),
        draw(40, &letters),
        format!("SG.{}.{}", draw(22, &letters), draw(43, &letters)),
        format!("pat-na1-{}", uuid.join("-")),
        draw(32, &hex),
        format!("key-{}", draw(32, &hex)),
        draw(36, &letters[..26]),
    ]
}

fn check(text: &str, value: &str, found: &[RenderedDiagnostic]) {
    let mut shown = rendered(found);
    for one in found {
        shown.push_str(&one.render(true, 100));
        shown.push_str(&one.to_problem().to_string());
        shown.push_str(&format!("{one:?}"));
    }
    let shown = shown.to_lowercase();
    for start in 0..=value.len() - 12 {
        let piece = value[start..start + 12].to_lowercase();
        assert!(!shown.contains(&piece), "{piece} of the value is shown for\n{text}\n{shown}");
    }
}

/// Where the words of a text lie that could be replaced by a value: keys, values, items, parts of
/// comments.
fn places(text: &str) -> Vec<Range<usize>> {
    let is_word = |c: char| c.is_alphanumeric() || "-_./:*".contains(c);
    let mut found = Vec::new();
    let mut start = None;
    for (at, c) in text.char_indices().chain([(text.len(), ' ')]) {
        match (is_word(c), start) {
            (true, None) => start = Some(at),
            (false, Some(from)) => {
                found.push(from..at);
                start = None;
            }
            _ => {}
        }
    }
    found
}

fn load_both_ways(text: &str, value: &str) -> [Vec<RenderedDiagnostic>; 2] {
    let blind = Context { looks_like_token: &|_| Vec::new(), known_providers: KNOWN };
    let seeing = Context {
        looks_like_token: &|text| {
            text.match_indices(value).map(|(at, _)| at..at + value.len()).collect()
        },
        known_providers: KNOWN,
    };
    [blind, seeing]
        .map(|context| load(Path::new("t.yml"), text, &context).err().unwrap_or_default())
}

#[test]
fn no_value_is_shown_wherever_it_was_pasted() {
    let broken = format!("{SMALL}nonsense: [\n");
    let mut tried = 0;
    for base in [FULL, &broken] {
        for place in places(base) {
            for (index, value) in values().iter().enumerate() {
                let quoted = format!("'{value}'");
                let ways = [
                    value.clone(),
                    quoted,
                    format!("{value}:"),
                    format!("env:{value}"),
                    format!("{}{value}", &base[place.clone()]),
                ];
                // Every value as it is; the other ways to paste one in turn.
                for pasted in [&ways[0], &ways[1 + (index + place.start) % 4]] {
                    let text = format!("{}{pasted}{}", &base[..place.start], &base[place.end..]);
                    let [blind, seeing] = load_both_ways(&text, value);
                    check(&text, value, &blind);
                    check(&text, value, &seeing);
                    assert!(!seeing.is_empty(), "a token was taken at {place:?}, value {index}");
                    tried += 1;
                }
            }
        }
    }
    assert!(tried > 1000, "{tried}");
}

#[test]
fn a_short_value_at_value_or_under_an_unknown_key_is_not_shown_either() {
    for text in [
        SMALL.replace("env:KEY", "correct-horse"),
        SMALL.replace("env:KEY", "[correct-horse]"),
        SMALL.replace("env:KEY", "\n      correct-horse"),
        SMALL.replace("env:KEY", "|\n      correct-horse"),
        SMALL.replace("env:KEY", "{now: correct-horse}"),
        SMALL.replace("env:KEY", "'correct-horse"),
        SMALL.replace("env:KEY", "env: correct-horse"),
        SMALL.replace("    value", "    manager: correct-horse\n    value"),
        SMALL.replace("    value", "    password: correct-horse\n    value"),
        SMALL.replace("value: env:KEY", "valeu: correct-horse"),
        SMALL.replace("value: env:KEY", "value : correct-horse\n    broken: ["),
        SMALL.replace("value: env:KEY", "value: |\n      correct-horse\n    broken: ["),
        SMALL.replace("value: env:KEY", "{value: correct-horse, value: battery}"),
        format!("{SMALL}journal: {{git-ref: refs/a/b, s3: correct-horse}}\n"),
        format!("{SMALL}journal: {{s3: correct-horse}}\n"),
    ] {
        let [found, _] = load_both_ways(&text, "nothing");
        assert!(!found.is_empty(), "{text}");
        assert!(!rendered(&found).contains("horse"), "{text}\n{}", rendered(&found));
    }
}

#[test]
fn on_a_line_with_a_token_nothing_else_is_said() {
    let value = &values()[0];
    let text = SMALL.replace("env:KEY", value).replace("acme/site", "not a repo");
    let [_, seeing] = load_both_ways(&text, value);
    let codes: Vec<_> = seeing.iter().map(|one| one.code.id()).collect();
    assert_eq!(codes, ["config-token-inside", "config-bad-repository"]);
}
