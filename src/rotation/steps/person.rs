//! Asks a person to act: keeps one issue up to date with the state and the steps. If it cannot be
//! opened, the report contains the same.

use super::adopt;
use crate::domain::cleanup::{Ask, PendingCleanup};
use crate::domain::lifecycle::{Ending, Retiring, Stage, TokenState, Why};
use crate::domain::{Code, Problem, Repo, Secret, Version};
use crate::net::github::GitHubError;
use crate::rotation::checks::page;
use crate::rotation::checks::slots;
use crate::rotation::decide::alarm;
use crate::rotation::decide::inputs;
use crate::rotation::decide::memory::Memory;
use crate::rotation::decide::truth;
use crate::rotation::effects::actions::Comment;
use crate::rotation::effects::context::Context;
use crate::rotation::effects::issue;
use crate::rotation::effects::issue::{Issue, Issues, Text};
use crate::rotation::issue::parts;
use crate::rotation::issue::parts::Phase;
use crate::rotation::issue::text;
use crate::rotation::problems::{bug, manual};
use crate::rotation::types::due;
use crate::rotation::types::facts::InjectedValue;
use crate::rotation::types::job::NEXT;
use crate::rotation::types::moves;
use crate::rotation::types::transition::Transition;

/// Finds the issue that asks a person, or journals that one will be opened; each leak has its own.
/// A refusal of GitHub is reported, but does not stop the run.
pub(crate) async fn ask(
    cx: &Context<'_>,
    state: &TokenState,
    memory: &mut Memory,
) -> Result<Transition, Problem> {
    if memory.person.asked_person.is_some() {
        return Ok(Transition::stay());
    }
    report_if_dead(cx, state, memory).await;
    report_if_not_received(cx, state, memory).await;
    let repo = page::primary_repo(cx)?;
    let known = state.loose_ends.issue.clone();
    let leaked = alarm::in_run(cx, state, memory)
        .filter(|leaked| known.as_ref().is_none_or(|ask| ask.leaked < Some(*leaked)));
    let found = match leaked {
        Some(_) => in_place_of(cx, repo, known.as_ref(), leaked).await,
        None => Ok(known.clone().unwrap_or_else(|| new_ask(cx, None))),
    };
    let found = match found {
        Ok(ask) => find(cx, repo, &ask).await.map(|issue| (issue, ask)),
        Err(trouble) => Err(trouble),
    };
    match found {
        Ok((Some(issue), ask)) => {
            let is_known = known.filter(|_| leaked.is_none()).and_then(|ask| ask.number);
            let number = issue.number;
            memory.person.asked_person = Some(Ok(issue.number));
            if is_known == Some(number) {
                return Ok(Transition::stay());
            }
            Ok(asked_in(state, repo, ask, number))
        }
        Ok((None, ask)) => {
            memory.person.opening = true;
            let ask = Ask { replaces: ask.replaces, ..new_ask(cx, ask.leaked) };
            let to = with_issue(state, Some(ask));
            Ok(Transition::leave(to, "a person will be asked to act, in an issue"))
        }
        Err(trouble) => {
            let problem = manual::issue(&trouble, repo, "open an issue");
            memory.person.asked_person = Some(Err(problem));
            Ok(Transition::stay())
        }
    }
}

/// Opens the issue that was journaled.
pub(crate) async fn open(
    cx: &Context<'_>,
    state: &TokenState,
    memory: &mut Memory,
) -> Result<Transition, Problem> {
    memory.person.opening = false;
    let repo = page::primary_repo(cx)?;
    let ask = state.loose_ends.issue.clone().ok_or_else(|| bug("there is no issue to open"))?;
    let text = text::text(cx, state, memory, &phase(cx, state, memory), ask.leaked);
    let config = &cx.job.config.ask;
    match cx.actions.open_issue(repo, &text, config).await {
        Ok(issue) => {
            // If this run takes a new value, the steps change.
            memory.person.told = !memory.takes_next(cx.job);
            let lacking = issue::lacking(&issue, config);
            memory
                .report
                .problems
                .extend(lacking.map(|lacking| manual::not_assigned(repo, &lacking)));
            memory.person.asked_person = Some(Ok(issue.number));
            Ok(asked_in(state, repo, ask, issue.number))
        }
        Err(trouble) => {
            let problem = manual::issue(&trouble, repo, "open an issue");
            memory.person.asked_person = Some(Err(problem));
            Ok(Transition::stay())
        }
    }
}

fn asked_in(state: &TokenState, repo: &Repo, ask: Ask, number: u64) -> Transition {
    let to = with_issue(state, Some(Ask { number: Some(number), ..ask }));
    Transition::leave(to, format!("a person is asked to act, in {}", issue::name(number)))
        .done(format!("asked a person to act, in {} of {repo}", issue::name(number)))
}

fn with_issue(state: &TokenState, issue: Option<Ask>) -> TokenState {
    let loose_ends = PendingCleanup { issue, ..state.loose_ends.clone() };
    TokenState { loose_ends, ..state.clone() }
}

/// Reports a value in use that is already dead: its rotation is more urgent than a routine one.
async fn report_if_dead(cx: &Context<'_>, state: &TokenState, memory: &mut Memory) {
    let value = cx.job.values.handed.as_ref().filter(|_| {
        cx.job.abilities.is_manual() && inputs::handed(cx, state, memory) == InjectedValue::Current
    });
    let Some(value) = value else { return };
    let verdict = cx.job.driver.verify(value).await;
    if verdict.is_dead() {
        let problem = adopt::not_alive(cx, &verdict);
        memory.report.problems.extend(problem);
    }
}

/// Reports a secret with a new value that this run does not receive: the person may have done the
/// task already.
async fn report_if_not_received(cx: &Context<'_>, state: &TokenState, memory: &mut Memory) {
    let Ok(slot) = slots::next_slot(cx) else { return };
    if !cx.job.abilities.is_manual() || cx.job.values.desk.next.is_some() {
        return;
    }
    if cx.world.secrets.look(&slot).await.is_ok_and(|snapshot| snapshot.updated_at.is_some()) {
        let variable = format!("{}_{NEXT}", cx.job.config.value);
        let problem = manual::next_not_received(&slot, &variable);
        memory.report.problems.push(problem.state(truth::unchanged(state, memory)));
    }
}

/// Finds the issue.
async fn find(cx: &Context<'_>, repo: &Repo, ask: &Ask) -> Result<Option<Issue>, GitHubError> {
    match ask.number {
        Some(number) => cx.actions.issue(repo, number).await,
        None => issues(cx, repo).find(&text::mark(cx, ask.leaked)).await,
    }
}

fn issues<'r>(cx: &Context<'r>, repo: &'r Repo) -> Issues<'r> {
    Issues { github: cx.world.reader, repo }
}

/// Prepares an issue about a leak that replaces the open ones. If the number of one is not known,
/// it is searched.
async fn in_place_of(
    cx: &Context<'_>,
    repo: &Repo,
    known: Option<&Ask>,
    leaked: Option<Version>,
) -> Result<Ask, GitHubError> {
    let mut ask = new_ask(cx, leaked);
    if let Some(known) = known {
        ask.replaces.clone_from(&known.replaces);
        let number = match known.number {
            None => find(cx, repo, known).await?.map(|issue| issue.number),
            number => number,
        };
        ask.replaces.extend(number);
    }
    Ok(ask)
}

fn new_ask(cx: &Context<'_>, leaked: Option<Version>) -> Ask {
    Ask { number: None, since: cx.now(), leaked, replaces: Vec::new(), reminded: None }
}

/// Journals the request of a person.
pub(crate) fn wish(
    cx: &Context<'_>,
    state: &TokenState,
    memory: &mut Memory,
) -> Result<Transition, Problem> {
    let Some(Why::Asked(reason)) = inputs::asked(cx, state, memory).cloned() else {
        return Err(bug("nothing was requested"));
    };
    let to = moves::wished(state, reason, cx.now());
    Ok(Transition::leave(to, "a new value was requested").done(
        "recorded the request for a new value: if this run cannot create it, a later one does",
    ))
}

/// Updates the issue. If that fails, the next run does it.
pub(crate) async fn tell(
    cx: &Context<'_>,
    state: &TokenState,
    memory: &mut Memory,
) -> Result<Transition, Problem> {
    memory.person.told = true;
    let Some(ask) = state.loose_ends.issue.clone() else { return Ok(Transition::stay()) };
    let Some(number) = ask.number else { return Ok(Transition::stay()) };
    let repo = page::primary_repo(cx)?;
    let phase = phase(cx, state, memory);
    let text = text::text(cx, state, memory, &phase, ask.leaked);
    let reminder = reminder(cx, state, memory, &phase);
    let reminds = reminder.is_some();
    let comments = [text::comment(cx, state, memory, &phase), reminder];
    match say(cx, repo, number, &text, comments.iter().flatten()).await {
        Ok(Some(issue)) => {
            memory.person.asked_person = Some(Ok(issue.number));
            if !reminds {
                return Ok(Transition::stay());
            }
            let to = with_issue(state, Some(Ask { reminded: Some(cx.now()), ..ask }));
            Ok(Transition::leave(to, format!("posted a reminder in issue {number}"))
                .done(format!("posted a reminder in issue {number} of {repo}")))
        }
        // Somebody deleted it: the next request opens another one.
        Ok(None) => Ok(Transition::leave(with_issue(state, None), "the issue was deleted")),
        Err(trouble) => {
            let problem = manual::issue(&trouble, repo, &format!("update issue {number}"));
            memory.person.asked_person = Some(Err(problem));
            Ok(Transition::stay())
        }
    }
}

/// Updates the text of an issue and adds comments; `None` if somebody deleted it.
async fn say(
    cx: &Context<'_>,
    repo: &Repo,
    number: u64,
    text: &Text,
    comments: impl Iterator<Item = &Comment>,
) -> Result<Option<Issue>, GitHubError> {
    let Some(issue) = cx.actions.issue(repo, number).await? else { return Ok(None) };
    let issue = if says(&issue, text) {
        issue
    } else {
        cx.actions.update_issue(repo, number, text).await?
    };
    for comment in comments {
        cx.actions.comment(repo, number, comment).await?;
    }
    Ok(Some(issue))
}

/// The comment that reminds people, if one is due: they have to act, and were last notified a full
/// period ago.
pub(crate) fn reminder(
    cx: &Context<'_>,
    state: &TokenState,
    memory: &Memory,
    phase: &Phase,
) -> Option<(String, String)> {
    let every = cx.job.config.ask.remind?;
    let ask = state.loose_ends.issue.as_ref()?;
    let since = match phase {
        Phase::Value(_) => ask.since,
        Phase::End(old) => {
            let at = |retiring: &Retiring| match retiring.stage {
                Ending::Asked { at } if retiring.key.version == *old => Some(at),
                _ => None,
            };
            state.retiring.iter().find_map(at).unwrap_or(ask.since).max(ask.since)
        }
        Phase::Delivering(_) | Phase::Waiting(..) | Phase::Over => return None,
    };
    let last = ask.reminded.map_or(since, |reminded| reminded.max(since));
    (every.after(last) <= cx.now()).then(|| text::reminder(cx, state, memory, phase, since, last))
}

/// The current phase, which determines what a person has to do.
pub(crate) fn phase(cx: &Context<'_>, state: &TokenState, memory: &Memory) -> Phase {
    let retiring = &state.retiring;
    let leaked = retiring
        .iter()
        .find(|retiring| alarm::is_persons(state, retiring, alarm::ends(cx)))
        .map(|retiring| retiring.key.version);
    if let Some(pending) = &state.pending {
        let lost = !matches!(pending.stage, Stage::Pushed { .. })
            && memory.value.in_hand.is_none()
            && memory.seen.primary_moved == Some(false);
        return match leaked {
            _ if lost => Phase::Value(pending.why.clone()),
            Some(old) => Phase::End(old),
            None => Phase::Delivering(pending.version),
        };
    }
    // Somebody requested to revoke the only value, which did not leak: that comes first, and may be
    // all that they want.
    let is_only =
        |retiring: &&Retiring| Some(&retiring.key) == state.current.as_ref() && !state.has_leaked();
    if let Some(only) =
        retiring.iter().find(is_only).filter(|only| matches!(only.stage, Ending::Asked { .. }))
    {
        return Phase::End(only.key.version);
    }
    match due::wanted(state, &cx.job.policy, inputs::asked(cx, state, memory), cx.now())
        .filter(|_| inputs::manual(cx, state, memory))
    {
        Some(why) if why == Why::Leaked || leaked.is_none() => return Phase::Value(why),
        _ => {}
    }
    if let Some(old) = leaked {
        return Phase::End(old);
    }
    if let Some(asked) =
        retiring.iter().find(|retiring| matches!(retiring.stage, Ending::Asked { .. }))
    {
        return Phase::End(asked.key.version);
    }
    match retiring.first() {
        Some(waiting) => Phase::Waiting(waiting.key.version, waiting.not_before),
        None => Phase::Over,
    }
}

/// The issue that asks a person, or why there is none.
pub(crate) fn where_asked(cx: &Context<'_>, memory: &Memory) -> Option<String> {
    match memory.person.asked_person.as_ref()? {
        Ok(number) => Some(format!("the steps are in {}", page::issue(cx, *number))),
        Err(problem) => {
            let why = problem.causes.first().map_or_else(String::new, |cause| format!(": {cause}"));
            let hint = problem.hint.as_ref().map_or_else(String::new, |hint| format!("; {hint}"));
            Some(format!("{}{why}{hint}", problem.what))
        }
    }
}

pub(crate) fn says(issue: &Issue, text: &issue::Text) -> bool {
    issue.open && issue.title == text.title && issue.body.trim_end() == text.body.trim_end()
}

/// The problem of a token for which a person has to create a new value.
pub(crate) fn needs_value(
    cx: &Context<'_>,
    state: &TokenState,
    memory: &Memory,
    why: &Why,
) -> Problem {
    let config = cx.job.config;
    let due = text::why(cx, state, memory, why);
    let is_asked = matches!(memory.person.asked_person, Some(Ok(_)));
    let has_time = is_asked && cx.job.policy.person_has_time(state, why, cx.now());
    let id = if has_time { Code::WaitsForPerson } else { Code::NeedsPerson };
    let mut problem =
        memory.person.grant_dead.clone().unwrap_or_else(|| manual::needs_value(config, id, &due));
    if let Some(asked) = where_asked(cx, memory) {
        problem = problem.cause(asked);
    }
    let known =
        |value: &Secret| InjectedValue::recognise(state, Some(value)) != InjectedValue::Stranger;
    if cx.job.values.desk.next.as_ref().is_some_and(known) {
        problem = manual::next_is_known(problem, &format!("{}_{NEXT}", config.value));
    }
    if !is_asked {
        problem = parts::steps(cx, state, memory).into_iter().fold(problem, Problem::cause);
    }
    let slot = config
        .primary()
        .map(|primary| format!("{} in {}", primary.secret.beside(NEXT), primary.place))
        .unwrap_or_default();
    manual::store_new_value(problem, &slot, &config.name).state(truth::old_value(state, memory))
}
