//! Messages about runs: another run on the same token, an interruption, and a run that cannot
//! continue.

use super::NOTHING_CHANGED;
use crate::domain::{Code, Problem, TokenName};

/// Another run has the token's lease.
pub(in crate::rotation) fn busy(name: &TokenName, who: &str) -> Problem {
    Problem::new(Code::AnotherRun, format!("{who} is working on {name}"))
        .hint(
            "let it finish; if it died, a later run takes over as soon as GitHub reports that it has ended, or 15 minutes after its last activity if GitHub cannot know (outside Actions)",
        )
        .state("this run changed nothing")
}

/// `push` was called while a rotation is in progress.
pub(in crate::rotation) fn being_rotated(name: &TokenName, state: &str) -> Problem {
    Problem::new(Code::Usage, format!("a rotation of {name} is in progress ({state})"))
        .hint("let `tokenward rotate` finish first")
        .state(NOTHING_CHANGED)
}

/// The run was asked to stop.
pub(in crate::rotation) fn interrupted(name: &TokenName, state: &str) -> Problem {
    Problem::new(Code::Interrupted, format!("the work on {name} was interrupted ({state})"))
        .hint("run it again; it continues from here")
}
