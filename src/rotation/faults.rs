//! Problems that no person can cause, and what they come of.

use crate::domain::{Code, Problem};

/// A fault of this program.
pub(super) fn bug(what: &str) -> Problem {
    Problem::new(Code::Bug, what).hint("please report this, with the command and this text")
}

/// Random bytes from the system.
pub(super) fn random<const N: usize>() -> Result<[u8; N], Problem> {
    let mut bytes = [0; N];
    getrandom::fill(&mut bytes)
        .map_err(|error| bug("the system gives no random bytes").cause(error.to_string()))?;
    Ok(bytes)
}

/// GitHub's clock is not known.
pub(super) fn no_clock() -> Problem {
    Problem::new(Code::GithubUnavailable, "GitHub's clock is not known")
        .cause("no answer of GitHub carried a `Date` header")
        .state("nothing was changed")
}
