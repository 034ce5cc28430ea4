//! The logs of a run: GitHub answers with a link to a store of blobs, which knows no GitHub credential and refuses whoever sends one.
//! Sources: GitHub's REST API, "Download workflow run logs" (the link lives for a minute); Azure Blob Storage, "Create a service SAS".

use super::World;
use super::call::{Call, error, not_found};
use super::repos::Repo;
use crate::clock::rfc3339;
use crate::http::Answer;
use crate::random;
use jiff::{SignedDuration, Timestamp};

/// Where GitHub keeps logs, for clients that reach it by its own name.
const STORE: &str = "https://productionresultssa0.blob.core.windows.net";
/// The first part of a link's path.
pub(super) const PATH: &str = "actions-results";

/// A link that was handed out.
#[derive(Clone)]
pub(super) struct Link {
    signature: String,
    until: Timestamp,
}

pub(super) fn answer(repo: &mut Repo, id: &str, call: &Call) -> Answer {
    let path = format!("/{PATH}/{}/{id}/logs.zip", repo.full_name());
    let Some(run) = id.parse().ok().and_then(|id: u64| repo.runs.get_mut(&id)).filter(|run| run.status == "completed") else {
        return not_found();
    };
    if run.logs.is_none() {
        return error(410, "The logs for this run have expired and are no longer available.");
    }
    let link = Link { signature: random::hex(43), until: call.now + SignedDuration::from_secs(60) };
    let base = call.url("");
    let store = if base == "https://api.github.com" { STORE } else { base.as_str() };
    let location = format!("{store}{path}?se={}&sig={}&sp=r&sv=2025-11-05", rfc3339(link.until), link.signature);
    run.link = Some(link);
    Answer::empty(302).with("location", location)
}

/// What the store answers at a link.
pub(super) fn blob(world: &World, call: &Call) -> Answer {
    let refuse = |status, code: &str| {
        let text = format!("<?xml version=\"1.0\" encoding=\"utf-8\"?><Error><Code>{code}</Code></Error>");
        Answer::text(status, "application/xml", &text)
    };
    if call.request.header("authorization").is_some() {
        return refuse(400, "InvalidAuthenticationInfo");
    }
    let [_, owner, name, id, "logs.zip"] = call.request.path()[..] else { return refuse(404, "BlobNotFound") };
    let run = world.repo(&format!("{owner}/{name}")).and_then(|repo| repo.runs.get(&id.parse().ok()?));
    let Some((run, link)) = run.and_then(|run| Some((run, run.link.as_ref()?))) else { return refuse(404, "BlobNotFound") };
    if call.request.query("sig") != Some(&link.signature) || call.now > link.until {
        return refuse(403, "AuthenticationFailed");
    }
    let mut answer = Answer::empty(200).with("content-type", "application/zip");
    answer.body = run.logs.clone().unwrap_or_default();
    answer
}
