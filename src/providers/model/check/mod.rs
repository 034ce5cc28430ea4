//! What serde cannot check in a provider file: that its parts fit together and are safe. Each error
//! is one sentence. The build fails if a built-in file has an error; a user's own file gets the
//! same sentences.

mod address;
mod answers;
mod examples;
mod lifecycle;
mod manual;
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
    /// What is wrong, as a sentence without its subject, the place.
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

/// Reads a provider file that was converted to JSON, and checks it.
///
/// # Errors
/// All errors; only the first if the file does not have the expected structure.
pub fn read(file: Value) -> Result<Spec, Vec<SpecError>> {
    let spec: Spec = serde_json::from_value(file)
        .map_err(|error| vec![SpecError { at: String::new(), says: error.to_string() }])?;
    let flaws = check(&spec);
    if flaws.is_empty() { Ok(spec) } else { Err(flaws) }
}

/// All errors in a file.
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

/// All errors in a list of kinds; `at` is the prefix of its place.
pub(super) fn kinds(at: &str, id: &str, kinds: &[super::TokenKind]) -> Vec<SpecError> {
    let mut flaws = SpecErrors(Vec::new());
    if !is_id(id) {
        flaws.add(
            format!("{at}id"),
            format!("is `{id}`; an id consists of lowercase letters, digits and single hyphens"),
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
            self.add(
                at,
                format!("is `{pointer}`, which is not a JSON pointer such as `/key/of/it`"),
            );
        } else if !wild && pointer.contains("/*") {
            self.add(
                at,
                format!(
                    "is `{pointer}`; `*` is not allowed here, because it must select one value"
                ),
            );
        }
    }
}

/// Lower-case letters, digits and single hyphens, beginning with a letter.
fn is_id(text: &str) -> bool {
    let letters = text.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-');
    let hyphens = !text.contains("--") && !text.ends_with('-');
    letters && hyphens && text.starts_with(|c: char| c.is_ascii_lowercase()) && text.len() <= 40
}

/// The first duplicate.
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
