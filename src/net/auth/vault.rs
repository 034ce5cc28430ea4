//! All values that this process holds, so that all output can be cleaned of all of them, not only
//! of the value of one request. Public parts of a value (a key's id) are kept, since reports and
//! the journal name keys by them.

use std::sync::{Mutex, MutexGuard};

use crate::domain::prose::is_prose;
use crate::domain::{Secret, locked};
use crate::net::echo::bare;
use crate::net::pieces::Pieces;
use crate::net::scrub::{encodings, forms};
use crate::net::shown;

/// A shorter value would be found in any text.
const SHORTEST: usize = 8;
/// A shorter part of a value is not recognizable.
const SHORTEST_PART: usize = 16;
/// Variables whose names end like this hold neither secrets nor plain words.
const NO_SECRETS: [&str; 8] =
    ["_ID", "_SID", "SHA", "COMMIT", "_REF", "_REV", "_VERSION", "VERSION"];

/// Values, and what is public about them.
#[derive(Default)]
pub struct Vault(Mutex<Inside>);

#[derive(Default)]
struct Inside {
    /// Certain values: a token, a manager, our own credentials.
    values: Held,
    /// Contents of variables that may be values.
    suspects: Held,
    public: Vec<String>,
}

#[derive(Default)]
struct Held {
    held: Vec<Secret>,
    pieces: Pieces,
    /// How many values the pieces are of.
    cut: usize,
}

impl Vault {
    /// Adds a certain value.
    pub fn take(&self, value: &Secret) {
        locked(&self.0).values.add(value);
    }

    /// Adds the content of a variable, if it can be a value: paths, words and numbers cannot.
    pub fn suspect(&self, name: &str, value: &Secret) {
        let text = value.expose();
        let is_path = |text: &str| {
            text.starts_with('/') && text.matches('/').count() > 1 || text.get(1..3) == Some(":\\")
        };
        // A path among other words would be removed from every mention of a nearby file.
        if text.split_whitespace().any(is_path) && text.split_whitespace().count() > 1 {
            return text
                .split_whitespace()
                .for_each(|word| self.suspect(name, &Secret::new(word.to_owned())));
        }
        let is_path = is_path(text);
        let is_number = !text.bytes().any(|byte| byte.is_ascii_alphabetic()) && text.len() < 16;
        let is_named_otherwise = NO_SECRETS.iter().any(|end| name.ends_with(end));
        if !is_path && !is_number && !is_named_otherwise && !is_prose(text) {
            locked(&self.0).suspects.add(value);
        }
    }

    /// Learns that a text is public, although a value contains it: a key's id. A shorter one is
    /// never a piece of a value.
    pub fn publish(&self, text: &str) {
        let mut inside = locked(&self.0);
        if text.len() < SHORTEST || inside.public.iter().any(|known| known == text) {
            return;
        }
        inside.public.push(text.to_owned());
        let Inside { values, suspects, .. } = &mut *inside;
        for held in [values, suspects] {
            // Values added earlier must be cut again.
            if held.held.iter().take(held.cut).any(|held| held.expose().contains(text)) {
                (held.pieces, held.cut) = (Pieces::default(), 0);
            }
        }
    }

    /// A text without any piece of any value, in the encodings of the scrubber and in the escapes
    /// of our own outputs.
    #[must_use]
    pub fn cleaned(&self, text: &str) -> String {
        let inside = self.cut();
        shown::without(text, &|text| inside.found_in(text))
    }

    /// Whether a text contains a piece of a certain value.
    #[must_use]
    pub fn is_in(&self, text: &str) -> bool {
        self.cut().values.pieces.found_in(text.as_bytes()).is_some()
    }

    /// The same for our own JSON, text by text, so that it remains JSON.
    #[must_use]
    pub fn cleaned_json(&self, json: &str) -> String {
        shown::json_without(json, &|text| self.cleaned(text))
    }

    /// Whether a text, or one of the ways to read it, repeats a piece of a value.
    #[must_use]
    pub fn is_repeated_by(&self, text: &str, readings: &mut dyn Iterator<Item = &str>) -> bool {
        if self.cleaned(text) != text {
            return true;
        }
        let inside = self.cut();
        for reading in readings {
            if inside.both().any(|held| held.pieces.stand_in(reading)) {
                return true;
            }
        }
        false
    }

    /// Whether a value, or a part of it that is not an id, is already known.
    #[must_use]
    pub fn knows(&self, value: &Secret) -> bool {
        let inside = locked(&self.0);
        let value = value.expose();
        inside.both().flat_map(|held| &held.held).map(Secret::expose).any(|held| {
            value == held
                || inside.parts(held).any(|part| value.contains(part))
                || inside.parts(value).any(|part| held.contains(part))
        })
    }

    /// All pieces of all values.
    fn cut(&self) -> MutexGuard<'_, Inside> {
        let mut inside = locked(&self.0);
        let Inside { values, suspects, public } = &mut *inside;
        values.catch_up(public, &|_| false);
        suspects.catch_up(public, &|text| values.has(text));
        inside
    }
}

impl Inside {
    fn both(&self) -> impl Iterator<Item = &Held> {
        [&self.values, &self.suspects].into_iter()
    }

    /// Which bytes of a text belong to a piece; `None` if none does.
    fn found_in(&self, text: &[u8]) -> Option<Vec<bool>> {
        self.both()
            .filter_map(|held| held.pieces.found_in(text))
            .reduce(|all, more| all.iter().zip(more).map(|(a, b)| *a || b).collect())
    }

    /// Each line as a value, and the part after its last separator if that is long enough to be a
    /// secret and not public. The part before can be an id or an address that many values share.
    fn parts<'v>(&self, value: &'v str) -> impl Iterator<Item = &'v str> {
        let parts = value
            .lines()
            .flat_map(|line| std::iter::once(line).chain(line.rsplit([':', ';']).next()));
        parts.filter(|part| {
            part.len() >= SHORTEST_PART && !self.public.iter().any(|public| public == part)
        })
    }
}

impl Held {
    fn add(&mut self, value: &Secret) {
        let text = value.expose();
        if text.len() >= SHORTEST && !value.is_plain_word() && !self.has(text) {
            self.held.push(value.clone());
        }
    }

    fn has(&self, text: &str) -> bool {
        self.held.iter().any(|held| held.expose() == text)
    }

    /// Cuts a new value into pieces, unless another one already has them.
    fn catch_up(&mut self, public: &[String], is_elsewhere: &dyn Fn(&str) -> bool) {
        for value in
            self.held.iter().skip(self.cut).map(Secret::expose).filter(|value| !is_elsewhere(value))
        {
            add(&mut self.pieces, value, public);
        }
        self.cut = self.held.len();
    }
}

/// Adds a value: the stretches between its public parts in every encoding, and the whole value in
/// the encodings in which ids are not shown.
fn add(pieces: &mut Pieces, value: &str, public: &[String]) {
    let mut stretches = vec![value];
    for public in public.iter().filter(|public| value.contains(public.as_str())) {
        stretches =
            stretches.into_iter().flat_map(|stretch| stretch.split(public.as_str())).collect();
    }
    if stretches.len() > 1 {
        encodings(value).iter().for_each(|form| pieces.add(form));
    }
    for stretch in stretches.into_iter().filter(|stretch| stretch.len() >= SHORTEST) {
        for form in forms(stretch) {
            pieces.add(&form);
        }
        pieces.add_bare(&bare(stretch));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn secret(text: &str) -> Secret {
        Secret::new(text.to_owned())
    }

    #[test]
    fn a_value_is_known_by_its_secret_part_and_not_by_an_address() {
        let vault = Vault::default();
        let (one, two) = (["xK9qZ7mN2", "pL5wT8rV4"].concat(), ["cY6hJ1dF0", "bN3vM8sQ2"].concat());
        let with =
            |key: &str| secret(&format!("endpoint=https://mail-4711.example;accesskey={key}"));
        vault.take(&with(&one));
        assert!(vault.knows(&with(&one)) && !vault.knows(&with(&two)));
        vault.take(&secret(&format!("SK0123456789abcdef:{two}")));
        assert!(
            vault.knows(&secret(&format!("SKfedcba9876543210:{two}")))
                && vault.knows(&secret(&two))
        );
    }

    #[test]
    fn what_is_public_of_a_value_may_be_said_and_what_only_may_be_one_stops_no_record() {
        let vault = Vault::default();
        let value = ["SK0123456789abcdef:", "xK9qZ7mN2", "pL5wT8rV4"].concat();
        vault.take(&secret(&value));
        assert_eq!(vault.cleaned("key SK0123456789abcdef"), "key ***");
        vault.publish("SK0123456789abcdef");
        assert_eq!(
            vault.cleaned(&format!("key SK0123456789abcdef: X_{value}")),
            "key SK0123456789abcdef: X_SK0123456789abcdef***"
        );
        // A letter that is public takes no value apart.
        vault.publish("x");
        assert!(!vault.cleaned(&value).contains("xK9"));
        let word = ["deploy-4711x", "-9Kz2"].concat();
        vault.suspect("TARGET", &secret(&word));
        assert!(vault.cleaned(&word) == "***" && !vault.is_in(&word) && vault.is_in(&value));
        let hash = "9f8e7d6c5b4a".repeat(3);
        vault.suspect(
            "BUILT",
            &secret(&format!("{hash} /tmp/a8e23c6a5477051a/tokenward.wQPb9/tokenward")),
        );
        assert_eq!(
            vault.cleaned("see /tmp/a8e23c6a5477051a/tokenward.wQPb9/report.json"),
            "see /tmp/a8e23c6a5477051a/tokenward.wQPb9/report.json"
        );
        assert_eq!(vault.cleaned(&hash), "***");
    }
}
