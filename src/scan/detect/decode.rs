//! Encoded parts of a text: base64 (also nested), hex, percent encoding, `\u`, `\x` and octal
//! escapes, HTML entities, and joined string literals. Each is decoded and searched as a separate
//! text; depth and amount are bounded.

use std::ops::Range;

use memchr::memchr;

use super::candidates::candidates;
use super::encoding::{self, Read, Stretch};
use super::escapes::unescape;
use super::folds::{self, Way};
use super::glued;
use super::joints::next_piece;
use super::letters::said;
use super::lines::{self, LEAST, Lines};
use super::matcher::{judge, settle};
use super::parcels::{Parcel, parcels};
use super::rules::{Form, Rules};
use super::runs::{Alphabet, runs};
use crate::scan::types::{Candidate, Match};

/// Encodings within encodings.
const DEPTH: u8 = 4;
/// How far an escaped stretch reaches to either side of an escape.
const STRETCH: usize = 2048;
/// How far from an escape or a joint anything may matter.
pub(crate) const REACH: usize = 9 * STRETCH;
/// Text before a stretch that goes with it, so that its name is seen.
const BEFORE: usize = 128;

/// Where in a text something may stand in another form, in order.
#[derive(Debug, Default)]
pub(crate) struct Forms {
    /// Long runs, and those together that stand on lines which follow each other.
    pub(crate) blocks: Vec<Range<usize>>,
    escapes: Vec<usize>,
    joints: Vec<usize>,
    /// Beginnings of tokens that something is glued to.
    glued: Vec<Candidate>,
}

impl Forms {
    /// Those that candidates tell of.
    pub(crate) fn of(rules: &Rules, text: &[u8], found: &[Candidate]) -> Self {
        let mut forms = Self::default();
        forms.fill(rules, text, found);
        forms
    }

    /// The same, in the place of what was there.
    pub(crate) fn fill(&mut self, rules: &Rules, text: &[u8], found: &[Candidate]) {
        self.clear();
        for candidate in found {
            self.add(rules, text, *candidate);
            self.add_glued(rules, text, *candidate);
        }
    }

    /// Any long run inside a part.
    fn within(part: Range<usize>) -> Self {
        Self { blocks: vec![part], ..Self::default() }
    }

    /// Adds the next candidate, if it tells of any.
    pub(crate) fn add(&mut self, rules: &Rules, text: &[u8], candidate: Candidate) {
        match rules.form(candidate) {
            Some(Form::Escape) => self.escapes.push(candidate.at()),
            Some(Form::Joint) => self.joints.push(candidate.at()),
            None if candidate.is_run() => match self.blocks.last_mut() {
                Some(last) if lines::goes_on(text, last.end, candidate.at()) => {
                    last.end = candidate.end()
                }
                _ => self.blocks.push(candidate.range()),
            },
            None => {}
        }
    }

    /// Adds a candidate that something is glued to.
    pub(crate) fn add_glued(&mut self, rules: &Rules, text: &[u8], candidate: Candidate) {
        if glued::may_be(rules, text, candidate) {
            self.glued.push(candidate);
        }
    }

    pub(crate) fn clear(&mut self) {
        self.blocks.clear();
        self.escapes.clear();
        self.joints.clear();
        self.glued.clear();
    }
}

/// What stands in a text in other forms: tokens, and archives written in letters.
#[derive(Debug, Default)]
pub(crate) struct Finds {
    pub(crate) matches: Vec<Match>,
    pub(crate) parcels: Vec<Parcel>,
}

/// Every token in the wide stretches of a text, but for what is read with all of it. Each stands
/// where its letters do.
pub(crate) fn wide(rules: &Rules, text: &[u8], read: &dyn Fn(&Stretch) -> Read) -> Finds {
    let mut finds = Finds::default();
    wide_in(rules, text, read, DEPTH, &mut finds);
    finds
}

fn wide_in(
    rules: &Rules,
    text: &[u8],
    read: &dyn Fn(&Stretch) -> Read,
    depth: u8,
    finds: &mut Finds,
) {
    encoding::stretches(text, &mut |stretch| {
        let (letters, read) = (stretch.letters(text), read(&stretch));
        if read == Read::Nothing {
            within(rules, &letters, &|letters| stretch.place(letters), depth, finds);
        }
        for one in at_ends(rules, &letters, stretch.is_open, read) {
            let range = stretch.place(&one.range());
            finds.matches.push(one.decoded_from(&letters, &range));
        }
    });
}

/// The longest value that is looked for at an end of a wide stretch, and what stands around it.
const END: usize = 5 << 10;

/// Values at the ends of a wide stretch. A letter there may be one of the text beside it, as the
/// order of bytes has it, which nothing tells: both orders are read where the whole was read in
/// another way.
fn at_ends(rules: &Rules, letters: &[u8], is_open: (bool, bool), read: Read) -> Vec<Match> {
    let all = letters.len();
    let known = match read {
        Read::Nothing | Read::All => 0..all,
        Read::ButFirst => 1..all,
        Read::ButLast => 0..all - 1,
    };
    let matches_in = |part: Range<usize>| {
        let found = plainly(rules, &letters[part.clone()]).into_iter();
        found.map(|one| one.moved(0, part.start)).collect::<Vec<_>>()
    };
    let mut found = Vec::new();
    for order in [0..all - usize::from(is_open.1), usize::from(is_open.0)..all] {
        let is_at_end = |one: &Match| {
            order.start != known.start && one.start == order.start
                || order.end != known.end && one.end == order.end
        };
        let length = if all > 2 * END { END } else { all };
        let ends = std::iter::once(0..length).chain((length < all).then(|| all - length..all));
        for end in ends.filter(|_| order != known) {
            let part = |whole: &Range<usize>| whole.start.max(end.start)..whole.end.min(end.end);
            let others = matches_in(part(&known));
            let is_known = |one: &Match| {
                others.iter().any(|other| other.start < one.end && one.start < other.end)
            };
            found.extend(
                matches_in(part(&order)).into_iter().filter(|one| is_at_end(one) && !is_known(one)),
            );
        }
    }
    found
}

/// Every token in what of a text stands in another form. Each stands where that form does.
pub(crate) fn finds(rules: &Rules, text: &[u8], forms: &Forms) -> Finds {
    let mut finds = Finds::default();
    deeper(rules, text, forms, DEPTH, &mut finds);
    finds
}

fn deeper(rules: &Rules, text: &[u8], forms: &Forms, depth: u8, finds: &mut Finds) {
    for part in &forms.blocks {
        let mut behind = 0;
        runs(text, part.clone(), LEAST, Alphabet::Base64, &mut |run| {
            if run.start >= behind {
                let lines = lines::lines(text, run);
                behind = lines.last().map_or(behind, |last| last.end);
                encoded(rules, text, &lines, depth, finds);
            }
        });
    }
    finds.matches.extend(forms.glued.iter().filter_map(|one| glued::found(rules, text, *one)));
    escaped(rules, text, &forms.escapes, depth, finds);
    joined(rules, text, &forms.joints, depth, finds);
}

/// What lines say in base64 and in hex, as one and each by itself: what ends with a line has
/// nothing glued to it.
fn encoded(rules: &Rules, text: &[u8], lines: &[Range<usize>], depth: u8, finds: &mut Finds) {
    let known = finds.matches.len();
    let of = |lines: &Lines<'_>, finds: &mut Finds| {
        said(&lines.letters, &mut |said| {
            within(rules, &said.bytes, &|bytes| lines.place(&said.letters(bytes)), depth, finds)
        });
    };
    let whole = Lines::of(text, lines);
    of(&whole, finds);
    parcels(&whole.letters, &mut finds.parcels);
    if lines.len() > 1 {
        let mut alone = Finds::default();
        lines
            .iter()
            .filter(|line| line.len() >= LEAST)
            .for_each(|line| of(&Lines::of(text, std::slice::from_ref(line)), &mut alone));
        let together = &finds.matches[known..];
        alone.matches.retain(|one| !together.iter().any(|other| is_part(one, other)));
        finds.matches.append(&mut alone.matches);
    }
}

/// Whether what was found is a part of something else that was.
fn is_part(one: &Match, other: &Match) -> bool {
    other.start <= one.start && one.end <= other.end
}

/// Searches a decoded text, as the bytes it is and where it has wide letters; what is found in it
/// stands where `place` says.
fn within(
    rules: &Rules,
    decoded: &[u8],
    place: &dyn Fn(&Range<usize>) -> Range<usize>,
    depth: u8,
    finds: &mut Finds,
) {
    work::count(decoded.len());
    let found = candidates(rules, decoded, 0..decoded.len());
    for one in settle(rules, judge(rules, decoded, &found, None)) {
        let range = place(&one.range());
        finds.matches.push(one.decoded_from(decoded, &range));
    }
    if depth > 1 {
        let mut inner = Finds::default();
        deeper(rules, decoded, &Forms::of(rules, decoded, &found), depth - 1, &mut inner);
        if memchr(0, decoded).is_some() {
            wide_in(rules, decoded, &|_| Read::Nothing, depth - 1, &mut inner);
        }
        finds.parcels.append(&mut inner.parcels);
        finds.matches.extend(inner.matches.into_iter().map(|one| {
            let range = place(&one.range());
            one.at(&range)
        }));
    }
}

/// Stretches with escapes in them.
fn escaped(rules: &Rules, text: &[u8], escapes: &[usize], depth: u8, finds: &mut Finds) {
    for way in [Way::Usual, Way::QuotedPrintable] {
        let mut behind = 0;
        for &at in escapes.iter().filter(|at| Way::at(text, **at) == way) {
            if at >= behind {
                let stretch = stretch(text, at, behind, way);
                behind = stretch.end;
                unescaped(rules, text, &stretch, way, depth, finds);
            }
        }
    }
}

/// The stretch around an escape that has no end of a word in it, behind a place.
fn stretch(text: &[u8], at: usize, behind: usize, way: Way) -> Range<usize> {
    let inside =
        |b: u8| !b.is_ascii_whitespace() && !matches!(b, b'"' | b'\'' | b'`' | b'<' | b'>');
    let (floor, ceiling) = (at.saturating_sub(STRETCH).max(behind), text.len().min(at + STRETCH));
    let (mut start, mut end) = (at, at);
    while start > floor {
        start -= match folds::length_before(&text[floor..start], way) {
            Some(fold) => fold,
            None if inside(text[start - 1]) => 1,
            None => break,
        };
    }
    while end < ceiling {
        end += match folds::length(&text[end..ceiling], way) {
            Some(fold) => fold,
            None if inside(text[end]) => 1,
            None => break,
        };
    }
    start..end
}

/// A stretch with its escapes turned back.
fn unescaped(
    rules: &Rules,
    text: &[u8],
    stretch: &Range<usize>,
    way: Way,
    depth: u8,
    finds: &mut Finds,
) {
    let context = stretch.start.saturating_sub(BEFORE);
    let (plain, places) = unescape(text, context..stretch.end, way);
    work::count(plain.len());
    // What stands before it is there for its words alone.
    let whole =
        places.partition_point(|place| *place < stretch.start).min(plain.len())..plain.len();
    // Only what was escaped: the rest has been seen, but for what stands right behind a `=3D`.
    let is_changed = |one: &Match| {
        let before =
            one.start.checked_sub(1).map_or(1, |before| places[one.start] - places[before]);
        places[one.end] - places[one.start] > one.range().len()
            || way == Way::QuotedPrintable && before > 1
    };
    for one in plainly(rules, &plain).into_iter().filter(is_changed) {
        let range = places[one.start]..places[one.end];
        finds.matches.push(one.decoded_from(&plain, &range));
    }
    if depth > 1 {
        let mut inner = Finds::default();
        deeper(rules, &plain, &Forms::within(whole), depth - 1, &mut inner);
        finds.parcels.append(&mut inner.parcels);
        let inner = inner.matches.into_iter().filter(is_changed);
        finds.matches.extend(inner.map(|one| one.at(stretch)));
    }
}

/// What stands in a text as it is.
fn plainly(rules: &Rules, text: &[u8]) -> Vec<Match> {
    settle(rules, judge(rules, text, &candidates(rules, text, 0..text.len()), None))
}

/// String literals with nothing but a sign of joining between them.
fn joined(rules: &Rules, text: &[u8], joints: &[usize], depth: u8, finds: &mut Finds) {
    let mut behind = 0;
    for &at in joints {
        if at < behind {
            continue;
        }
        // Most are joined to nothing.
        let Some(next) = next_piece(text, at) else { continue };
        let quote = text[at];
        let Some(open) = text[at.saturating_sub(STRETCH).max(behind)..at]
            .iter()
            .rposition(|b| *b == quote || *b == b'\n')
        else {
            continue;
        };
        let open = at.saturating_sub(STRETCH).max(behind) + open;
        if text[open] != quote {
            continue;
        }
        let context = open.saturating_sub(BEFORE);
        let mut whole = text[context..at].to_vec();
        // Where in the joined text two pieces meet.
        let (mut seams, mut end, mut next) = (Vec::new(), at, Some(next));
        while let Some(piece) = next.filter(|_| whole.len() <= 8 * STRETCH) {
            seams.push(whole.len());
            whole.extend_from_slice(&text[piece.clone()]);
            end = piece.end;
            next = next_piece(text, end);
        }
        behind = end;
        whole.push(quote);
        work::count(whole.len());
        let outside = open + 1..end;
        let all = open + 1 - context..whole.len();
        let spans = |range: &Range<usize>| {
            seams.iter().any(|seam| range.start < *seam && *seam < range.end)
        };
        for one in plainly(rules, &whole).into_iter().filter(|one| spans(&one.range())) {
            finds.matches.push(one.decoded_from(&whole, &outside));
        }
        if depth > 1 {
            let mut inner = Finds::default();
            deeper(rules, &whole, &Forms::within(all), depth - 1, &mut inner);
            finds.parcels.append(&mut inner.parcels);
            let inner = inner.matches.into_iter().filter(|one| spans(&one.range()));
            finds.matches.extend(inner.map(|one| one.at(&outside)));
        }
    }
}

/// How much was turned back and read, for tests that hold it to what there is to read.
mod work {
    #[cfg(test)]
    std::thread_local! {
        pub(crate) static DONE: std::cell::Cell<usize> = const { std::cell::Cell::new(0) };
    }

    #[cfg(test)]
    pub(super) fn count(bytes: usize) {
        DONE.with(|done| done.set(done.get() + bytes));
    }

    #[cfg(not(test))]
    pub(super) fn count(_: usize) {}
}

#[cfg(test)]
pub(crate) use work::DONE;
