//! Turns matches into findings: names the managed token, fingerprints the value and discards it.
//! All foreign text passes through here, so that no path, author or cause can contain a value
//! either.

use std::ops::Range;

use super::detect::managed_tokens::Recogniser;
use super::detect::position::Cursor;
use super::detect::search::find_plain;
use super::options::Options;
use super::suppress::allow_comment::{Comment, comment};
use super::types::Match;
use crate::domain::secret::keyed_hash;
use crate::domain::text::{redacted, sanitize};
use crate::domain::{Allowed, AllowedBy, Confidence, Finding, Fingerprint, Liveness, Timestamp};

/// What may be reported about a match: its third and last form. It has no path yet; `cursor` is at
/// or before the match.
pub(crate) fn finding(
    found: &Match,
    text: &[u8],
    cursor: &mut Cursor,
    options: &Options<'_>,
) -> Finding {
    let (value, (line, column)) = (found.value(text), cursor.at(text, found.start));
    let same = |salt: &str| Fingerprint::from_tag(&keyed_hash(salt.as_bytes(), value));
    // The few versions of a token share a salt, so a table of hashes is not worth its memory.
    let managed =
        options.known.iter().find(|known| same(known.salt.as_str()) == *known.fingerprint);
    let managed = managed.map(|known| known.token).or_else(|| options.rules.token_of(value));
    let fingerprint = same(options.fingerprint_key);
    if let (Some(values), None) = (options.keep, found.rejected) {
        values.keep(&fingerprint, value);
    }
    if let (Some(peer), None) = (options.accept.peer, found.rejected) {
        peer.meet(value, &fingerprint, (found.start, found.end));
    }
    let is_ours = managed.is_some();
    Finding {
        rule: options.rules.id_of(found),
        provider: options.rules.provider_of(found, options.known),
        path: String::new(),
        line,
        column,
        count: 1,
        also: Vec::new(),
        commit: None,
        author: None,
        date: None,
        fingerprint,
        redacted: redacted(&String::from_utf8_lossy(value)),
        confidence: if is_ours { Confidence::Certain } else { found.confidence() },
        live: Liveness::NotAsked,
        revoke: None,
        managed: managed.cloned(),
        destinations: Vec::new(),
        allowed: match found.rejected {
            Some(_) => None,
            None => comment(text, &found.range()).and_then(|word| allowed(word, options)),
        },
        why: found.rejected.map(|why| why.in_words()),
    }
}

/// What a scan does with a finding until it has its path.
impl Finding {
    /// The same at a path that is safe to show; before, it has at most the part of its path inside
    /// an archive.
    pub(in crate::scan) fn at(&self, path: String) -> Self {
        Self { path: path + &self.path, ..self.clone() }
    }

    /// The same inside an archive. No reviewer reads comments there, so they do not count.
    pub(in crate::scan) fn inside(self, path: &str) -> Self {
        let path = if path.is_empty() { "!".to_owned() } else { format!("!/{path}") };
        Self { path, allowed: None, ..self }
    }

    /// The same in a text that no diff shows, so that its comments do not count.
    pub(in crate::scan) fn unreviewed(self) -> Self {
        Self { allowed: None, ..self }
    }

    /// Whether it is the same value, anywhere.
    pub(in crate::scan) fn is_same_value(&self, other: &Self) -> bool {
        self.fingerprint == other.fingerprint
    }
}

/// An allow comment, if comments of its kind count at all.
fn allowed(comment: Comment, options: &Options<'_>) -> Option<Allowed> {
    let is_heard = comment.by == AllowedBy::Comment || options.accept.gitleaks;
    is_heard.then(|| {
        Allowed::new(comment.by, comment.reason.map(|reason| clean_line(&reason, options)))
    })
}

/// Tokens in a name (of a file, for now).
pub(crate) fn in_name(name: &[u8], options: &Options<'_>) -> Vec<Finding> {
    let mut all = find_plain(options.rules, name);
    for found in ours(name, options) {
        if !all.iter().any(|other| other.range() == found.range()) {
            all.push(found);
        }
    }
    let in_name = |found: Match| Finding {
        line: 1,
        column: 1,
        allowed: None,
        ..finding(&found, name, &mut Cursor::new(name), options)
    };
    all.into_iter().map(in_name).collect()
}

/// Tokens of the config in a short text, by their fingerprints.
fn ours(text: &[u8], options: &Options<'_>) -> Vec<Match> {
    let mut all = Vec::new();
    if let Some(recogniser) = Recogniser::for_one(options.known, text.len()) {
        recogniser.search(text, &mut |found| all.push(found));
    }
    all
}

/// Foreign text with every token redacted.
pub(crate) fn clean(text: &[u8], options: &Options<'_>) -> String {
    let all = find_plain(options.rules, text).into_iter().chain(ours(text, options));
    let mut hidden: Vec<Range<usize>> = all.map(|found| found.range()).collect();
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

/// The same in one line, without control characters.
pub(crate) fn clean_line(text: &[u8], options: &Options<'_>) -> String {
    sanitize(&clean(text.trim_ascii(), options))
}

/// Who made a commit, and when.
#[derive(Clone, Debug, Default)]
pub(crate) struct Authorship {
    pub(crate) author: Option<String>,
    pub(crate) date: Option<Timestamp>,
}

/// Reads `Name <mail> 1764000000 +0100`.
pub(crate) fn author(line: &[u8], options: &Options<'_>) -> Authorship {
    let name = line.trim_ascii().rsplitn(3, |b| *b == b' ').nth(2);
    Authorship {
        author: name.map(|name| clean_line(name, options)),
        date: second(line).and_then(Timestamp::from_second),
    }
}

/// Only the time, in seconds.
pub(crate) fn second(line: &[u8]) -> Option<i64> {
    let second = line.trim_ascii().rsplitn(3, |b| *b == b' ').nth(1)?.trim_ascii();
    std::str::from_utf8(second).ok()?.parse().ok()
}

/// Sorts findings as every report does, and removes duplicates.
pub(crate) fn sort(findings: &mut Vec<Finding>) {
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
