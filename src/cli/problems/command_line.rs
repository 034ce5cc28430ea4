//! What is wrong with a command line, and what to type instead. A value pasted as an argument may
//! be a secret, so a message repeats nothing that was typed, except our own names.

use std::ffi::OsString;

use clap::CommandFactory as _;
use clap::error::{ContextKind, ContextValue, ErrorKind};

use crate::cli::args::Cli;
use crate::config::nearest;
use crate::domain::{Code, Problem};

/// What clap found wrong.
pub(in crate::cli) fn invalid(error: &clap::Error, arguments: &[OsString]) -> Problem {
    let values = error.get(ContextKind::ValidValue).map(|values| words(values, ", "));
    let values = values.filter(|values| !values.is_empty());
    let problem = Problem::new(Code::Usage, what(error, values.is_some()));
    let problem = match values {
        Some(values) => problem.cause(format!("possible values: {values}")),
        None => problem,
    };
    if let Some(instead) = dry_run(error, arguments) {
        return problem.hint(instead);
    }
    let suggested = suggested(error).or_else(|| help_topic(error, arguments));
    problem.hint(match (suggested, command(arguments)) {
        (Some(suggested), _) if error.kind() == ErrorKind::InvalidSubcommand => {
            format!("did you mean `tokenward {suggested}`?")
        }
        (Some(suggested), _) => format!("did you mean `{suggested}`?"),
        (None, Some(command)) => format!("run `tokenward {command} --help`"),
        (None, None) => "run `tokenward --help`".to_owned(),
    })
}

/// What to type instead of an option of `rotate` that `plan` does not have.
fn dry_run(error: &clap::Error, arguments: &[OsString]) -> Option<String> {
    if error.kind() != ErrorKind::UnknownArgument || command(arguments)? != "plan" {
        return None;
    }
    let option = match error.get(ContextKind::InvalidArg)?.to_string().as_str() {
        "--force" | "--reason" => "--force --reason TEXT",
        "--leaked" | "--revoke-first" | "--finding" | "--alert" => "--leaked",
        _ => return None,
    };
    Some(format!(
        "`plan` shows what is due; to plan a requested rotation, run `tokenward rotate --dry-run {option}`"
    ))
}

/// The arguments of which one is needed, which clap writes as `<ONE|OTHER>`.
fn alternatives(text: &str) -> String {
    let bare = text.strip_prefix('<').and_then(|rest| rest.strip_suffix('>'));
    let inner = bare.filter(|_| text.contains('|')).unwrap_or(text);
    inner.replace('|', " or ")
}

fn what(error: &clap::Error, has_values: bool) -> String {
    // The name of our own flag is safe to repeat; an unknown one is what was typed.
    let named =
        |kind| if error.kind() == ErrorKind::UnknownArgument { None } else { error.get(kind) };
    let flag = named(ContextKind::InvalidArg).map(|flag| alternatives(&words(flag, "|")));
    match (error.kind(), &flag, named(ContextKind::PriorArg)) {
        (
            ErrorKind::MissingSubcommand | ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand,
            ..,
        ) => "no command was given".to_owned(),
        (ErrorKind::InvalidSubcommand, ..) => "unknown command".to_owned(),
        (ErrorKind::UnknownArgument, ..) => "unknown option or argument".to_owned(),
        (ErrorKind::MissingRequiredArgument, Some(flag), _) => format!("missing: {flag}"),
        (ErrorKind::ArgumentConflict, Some(one), Some(other)) => {
            format!("{one} and {} cannot be used together", words(other, ", "))
        }
        (ErrorKind::InvalidValue, Some(flag), _) if has_values => {
            format!("{flag} does not accept this value")
        }
        (ErrorKind::InvalidValue, Some(flag), _) => format!("{flag} needs a value"),
        (kind, Some(flag), _) => format!("{flag}: {}", kind.as_str().unwrap_or("invalid")),
        (kind, ..) => kind.as_str().unwrap_or("invalid command line").to_owned(),
    }
}

/// The command that was meant by `help`, for which clap suggests none.
fn help_topic(error: &clap::Error, arguments: &[OsString]) -> Option<String> {
    arguments.get(1).filter(|first| *first == "help")?;
    let typed = error.get(ContextKind::InvalidSubcommand)?.to_string();
    let cli = Cli::command();
    let names = cli.get_subcommands().filter(|command| !command.is_hide_set());
    nearest(&typed, names.map(clap::Command::get_name)).map(|name| format!("help {name}"))
}

/// The likeliest of clap's suggestions, which come in ascending order.
fn suggested(error: &clap::Error) -> Option<String> {
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

/// The command that was typed, if there is one of this name.
fn command(arguments: &[OsString]) -> Option<String> {
    let cli = Cli::command();
    let known = |name: &str| cli.find_subcommand(name).map(|found| found.get_name().to_owned());
    arguments.iter().skip(1).filter_map(|argument| argument.to_str()).find_map(known)
}

/// The hint for an unknown name: the nearest known name, or all of them.
pub(in crate::cli) fn instead_of<'n>(
    typed: &str,
    known: impl IntoIterator<Item = &'n str>,
) -> String {
    let known: Vec<&str> = known.into_iter().collect();
    match nearest(typed, known.iter().copied()) {
        Some(meant) => format!("did you mean `{meant}`?"),
        None => format!("use one of: {}", known.join(", ")),
    }
}
