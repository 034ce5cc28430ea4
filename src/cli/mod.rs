//! The command line: one file a command. Parses, runs, and maps what happened to a documented exit
//! code. The only module that talks to people; all it says goes through `Env`.

mod abilities;
mod action;
mod app_token;
mod args;
mod check;
mod check_parts;
mod checkout;
mod client;
mod command_line;
mod config_notes;
mod confirm;
mod demo;
mod doctor;
mod env;
mod environment;
mod error;
mod examples;
mod generate;
mod guide;
mod held;
mod init;
mod install_hook;
mod interrupt;
mod isolated;
mod key_usage;
mod leaked;
mod links;
mod liveness;
mod logs;
mod look;
mod manual;
mod matrix;
mod output;
mod own_provider;
mod pipes;
mod plan;
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
mod suppressions;
mod typed;
mod value;
mod wanted;
mod whose;
mod workflows;

use std::ffi::OsString;

use clap::{CommandFactory as _, Parser as _};

pub use action::{INPUTS, OUTPUTS};
pub use args::{Cli, SchemaName};
pub use env::{Env, Hidden, Shared};
pub use environment::Environment;
pub use generate::{printed, schema};

use self::args::Command;
use self::error::CliError;
use self::isolated::isolated;
use self::typed::Typed;

/// Runs one command and gives the process's exit code.
pub async fn run(arguments: impl IntoIterator<Item = OsString>, env: &Env) -> u8 {
    let arguments: Vec<OsString> = arguments.into_iter().collect();
    if let Err(problem) = typed::refuse_values(&arguments, env) {
        return CliError::from(problem).report(env, false);
    }
    let mut cli = match Cli::try_parse_from(&arguments) {
        Ok(cli) => cli,
        Err(error) => return command_line::refuse(&error, &arguments, env),
    };
    cli.global.typed = Typed::of(&arguments, env);
    // What is not one token's work ends the command, with a code of its own.
    match isolated("this command", command(&cli, env)).await.unwrap_or_else(|bug| Err(bug.into())) {
        Ok(code) => code,
        Err(failure) => failure
            .without(&cli.global.typed, env)
            .report(env, output::wants_colour(env, &cli.global)),
    }
}

async fn command(cli: &Cli, env: &Env) -> Result<u8, CliError> {
    typed::refuse_stored_values(cli, env)?;
    let global = &cli.global;
    match &cli.command {
        Command::Init(flags) => init::run(env, global, flags),
        Command::Demo { serve } => demo::run(env, global, *serve).await,
        Command::Plan { selection, matrix: true } => plan::matrix(env, global, selection),
        Command::Plan { selection, .. } => Box::pin(plan::run(env, global, selection, None)).await,
        Command::Rotate { selection, dry_run: true, asked, .. } => {
            Box::pin(plan::run(env, global, selection, Some(asked))).await
        }
        Command::Rotate { selection, asked, allow_unprotected_ref, .. } => {
            Box::pin(rotate::run(env, global, selection, asked, *allow_unprotected_ref)).await
        }
        Command::Check { selection, verdict } => {
            Box::pin(check::run(env, global, selection, verdict)).await
        }
        Command::Status { selection, verdict, html } => {
            Box::pin(status::run(env, global, selection, verdict, html.as_deref())).await
        }
        Command::Doctor => Box::pin(doctor::run(env, global)).await,
        Command::Guide { token } => Box::pin(guide::run(env, global, token)).await,
        Command::Push { token, value_from } => {
            Box::pin(push::push(env, global, token, value_from)).await
        }
        Command::Revoke(asked) => Box::pin(revoke::run(env, global, asked)).await,
        Command::Adopt { unsigned_journal: true, .. } => {
            Box::pin(push::take_over(env, global)).await
        }
        Command::Adopt { token, id, .. } => {
            Box::pin(push::adopt(env, global, token.as_deref().unwrap_or_default(), id.as_deref()))
                .await
        }
        Command::Confirm(asked) => Box::pin(confirm::run(env, global, asked)).await,
        Command::Scan(flags) => Box::pin(scan::run(env, global, flags)).await,
        Command::InstallHook { force } => install_hook::run(env, *force),
        Command::Providers { id } => providers::run(env, global, id.as_deref()),
        Command::Schema { name } => generate::print_schema(env, *name),
        Command::Completions { shell } => Ok(generate::completions(env, *shell)),
        Command::Man => generate::man(env),
        Command::Version => {
            env.say(&Cli::command().render_version());
            Ok(0)
        }
        Command::Action => action::run(env).await,
    }
}
