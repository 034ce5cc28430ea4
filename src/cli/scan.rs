//! `scan`: the leak check. Needs no config and no credential; with them it names the tokens of the
//! config as well.

use std::ops::RangeInclusive;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::answer::Answer;
use super::args::{Global, ScanFlags, Sources};
use super::checkout::Checkout;
use super::env::Env;
use super::error::CliError;
use super::held;
use super::liveness;
use super::logs::Run;
use super::pipes;
use super::progress::Line;
use super::session::Session;
use super::shapes;
use super::suppressions::Suppressions;
use super::whose::Whose;
use crate::domain::event::Event;
use crate::domain::lifecycle::TokenState;
use crate::domain::text::{count, sanitize};
use crate::domain::{Code, Fingerprint, Problem, TokenName};
use crate::git::Repository;
use crate::github;
use crate::providers::Registry;
use crate::scan::{self, BaselineScope, Ignore, Known, Options, Source, Values};

pub(super) async fn run(env: &Env, global: &Global, flags: &ScanFlags) -> Result<Answer, CliError> {
    flags.verdict.check()?;
    let checkout = Arc::new(Checkout::of(env, false));
    let session = Session::open_if_there(env, &checkout, global)?;
    let managed = match &session {
        Some(session) => managed(session).await,
        None => Vec::new(),
    };
    let lengths: Vec<Vec<RangeInclusive<usize>>> =
        managed.iter().map(|(token, state)| lengths(session.as_ref(), token, state)).collect();
    let mut known: Vec<Known<'_>> = Vec::new();
    for ((token, state), lengths) in managed.iter().zip(&lengths) {
        let (salt, provider) = (&state.salt, &state.provider);
        known.extend(fingerprints(state).map(|fingerprint| Known {
            token,
            salt,
            fingerprint,
            provider,
            lengths,
        }));
    }
    let built_in = Registry::built_in();
    let registry = session.as_ref().map_or(&built_in, |session| &session.registry);
    let mut suppressions = Suppressions::read(
        env,
        &checkout,
        session.as_ref(),
        &flags.suppressions,
        flags.sources.is_on_disk(),
    )?;
    let rules = suppressions.rules(shapes::rules(registry, held::exact(env, session.as_ref()))?);
    let globs =
        session.as_ref().map(|session| session.config.scan.ignore.clone()).unwrap_or_default();
    let ignore = Ignore::new(&globs).map_err(|why| {
        Problem::new(Code::Usage, "`scan.ignore` has a pattern that cannot be read").cause(why)
    })?;
    let accept = suppressions.accept();
    let values = Values::default();
    let keep = flags.live.then_some(&values);
    // Paths are those of the repository, wherever in it the command was started.
    let base = tidy(checkout.top());
    let options = Options {
        known: &known,
        accept,
        keep,
        explain: flags.suppressions.explain,
        repository: checkout.repository().ok(),
        // A run makes its checkouts itself, and `actions/checkout` leaves the job's own credential
        // in them.
        git_folders: checkout.is_folder(),
        ..Options::new(&rules, &ignore, &base)
    };
    let line = Line::new(env, global, "files read:", None);
    let progress = |progress: scan::Progress| line.at(progress.files);
    let mut whose = Whose::of(env, &checkout, &flags.sources);
    let (mut report, of, nothing) = if flags.sources.stdin {
        let mut input = env
            .input
            .lock()
            .map_err(|_| Problem::new(Code::Bug, "standard input was taken already"))?;
        (
            scan::scan_reader(&mut *input, "<stdin>", &options, &progress),
            None,
            Err("standard input gave nothing".to_owned()),
        )
    } else if let Some(run) = flags.sources.workflow_logs.as_deref().and_then(run_number) {
        let run = Run::find(env, run).await?;
        whose = if run.is_of_fork { Whose::Anybodys } else { Whose::Ours };
        (
            logs_of(&run, &options, &progress).await?,
            None,
            Err("the logs of this run are empty".to_owned()),
        )
    } else {
        let (sources, pipes) = pipes::apart(env, &flags.sources);
        let piped = pipes::scan(&pipes, &options, &progress);
        if !pipes.is_empty() && sources.paths.is_empty() {
            (piped, None, Ok("the pipes gave nothing"))
        } else {
            let source = source(env, &checkout, &sources)?;
            let mut report = scan::scan(&source, &options, &progress);
            report.join(piped);
            let nothing = nothing_in(&source, report.ignored);
            modules(env, &checkout, &source);
            (report, BaselineScope::source(&source, &base), nothing)
        }
    };
    drop(line);
    if let (0, true, Err(what)) = (report.files, report.problems.is_empty(), &nothing) {
        report.problems.push(nothing_scanned(what.clone()));
    }
    name_destinations(session.as_ref(), &mut report);
    if flags.suppressions.write_baseline {
        suppressions.write(&mut report, of)?;
    }
    if flags.live {
        liveness::ask(env, registry, &values, &whose, &mut report).await?;
    }
    let stale = suppressions.stale(&report, of);
    Ok(Answer::findings(report, stale, nothing.unwrap_or_default(), &flags.verdict))
}

/// Scans what each attempt of a run printed. What cannot be read of one says nothing of the others.
async fn logs_of(
    run: &Run,
    options: &Options<'_>,
    progress: &dyn Fn(scan::Progress),
) -> Result<scan::Report, Problem> {
    let mut report = scan::Report::default();
    for attempt in 1..=run.attempts {
        match run.logs(attempt).await {
            Ok(logs) => report.join(scan::scan_text(&logs, &run.path(attempt), options, progress)),
            Err(problem) => report.problems.push(problem),
        }
    }
    if report.files == 0 && !report.problems.is_empty() {
        Err(report.problems.remove(0))
    } else {
        Ok(report)
    }
}

/// A workflow run is named by its number; a file of such a name can be called `./1`.
fn run_number(named: &Path) -> Option<u64> {
    named.to_str().filter(|text| text.bytes().all(|byte| byte.is_ascii_digit()))?.parse().ok()
}

fn source(env: &Env, checkout: &Checkout, sources: &Sources) -> Result<Source, Problem> {
    let repository = || {
        let unread = |problem: Problem| {
            Problem { id: Code::ScanIncomplete, ..problem }
                .state("nothing was scanned, so nothing says that it is clean")
        };
        if let Some(inner) = checkout.inner() {
            let what = format!(
                "{} is a checkout of its own within the one that this run is about",
                sanitize(&inner.display().to_string())
            );
            return Err(unread(Problem::new(Code::ScanIncomplete, what))
                .cause("commits are looked at in the outer one alone, which says nothing about this one")
                .hint("name files or folders to be scanned, or check out one repository only"));
        }
        checkout.repository().cloned().map_err(unread)
    };
    if sources.event {
        let event = event(env)?;
        return Ok(Source::Event {
            repository: repository()?,
            remote: checkout.remote().cloned(),
            event,
        });
    }
    let of_pre_commit = |name: &str| env.text(name).filter(|text| !text.is_empty());
    let (from, to) = (of_pre_commit("PRE_COMMIT_FROM_REF"), of_pre_commit("PRE_COMMIT_TO_REF"));
    if let (true, Some(from), Some(to)) = (sources.staged, from, to) {
        // pre-commit's own range: nothing is staged then.
        return range(repository()?, checkout, from, to);
    }
    if sources.staged {
        // Nor does anything have to be for its `run --all-files`.
        return Ok(Source::Staged {
            repository: repository()?,
            or_everything: of_pre_commit("PRE_COMMIT").is_some(),
        });
    }
    if sources.history {
        return Ok(Source::History { repository: repository()? });
    }
    let Some(named) = &sources.range else {
        let here = [PathBuf::from(".")];
        let named = if sources.paths.is_empty() { &here[..] } else { &sources.paths };
        let named = sources.workflow_logs.as_ref().map_or(named, std::slice::from_ref);
        let roots: Vec<PathBuf> = named.iter().map(|path| checkout.root(path)).collect();
        if let Some(missing) = roots.iter().find(|root| !root.exists()) {
            return Err(Problem::new(
                Code::Usage,
                format!("there is no {}", sanitize(&missing.display().to_string())),
            )
            .hint("name files or folders that exist"));
        }
        for (root, named) in roots.iter().zip(named) {
            can_be_read(root, named, checkout)?;
        }
        return Ok(Source::Tree { roots: roots.iter().map(|root| tidy(root)).collect() });
    };
    let (from, to) = named
        .split_once("..")
        .filter(|(from, to)| !from.is_empty() && !to.is_empty() && !to.starts_with('.'))
        .ok_or_else(|| {
            Problem::new(Code::Usage, "--range takes two commits")
                .hint("write --range A..B: everything B has and A has not")
        })?;
    range(repository()?, checkout, from, to)
}

fn range(
    repository: Repository,
    checkout: &Checkout,
    from: &str,
    to: &str,
) -> Result<Source, Problem> {
    Ok(Source::Range {
        repository,
        remote: checkout.remote().cloned(),
        from: from.to_owned(),
        to: to.to_owned(),
    })
}

/// Refuses what was named and could not be looked at: that nothing is found in it would say
/// nothing.
fn can_be_read(root: &Path, named: &Path, checkout: &Checkout) -> Result<(), Problem> {
    let unread = |cause: String| {
        Problem::new(
            Code::ScanIncomplete,
            format!("{} cannot be scanned", sanitize(&named.display().to_string())),
        )
        .cause(cause)
        .state("nothing was scanned, so nothing says that it is clean")
    };
    let failed = |error: std::io::Error| unread(sanitize(&error.to_string()));
    let kind = std::fs::metadata(root).map_err(failed)?;
    if !kind.is_file() && !kind.is_dir() {
        return Err(unread("it is a socket or a device".to_owned())
            .hint("hand what it gives to `tokenward scan --stdin`"));
    }
    let is_link = std::fs::symlink_metadata(root).map_err(failed)?.is_symlink();
    if let (true, Ok(repository)) = (is_link, checkout.repository()) {
        let real = |path: &Path| std::fs::canonicalize(path).map_err(failed);
        let (top, target, folder) =
            (real(repository.work_tree())?, real(root)?, real(root.parent().unwrap_or(root))?);
        if folder.starts_with(&top) && !target.starts_with(&top) {
            return Err(unread("it is a link that leads out of the repository".to_owned())
                .hint("name what it leads to"));
        }
    }
    Ok(())
}

/// What is said where there was nothing to scan. What a commit, a range or an event brings may well
/// be nothing; of files and a history there are some, or the wrong place was looked at.
fn nothing_in(source: &Source, ignored: u64) -> Result<&'static str, String> {
    match source {
        Source::Staged { .. } => Ok("nothing is staged that has any content"),
        Source::Event { .. } => Ok("this event brings nothing"),
        Source::Range { .. } => Ok("the range brings nothing"),
        Source::History { .. } => Err("the repository has no objects".to_owned()),
        _ if ignored > 0 => Err("`scan.ignore` leaves out everything that was named".to_owned()),
        _ => Err("there is no file in what was named".to_owned()),
    }
}

fn nothing_scanned(what: String) -> Problem {
    Problem::new(Code::NothingScanned, what)
        .hint("name files or folders that hold something, or run it where they are")
        .state("nothing was scanned, so nothing says that it is clean")
}

/// Says which submodules were not looked at.
fn modules(env: &Env, checkout: &Checkout, source: &Source) {
    let is_whole = matches!(source, Source::Tree { roots } if roots.iter().any(|root| root == &tidy(checkout.top())));
    let Some(repository) =
        checkout.repository().ok().filter(|_| is_whole || matches!(source, Source::History { .. }))
    else {
        return;
    };
    // Files on the disk were looked at where they are.
    let Some(all) = scan::modules(repository) else {
        return env.note("note: which submodules there are could not be read from the index, so none of them was scanned\n");
    };
    let left_out = all.into_iter().filter(|(_, is_there)| !(is_whole && *is_there));
    let left_out: Vec<String> = left_out.map(|(path, _)| sanitize(&path)).collect();
    if !left_out.is_empty() {
        let number = count(left_out.len(), "submodule was", "submodules were");
        let why = if is_whole { "not checked out" } else { "repositories of their own" };
        env.note(&format!("note: {number} not looked at ({why}): {}\n", left_out.join(", ")));
    }
}

/// What GitHub tells of the run we are part of.
fn event(env: &Env) -> Result<Event, Problem> {
    let (Some(name), Some(path)) = (env.text("GITHUB_EVENT_NAME"), env.text("GITHUB_EVENT_PATH"))
    else {
        return Err(Problem::new(Code::Usage, "--event needs a run of GitHub Actions")
            .cause("GITHUB_EVENT_NAME or GITHUB_EVENT_PATH is not set")
            .hint("elsewhere: tokenward scan --range A..B"));
    };
    let unreadable = |why: String| {
        Problem::new(
            Code::ScanIncomplete,
            format!("what GitHub says about this {} could not be read", sanitize(name)),
        )
        .cause(sanitize(&why))
        .state("nothing was scanned, so nothing says that it is clean")
    };
    let payload =
        std::fs::read(env.folder.join(path)).map_err(|error| unreadable(error.to_string()))?;
    github::event(name, env.text("GITHUB_SHA").unwrap_or_default(), &payload).map_err(unreadable)
}

/// A path without `.` in the middle, so that it is told as people would type it.
fn tidy(path: &Path) -> PathBuf {
    path.components().collect()
}

/// Every token the journal knows. A run without a credential (a fork's) goes on without; that is
/// said, and is no failure.
async fn managed(session: &Session<'_>) -> Vec<(TokenName, TokenState)> {
    let outcome = async {
        let reader = session.reader()?;
        let store = session.store(&reader)?;
        let key = session.journal_key()?;
        let ledger = crate::journal::Ledger::open(&*store, session.lead(), key.as_ref()).await?;
        Ok::<_, Problem>(ledger.tokens().await)
    };
    match outcome.await {
        Ok(tokens) => tokens.into_iter().collect(),
        Err(problem) => {
            session.env.note(&format!(
                "note: tokens of the config are recognised by shape only: {}\n",
                problem.what
            ));
            Vec::new()
        }
    }
}

/// How long a token's values are: as its provider's are, and as those are that this run is handed.
fn lengths(
    session: Option<&Session<'_>>,
    token: &TokenName,
    state: &TokenState,
) -> Vec<RangeInclusive<usize>> {
    let Some(session) = session else { return Vec::new() };
    let kinds = session.registry.get(&state.provider).into_iter().flat_map(|spec| &spec.tokens);
    let mut all: Vec<_> = kinds.filter_map(|kind| scan::lengths(&kind.shape)).collect();
    let config = session.config.token(token.as_str());
    all.extend(
        config
            .into_iter()
            .flat_map(|config| session.values(config))
            .map(|value| value.len()..=value.len()),
    );
    let mut each: Vec<usize> = all.into_iter().flatten().collect();
    each.sort_unstable();
    each.dedup();
    each.into_iter().map(|length| length..=length).collect()
}

/// Says where a token of the config is delivered to: those are the places that need a new value.
fn name_destinations(session: Option<&Session<'_>>, report: &mut scan::Report) {
    let Some(session) = session else { return };
    for finding in &mut report.findings {
        let token = finding.managed.as_ref().and_then(|name| session.config.token(name.as_str()));
        finding.destinations = token
            .into_iter()
            .flat_map(|token| &token.destinations)
            .map(ToString::to_string)
            .collect();
    }
}

fn fingerprints(state: &TokenState) -> impl Iterator<Item = &Fingerprint> {
    let kept = state
        .current
        .iter()
        .chain(state.retiring.iter().map(|retiring| &retiring.key))
        .map(|key| &key.fingerprint);
    kept.chain(state.pending.iter().filter_map(|pending| pending.fingerprint()))
}
