//! What `confirm` is about: whose token, on which ref its journal is, and the value this run was
//! handed. From the arguments alone, or from this repository's own config.

use super::args::{Confirmation, Global};
use super::env::Env;
use super::error::CliError;
use super::session::Session;
use super::value_source::value_from;
use crate::config::JournalConfig;
use crate::domain::{Code, Problem, Repo, Secret, TokenName};

/// Whose token it is, and the value this run was handed.
pub(super) struct Wanted {
    pub(super) primary: Repo,
    pub(super) token: TokenName,
    pub(super) journal: String,
    pub(super) value: Secret,
}

impl Wanted {
    /// A token that another repository rotates: the arguments say all there is to know.
    pub(super) fn of_another(env: &Env, asked: &Confirmation, of: &str) -> Result<Self, Problem> {
        let primary = Repo::parse(of).ok_or_else(|| not_a_repository("--of"))?;
        let source = asked.value_from.as_deref().unwrap_or_default();
        let value = value_from(env, source)?;
        Ok(Self {
            primary,
            token: TokenName::new(asked.token.clone()),
            journal: asked.journal.clone(),
            value,
        })
    }

    /// A token of this repository's own config.
    pub(super) fn of_config(
        env: &Env,
        global: &Global,
        asked: &Confirmation,
    ) -> Result<Self, CliError> {
        let session = Session::open(env, global, false)?;
        let selected = session.select(std::slice::from_ref(&asked.token))?;
        let token = selected
            .first()
            .ok_or_else(|| Problem::new(Code::NothingSelected, "no token is selected"))?;
        let JournalConfig::GitRef { name } = &session.config.journal else {
            return Err(Problem::new(
                Code::Usage,
                "the config keeps the journal in a file, which no other run can read",
            )
            .hint("set `journal: {git-ref: refs/tokenward/journal}`")
            .state("nothing was done")
            .into());
        };
        let value = match &asked.value_from {
            Some(source) => value_from(env, source)?,
            None => env.secret(token.value.as_str()).ok_or_else(|| {
                Problem::new(Code::ValueMissing, format!("{} is empty or not set", token.value))
                    .hint(crate::domain::handing_over(token.value.as_str(), token.value.as_str()))
                    .state("nothing was done")
            })?,
        };
        Ok(Self {
            primary: session.primary()?,
            token: token.name.clone(),
            journal: name.clone(),
            value,
        })
    }
}

pub(super) fn not_a_repository(what: &str) -> Problem {
    Problem::new(Code::Usage, format!("{what} is not the name of a repository"))
        .hint("write `owner/repo`")
        .state("nothing was done")
}
