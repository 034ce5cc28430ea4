//! Foreign text is cleaned before it reaches a terminal, a log, a comment, an issue or a page.

use std::fs;
use std::process::Command;
use std::sync::Arc;

use futures::FutureExt as _;
use futures::future::BoxFuture;
use http::{HeaderMap, HeaderValue};
use serde_json::json;
use tokenward::net::{Answer, Request, Transport, TransportError};
use tokenward_emulator::{Credential, CredentialKind};
use zeroize::Zeroizing;

use crate::support::{FOUR, InProcess, REPO, Ran, World};

/// What no output of ours may hold as it is: it moves a cursor, hides or turns text, or takes up
/// another form of command.
const SEQUENCES: [&str; 20] = [
    "\u{1b}[2J",
    "\u{1b}]8;;https://evil.example\u{7}",
    "\u{1b}]0;title\u{7}",
    "\u{1b}[8m",
    "\u{1b}P+q\u{1b}\\",
    "\u{9b}31m",
    "\u{9d}0;x\u{9c}",
    "\u{8}\u{8}\u{8}",
    "\u{b}",
    "\u{c}",
    "\u{7f}",
    "\u{202e}",
    "\u{2066}",
    "\u{200b}",
    "\u{200f}",
    "\u{2028}",
    "\u{2029}",
    "\u{85}",
    "\u{feff}",
    "\u{e0041}",
];

/// Names that are commands, mentions, references, Markdown or HTML.
const NAMES: [&str; 18] = [
    "@victim",
    "@acme-security",
    "#12",
    "GH-12",
    "fixes #1",
    "closes GH-7",
    "::error title=x::owned",
    "##[add-path]owned",
    "  ::set-output name=x::y",
    "`code`",
    "[click](evil)",
    "![x](evil)",
    "<img src=x onerror=alert(1)>",
    "a|b|c",
    "0123456789abcdef0123456789abcdef01234567",
    "www.evil.example",
    "**bold**",
    "<!-- tokenward: scan -->",
];

/// What GitHub reads once the entities of Markdown are read.
fn rendered(markdown: &str) -> String {
    let mut text = String::new();
    let mut rest = markdown;
    while let Some((before, entity)) = rest.split_once("&#") {
        text.push_str(before);
        let number = entity.split(';').next().unwrap_or_default();
        let c = number.parse().ok().and_then(char::from_u32);
        text.extend(c.or(Some('&')));
        rest =
            if c.is_some() { entity.get(number.len() + 1..).unwrap_or_default() } else { entity };
    }
    text + rest
}

/// Whether GitHub would notify somebody, or refer to something, in what it shows of this Markdown.
fn reaches_out(markdown: &str) -> Option<String> {
    let text: Vec<char> = rendered(markdown).chars().collect();
    let at = |at: usize| text.get(at).copied().unwrap_or(' ');
    for index in 0..text.len() {
        let rest: String = text.iter().skip(index).take(12).collect();
        let mention = at(index) == '@' && at(index + 1).is_ascii_alphanumeric();
        let issue = at(index) == '#'
            && at(index + 1).is_ascii_digit()
            && (index == 0 || at(index - 1) != '&');
        let named = rest.to_ascii_lowercase().starts_with("gh-") && at(index + 3).is_ascii_digit();
        let address = rest.starts_with("https://evil")
            || rest.starts_with("http://evil")
            || rest.starts_with("www.evil");
        let commit = (0..7).all(|n| at(index + n).is_ascii_hexdigit())
            && !(index > 0 && at(index - 1).is_ascii_alphanumeric());
        if mention || issue || named || address || commit {
            return Some(rest);
        }
    }
    None
}

/// The control: the text as it came does all of it.
#[test]
fn a17_the_plain_text_does_reach_out() {
    for name in ["@victim", "#12", "GH-12", "fixes #1", "www.evil.example", NAMES[14]] {
        assert!(reaches_out(&format!("| ❌ | {name} |")).is_some(), "{name}");
        // Entities alone do not stop it.
        let entities: String = name
            .chars()
            .map(|c| {
                if c.is_ascii_punctuation() {
                    format!("&#{};", u32::from(c))
                } else {
                    c.to_string()
                }
            })
            .collect();
        assert!(reaches_out(&entities).is_some(), "{name}");
    }
    assert_eq!(reaches_out("| ❌ | settings.py:3 | revoke it |"), None);
}

fn git(world: &World, arguments: &[&str]) -> String {
    let mut git = Command::new("git");
    git.args(["-c", "user.name=T", "-c", "user.email=t@example.com", "-c", "commit.gpgsign=false"])
        .args(arguments);
    let out = git.current_dir(&world.folder).env("GIT_CONFIG_GLOBAL", "/dev/null").output();
    out.map(|out| String::from_utf8_lossy(&out.stdout).trim().to_owned()).unwrap_or_default()
}

fn write(path: &std::path::Path, text: &str) -> bool {
    fs::write(path, text).is_ok()
}

/// A run of the Action about a pull request that brings files of hostile names, each with a token
/// in it.
async fn scanned(names: &[String]) -> (World, Ran, String, String) {
    let mut world = World::new(FOUR);
    // The runner's own files are outside of the workspace.
    let runner = world.folder.with_extension("runner");
    assert!(fs::create_dir_all(&runner).is_ok());
    let file = |name: &str| runner.join(name).display().to_string();
    let variables = [
        ("GITHUB_ACTIONS", "true".to_owned()),
        ("GITHUB_REPOSITORY", REPO.to_owned()),
        ("GITHUB_SERVER_URL", "https://github.com".to_owned()),
        ("GITHUB_RUN_ID", "4711".to_owned()),
        ("GITHUB_EVENT_NAME", "pull_request".to_owned()),
        ("GITHUB_EVENT_PATH", file("event.json")),
        ("GITHUB_WORKSPACE", world.folder.display().to_string()),
        ("GITHUB_OUTPUT", file("outputs.txt")),
        ("GITHUB_STEP_SUMMARY", file("summary.md")),
        ("RUNNER_TEMP", runner.display().to_string()),
        ("TOKENWARD_INPUT_COMMAND", "scan".to_owned()),
        ("TOKENWARD_INPUT_ARGS", ".".to_owned()),
    ];
    world.env.extend(variables.map(|(name, value)| (name.to_owned(), value)));
    let own = Credential::new(
        CredentialKind::ActionsToken,
        &[("contents", "read"), ("pull_requests", "write"), ("issues", "write")],
    )
    .on(&[REPO]);
    world.env.insert("GITHUB_TOKEN".to_owned(), world.emulator.github().add_credential(own));
    (0..7).for_each(|_| {
        world.emulator.github().open_issue(REPO, "a pull request");
    });
    git(&world, &["init", "--quiet", "--initial-branch=main"]);
    git(&world, &["add", ".github"]);
    git(&world, &["commit", "--quiet", "--message=base"]);
    let base = git(&world, &["rev-parse", "HEAD"]);
    let written = names
        .iter()
        .filter(|name| {
            write(&world.folder.join(name.replace('/', "_")), &format!("KEY={}\n", world.old))
        })
        .count();
    assert!(written > 0, "no file of such a name can be made here");
    git(&world, &["add", "."]);
    git(&world, &["commit", "--quiet", "--message=head"]);
    let head = git(&world, &["rev-parse", "HEAD"]);
    world.env.insert("GITHUB_SHA".to_owned(), head.clone());
    let event = json!({
        "repository": {"full_name": REPO},
        "pull_request": {"number": 7, "base": {"sha": base}, "head": {"sha": head, "repo": {"full_name": REPO}}},
    });
    assert!(write(&runner.join("event.json"), &event.to_string()));
    let ran = world.run(&["action"]).await.expect(11);
    let summary = fs::read_to_string(runner.join("summary.md")).unwrap_or_default();
    let comment = world
        .emulator
        .github()
        .issues(REPO)
        .into_iter()
        .filter(|issue| issue.number == 7)
        .flat_map(|issue| issue.comments)
        .collect::<String>();
    (world, ran, summary, comment)
}

/// A line that the runner would take for a command that is not ours. A line that begins with the
/// newer form it reads by that form alone.
fn foreign_command(text: &str) -> Option<&str> {
    let own = |line: &str| {
        ["::error file=", "::error title=", "::warning ", "::notice ", "::add-mask::"]
            .iter()
            .any(|own| line.starts_with(own))
    };
    text.split(['\n', '\r'])
        .map(str::trim_start)
        .find(|line| !own(line) && (line.starts_with("::") || line.contains("##[")))
}

#[cfg(unix)]
#[tokio::test(start_paused = true)]
async fn a17_no_file_name_mentions_refers_or_draws_in_the_summary_or_the_comment() {
    for name in NAMES {
        let (_, ran, summary, comment) =
            scanned(&[format!("{name}.py"), format!("a {name}")]).await;
        for (where_, text) in [("summary", &summary), ("comment", &comment)] {
            let rows: Vec<&str> = text.lines().filter(|line| line.starts_with("| ❌")).collect();
            assert_eq!(rows.len(), 2, "{where_}: {text}");
            for row in rows {
                // The link's address is ours, and percent-encoded.
                let label =
                    row.split("](https://github.com/acme/site/blob/").next().unwrap_or_default();
                assert_eq!(reaches_out(label), None, "{name} in the {where_}: {row}");
                assert_eq!(row.matches('|').count(), 5, "{row}");
                for sign in ["<img", "](evil", "![", "`code", "**bold", "<!--"] {
                    assert!(!row.contains(sign), "{sign}: {row}");
                }
                assert!(
                    row.contains("](https://github.com/acme/site/blob/"),
                    "the link of ours is gone: {row}"
                );
            }
        }
        assert_eq!(foreign_command(&ran.out), None, "{name}");
        assert_eq!(foreign_command(&ran.err), None, "{name}");
    }
}

#[cfg(unix)]
#[tokio::test(start_paused = true)]
async fn a15_no_file_name_moves_a_cursor_in_any_output() {
    let names: Vec<String> = SEQUENCES.iter().map(|sequence| format!("x{sequence}y.py")).collect();
    let (world, ran, summary, comment) = scanned(&names).await;
    let mut outputs =
        vec![("summary", summary), ("comment", comment), ("out", ran.out), ("err", ran.err)];
    for format in ["human", "json", "sarif", "junit", "github"] {
        let said = world.run(&["scan", "--explain", "--format", format]).await.expect(11);
        outputs.push((format, said.out + &said.err));
        world.run(&["scan", "--format", format, "--output", "report.txt"]).await.expect(11);
        outputs.push((
            "a report file",
            fs::read_to_string(world.folder.join("report.txt")).unwrap_or_default(),
        ));
    }
    for (name, text) in &outputs {
        assert!(text.contains("x"), "{name} is empty");
        for sequence in SEQUENCES {
            // Our own Markdown keeps signs apart with a character of no width.
            let own = sequence == "\u{200b}" && (*name == "summary" || *name == "comment");
            let raw = format!("x{sequence}");
            assert!(own || !text.contains(&raw), "{name}: {sequence:?}");
        }
    }
    // The control: the names do hold them, and JSON gives them back unharmed.
    let said = world.run(&["scan", "--format", "json"]).await.expect(11);
    let report: serde_json::Value = serde_json::from_str(&said.out).unwrap_or_default();
    let paths: Vec<&str> = report["findings"]
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(|finding| finding["path"].as_str())
        .collect();
    assert!(!paths.is_empty(), "{}", said.out);
}

/// Says something hostile wherever a provider's answer can hold a text.
struct Saying(InProcess, String, u16);

impl Transport for Saying {
    fn send(&self, request: Request) -> BoxFuture<'_, Result<Answer, TransportError>> {
        if request.host() == "api.github.com" {
            return self.0.send(request);
        }
        let said = &self.1;
        let body = json!({"message": said, "errors": [{"message": said}], "hubId": said, "scopes": [said], "name": said}).to_string();
        let mut headers = HeaderMap::new();
        headers.insert("content-type", HeaderValue::from_static("application/json"));
        headers.insert("date", HeaderValue::from_static("Tue, 24 Nov 2026 12:00:00 GMT"));
        let answer = Answer { status: self.2, headers, body: Zeroizing::new(body.into_bytes()) };
        async move { Ok(answer) }.boxed()
    }
}

#[tokio::test(start_paused = true)]
async fn a15_no_answer_of_a_provider_moves_a_cursor_or_is_a_command() {
    let commands =
        ["::error::owned", "no\n::error::owned", "no\r##[error]owned", "@victim", "fixes #1"]
            .map(str::to_owned);
    for said in SEQUENCES.chunks(5).map(|five| five.join("x")).chain(commands) {
        let mut world = World::new(FOUR);
        world.run(&["rotate"]).await.expect(0);
        world.pass(31 * 24);
        for (name, text) in [
            ("GITHUB_ACTIONS", "true"),
            ("GITHUB_REPOSITORY", REPO),
            ("GITHUB_RUN_ID", "1"),
            ("GITHUB_EVENT_NAME", "schedule"),
        ] {
            world.env.insert(name.to_owned(), text.to_owned());
        }
        for status in [200, 403] {
            world.transport =
                Some(Arc::new(Saying(world.in_process(), format!("no {said} access"), status)));
            for line in [
                vec!["rotate", "--allow-unprotected-ref"],
                vec!["check"],
                vec!["rotate", "--allow-unprotected-ref", "--format", "json"],
            ] {
                let ran = world.run(&line).await;
                let all = format!("{}{}", ran.out, ran.err);
                let raw = SEQUENCES.iter().find(|sequence| all.contains(**sequence));
                assert_eq!(raw, None, "{}", ran.all());
                assert_eq!(foreign_command(&all), None, "{said:?}: {}", ran.all());
            }
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a17_an_account_s_name_mentions_nobody_in_the_issue() {
    const CRM: &str = "\
version: 1
tokens:
  crm:
    provider: hubspot
    value: env:HUBSPOT_TOKEN
    rotate-every: 30d
    destinations: [{github: acme/site, secret: HUBSPOT_TOKEN}]
";
    for said in [
        "@victim",
        "#12",
        "GH-12",
        "/close",
        "<img src=x>",
        "a|b",
        "[x](https://evil.example)",
        "https://evil.example",
    ] {
        let mut world = World::new(CRM);
        let value = world.emulator.hubspot().add_token(&["crm.objects.contacts.read"], 7).value;
        world.env.insert("HUBSPOT_TOKEN".to_owned(), value.clone());
        world.emulator.github().put_secret(
            &tokenward_emulator::SecretPlace::Repo(REPO.to_owned()),
            "HUBSPOT_TOKEN",
            &value,
        );
        let own = Credential::new(
            CredentialKind::ActionsToken,
            &[("contents", "write"), ("actions", "read"), ("issues", "write")],
        )
        .on(&[REPO]);
        world.env.insert("GITHUB_TOKEN".to_owned(), world.emulator.github().add_credential(own));
        world.pass(1);
        world.transport = Some(Arc::new(Saying(world.in_process(), said.to_owned(), 200)));
        world.run(&["rotate"]).await.expect(0);
        world.pass(31 * 24);
        world.run(&["rotate"]).await.expect(0);
        let issues = world.emulator.github().issues(REPO);
        let account = issues
            .iter()
            .flat_map(|issue| issue.body.lines())
            .find(|line| line.starts_with("| Account |"))
            .unwrap_or_default()
            .to_owned();
        assert!(!account.is_empty(), "{issues:?}");
        assert_eq!(reaches_out(&account), None, "{account}");
        assert_eq!(account.matches('|').count(), 3, "{account}");
        assert!(
            !account.contains("<img") && !account.contains("](") && !account.contains("://"),
            "{account}"
        );
    }
}
