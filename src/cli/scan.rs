//! `scan`: the leak check. Needs no config and no credential; with them it also recognizes the
//! tokens of the config.

use std::ops::RangeInclusive;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::answer::Answer;
use super::args::{Global, ScanFlags, Sources};
use super::checkout::Checkout;
use super::env::Env;
use super::error::CliError;
use super::held;
use super::hosted;
use super::liveness;
use super::logs::Run;
use super::named_files::{self, Named};
use super::own_rules;
use super::pipes;
use super::problems;
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
use crate::scan::{
    self, Accept, BaselineScope, CustomRules, Ignore, Known, Options, Rules, Source, Values,
};

pub(super) async fn run(env: &Env, global: &Global, flags: &ScanFlags) -> Result<Answer, CliError> {
    flags.verdict.check()?;
    let checkout = Arc::new(Checkout::of(env, false));
    let session = Session::open_if_there(env, &checkout, global)?;
    let (managed, unread) = managed(session.as_ref(), &flags.sources).await;
    let known: Vec<Known<'_>> = managed.iter().flat_map(Managed::known).collect();
    let built_in = Registry::built_in();
    let registry = session.as_ref().map_or(&built_in, |session| &session.registry);
    let mut suppressions = Suppressions::read(
        env,
        &checkout,
        session.as_ref(),
        &flags.suppressions,
        flags.sources.is_on_disk(),
    )?;
    not_the_baseline(env, global, &suppressions)?;
    let (rules, custom) = searched(env, session.as_ref(), registry, &mut suppressions)?;
    let globs = session.as_ref().map_or(&[][..], |session| &session.config.scan.ignore);
    let ignore = Ignore::new(globs).map_err(problems::scan::ignore_invalid)?;
    let values = Values::default();
    // Paths are relative to the repository, not to the folder that the command was started in.
    let base = tidy(checkout.top());
    let options = Options {
        known: &known,
        accept: Accept { custom: Some(&custom), ..suppressions.accept() },
        keep: flags.live.then_some(&values),
        explain: flags.suppressions.explain,
        repository: checkout.repository().ok(),
        // A run creates its checkouts itself, and `actions/checkout` leaves the job's own
        // credential in them.
        git_folders: checkout.is_folder(),
        ..Options::new(&rules, &ignore, &base)
    };
    let scanned = scan_sources(env, global, &checkout, flags, &options).await?;
    let Scanned { mut report, of, nothing, whose } = scanned;
    if let (0, true, Err(what)) = (report.files, report.problems.is_empty(), &nothing) {
        report.problems.push(problems::scan::nothing_scanned(what));
    }
    name_destinations(session.as_ref(), &mut report);
    // Without the journal it could accept a token of the config.
    if flags.suppressions.write_baseline && unread.is_none() {
        suppressions.write(&mut report, of)?;
    }
    report.problems.extend(unread);
    if flags.live {
        liveness::ask(env, registry, &values, &whose, &mut report).await?;
    }
    let stale = suppressions.stale(&report, of);
    Ok(Answer::findings(report, stale, nothing.unwrap_or_default(), &flags.verdict))
}

/// What is searched for, and what the user's own rules add to their findings.
fn searched(
    env: &Env,
    session: Option<&Session<'_>>,
    registry: &Registry,
    suppressions: &mut Suppressions<'_>,
) -> Result<(Rules, CustomRules), CliError> {
    let custom = session.map(own_rules::read).transpose()?.unwrap_or_default();
    let rules = shapes::rules(registry, &custom, held::exact(env, session))?;
    Ok((suppressions.rules(rules), own_rules::custom(&custom)?))
}

/// Refuses a report that would be written where the baseline is.
fn not_the_baseline(
    env: &Env,
    global: &Global,
    suppressions: &Suppressions<'_>,
) -> Result<(), Problem> {
    let Some(output) = &global.output else { return Ok(()) };
    for file in suppressions.files() {
        let named = [Named::written("--output", output), Named::read("the baseline", &file)];
        named_files::refuse_shared(env, &named)?;
    }
    Ok(())
}

/// The result of a scan, and what was scanned.
struct Scanned<'c> {
    report: scan::Report,
    /// What a baseline of it covers.
    of: Option<BaselineScope>,
    /// Why there was nothing to scan, if there was nothing; an `Err` is an error of the user.
    nothing: Result<&'static str, &'static str>,
    whose: Whose<'c>,
}

/// Scans what the command line names, and shows the progress.
async fn scan_sources<'c>(
    env: &Env,
    global: &Global,
    checkout: &'c Checkout,
    flags: &ScanFlags,
    options: &Options<'_>,
) -> Result<Scanned<'c>, Problem> {
    let sources = &flags.sources;
    let line = Line::new(env, global, "files read:", None);
    let progress = &|progress: scan::Progress| line.at(progress.files);
    let whose = Whose::of(env, checkout, sources);
    if sources.stdin {
        let mut input = env.input.lock().map_err(|_| problems::scan::input_used_already())?;
        let report = scan::scan_reader(&mut *input, "<stdin>", options, progress);
        let nothing = Err("standard input is empty");
        return Ok(Scanned { report, of: None, nothing, whose });
    }
    if let Some(run) = sources.workflow_logs.as_deref().and_then(run_number) {
        let run = Run::find(env, run).await?;
        let whose = if run.is_of_fork { Whose::Anybodys } else { Whose::Ours };
        let report = logs_of(&run, options, progress).await?;
        let nothing = Err("the logs of this run are empty");
        return Ok(Scanned { report, of: None, nothing, whose });
    }
    if let Some(repo) = &sources.github {
        let since = flags.since.as_deref();
        let report = hosted::scan(env, (repo, since), options, progress).await?;
        let nothing = Ok("the repository has none of these on GitHub");
        return Ok(Scanned { report, of: None, nothing, whose: Whose::Anybodys });
    }
    let (others, pipes) = pipes::apart(env, sources);
    let piped = pipes::scan(&pipes, options, progress);
    if !pipes.is_empty() && others.paths.is_empty() {
        let nothing = Ok("the pipes are empty");
        return Ok(Scanned { report: piped, of: None, nothing, whose });
    }
    let source = source(env, checkout, &others)?;
    let mut report = scan::scan(&source, options, progress);
    report.join(piped);
    let nothing = nothing_in(&source, report.ignored);
    modules(env, checkout, &source);
    Ok(Scanned { report, of: BaselineScope::source(&source, options.base), nothing, whose })
}

/// Scans the logs of each attempt of a run. If one cannot be read, the others are scanned anyway.
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

/// The number of a workflow run; a file with such a name can be written as `./1`.
fn run_number(named: &Path) -> Option<u64> {
    named.to_str().filter(|text| text.bytes().all(|byte| byte.is_ascii_digit()))?.parse().ok()
}

fn source(env: &Env, checkout: &Checkout, sources: &Sources) -> Result<Source, Problem> {
    let repository = || {
        if let Some(inner) = checkout.inner() {
            return Err(problems::scan::nested_checkout(&inner));
        }
        checkout.repository().cloned().map_err(problems::scan::unscanned)
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
        // pre-commit's own range; then nothing is staged.
        return range(repository()?, checkout, from, to);
    }
    if sources.staged {
        // With pre-commit's `run --all-files` nothing need be staged.
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
            return Err(problems::scan::path_missing(missing));
        }
        for (root, named) in roots.iter().zip(named) {
            can_be_read(root, named, checkout)?;
        }
        return Ok(Source::Tree { roots: roots.iter().map(|root| tidy(root)).collect() });
    };
    let (from, to) = named
        .split_once("..")
        .filter(|(from, to)| !from.is_empty() && !to.is_empty() && !to.starts_with('.'))
        .ok_or_else(problems::scan::not_a_range)?;
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

/// Refuses a path that cannot be scanned, so that it does not look clean.
fn can_be_read(root: &Path, named: &Path, checkout: &Checkout) -> Result<(), Problem> {
    let failed = |error: std::io::Error| problems::scan::unreadable(named, error);
    let kind = std::fs::metadata(root).map_err(failed)?;
    if !kind.is_file() && !kind.is_dir() {
        return Err(problems::scan::not_a_file(named));
    }
    let is_link = std::fs::symlink_metadata(root).map_err(failed)?.is_symlink();
    if let (true, Ok(repository)) = (is_link, checkout.repository()) {
        let real = |path: &Path| std::fs::canonicalize(path).map_err(failed);
        let (top, target, folder) =
            (real(repository.work_tree())?, real(root)?, real(root.parent().unwrap_or(root))?);
        if folder.starts_with(&top) && !target.starts_with(&top) {
            return Err(problems::scan::link_out_of_repository(named));
        }
    }
    Ok(())
}

/// Why there was nothing to scan. A commit, a range or an event can be empty; that is `Ok`. If
/// files or a history are empty, the command was run in the wrong place; that is `Err`.
fn nothing_in(source: &Source, ignored: u64) -> Result<&'static str, &'static str> {
    match source {
        Source::Staged { .. } => Ok("no content is staged"),
        Source::Event { .. } => Ok("this event adds no content"),
        Source::Range { .. } => Ok("the range adds no content"),
        Source::History { .. } => Err("the repository has no objects"),
        _ if ignored > 0 => Err("`scan.ignore` excludes everything that was named"),
        _ => Err("there are no files in the scanned folder or paths"),
    }
}

/// Notes which submodules were not scanned.
fn modules(env: &Env, checkout: &Checkout, source: &Source) {
    let is_whole = matches!(source, Source::Tree { roots } if roots.iter().any(|root| root == &tidy(checkout.top())));
    let Some(repository) =
        checkout.repository().ok().filter(|_| is_whole || matches!(source, Source::History { .. }))
    else {
        return;
    };
    // A submodule that is checked out was scanned as files of the tree.
    let Some(all) = scan::modules(repository) else {
        return env.note(
            "note: the submodules could not be read from the index, so none of them was scanned\n",
        );
    };
    let left_out = all.into_iter().filter(|(_, is_there)| !(is_whole && *is_there));
    let left_out: Vec<String> = left_out.map(|(path, _)| sanitize(&path)).collect();
    if !left_out.is_empty() {
        let number = count(left_out.len(), "submodule was", "submodules were");
        let why = if is_whole { "not checked out" } else { "separate repositories" };
        env.note(&format!("note: {number} not scanned ({why}): {}\n", left_out.join(", ")));
    }
}

/// The event of this run, as GitHub describes it.
fn event(env: &Env) -> Result<Event, Problem> {
    let (Some(name), Some(path)) = (env.text("GITHUB_EVENT_NAME"), env.text("GITHUB_EVENT_PATH"))
    else {
        return Err(problems::scan::no_event());
    };
    let unreadable = |why: String| problems::scan::event_unreadable(name, why);
    let payload =
        std::fs::read(env.folder.join(path)).map_err(|error| unreadable(error.to_string()))?;
    github::event(name, env.text("GITHUB_SHA").unwrap_or_default(), &payload).map_err(unreadable)
}

/// A path without `.` in the middle, as a person would type it.
fn tidy(path: &Path) -> PathBuf {
    path.components().collect()
}

/// A token in the journal.
struct Managed {
    token: TokenName,
    state: TokenState,
    /// See [`lengths`].
    lengths: Vec<RangeInclusive<usize>>,
}

impl Managed {
    /// Its values, as the scan recognizes them.
    fn known(&self) -> impl Iterator<Item = Known<'_>> {
        let Self { token, state, lengths } = self;
        let (salt, provider) = (&state.salt, &state.provider);
        fingerprints(state).map(move |fingerprint| Known {
            token,
            salt,
            fingerprint,
            provider,
            lengths,
        })
    }
}

/// Every token in the journal, and what to report if it could not be read. A run that received no
/// credential for it (a fork's), or one without the permission, continues with a note; so does a
/// hook, which has to work without a network.
async fn managed(
    session: Option<&Session<'_>>,
    sources: &Sources,
) -> (Vec<Managed>, Option<Problem>) {
    let Some(session) = session else { return (Vec::new(), None) };
    let outcome = async {
        let reader = session.reader()?;
        let store = session.store(&reader)?;
        let key = session.journal_key()?;
        let ledger = crate::journal::Ledger::open(&*store, session.lead(), key.as_ref()).await?;
        Ok::<_, Problem>(ledger.tokens().await)
    };
    match outcome.await {
        Ok(tokens) => {
            let managed = tokens.into_iter().map(|(token, state)| {
                let lengths = lengths(session, &token, &state);
                Managed { token, state, lengths }
            });
            (managed.collect(), None)
        }
        Err(problem) if may_be_unread(session, sources, problem.id) => {
            session.env.note(&problems::scan::shapes_only(&problem));
            (Vec::new(), None)
        }
        Err(problem) => (Vec::new(), Some(problems::scan::journal_unread(problem))),
    }
}

/// Whether a scan promises to recognize the tokens of the config only by their shape.
fn may_be_unread(session: &Session<'_>, sources: &Sources, why: Code) -> bool {
    let is_hook = sources.staged || session.env.is_set("PRE_COMMIT");
    is_hook
        || matches!(
            why,
            Code::GithubTokenMissing | Code::GithubPermission | Code::RepositoryUnknown
        )
}

/// The lengths of a token's values: those of its provider's shapes, and of the values of this run.
fn lengths(
    session: &Session<'_>,
    token: &TokenName,
    state: &TokenState,
) -> Vec<RangeInclusive<usize>> {
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

/// Adds the destinations of a leaked token of the config, because they need a new value.
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
