//! The logs of a run: GitHub answers with a link to a store of blobs, which knows no GitHub
//! credential and refuses whoever sends one. Sources: GitHub's REST API, "Download workflow run
//! attempt logs" (the link lives for a minute); Azure Blob Storage, "Create a service SAS".

use super::World;
use super::call::{Call, error, not_found};
use super::repos::Repo;
use crate::clock::rfc3339;
use crate::http::{Answer, Request};
use crate::random;
use jiff::{SignedDuration, Timestamp};

/// Where GitHub keeps logs, for clients that reach it by its own name.
const STORE: &str = "productionresultssa0.blob.core.windows.net";
/// The first part of a link's path.
const PATH: &str = "actions-results";

/// A link that was handed out.
#[derive(Clone)]
pub(super) struct Link {
    signature: String,
    until: Timestamp,
}

/// Whether a request is for the store, not for the API.
pub(super) fn is_for_store(request: &Request) -> bool {
    match request.host() {
        STORE => true,
        "api.github.com" => false,
        // On this machine both have one address.
        _ => request.path().first() == Some(&PATH),
    }
}

pub(super) fn answer(repo: &mut Repo, id: &str, attempt: &str, call: &Call) -> Answer {
    let name = repo.full_name();
    let attempt = attempt.parse::<u32>().ok();
    let run = id
        .parse()
        .ok()
        .and_then(|id: u64| repo.runs.get_mut(&id))
        .filter(|run| run.status == "completed");
    let Some((run, attempt)) =
        run.zip(attempt).filter(|(run, attempt)| (1..=run.attempt).contains(attempt))
    else {
        return not_found();
    };
    if !run.logs.contains_key(&attempt) {
        return error(410, "The logs for this run have expired and are no longer available.");
    }
    let (link, answer) = link(&format!("{name}/{id}/{attempt}/logs.zip"), call);
    run.link = Some(link);
    answer
}

/// A link to a file in the store, and the answer that hands it out.
pub(super) fn link(file: &str, call: &Call) -> (Link, Answer) {
    let path = format!("/{PATH}/{file}");
    // A signature is base64, so it has what an address must not have as it is.
    let link = Link {
        signature: format!("{}+/=", random::alphanumeric(41)),
        until: call.now + SignedDuration::from_secs(60),
    };
    let base = call.url("");
    let store = if base == "https://api.github.com" { format!("https://{STORE}") } else { base };
    let signature = link.signature.replace('+', "%2B").replace('/', "%2F").replace('=', "%3D");
    let location =
        format!("{store}{path}?se={}&sig={signature}&sp=r&sv=2025-11-05", rfc3339(link.until));
    (link, Answer::empty(302).with("location", location))
}

/// What the store answers at a link.
pub(super) fn blob(world: &World, call: &Call) -> Answer {
    let refuse = |status, code: &str| {
        let text =
            format!("<?xml version=\"1.0\" encoding=\"utf-8\"?><Error><Code>{code}</Code></Error>");
        Answer::text(status, "application/xml", &text)
    };
    if call.request.header("authorization").is_some() {
        return refuse(400, "InvalidAuthenticationInfo");
    }
    let found = match call.request.path()[..] {
        [PATH, owner, name, id, attempt, "logs.zip"] => {
            let repo = world.repo(&format!("{owner}/{name}"));
            let run = repo.and_then(|repo| repo.runs.get(&id.parse().ok()?));
            run.and_then(|run| Some((run.link.as_ref()?, run.logs.get(&attempt.parse().ok()?)?)))
        }
        [PATH, owner, name, "artifacts", id] => {
            let (repo, id) = (world.repo(&format!("{owner}/{name}")), id.parse().ok());
            let one = repo.and_then(|repo| repo.artifacts.iter().find(|one| Some(one.id) == id));
            one.and_then(|one| Some((one.link.as_ref()?, &one.zip)))
        }
        _ => None,
    };
    let Some((link, logs)) = found else { return refuse(404, "BlobNotFound") };
    if call.request.query("sig") != Some(&link.signature) || call.now > link.until {
        return refuse(403, "AuthenticationFailed");
    }
    let mut answer = Answer::empty(200).with("content-type", "application/zip");
    answer.body.clone_from(logs);
    answer
}
