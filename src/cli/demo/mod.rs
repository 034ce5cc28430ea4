//! `demo`: shows the life of a token on this machine, with the commands that people run, against
//! the emulator on loopback. It writes only to its own folder in the system's temporary folder, and
//! removes that at the end.

mod problems;
mod sandbox;
mod story;

use super::args::Global;
use super::env::Env;
use super::error::CliError;
use super::interrupt::asked_to_stop;

pub(super) async fn run(env: &Env, global: &Global, serve: bool) -> Result<u8, CliError> {
    let sandbox = sandbox::Sandbox::open(env, serve)
        .await
        .map_err(|error| problems::sandbox_failed(&error))?;
    let outcome =
        if serve { wait(env, &sandbox).await } else { story::tell(&sandbox, global).await };
    sandbox.close().await;
    outcome
}

/// Keeps the sandbox running until it is interrupted.
async fn wait(env: &Env, sandbox: &sandbox::Sandbox) -> Result<u8, CliError> {
    env.say(&sandbox.directions());
    asked_to_stop().await;
    Ok(0)
}
