//! The jobs of a run, for `plan` and `rotate`: one for each selected token, or one for the token
//! that leaked.

use super::args::Asked;
use super::leaked;
use super::opened::Opened;
use super::session::Session;
use crate::config::TokenConfig;
use crate::domain::Problem;
use crate::domain::lifecycle::Why;
use crate::rotation::Job;

pub(super) async fn jobs<'t>(
    session: &'t Session<'_>,
    opened: &Opened<'_>,
    selected: Vec<&'t TokenConfig>,
    why: Option<Why>,
    asked: Option<&Asked>,
) -> Result<Vec<Job<'t>>, Problem> {
    let leaked = match asked {
        Some(asked) => {
            leaked::find(session, &selected, asked, opened.ledger, opened.writer).await?
        }
        None => None,
    };
    let mut jobs = match leaked {
        Some(leaked) => vec![leaked.job(session)?],
        None => selected
            .into_iter()
            .map(|token| session.job(token, why.clone(), None))
            .collect::<Result<Vec<_>, _>>()?,
    };
    let revoke_first = asked.is_some_and(|asked| asked.revoke_first);
    for job in &mut jobs {
        job.request.revoke_first = revoke_first;
    }
    Ok(jobs)
}
