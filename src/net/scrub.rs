//! Removes a value from foreign text: providers echo credentials in their error messages, whole or
//! cut, plain or encoded. The caller supplies text and value.

use std::collections::BTreeSet;

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};

use zeroize::Zeroizing;

use super::auth::encoded;
use super::shown::GONE;

/// This many consecutive characters of a value are removed wherever they are; fewer could be
/// chance.
const PIECE: usize = 12;

/// The text without any longer piece of the value, also in its usual encodings, since a response
/// can truncate what it echoes. A value shorter than a piece is removed as a whole; below four
/// characters it would be in any text.
pub(super) fn without(text: &str, value: &str) -> String {
    Needle::of(value).map_or_else(|| text.to_owned(), |needle| needle.taken_out_of(text))
}

/// A value in every encoding in which it may come back, created once for many texts. Its memory is
/// wiped.
pub(super) struct Needle {
    forms: Vec<Zeroizing<String>>,
    /// Which pairs of bytes occur in some encoding: a bit for each.
    pairs: Zeroizing<Vec<u64>>,
    /// The characters of the shortest piece.
    shortest: usize,
}

impl Needle {
    /// `None` for a value below four characters: it would be in any text.
    pub(super) fn of(value: &str) -> Option<Self> {
        let value = value.trim();
        if value.chars().count() < 4 {
            return None;
        }
        let forms = forms(value);
        let mut pairs = Zeroizing::new(vec![0; (1 << 16) / 64]);
        for pair in forms.iter().flat_map(|form| form.as_bytes().windows(2)) {
            let number = number(pair);
            if let Some(bits) = pairs.get_mut(number / 64) {
                *bits |= 1 << (number % 64);
            }
        }
        let shortest =
            forms.iter().map(|form| form.chars().count()).min().unwrap_or(PIECE).min(PIECE);
        Some(Self { forms, pairs, shortest })
    }

    /// Whether the text may contain a piece in any encoding: every piece is a run of known pairs of
    /// bytes. This clears nearly all texts, at a hundredth of the cost of searching for the pieces.
    fn may_be_in(&self, text: &[u8]) -> bool {
        let mut run = 0;
        text.windows(2).any(|pair| {
            let number = number(pair);
            let is_known =
                self.pairs.get(number / 64).is_some_and(|bits| bits & (1 << (number % 64)) != 0);
            run = if is_known { run + 1 } else { 0 };
            run + 1 >= self.shortest
        })
    }

    pub(super) fn taken_out_of(&self, text: &str) -> String {
        if self.may_be_in(text.as_bytes()) { taken_out(text, &self.forms) } else { text.to_owned() }
    }
}

/// Two bytes as one number.
fn number(pair: &[u8]) -> usize {
    pair.iter().fold(0, |number, byte| number << 8 | usize::from(*byte))
}

fn taken_out(text: &str, forms: &[Zeroizing<String>]) -> String {
    let text: Vec<char> = text.chars().collect();
    let mut gone = vec![false; text.len()];
    for form in forms {
        let form: Vec<char> = form.chars().collect();
        let length = form.len().min(PIECE);
        let pieces: BTreeSet<&[char]> = form.windows(length.max(1)).collect();
        for (at, window) in text.windows(length.max(1)).enumerate() {
            if pieces.contains(window) {
                gone.iter_mut().skip(at).take(length).for_each(|gone| *gone = true);
            }
        }
    }
    let mut shown = String::new();
    for (at, c) in text.iter().enumerate() {
        let (now, before) =
            (gone.get(at) == Some(&true), at > 0 && gone.get(at - 1) == Some(&true));
        match (now, before) {
            (true, false) => shown.push_str(GONE),
            (true, true) => {}
            (false, _) => shown.push(*c),
        }
    }
    shown
}

/// The value as it may come back: itself, in the encodings of JSON and addresses, and in all
/// others.
pub(super) fn forms(value: &str) -> Vec<Zeroizing<String>> {
    let json = serde_json::Value::from(value).to_string();
    let plain = [value.to_owned(), json.trim_matches('"').to_owned(), encoded(value)];
    plain.into_iter().map(Zeroizing::new).chain(encodings(value)).collect()
}

/// The value in encodings that hide it: reversed, hex and base64 (at any offset).
pub(super) fn encodings(value: &str) -> Vec<Zeroizing<String>> {
    let hex = crate::domain::ids::hex(value.as_bytes());
    let mut forms = vec![value.chars().rev().collect(), hex.to_ascii_uppercase(), hex];
    for before in 0..3 {
        let bytes = Zeroizing::new([&vec![0; before][..], value.as_bytes()].concat());
        for text in [STANDARD.encode(&*bytes), URL_SAFE_NO_PAD.encode(&*bytes)] {
            // The groups at either end depend on the neighbours.
            let inner = text.get(4..text.len().saturating_sub(4)).unwrap_or_default();
            forms.push(if inner.len() < PIECE { text.clone() } else { inner.to_owned() });
        }
        if before == 0 {
            forms.push(STANDARD.encode(&*bytes));
        }
    }
    forms.into_iter().map(Zeroizing::new).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const VALUE: &str = "ab/cd+ef \"gh\" ij-0123456789-klmnopqrst";

    #[test]
    fn a_value_is_taken_out_in_every_usual_form() {
        let shifted = |before: &str| STANDARD.encode(format!("{before}{VALUE}"));
        let backwards: String = VALUE.chars().rev().collect();
        let echoes = [
            VALUE.to_owned(),
            backwards,
            encoded(VALUE),
            serde_json::Value::from(VALUE).to_string(),
            shifted(""),
            shifted("k"),
            shifted("ke"),
            crate::domain::ids::hex(VALUE.as_bytes()),
        ];
        for echoed in echoes {
            let text = without(&format!("bad key {echoed} given"), VALUE);
            assert!(text.contains(GONE), "{text}");
            for piece in echoed.as_bytes().windows(PIECE) {
                let piece = String::from_utf8(piece.to_vec()).unwrap();
                assert!(!text.contains(&piece), "{piece} is left in {text}");
            }
        }
    }

    #[test]
    fn pieces_of_it_go_as_well_and_other_text_stays() {
        assert_eq!(
            without(&format!("key {}... is unknown", &VALUE[..20]), VALUE),
            "key ***... is unknown"
        );
        assert_eq!(
            without(&format!("{} and then {}!", &VALUE[..14], &VALUE[20..]), VALUE),
            "*** and then ***!"
        );
        assert_eq!(without("no such key", VALUE), "no such key");
        assert_eq!(without("bad key k3y7 given", "k3y7"), "bad key *** given");
        assert_eq!(without("a bad key", "bad"), "a bad key");
    }

    // A value with stars could result from the replacement text.
    proptest::proptest! {
        #[test]
        fn no_longer_piece_of_any_value_is_left_in_any_text(value in "[ -)+-~]{12,60}", cut in 0usize..40, before in "[ -~\n]{0,30}", after in "[ -~é]{0,30}") {
            let value = value.trim();
            let cut = cut.min(value.len());
            let text = format!("{before}{value}{after}{}{before}{}{}", &value[cut..], encoded(value), STANDARD.encode(format!("k{value}")));
            let shown = without(&text, value);
            if value.len() >= PIECE {
                for piece in value.as_bytes().windows(PIECE) {
                    let piece = String::from_utf8(piece.to_vec()).unwrap();
                    proptest::prop_assert!(!shown.contains(&piece), "{piece:?} is left in {shown:?}");
                }
            }
        }
    }

    #[test]
    fn a_text_of_any_alphabet_is_no_trouble() {
        assert_eq!(
            without("ключ пароль-очень-тайный неизвестен", "пароль-очень-тайный"),
            "ключ *** неизвестен"
        );
        assert_eq!(without("", VALUE), "");
    }
}
