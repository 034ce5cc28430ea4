//! Foreign text (a provider's response, a file name, a commit's author, a name from the journal),
//! escaped for each of our outputs. A `Foreign` cannot be printed: callers must ask for the form of
//! one target, which is safe there.

use std::fmt::Write as _;

use super::text::{is_hidden, sanitize};

/// What stands between a sign and what GitHub would read it together with. It takes no space.
const APART: char = '\u{200b}';
/// GitHub reads a run of so many hexadecimal digits as a commit.
const SHORTEST_COMMIT: usize = 7;

/// Foreign text.
#[derive(Clone, Copy)]
pub struct Foreign<'a>(&'a str);

impl<'a> Foreign<'a> {
    /// Takes a text over.
    #[must_use]
    pub fn new(text: &'a str) -> Self {
        Self(text)
    }

    /// For a terminal or a log: one line, without control characters.
    #[must_use]
    pub fn line(self) -> String {
        sanitize(self.0)
    }

    /// For a property of an annotation: one line of any length, since a path that is cut is another
    /// path.
    #[must_use]
    pub fn property(self) -> String {
        without_hidden(self.0).replace(['\n', '\t'], "\u{fffd}")
    }

    /// For Markdown that GitHub renders (summaries, comments, issues): one line that draws nothing,
    /// links nowhere, notifies nobody and refers to nothing. Entities stop Markdown and HTML;
    /// GitHub looks for mentions and references after it has read the entities, so a sign for those
    /// also gets a character without width.
    #[must_use]
    pub fn markdown(self) -> String {
        let text: Vec<char> = sanitize(self.0).chars().collect();
        let mut safe = String::with_capacity(text.len() * 2);
        // At the beginning of a line bots read commands.
        if matches!(text.first(), Some('/' | '@' | '!' | '\\')) {
            safe.push(APART);
        }
        let mut hex = 0;
        for (at, c) in text.iter().enumerate() {
            let next = text.get(at + 1).copied().unwrap_or('\n');
            let before = at.checked_sub(1).and_then(|at| text.get(at)).copied().unwrap_or(' ');
            hex = if c.is_ascii_hexdigit() { hex + 1 } else { 0 };
            if hex == SHORTEST_COMMIT {
                safe.push(APART);
                hex = 1;
            }
            // Inside a word they mean nothing, and names are copied.
            let inside =
                matches!(c, '.' | '_' | '\'') && before.is_alphanumeric() && next.is_alphanumeric()
                    || *c == ':' && next == ' ';
            if c.is_ascii_punctuation()
                && !inside
                && !matches!(c, '-' | '/' | '(' | ')' | ';' | ',' | '?' | '%')
            {
                let _ = write!(safe, "&#{};", u32::from(*c));
            } else {
                safe.push(*c);
            }
            let apart = match c {
                '@' | '#' => true,
                // `GH-12`, and whatever else a repository links: `JIRA-12`.
                '-' => before.is_ascii_alphabetic() && next.is_ascii_digit(),
                // `https://`
                ':' => next == '/',
                // `www.`
                '.' => {
                    at >= 3
                        && text
                            .get(at - 3..at)
                            .is_some_and(|www| www.iter().all(|c| c.eq_ignore_ascii_case(&'w')))
                }
                _ => false,
            };
            if apart {
                safe.push(APART);
            }
        }
        safe
    }

    /// For HTML and XML: one line, as text or inside a quoted attribute.
    #[must_use]
    pub fn html(self) -> String {
        let mut safe = String::with_capacity(self.0.len());
        for c in sanitize(self.0).chars() {
            match c {
                '&' => safe.push_str("&amp;"),
                '<' => safe.push_str("&lt;"),
                '>' => safe.push_str("&gt;"),
                '"' => safe.push_str("&quot;"),
                '\'' => safe.push_str("&#39;"),
                c => safe.push(c),
            }
        }
        safe
    }

    /// For a message of SARIF, in which brackets make links and braces stand for arguments.
    #[must_use]
    pub fn sarif(self) -> String {
        let mut safe = String::with_capacity(self.0.len());
        for c in without_hidden(self.0).chars() {
            match c {
                '[' | ']' => safe.extend(['\\', c]),
                '{' | '}' => safe.extend([c, c]),
                '@' => safe.extend([c, APART]),
                c => safe.push(c),
            }
        }
        safe
    }
}

/// A text of several lines, without what moves or hides anything: the last step before a terminal,
/// a log or a file of ours.
#[must_use]
pub fn without_hidden(text: &str) -> String {
    text.chars()
        .map(|c| if c != '\n' && c != '\t' && is_hidden(c) { '\u{fffd}' } else { c })
        .collect()
}

/// The same for a terminal, where our own colors may stand.
#[must_use]
pub fn terminal(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((plain, sequence)) = rest.split_once('\u{1b}') {
        safe.push_str(&without_hidden(plain));
        match colour(sequence) {
            Some(length) => {
                safe.push('\u{1b}');
                safe.push_str(sequence.get(..length).unwrap_or_default());
                rest = sequence.get(length..).unwrap_or_default();
            }
            None => {
                safe.push('\u{fffd}');
                rest = sequence;
            }
        }
    }
    safe.push_str(&without_hidden(rest));
    safe
}

/// How long a sequence is that sets a color or bold type, without its escape character. Everything
/// else, such as concealed text, is none.
fn colour(sequence: &str) -> Option<usize> {
    let codes = sequence.strip_prefix('[')?.split_once('m')?.0;
    let is_plain = |code: &str| {
        matches!(code, "" | "0" | "1" | "2" | "22" | "39")
            || code.len() == 2 && code.starts_with(['3', '9']) && code != "38"
    };
    let is_own = codes.len() <= 12 && codes.bytes().all(|b| b.is_ascii_digit() || b == b';');
    (is_own && (codes.starts_with("38;5;") || codes.split(';').all(is_plain)))
        .then_some(codes.len() + 2)
}

/// JSON in which everything that moves or hides something is an escape, so that a reader gets the
/// text and a terminal does not. The older form of a runner's command works anywhere in a line, so
/// it is broken up as well.
#[must_use]
pub fn json(json: &str) -> String {
    let mut safe = String::with_capacity(json.len());
    for c in json.chars() {
        if c != '\n' && is_hidden(c) {
            for unit in c.encode_utf16(&mut [0; 2]) {
                let _ = write!(safe, "\\u{unit:04x}");
            }
        } else {
            safe.push(c);
        }
    }
    safe.replace("##[", "##\\u005b")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nobody_is_mentioned_and_nothing_is_referred_to() {
        let commit = "0123456789abcdef".repeat(2) + "01234567";
        let texts = [
            "@victim",
            "@acme/team",
            "mail@acme.example",
            "#12",
            "acme/site#12",
            "GH-12",
            "gh-7",
            "https://github.com/acme/site/issues/12",
            "www.evil.example",
            "fixes #1",
            commit.as_str(),
            "/merge",
            "@dependabot merge",
        ];
        for text in texts {
            let shown = Foreign::new(text).markdown();
            // What GitHub sees once the entities are read.
            let read = shown
                .replace("&#64;", "@")
                .replace("&#35;", "#")
                .replace("&#58;", ":")
                .replace("&#46;", ".");
            assert!(read.contains(APART), "{text}: {read}");
            for sign in ["@v", "@a", "@d", "#1", "H-1", "h-7", "://", "www.e", "0123456"] {
                assert!(!read.contains(sign), "{text}: {read}");
            }
            assert!(!read.starts_with('/'));
        }
    }

    #[test]
    fn each_form_is_one_line_without_what_moves_the_cursor() {
        let text = "a\u{1b}]8;;https://evil.example\u{7}b\u{9b}2J\r\nc\u{202e}\u{2028}\u{8}<b>&\"'`|[x](y)";
        let foreign = Foreign::new(text);
        for shown in [foreign.line(), foreign.markdown(), foreign.html(), foreign.sarif()] {
            assert!(!shown.chars().any(|c| c != APART && c != '\n' && is_hidden(c)), "{shown:?}");
        }
        for sign in ['<', '>', '`', '|', '[', ']', '*'] {
            assert!(!foreign.markdown().contains(sign), "{sign}");
        }
        assert!(!foreign.html().contains(['<', '>', '"', '\'']));
        assert_eq!(Foreign::new("[a](b) {0}").sarif(), "\\[a\\](b) {{0}}");
    }

    #[test]
    fn a_terminal_gets_our_colours_and_no_other_sequence() {
        let own = "\u{1b}[1;31merror\u{1b}[0m and \u{1b}[38;5;9mmore\u{1b}[m\n";
        assert_eq!(terminal(own), own);
        for foreign in [
            "\u{1b}[2J",
            "\u{1b}[8m",
            "\u{1b}]0;title\u{7}",
            "\u{1b}[1A",
            "\u{1b}",
            "\u{9b}31m",
            "\u{1b}[38;2;0;0;0m",
            "\u{1b}[30;8m",
            "a\rb",
            "a\u{8}b",
        ] {
            assert!(
                !terminal(foreign).contains(['\u{1b}', '\u{9b}', '\r', '\u{8}', '\u{7}']),
                "{foreign:?}"
            );
        }
    }

    #[test]
    fn json_keeps_the_text_and_shows_no_sequence() {
        let text = "a\u{1b}[31m\u{202e}\u{9b}##[error]\u{e0001}";
        let written = json(&serde_json::to_string_pretty(&[text]).unwrap_or_default());
        assert!(
            !written.chars().any(|c| c != '\n' && is_hidden(c)) && !written.contains("##["),
            "{written:?}"
        );
        assert_eq!(serde_json::from_str::<Vec<String>>(&written).unwrap_or_default(), [text]);
    }
}
