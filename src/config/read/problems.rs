//! The diagnostics of reading one file, one constructor per message: its characters, its YAML, and
//! single values that do not match the schema. `what` names a value: `the file`, `scopes`, `an item
//! of tokens`.

use std::ops::Range;

use super::diagnostic::RenderedDiagnostic;
use super::mistake::Diagnostic;
use super::redact::quote;
use super::suggest::list;
use crate::domain::{Code, Problem};

impl RenderedDiagnostic {
    /// The same as a problem, for reports that show no source.
    #[must_use]
    pub fn to_problem(&self) -> Problem {
        let problem = Problem::new(self.code, self.message.clone())
            .cause(format!("{}:{}:{}", self.path, self.line, self.column));
        match &self.hint {
            Some(hint) => problem.hint(hint.clone()),
            None => problem,
        }
    }
}

/// The file has more bytes than tokenward reads.
pub(super) fn file_too_large(bytes: usize) -> Diagnostic {
    Diagnostic::new(
        Code::ConfigUnreadable,
        0..0,
        format!("the file has {bytes} bytes, which exceeds the limit of 1 MB"),
    )
}

/// A control character, or one that changes the direction of text.
pub(super) fn invisible_character(at: Range<usize>, c: char) -> Diagnostic {
    Diagnostic::new(
        Code::ConfigUnreadable,
        at,
        format!("the file contains an invisible character (U+{:04X})", u32::from(c)),
    )
    .hint("delete it; the file must be plain UTF-8 text")
}

/// A value that looks like a token. The message must not contain it.
pub(super) fn token_inside(at: Range<usize>) -> Diagnostic {
    Diagnostic::new(
        Code::ConfigTokenInside,
        at,
        "this looks like a token, which a config must not contain",
    )
    .hint(
        "store the value in a GitHub secret, pass it to the step as a variable and write `env:NAME` here; if the file was ever committed, revoke the token",
    )
}

/// The file has more than one YAML document.
pub(super) fn second_document(at: Range<usize>) -> Diagnostic {
    Diagnostic::new(Code::ConfigYamlFeature, at, "a second YAML document starts here")
        .hint("remove this `---` and everything after it: the file must have one document")
}

/// The file has too many values.
pub(super) fn too_many_values(at: Range<usize>, most: usize) -> Diagnostic {
    Diagnostic::new(
        Code::ConfigUnreadable,
        at,
        format!("the file has more than {most} values, which is the limit"),
    )
}

/// The file is nested too deeply.
pub(super) fn too_deep(at: Range<usize>, deepest: usize) -> Diagnostic {
    Diagnostic::new(
        Code::ConfigUnreadable,
        at,
        format!("the file is nested more than {deepest} levels deep, which is the limit"),
    )
}

/// Two entries of a mapping have the same key.
pub(super) fn key_twice(name: &str, at: Range<usize>, first: Range<usize>) -> Diagnostic {
    Diagnostic::new(
        Code::ConfigDuplicateKey,
        at,
        format!("{} appears twice in one mapping", quote(name)),
    )
    .and("again here", first, "first here")
    .hint("remove one of the two")
}

/// A key is a list or a mapping.
pub(super) fn key_not_text(at: Range<usize>) -> Diagnostic {
    Diagnostic::new(Code::ConfigYamlFeature, at, "a key is a list or a mapping")
        .hint("a key must be a word; put a value such as `{…}` or `${{ … }}` in quotes")
}

/// YAML that tokenward does not support: anchors, aliases, merge keys, tags.
pub(super) fn feature_unsupported(at: Range<usize>, what: &str) -> Diagnostic {
    Diagnostic::new(Code::ConfigYamlFeature, at, format!("{what} is not supported in this file"))
        .hint("write the value out; put text that starts with `*`, `&` or `!` in quotes")
}

/// The parser's message `info` quotes no value.
pub(super) fn not_yaml(code: Code, at: Range<usize>, info: &str, hint: &str) -> Diagnostic {
    Diagnostic::new(code, at, format!("invalid YAML: {info}")).hint(hint)
}

/// A number is out of range. `limit` is `at least 1`.
pub(super) fn out_of_range(at: Range<usize>, what: &str, limit: &str) -> Diagnostic {
    Diagnostic::new(Code::ConfigWrongType, at, format!("{what} must be {limit}"))
}

/// A text or a list has the wrong length, or a text the wrong format. `how` is `too short`.
pub(super) fn wrong_format(at: Range<usize>, what: &str, how: &str) -> Diagnostic {
    Diagnostic::new(Code::ConfigWrongType, at, format!("{what} {how}"))
}

/// A required key is missing.
pub(super) fn key_missing(at: Range<usize>, key: &str, example: &str) -> Diagnostic {
    Diagnostic::new(Code::ConfigMissingKey, at, format!("`{key}` is missing"))
        .hint(format!("add `{key}: {example}`"))
}

/// A mapping without any of its keys.
pub(super) fn mapping_empty(at: Range<usize>, what: &str, keys: &[&str]) -> Diagnostic {
    Diagnostic::new(Code::ConfigMissingKey, at, format!("{what} is empty"))
        .hint(format!("add one of {}", list(keys.iter().copied())))
}

/// A key that another key of the same mapping excludes.
pub(super) fn key_excluded(at: Range<usize>, key: &str, others: &[&str]) -> Diagnostic {
    Diagnostic::new(
        Code::ConfigWrongType,
        at,
        format!("`{key}` cannot be combined with {}", list(others.iter().copied())),
    )
    .hint("keep one of them")
}

/// A key that the schema does not have. `near` is a similar key.
pub(super) fn unknown_key(
    at: Range<usize>,
    key: &str,
    near: Option<&str>,
    known: &[&str],
) -> Diagnostic {
    let hint = match near {
        Some(near) => format!("did you mean `{near}`?"),
        None if known.is_empty() => "remove it".to_owned(),
        None => format!("remove it, or use one of {}", list(known.iter().copied())),
    };
    Diagnostic::new(Code::ConfigUnknownKey, at, format!("unknown key {}", quote(key))).hint(hint)
}

/// A key without a value.
pub(super) fn no_value(at: Range<usize>, what: &str) -> Diagnostic {
    let is_file = what == "the file";
    let message =
        if is_file { "the file is empty".to_owned() } else { format!("{what} has no value") };
    Diagnostic::new(Code::ConfigWrongType, at, message)
}

/// A value of another type. `wanted` is `a list`, `found` is `a number`.
pub(super) fn wrong_type(at: Range<usize>, what: &str, wanted: &str, found: &str) -> Diagnostic {
    Diagnostic::new(Code::ConfigWrongType, at, format!("{what} must be {wanted}, but is {found}"))
}

/// A value that is none of the allowed ones. `found` is quoted or described.
pub(super) fn not_allowed(at: Range<usize>, what: &str, found: &str) -> Diagnostic {
    Diagnostic::new(Code::ConfigWrongType, at, format!("{what} cannot be {found}"))
}
