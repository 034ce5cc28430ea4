//! Shapes: that they compile, find their examples, and find nothing where nothing is.

use regex_automata::meta::Regex;
use regex_automata::util::captures::Captures;
use regex_automata::{Anchored, Input};

use super::super::examples::expand;
use super::super::{Spec, TokenKind};
use super::{SpecErrors, is_id, twice};

/// Each example is expanded so many times.
const TRIES: u64 = 8;
/// What is public of a value stands in paths and logs, so at least so many letters have to be left
/// that are not.
const LEAST_SECRET: usize = 8;

pub(super) fn check(spec: &Spec, flaws: &mut SpecErrors) {
    kinds("", &spec.tokens, flaws);
}

pub(super) fn kinds(before: &str, kinds: &[TokenKind], flaws: &mut SpecErrors) {
    if kinds.is_empty() {
        flaws.add(format!("{before}tokens"), "is empty; name at least one kind");
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
                format!("names `{other}`, which is no other kind of this provider"),
            );
        }
        if !is_id(&kind.id) {
            flaws.add(
                format!("{at}.id"),
                format!("is `{}`; an id is lower case letters, digits and single hyphens", kind.id),
            );
        }
        if kind.context.iter().any(|word| {
            word.len() < 3 || word.chars().any(|c| c.is_uppercase() || c.is_whitespace())
        }) {
            flaws.add(
                format!("{at}.context"),
                "has a word that is not lower case, or shorter than three letters",
            );
        }
        shape(&at, kind, flaws);
    }
}

fn shape(at: &str, kind: &TokenKind, flaws: &mut SpecErrors) {
    let place = format!("{at}.shape");
    if anchored(&kind.shape) {
        flaws.add(&*place, "has an anchor (`^`, `$`, `\\b`); it is looked for in text as well, so write the value's form alone");
    }
    let regex = match Regex::new(&kind.shape) {
        Ok(regex) => regex,
        Err(error) => {
            return flaws.add(place, format!("is not a regular expression: {}", one_line(&error)));
        }
    };
    if regex.is_match("") {
        flaws.add(&*place, "fits an empty text");
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
                format!("names `{name}`, a group that the shape has not got"),
            );
        }
    }
    if kind.examples.r#match.is_empty() {
        flaws.add(format!("{at}.examples.match"), "is empty; give at least one");
    }
    examples(&format!("{at}.examples.match"), &kind.examples.r#match, flaws, |text| {
        (!is_whole(&regex, text)).then_some("does not have the shape from end to end")
    });
    if !kind.identifier
        && kind
            .examples
            .r#match
            .iter()
            .any(|example| expand(example, 1).is_ok_and(|text| is_all_public(&regex, kind, &text)))
    {
        flaws.add(&*place, format!("calls nearly all of the value public: its `key_id` and its `public` groups leave fewer than {LEAST_SECRET} letters that are secret"));
    }
    examples(&format!("{at}.examples.clean"), &kind.examples.clean, flaws, |text| {
        regex.is_match(text).then_some("has the shape in it")
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

/// Whether the public groups leave next to nothing of a value that is secret.
fn is_all_public(regex: &Regex, kind: &TokenKind, text: &str) -> bool {
    let mut captures: Captures = regex.create_captures();
    regex.search_captures(&Input::new(text).anchored(Anchored::Yes), &mut captures);
    let public = kind.public.iter().map(String::as_str).chain(["key_id"]);
    let spans: Vec<_> = public.filter_map(|name| captures.get_group_by_name(name)).collect();
    let secret =
        (0..text.len()).filter(|at| !spans.iter().any(|span| span.range().contains(at))).count();
    !spans.is_empty() && secret < LEAST_SECRET
}

/// Whether an anchor stands outside a class. A hand-made look, since the syntax tree is another
/// crate's.
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
