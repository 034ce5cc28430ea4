//! What was typed on the command line. A value typed where a name belongs is neither used nor
//! repeated: the whole line is looked at once, before anything else happens, and every failure is
//! cleaned of what may be a value before it is shown.

use std::ffi::OsString;
use std::sync::Arc;

use super::args::{Cli, Command};
use super::env::Env;
use super::shapes;
use crate::domain::prose::{holds_a_value, is_prose};
use crate::domain::{Code, Problem, Secret};
use crate::net::Readings;
use crate::net::auth::{Credential, Vault};

/// What stands in a message instead of what was typed.
const NOT_SHOWN: &str = "***";

/// The pieces of a command line that may be values.
#[derive(Clone, Default)]
pub(super) struct Typed {
    words: Vec<Secret>,
    /// Texts of several words. The plain words in them are our messages' words as well, and stay.
    texts: Arc<Vault>,
}

impl Typed {
    /// Looks at a command line, without the program's name.
    pub(super) fn of(arguments: &[OsString], env: &Env) -> Self {
        let mut hidden: Vec<(usize, Secret)> = Vec::new();
        let texts = Arc::<Vault>::default();
        for argument in arguments.iter().skip(1) {
            for piece in pieces(&argument.to_string_lossy()) {
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
        // The longest first, so that no shorter one leaves a part of it behind.
        hidden.sort_by_key(|(length, _)| std::cmp::Reverse(*length));
        Self { words: hidden.into_iter().map(|(_, piece)| piece).collect(), texts }
    }

    /// A text of ours without what was typed and may be a value.
    pub(super) fn taken_out_of(&self, text: &str) -> String {
        self.words
            .iter()
            .fold(self.texts.cleaned(text), |text, piece| Credential::opaque(piece).scrubbed(&text))
    }

    /// A problem without it; what was taken out is masked in the log of a run.
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
            let ear = env.masker();
            self.words.iter().for_each(|piece| ear.mask(piece));
            problem = problem.cause(format!(
                "{NOT_SHOWN} is what was typed; it is not repeated, since it may be a secret"
            ));
        }
        problem
    }
}

/// The pieces that our messages could repeat: the argument, its value behind `=`, and what stands
/// between the signs of our own forms (`env:NAME`, `A..B`, `NAME=PROVIDER:SECRET`, lists). Of a
/// path, the steps that are not plain.
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

/// Whether a piece is plain words, and no secret of the environment.
fn is_harmless(piece: &str, env: &Env) -> bool {
    if !is_prose(piece) {
        return false;
    }
    let readings = Readings::of(piece);
    !env.variables.secrets().any(|secret| Credential::opaque(secret).stands_in(&readings))
}

/// Refuses a command line that holds something of a token's shape, before any of it is used: it
/// would be a file's name, a request's path or a record's word next.
pub(super) fn refuse_values(arguments: &[OsString], env: &Env) -> Result<(), Problem> {
    for argument in arguments.iter().skip(1) {
        let argument = argument.to_string_lossy();
        // No shape that stands for itself is plain words; and making the shapes is most of what
        // starting a command costs.
        if is_prose(&argument) {
            continue;
        }
        if let Some(shape) = shapes::found(&argument).first() {
            env.masker().mask(&Secret::new(argument.to_string()));
            return Err(Problem::new(Code::Usage, format!("an argument has the shape of a token ({shape})"))
                .cause("a value on a command line can be read by every process of the machine, and stays in the shell's history")
                .hint("name the token of the config; a value is taken from env:NAME, file:PATH or standard input only")
                .state("nothing was done; treat the value as leaked if this line was logged"));
        }
    }
    Ok(())
}

/// Refuses a free text that would be stored (`--reason`) or an id (`--id`) that holds a value,
/// before anything is contacted.
pub(super) fn refuse_stored_values(cli: &Cli, env: &Env) -> Result<(), Problem> {
    let (flag, text, free) = match &cli.command {
        Command::Rotate { asked, .. } => ("--reason", &asked.reason, true),
        Command::Revoke(asked) => ("--reason", &asked.reason, true),
        Command::Adopt { id, .. } => ("--id", id, false),
        _ => return Ok(()),
    };
    let Some(text) = text else { return Ok(()) };
    if text.trim().is_empty() {
        return Err(Problem::new(Code::Usage, format!("{flag} says nothing"))
            .hint("say it in words")
            .state("nothing was done"));
    }
    let refuse = |cause: &str| {
        env.masker().mask(&Secret::new(text.clone()));
        Err(Problem::new(Code::Usage, format!("the text of {flag} holds what may be a value"))
            .cause(cause)
            .hint("say it in words; name a key by the token's name")
            .state("nothing was done, and nothing was stored"))
    };
    let readings = Readings::of(text);
    if env.variables.secrets().any(|secret| {
        is_worth_keeping(secret) && Credential::opaque(secret).is_repeated_in(&readings)
    }) {
        return refuse("it repeats a secret of this run's environment, in whatever form");
    }
    if readings.any(&|reading| !shapes::found(reading).is_empty()) {
        return refuse("it has the shape of a token, in whatever form");
    }
    if free && holds_a_value(text) {
        return refuse(
            "a word of twelve or more characters in it is not plain, or one is spelled letter by letter; the journal and the issue would show it to everybody",
        );
    }
    Ok(())
}

/// Whether a variable can hold a secret: `production` and `true` are not secret because some
/// variable holds them.
fn is_worth_keeping(secret: &Secret) -> bool {
    secret.len() >= 8 && !secret.is_plain_word()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_our_messages_could_repeat_is_looked_at_by_itself() {
        assert_eq!(pieces("rotate"), ["rotate", "rotate", "rotate"]);
        assert!(pieces("--value-from=env:NAME").contains(&"NAME"));
        assert!(pieces("A..B").contains(&"B"));
        assert_eq!(pieces("/tmp/x/y.yml"), ["", "tmp", "x", "y.yml"]);
    }
}
