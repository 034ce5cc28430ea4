//! Which findings fail a run: what `--fail-on` and `--exit-zero` allow, for `check`, `status` and
//! `scan`.

use super::args::VerdictFlags;
use super::command_line::instead_of;
use super::env::Env;
use crate::domain::outcome::{TokenOutcome, exit_code};
use crate::domain::text::sanitize;
use crate::domain::{Class, Code, Problem};

/// The exit code of a look at tokens. Only what `--fail-on` names fails, and nothing with
/// `--exit-zero`; what was not looked at fails always, but for a pull request from a fork, which is
/// handed no secret: there `--fail-on` decides about it as well.
pub(super) fn verdict(
    tokens: &[TokenOutcome],
    own: &[Problem],
    env: &Env,
    flags: &VerdictFlags,
) -> u8 {
    let is_fork = env.proposal().is_some_and(|proposal| proposal.is_fork);
    let excused = |id: Code| is_fork && unlooked(id) && !fails(id, flags);
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
    /// Refuses an id that does not exist: a misspelt one would let everything pass.
    pub(super) fn check(&self) -> Result<(), Problem> {
        let ids: Vec<&str> = ids().map(Code::id).collect();
        match self.fail_on.iter().find(|id| !ids.contains(&id.as_str())) {
            Some(stranger) => Err(Problem::new(
                Code::Usage,
                format!("--fail-on: there is no finding \"{}\"", sanitize(stranger)),
            )
            .hint(instead_of(stranger, ids))),
            None => Ok(()),
        }
    }
}

/// The ids that `--fail-on` takes.
pub(super) fn ids() -> impl Iterator<Item = Code> {
    let is_verdict =
        |code: &Code| matches!(code.class(), Class::Verdict | Class::Leak) || unlooked(*code);
    Code::ALL.iter().copied().filter(is_verdict)
}

/// Whether it says that nobody looked, for want of something that a run from a fork never has.
fn unlooked(id: Code) -> bool {
    matches!(id, Code::NotTested | Code::NotLookedAt)
}

/// Whether a finding fails the run. What could not be done always does.
fn counts(id: Code, flags: &VerdictFlags) -> bool {
    !matches!(id.class(), Class::Verdict | Class::Leak) || fails(id, flags)
}

/// Whether the flags let it fail the run.
fn fails(id: Code, flags: &VerdictFlags) -> bool {
    !flags.exit_zero
        && (flags.fail_on.is_empty() || flags.fail_on.iter().any(|wanted| wanted == id.id()))
}
