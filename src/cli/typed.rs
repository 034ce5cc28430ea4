//! What was typed on the command line. A value typed instead of a name is neither used nor
//! repeated: the whole command line is checked once, before anything else happens, and whatever
//! could be a value is removed from every failure before it is shown.

use std::ffi::OsString;
use std::sync::Arc;

use super::args::{Cli, Command};
use super::env::Env;
use super::problems::arguments::{self, Holds};
use super::shapes;
use crate::domain::prose::{holds_a_value, is_prose};
use crate::domain::{Problem, Repo, Secret};
use crate::net::Readings;
use crate::net::auth::{Credential, Vault};

/// What a message shows instead of what was typed.
const NOT_SHOWN: &str = "***";

/// How the names of files end that options take.
const ENDINGS: [&str; 9] = ["html", "json", "md", "sarif", "txt", "xml", "yaml", "yml", "zip"];
/// The digits of a date with a time, or of a run's id.
const LONGEST_NUMBER: usize = 14;

/// The pieces of a command line that could be values.
#[derive(Clone, Default)]
pub(super) struct Typed {
    words: Vec<Secret>,
    /// Texts of several words. Plain words in them also occur in our messages, and stay.
    texts: Arc<Vault>,
}

impl Typed {
    /// Splits a command line, without the program's name.
    pub(super) fn of(arguments: &[OsString], env: &Env) -> Self {
        let mut hidden: Vec<(usize, Secret)> = Vec::new();
        let texts = Arc::<Vault>::default();
        for (before, argument) in arguments.iter().zip(arguments.iter().skip(1)) {
            let argument = argument.to_string_lossy();
            if is_pinned_action(before, &argument, env) {
                continue;
            }
            for piece in pieces(&argument) {
                if is_harmless(piece, env) {
                    continue;
                }
                let secret = Secret::new(piece.to_owned());
                if piece.contains(char::is_whitespace) {
                    texts.take(&secret);
                } else {
                    hidden.push((piece.len(), secret));
                }
            }
        }
        // The longest first, so that removing a shorter piece leaves no part of a longer one.
        hidden.sort_by_key(|(length, _)| std::cmp::Reverse(*length));
        Self { words: hidden.into_iter().map(|(_, piece)| piece).collect(), texts }
    }

    /// A text of ours, without what was typed and could be a value.
    pub(super) fn taken_out_of(&self, text: &str) -> String {
        self.words
            .iter()
            .fold(self.texts.cleaned(text), |text, piece| Credential::opaque(piece).scrubbed(&text))
    }

    /// A problem without it; what was removed is masked in the log of a run.
    pub(super) fn taken_out_of_problem(&self, problem: Problem, env: &Env) -> Problem {
        let before = problem.to_string();
        let clean = |text: String| self.taken_out_of(&text);
        let mut problem = Problem {
            id: problem.id,
            what: clean(problem.what),
            causes: problem.causes.into_iter().map(clean).collect(),
            hint: problem.hint.map(clean),
            state: problem.state.map(clean),
        };
        if problem.to_string() != before {
            let masker = env.masker();
            self.words.iter().for_each(|piece| masker.mask(piece));
            problem = arguments::with_typed_text_hidden(problem, NOT_SHOWN);
        }
        problem
    }
}

/// The pieces that our messages could repeat: the argument, its value after `=`, and the parts of
/// our own notations (`env:NAME`, `A..B`, `NAME=PROVIDER:SECRET`, lists). Of a path, its
/// components.
fn pieces(argument: &str) -> Vec<&str> {
    let value = argument
        .strip_prefix('-')
        .and_then(|flag| Some(flag.split_once('=')?.1))
        .unwrap_or(argument);
    if value.starts_with(['/', '.', '~']) {
        return value.split('/').collect();
    }
    let mut pieces = vec![argument, value];
    pieces.extend(
        value
            .split(['=', ':', ',', ' ', '@', '\'', '"', '\n', '\t'])
            .flat_map(|piece| piece.split("..")),
    );
    pieces.retain(|piece| !piece.is_empty());
    pieces
}

/// Whether it is the Action at a full commit hash, which is public, after its option.
fn is_pinned_action(before: &OsString, argument: &str, env: &Env) -> bool {
    let action = match argument.strip_prefix("--action=") {
        Some(action) => action,
        None if before == "--action" => argument,
        None => return false,
    };
    let Some((repo, commit)) = action.split_once('@') else { return false };
    let is_commit = commit.len() == 40 && commit.bytes().all(|byte| byte.is_ascii_hexdigit());
    let readings = Readings::of(argument);
    Repo::parse(repo).is_some()
        && is_commit
        && is_prose(repo)
        && !env.variables.secrets().any(|secret| Credential::opaque(secret).stands_in(&readings))
}

/// Whether a piece consists of plain words or is the name of a file, and is no secret of the
/// environment.
fn is_harmless(piece: &str, env: &Env) -> bool {
    if !is_prose(piece) && !is_file(piece) {
        return false;
    }
    let readings = Readings::of(piece);
    !env.variables.secrets().any(|secret| Credential::opaque(secret).stands_in(&readings))
}

/// Whether it ends as the files that options name do, and nothing in it has the shape of a token. A
/// date, a number or an id in such a name says which file was meant; a pasted value has no such
/// ending.
fn is_file(piece: &str) -> bool {
    let (folders, name) = piece.rsplit_once('/').unwrap_or(("", piece));
    let Some((_, ending)) = name.rsplit_once('.') else { return false };
    ENDINGS.contains(&ending)
        && folders.split('/').all(is_name_with_numbers)
        && !Readings::of(piece).any(&|reading| !shapes::found(reading).is_empty())
}

/// Whether it consists of plain words, and of numbers as dates and runs have them.
fn is_name_with_numbers(name: &str) -> bool {
    name.split(|c: char| !c.is_ascii_alphanumeric()).all(|part| {
        let is_number = part.len() <= LONGEST_NUMBER && part.bytes().all(|b| b.is_ascii_digit());
        is_number || is_prose(part)
    })
}

/// Refuses a command line with something of a token's shape, before any of it is used as the name
/// of a file, the path of a request or a word in a record.
pub(super) fn refuse_values(arguments: &[OsString], env: &Env) -> Result<(), Problem> {
    for argument in arguments.iter().skip(1) {
        let argument = argument.to_string_lossy();
        // No shape matches plain words alone; and building the shapes is most of what starting a
        // command costs.
        if is_prose(&argument) {
            continue;
        }
        if let Some(shape) = shapes::found(&argument).first() {
            env.masker().mask(&Secret::new(argument.to_string()));
            return Err(arguments::token_as_argument(shape));
        }
    }
    Ok(())
}

/// Refuses a text that would be stored (`--reason`) or an id (`--id`) if it contains a value,
/// before any request.
pub(super) fn refuse_stored_values(cli: &Cli, env: &Env) -> Result<(), Problem> {
    let (flag, text, free) = match &cli.command {
        Command::Rotate { asked, .. } => ("--reason", &asked.reason, true),
        Command::Revoke(asked) => ("--reason", &asked.reason, true),
        Command::Adopt { id, .. } => ("--id", id, false),
        _ => return Ok(()),
    };
    let Some(text) = text else { return Ok(()) };
    if text.trim().is_empty() {
        return Err(arguments::empty_text(flag));
    }
    let refuse = |holds: Holds| {
        env.masker().mask(&Secret::new(text.clone()));
        Err(arguments::text_holds_value(flag, holds))
    };
    let readings = Readings::of(text);
    if env.variables.secrets().any(|secret| {
        is_worth_keeping(secret) && Credential::opaque(secret).is_repeated_in(&readings)
    }) {
        return refuse(Holds::Secret);
    }
    if readings.any(&|reading| !shapes::found(reading).is_empty()) {
        return refuse(Holds::TokenShape);
    }
    if free && holds_a_value(text) {
        return refuse(Holds::OddWord);
    }
    Ok(())
}

/// Whether a variable's value can be a secret. `production` and `true` do not become secret because
/// a variable has them.
fn is_worth_keeping(secret: &Secret) -> bool {
    secret.len() >= 8 && !secret.is_plain_word()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_command_line_is_split_into_what_messages_could_repeat() {
        assert_eq!(pieces("rotate"), ["rotate", "rotate", "rotate"]);
        assert!(pieces("--value-from=env:NAME").contains(&"NAME"));
        assert!(pieces("A..B").contains(&"B"));
        assert_eq!(pieces("/tmp/x/y.yml"), ["", "tmp", "x", "y.yml"]);
    }
}
