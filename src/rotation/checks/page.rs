//! Where a person acts: the provider's page of keys, and the repository of the primary secret.

use crate::domain::lifecycle::TokenState;
use crate::domain::{Problem, Repo};
use crate::rotation::effects::context::Context;
use crate::rotation::effects::issue::NOT_OPEN;
use crate::rotation::problems::bug;

/// Where a person creates and revokes tokens of this kind.
pub(crate) fn page(cx: &Context<'_>, state: &TokenState) -> String {
    let driver = &cx.job.driver;
    driver
        .made_at(state.owner.as_deref())
        .unwrap_or_else(|| format!("the settings of {}", driver.spec().name))
}

/// Where a person reads an issue. Built here: the address in GitHub's response is foreign text.
pub(crate) fn issue(cx: &Context<'_>, number: u64) -> String {
    match primary_repo(cx) {
        Ok(repo) if number != NOT_OPEN => {
            format!("{}/{repo}/issues/{number}", cx.job.values.desk.server)
        }
        _ => "an issue that is not open yet".to_owned(),
    }
}

/// The repository of the primary secret.
pub(crate) fn primary_repo<'j>(cx: &Context<'j>) -> Result<&'j Repo, Problem> {
    cx.job
        .config
        .primary()
        .and_then(|primary| primary.place.repo())
        .ok_or_else(|| bug("the primary destination is not in a repository"))
}
