//! One command, from its command line to its exit code: parsed, run, rendered. The two commands
//! that run other commands, `demo` and `action`, call this; `mod.rs` runs them.

use std::ffi::{OsStr, OsString};

use clap::error::ErrorKind;
use clap::{CommandFactory as _, Parser as _};

use super::answer::Answer;
use super::args::{Cli, Command};
use super::env::Env;
use super::error::CliError;
use super::isolated::isolated;
use super::render::render;
use super::screen::wants_colour;
use super::typed::{self, Typed};
use super::{
    check, confirm, doctor, generate, guide, init, install_hook, named_files, plan, problems,
    providers, push, revoke, rotate, scan, schemas, status,
};
use crate::domain::Class;

/// A valid command line.
pub(super) struct Invocation {
    pub(super) cli: Cli,
    /// What was typed and could be a value.
    pub(super) typed: Typed,
}

impl Invocation {
    /// Parses a command line. An invalid one is reported, and gives the exit code.
    pub(super) fn read(arguments: &[OsString], env: &Env) -> Result<Self, u8> {
        if let Err(problem) = typed::refuse_values(arguments, env) {
            return Err(CliError::from(problem).report(env, false));
        }
        match Cli::try_parse_from(arguments) {
            Ok(cli) => Ok(Self { cli, typed: Typed::of(arguments, env) }),
            Err(error) => Err(refuse(&error, arguments, env)),
        }
    }

    /// Runs the command, and reports its result or what stopped it.
    pub(super) async fn run(&self, env: &Env) -> u8 {
        self.reported(env, async { Ok(self.rendered(env).await?.1) }).await
    }

    /// Does the work, and reports what stopped it.
    pub(super) async fn reported(
        &self,
        env: &Env,
        work: impl Future<Output = Result<u8, CliError>>,
    ) -> u8 {
        self.guarded(env, work)
            .await
            .unwrap_or_else(|failure| failure.report(env, wants_colour(env, &self.cli.global)))
    }

    /// Runs the command and renders its answer; returns both the answer and the exit code.
    pub(super) async fn rendered(&self, env: &Env) -> Result<(Answer, u8), CliError> {
        let work = async {
            let answer = answer(&self.cli, &self.typed, env).await?;
            let code = render(&answer, env, &self.cli.global);
            Ok((answer, code))
        };
        self.guarded(env, work).await
    }

    /// A panic outside the work on one token ends the command, with an exit code of its own. A
    /// failure does not repeat what was typed, if that could be a value.
    async fn guarded<T>(
        &self,
        env: &Env,
        work: impl Future<Output = Result<T, CliError>>,
    ) -> Result<T, CliError> {
        let outcome = isolated("this command", work).await;
        outcome
            .unwrap_or_else(|bug| Err(bug.into()))
            .map_err(|failure| failure.without(&self.typed, env))
    }
}

/// Reports what clap found. Help and version are no failure.
fn refuse(error: &clap::Error, arguments: &[OsString], env: &Env) -> u8 {
    if matches!(error.kind(), ErrorKind::DisplayHelp | ErrorKind::DisplayVersion) {
        env.say(&error.to_string());
        return 0;
    }
    // clap's `help` takes no flags: it looks for a command named `--help`.
    let without_flags: Vec<OsString> =
        arguments.iter().filter(|argument| !is_help_flag(argument)).cloned().collect();
    let is_help = without_flags.get(1).is_some_and(|command| command == "help");
    if is_help && without_flags.len() < arguments.len() {
        return Invocation::read(&without_flags, env).err().unwrap_or_default();
    }
    if arguments.len() <= 1 {
        env.note(&Cli::command().render_help().to_string());
    } else {
        env.note(&format!("{}\n", problems::command_line::invalid(error, arguments)));
    }
    Class::Usage.exit_code()
}

fn is_help_flag(argument: &OsStr) -> bool {
    argument == "--help" || argument == "-h"
}

#[cfg(feature = "demo")]
/// Runs one command line, other than `demo` and `action`, and returns the exit code.
pub(super) async fn run(arguments: &[OsString], env: &Env) -> u8 {
    match Invocation::read(arguments, env) {
        Ok(invocation) => invocation.run(env).await,
        Err(code) => code,
    }
}

/// The result of a command.
async fn answer(cli: &Cli, typed: &Typed, env: &Env) -> Result<Answer, CliError> {
    typed::refuse_stored_values(cli, env)?;
    named_files::refuse_shared(env, &named_files::all(cli))?;
    let global = &cli.global;
    match &cli.command {
        Command::Init(flags) => init::run(env, global, flags),
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
        Command::Status { selection, verdict, html, with } => {
            let page = status::Page { html: html.as_deref(), with };
            Box::pin(status::run(env, global, selection, verdict, page)).await
        }
        Command::Doctor => Box::pin(doctor::run(env, global, typed)).await,
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
        Command::Schema { name } => Ok(Answer::text(schemas::printed(*name))),
        Command::Completions { shell } => generate::completions(*shell),
        Command::Man => generate::man(),
        Command::Version => Ok(Answer::text(Cli::command().render_version())),
        #[cfg(feature = "demo")]
        Command::Demo { .. } => Err(problems::output::nested_command().into()),
        Command::Action => Err(problems::output::nested_command().into()),
    }
}
