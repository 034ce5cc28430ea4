//! A port of the runner's own parser (actions/runner, `ActionCommand.cs` and
//! `FileCommandManager.cs`, MIT): what we write for it is read back by its rules.

use std::collections::BTreeMap;

/// Every command the runner knows.
const REGISTERED: [&str; 16] = [
    "stop-commands",
    "add-mask",
    "add-matcher",
    "remove-matcher",
    "add-path",
    "debug",
    "echo",
    "endgroup",
    "error",
    "group",
    "notice",
    "save-state",
    "set-env",
    "set-output",
    "warning",
    "set-repo-path",
];

/// A command as the runner understands it.
#[derive(Debug, PartialEq)]
pub(crate) struct Command {
    pub(crate) name: String,
    pub(crate) properties: BTreeMap<String, String>,
    pub(crate) data: String,
}

fn is_registered(name: &str) -> bool {
    REGISTERED.iter().any(|known| known.eq_ignore_ascii_case(name))
}

/// The runner's unescaping: each mapping in its order, `%25` last.
fn unescaped(text: &str, mappings: &[(&str, &str)]) -> String {
    mappings
        .iter()
        .fold(text.to_owned(), |text, (token, replacement)| text.replace(replacement, token))
}

const DATA: [(&str, &str); 3] = [("\r", "%0D"), ("\n", "%0A"), ("%", "%25")];
const PROPERTY: [(&str, &str); 5] =
    [("\r", "%0D"), ("\n", "%0A"), (":", "%3A"), (",", "%2C"), ("%", "%25")];
const LEGACY: [(&str, &str); 5] =
    [(";", "%3B"), ("\r", "%0D"), ("\n", "%0A"), ("]", "%5D"), ("%", "%25")];

fn properties(text: &str, separator: char, mappings: &[(&str, &str)]) -> BTreeMap<String, String> {
    let pairs = text
        .split(separator)
        .filter(|part| !part.is_empty())
        .filter_map(|part| part.split_once('='));
    pairs
        .filter(|(key, value)| !key.is_empty() && !value.is_empty())
        .map(|(key, value)| (key.to_owned(), unescaped(value, mappings)))
        .collect()
}

/// `TryParseV2`, then `TryParse`.
pub(crate) fn parse(line: &str) -> Option<Command> {
    let modern = || {
        let message = line.trim_start().strip_prefix("::")?;
        let (info, data) = message.split_once("::")?;
        let (name, rest) = info.split_once(' ').unwrap_or((info, ""));
        is_registered(name).then(|| Command {
            name: name.to_owned(),
            properties: properties(rest.trim(), ',', &PROPERTY),
            data: unescaped(data, &DATA),
        })
    };
    let legacy = || {
        let (_, message) = line.split_once("##[")?;
        let (info, data) = message.split_once(']')?;
        let (name, rest) = info.split_once(' ').unwrap_or((info, ""));
        is_registered(name).then(|| Command {
            name: name.to_owned(),
            properties: properties(rest, ';', &LEGACY),
            data: unescaped(data, &LEGACY),
        })
    };
    modern().or_else(legacy)
}

/// The lines as .NET's reader splits a stream: at LF, CR LF and CR.
pub(crate) fn lines(text: &str) -> impl Iterator<Item = &str> {
    text.split(['\n', '\r']).filter(|line| !line.is_empty())
}

/// `EnvFileKeyValuePairs`: the pairs, or `None` where the runner fails the step.
pub(crate) fn pairs(text: &str) -> Option<Vec<(String, String)>> {
    let mut found = Vec::new();
    let mut rest = text;
    while !rest.is_empty() {
        let (line, after) = rest.split_once('\n').unwrap_or((rest, ""));
        rest = after;
        if line.is_empty() {
            continue;
        }
        match (line.find('='), line.find("<<")) {
            (Some(equals), heredoc) if heredoc.is_none_or(|heredoc| equals < heredoc) => {
                found.push((line[..equals].to_owned(), line[equals + 1..].to_owned()));
            }
            (_, Some(heredoc)) => {
                let (name, delimiter) = (&line[..heredoc], &line[heredoc + 2..]);
                let start = rest;
                let mut taken = 0;
                loop {
                    let (line, after) = rest.split_once('\n')?;
                    if line == delimiter {
                        rest = after;
                        break;
                    }
                    taken += line.len() + 1;
                    rest = after;
                }
                found.push((
                    name.to_owned(),
                    start[..taken].strip_suffix('\n').unwrap_or_default().to_owned(),
                ));
            }
            _ => return None,
        }
    }
    Some(found)
}
