//! Finds text with the shape of a token anywhere in the report of another repository: in every text
//! and name of its JSON, read or not, in any common encoding.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, MapAccess, SeqAccess, Visitor};

use super::shapes;
use crate::domain::Timestamp;
use crate::domain::prose::is_prose;
use crate::net::Readings;

/// A text is read in pieces of so many characters, each of which begins with the end of the one
/// before.
const PIECE: usize = 4_000;
const OVERLAP: usize = 1_000;

/// Looks for tokens, and keeps what was found.
#[derive(Default)]
pub(super) struct Screen {
    shapes: RefCell<BTreeSet<String>>,
    known: RefCell<BTreeMap<String, bool>>,
}

impl Screen {
    /// A text, or three stars if it has the shape of a token.
    pub(super) fn clean(&self, text: &str) -> String {
        if self.holds_token(text) { "***".to_owned() } else { text.to_owned() }
    }

    /// Searches every text of a report by itself, since a shape may depend on the words around it,
    /// and gives the shapes that were found in it so far.
    pub(super) fn searched(&self, report: &str) -> Vec<String> {
        let mut json = serde_json::Deserializer::from_str(report);
        // What is not JSON was refused already.
        let _ = Every(self).deserialize(&mut json);
        self.shapes.borrow().iter().cloned().collect()
    }

    fn holds_token(&self, text: &str) -> bool {
        let visible: String = text.chars().filter(|c| *c != '\u{fffd}').collect();
        if is_prose(&visible) || Timestamp::parse(&visible).is_some() {
            return false;
        }
        if let Some(known) = self.known.borrow().get(&visible) {
            return *known;
        }
        let letters: Vec<char> = visible.chars().collect();
        let mut holds = false;
        for start in (0..letters.len()).step_by(PIECE - OVERLAP) {
            let piece: String = letters.iter().skip(start).take(PIECE).collect();
            holds |= self.is_token(&piece);
        }
        self.known.borrow_mut().insert(visible, holds);
        holds
    }

    fn is_token(&self, piece: &str) -> bool {
        Readings::of(piece).any(&|reading| {
            let shapes = shapes::found(reading);
            let is_token = !shapes.is_empty();
            self.shapes.borrow_mut().extend(shapes);
            is_token
        })
    }
}

/// Visits every text and name of a JSON value, also those that appear twice.
#[derive(Clone, Copy)]
struct Every<'s>(&'s Screen);

impl<'de> DeserializeSeed<'de> for Every<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, json: D) -> Result<(), D::Error> {
        json.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Every<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON")
    }

    fn visit_str<E>(self, text: &str) -> Result<(), E> {
        self.0.holds_token(text);
        Ok(())
    }

    fn visit_bool<E>(self, _: bool) -> Result<(), E> {
        Ok(())
    }

    fn visit_i64<E>(self, _: i64) -> Result<(), E> {
        Ok(())
    }

    fn visit_u64<E>(self, _: u64) -> Result<(), E> {
        Ok(())
    }

    fn visit_f64<E>(self, _: f64) -> Result<(), E> {
        Ok(())
    }

    fn visit_unit<E>(self) -> Result<(), E> {
        Ok(())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<(), A::Error> {
        while items.next_element_seed(self)?.is_some() {}
        Ok(())
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<(), A::Error> {
        while entries.next_key_seed(self)?.is_some() {
            entries.next_value_seed(self)?;
        }
        Ok(())
    }
}
