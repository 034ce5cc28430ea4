//! The problems that `domain` itself reports, one constructor per message.

use super::code::Code;
use super::problem::Problem;

/// A check was not made. `tokens` names the tokens that it is missing for.
pub(super) fn not_checked(what: &str, tokens: &str, why: &str, hint: &str) -> Problem {
    Problem::new(Code::NotLookedAt, format!("not checked: {what} ({tokens})")).cause(why).hint(hint)
}
