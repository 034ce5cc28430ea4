//! How long functions may be, and files; and what is longer, with the reason.

use std::collections::BTreeSet;

use super::{Source, report, shipped};

/// Files of more than 25,000 bytes, each with its reason.
pub(super) const LONG_FILES: &[(&str, &str)] = &[];

/// Functions of more than 50 lines, by the reason.
const LONG_FUNCTIONS: &[(&str, &[(&str, &str)])] = &[
    (
        "a list of checks, one after the other",
        &[
            ("src/providers/model/check/address.rs", "check"),
            ("src/providers/model/check/answers.rs", "check"),
            ("src/providers/model/check/lifecycle.rs", "made"),
            ("src/providers/model/check/lifecycle.rs", "rotation"),
            ("src/providers/model/check/requests.rs", "auth"),
            ("src/providers/model/check/requests.rs", "request"),
            ("src/providers/model/check/restricts.rs", "listed"),
        ],
    ),
    (
        "a table of the refusals that GitHub words",
        &[("src/net/github/problems.rs", "words"), ("src/net/github/refusal.rs", "of")],
    ),
    (
        "writes one text from its beginning to its end",
        &[("src/report/findings.rs", "findings"), ("src/report/markdown.rs", "markdown")],
    ),
    (
        "a table: one row for each case",
        &[
            ("src/rotation/decide/next.rs", "advance"),
            ("src/rotation/decide/next.rs", "pending_next"),
            ("src/rotation/decide/next.rs", "retiring_step"),
            ("src/rotation/steps/mod.rs", "take"),
        ],
    ),
];

/// The functions of a file, with how many lines each has.
fn functions(source: &Source) -> Vec<(String, usize)> {
    let code: Vec<(usize, String)> = source.code().collect();
    let last = code.last().map_or(0, |(number, _)| *number);
    let lines: Vec<&str> = source.text.lines().take(last + 1).collect();
    let name = |line: &str| {
        let (before, rest) = line.trim_start().split_once("fn ")?;
        let words = ["pub", "pub(crate)", "pub(super)", "const", "async"];
        let is_head = before.split_whitespace().all(|word| words.contains(&word));
        let end = rest.find(|c: char| !c.is_alphanumeric() && c != '_')?;
        (is_head || before.starts_with("pub(in ")).then(|| rest[..end].to_owned())
    };
    let length = |start: usize| {
        let indent = &lines[start][..lines[start].len() - lines[start].trim_start().len()];
        let is_end = |line: &&str| {
            line.strip_prefix(indent).is_some_and(|rest| {
                rest == "}" || (rest.starts_with(')') && rest.ends_with(['}', ';']))
            })
        };
        let is_short = lines[start].ends_with(['}', ';']);
        if is_short { Some(1) } else { Some(lines[start..].iter().position(is_end)? + 1) }
    };
    let all = lines.iter().enumerate().filter_map(|(number, line)| Some((number, name(line)?)));
    all.filter_map(|(number, name)| Some((name, length(number)?))).collect()
}

#[test]
fn functions_are_short() {
    let excused =
        |path: &str, name: &str| LONG_FUNCTIONS.iter().any(|(_, all)| all.contains(&(path, name)));
    let (mut violations, mut long) = (Vec::new(), BTreeSet::new());
    for source in shipped() {
        for (name, lines) in functions(&source).into_iter().filter(|(_, lines)| *lines > 50) {
            if !excused(&source.path, &name) {
                violations.push(format!("{}: `{name}` has {lines} lines", source.path));
            }
            long.insert((source.path.clone(), name));
        }
    }
    for (path, name) in LONG_FUNCTIONS.iter().flat_map(|(_, all)| *all) {
        if !long.contains(&((*path).to_owned(), (*name).to_owned())) {
            violations.push(format!("{path}: `{name}` is short now: take it out of the list"));
        }
    }
    report("at most 50 lines are wanted", &violations);
}
