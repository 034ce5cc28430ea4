//! Messages about what `check` and `status` see: tokens that the config or the journal does not
//! have, values that were not tested, and what was not checked.

use crate::config::TokenConfig;
use crate::domain::outcome::Next;
use crate::domain::{Code, Problem, Sight, TokenName, Unseen, Verdict, handing_over};
use crate::journal::KEY_NAME;

/// The hint for whatever is wrong with a token that the config does not have: no command accepts
/// its name.
pub(in crate::cli) fn declare_first(name: &TokenName) -> String {
    format!("put {name} back into the config under this name first")
}

/// The journal has it under `name`, the config under `other`.
pub(in crate::cli) fn renamed(name: &TokenName, other: &TokenName) -> Problem {
    Problem::new(
        Code::TokenRenamed,
        format!("{name} is in the journal but not in the config, and {other} in the config has the same value: the token was renamed"),
    )
    .hint(format!(
        "rename it back to {name} in the config, because its records are found only by this name; do not revoke its key"
    ))
}

/// The next step for a token that was renamed from `name` to `other`.
pub(in crate::cli) fn rename_back(name: &TokenName, other: &TokenName) -> Next {
    Next { what: format!("rename {other} back to {name} in the config"), not_before: None }
}

/// A key in use for a token that the config does not have.
pub(in crate::cli) fn undeclared(name: &TokenName) -> Problem {
    Problem::new(
        Code::NotProven,
        format!("{name} is in the journal but not in the config, so it is unknown whether its key is revoked"),
    )
    .hint("put it back into the config under this name; or, if nothing uses it any more, revoke its key at the provider")
}

pub(in crate::cli) fn declare_or_revoke() -> Next {
    Next {
        what: "put it back into the config, or revoke its keys if nothing uses them".to_owned(),
        not_before: None,
    }
}

/// The next step for a token that the journal has under another name.
pub(in crate::cli) fn use_name_of_journal(other: &TokenName) -> Next {
    Next { what: format!("rename it back to {other} in the config"), not_before: None }
}

pub(in crate::cli) fn adopted_by_first_rotate() -> Next {
    Next { what: "the first `rotate` adopts the value in use".to_owned(), not_before: None }
}

pub(in crate::cli) fn not_in_journal(name: &TokenName) -> Problem {
    Problem::new(Code::NotProven, format!("{name} is not in the journal yet"))
        .cause("until its value is adopted, it is unknown whether the value leaked, and whether every destination has it")
        .hint(format!("run `tokenward rotate {name}` to adopt the value in use"))
}

/// Why the journal was not read.
pub(in crate::cli) fn journal_not_read(problem: Problem) -> Unseen {
    let hint = problem.hint.unwrap_or_else(|| "run `tokenward doctor`".to_owned());
    Unseen {
        what: Sight::Journal,
        why: std::iter::once(problem.what).chain(problem.causes).collect::<Vec<_>>().join(": "),
        hint,
    }
}

pub(in crate::cli) fn journal_not_verified() -> Unseen {
    Unseen {
        what: Sight::Signature,
        why: format!("the journal was read but not verified: {KEY_NAME} is empty or not set"),
        hint: handing_over(KEY_NAME, KEY_NAME),
    }
}

pub(in crate::cli) fn secrets_not_read() -> Unseen {
    Unseen {
        what: Sight::Secrets,
        why: "this run did not receive TOKENWARD_GITHUB_TOKEN".to_owned(),
        hint: "pass the token of a GitHub App that can read secrets to this step (docs/action.md, \"Permissions\")".to_owned(),
    }
}

/// Why a value is not tested: a test call would count as a use of its key.
pub(in crate::cli) fn test_is_a_use(token: &TokenConfig) -> String {
    format!(
        "it was not tested: {} reports when a key was last used, and a test call counts as a use",
        token.provider
    )
}

/// `problem` is about a dead value that is not the one in use.
pub(in crate::cli) fn older_value_dead(
    problem: Problem,
    token: &TokenConfig,
    verdict: &Verdict,
) -> Problem {
    Problem {
        what: format!(
            "{} does not accept the older value in {} ({})",
            token.provider,
            token.value,
            verdict.as_str()
        ),
        hint: None,
        ..problem
    }
    .state("programs that received this older value fail; the value in use is a different one")
}
