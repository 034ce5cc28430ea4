//! The journal in the hands of somebody who may write to the repository: its records are read,
//! changed, signed or not, and put in place.

use serde_json::{Value, json};
use tokenward::domain::Secret;
use tokenward::journal::{JournalKey, Record};
use tokenward_emulator::Service;

use super::{REPO, World};

/// The ref of the journal.
pub(crate) const REF: &str = "refs/tokenward/journal";

/// How a forged record is signed.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Signed<'k> {
    /// Not at all, on top of what is there.
    Not,
    /// With the key of somebody else, on top of what is there.
    With(&'k str),
    /// Not at all, and nothing stands under it.
    Alone,
}

/// The journal's commits, oldest first.
pub(crate) fn commits(world: &World, repo: &str) -> Vec<String> {
    let github = world.emulator.github();
    let mut next = github.ref_sha(repo, REF);
    let mut commits = Vec::new();
    while let Some(sha) = next {
        next = github.commit_parents(repo, &sha).into_iter().next();
        commits.push(sha);
    }
    commits.reverse();
    commits
}

/// The record in a commit.
pub(crate) fn record(world: &World, repo: &str, sha: &str) -> Value {
    let message = world.emulator.github().commit_message(repo, sha).unwrap();
    serde_json::from_str(message.lines().find(|line| line.starts_with('{')).unwrap()).unwrap()
}

/// The newest record.
pub(crate) fn newest(world: &World) -> Value {
    record(world, REPO, commits(world, REPO).last().unwrap())
}

/// Writes a commit of the journal as anybody may who has `contents: write`; gives its id.
pub(crate) async fn commit(
    world: &World,
    repo: &str,
    parent: Option<&str>,
    message: &str,
) -> String {
    let call = async |path: &str, body: Value| {
        let request =
            http::Request::post(format!("https://api.github.com/repos/{repo}/git/{path}"))
                .header("user-agent", "somebody")
                .header("authorization", format!("Bearer {}", world.env["TOKENWARD_GITHUB_TOKEN"]))
                .body(body.to_string().into_bytes())
                .unwrap();
        let answer = world.emulator.handle(Service::GitHub, request).await.unwrap();
        let answer: Value = serde_json::from_slice(answer.body()).unwrap();
        answer["sha"].as_str().unwrap().to_owned()
    };
    let file =
        json!({"path": "README.md", "mode": "100644", "type": "blob", "content": "a journal"});
    let tree = call("trees", json!({"tree": [file]})).await;
    let parents: Vec<&str> = parent.into_iter().collect();
    call("commits", json!({"message": message, "tree": tree, "parents": parents})).await
}

/// Puts a record on top of the journal, or in its place.
pub(crate) async fn put(world: &World, signed: Signed<'_>, mut forged: Value) {
    let all = commits(world, REPO);
    let last = record(world, REPO, all.last().unwrap());
    let record_of = forged.as_object_mut().unwrap();
    record_of.remove("mac");
    record_of.remove("after");
    if matches!(signed, Signed::Alone) {
        forged["full"] = true.into();
        forged["sequence"] = 1.into();
    } else {
        forged["sequence"] = (last["sequence"].as_u64().unwrap() + 1).into();
        if !last["mac"].is_null() {
            forged["after"] = last["mac"].clone();
        }
    }
    if let Signed::With(key) = signed {
        let key = JournalKey::parse(Secret::new(key.to_owned())).ok().unwrap();
        forged["mac"] = Record::parse(&forged.to_string()).ok().unwrap().mac_under(&key).into();
    }
    let parent = all.last().map(String::as_str).filter(|_| !matches!(signed, Signed::Alone));
    let forged = commit(world, REPO, parent, &format!("forged\n\n{forged}\n")).await;
    world.emulator.github().set_ref(REPO, REF, &forged);
}

/// Puts the newest record on top of the journal again, with other words about the token.
pub(crate) async fn forge(world: &World, signed: Signed<'_>, change: impl Fn(&mut Value)) {
    let mut forged = newest(world);
    change(&mut forged["tokens"]["sendgrid"]);
    put(world, signed, forged).await;
}
