//! Every value that this process holds, in one place, so that everything it says can be cleaned of
//! all of them: not only of the one that some request was about. What is public of a value (a key's
//! id) is told apart, since reports and the journal name keys by it.

use std::sync::{Mutex, MutexGuard};

use crate::domain::prose::is_prose;
use crate::domain::{Secret, locked};
use crate::net::echo::bare;
use crate::net::pieces::Pieces;
use crate::net::scrub::{encodings, forms};
use crate::net::shown;

/// A shorter value would be found in any text.
const SHORTEST: usize = 8;
/// A shorter part of a value stands for nothing by itself.
const SHORTEST_PART: usize = 16;
/// Names of variables that end like this hold what is no secret and is no plain word either.
const NO_SECRETS: [&str; 8] =
    ["_ID", "_SID", "SHA", "COMMIT", "_REF", "_REV", "_VERSION", "VERSION"];

/// Values, and what may be said of them.
#[derive(Default)]
pub struct Vault(Mutex<Inside>);

#[derive(Default)]
struct Inside {
    /// What is certainly a value: a token, a manager, a credential of ours.
    values: Held,
    /// What some variable holds that may be one.
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
    /// Keeps a value that is certainly one.
    pub fn take(&self, value: &Secret) {
        locked(&self.0).values.add(value);
    }

    /// Keeps what a variable holds, if it can be a value: paths, words and numbers are none.
    pub fn suspect(&self, name: &str, value: &Secret) {
        let text = value.expose();
        let is_path = |text: &str| {
            text.starts_with('/') && text.matches('/').count() > 1 || text.get(1..3) == Some(":\\")
        };
        // A path among other words would be cut out of everything that names a file near it.
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

    /// Learns that a text is public, although a value holds it: a key's id. A shorter one is no
    /// piece of a value anyhow.
    pub fn publish(&self, text: &str) {
        let mut inside = locked(&self.0);
        if text.len() < SHORTEST || inside.public.iter().any(|known| known == text) {
            return;
        }
        inside.public.push(text.to_owned());
        let Inside { values, suspects, .. } = &mut *inside;
        for held in [values, suspects] {
            // What was cut before may have to be cut otherwise.
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

    /// Whether a text holds a piece of what certainly is a value.
    #[must_use]
    pub fn is_in(&self, text: &str) -> bool {
        self.cut().values.pieces.found_in(text.as_bytes()).is_some()
    }

    /// The same for JSON of ours: every text in it, so that it stays JSON.
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

    /// Whether a value, or a part of it that is no id, is held already.
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

    /// Everything, with the pieces of all that is held.
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

    /// Which bytes of a text belong to a piece; `None` where none does.
    fn found_in(&self, text: &[u8]) -> Option<Vec<bool>> {
        self.both()
            .filter_map(|held| held.pieces.found_in(text))
            .reduce(|all, more| all.iter().zip(more).map(|(a, b)| *a || b).collect())
    }

    /// A value of each line, and what stands behind its last separator, where that is long enough
    /// to be a secret and is not public. What stands before it may be an id or an address, which
    /// many values share.
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

    /// Cuts what is new into pieces, if it is not elsewhere already.
    fn catch_up(&mut self, public: &[String], is_elsewhere: &dyn Fn(&str) -> bool) {
        for value in
            self.held.iter().skip(self.cut).map(Secret::expose).filter(|value| !is_elsewhere(value))
        {
            add(&mut self.pieces, value, public);
        }
        self.cut = self.held.len();
    }
}

/// Adds a value: the stretches between what is public of it in every form, and all of it in the
/// forms in which no id is shown.
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
