//! The longest run of bytes of one set that every match of a pattern has, computed from its syntax:
//! a text without such a run cannot match. Only certain results. Also compiled into the build
//! script.

use regex_syntax::hir::{Class, Hir, HirKind};

/// What is certain of every match.
#[derive(Clone, Copy)]
struct Certain {
    /// Whether all its bytes are of the set; then it has at least so many as the others say.
    all: bool,
    /// At least so many of the set at its beginning, at its end, and in a row anywhere.
    first: usize,
    last: usize,
    most: usize,
}

impl Certain {
    /// All of the set, and at least so many.
    const fn all(count: usize) -> Self {
        Self { all: true, first: count, last: count, most: count }
    }

    const NOTHING: Self = Self { all: false, first: 0, last: 0, most: 0 };

    fn then(self, next: Self) -> Self {
        Self {
            all: self.all && next.all,
            first: if self.all { self.first + next.first } else { self.first },
            last: if next.all { self.last + next.last } else { next.last },
            most: self.most.max(next.most).max(self.last + next.first),
        }
    }

    fn or(self, other: Self) -> Self {
        Self {
            all: self.all && other.all,
            first: self.first.min(other.first),
            last: self.last.min(other.last),
            most: self.most.min(other.most),
        }
    }
}

/// How many bytes in a row, all of them such as `has` knows, every match has at least.
pub(crate) fn stretch(pattern: &Hir, has: &dyn Fn(u8) -> bool) -> usize {
    certain(pattern, has).most
}

fn certain(pattern: &Hir, has: &dyn Fn(u8) -> bool) -> Certain {
    let one = |is_of: bool| if is_of { Certain::all(1) } else { Certain::NOTHING };
    match pattern.kind() {
        HirKind::Empty | HirKind::Look(_) => Certain::all(0),
        HirKind::Literal(literal) => {
            literal.0.iter().map(|byte| one(has(*byte))).fold(Certain::all(0), Certain::then)
        }
        HirKind::Class(Class::Bytes(class)) => {
            one(class.iter().all(|range| (range.start()..=range.end()).all(has)))
        }
        HirKind::Class(Class::Unicode(class)) => {
            let is_of = |c: char| u8::try_from(c).is_ok_and(|byte| byte.is_ascii() && has(byte));
            one(class.iter().all(|range| (range.start()..=range.end()).all(is_of)))
        }
        HirKind::Capture(capture) => certain(&capture.sub, has),
        HirKind::Repetition(repetition) => {
            let (sub, times) = (certain(&repetition.sub, has), repetition.min as usize);
            match times {
                _ if sub.all => Certain::all(sub.most * times),
                0 => Certain::NOTHING,
                1 => Certain { all: false, ..sub },
                _ => Certain { all: false, ..sub.then(sub) },
            }
        }
        HirKind::Concat(parts) => {
            parts.iter().map(|part| certain(part, has)).fold(Certain::all(0), Certain::then)
        }
        HirKind::Alternation(ways) => {
            ways.iter().map(|way| certain(way, has)).reduce(Certain::or).unwrap_or(Certain::NOTHING)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::literal::byte_syntax;
    use super::*;

    fn of(pattern: &str) -> usize {
        let hir = regex_automata::util::syntax::parse_with(pattern, &byte_syntax()).unwrap();
        stretch(&hir, &|byte| byte.is_ascii_alphanumeric())
    }

    #[test]
    fn the_longest_stretch_is_known_and_no_more() {
        assert_eq!(of("[0-9a-f]{32}"), 32);
        assert_eq!(of("[0-9]{8,10}:AA[A-Za-z0-9]{33}"), 35);
        assert_eq!(of("(?i:ab|cde)[a-z0-9]{2,9}"), 4);
        assert_eq!(of("[a-z]{9}-[a-z]{40}"), 40);
        assert_eq!(of("(?:[a-z]{4}-){3}[a-z]{2}"), 4);
        assert_eq!(of("(?:-[a-z]{4})?[a-z]{2}"), 2);
        assert_eq!(of("[a-z]{3}[^x]?[a-z]{3}"), 3);
        assert_eq!(of("(?:[a-z]{3}.[a-z]{4}){2}"), 7);
        assert_eq!((of("[^a]{9}"), of("."), of("")), (0, 0, 0));
    }
}
