//! `init`: writes the config and the workflows for tokens from arguments, or from answers on a
//! terminal, and lists what the person has to do next. Sends no request, never overwrites a file
//! without `--force`, and never sees a value.

mod files;
mod problems;
mod questions;
mod token_arg;

use std::path::{Path, PathBuf};

use self::questions::{ACTION, REPOSITORY, ask, ask_for_tokens, check_arguments};
use self::token_arg::Wish;
use super::answer::Answer;
use super::args::{Global, InitFlags};
use super::checkout::Checkout;
use super::client;
use super::env::Env;
use super::error::CliError;
use super::named_files::{self, Named};
use super::problems::arguments::bad_repository_name;
use super::screen::wants_colour;
use crate::disk::Kind;
use crate::domain::text::sanitize;
use crate::domain::{Problem, Repo};
use crate::providers::Registry;
use crate::report::Paint;

/// The reference of this release, as in `uses:`; set by the release workflow.
const RELEASED: Option<&str> = option_env!("TOKENWARD_ACTION");

pub(super) fn run(env: &Env, global: &Global, flags: &InitFlags) -> Result<Answer, CliError> {
    let named = flags.repository.clone().or_else(|| client::repository(env));
    let kept = flags.action.clone().or_else(|| RELEASED.map(str::to_owned));
    let checkout = Checkout::of(env, false);
    let config = global.config.as_deref().unwrap_or(Path::new(".github/tokenward.yml"));
    if flags.tokens.is_empty() || named.is_none() || kept.is_none() {
        // Before any question, since the answers would be lost.
        let there = at_top(env, &checkout, config, global.config.is_some());
        refuse_existing(env, [there.as_path()], flags.force)?;
    }
    if !env.err_terminal {
        check_arguments(flags, named.as_deref(), kept.as_deref())?;
    }
    let (wishes, repo, action) = wanted(env, flags, named, kept)?;
    let released = RELEASED == Some(action.as_str());
    let mut files = files::all(config, &repo, &wishes, &action, released);
    for (at, (path, _)) in files.iter_mut().enumerate() {
        *path = at_top(env, &checkout, path, at == 0 && global.config.is_some());
    }
    let named: Vec<Named<'_>> =
        files.iter().map(|(path, _)| Named::written("a file that `init` writes", path)).collect();
    named_files::refuse_shared(env, &named)?;
    let kept = existing(env, &files, flags.force)?;
    files.retain(|(path, _)| !kept.contains(path));
    write(env, &files)?;
    let paint = Paint::new(wants_colour(env, global));
    Ok(Answer::text(directions(&files, &kept, &repo, &wishes, paint)))
}

/// The tokens, the repository and the Action: from the command line, or from answers.
fn wanted(
    env: &Env,
    flags: &InitFlags,
    named: Option<String>,
    kept: Option<String>,
) -> Result<(Vec<Wish>, Repo, String), Problem> {
    let registry = Registry::built_in();
    let wishes = if flags.tokens.is_empty() {
        ask_for_tokens(env, &registry)?
    } else {
        token_arg::read(&flags.tokens, &registry)?
    };
    let repository = |name: &str| Repo::parse(name).ok_or_else(|| bad_repository_name(name));
    let question = "What is the name of this repository (owner/name)?";
    let repo = match named {
        Some(name) => repository(&name)?,
        None => ask(env, question, REPOSITORY, &repository)?,
    };
    let action = |action: &str| check_action(env, action).map(|()| action.to_owned());
    let question = "Which copy of the Action do you use (owner/tokenward@commit)?";
    let action = match kept {
        Some(kept) => action(&kept)?,
        None => ask(env, question, ACTION, &action)?,
    };
    Ok((wishes, repo, action))
}

/// Where a file belongs: GitHub runs only the workflows at the root of a repository, and tokenward
/// reads the config there. A path that was `typed` stays.
fn at_top(env: &Env, checkout: &Checkout, path: &Path, typed: bool) -> PathBuf {
    let is_below = env.folder.canonicalize().is_ok_and(|folder| folder != checkout.top());
    if is_below && !typed { checkout.top().join(path) } else { path.to_owned() }
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

/// Refuses to overwrite files.
fn refuse_existing<'p>(
    env: &Env,
    files: impl IntoIterator<Item = &'p Path>,
    force: bool,
) -> Result<(), Problem> {
    let is_there = |path: &&Path| env.folder.join(path).symlink_metadata().is_ok();
    let there: Vec<String> =
        files.into_iter().filter(is_there).map(|path| path.display().to_string()).collect();
    if there.is_empty() || force { Ok(()) } else { Err(problems::files_exist(&there)) }
}

/// The files that exist already, which stay as they are; an error if that is all of them.
fn existing(env: &Env, files: &[(PathBuf, String)], force: bool) -> Result<Vec<PathBuf>, Problem> {
    let is_there = |path: &&PathBuf| env.folder.join(path).symlink_metadata().is_ok();
    let paths = files.iter().map(|(path, _)| path);
    let there: Vec<PathBuf> = paths.filter(is_there).filter(|_| !force).cloned().collect();
    if there.len() == files.len() {
        refuse_existing(env, there.iter().map(PathBuf::as_path), force)?;
    }
    Ok(there)
}

/// Writes all files, or none if one of them would contain a value.
fn write(env: &Env, files: &[(PathBuf, String)]) -> Result<(), Problem> {
    if files.iter().any(|(_, text)| env.cleaned(text) != *text) {
        return Err(problems::value_in_file());
    }
    for (path, text) in files {
        let written = env.write(path, text, Kind::Plain);
        written.map_err(|failure| failure.to_problem(&sanitize(&path.display().to_string())))?;
    }
    Ok(())
}

fn directions(
    files: &[(PathBuf, String)],
    kept: &[PathBuf],
    repo: &Repo,
    wishes: &[Wish],
    paint: Paint,
) -> String {
    let mut text = String::new();
    for path in kept {
        text.push_str(&format!("kept     {}: it already exists\n", path.display()));
    }
    for (path, _) in files {
        text.push_str(&format!("{}  {}\n", paint.good("written"), path.display()));
    }
    text.push_str(&format!("\n{}\n", paint.bold("What to do next")));
    text.push_str(&format!(
        "1. Create a GitHub App with only the repository permission `Secrets: read and write`, and install it on {repo}.\n"
    ));
    text.push_str("   Put its client id into the variable TOKENWARD_CLIENT_ID, and a private key into the secret TOKENWARD_PRIVATE_KEY.\n");
    text.push_str("2. Add these secrets to the repository, except those marked `not yet` or `never` (the private key and the managers are safer in the repository's environment `tokenward`):\n");
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

fn is_commit(text: &str) -> bool {
    text.len() == 40 && text.bytes().all(|byte| byte.is_ascii_hexdigit())
}

fn is_action(text: &str) -> bool {
    let plain = |text: &str| {
        !text.is_empty() && text.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_./".contains(&b))
    };
    text.split_once('@')
        .is_some_and(|(repo, reference)| Repo::parse(repo).is_some() && plain(reference))
}
