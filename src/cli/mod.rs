//! The command line: one file a verb. Parses, runs, and maps what happened to a documented exit code.
//! The only room that talks to people; all it says goes through `Surroundings`.

mod action;
mod app_token;
mod args;
mod check;
mod checkout;
mod client;
mod confirm;
mod demo;
mod doctor;
mod environment;
mod failure;
mod generate;
mod guide;
mod held;
mod init;
mod install_hook;
mod interrupt;
mod isolated;
mod leaked;
mod links;
mod live;
mod logs;
mod look;
mod matrix;
mod noise;
mod output;
mod own_provider;
mod parts;
mod pipes;
mod plan;
mod abilities;
mod policy;
mod progress;
mod providers;
mod push;
mod read_only;
mod required;
mod revoke;
mod rotate;
mod scan;
mod session;
mod shapes;
mod signing;
mod status;
mod surroundings;
mod typed;
mod usage;
mod value;
mod wanted;
mod whose;
mod workflows;

use std::ffi::OsString;

use clap::{CommandFactory as _, Parser as _};

pub use action::{INPUTS, OUTPUTS};
pub use args::{Cli, SchemaName};
pub use environment::Environment;
pub use generate::{printed, schema};
pub use surroundings::{Hidden, Shared, Surroundings};

use self::args::Verb;
use self::failure::Failure;
use self::isolated::isolated;
use self::typed::Typed;
use crate::domain::{Class, Code, Problem};

/// Runs one command and gives the process's exit code.
pub async fn run(arguments: impl IntoIterator<Item = OsString>, around: &Surroundings) -> u8 {
    let arguments: Vec<OsString> = arguments.into_iter().collect();
    if let Err(problem) = typed::refuse_values(&arguments, around) {
        return Failure::from(problem).report(around, false);
    }
    let mut cli = match Cli::try_parse_from(&arguments) {
        Ok(cli) => cli,
        Err(error) => return refuse(&error, &arguments, around),
    };
    cli.global.typed = Typed::of(&arguments, around);
    // What is not one token's work ends the command, with a code of its own.
    match isolated("this command", verb(&cli, around)).await.unwrap_or_else(|bug| Err(bug.into())) {
        Ok(code) => code,
        Err(failure) => failure.without(&cli.global.typed, around).report(around, output::wants_colour(around, &cli.global)),
    }
}

async fn verb(cli: &Cli, around: &Surroundings) -> Result<u8, Failure> {
    typed::refuse_stored_values(cli, around)?;
    let global = &cli.global;
    match &cli.verb {
        Verb::Init(flags) => init::run(around, global, flags),
        Verb::Demo { serve } => demo::run(around, global, *serve).await,
        Verb::Plan { selection, matrix: true } => plan::matrix(around, global, selection),
        Verb::Plan { selection, .. } => Box::pin(plan::run(around, global, selection, None)).await,
        Verb::Rotate { selection, dry_run: true, asked, .. } => Box::pin(plan::run(around, global, selection, Some(asked))).await,
        Verb::Rotate { selection, asked, allow_unprotected_ref, .. } => Box::pin(rotate::run(around, global, selection, asked, *allow_unprotected_ref)).await,
        Verb::Check { selection, verdict } => Box::pin(check::run(around, global, selection, verdict)).await,
        Verb::Status { selection, verdict, html } => Box::pin(status::run(around, global, selection, verdict, html.as_deref())).await,
        Verb::Doctor => Box::pin(doctor::run(around, global)).await,
        Verb::Guide { token } => Box::pin(guide::run(around, global, token)).await,
        Verb::Push { token, value_from } => Box::pin(push::push(around, global, token, value_from)).await,
        Verb::Revoke(asked) => Box::pin(revoke::run(around, global, asked)).await,
        Verb::Adopt { unsigned_journal: true, .. } => Box::pin(push::take_over(around, global)).await,
        Verb::Adopt { token, id, .. } => Box::pin(push::adopt(around, global, token.as_deref().unwrap_or_default(), id.as_deref())).await,
        Verb::Confirm(asked) => Box::pin(confirm::run(around, global, asked)).await,
        Verb::Scan(flags) => Box::pin(scan::run(around, global, flags)).await,
        Verb::InstallHook { force } => install_hook::run(around, *force),
        Verb::Providers { id } => providers::run(around, global, id.as_deref()),
        Verb::Schema { name } => generate::print_schema(around, *name),
        Verb::Completions { shell } => Ok(generate::completions(around, *shell)),
        Verb::Man => generate::man(around),
        Verb::Action => action::run(around).await,
    }
}

/// What clap says: help and version are no failure.
fn refuse(error: &clap::Error, arguments: &[OsString], around: &Surroundings) -> u8 {
    use clap::error::ErrorKind;
    if matches!(error.kind(), ErrorKind::DisplayHelp | ErrorKind::DisplayVersion) {
        around.say(&error.to_string());
        return 0;
    }
    if arguments.len() <= 1 {
        around.note(&Cli::command().render_help().to_string());
        return Class::Usage.exit_code();
    }
    around.note(&format!("{}\n", wrong(error, arguments)));
    Class::Usage.exit_code()
}

/// What is wrong with a command line. A value pasted as an argument may be a secret, so no argument is repeated.
fn wrong(error: &clap::Error, arguments: &[OsString]) -> Problem {
    use clap::error::{ContextKind, ErrorKind};
    // The name of a flag of ours is safe to repeat; what was typed is not.
    let named = |kind| if error.kind() == ErrorKind::UnknownArgument { None } else { error.get(kind) };
    let flags = named(ContextKind::InvalidArg).map(ToString::to_string);
    let what = match (error.kind(), &flags, named(ContextKind::PriorArg)) {
        (ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand | ErrorKind::MissingSubcommand, ..) => "which command?".to_owned(),
        (ErrorKind::MissingRequiredArgument, Some(flags), _) => format!("this is missing: {}", flags.replace('|', " or ")),
        (ErrorKind::ArgumentConflict, Some(one), Some(other)) => format!("{one} and {other} do not go together"),
        (kind, ..) => kind.as_str().unwrap_or("the command line does not fit").to_owned(),
    };
    let is_told = matches!(error.kind(), ErrorKind::MissingRequiredArgument | ErrorKind::ArgumentConflict);
    let mut problem = Problem::new(Code::Usage, what);
    if let Some(flags) = flags.filter(|_| !is_told) {
        problem = problem.cause(format!("at {flags}"));
    }
    if let Some(close) = error.get(ContextKind::SuggestedArg).or_else(|| error.get(ContextKind::SuggestedSubcommand)) {
        problem = problem.cause(format!("did you mean {close}?"));
    }
    let command = Cli::command();
    let verbs: Vec<&str> = command.get_subcommands().map(clap::Command::get_name).collect();
    let verb = arguments.iter().skip(1).filter_map(|argument| argument.to_str()).find(|argument| verbs.contains(argument));
    problem.hint(verb.map_or_else(|| "tokenward --help".to_owned(), |verb| format!("tokenward {verb} --help")))
}
