//! Messages about a new value: its request, its test, its scopes and its restrictions.

use super::{ASK_SUPPORT, rotate_now};
use crate::config::TokenConfig;
use crate::domain::{Code, Problem, ProviderId, TokenName, Verdict, Version};

/// The provider's response to a request for a key was lost, or could not be read.
pub(in crate::rotation) fn unclear(config: &TokenConfig) -> Problem {
    Problem::new(
        Code::MintUnclear,
        format!("{} gave no clear response to the request for a key", config.provider),
    )
    .hint("nothing to do: the next run finds the key by its name, deletes it, and tries again")
}

/// The provider's response to a request for a key contradicts what is known.
pub(in crate::rotation) fn implausible(
    config: &TokenConfig,
    key: &str,
    why: &str,
    page: &str,
) -> Problem {
    Problem::new(
        Code::MintUnclear,
        format!("the response from {} to the request for key {key} cannot be right: {why}", config.provider),
    )
    .hint(format!(
        "if this happens again, compare the keys at {page} with the journal, and contact the provider's support"
    ))
}

/// A key has an id that cannot be written into a request or a record.
pub(in crate::rotation) fn unusable_id(config: &TokenConfig, key: &str, page: &str) -> Problem {
    Problem::new(
        Code::MintUnclear,
        format!(
            "{} lists key {key} with an id that is invalid or contains a secret value",
            config.provider
        ),
    )
    .cause("an id is written into the public journal and into the URL of a request")
    .hint(format!("delete that key at {page}; no run received its value"))
}

/// The new key does not work.
pub(in crate::rotation) fn new_key_dead(config: &TokenConfig, verdict: &Verdict) -> Problem {
    Problem::new(
        Code::NewValueDead,
        format!(
            "{} does not accept the value that it just issued ({})",
            config.provider,
            verdict.as_str()
        ),
    )
    .hint(ASK_SUPPORT)
}

/// The new key has scopes that were not requested.
pub(in crate::rotation) fn new_key_wider(surplus: &str, requested: &[String]) -> Problem {
    Problem::new(
        Code::ScopesWider,
        format!("the new key has more scopes than it should: {surplus}"),
    )
    .cause(format!("requested: {}", requested.join(", ")))
    .hint("check the provider's defaults for new keys")
}

/// The new key lacks restrictions that were requested.
pub(in crate::rotation) fn not_restricted(provider: &ProviderId, missing: &[String]) -> Problem {
    Problem::new(
        Code::RestrictionLost,
        format!(
            "the new key at {provider} lacks restrictions that the key in use has: {}",
            missing.join(", ")
        ),
    )
    .cause("the request for the new key contained them, but the list of keys does not show them")
    .hint(format!(
        "{ASK_SUPPORT}; to choose the restrictions of the new key, set them under `with`"
    ))
}

/// A restriction that a new key cannot get, and why.
pub(in crate::rotation) struct Lost {
    pub(in crate::rotation) name: String,
    /// Its entry under `with` in the config.
    pub(in crate::rotation) entry: String,
    pub(in crate::rotation) why: &'static str,
}

/// A new key would lack restrictions of the key in use. `none` is the entry that accepts this.
pub(in crate::rotation) fn would_lose(
    name: &TokenName,
    key: &str,
    lost: &[Lost],
    none: &str,
) -> Problem {
    let names = lost.iter().map(|lost| lost.name.as_str()).collect::<Vec<_>>().join(", ");
    let entries =
        lost.iter().map(|lost| format!("{}: {none}", lost.entry)).collect::<Vec<_>>().join(", ");
    let problem = Problem::new(
        Code::RestrictionLost,
        format!("a new key for {name} would lack restrictions that {key} has: {names}"),
    );
    lost.iter()
        .fold(problem, |problem, lost| problem.cause(format!("{}: {}", lost.name, lost.why)))
        .hint(format!(
            "set under `with` what the new key should have; to go without: `with: {{{entries}}}`"
        ))
}

/// The restrictions of the key in use cannot be read.
pub(in crate::rotation) fn restrictions_unknown(
    config: &TokenConfig,
    version: Version,
    id_is_known: bool,
    possible: &[&str],
) -> Problem {
    let why = if id_is_known {
        format!("{} does not list it", config.provider)
    } else {
        "the journal does not know its id".to_owned()
    };
    Problem::new(
        Code::NotProven,
        format!(
            "could not read the restrictions on the key for {} ({version}): {why}",
            config.name
        ),
    )
    .cause(format!("a new key would have none of these: {}", possible.join(", ")))
    .hint(format!(
        "if it should have one, set it under `with`, and run {}",
        rotate_now(&config.name)
    ))
}

/// The manually created value does not work.
pub(in crate::rotation) fn given_dead(config: &TokenConfig, verdict: &Verdict) -> Problem {
    Problem::new(
        Code::NewValueDead,
        format!("{} does not accept the new value ({})", config.provider, verdict.as_str()),
    )
    .hint("check that it was copied completely")
}

/// The manually created value is a manager credential.
pub(in crate::rotation) fn given_is_a_manager(name: &TokenName) -> Problem {
    Problem::new(Code::NewValueDead, format!("the new value of {name} is a manager credential"))
        .hint("create a separate key for the token")
}

/// The manually created value belongs to the wrong account.
pub(in crate::rotation) fn given_of_other_account(before: &str, after: &str) -> Problem {
    Problem::new(
        Code::NewValueDead,
        format!("the new value belongs to account {after}, but the old one belongs to {before}"),
    )
    .hint(format!("create the new value in account {before}"))
}

/// Where the wanted scopes of a manually created value come from.
#[derive(Clone, Copy)]
pub(in crate::rotation) enum Wanted<'w> {
    /// The config lists them.
    Config(&'w [String]),
    /// The value in use has them.
    InUse(&'w [String]),
}

impl<'w> Wanted<'w> {
    pub(in crate::rotation) fn scopes(self) -> &'w [String] {
        let (Self::Config(scopes) | Self::InUse(scopes)) = self;
        scopes
    }

    fn in_words(self) -> String {
        let source = match self {
            Self::Config(_) => "the config requires",
            Self::InUse(_) => "the value in use has",
        };
        format!("{source}: {}", self.scopes().join(", "))
    }
}

/// The manually created value lacks scopes.
pub(in crate::rotation) fn given_narrower(missing: &str, wanted: Wanted<'_>) -> Problem {
    Problem::new(Code::ScopesNarrower, format!("the new value lacks {missing}"))
        .cause(wanted.in_words())
        .hint(
            "create it with these scopes; if fewer are intended, set them in the config's `scopes`",
        )
}

/// The manually created value has too many scopes.
pub(in crate::rotation) fn given_wider(surplus: &str, wanted: Wanted<'_>) -> Problem {
    Problem::new(
        Code::ScopesWider,
        format!("the new value has more scopes than it should: {surplus}"),
    )
    .cause(wanted.in_words())
    .hint(
        "create it with only these scopes; if more are intended, set them in the config's `scopes`",
    )
}
