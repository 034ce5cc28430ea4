//! What to look for, made ready: the literals that say where it is worth looking, and one regex
//! each, compiled when first needed. Knows no provider; the caller hands in what the provider files
//! say.

use std::collections::BTreeMap;
use std::ops::RangeInclusive;
use std::sync::OnceLock;

use regex_automata::meta::Regex;
use regex_automata::nfa::thompson::WhichCaptures;
use regex_automata::util::syntax;
use regex_syntax::hir::{Hir, HirKind, Repetition};

use super::decode::{self, Form};
use super::dummy_values::Owner;
use super::exact::Exact;
use super::gitleaks::{Custom, GitleaksRules};
use super::joints::beginnings;
use super::literal::{self, Anchor, anchor, byte_syntax};
use super::matcher::reach;
use super::prefilter::{Literal, Prefilter};
use super::required_run::stretch;
use super::runs::Alphabet;
use super::{address, generic};
use crate::domain::{Checksum, PatternFacts, ProviderId, TokenName};

/// The longest token looked for, in bytes; longer matches of an open-ended pattern are not seen.
pub(super) const LONGEST: usize = 4096;

/// A beginning this long is one provider's alone, or nearly.
pub(super) const DISTINCT: usize = 10;
/// A beginning this short begins words as well, where its last letter joins words.
const BRIEF: usize = 3;

/// A repetition of more than so many has no upper end when it is compiled.
const REPEATED: u32 = 64;

/// Values whose length is less certain than this are not looked for by their length.
const LITTLE: usize = 64;

/// What one kind of token looks like.
#[derive(Clone, Debug, Default)]
pub struct Shape<'a> {
    /// The provider it belongs to.
    pub provider: &'a str,
    /// The kind's id: with the provider's it is the rule's, `sendgrid/api-key`.
    pub kind: &'a str,
    /// A regex over bytes, without anchors: both edges are checked apart from it.
    pub pattern: &'a str,
    /// Where there are any, the shape is ambiguous and counts only with one of them nearby (in
    /// lower case; case does not matter).
    pub words: Vec<&'a str>,
    /// Kinds of the same provider that count as such a word: an account's id beside its secret.
    pub beside: Vec<&'a str>,
    /// What the value says of itself.
    pub checksum: Option<Checksum>,
    /// Whether it is no secret by itself, and only tells of one beside it.
    pub identifier: bool,
    /// What was read off the pattern when the program was built.
    pub known: Option<PatternFacts<'a>>,
}

/// A shape made ready.
#[derive(Debug)]
pub(super) struct Rule {
    pub(super) id: String,
    pub(super) provider: ProviderId,
    pub(super) shortest: usize,
    pub(super) longest: usize,
    /// What every match has, so that without it there is none: so many bytes in a row, such as
    /// base64 is made of, and this byte.
    pub(super) run: usize,
    pub(super) byte: Option<u8>,
    pub(super) words: Vec<String>,
    pub(super) beside: Vec<usize>,
    pub(super) checksum: Option<Checksum>,
    pub(super) identifier: bool,
    /// Whether the provider itself calls such a value an id.
    pub(super) is_id: bool,
    /// Whether its matches begin with so few letters that words do, too.
    pub(super) is_brief: bool,
    /// How its matches begin, where they do so in one way or a few: at least so many letters.
    pub(super) beginning: usize,
    pattern: String,
    regex: OnceLock<Option<Regex>>,
}

impl Rule {
    /// Whether its shape alone says nothing.
    pub(super) fn is_ambiguous(&self) -> bool {
        !self.words.is_empty() || !self.beside.is_empty()
    }

    /// Whether a match says so little that it is none where it is a part of a longer word.
    pub(super) fn is_weak(&self) -> bool {
        self.is_ambiguous() || self.identifier
    }

    /// Which of two rules is believed where both match: the lower.
    pub(super) fn tier(&self, named: bool) -> u8 {
        match (self.is_ambiguous(), self.beginning) {
            // A word and a beginning of its own say more than a beginning that others share.
            (true, letters) if letters >= DISTINCT || named && letters > 0 => 0,
            (false, _) => 1,
            (true, _) => 2,
        }
    }

    /// The regex. A pattern was checked before it came here, so there is always one.
    pub(super) fn regex(&self) -> Option<&Regex> {
        self.regex.get_or_init(|| compile(&self.pattern).ok()).as_ref()
    }
}

/// What a literal is of a rule.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum LiteralRole {
    /// Its matches start here.
    Start(usize),
    /// Its matches have this inside.
    Inside(usize),
    /// A match may be near.
    Near(usize),
    /// Something that is called a secret may be near.
    Assigned,
    /// An address.
    Address,
    /// A flag that takes a user and a password.
    Credential,
    /// A byte that tokens are made of, written as an escape.
    Escape,
    /// A string literal ends, and may be joined to another.
    Joint,
    /// A value that is known to the letter ends here.
    Exact(usize),
}

/// Everything there is to look for.
#[derive(Debug)]
pub struct Rules {
    pub(super) all: Vec<Rule>,
    pub(super) sieve: Prefilter,
    /// By literal of the sieve.
    pub(super) uses: Vec<Vec<LiteralRole>>,
    /// By literal: how far around it anything may count. Known beforehand: it is asked for at every
    /// seam of every delta.
    pub(super) reaches: Vec<usize>,
    /// By literal: which other form it tells of.
    pub(super) forms: Vec<Option<Form>>,
    /// The literal that stands for all that are joints.
    pub(super) joint: Option<usize>,
    /// Rules with neither literal nor word, whose matches are long words.
    pub(super) long_words: Vec<usize>,
    /// Rules of which not even that is known, which read every byte.
    pub(super) everywhere: Vec<usize>,
    /// Rules of another form, which read every byte as well.
    pub(super) custom: Custom,
    /// Values that are known to the letter.
    pub(super) exact: Vec<Exact>,
    /// Whose token a name says it is, when that is first asked.
    pub(super) owners: OnceLock<Vec<Owner>>,
}

/// What to look for, and what it is of which rules.
type Wanted = BTreeMap<Literal, Vec<LiteralRole>>;

impl Rules {
    /// Makes shapes ready, with or without the rule for whatever is called a secret and looks like
    /// one.
    ///
    /// # Errors
    /// Which rule has a pattern that cannot be used, and why.
    pub fn new(shapes: &[Shape<'_>], generic: bool) -> Result<Self, String> {
        Self::knowing(shapes, generic, Vec::new())
    }

    /// The same, with values beside them that are known to the letter.
    ///
    /// # Errors
    /// Which rule has a pattern that cannot be used, and why.
    pub fn knowing(shapes: &[Shape<'_>], generic: bool, exact: Vec<Exact>) -> Result<Self, String> {
        let (mut all, mut wanted, mut long_words, mut everywhere) =
            (Vec::with_capacity(shapes.len()), Wanted::new(), Vec::new(), Vec::new());
        for (index, shape) in shapes.iter().enumerate() {
            let id = format!("{}/{}", shape.provider, shape.kind);
            let mut rule =
                ready(shape, shapes, id.clone()).map_err(|why| format!("{id}: {why}"))?;
            let found = literals(shape, index).map_err(|why| format!("{id}: {why}"))?;
            if found.iter().all(|(_, how)| *how == LiteralRole::Start(index)) {
                rule.beginning =
                    found.iter().map(|(literal, _)| literal.bytes.len()).min().unwrap_or(0);
            }
            rule.is_brief = rule.beginning == BRIEF
                && found
                    .iter()
                    .all(|(literal, _)| matches!(literal.bytes[..], [_, _, b'-' | b'_']));
            let near = |words: &[&str], wanted: &mut Wanted| {
                for word in words {
                    put(
                        wanted,
                        Literal::word(&word.as_bytes().to_ascii_lowercase()),
                        LiteralRole::Near(index),
                    );
                }
            };
            match (found.is_empty(), rule.is_ambiguous()) {
                (false, _) => {
                    found.into_iter().for_each(|(literal, how)| put(&mut wanted, literal, how))
                }
                (true, true) => {
                    near(&shape.words, &mut wanted);
                    for beside in &rule.beside {
                        for (literal, _) in literals(&shapes[*beside], *beside).unwrap_or_default()
                        {
                            put(&mut wanted, literal, LiteralRole::Near(index));
                        }
                    }
                }
                (true, false) if shape.known.is_some() => long_words.push(index),
                (true, false) => everywhere.push(index),
            }
            all.push(rule);
        }
        for (escape, next) in escapes() {
            put(
                &mut wanted,
                Literal { next, count: 1, ..Literal::word(&escape) },
                LiteralRole::Escape,
            );
        }
        for (beginning, next) in beginnings() {
            put(
                &mut wanted,
                Literal { count: usize::from(!next.is_empty()), next, ..Literal::word(&beginning) },
                LiteralRole::Joint,
            );
        }
        if generic {
            for word in generic::WORDS {
                put(&mut wanted, Literal::word(word), LiteralRole::Assigned);
            }
            for flag in address::FLAGS {
                put(
                    &mut wanted,
                    Literal { any_case: false, ..Literal::word(flag) },
                    LiteralRole::Credential,
                );
            }
            let next = (b'a'..=b'z').chain(b'A'..=b'Z').chain(b'0'..=b'9').chain(*b":_%").collect();
            put(
                &mut wanted,
                Literal { next, count: 1, ..Literal::word(address::SIGN) },
                LiteralRole::Address,
            );
        }
        for (index, known) in exact.iter().enumerate() {
            if let Some(ending) = known.value.ending() {
                put(
                    &mut wanted,
                    Literal { any_case: false, ..Literal::word(ending) },
                    LiteralRole::Exact(index),
                );
            }
        }
        let (mut list, mut uses) = (Vec::new(), Vec::new());
        for (literal, how) in wanted {
            list.push(literal);
            uses.push(how);
        }
        let reaches = uses
            .iter()
            .zip(&list)
            .map(|(uses, literal): (&Vec<LiteralRole>, _)| {
                reach(&all, &exact, uses, literal.bytes.len())
            })
            .collect();
        let form = |how: &LiteralRole| match how {
            LiteralRole::Escape => Some(Form::Escape),
            LiteralRole::Joint => Some(Form::Joint),
            _ => None,
        };
        let forms: Vec<_> =
            uses.iter().map(|uses: &Vec<LiteralRole>| uses.iter().find_map(form)).collect();
        let joint = forms.iter().position(|form| *form == Some(Form::Joint));
        let (custom, owners) = (Custom::default(), OnceLock::new());
        Ok(Self {
            all,
            sieve: Prefilter::new(&list),
            uses,
            reaches,
            forms,
            joint,
            long_words,
            everywhere,
            custom,
            exact,
            owners,
        })
    }

    /// The token of the config whose value this is to the letter.
    pub(super) fn token_of(&self, value: &[u8]) -> Option<&TokenName> {
        self.exact.iter().filter(|known| known.is(value)).find_map(|known| known.token.as_ref())
    }

    /// With rules of gitleaks' form beside these.
    #[must_use]
    pub fn and(self, more: GitleaksRules) -> Self {
        Self { custom: more.custom, ..self }
    }
}

/// Escapes of the bytes that tokens are made of, where more of them follow.
fn escapes() -> Vec<(Vec<u8>, Vec<u8>)> {
    let hex = b"0123456789abcdefABCDEF".to_vec();
    let any = b"abcdefghijklmnopqrstuvwxyz0123456789_-.%&".to_vec();
    let percent = (b'0'..=b'z')
        .filter(u8::is_ascii_alphanumeric)
        .map(|byte| (format!("%{byte:02x}").into_bytes(), any.clone()));
    let marks = ["%2e", "%2d", "%5f"].map(|mark| (mark.as_bytes().to_vec(), any.clone()));
    let unicode = [b"\\u00".to_vec(), b"\\u{".to_vec()].map(|escape| (escape, hex.clone()));
    let bytes = (b'3'..=b'7').map(|digit| (vec![b'\\', b'x', digit], hex.clone()));
    let entities = (b'1'..=b'9').map(|digit| (vec![b'&', b'#', digit], b"0123456789;".to_vec()));
    let named = decode::NAMED.map(|(name, _)| ([b"&", name, b";"].concat(), any.clone()));
    let octal =
        ["\\05", "\\06", "\\07", "\\10", "\\11", "\\12", "\\13", "\\14", "\\15", "\\16", "\\17"];
    let octal = octal.map(|digits| (digits.as_bytes().to_vec(), b"01234567".to_vec()));
    let all =
        percent.chain(marks).chain(unicode).chain(bytes).chain(entities).chain(named).chain(octal);
    all.chain([(b"&#x".to_vec(), hex.clone())]).collect()
}

fn put(wanted: &mut Wanted, literal: Literal, how: LiteralRole) {
    let uses = wanted.entry(literal).or_default();
    if !uses.contains(&how) {
        uses.push(how);
    }
}

/// A literal, and what it is of a rule.
type Found = (Literal, LiteralRole);

fn literals(shape: &Shape<'_>, index: usize) -> Result<Vec<Found>, String> {
    let found = |bytes: &[u8], next: &[u8], count, how| {
        (Literal { bytes: bytes.to_vec(), next: next.to_vec(), count, any_case: false }, how)
    };
    if let Some(known) = shape.known {
        let how = if known.start { LiteralRole::Start(index) } else { LiteralRole::Inside(index) };
        return Ok(known
            .literals
            .iter()
            .map(|(literal, next, count)| found(literal, next, *count, how))
            .collect());
    }
    let (all, how) = match anchor(shape.pattern)? {
        Anchor::Start(all) => (all, LiteralRole::Start(index)),
        Anchor::Inside(all) => (all, LiteralRole::Inside(index)),
        Anchor::None => return Ok(Vec::new()),
    };
    Ok(all
        .into_iter()
        .map(|needle| found(&needle.literal, &needle.next, needle.count, how))
        .collect())
}

fn ready(shape: &Shape<'_>, all: &[Shape<'_>], id: String) -> Result<Rule, String> {
    if shape.words.iter().any(|word| word.len() < 3) {
        return Err("a word is shorter than three letters".to_owned());
    }
    let regex = OnceLock::new();
    let (shortest, longest, run, byte) = if let Some(known) = shape.known {
        (known.shortest, known.longest, known.run, known.byte)
    } else {
        let hir =
            syntax::parse_with(shape.pattern, &byte_syntax()).map_err(|error| error.to_string())?;
        if hir.properties().look_set().contains_anchor() {
            return Err("the pattern has an anchor; edges are checked apart from it".to_owned());
        }
        if hir.properties().minimum_len().is_none_or(|shortest| shortest < 4) {
            return Err("the pattern matches fewer than 4 bytes".to_owned());
        }
        // Compiled at once: the caller hears of what is wrong with it.
        let _ = regex.set(Some(compile(shape.pattern)?));
        let (shortest, longest) =
            (hir.properties().minimum_len().unwrap_or(0), hir.properties().maximum_len());
        (
            shortest,
            longest,
            stretch(&hir, &|byte| Alphabet::Base64.has(byte)),
            literal::byte(shape.pattern)?,
        )
    };
    let of_kind = |kind: &&str| {
        all.iter().position(|other| other.provider == shape.provider && other.kind == *kind)
    };
    Ok(Rule {
        id,
        provider: ProviderId::new(shape.provider),
        shortest,
        longest: longest.map_or(LONGEST, |longest| longest.min(LONGEST)),
        run,
        byte,
        words: shape.words.iter().map(|word| word.to_ascii_lowercase()).collect(),
        beside: shape.beside.iter().filter_map(of_kind).collect(),
        checksum: shape.checksum,
        identifier: shape.identifier,
        is_id: shape.kind.ends_with("-id"),
        is_brief: false,
        beginning: 0,
        pattern: shape.pattern.to_owned(),
        regex,
    })
}

/// How many bytes a match of a pattern has, where that is known within a little.
#[must_use]
pub fn lengths(pattern: &str) -> Option<RangeInclusive<usize>> {
    let hir = syntax::parse_with(pattern, &byte_syntax()).ok()?;
    let (shortest, longest) = (hir.properties().minimum_len()?, hir.properties().maximum_len()?);
    (longest - shortest <= LITTLE).then_some(shortest..=longest)
}

fn compile(pattern: &str) -> Result<Regex, String> {
    let config = Regex::config()
        .utf8_empty(false)
        .which_captures(WhichCaptures::Implicit)
        .auto_prefilter(false);
    let hir = syntax::parse_with(pattern, &byte_syntax()).map_err(|error| error.to_string())?;
    Regex::builder()
        .configure(config)
        .build_from_hir(&opened(&hir))
        .map_err(|error| error.to_string())
}

/// A pattern without the upper ends of its long repetitions: each of up to thousands of bytes would
/// have a state of its own, which takes milliseconds to make. How long a match may be is seen to by
/// whoever searches.
fn opened(hir: &Hir) -> Hir {
    match hir.kind() {
        HirKind::Repetition(repetition) => {
            let max = repetition.max.filter(|max| *max <= REPEATED || *max == repetition.min);
            Hir::repetition(Repetition {
                max,
                sub: Box::new(opened(&repetition.sub)),
                ..repetition.clone()
            })
        }
        HirKind::Capture(capture) => opened(&capture.sub),
        HirKind::Concat(parts) => Hir::concat(parts.iter().map(opened).collect()),
        HirKind::Alternation(ways) => Hir::alternation(ways.iter().map(opened).collect()),
        _ => hir.clone(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shape(pattern: &str) -> Shape<'_> {
        Shape { provider: "acme", kind: "key", pattern, ..Shape::default() }
    }

    #[test]
    fn a_long_repetition_has_no_upper_end_and_a_short_one_keeps_it() {
        let longest = |pattern: &str| {
            let text = [&b"abc_"[..], &[b'x'; 900]].concat();
            compile(pattern).unwrap().find(&text).map(|found| found.len())
        };
        assert_eq!(longest("abc_[a-z]{20,300}"), Some(904));
        assert_eq!(longest("abc_[a-z]{20,64}"), Some(68));
        assert_eq!(longest("(abc)_(?<key>[a-z]{300})"), Some(304));
        assert_eq!(longest("abc_(?:y|[a-z]{400,4096}?)"), Some(404));
        assert_eq!(longest("abc_[a-z]{1000,2000}"), None);
    }

    #[test]
    fn patterns_that_cannot_work_are_named() {
        for bad in ["^abcd[0-9]{4}", "abcd(", "[a-z]*", "abc"] {
            assert!(
                Rules::new(&[shape(bad)], true).is_err_and(|why| why.starts_with("acme/key: ")),
                "{bad}"
            );
        }
        assert!(Rules::new(&[], false).is_ok());
    }
}
