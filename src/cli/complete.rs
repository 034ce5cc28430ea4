//! Shell completion: the words that can follow on an unfinished command line. It knows the names of
//! the repository's own config, providers and ids of findings. It sends no request, starts no
//! program, and prints nothing if something is wrong.

use std::ffi::OsString;

use clap::builder::StyledStr;
use clap::{Arg, CommandFactory as _};
use clap_complete::engine::{ArgValueCandidates, CompletionCandidate};
use clap_complete::env::{EnvCompleter, Shells};

use super::args::Cli;
use super::checkout::Checkout;
use super::env::Env;
use super::{shapes, verdict};
use crate::config::{self, Config, Context};
use crate::providers::Registry;

/// Completes a command line if a completion script asks for it: the variable is set, and the line
/// begins with `--`, which no command does. The variable alone changes no command.
pub(super) fn run(arguments: &[OsString], env: &Env) -> bool {
    let Some(([_, mark], line)) = arguments.split_first_chunk::<2>() else { return false };
    let Some(shell) = env.text("COMPLETE").filter(|_| mark == "--") else { return false };
    if let Some(shell) = Shells::builtins().completer(shell).filter(|_| !line.is_empty()) {
        let mut words = Vec::new();
        let mut command = command(line, env);
        if shell.write_complete(&mut command, line.to_vec(), Some(&env.folder), &mut words).is_ok()
        {
            env.say(&String::from_utf8_lossy(&words));
        }
    }
    true
}

/// The script that makes a shell ask. `None` for a shell without one.
pub(super) fn script(shell: clap_complete::Shell) -> Option<String> {
    let shells = Shells::builtins();
    let name = shell.to_string();
    let mut script = Vec::new();
    let shell: &dyn EnvCompleter = shells.completer(&name)?;
    shell
        .write_registration("COMPLETE", "tokenward", "tokenward", "tokenward", &mut script)
        .ok()?;
    // Bash's candidates are separated by a control character, which `Env` does not print.
    let mut script = String::from_utf8_lossy(&script).replace(r"IFS=$'\013'", r"IFS=$'\n'");
    if name == "zsh" {
        // As a file of `fpath`, it is first run as the function that completes.
        script.push_str(
            "if [ \"$funcstack[1]\" = _tokenward ]; then _clap_dynamic_completer_tokenward; fi\n",
        );
    }
    Some(script)
}

/// Our command line, with the candidates of each argument that takes a name.
fn command(line: &[OsString], env: &Env) -> clap::Command {
    let names_a_config =
        line.iter().any(|word| word.to_str().is_some_and(|word| word.starts_with("--config")));
    Cli::command().mut_subcommands(|command| {
        let name = command.get_name().to_owned();
        command.mut_args(|arg| match (name.as_str(), arg.get_id().as_str()) {
            ("init", "tokens") | ("providers", "id") | (_, "provider") => with(arg, providers),
            // The names in another config than the repository's own are not known here.
            (_, "tokens" | "token") if !names_a_config => {
                let env = env.clone();
                with(arg, move || tokens(&env))
            }
            (_, "fail_on") => with(arg, findings),
            _ => arg,
        })
    })
}

fn with(arg: Arg, names: impl Fn() -> Vec<CompletionCandidate> + Send + Sync + 'static) -> Arg {
    arg.add(ArgValueCandidates::new(names))
}

fn candidate(name: &str, help: &str) -> CompletionCandidate {
    CompletionCandidate::new(name).help(Some(StyledStr::from(help.to_owned())))
}

fn providers() -> Vec<CompletionCandidate> {
    let registry = Registry::built_in();
    registry.all().map(|spec| candidate(&spec.id, &spec.name)).collect()
}

fn findings() -> Vec<CompletionCandidate> {
    verdict::ids().map(|code| candidate(code.id(), code.meaning())).collect()
}

/// The tokens of the repository's config; none if it cannot be used as it is. In GitHub Actions,
/// finding the config that counts can take requests.
fn tokens(env: &Env) -> Vec<CompletionCandidate> {
    let config = config(env);
    let tokens = config.iter().flat_map(|config| &config.tokens);
    tokens.map(|token| candidate(token.name.as_str(), token.provider.as_str())).collect()
}

fn config(env: &Env) -> Option<Config> {
    let checkout = Checkout::of(env, false);
    if !checkout.is_folder() {
        return None;
    }
    let path = checkout.config(None).ok()?;
    let bytes = checkout.bytes(&path, config::LARGEST).ok()?;
    let looks_like_token = shapes::token_finder();
    let registry = Registry::built_in();
    let known: Vec<&str> = registry.ids().map(|id| id.as_str()).collect();
    let context = Context { looks_like_token: &looks_like_token, known_providers: &known };
    config::load_bytes(&path, bytes, &context).ok()
}
