//! `init`: writes the config and the workflows for tokens from arguments, or from answers on a
//! terminal, and lists what the person has to do next. Sends no request, never overwrites a file
//! without `--force`, and never sees a value.

mod files;
mod problems;
mod token_arg;

use std::io::BufRead as _;
use std::path::PathBuf;

use self::token_arg::Wish;
use super::answer::Answer;
use super::args::{Global, InitFlags};
use super::checkout::Checkout;
use super::client;
use super::env::Env;
use super::error::CliError;
use super::problems::arguments::bad_repository_name;
use super::screen::wants_colour;
use crate::disk::Kind;
use crate::domain::text::sanitize;
use crate::domain::{Problem, Repo};
use crate::providers::Registry;
use crate::report::Paint;

/// The reference of this release, as in `uses:`; set by the release workflow.
const RELEASED: Option<&str> = option_env!("TOKENWARD_ACTION");

const TOKENS: &str = "[NAME=]PROVIDER[:SECRET]...";
const REPOSITORY: &str = "--repository OWNER/NAME";
const ACTION: &str = "--action OWNER/tokenward@COMMIT";

pub(super) fn run(env: &Env, global: &Global, flags: &InitFlags) -> Result<Answer, CliError> {
    let registry = Registry::built_in();
    let named = flags.repository.clone().or_else(|| client::repository(env));
    let kept = flags.action.clone().or_else(|| RELEASED.map(str::to_owned));
    if !env.err_terminal {
        check_arguments(flags, named.as_deref(), kept.as_deref())?;
    }
    let texts = if flags.tokens.is_empty() {
        ask_for_tokens(env, &registry)?
    } else {
        flags.tokens.clone()
    };
    let wishes = token_arg::read(&texts, &registry)?;
    let repo = match named {
        Some(name) => name,
        None => ask(env, "What is the name of this repository (owner/name)?", REPOSITORY)?,
    };
    let repo = Repo::parse(&repo).ok_or_else(|| bad_repository_name(&repo))?;
    let action = match kept {
        Some(action) => action,
        None => ask(env, "Which copy of the Action do you use (owner/tokenward@commit)?", ACTION)?,
    };
    check_action(env, &action)?;
    let checkout = Checkout::of(env, false);
    let mut files = files::all(
        global.config.as_deref().unwrap_or(std::path::Path::new(".github/tokenward.yml")),
        &repo,
        &wishes,
        &action,
        RELEASED == Some(action.as_str()),
    );
    // GitHub runs only the workflows at the root of a repository, and tokenward reads the config
    // there.
    if env.folder.canonicalize().is_ok_and(|folder| folder != checkout.top()) {
        let typed = global.config.is_some();
        for (path, _) in files.iter_mut().skip(usize::from(typed)) {
            *path = checkout.top().join(&*path);
        }
    }
    write(env, &files, flags.force)?;
    let paint = Paint::new(wants_colour(env, global));
    Ok(Answer::text(directions(&files, &repo, &wishes, paint)))
}

/// Refuses what is no reference of the Action, and warns if it is not pinned to a commit.
fn check_action(env: &Env, action: &str) -> Result<(), Problem> {
    if ["OWNER/", "@COMMIT"].iter().any(|blank| action.contains(blank)) {
        return Err(problems::action_is_placeholder(action));
    }
    if !is_action(action) {
        return Err(problems::not_an_action(action));
    }
    if let Some((repo, named)) = action.rsplit_once('@').filter(|(_, commit)| !is_commit(commit)) {
        env.note(&problems::not_pinned(repo, named));
    }
    Ok(())
}

/// Writes all files, or none if one of them exists already.
fn write(env: &Env, files: &[(PathBuf, String)], force: bool) -> Result<(), Problem> {
    let there: Vec<String> = files
        .iter()
        .filter(|(path, _)| env.folder.join(path).symlink_metadata().is_ok())
        .map(|(path, _)| path.display().to_string())
        .collect();
    if !there.is_empty() && !force {
        return Err(problems::files_exist(&there));
    }
    if files.iter().any(|(_, text)| env.cleaned(text) != *text) {
        return Err(problems::value_in_file());
    }
    for (path, text) in files {
        let written = env.write(path, text, Kind::Plain);
        written.map_err(|failure| failure.to_problem(&sanitize(&path.display().to_string())))?;
    }
    Ok(())
}

fn directions(files: &[(PathBuf, String)], repo: &Repo, wishes: &[Wish], paint: Paint) -> String {
    let mut text = String::new();
    for (path, _) in files {
        text.push_str(&format!("{}  {}\n", paint.good("written"), path.display()));
    }
    text.push_str(&format!("\n{}\n", paint.bold("What to do next")));
    text.push_str(&format!(
        "1. Create a GitHub App with only the repository permission `Secrets: read and write`, and install it on {repo}.\n"
    ));
    text.push_str("   Put its client id into the variable TOKENWARD_CLIENT_ID, and a private key into the secret TOKENWARD_PRIVATE_KEY.\n");
    text.push_str("2. Add these secrets to the repository (the private key and the managers are safer in its environment `tokenward`):\n");
    for wish in wishes {
        for (name, what) in wish.secrets() {
            text.push_str(&format!("   {name}: {what}\n"));
        }
    }
    text.push_str("3. Allow only the default branch to use the environment `tokenward` (Settings, Environments), and protect that branch (Settings, Rules).\n");
    text.push_str(
        "4. Commit the files, and start the workflow `Rotate tokens` once manually: its first run adopts the values in use.\n",
    );
    text.push_str("\n`tokenward doctor` reports what is still missing.\n");
    text
}

fn ask_for_tokens(env: &Env, registry: &Registry) -> Result<Vec<String>, Problem> {
    let ids: Vec<String> = registry.ids().map(ToString::to_string).collect();
    let question = format!(
        "Which tokens, separated by spaces ([NAME=]PROVIDER[:SECRET])?\nProviders: {}",
        ids.join(", ")
    );
    let answer = ask(env, &question, TOKENS)?;
    Ok(answer.split([' ', ',']).filter(|part| !part.is_empty()).map(str::to_owned).collect())
}

/// Checks that nothing has to be asked for. If something does, the message has the whole command
/// line, with what was given already.
fn check_arguments(
    flags: &InitFlags,
    repository: Option<&str>,
    action: Option<&str>,
) -> Result<(), Problem> {
    if !flags.tokens.is_empty() && repository.is_some() && action.is_some() {
        return Ok(());
    }
    let tokens =
        if flags.tokens.is_empty() { TOKENS.to_owned() } else { sanitize(&flags.tokens.join(" ")) };
    let typed = |flag: &str, value: &Option<String>| {
        value.as_ref().map(|value| format!("--{flag} {}", sanitize(value)))
    };
    let repository = typed("repository", &flags.repository)
        .or(repository.is_none().then(|| REPOSITORY.to_owned()));
    let action = typed("action", &flags.action).or(action.is_none().then(|| ACTION.to_owned()));
    let line: Vec<String> = std::iter::once(tokens).chain(repository).chain(action).collect();
    Err(problems::arguments_missing(&line.join(" ")))
}

fn is_commit(text: &str) -> bool {
    text.len() == 40 && text.bytes().all(|byte| byte.is_ascii_hexdigit())
}

/// Asks a question on a terminal. Without an answer, `instead` is the argument to give.
fn ask(env: &Env, question: &str, instead: &str) -> Result<String, Problem> {
    let missing = || problems::arguments_missing(instead);
    env.note(&format!("{question}\n> "));
    let mut input = env.input.lock().map_err(|_| missing())?;
    let mut line = String::new();
    std::io::BufReader::with_capacity(1, &mut *input)
        .read_line(&mut line)
        .map_err(|_| missing())?;
    if line.trim().is_empty() { Err(missing()) } else { Ok(line.trim().to_owned()) }
}

fn is_action(text: &str) -> bool {
    let plain = |text: &str| {
        !text.is_empty() && text.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_./".contains(&b))
    };
    text.split_once('@')
        .is_some_and(|(repo, reference)| Repo::parse(repo).is_some() && plain(reference))
}
