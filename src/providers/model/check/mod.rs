//! What serde cannot say of a provider file: that its parts go together and are safe. One sentence
//! for each flaw. The build fails on a built-in file with a flaw; a user's own file gets the same
//! sentences.

mod address;
mod answers;
mod examples;
mod lifecycle;
mod rate_limits;
mod requests;
mod restricts;
mod tokens;

use std::fmt;

use serde_json::Value;

use super::Spec;

/// Something wrong with a provider file.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct SpecError {
    /// Where: `rotate.create.request.path`. Empty for the file as a whole.
    pub at: String,
    /// What, as a sentence without the place.
    pub says: String,
}

impl fmt::Display for SpecError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.at.is_empty() {
            f.write_str(&self.says)
        } else {
            write!(f, "`{}` {}", self.at, self.says)
        }
    }
}

/// Reads a provider file that has been turned into JSON, and judges it.
///
/// # Errors
/// Every flaw there is; where it is not of the form at all, the first.
pub fn read(file: Value) -> Result<Spec, Vec<SpecError>> {
    let spec: Spec = serde_json::from_value(file)
        .map_err(|error| vec![SpecError { at: String::new(), says: error.to_string() }])?;
    let flaws = check(&spec);
    if flaws.is_empty() { Ok(spec) } else { Err(flaws) }
}

/// Every flaw of a file.
#[must_use]
pub fn check(spec: &Spec) -> Vec<SpecError> {
    let mut flaws = SpecErrors(Vec::new());
    address::check(spec, &mut flaws);
    tokens::check(spec, &mut flaws);
    requests::check(spec, &mut flaws);
    answers::check(spec, &mut flaws);
    examples::answers(spec, &mut flaws);
    lifecycle::check(spec, &mut flaws);
    restricts::check(spec, &mut flaws);
    rate_limits::check(spec, &mut flaws);
    for (index, place) in spec.errors.iter().enumerate() {
        flaws.pointer(&format!("errors[{index}]"), place, false);
    }
    flaws.0
}

/// Every flaw of a list of kinds; `at` is what stands before its place.
pub(super) fn kinds(at: &str, id: &str, kinds: &[super::TokenKind]) -> Vec<SpecError> {
    let mut flaws = SpecErrors(Vec::new());
    if !is_id(id) {
        flaws.add(
            format!("{at}id"),
            format!("is `{id}`; an id is lower case letters, digits and single hyphens"),
        );
    }
    tokens::kinds(at, kinds, &mut flaws);
    flaws.0
}

struct SpecErrors(Vec<SpecError>);

impl SpecErrors {
    fn add(&mut self, at: impl Into<String>, says: impl Into<String>) {
        self.0.push(SpecError { at: at.into(), says: says.into() });
    }

    fn pointer(&mut self, at: &str, pointer: &str, wild: bool) {
        if !super::pointer::is_valid(pointer) {
            self.add(at, format!("is `{pointer}`, which is no JSON pointer: write `/key/of/it`"));
        } else if !wild && pointer.contains("/*") {
            self.add(
                at,
                format!("is `{pointer}`; `*` has no meaning here, where one thing is wanted"),
            );
        }
    }
}

/// Lower case letters, digits and single hyphens, a letter first.
fn is_id(text: &str) -> bool {
    let letters = text.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-');
    let hyphens = !text.contains("--") && !text.ends_with('-');
    letters && hyphens && text.starts_with(|c: char| c.is_ascii_lowercase()) && text.len() <= 40
}

/// The first text that comes twice.
fn twice<'a>(texts: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let mut seen = Vec::new();
    texts.into_iter().find(|text| {
        let again = seen.contains(text);
        seen.push(*text);
        again
    })
}

#[cfg(test)]
mod tests;
