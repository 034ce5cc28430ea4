//! Which findings fail a run, according to `--fail-on` and `--exit-zero`, for `check`, `status` and
//! `scan`.

use super::args::VerdictFlags;
use super::env::Env;
use super::problems;
use crate::domain::outcome::{TokenOutcome, exit_code};
use crate::domain::{Class, Code, Problem};

/// The exit code of a check of tokens. Only findings that `--fail-on` names fail, and none with
/// `--exit-zero`. What was not checked always fails, except for a pull request from a fork, which
/// receives no secret: there `--fail-on` decides about it too.
pub(super) fn verdict(
    tokens: &[TokenOutcome],
    own: &[Problem],
    env: &Env,
    flags: &VerdictFlags,
) -> u8 {
    let is_fork = env.proposal().is_some_and(|proposal| proposal.is_fork);
    let excused = |id: Code| is_fork && not_checked(id) && !fails(id, flags);
    let problems = tokens.iter().flat_map(TokenOutcome::all_problems).chain(own);
    exit_code(
        problems
            .filter(|problem| counts(problem.id, flags) && !excused(problem.id))
            .map(Problem::class),
    )
}

/// Whether a leak fails the run.
pub(super) fn fails_as_a_leak(flags: &VerdictFlags) -> bool {
    counts(Code::Leak, flags)
}

impl VerdictFlags {
    /// Refuses an unknown id: with a misspelled one, everything would pass.
    pub(super) fn check(&self) -> Result<(), Problem> {
        let ids: Vec<&str> = ids().map(Code::id).collect();
        match self.fail_on.iter().find(|id| !ids.contains(&id.as_str())) {
            Some(unknown) => Err(problems::arguments::unknown_finding(unknown, ids)),
            None => Ok(()),
        }
    }
}

/// The ids that `--fail-on` takes.
pub(super) fn ids() -> impl Iterator<Item = Code> {
    let is_verdict =
        |code: &Code| matches!(code.class(), Class::Verdict | Class::Leak) || not_checked(*code);
    Code::ALL.iter().copied().filter(is_verdict)
}

/// Whether it says that something was not checked, which a run from a fork often cannot.
fn not_checked(id: Code) -> bool {
    matches!(id, Code::NotTested | Code::NotLookedAt)
}

/// Whether a finding fails the run. What could not be checked always does.
fn counts(id: Code, flags: &VerdictFlags) -> bool {
    !matches!(id.class(), Class::Verdict | Class::Leak) || fails(id, flags)
}

/// Whether the run fails because of it, according to the flags.
fn fails(id: Code, flags: &VerdictFlags) -> bool {
    !flags.exit_zero
        && (flags.fail_on.is_empty() || flags.fail_on.iter().any(|wanted| wanted == id.id()))
}
