//! The command line: one file per command. Parses, runs, and maps the result to a documented exit
//! code. The only module that talks to people; everything it says goes through `Env`.

mod action;
mod answer;
mod app_token;
mod args;
mod check;
mod check_parts;
mod checkout;
mod client;
mod complete;
mod config_notes;
mod confirm;
#[cfg(feature = "demo")]
mod demo;
mod doctor;
mod env;
mod environment;
mod error;
mod examples;
mod generate;
mod guide;
mod held;
mod hosted;
mod init;
mod install_hook;
mod interrupt;
mod isolated;
mod jobs;
mod key_usage;
mod leaked;
mod links;
mod liveness;
mod logs;
mod look;
mod manual;
mod matrix;
mod named_files;
mod opened;
mod other_facts;
mod other_reports;
mod other_texts;
mod own_provider;
mod own_rules;
mod pipes;
mod plan;
mod policy;
mod problems;
mod progress;
mod provider_row;
mod providers;
mod push;
mod read_only;
mod render;
mod required;
mod revoke;
mod rotate;
mod run;
mod scan;
mod schemas;
mod screen;
mod session;
mod shapes;
mod signing;
mod status;
mod suppressions;
mod typed;
mod value;
mod value_source;
mod values_handed;
mod verdict;
mod wanted;
mod whose;
mod workflow_file;
mod workflows;

use std::ffi::OsString;

pub use action::{INPUTS, OUTPUTS};
pub use args::{Cli, SchemaName};
pub use env::{Env, Hidden, Shared};
pub use environment::Environment;
pub use schemas::{printed, schema};

use self::args::Command;
use self::run::Invocation;

/// Runs one command and returns the process's exit code.
pub async fn run(arguments: impl IntoIterator<Item = OsString>, env: &Env) -> u8 {
    let arguments: Vec<OsString> = arguments.into_iter().collect();
    if complete::run(&arguments, env) {
        return 0;
    }
    let invocation = match Invocation::read(&arguments, env) {
        Ok(invocation) => invocation,
        Err(code) => return code,
    };
    match &invocation.cli.command {
        #[cfg(feature = "demo")]
        Command::Demo { serve } => {
            let demo = demo::run(env, &invocation.cli.global, *serve);
            invocation.reported(env, demo).await
        }
        Command::Action => invocation.reported(env, action::run(env)).await,
        _ => invocation.run(env).await,
    }
}
