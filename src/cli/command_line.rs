//! What is wrong with a command line, and what to type instead. A value pasted as an argument may be
//! a secret, so nothing that was typed is repeated, except names of our own.

use std::ffi::OsString;

use clap::CommandFactory as _;
use clap::error::{ContextKind, ContextValue, ErrorKind};

use super::args::Cli;
use super::env::Env;
use crate::config::nearest;
use crate::domain::{Class, Code, Problem};

/// Says what clap found. Help and version are no failure.
pub(super) fn refuse(error: &clap::Error, arguments: &[OsString], env: &Env) -> u8 {
    if matches!(error.kind(), ErrorKind::DisplayHelp | ErrorKind::DisplayVersion) {
        env.say(&error.to_string());
        return 0;
    }
    if arguments.len() <= 1 {
        env.note(&Cli::command().render_help().to_string());
        return Class::Usage.exit_code();
    }
    env.note(&format!("{}\n", wrong(error, arguments)));
    Class::Usage.exit_code()
}

pub(super) fn wrong(error: &clap::Error, arguments: &[OsString]) -> Problem {
    // The name of a flag of ours is safe to repeat; an unknown one is what was typed.
    let named =
        |kind| if error.kind() == ErrorKind::UnknownArgument { None } else { error.get(kind) };
    let flag = named(ContextKind::InvalidArg).map(|flag| words(flag, " or ").replace('|', " or "));
    let values = error.get(ContextKind::ValidValue).map(|values| words(values, ", "));
    let values = values.filter(|values| !values.is_empty());
    let what = match (error.kind(), &flag, named(ContextKind::PriorArg)) {
        (
            ErrorKind::MissingSubcommand | ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand,
            ..,
        ) => "no command given".to_owned(),
        (ErrorKind::InvalidSubcommand, ..) => "there is no such command".to_owned(),
        (ErrorKind::UnknownArgument, ..) => "there is no such option or argument".to_owned(),
        (ErrorKind::MissingRequiredArgument, Some(flag), _) => format!("missing: {flag}"),
        (ErrorKind::ArgumentConflict, Some(one), Some(other)) => {
            format!("{one} and {} cannot be used together", words(other, ", "))
        }
        (ErrorKind::InvalidValue, Some(flag), _) if values.is_some() => {
            format!("{flag} does not take this value")
        }
        (ErrorKind::InvalidValue, Some(flag), _) => format!("{flag} needs a value"),
        (kind, Some(flag), _) => format!("{flag}: {}", kind.as_str().unwrap_or("invalid")),
        (kind, ..) => kind.as_str().unwrap_or("invalid command line").to_owned(),
    };
    let problem = values
        .map(|values| format!("possible values: {values}"))
        .into_iter()
        .fold(Problem::new(Code::Usage, what), Problem::cause);
    problem.hint(match (meant(error), command(arguments)) {
        (Some(meant), _) if error.kind() == ErrorKind::InvalidSubcommand => {
            format!("did you mean `tokenward {meant}`?")
        }
        (Some(meant), _) => format!("did you mean `{meant}`?"),
        (None, Some(command)) => format!("see `tokenward {command} --help`"),
        (None, None) => "see `tokenward --help`".to_owned(),
    })
}

/// The likeliest of clap's suggestions, which come in ascending order.
fn meant(error: &clap::Error) -> Option<String> {
    let kinds =
        [ContextKind::SuggestedSubcommand, ContextKind::SuggestedArg, ContextKind::SuggestedValue];
    kinds.into_iter().find_map(|kind| match error.get(kind)? {
        ContextValue::String(one) => Some(one.clone()),
        ContextValue::Strings(all) => all.last().cloned(),
        _ => None,
    })
}

fn words(value: &ContextValue, between: &str) -> String {
    match value {
        ContextValue::Strings(all) => all.join(between),
        other => other.to_string(),
    }
}

/// The command that was typed, where there is one of this name.
fn command(arguments: &[OsString]) -> Option<String> {
    let cli = Cli::command();
    let known = |name: &str| cli.find_subcommand(name).map(|found| found.get_name().to_owned());
    arguments.iter().skip(1).filter_map(|argument| argument.to_str()).find_map(known)
}

/// A hint that names the one that was probably meant, or all there are.
pub(super) fn instead_of<'n>(typed: &str, known: impl IntoIterator<Item = &'n str>) -> String {
    let known: Vec<&str> = known.into_iter().collect();
    match nearest(typed, known.iter().copied()) {
        Some(meant) => format!("did you mean `{meant}`?"),
        None => format!("there are: {}", known.join(", ")),
    }
}
