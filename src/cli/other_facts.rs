//! What the facts in the report of another repository mean, whether or not it lists a problem for
//! them: it may be incomplete, contradict itself, or be older than an expiry. A fact means the same
//! as in a check of one's own tokens, and what is missing is unknown.

use super::problems::looks;
use super::problems::reports as problems;
use crate::domain::outcome::{Delivery, DestinationOutcome, Reached, TokenOutcome};
use crate::domain::{Class, Code, Facts, Health, Problem, Span, Timestamp, Verdict};

/// How late a due rotation may be if nothing says that a person has to make the value, and if
/// something says that it is in time.
const PATIENCE: Span = Span::days(2);
const LONGEST_PATIENCE: Span = Span::days(14);
/// How far two clocks can disagree without a message.
const SKEW: Span = Span::seconds(3_600);
/// Every state of a token.
const STATES: [&str; 11] = [
    "new",
    "idle",
    "intent",
    "refreshing",
    "minted",
    "aborting",
    "pushing",
    "pushed",
    "grace",
    "revoking",
    "unknown",
];

/// A report, for what is derived from it.
#[derive(Clone, Copy)]
pub(super) struct Report<'a> {
    pub(super) repository: &'a str,
    pub(super) looked_at: Timestamp,
    pub(super) now: Timestamp,
}

impl Report<'_> {
    /// Adds the problems that a token's facts mean and that it does not have.
    pub(super) fn complete(self, token: &mut TokenOutcome) {
        let mut added = Vec::new();
        if !is_left_over(token) {
            added.extend(self.test(token));
            added.extend(self.end(token));
            added.extend(self.due(token));
            if token.destinations.is_empty() {
                added.push(problems::no_destinations(self.repository, &token.name));
            }
        }
        added.extend(self.state(token));
        added.extend(self.times(token));
        let places: Vec<Option<Problem>> =
            token.destinations.iter().map(|place| self.place(token, place)).collect();
        for (place, problem) in token.destinations.iter_mut().zip(places) {
            place.problems.extend(problem);
        }
        token.problems.extend(added);
    }

    /// The test call.
    fn test(self, token: &TokenOutcome) -> Option<Problem> {
        let (repository, name) = (self.repository, &token.name);
        let is_unclear =
            |facts: &Facts| facts.unread.contains(&"expires-at") && token.expires_at.is_none();
        let not_tested = || {
            let is_told = has_class(token, &[Class::Unknown]);
            (!is_told).then(|| problems::not_tested(repository, name))
        };
        match &token.verdict {
            None => {
                let is_told = has(token, &[Code::TokenStale, Code::OverwrittenByHand])
                    || has_class(token, &[Class::Usage, Class::Access, Class::Unknown, Class::Bug]);
                (!is_told).then(|| problems::not_tested(repository, name))
            }
            Some(Verdict::Unknown { .. } | Verdict::RateLimited { .. }) => not_tested(),
            Some(Verdict::Expired) => (!has(token, &[Code::TokenExpired, Code::TokenDead]))
                .then(|| problems::expired(repository, name)),
            Some(Verdict::Revoked | Verdict::Invalid) => {
                (!has(token, &[Code::TokenDead, Code::CurrentDead]))
                    .then(|| problems::dead(repository, name, &token.provider))
            }
            Some(Verdict::Live(facts) | Verdict::Limited(facts)) if is_unclear(facts) => {
                not_tested()
            }
            Some(Verdict::Live(_) | Verdict::Limited(_)) => None,
        }
    }

    /// The expiry, also if it has passed only since.
    fn end(self, token: &TokenOutcome) -> Option<Problem> {
        let told = token.verdict.as_ref().and_then(Verdict::facts);
        let ends = token.expires_at.into_iter().chain(told.and_then(|facts| facts.expires_at));
        let is_told = has(token, &[Code::TokenExpired, Code::TokenDead, Code::CurrentDead])
            || token.verdict == Some(Verdict::Expired);
        let has_ended = ends.min().is_some_and(|end| end <= self.now);
        (has_ended && !is_told).then(|| problems::expired(self.repository, &token.name))
    }

    /// A rotation that is due. One under way, or anything that fails the run, explains it.
    fn due(self, token: &TokenOutcome) -> Option<Problem> {
        let due = token.due.filter(|due| *due <= self.now)?;
        let is_failing = token.all_problems().any(|problem| problem.class() != Class::Notice);
        if is_failing || has(token, &[Code::RotationUnderWay]) {
            return None;
        }
        let is_told = has(token, &[Code::TokenDue, Code::WaitsForPerson]);
        let patience = if is_told { LONGEST_PATIENCE } else { PATIENCE };
        if patience.after(due) <= self.now {
            Some(problems::overdue(self.repository, &token.name, due))
        } else {
            (!is_told).then(|| problems::due(self.repository, &token.name, due))
        }
    }

    /// A state that is unknown, or that we do not know.
    fn state(self, token: &TokenOutcome) -> Option<Problem> {
        let is_known = STATES.contains(&token.state.as_str())
            && (token.state != "unknown" || token.health() >= Health::NotLookedAt);
        (!is_known).then(|| problems::state_unknown(self.repository, &token.name))
    }

    /// A time after the one at which the tokens were checked.
    fn times(self, token: &TokenOutcome) -> Option<Problem> {
        let places = token.destinations.iter().filter_map(|place| place.since);
        let latest = token.since.into_iter().chain(places).max()?;
        let is_wrong = SKEW.after(self.looked_at) < latest && !has(token, &[Code::ClockDisagrees]);
        is_wrong.then(|| problems::since_the_future(self.repository, &token.name, latest))
    }

    /// A destination that does not hold the value in use, or may not.
    fn place(self, token: &TokenOutcome, place: &DestinationOutcome) -> Option<Problem> {
        let (repository, destination) = (self.repository, &place.destination);
        let is_told = |codes: &[Code]| has(token, codes);
        let is_unseen = token.health() >= Health::NotLookedAt;
        // Before its first rotation, only the primary destination is known to hold a value.
        let is_new = token.version.is_none_or(|version| version == 0)
            && is_told(&[Code::NotProven, Code::TokenRenamed]);
        if let Some(Delivery::Refused | Delivery::Unclear | Delivery::Waiting) = place.delivery {
            let told = is_told(&[Code::PushFailed]);
            return (!told).then(|| problems::not_delivered(repository, destination));
        }
        match place.reached {
            Some(Reached::Confirmed | Reached::Delivered) => None,
            Some(Reached::Drifted) => {
                (!is_told(&[Code::OverwrittenByHand, Code::DestinationUnwritten]))
                    .then(|| problems::drifted(repository, destination))
            }
            Some(Reached::Missing) => {
                let told = is_told(&[
                    Code::OverwrittenByHand,
                    Code::DestinationUnwritten,
                    Code::SecretMissing,
                ]);
                (!told && !is_new && !is_unseen).then(|| problems::gone(repository, destination))
            }
            Some(Reached::Unknown) => (token.health() == Health::Fine)
                .then(|| problems::place_unknown(repository, destination)),
            None => (!is_unseen).then(|| problems::place_unknown(repository, destination)),
        }
    }
}

/// Whether a token is in the journal only: nothing of it is tested or compared.
fn is_left_over(token: &TokenOutcome) -> bool {
    let next = token.next.as_ref().map(|next| next.what.as_str());
    let is_declared = next != Some(looks::declare_or_revoke().what.as_str())
        && !has(token, &[Code::TokenRenamed]);
    !is_declared && token.destinations.is_empty() && token.verdict.is_none()
}

fn has(token: &TokenOutcome, codes: &[Code]) -> bool {
    token.all_problems().any(|problem| codes.contains(&problem.id))
}

fn has_class(token: &TokenOutcome, classes: &[Class]) -> bool {
    token.all_problems().any(|problem| classes.contains(&problem.class()))
}
