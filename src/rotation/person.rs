//! What a person is asked for, and how: one issue that says at any time what is true and what is to
//! be done. Where it cannot be opened, the report says the same.

use super::actions::Comment;
use super::context::Context;
use super::facts::InjectedValue;
use super::faults::bug;
use super::issue::{Issue, Issues, Text};
use super::issue_parts::Phase;
use super::job::NEXT;
use super::memory::Memory;
use super::transition::Transition;
use super::{adopt, alarm, due, inputs, issue, issue_parts, issue_text, moves, page, slots, truth};
use crate::domain::cleanup::{Ask, PendingCleanup};
use crate::domain::lifecycle::{Ending, Retiring, Stage, TokenState, Why};
use crate::domain::{Code, Problem, Repo, Secret, Version};
use crate::net::github::GitHubError;

/// Finds the issue in which a person is asked, or says that one will be opened; a leak has one of
/// its own. A refusal is remembered, and no failure of the run.
pub(super) async fn ask(
    cx: &Context<'_>,
    state: &TokenState,
    memory: &mut Memory,
) -> Result<Transition, Problem> {
    if memory.person.asked_person.is_some() {
        return Ok(Transition::stay());
    }
    tell_if_dead(cx, state, memory).await;
    tell_if_not_handed(cx, state, memory).await;
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
            Ok(Transition::leave(to, "a person will be asked in an issue"))
        }
        Err(trouble) => {
            let problem = issue::problem(&trouble, repo, "open an issue");
            memory.person.asked_person = Some(Err(problem));
            Ok(Transition::stay())
        }
    }
}

/// Opens the issue that was journalled.
pub(super) async fn open(
    cx: &Context<'_>,
    state: &TokenState,
    memory: &mut Memory,
) -> Result<Transition, Problem> {
    memory.person.opening = false;
    let repo = page::primary_repo(cx)?;
    let ask = state.loose_ends.issue.clone().ok_or_else(|| bug("no issue is to be opened"))?;
    let text = issue_text::text(cx, state, memory, &phase(cx, state, memory), ask.leaked);
    let config = &cx.job.config.ask;
    match cx.actions.open_issue(repo, &text, config).await {
        Ok(issue) => {
            // What is taken in this very run changes what is to be done.
            memory.person.told = !memory.takes_next(cx.job);
            let lacking = issue::lacking(&issue, config);
            memory.report.problems.extend(lacking.map(|lacking| not_assigned(repo, &lacking)));
            memory.person.asked_person = Some(Ok(issue.number));
            Ok(asked_in(state, repo, ask, issue.number))
        }
        Err(trouble) => {
            let problem = issue::problem(&trouble, repo, "open an issue");
            memory.person.asked_person = Some(Err(problem));
            Ok(Transition::stay())
        }
    }
}

fn asked_in(state: &TokenState, repo: &Repo, ask: Ask, number: u64) -> Transition {
    let to = with_issue(state, Some(Ask { number: Some(number), ..ask }));
    Transition::leave(to, format!("a person is asked in {}", issue::name(number)))
        .done(format!("asked a person in {} of {repo}", issue::name(number)))
}

fn with_issue(state: &TokenState, issue: Option<Ask>) -> TokenState {
    let loose_ends = PendingCleanup { issue, ..state.loose_ends.clone() };
    TokenState { loose_ends, ..state.clone() }
}

/// A value in use that is dead already cannot wait as long as a routine may.
async fn tell_if_dead(cx: &Context<'_>, state: &TokenState, memory: &mut Memory) {
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

/// The person may have done it already, and this run cannot see that.
async fn tell_if_not_handed(cx: &Context<'_>, state: &TokenState, memory: &mut Memory) {
    let Ok(slot) = slots::next_slot(cx) else { return };
    if !cx.job.abilities.is_manual() || cx.job.values.desk.next.is_some() {
        return;
    }
    if cx.world.secrets.look(&slot).await.is_ok_and(|snapshot| snapshot.updated_at.is_some()) {
        let (variable, secret) = (format!("{}_{NEXT}", cx.job.config.value), &slot.secret);
        let problem = Problem::new(
            Code::ValueMissing,
            format!("{slot} exists, and this step is not handed it"),
        )
        .cause(format!("{variable} is empty or not set, so the new value in it cannot be taken"))
        .hint(format!("add to the `env:` of this step: `{variable}: ${{{{ secrets.{secret} }}}}`"))
        .state(truth::unchanged(state, memory));
        memory.report.problems.push(problem);
    }
}

/// The issue that is there.
async fn find(cx: &Context<'_>, repo: &Repo, ask: &Ask) -> Result<Option<Issue>, GitHubError> {
    match ask.number {
        Some(number) => cx.actions.issue(repo, number).await,
        None => issues(cx, repo).find(&issue_text::mark(cx, ask.leaked)).await,
    }
}

fn issues<'r>(cx: &Context<'r>, repo: &'r Repo) -> Issues<'r> {
    Issues { github: cx.world.reader, repo }
}

/// An issue about a leak, in place of those that were open: one of which the number is not
/// known is looked for.
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

/// Journals what a person asked for.
pub(super) fn wish(
    cx: &Context<'_>,
    state: &TokenState,
    memory: &mut Memory,
) -> Result<Transition, Problem> {
    let Some(Why::Asked(reason)) = inputs::asked(cx, state, memory).cloned() else {
        return Err(bug("nothing was asked for"));
    };
    let to = moves::wished(state, reason, cx.now());
    Ok(Transition::leave(to, "a new value was asked for").done(
        "noted that a new value is asked for: a later run makes it, where this one cannot"
            .to_owned(),
    ))
}

/// Makes the issue say what is true now. It is no harm where that fails: the next run does it.
pub(super) async fn tell(
    cx: &Context<'_>,
    state: &TokenState,
    memory: &mut Memory,
) -> Result<Transition, Problem> {
    memory.person.told = true;
    let Some(ask) = state.loose_ends.issue.clone() else { return Ok(Transition::stay()) };
    let Some(number) = ask.number else { return Ok(Transition::stay()) };
    let repo = page::primary_repo(cx)?;
    let phase = phase(cx, state, memory);
    let text = issue_text::text(cx, state, memory, &phase, ask.leaked);
    let reminder = reminder(cx, state, memory, &phase);
    let reminds = reminder.is_some();
    let comments = [issue_text::comment(cx, state, memory, &phase), reminder];
    match say(cx, repo, number, &text, comments.iter().flatten()).await {
        Ok(Some(issue)) => {
            memory.person.asked_person = Some(Ok(issue.number));
            if !reminds {
                return Ok(Transition::stay());
            }
            let to = with_issue(state, Some(Ask { reminded: Some(cx.now()), ..ask }));
            Ok(Transition::leave(to, format!("people are reminded in issue {number}"))
                .done(format!("reminded people in issue {number} of {repo}")))
        }
        // Somebody deleted it: the next time something is to be asked, another one is opened.
        Ok(None) => Ok(Transition::leave(with_issue(state, None), "the issue is gone")),
        Err(trouble) => {
            let problem = issue::problem(&trouble, repo, &format!("update issue {number}"));
            memory.person.asked_person = Some(Err(problem));
            Ok(Transition::stay())
        }
    }
}

/// Makes an issue say this, with these comments; `None` where somebody deleted it.
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

/// The comment that reminds people, where one is due: they are waited for, and heard of it last
/// a whole period ago.
pub(super) fn reminder(
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
    (every.after(last) <= cx.now())
        .then(|| issue_text::reminder(cx, state, memory, phase, since, last))
}

/// What a person has to know and do now.
pub(super) fn phase(cx: &Context<'_>, state: &TokenState, memory: &Memory) -> Phase {
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
    // The only value there is was asked to be revoked, and did not leak: that comes first, and
    // may be all that is wanted.
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

/// Where the person was asked, or why that could not be done.
pub(super) fn where_asked(cx: &Context<'_>, memory: &Memory) -> Option<String> {
    match memory.person.asked_person.as_ref()? {
        Ok(number) => Some(format!("a person is asked in {}", page::issue(cx, *number))),
        Err(problem) => {
            let why = problem.causes.first().map_or_else(String::new, |cause| format!(": {cause}"));
            let hint = problem.hint.as_ref().map_or_else(String::new, |hint| format!("; {hint}"));
            Some(format!("{}{why}{hint}", problem.what))
        }
    }
}

pub(super) fn says(issue: &Issue, text: &issue::Text) -> bool {
    issue.open && issue.title == text.title && issue.body.trim_end() == text.body.trim_end()
}

/// An issue that GitHub opened without all that the config names.
fn not_assigned(repo: &Repo, lacking: &str) -> Problem {
    Problem::new(Code::AskIncomplete, format!("GitHub opened the issue in {repo} without {lacking}"))
        .cause("it assigns only people who may write to the repository, and leaves out the others without a word")
        .hint("correct `ask` in the config, and assign or label this issue yourself")
}

/// A person has to make a new value.
pub(super) fn needs_value(
    cx: &Context<'_>,
    state: &TokenState,
    memory: &Memory,
    why: &Why,
) -> Problem {
    let config = cx.job.config;
    let due = issue_text::why(cx, state, memory, why);
    let what =
        format!("{} {due}, and {} lets only a person make a new one", config.name, config.provider);
    let is_asked = matches!(memory.person.asked_person, Some(Ok(_)));
    let has_time = is_asked && cx.job.policy.person_has_time(state, why, cx.now());
    let id = if has_time { Code::WaitsForPerson } else { Code::NeedsPerson };
    let mut problem = memory.person.grant_dead.clone().unwrap_or_else(|| Problem::new(id, what));
    if let Some(asked) = where_asked(cx, memory) {
        problem = problem.cause(asked);
    }
    let known =
        |value: &Secret| InjectedValue::recognise(state, Some(value)) != InjectedValue::Stranger;
    if cx.job.values.desk.next.as_ref().is_some_and(known) {
        problem = problem.cause(format!(
            "{}_{NEXT} holds a value that was in use already, and no new one",
            config.value
        ));
    }
    if !is_asked {
        problem = issue_parts::steps(cx, state, memory).into_iter().fold(problem, Problem::cause);
    }
    let slot = config
        .primary()
        .map(|primary| format!("{} in {}", primary.secret.beside(NEXT), primary.place))
        .unwrap_or_default();
    problem
        .hint(format!(
            "put the new value into the secret {slot}, or: tokenward push {} --value-from -",
            config.name
        ))
        .state(truth::old_value(state, memory))
}
