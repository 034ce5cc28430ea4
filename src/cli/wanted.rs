//! What `confirm` compares: the token and its repository, the ref of its journal, and the value
//! that this run received. From the arguments alone, or from this repository's own config.

use super::args::{Confirmation, Global};
use super::env::Env;
use super::error::CliError;
use super::problems;
use super::session::Session;
use super::value_source::value_from;
use crate::config::JournalConfig;
use crate::domain::{Problem, Repo, Secret, TokenName};

/// The token, and the value that this run received.
pub(super) struct Wanted {
    pub(super) primary: Repo,
    pub(super) token: TokenName,
    pub(super) journal: String,
    pub(super) value: Secret,
}

impl Wanted {
    /// A token that another repository rotates: the arguments say everything.
    pub(super) fn of_another(env: &Env, asked: &Confirmation, of: &str) -> Result<Self, Problem> {
        let primary =
            Repo::parse(of).ok_or_else(|| problems::arguments::not_a_repository("--of"))?;
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
        let token = selected.first().ok_or_else(problems::selection::no_token_named)?;
        let JournalConfig::GitRef { name } = &session.config.journal else {
            return Err(problems::config::journal_in_file().into());
        };
        let value = match &asked.value_from {
            Some(source) => value_from(env, source)?,
            None => {
                env.secret(token.value.as_str()).ok_or_else(|| problems::values::missing(token))?
            }
        };
        Ok(Self {
            primary: session.primary()?,
            token: token.name.clone(),
            journal: name.clone(),
            value,
        })
    }
}
