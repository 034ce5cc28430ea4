//! Whether a foreign text repeats a value, in any form we know how to read: what a provider says is
//! shown only if it does not. Text is read in every way it can be read, and the readings are looked
//! through for pieces of the value.

mod escapes;
mod radix;
mod runs;

use zeroize::Zeroizing;

use crate::domain::prose::is_prose;
use crate::domain::text::sentence;

/// So many characters of a value in a row are a piece of it, whatever stands between them.
const PIECE: usize = 8;
/// Both ends of a value, if each is shown with so many characters.
const END: usize = 4;
/// So many printable characters in a row are text. In noise they are rare.
const STRETCH: usize = 7;
/// Values below this length are looked for as they are: a shorter one would be found in any text.
const SHORTEST: usize = 4;
/// A value with ends has to be longer than they are.
const HAS_ENDS: usize = 12;
/// What is said in place of a message that may repeat a value.
const NOT_SHOWN: &str = "(its message is not shown: it may repeat a credential)";
/// No more than this much of a text is read, and no more readings of it are made.
const LONGEST: usize = 4_096;
const MOST_READINGS: usize = 400;
/// Encodings of encodings.
const DEPTH: usize = 4;

/// A text, read in every way. The readings may hold a value, so their memory is wiped.
pub struct Readings {
    texts: Vec<Zeroizing<String>>,
    /// The same without case, and without what stands between letters and digits.
    bare: Vec<Zeroizing<String>>,
}

impl Readings {
    /// Reads a text.
    #[must_use]
    pub fn of(text: &str) -> Self {
        let text: String = text.chars().take(LONGEST).collect();
        let backwards: String = text.chars().rev().collect();
        let turned = rotated(&backwards);
        let mut open: Vec<(Zeroizing<String>, usize)> =
            [rotated(&text), shifted(&text), turned, backwards, text]
                .into_iter()
                .map(|text| (Zeroizing::new(text), 0))
                .collect();
        let mut at = 0;
        while let Some((text, depth)) = open.get(at).cloned() {
            at += 1;
            if depth == DEPTH {
                continue;
            }
            for reading in escapes::read(&text).into_iter().chain(runs::read(&text)) {
                if open.len() < MOST_READINGS
                    && reading.len() >= SHORTEST
                    && open.iter().all(|(known, _)| *known != reading)
                {
                    open.push((reading, depth + 1));
                }
            }
        }
        let texts: Vec<_> = open.into_iter().map(|(text, _)| text).collect();
        Self { bare: texts.iter().map(|text| bare(text)).collect(), texts }
    }

    /// Whether something is true of any reading.
    #[must_use]
    pub fn any(&self, test: &dyn Fn(&str) -> bool) -> bool {
        self.texts.iter().any(|text| test(text))
    }

    /// Every reading in lower case, without what stands between letters and digits.
    pub fn bare(&self) -> impl Iterator<Item = &str> {
        self.bare.iter().map(|text| text.as_str())
    }

    /// Whether a reading holds all of a value.
    #[must_use]
    pub fn hold_all_of(&self, value: &str) -> bool {
        let value = bare(value);
        value.chars().count() >= SHORTEST
            && self.bare.iter().any(|reading| reading.contains(value.as_str()))
    }

    /// Whether a reading holds a value, a piece of it, or both its ends; forwards or backwards, in
    /// any case, shifted by 13 or 47, and whatever stands between its characters.
    #[must_use]
    pub fn hold(&self, value: &str) -> bool {
        let value = bare(value);
        let letters: Vec<char> = value.chars().collect();
        if letters.len() < SHORTEST {
            return false;
        }
        let pieces: Vec<Zeroizing<String>> = letters
            .windows(PIECE.min(letters.len()))
            .map(|window| Zeroizing::new(window.iter().collect()))
            .collect();
        let ends = (letters.len() >= HAS_ENDS).then(|| {
            (text(letters.iter().take(END)), text(letters.iter().skip(letters.len() - END)))
        });
        self.bare.iter().any(|reading| {
            let piece = pieces.iter().any(|piece| reading.contains(piece.as_str()));
            piece
                || ends.as_ref().is_some_and(|(first, last)| {
                    reading.contains(first.as_str()) && reading.contains(last.as_str())
                })
        })
    }
}

/// What somebody else said, fit to show: its first sentence, if all of it is plain words and it
/// repeats no value that was sent.
pub fn quoted(said: &str, repeats: impl FnOnce(&Readings) -> bool) -> String {
    let sentence = sentence(said);
    if is_prose(&sentence) && !repeats(&Readings::of(said)) {
        sentence
    } else {
        NOT_SHOWN.to_owned()
    }
}

fn text<'a>(letters: impl Iterator<Item = &'a char>) -> Zeroizing<String> {
    Zeroizing::new(letters.collect())
}

/// Letters and digits in lower case, without anything between them.
pub(super) fn bare(text: &str) -> Zeroizing<String> {
    Zeroizing::new(
        text.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect(),
    )
}

/// Each letter shifted by 13.
fn rotated(text: &str) -> String {
    let turn = |c: char, first: u8| {
        char::from((u8::try_from(c).unwrap_or(first) - first + 13) % 26 + first)
    };
    text.chars()
        .map(|c| match c {
            'a'..='z' => turn(c, b'a'),
            'A'..='Z' => turn(c, b'A'),
            _ => c,
        })
        .collect()
}

/// Each printable character shifted by 47.
fn shifted(text: &str) -> String {
    text.bytes()
        .map(
            |byte| {
                if byte.is_ascii_graphic() {
                    char::from((byte - b'!' + 47) % 94 + b'!')
                } else {
                    ' '
                }
            },
        )
        .collect()
}

/// Decoded bytes as text, if a stretch of them can be: characters that a value is made of, in one
/// byte each or in two.
fn as_text(bytes: &[u8]) -> Option<Zeroizing<String>> {
    let bytes = || bytes.iter().copied().filter(|byte| *byte != 0);
    // What stands before or behind the encoded value is decoded as well, to noise: only a stretch
    // of it has to be text.
    let (mut stretch, mut longest) = (0, 0);
    for byte in bytes() {
        stretch = if byte.is_ascii_graphic() || byte == b' ' { stretch + 1 } else { 0 };
        longest = stretch.max(longest);
    }
    (longest >= STRETCH).then(|| Zeroizing::new(bytes().map(char::from).collect()))
}

#[cfg(test)]
mod tests;
