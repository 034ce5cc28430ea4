//! Whether a foreign text repeats a value in any encoding we know: a provider's message is shown
//! only if it does not. Text is decoded in every possible way, and each reading is searched for
//! pieces of the value.

mod escapes;
mod radix;
mod runs;

use zeroize::Zeroizing;

use crate::domain::prose::is_prose;
use crate::domain::text::sentence;

/// This many consecutive characters of a value are a piece of it, whatever is between them.
const PIECE: usize = 8;
/// Both ends of a value count if each shows this many characters.
const END: usize = 4;
/// This many printable characters in a row are text. They are rare in noise.
const STRETCH: usize = 7;
/// Shorter values are not searched for: they would be found in any text.
const SHORTEST: usize = 4;
/// A value must be longer than its two ends to have any.
const HAS_ENDS: usize = 12;
/// Replaces a message that might repeat a value.
const NOT_SHOWN: &str = "(message not shown: it might contain a credential)";
/// Limits on the length of a text and on the number of its readings.
const LONGEST: usize = 4_096;
const MOST_READINGS: usize = 400;
/// Encodings of encodings.
const DEPTH: usize = 4;

/// A text, decoded in every way. The readings may contain a value, so their memory is wiped.
pub struct Readings {
    texts: Vec<Zeroizing<String>>,
    /// The same in lower case, with letters and digits only.
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

    /// Every reading in lower case, with letters and digits only.
    pub fn bare(&self) -> impl Iterator<Item = &str> {
        self.bare.iter().map(|text| text.as_str())
    }

    /// Whether a reading contains a whole value.
    #[must_use]
    pub fn hold_all_of(&self, value: &str) -> bool {
        let value = bare(value);
        value.chars().count() >= SHORTEST
            && self.bare.iter().any(|reading| reading.contains(value.as_str()))
    }

    /// Whether a reading contains a value, a piece of it, or both its ends: forwards or backwards,
    /// in any case, shifted by 13 or 47, and whatever is between its characters.
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

/// A foreign message, safe to show: its first sentence, if it is plain words and the message
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

/// Letters and digits in lower case, and nothing else.
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

/// Decoded bytes as text, if a run of them is printable: one byte or two for each character.
fn as_text(bytes: &[u8]) -> Option<Zeroizing<String>> {
    let bytes = || bytes.iter().copied().filter(|byte| *byte != 0);
    // Text around the encoded value is decoded too, into noise, so only one run must be printable.
    let (mut stretch, mut longest) = (0, 0);
    for byte in bytes() {
        stretch = if byte.is_ascii_graphic() || byte == b' ' { stretch + 1 } else { 0 };
        longest = stretch.max(longest);
    }
    (longest >= STRETCH).then(|| Zeroizing::new(bytes().map(char::from).collect()))
}

#[cfg(test)]
mod tests;
