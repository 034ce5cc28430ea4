//! What the words on the page mean, for somebody who never read the documentation.

use std::fmt::Write as _;

/// A token's states: in reports for programs, on the page, and what it means.
const STATES: [(&str, &str, &str); 10] = [
    ("new", "not adopted", "tokenward does not manage the value yet"),
    ("idle", "in use", "one value is in use, and every older one is revoked"),
    ("intent", "rotating", "a new value is being issued or delivered"),
    ("refreshing", "rotating", ""),
    ("minted", "rotating", ""),
    ("pushing", "rotating", ""),
    ("aborting", "rotating", ""),
    ("pushed", "waiting for proof", "every destination was written; the next run proves it"),
    ("grace", "grace period", "the new value is in use, and the old one still works"),
    ("revoking", "revoking", "the old value is being revoked"),
];

const OTHERS: [(&str, &str); 8] = [
    ("v3", "the version: the third value that tokenward issued; v0 was there before"),
    ("Life", "the bar is what is left until the value expires or has to be replaced"),
    ("confirmed", "a run received this value from the destination"),
    ("delivered", "tokenward wrote it, and nobody else did since"),
    ("drifted", "somebody else changed the secret since"),
    ("missing", "the secret does not exist"),
    ("unknown", "not looked at, or not written by tokenward yet"),
    ("not looked at", "this run could not see it, so it may be right or wrong"),
];

/// A state as the page calls it.
pub(super) fn in_words(state: &str) -> &str {
    STATES.iter().find(|(known, ..)| *known == state).map_or(state, |(_, words, _)| words)
}

/// The legend, and the end of the table's section.
pub(super) fn legend(text: &mut String) {
    text.push_str("<details class=\"legend\"><summary>What the words mean</summary><dl>");
    let states = STATES.iter().filter(|(.., meaning)| !meaning.is_empty());
    for (word, meaning) in states
        .map(|(_, word, meaning)| (word, meaning))
        .chain(OTHERS.iter().map(|(word, meaning)| (word, meaning)))
    {
        let _ = write!(text, "<dt>{word}</dt><dd>{meaning}</dd>");
    }
    text.push_str("</dl></details>\n</section>\n");
}
