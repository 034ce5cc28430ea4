//! Which commits the event of this run names as new, and compared to what. Reads only the payload:
//! no git, no I/O. If a payload is ambiguous, more commits count as new, never fewer.

use serde_json::Value;

use crate::domain::event::{Base, Brings, Event};

/// Reads `GITHUB_EVENT_NAME`, `GITHUB_SHA` and the text of the file `GITHUB_EVENT_PATH`.
///
/// # Errors
/// What is missing in the payload.
pub fn event(name: &str, commit: &str, payload: &[u8]) -> Result<Event, String> {
    let payload: Value =
        serde_json::from_slice(payload).map_err(|_| "it is not JSON".to_owned())?;
    let (brings, refs) = match name {
        "pull_request"
        | "pull_request_target"
        | "pull_request_review"
        | "pull_request_review_comment" => pull_request(&payload)?,
        "merge_group" => merge_group(&payload)?,
        "push" => push(&payload)?,
        _ => (Brings::Everything, Vec::new()),
    };
    Ok(Event {
        name: name.to_owned(),
        brings,
        commit: is_id(commit).then(|| commit.to_ascii_lowercase()),
        refs,
        texts: texts(&payload),
    })
}

/// Where people write into an event, and what the place is called.
const TEXTS: [(&str, &str); 4] = [
    ("/pull_request/title", "<pull request title>"),
    ("/pull_request/body", "<pull request body>"),
    ("/review/body", "<review>"),
    ("/comment/body", "<comment>"),
];

fn texts(payload: &Value) -> Vec<(&'static str, String)> {
    let text = |pointer: &str| payload.pointer(pointer).and_then(Value::as_str);
    TEXTS
        .into_iter()
        .filter_map(|(pointer, name)| Some((name, text(pointer)?.to_owned())))
        .collect()
}

fn pull_request(payload: &Value) -> Result<(Brings, Vec<String>), String> {
    let commits = payload.pointer("/pull_request/commits").and_then(Value::as_u64).unwrap_or(0);
    let (default, into) =
        (default(payload), payload.pointer("/pull_request/base/ref").and_then(Value::as_str));
    let (head, base) = (
        id(payload, "/pull_request/head/sha")?,
        Base::Commit(id(payload, "/pull_request/base/sha")?),
    );
    // The author of a pull request may have written its base branch, which was never scanned.
    let bases = if default.is_some() && default == into {
        vec![base]
    } else {
        default.map(branch).into_iter().collect()
    };
    let brings = Brings::Commits {
        head,
        bases,
        or_everything: false,
        about: u32::try_from(commits).unwrap_or(u32::MAX),
    };
    let branch = payload.pointer("/pull_request/head/ref").and_then(Value::as_str);
    Ok((brings, branch.map(in_full).into_iter().collect()))
}

fn merge_group(payload: &Value) -> Result<(Brings, Vec<String>), String> {
    // `base_sha` can be an earlier pull request in the queue. The branch itself has only merged
    // changes.
    let into = payload
        .pointer("/merge_group/base_ref")
        .and_then(Value::as_str)
        .and_then(|name| name.strip_prefix("refs/heads/"));
    let brings = Brings::Commits {
        head: id(payload, "/merge_group/head_sha")?,
        bases: vec![into.map(branch).ok_or("`merge_group.base_ref` is missing or not a branch")?],
        or_everything: false,
        about: 0,
    };
    Ok((brings, Vec::new()))
}

fn push(payload: &Value) -> Result<(Brings, Vec<String>), String> {
    let (before, after) = (id(payload, "/before")?, id(payload, "/after")?);
    let pushed = payload.pointer("/ref").and_then(Value::as_str).ok_or("`ref` is missing")?;
    if is_zero(&after) {
        return Ok((Brings::Nothing, Vec::new()));
    }
    // Earlier commits of the branch may never have been scanned: a message can skip a run, and the
    // next push can cancel it. Only the default branch has nothing else to compare with.
    let bases = match default(payload).filter(|default| in_full(default) != pushed) {
        Some(default) => vec![branch(default)],
        None if is_zero(&before) => Vec::new(),
        None => vec![Base::Commit(before)],
    };
    let about = payload.pointer("/commits").and_then(Value::as_array).map_or(0, Vec::len);
    let brings = Brings::Commits {
        head: after,
        bases,
        or_everything: true,
        about: u32::try_from(about).unwrap_or(u32::MAX),
    };
    Ok((brings, vec![pushed.to_owned()]))
}

fn default(payload: &Value) -> Option<&str> {
    payload
        .pointer("/repository/default_branch")
        .and_then(Value::as_str)
        .filter(|name| !name.is_empty())
}

fn branch(name: &str) -> Base {
    Base::Branch(name.to_owned())
}

fn in_full(branch: &str) -> String {
    format!("refs/heads/{branch}")
}

fn id(payload: &Value, pointer: &str) -> Result<String, String> {
    let text = payload.pointer(pointer).and_then(Value::as_str).unwrap_or_default();
    if is_id(text) {
        Ok(text.to_ascii_lowercase())
    } else {
        Err(format!("`{}` is missing or not a commit id", pointer[1..].replace('/', ".")))
    }
}

fn is_id(text: &str) -> bool {
    matches!(text.len(), 40 | 64) && text.bytes().all(|b| b.is_ascii_hexdigit())
}

fn is_zero(id: &str) -> bool {
    id.bytes().all(|b| b == b'0')
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn read(name: &str, payload: &Value) -> Result<Event, String> {
        event(name, "", payload.to_string().as_bytes())
    }

    fn of(digit: char) -> String {
        digit.to_string().repeat(40)
    }

    #[test]
    fn a_pull_request_is_its_head_without_the_default_branch() {
        let pull = |base: &str| json!({"commits": 3, "base": {"sha": of('a'), "ref": base}, "head": {"sha": of('b'), "ref": "fix"}});
        let repository = json!({"default_branch": "main"});
        for name in ["pull_request", "pull_request_target"] {
            for (base, bases) in [
                ("main", Base::Commit(of('a'))),
                ("theirs", branch("main")),
                ("Main", branch("main")),
            ] {
                let event =
                    read(name, &json!({"pull_request": pull(base), "repository": repository}))
                        .unwrap();
                assert_eq!(event.refs, ["refs/heads/fix"]);
                assert_eq!(
                    event.brings,
                    Brings::Commits {
                        head: of('b'),
                        bases: vec![bases],
                        or_everything: false,
                        about: 3
                    }
                );
            }
            let open = read(name, &json!({"pull_request": pull("main")})).unwrap();
            assert_eq!(
                open.brings,
                Brings::Commits { head: of('b'), bases: vec![], or_everything: false, about: 3 }
            );
        }
        assert_eq!(
            read("pull_request", &json!({})),
            Err("`pull_request.head.sha` is missing or not a commit id".to_owned())
        );
    }

    #[test]
    fn what_people_wrote_is_a_part_of_the_event() {
        let pull = json!({"pull_request": {"title": "T", "body": null, "head": {"sha": of('b')}, "base": {"sha": of('a')}}, "comment": {"body": "C"}});
        let texts = read("pull_request_review_comment", &pull).unwrap().texts;
        assert_eq!(
            texts,
            [("<pull request title>", "T".to_owned()), ("<comment>", "C".to_owned())]
        );
    }

    #[test]
    fn the_commit_of_the_run_is_an_id_or_none() {
        for (said, commit) in
            [(of('C'), Some(of('c'))), (String::new(), None), ("--all".to_owned(), None)]
        {
            assert_eq!(event("schedule", &said, b"{}").unwrap().commit, commit);
        }
    }

    #[test]
    fn a_merge_queue_is_compared_to_the_branch_and_not_to_what_waits_before_it() {
        let group = |base: &str| json!({"merge_group": {"head_sha": of('b'), "base_sha": of('a'), "base_ref": base}});
        assert!(read("merge_group", &group("main")).is_err());
        let event = read("merge_group", &group("refs/heads/main")).unwrap();
        let bases = vec![branch("main")];
        assert_eq!(
            event.brings,
            Brings::Commits { head: of('b'), bases, or_everything: false, about: 0 }
        );
    }

    #[test]
    fn a_push_is_compared_to_the_default_branch_which_is_compared_to_itself() {
        let push = |before: char, after: char, name: &str| {
            let payload = json!({"before": of(before), "after": of(after), "ref": name, "repository": {"default_branch": "main"}, "commits": [{}]});
            match read("push", &payload).unwrap().brings {
                Brings::Commits { head, bases, or_everything: true, about: 1 } => {
                    Some((head, bases))
                }
                _ => None,
            }
        };
        let (a, main) = (Base::Commit(of('a')), Base::Branch("main".to_owned()));
        assert_eq!(push('a', 'b', "refs/heads/main"), Some((of('b'), vec![a])));
        assert_eq!(push('a', 'b', "refs/heads/fix"), Some((of('b'), vec![main.clone()])));
        assert_eq!(push('0', 'b', "refs/heads/fix"), Some((of('b'), vec![main.clone()])));
        assert_eq!(push('0', 'b', "refs/heads/main"), Some((of('b'), vec![])));
        assert_eq!(push('0', 'b', "refs/tags/v1"), Some((of('b'), vec![main])));
        assert_eq!(push('a', '0', "refs/heads/fix"), None);
    }

    #[test]
    fn other_events_are_about_everything_and_a_broken_payload_is_refused() {
        for name in ["schedule", "workflow_dispatch", "release"] {
            assert_eq!(read(name, &json!({})).unwrap().brings, Brings::Everything);
        }
        assert!(event("push", "", b"{").is_err());
        assert!(
            read("push", &json!({"before": "--all", "after": of('b'), "ref": "refs/heads/x"}))
                .is_err()
        );
    }
}
