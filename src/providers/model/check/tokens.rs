//! Shapes: they must compile, match their examples, and match nothing in the clean ones.

use regex_automata::meta::Regex;
use regex_automata::util::captures::Captures;
use regex_automata::{Anchored, Input};

use super::super::examples::expand;
use super::super::{Spec, TokenKind};
use super::{SpecErrors, is_id, twice};

/// How often each example is expanded.
const TRIES: u64 = 8;
/// The public parts of a value appear in paths and logs, so at least this many letters must be
/// secret.
const LEAST_SECRET: usize = 8;

pub(super) fn check(spec: &Spec, flaws: &mut SpecErrors) {
    kinds("", &spec.tokens, flaws);
}

pub(super) fn kinds(before: &str, kinds: &[TokenKind], flaws: &mut SpecErrors) {
    if kinds.is_empty() {
        flaws.add(format!("{before}tokens"), "is empty; define at least one kind");
    }
    if let Some(id) = twice(kinds.iter().map(|kind| kind.id.as_str())) {
        flaws.add(format!("{before}tokens"), format!("has `{id}` twice"));
    }
    for (index, kind) in kinds.iter().enumerate() {
        let at = format!("{before}tokens[{index}]");
        if let Some(other) = kind
            .beside
            .iter()
            .find(|id| **id == kind.id || !kinds.iter().any(|other| other.id == **id))
        {
            flaws.add(
                format!("{at}.beside"),
                format!("names `{other}`, which is not another kind of this provider"),
            );
        }
        if !is_id(&kind.id) {
            flaws.add(
                format!("{at}.id"),
                format!(
                    "is `{}`; an id consists of lowercase letters, digits and single hyphens",
                    kind.id
                ),
            );
        }
        if kind.context.iter().any(|word| {
            word.len() < 3 || word.chars().any(|c| c.is_uppercase() || c.is_whitespace())
        }) {
            flaws.add(
                format!("{at}.context"),
                "has a word that is not lowercase or is shorter than three letters",
            );
        }
        shape(&at, kind, flaws);
    }
}

fn shape(at: &str, kind: &TokenKind, flaws: &mut SpecErrors) {
    let place = format!("{at}.shape");
    if anchored(&kind.shape) {
        flaws.add(&*place, "has an anchor (`^`, `$`, `\\b`); remove it, since the shape is also searched for inside text");
    }
    let regex = match Regex::new(&kind.shape) {
        Ok(regex) => regex,
        Err(error) => {
            return flaws.add(place, format!("is not a regular expression: {}", one_line(&error)));
        }
    };
    if regex.is_match("") {
        flaws.add(&*place, "matches the empty text");
    }
    let groups: Vec<_> = regex
        .group_info()
        .pattern_names(regex_automata::PatternID::ZERO)
        .flatten()
        .map(str::to_owned)
        .collect();
    for name in &kind.public {
        if !groups.contains(name) {
            flaws.add(
                format!("{at}.public"),
                format!("names the group `{name}`, which the shape does not have"),
            );
        }
    }
    if kind.examples.r#match.is_empty() {
        flaws.add(format!("{at}.examples.match"), "is empty; add at least one");
    }
    examples(&format!("{at}.examples.match"), &kind.examples.r#match, flaws, |text| {
        (!is_whole(&regex, text)).then_some("does not match the shape completely")
    });
    if !kind.identifier
        && kind
            .examples
            .r#match
            .iter()
            .any(|example| expand(example, 1).is_ok_and(|text| is_all_public(&regex, kind, &text)))
    {
        flaws.add(&*place, format!("makes nearly the whole value public: outside `key_id` and the `public` groups it has fewer than {LEAST_SECRET} characters"));
    }
    examples(&format!("{at}.examples.clean"), &kind.examples.clean, flaws, |text| {
        regex.is_match(text).then_some("contains a match of the shape")
    });
    super::examples::samples(&format!("{at}.samples"), kind, &regex, flaws);
}

fn examples(
    at: &str,
    texts: &[String],
    flaws: &mut SpecErrors,
    wrong: impl Fn(&str) -> Option<&'static str>,
) {
    for (index, example) in texts.iter().enumerate() {
        let flaw = (1..=TRIES).find_map(|seed| match expand(example, seed) {
            Err(error) => Some(error),
            Ok(text) => wrong(&text).map(str::to_owned),
        });
        if let Some(says) = flaw {
            flaws.add(format!("{at}[{index}]"), says);
        }
    }
}

fn is_whole(regex: &Regex, text: &str) -> bool {
    let mut captures: Captures = regex.create_captures();
    regex.search_captures(&Input::new(text).anchored(Anchored::Yes), &mut captures);
    captures.get_match().is_some_and(|found| found.end() == text.len())
}

/// Whether the public groups leave too little of a value secret.
fn is_all_public(regex: &Regex, kind: &TokenKind, text: &str) -> bool {
    let mut captures: Captures = regex.create_captures();
    regex.search_captures(&Input::new(text).anchored(Anchored::Yes), &mut captures);
    let public = kind.public.iter().map(String::as_str).chain(["key_id"]);
    let spans: Vec<_> = public.filter_map(|name| captures.get_group_by_name(name)).collect();
    let secret =
        (0..text.len()).filter(|at| !spans.iter().any(|span| span.range().contains(at))).count();
    !spans.is_empty() && secret < LEAST_SECRET
}

/// Whether there is an anchor outside a class. Searched by hand, to do without the syntax crate.
fn anchored(shape: &str) -> bool {
    let mut class = false;
    let mut letters = shape.chars();
    while let Some(letter) = letters.next() {
        match letter {
            '\\' => {
                let escaped = letters.next();
                if !class && matches!(escaped, Some('b' | 'B' | 'A' | 'z')) {
                    return true;
                }
            }
            '[' => class = true,
            ']' => class = false,
            '^' | '$' if !class => return true,
            _ => {}
        }
    }
    false
}

fn one_line(error: &dyn std::error::Error) -> String {
    let inner = error.source().map_or_else(|| error.to_string(), ToString::to_string);
    inner.lines().last().unwrap_or_default().trim_start_matches("error: ").to_owned()
}
