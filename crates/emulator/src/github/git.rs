//! The Git Database API: blobs, trees, commits, refs, and the list of commits.
//! Refs are compare-and-swap: creating one that exists and moving one sideways are both refused.

use super::call::{Call, error, not_found};
use super::git_objects::{Commit, Entry, Object, Person};
use super::people;
use super::repos::Repo;
use super::rules;
use crate::clock::rfc3339;
use crate::http::Answer;
use base64::{Engine, engine::general_purpose::STANDARD};
use jiff::Timestamp;
use serde_json::{Value, json};

pub(super) fn answer(repo: &mut Repo, rest: &[&str], call: &Call) -> Answer {
    if repo.refs.is_empty() {
        return error(409, "Git Repository is empty.");
    }
    let done = match (call.method(), rest) {
        ("POST", ["blobs"]) => create_blob(repo, call),
        ("POST", ["trees"]) => create_tree(repo, call),
        ("POST", ["commits"]) => create_commit(repo, call),
        ("POST", ["refs"]) => create_ref(repo, call),
        ("PATCH", ["refs", name @ ..]) => {
            update_ref(repo, &format!("refs/{}", name.join("/")), call)
        }
        ("DELETE", ["refs", name @ ..]) => {
            match repo.refs.remove(&format!("refs/{}", name.join("/"))) {
                Some(_) => Ok(Answer::empty(204)),
                None => Err(error(422, "Reference does not exist")),
            }
        }
        ("GET", ["ref", name @ ..]) => {
            let name = format!("refs/{}", name.join("/"));
            let sha = repo.refs.get(&name).ok_or_else(not_found);
            sha.map(|sha| Answer::json(200, &describe_ref(repo, &name, sha, call)))
        }
        ("GET", ["blobs", sha]) => blob(repo, sha, call),
        ("GET", ["trees", sha]) => tree(repo, sha, call).map(|tree| Answer::json(200, &tree)),
        ("GET", ["commits", sha]) => {
            let commit = repo.objects.commit(sha).ok_or_else(not_found);
            commit.map(|commit| Answer::json(200, &describe_commit(repo, sha, commit, call)))
        }
        _ => Err(not_found()),
    };
    done.unwrap_or_else(|refused| refused)
}

/// `GET /repos/{o}/{r}/commits`: the first parents of a commit, branch or ref, newest first.
pub(super) fn history(repo: &Repo, call: &Call) -> Answer {
    if repo.refs.is_empty() {
        return error(409, "Git Repository is empty.");
    }
    if !call.request.is_read() {
        return not_found();
    }
    let from = call.request.query("sha").filter(|sha| !sha.is_empty()).unwrap_or("main");
    let spelled = [from.to_owned(), format!("refs/{from}"), format!("refs/heads/{from}")];
    let named = spelled.iter().find_map(|name| repo.refs.get(name));
    let sha = named.cloned().unwrap_or_else(|| from.to_owned());
    if repo.objects.commit(&sha).is_none() {
        return not_found();
    }
    let line = repo.objects.first_parents(&sha);
    call.list(line.iter().map(|(sha, commit)| list_commit(repo, sha, commit, call)).collect())
}

fn create_blob(repo: &mut Repo, call: &Call) -> Result<Answer, Answer> {
    let body = call.body()?;
    let content = body["content"].as_str().ok_or_else(|| invalid("content"))?;
    let bytes = match body["encoding"].as_str() {
        Some("base64") => {
            STANDARD.decode(content.replace('\n', "")).map_err(|_| invalid("content"))?
        }
        _ => content.as_bytes().to_vec(),
    };
    let sha = repo.objects.add(Object::Blob(bytes));
    let url = repo.url(call, &format!("/git/blobs/{sha}"));
    Ok(Answer::json(201, &json!({"sha": sha, "url": url})))
}

fn blob(repo: &Repo, sha: &str, call: &Call) -> Result<Answer, Answer> {
    let Some(Object::Blob(bytes)) = repo.objects.get(sha) else {
        return Err(not_found());
    };
    let body = json!({
        "sha": sha,
        "node_id": format!("B_{sha}"),
        "size": bytes.len(),
        "url": repo.url(call, &format!("/git/blobs/{sha}")),
        "content": STANDARD.encode(bytes),
        "encoding": "base64",
    });
    Ok(Answer::json(200, &body))
}

fn create_tree(repo: &mut Repo, call: &Call) -> Result<Answer, Answer> {
    let body = call.body()?;
    let mut entries: Vec<Entry> = match body["base_tree"].as_str() {
        Some(base) => repo
            .objects
            .tree(base)
            .ok_or_else(|| error(422, "tree.base_tree is not a valid tree"))?
            .to_vec(),
        None => Vec::new(),
    };
    for item in body["tree"].as_array().ok_or_else(|| invalid("tree"))? {
        let path = item["path"].as_str().ok_or_else(|| invalid("tree.path"))?.to_owned();
        entries.retain(|known| known.path != path);
        // A null sha removes the path from the base tree.
        if item["sha"].is_null() && item["content"].is_null() {
            continue;
        }
        let mode = item["mode"].as_str().unwrap_or("100644").to_owned();
        let sha = match (item["content"].as_str(), item["sha"].as_str()) {
            (Some(content), _) => repo.objects.add(Object::Blob(content.as_bytes().to_vec())),
            (None, Some(sha)) if repo.objects.get(sha).is_some() => sha.to_owned(),
            _ => {
                return Err(error(422, &format!("tree.sha {} is not a valid blob", item["sha"])));
            }
        };
        entries.push(Entry { path, mode, sha });
    }
    let sha = repo.objects.add(Object::Tree(entries));
    Ok(Answer::json(201, &tree(repo, &sha, call)?))
}

fn tree(repo: &Repo, sha: &str, call: &Call) -> Result<Value, Answer> {
    // GitHub takes a commit's id here too.
    let sha = repo.objects.commit(sha).map_or(sha, |commit| commit.tree.as_str());
    let entries = repo.objects.tree(sha).ok_or_else(not_found)?;
    let described: Vec<Value> = entries
        .iter()
        .map(|e| {
            let kind = repo.objects.get(&e.sha).map_or("blob", Object::kind);
            let url = repo.url(call, &format!("/git/{kind}s/{}", e.sha));
            json!({"path": e.path, "mode": e.mode, "type": kind, "sha": e.sha, "url": url})
        })
        .collect();
    Ok(
        json!({"sha": sha, "url": repo.url(call, &format!("/git/trees/{sha}")), "tree": described, "truncated": false}),
    )
}

fn create_commit(repo: &mut Repo, call: &Call) -> Result<Answer, Answer> {
    let body = call.body()?;
    let message = body["message"].as_str().ok_or_else(|| invalid("message"))?.to_owned();
    let tree = body["tree"].as_str().ok_or_else(|| invalid("tree"))?.to_owned();
    if repo.objects.tree(&tree).is_none() {
        return Err(error(422, "Tree SHA does not exist"));
    }
    let mut parents = Vec::new();
    for parent in body["parents"].as_array().into_iter().flatten() {
        let known = parent.as_str().filter(|sha| repo.objects.commit(sha).is_some());
        parents.push(
            known
                .ok_or_else(|| error(422, "Parent SHA does not exist or is not a commit object"))?
                .to_owned(),
        );
    }
    let bot = Person {
        name: people::BOT.0.to_owned(),
        email: "bot@users.noreply.github.com".to_owned(),
        at: call.now.as_second(),
    };
    let author = person(&body["author"]).unwrap_or(bot);
    let committer = person(&body["committer"]).unwrap_or_else(|| author.clone());
    let commit = Commit { message, tree, parents, author, committer };
    let sha = repo.objects.add(Object::Commit(commit.clone()));
    Ok(Answer::json(201, &describe_commit(repo, &sha, &commit, call)))
}

fn person(given: &Value) -> Option<Person> {
    let date = given["date"].as_str().and_then(|date| date.parse::<Timestamp>().ok());
    Some(Person {
        name: given["name"].as_str()?.to_owned(),
        email: given["email"].as_str()?.to_owned(),
        at: date?.as_second(),
    })
}

fn create_ref(repo: &mut Repo, call: &Call) -> Result<Answer, Answer> {
    let body = call.body()?;
    let name = body["ref"].as_str().ok_or_else(|| invalid("ref"))?.to_owned();
    let sha = body["sha"].as_str().ok_or_else(|| invalid("sha"))?.to_owned();
    if !name.starts_with("refs/") || name.matches('/').count() < 2 || name.ends_with('/') {
        return Err(error(
            422,
            "Reference name must start with 'refs' and have at least two slashes.",
        ));
    }
    if repo.objects.get(&sha).is_none() {
        return Err(error(422, "Object does not exist"));
    }
    if repo.refs.contains_key(&name) {
        return Err(error(422, "Reference already exists"));
    }
    if let Some(refused) = rules::refused(repo, &name, true) {
        return Err(refused);
    }
    repo.refs.insert(name.clone(), sha.clone());
    Ok(Answer::json(201, &describe_ref(repo, &name, &sha, call)))
}

fn update_ref(repo: &mut Repo, name: &str, call: &Call) -> Result<Answer, Answer> {
    let body = call.body()?;
    let sha = body["sha"].as_str().ok_or_else(|| invalid("sha"))?.to_owned();
    let current = repo.refs.get(name).ok_or_else(|| error(422, "Reference does not exist"))?;
    if repo.objects.get(&sha).is_none() {
        return Err(error(422, "Object does not exist"));
    }
    if body["force"] != json!(true) && !repo.objects.descends_from(&sha, current) {
        return Err(error(422, "Update is not a fast forward"));
    }
    if let Some(refused) = rules::refused(repo, name, false) {
        return Err(refused);
    }
    repo.refs.insert(name.to_owned(), sha.clone());
    Ok(Answer::json(200, &describe_ref(repo, name, &sha, call)))
}

fn invalid(field: &str) -> Answer {
    error(422, &format!("Invalid request.\n\n\"{field}\" wasn't supplied."))
}

fn describe_ref(repo: &Repo, name: &str, sha: &str, call: &Call) -> Value {
    let kind = repo.objects.get(sha).map_or("commit", Object::kind);
    json!({
        "ref": name,
        "node_id": format!("REF_{}_{}", repo.id, name.replace('/', "_")),
        "url": repo.url(call, &format!("/git/{name}")),
        "object": {"type": kind, "sha": sha, "url": repo.url(call, &format!("/git/{kind}s/{sha}"))},
    })
}

fn when(at: i64) -> String {
    Timestamp::from_second(at).map(rfc3339).unwrap_or_default()
}

fn signature(by: &Person) -> Value {
    json!({"name": by.name, "email": by.email, "date": when(by.at)})
}

fn unsigned() -> Value {
    json!({"verified": false, "reason": "unsigned", "signature": null, "payload": null, "verified_at": null})
}

fn parents(repo: &Repo, commit: &Commit, under: &str, call: &Call) -> Vec<Value> {
    let web = format!("https://github.com/{}/commit", repo.full_name());
    let one = |sha: &String| json!({"sha": sha, "url": repo.url(call, &format!("{under}/{sha}")), "html_url": format!("{web}/{sha}")});
    commit.parents.iter().map(one).collect()
}

fn describe_commit(repo: &Repo, sha: &str, commit: &Commit, call: &Call) -> Value {
    json!({
        "sha": sha,
        "node_id": format!("C_{sha}"),
        "url": repo.url(call, &format!("/git/commits/{sha}")),
        "html_url": format!("https://github.com/{}/commit/{sha}", repo.full_name()),
        "author": signature(&commit.author),
        "committer": signature(&commit.committer),
        "tree": {"sha": commit.tree, "url": repo.url(call, &format!("/git/trees/{}", commit.tree))},
        "message": commit.message,
        "parents": parents(repo, commit, "/git/commits", call),
        "verification": unsigned(),
    })
}

/// The form commits take in the list of commits.
fn list_commit(repo: &Repo, sha: &str, commit: &Commit, call: &Call) -> Value {
    json!({
        "sha": sha,
        "node_id": format!("C_{sha}"),
        "url": repo.url(call, &format!("/commits/{sha}")),
        "html_url": format!("https://github.com/{}/commit/{sha}", repo.full_name()),
        "comments_url": repo.url(call, &format!("/commits/{sha}/comments")),
        "commit": {
            "url": repo.url(call, &format!("/git/commits/{sha}")),
            "author": signature(&commit.author),
            "committer": signature(&commit.committer),
            "message": commit.message,
            "comment_count": 0,
            "tree": {"sha": commit.tree, "url": repo.url(call, &format!("/git/trees/{}", commit.tree))},
            "verification": unsigned(),
        },
        "author": people::bot(call),
        "committer": people::bot(call),
        "parents": parents(repo, commit, "/commits", call),
    })
}
