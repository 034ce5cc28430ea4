//! Makes findings of hits: names the managed token, fingerprints the value and forgets it.
//! Everything that is text from outside passes through here, so that no path, author or cause can
//! carry a value either.

use std::borrow::Cow;
use std::ops::Range;

use super::allow::Comment;
use super::filter::RejectReason;
use super::lfs;
use super::managed_tokens::Recogniser;
use super::matcher::{Hit, find_plain};
use super::model::Options;
use super::position::Cursor;
use super::stream::known;
use crate::domain::secret::keyed_hash;
use crate::domain::text::{redacted, sanitize};
use crate::domain::{
    Allowed, AllowedBy, Code, Confidence, Finding, Fingerprint, Liveness, Problem, ProviderId,
    Timestamp, TokenName,
};

/// No more places than this are told of: trees in trees that are all the same have more paths than
/// anybody could count. What has no place by then is told of without one.
pub(super) const MOST_PLACES: usize = 100_000;

/// What is known of a hit without its value.
#[derive(Clone, Debug)]
pub(super) struct RedactedHit {
    rule: String,
    provider: ProviderId,
    line: u64,
    column: u64,
    fingerprint: Fingerprint,
    redacted: String,
    confidence: Confidence,
    managed: Option<TokenName>,
    allowed: Option<Allowed>,
    why: Option<RejectReason>,
    /// Where it is in an archive.
    inside: Option<String>,
}

impl RedactedHit {
    /// Reads off a value all that may be told of it.
    pub(super) fn new(hit: Hit, value: &[u8], options: &Options<'_>) -> Self {
        let same = |salt: &str| Fingerprint::from_tag(&keyed_hash(salt.as_bytes(), value));
        // Several generations of one token share a salt, and they are few: no table of hashes is
        // worth its memory.
        let managed = options
            .known
            .iter()
            .find(|known| same(known.salt.as_str()) == *known.fingerprint)
            .map(|known| known.token);
        let managed = managed.or_else(|| options.rules.token_of(value)).cloned();
        let fingerprint = same(options.fingerprint_key);
        if let (Some(values), None) = (options.keep, hit.why) {
            values.keep(&fingerprint, value);
        }
        Self {
            rule: hit.rule,
            provider: hit.provider,
            line: hit.line,
            column: hit.column,
            fingerprint,
            redacted: redacted(&String::from_utf8_lossy(value)),
            confidence: if managed.is_some() { Confidence::Certain } else { hit.confidence },
            managed,
            allowed: hit.comment.and_then(|comment| allowed(comment, options)),
            why: hit.why,
            inside: None,
        }
    }

    /// The same, standing in an archive. Nobody who reviews a change reads the comments in there.
    pub(super) fn inside(self, path: String) -> Self {
        Self { inside: Some(path), allowed: None, ..self }
    }

    /// The same, in a text that no diff shows: nobody has seen what a comment in it says.
    pub(super) fn unreviewed(self) -> Self {
        Self { allowed: None, ..self }
    }

    /// Whether it is the same value, wherever it stands.
    pub(super) fn is_same_value(&self, other: &Self) -> bool {
        self.fingerprint == other.fingerprint
    }

    /// The same, standing in a path's name instead of in a text.
    pub(super) fn in_name(self) -> Self {
        Self { line: 1, column: 1, allowed: None, ..self }
    }

    /// A finding at a path that is fit to show.
    pub(super) fn at(&self, path: String) -> Finding {
        let path = match self.inside.as_deref() {
            None => path,
            Some("") => path + "!",
            Some(inside) => format!("{path}!/{inside}"),
        };
        Finding {
            rule: self.rule.clone(),
            provider: self.provider.clone(),
            path,
            line: self.line,
            column: self.column,
            commit: None,
            author: None,
            date: None,
            fingerprint: self.fingerprint.clone(),
            redacted: self.redacted.clone(),
            confidence: self.confidence,
            live: Liveness::NotAsked,
            managed: self.managed.clone(),
            destinations: Vec::new(),
            allowed: self.allowed.clone(),
            why: self.why.map(|why| why.in_words().to_owned()),
        }
    }
}

/// The word of a comment, where comments of its kind are heard at all.
fn allowed(comment: Comment, options: &Options<'_>) -> Option<Allowed> {
    let is_heard = comment.by == AllowedBy::Comment || options.accept.gitleaks;
    is_heard.then(|| {
        Allowed::new(comment.by, comment.reason.map(|reason| clean_line(&reason, options)))
    })
}

/// Tokens in a name (of a file, for now).
pub(super) fn in_name(name: &[u8], options: &Options<'_>) -> Vec<RedactedHit> {
    let mut hits = find_plain(options.rules, name);
    let mut cursor = Cursor::new(name);
    for (range, provider) in ours(name, options) {
        if !hits.iter().any(|hit| hit.range == range) {
            hits.push(known(range, provider, name, &mut cursor));
        }
    }
    let seen = |hit: Hit| {
        let range = hit.range.clone();
        RedactedHit::new(hit, &name[range], options).in_name()
    };
    hits.into_iter().map(seen).collect()
}

/// Tokens of the config in a short text, by their fingerprints.
fn ours(text: &[u8], options: &Options<'_>) -> Vec<(Range<usize>, ProviderId)> {
    let mut all = Vec::new();
    if let Some(recogniser) = Recogniser::for_one(options, text.len()) {
        recogniser.search(text, &mut |range, provider| all.push((range, provider.clone())));
    }
    all
}

/// Text from outside with every token in it redacted.
pub(super) fn clean(text: &[u8], options: &Options<'_>) -> String {
    let shaped = find_plain(options.rules, text).into_iter().map(|hit| hit.range);
    let mut hidden: Vec<Range<usize>> =
        shaped.chain(ours(text, options).into_iter().map(|(range, _)| range)).collect();
    hidden.sort_by_key(|range| range.start);
    let (mut rest, mut shown) = (0, String::new());
    let mut hidden = hidden.into_iter().peekable();
    while let Some(mut range) = hidden.next() {
        while let Some(next) = hidden.next_if(|next| next.start < range.end) {
            range.end = range.end.max(next.end);
        }
        shown.push_str(&String::from_utf8_lossy(&text[rest..range.start]));
        shown.push_str(&redacted(&String::from_utf8_lossy(&text[range.clone()])));
        rest = range.end;
    }
    shown + &String::from_utf8_lossy(&text[rest..])
}

/// The same on one line, without control characters.
pub(super) fn clean_line(text: &[u8], options: &Options<'_>) -> String {
    sanitize(&clean(text.trim_ascii(), options))
}

/// Something that should have been scanned and was not, or not all of it.
pub(super) fn incomplete(what: String, cause: Cow<'_, str>, options: &Options<'_>) -> Problem {
    Problem::new(Code::ScanIncomplete, what)
        .cause(clean_line(cause.as_bytes(), options))
        .state("what could not be read was not scanned, so nothing says that it is clean")
}

/// An archive of which a part was not read.
pub(super) fn not_whole(path: &str, why: String, options: &Options<'_>) -> Problem {
    if let Some(problem) = lfs::unread(path, &why, options) {
        return problem;
    }
    let what = format!("a part of {} was not unpacked", sanitize(path));
    incomplete(what, why.into(), options)
        .hint("unpack it and scan that, or leave its path out under `scan.ignore`")
}

/// The same of what a commit or a tag says itself, which no path leaves out.
pub(super) fn not_all_told(
    place: &str,
    object: &str,
    why: String,
    options: &Options<'_>,
) -> Problem {
    incomplete(format!("a part of {place} of {object} was not unpacked"), why.into(), options)
        .hint("unpack it and scan that")
}

/// Who made a commit, and when.
#[derive(Clone, Debug, Default)]
pub(super) struct Authorship {
    pub(super) author: Option<String>,
    pub(super) date: Option<Timestamp>,
}

/// Reads `Name <mail> 1764000000 +0100`.
pub(super) fn author(line: &[u8], options: &Options<'_>) -> Authorship {
    let name = line.trim_ascii().rsplitn(3, |b| *b == b' ').nth(2);
    Authorship {
        author: name.map(|name| clean_line(name, options)),
        date: second(line).and_then(Timestamp::from_second),
    }
}

/// The second alone.
pub(super) fn second(line: &[u8]) -> Option<i64> {
    let second = line.trim_ascii().rsplitn(3, |b| *b == b' ').nth(1)?.trim_ascii();
    std::str::from_utf8(second).ok()?.parse().ok()
}

/// The order of every report, and each finding once.
pub(super) fn sort(findings: &mut Vec<Finding>) {
    findings.sort_by(|a, b| {
        (&a.path, a.line, a.column, &a.rule, &a.commit, &a.fingerprint).cmp(&(
            &b.path,
            b.line,
            b.column,
            &b.rule,
            &b.commit,
            &b.fingerprint,
        ))
    });
    findings.dedup();
}
