//! `init`: writes the config and the workflows for the tokens it is told of, by arguments or by
//! answers on a terminal, and says what is left for a person to do. Asks nobody on the network,
//! never writes over a file without `--force`, and never sees a value.

mod files;
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
use super::screen::wants_colour;
use crate::disk::Kind;
use crate::domain::text::sanitize;
use crate::domain::{Code, Problem, Repo};
use crate::providers::Registry;
use crate::report::Paint;

/// Where this binary was released, as `uses:` takes it: set by the release workflow.
const RELEASED: Option<&str> = option_env!("TOKENWARD_ACTION");

const TOKENS: &str = "[NAME=]PROVIDER[:SECRET]...";
const REPOSITORY: &str = "--repository OWNER/NAME";
const ACTION: &str = "--action OWNER/tokenward@COMMIT";

pub(super) fn run(env: &Env, global: &Global, flags: &InitFlags) -> Result<Answer, CliError> {
    let registry = Registry::built_in();
    let named = flags.repository.clone().or_else(|| client::repository(env));
    let kept = flags.action.clone().or_else(|| RELEASED.map(str::to_owned));
    if !env.err_terminal {
        all_told(flags, named.as_deref(), kept.as_deref())?;
    }
    let texts = if flags.tokens.is_empty() {
        ask_for_tokens(env, &registry)?
    } else {
        flags.tokens.clone()
    };
    let wishes = token_arg::read(&texts, &registry)?;
    let repo = match named {
        Some(name) => name,
        None => ask(env, "Which repository is this (owner/name)?", REPOSITORY)?,
    };
    let repo = Repo::parse(&repo).ok_or_else(|| {
        Problem::new(
            Code::ConfigBadRepository,
            format!("\"{}\" is not the name of a repository", sanitize(&repo)),
        )
        .hint("write owner/name")
    })?;
    let action = match kept {
        Some(action) => action,
        None => ask(env, "Where is the Action kept (owner/tokenward@commit)?", ACTION)?,
    };
    if ["OWNER/", "@COMMIT"].iter().any(|blank| action.contains(blank)) {
        return Err(Problem::new(Code::Usage, format!("{} is the pattern of an action's place, not one", sanitize(&action)))
            .hint("write whose copy of tokenward you use in place of OWNER, and its commit's 40 digits in place of COMMIT")
            .state("nothing was written")
            .into());
    }
    if !is_action(&action) {
        return Err(Problem::new(
            Code::Usage,
            format!("\"{}\" is no place of an action", sanitize(&action)),
        )
        .hint("write owner/repository@commit")
        .into());
    }
    if let Some((repo, named)) = action.rsplit_once('@').filter(|(_, commit)| !is_commit(commit)) {
        let (repo, named) = (sanitize(repo), sanitize(named));
        env.note(&format!(
            "note: {named} is a branch or a tag of {repo}, and the workflows run whatever it names by then, with your credentials; \
             a commit's 40 digits never change\n"
        ));
    }
    let checkout = Checkout::of(env, false);
    let mut files = files::all(
        global.config.as_deref().unwrap_or(std::path::Path::new(".github/tokenward.yml")),
        &repo,
        &wishes,
        &action,
        RELEASED == Some(action.as_str()),
    );
    // GitHub runs the workflows at the top of a repository alone, and there the config is looked
    // for.
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

/// All or nothing: a file that is there already stops it before any is written.
fn write(env: &Env, files: &[(PathBuf, String)], force: bool) -> Result<(), Problem> {
    let there: Vec<String> = files
        .iter()
        .filter(|(path, _)| env.folder.join(path).symlink_metadata().is_ok())
        .map(|(path, _)| path.display().to_string())
        .collect();
    if !there.is_empty() && !force {
        return Err(Problem::new(Code::Usage, format!("there is {} already", there.join(", ")))
            .hint("--force writes over them")
            .state("nothing was written"));
    }
    if files.iter().any(|(_, text)| env.cleaned(text) != *text) {
        return Err(Problem::new(
            Code::Usage,
            "a file would hold what a variable of this environment holds, which may be a secret",
        )
        .hint("run it without that variable, or give other names")
        .state("nothing was written"));
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
    text.push_str(&format!("\n{}\n", paint.bold("Left for you")));
    text.push_str(&format!(
        "1. Make a GitHub App with the repository permission `Secrets: read and write` and no other, and install it on {repo}.\n"
    ));
    text.push_str("   Its client id goes into the variable TOKENWARD_CLIENT_ID, a private key into the secret TOKENWARD_PRIVATE_KEY.\n");
    text.push_str("2. Secrets of the repository (the private key and the managers are safer in its environment `tokenward`):\n");
    for wish in wishes {
        for (name, what) in wish.secrets() {
            text.push_str(&format!("   {name}: {what}\n"));
        }
    }
    text.push_str("3. Let only the default branch use the environment `tokenward` (Settings, Environments), and protect that branch (Settings, Rules).\n");
    text.push_str(
        "4. Commit the files, and start the workflow `Rotate tokens` once by hand: its first run takes the values in use over.\n",
    );
    text.push_str("\n`tokenward doctor` says what is still missing.\n");
    text
}

fn ask_for_tokens(env: &Env, registry: &Registry) -> Result<Vec<String>, Problem> {
    let ids: Vec<String> = registry.ids().map(ToString::to_string).collect();
    let question = format!(
        "Which tokens, with a space between ([NAME=]PROVIDER[:SECRET])?\nProviders: {}",
        ids.join(", ")
    );
    let answer = ask(env, &question, TOKENS)?;
    Ok(answer.split([' ', ',']).filter(|part| !part.is_empty()).map(str::to_owned).collect())
}

/// Where nobody is there to be asked, the whole command line is given, with what was told already.
fn all_told(
    flags: &InitFlags,
    repository: Option<&str>,
    action: Option<&str>,
) -> Result<(), Problem> {
    if !flags.tokens.is_empty() && repository.is_some() && action.is_some() {
        return Ok(());
    }
    let tokens =
        if flags.tokens.is_empty() { TOKENS.to_owned() } else { sanitize(&flags.tokens.join(" ")) };
    let typed = |flag: &str, told: &Option<String>| {
        told.as_ref().map(|told| format!("--{flag} {}", sanitize(told)))
    };
    let repository = typed("repository", &flags.repository)
        .or(repository.is_none().then(|| REPOSITORY.to_owned()));
    let action = typed("action", &flags.action).or(action.is_none().then(|| ACTION.to_owned()));
    let line: Vec<String> = std::iter::once(tokens).chain(repository).chain(action).collect();
    Err(untold(&line.join(" ")))
}

fn untold(missing: &str) -> Problem {
    Problem::new(Code::Usage, "arguments are missing, and there is no terminal to ask on")
        .hint(format!("tokenward init {missing}"))
        .state("nothing was written")
}

fn is_commit(text: &str) -> bool {
    text.len() == 40 && text.bytes().all(|byte| byte.is_ascii_hexdigit())
}

/// A question on a terminal.
fn ask(env: &Env, question: &str, instead: &str) -> Result<String, Problem> {
    let missing = || untold(instead);
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
