//! `plan --matrix`: splits the tokens across the jobs of one workflow, as a GitHub Actions matrix.
//! Made from the config alone, so the job that prints it needs no secret.

use serde::Serialize;

use super::problems;
use crate::config::TokenConfig;
use crate::domain::{Place, Problem};

/// The largest number of jobs in a matrix. Source: GitHub's "Actions limits".
const MOST_JOBS: usize = 256;
/// The largest number of writes to GitHub per job: the limit of one hour, because an App's token
/// expires after that. Source: GitHub's "Rate limits for the REST API", less a margin for retries.
const WRITES_A_JOB: usize = 400;
/// What a token's rotation writes besides its secrets: four records of the journal, two writes
/// each.
const RECORDS: usize = 8;

/// A matrix, as `strategy.matrix` takes it.
#[derive(Debug, PartialEq, Eq, Serialize)]
pub(super) struct Matrix {
    include: Vec<MatrixJob>,
}

/// One job of it.
#[derive(Debug, Default, PartialEq, Eq, Serialize)]
struct MatrixJob {
    /// From 1.
    job: usize,
    /// The names for `tokenward rotate`, with a space between.
    tokens: String,
    /// The environment whose secrets the job needs; empty for those of the repository.
    environment: String,
    #[serde(skip)]
    writes: usize,
}

/// Splits tokens over jobs. A job receives the secrets of one environment only, so each environment
/// has jobs of its own.
pub(super) fn matrix(tokens: &[&TokenConfig]) -> Result<Matrix, Problem> {
    let groups = groups(tokens);
    let all: usize = groups.iter().map(|group| group.writes).sum();
    let mut most = WRITES_A_JOB;
    loop {
        let include = fill(&groups, most);
        if include.len() <= MOST_JOBS {
            return Ok(Matrix { include });
        }
        // One job per environment is still too many.
        if most >= all {
            return Err(problems::arguments::too_many_environments(include.len(), MOST_JOBS));
        }
        most = most.saturating_mul(2);
    }
}

/// Tokens that have to be in one job, with their environment and what they write.
struct Group {
    environment: String,
    stagger: Option<String>,
    names: Vec<String>,
    writes: usize,
}

/// Tokens of one `stagger` group go together, unless they are in different environments.
fn groups(tokens: &[&TokenConfig]) -> Vec<Group> {
    let mut groups: Vec<Group> = Vec::new();
    for token in tokens {
        let environment = match token.primary().map(|primary| &primary.place) {
            Some(Place::Environment { environment, .. }) => environment.clone(),
            _ => String::new(),
        };
        let (name, writes) = (token.name.to_string(), RECORDS + token.destinations.len());
        let mates = groups.iter_mut().find(|group| {
            group.stagger.is_some()
                && group.stagger == token.stagger
                && group.environment == environment
        });
        if let Some(group) = mates {
            group.names.push(name);
            group.writes += writes;
        } else {
            groups.push(Group {
                environment,
                stagger: token.stagger.clone(),
                names: vec![name],
                writes,
            });
        }
    }
    groups
}

/// Puts each group into the first job of its environment that has room for it.
fn fill(groups: &[Group], most: usize) -> Vec<MatrixJob> {
    let mut jobs: Vec<MatrixJob> = Vec::new();
    for group in groups {
        let names = group.names.join(" ");
        let room = jobs
            .iter_mut()
            .find(|job| job.environment == group.environment && job.writes + group.writes <= most);
        if let Some(job) = room {
            job.tokens = format!("{} {names}", job.tokens);
            job.writes += group.writes;
        } else {
            jobs.push(MatrixJob {
                job: jobs.len() + 1,
                tokens: names,
                environment: group.environment.clone(),
                writes: group.writes,
            });
        }
    }
    jobs
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;
    use crate::config::{Config, Context, load};

    fn config(
        tokens: usize,
        destinations: usize,
        environment: impl Fn(usize) -> Option<String>,
    ) -> Config {
        let mut text = String::from("version: 1\ntokens:\n");
        for token in 0..tokens {
            let environment =
                environment(token).map(|name| format!(", environment: {name}")).unwrap_or_default();
            text += &format!(
                "  t{token}:\n    provider: sendgrid\n    value: env:T{token}\n    destinations:\n"
            );
            text += &format!("      - {{github: acme/site, secret: T{token}{environment}}}\n");
            for other in 1..destinations {
                text += &format!("      - {{github: acme/r{other}, secret: T{token}}}\n");
            }
        }
        let context = Context { looks_like_token: &|_| Vec::new(), known_providers: &["sendgrid"] };
        load(Path::new("tokenward.yml"), &text, &context).unwrap()
    }

    fn split(config: &Config) -> Result<Vec<MatrixJob>, Problem> {
        let tokens: Vec<&TokenConfig> = config.tokens.iter().collect();
        matrix(&tokens).map(|matrix| matrix.include)
    }

    #[test]
    fn a_small_fleet_is_one_job_and_one_line() {
        let config = config(3, 2, |_| None);
        let tokens: Vec<&TokenConfig> = config.tokens.iter().collect();
        let text = serde_json::to_string(&matrix(&tokens).unwrap()).unwrap();
        assert_eq!(text, r#"{"include":[{"job":1,"tokens":"t0 t1 t2","environment":""}]}"#);
    }

    #[test]
    fn each_environment_has_jobs_of_its_own_and_no_token_is_lost() {
        let jobs = split(&config(6, 1, |token| (token % 2 == 1).then(|| "production".to_owned())))
            .unwrap();
        let said: Vec<(&str, &str)> =
            jobs.iter().map(|job| (job.tokens.as_str(), job.environment.as_str())).collect();
        assert_eq!(said, [("t0 t2 t4", ""), ("t1 t3 t5", "production")]);
    }

    #[test]
    fn tokens_that_are_kept_apart_in_time_are_in_one_job() {
        let mut config = config(100, 12, |_| None);
        for index in [3, 50, 99] {
            config.tokens[index].stagger = Some("shop".to_owned());
        }
        let jobs = split(&config).unwrap();
        let with = |name: &str| {
            jobs.iter()
                .find(|job| job.tokens.split(' ').any(|token| token == name))
                .map(|job| job.job)
        };
        assert_eq!((with("t3"), with("t99")), (with("t50"), with("t50")));
    }

    #[test]
    fn a_job_is_given_what_an_hour_takes() {
        let jobs = split(&config(100, 12, |_| None)).unwrap();
        assert_eq!(jobs.len(), 5);
        assert!(jobs.iter().all(|job| job.writes <= WRITES_A_JOB));
    }

    #[test]
    fn there_are_never_more_jobs_than_a_matrix_takes() {
        let mut large = config(1, 390, |_| None);
        large.tokens = (0..600).map(|_| large.tokens[0].clone()).collect();
        let jobs = split(&large).unwrap();
        assert_eq!(
            (jobs.len(), jobs.iter().map(|job| job.tokens.split(' ').count()).sum::<usize>()),
            (150, 600)
        );
        assert!(split(&config(257, 1, |token| Some(format!("e{token}")))).is_err());
    }
}
