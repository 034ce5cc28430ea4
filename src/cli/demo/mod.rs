//! `demo`: the whole life of a token on this machine, by the same commands that people run, against
//! the emulator on loopback. Touches nothing outside a folder of its own in the system's temporary
//! folder, which it removes again.

mod sandbox;
mod story;

use super::args::Global;
use super::env::Env;
use super::error::CliError;
use super::interrupt::asked_to_stop;
use crate::domain::{Code, Problem};

pub(super) async fn run(env: &Env, global: &Global, serve: bool) -> Result<u8, CliError> {
    let sandbox = sandbox::Sandbox::open(env, serve).await.map_err(|error| {
        Problem::new(Code::Bug, "the sandbox could not be set up")
            .cause(error.to_string())
            .state("nothing outside the temporary folder was touched")
    })?;
    let outcome =
        if serve { wait(env, &sandbox).await } else { story::tell(&sandbox, global).await };
    sandbox.close().await;
    outcome
}

/// Keeps the sandbox up until it is interrupted.
async fn wait(env: &Env, sandbox: &sandbox::Sandbox) -> Result<u8, CliError> {
    env.say(&sandbox.directions());
    asked_to_stop().await;
    Ok(0)
}
