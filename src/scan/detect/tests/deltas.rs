//! A text that is a delta gives what it gives as a whole, and so does what is made of it in turn:
//! texts full of what tokens, encodings and literals are made of, cut and put together at any
//! place.

use std::ops::Range;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::super::incremental::{BlobMatches, Buffers, TextDelta};
use crate::scan::Rules;
use crate::scan::tests::support::{mailchimp, rules, sendgrid, uuid};
use crate::scan::types::Piece;

/// Numbers that are the same in each run.
struct Dice(u64);

impl Dice {
    fn below(&mut self, most: usize) -> usize {
        self.0 =
            self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) as usize % most
    }
}

/// Whole tokens, in several forms, and halves of them.
fn fragments(seed: usize) -> Vec<Vec<u8>> {
    let (key, other) = (sendgrid(seed), mailchimp(seed));
    let mut all: Vec<Vec<u8>> = [
        "\"",
        "'",
        "\" + \"",
        "\"\n    ",
        "\"+\"",
        "' \\\n",
        "    ",
        "\n",
        "(",
        " ",
        "=",
        "api_key = ",
        "password: \"",
        "postmark ",
        "SG.",
        "pat-",
        "re_",
        "re_1",
        "://user:",
        "://",
        "@host/",
        "%41",
        "\\u00",
        "&#8",
        "&period;",
        "\\12",
        "\\056",
        "-",
        "_",
        "abcdefgh",
        "let x = ",
        "QUFB",
        "QUFBQUFBQUFBQUFB",
    ]
    .map(|text| text.as_bytes().to_vec())
    .to_vec();
    all.extend(
        [key.clone(), other.clone(), uuid(seed), STANDARD.encode(format!("key={key}"))]
            .map(String::into_bytes),
    );
    all.push(key.bytes().map(|byte| format!("%{byte:02x}")).collect::<String>().into_bytes());
    for text in [&key, &other] {
        all.extend([&text[..20], &text[20..]].map(|half| half.as_bytes().to_vec()));
    }
    all
}

fn text(dice: &mut Dice, fragments: &[Vec<u8>], most: usize) -> Vec<u8> {
    (0..dice.below(most) + 1).flat_map(|_| fragments[dice.below(fragments.len())].clone()).collect()
}

/// A text made of pieces of a base and of new ones.
fn made_of(base: &[u8], dice: &mut Dice, fragments: &[Vec<u8>]) -> (Vec<u8>, Vec<Piece>) {
    let (mut made, mut pieces, mut at) = (Vec::new(), Vec::<Piece>::new(), 0);
    let mut put = |made: &mut Vec<u8>, bytes: &[u8], copied: Option<usize>| {
        let range: Range<usize> = made.len()..made.len() + bytes.len();
        made.extend_from_slice(bytes);
        match pieces.last_mut() {
            Some(last) if last.copied.map(|from| from + last.at.len()) == copied => {
                last.at.end = range.end
            }
            _ if !range.is_empty() => pieces.push(Piece { at: range, copied }),
            _ => {}
        }
    };
    while at < base.len() {
        let end = base.len().min(at + dice.below(300));
        put(&mut made, &base[at..end], Some(at));
        match dice.below(4) {
            0 => at = end,
            1 => at = base.len().min(end + dice.below(40)),
            2 => {
                put(&mut made, &text(dice, fragments, 4), None);
                at = end;
            }
            _ => {
                put(&mut made, &text(dice, fragments, 3), None);
                at = base.len().min(end + dice.below(20));
            }
        }
        // Sometimes from further back, so that a copy follows one that was no neighbour.
        if dice.below(12) == 0 {
            let back = dice.below(at + 1);
            put(&mut made, &base[back..at.min(back + 90)], Some(back));
        }
    }
    (made, pieces)
}

/// A place, and what is encoded there.
type Place = (Range<usize>, Option<Box<[u8]>>);

fn told(rules: &Rules, text: &[u8], marks: &BlobMatches) -> Vec<Place> {
    marks.settled(rules, text).into_iter().map(|one| (one.range(), one.decoded)).collect()
}

#[test]
fn a_delta_of_a_delta_gives_what_the_whole_text_gives() {
    let (rules, mut work, mut found) = (rules(), Buffers::default(), 0);
    for seed in 0..600 {
        let (mut dice, fragments) = (Dice(seed as u64), fragments(seed));
        let mut base = text(&mut dice, &fragments, 60);
        let mut known = BlobMatches::of(&rules, &base);
        for generation in 0..5 {
            let (made, pieces) = made_of(&base, &mut dice, &fragments);
            let delta =
                TextDelta { text: &made, pieces: &pieces, base: &known, length: base.len() };
            let marks = BlobMatches::of_delta(&rules, &delta, &mut work);
            let whole = told(&rules, &made, &BlobMatches::of(&rules, &made));
            assert_eq!(
                told(&rules, &made, &marks),
                whole,
                "{seed}, {generation}: {:?}",
                String::from_utf8_lossy(&made)
            );
            found += whole.len();
            (base, known) = (made, marks);
        }
    }
    assert!(found > 3_000, "{found}");
}
