//! Hostile inputs as a table: what is handed in, what it has to be answered with. Nothing may be
//! contacted, changed or shown for an input that is refused, and no row may be answered with exit
//! code 1, which is for bugs.

use std::fs;

use crate::support::{FOUR, World};

/// What is hostile.
enum Input {
    /// A whole config.
    Config(Vec<u8>),
    /// A config with a piece exchanged.
    Piece(&'static str, String),
    /// A provider file with a piece exchanged.
    Provider(&'static str, String),
    /// A variable.
    Variable(&'static str, String),
    /// A value handed to `push` on standard input.
    Value(String),
    /// Only the arguments.
    Arguments,
}

struct Row {
    name: &'static str,
    input: Input,
    arguments: &'static [&'static str],
    /// Exit code.
    code: u8,
    /// What the answer has to say.
    says: &'static str,
}

const PLAN: &[&str] = &["plan"];
const OWN: &str = include_str!("../fixtures/inhouse.yaml");

fn row(
    name: &'static str,
    input: Input,
    arguments: &'static [&'static str],
    code: u8,
    says: &'static str,
) -> Row {
    Row { name, input, arguments, code, says }
}

fn config(name: &'static str, text: impl Into<Vec<u8>>, says: &'static str) -> Row {
    row(name, Input::Config(text.into()), PLAN, 2, says)
}

fn piece(name: &'static str, old: &'static str, new: impl Into<String>, says: &'static str) -> Row {
    row(name, Input::Piece(old, new.into()), PLAN, 2, says)
}

fn provider(
    name: &'static str,
    old: &'static str,
    new: impl Into<String>,
    says: &'static str,
) -> Row {
    row(name, Input::Provider(old, new.into()), PLAN, 2, says)
}

fn variable(
    name: &'static str,
    variable: &'static str,
    value: impl Into<String>,
    code: u8,
    says: &'static str,
) -> Row {
    row(name, Input::Variable(variable, value.into()), PLAN, code, says)
}

fn nested(open: &str, close: &str, depth: usize) -> String {
    format!("version: 1\ntokens: {}1{}\n", open.repeat(depth), close.repeat(depth))
}

/// The config's own form.
fn configs() -> Vec<Row> {
    let laughs = "a: &a [x,x,x,x,x,x,x,x,x]\nb: &b [*a,*a,*a,*a,*a,*a,*a,*a,*a]\nc: &c [*b,*b,*b,*b,*b,*b,*b,*b,*b]\nversion: 1\ntokens: {}\n";
    vec![
        config("an empty file", "", "error[config-"),
        config("only a comment", "# nothing\n", "error[config-"),
        config("a billion laughs", laughs, "error[config-yaml-feature]"),
        config("an alias of itself", "a: &a [*a]\nversion: 1\n", "error[config-yaml-feature]"),
        config(
            "a merge key",
            "x: &x {a: 1}\nversion: 1\ntokens:\n  t:\n    <<: *x\n",
            "error[config-yaml-feature]",
        ),
        config("a tag", "version: !!python/object 1\n", "error[config-yaml-feature]"),
        config("two documents", "version: 1\n---\nversion: 1\n", "error[config-yaml-feature]"),
        config("ten thousand brackets", nested("[", "]", 10_000), "error[config-"),
        config("ten thousand braces", nested("{a: ", "}", 10_000), "error[config-"),
        config(
            "ten thousand levels of indentation",
            (0..10_000).map(|level| format!("{}a:\n", " ".repeat(level % 900))).collect::<String>(),
            "error[config-",
        ),
        config(
            "bytes that are no text",
            [b"version: 1\n".as_slice(), &[0xff, 0xfe, 0x00, 0xc3]].concat(),
            "error[config-unreadable]",
        ),
        config("a NUL", "version: 1\0\n", "error[config-unreadable]"),
        config("a terminal escape", "version: 1 # \u{1b}[2J\n", "error[config-unreadable]"),
        config(
            "text that runs backwards",
            "version: 1 # \u{202e}drowssap\n",
            "error[config-unreadable]",
        ),
        config(
            "a line that hides in a comment",
            "version: 1 # tokens:\rscan: {ignore: ['**']}\n",
            "error[config-unreadable]",
        ),
        config(
            "two megabytes",
            format!("version: 1\n# {}\n", "x".repeat(2_000_000)),
            "error[config-unreadable]",
        ),
        config("a list", "- version: 1\n", "error[config-wrong-type]"),
        config("a number", "7\n", "error[config-wrong-type]"),
        config(
            "a key that stands twice",
            FOUR.replace("version: 1", "version: 1\nversion: 1"),
            "error[config-duplicate-key]",
        ),
        config("a newer format", "version: 2\ntokens: {}\n", "error[config-version]"),
        config(
            "a version that is a huge number",
            format!("version: 1{}\n", "0".repeat(400)),
            "error[config-version]",
        ),
        config("an unclosed quote", "version: \"1\ntokens: {}\n", "error[config-unreadable]"),
    ]
}

/// Values in it.
fn pieces() -> Vec<Row> {
    vec![
        piece(
            "a value in place of its name",
            "env:SENDGRID_API_KEY",
            "hunter2-hunter2",
            "error[config-bad-value-source]",
        ),
        piece(
            "a file in place of a variable",
            "env:SENDGRID_API_KEY",
            "file:/etc/shadow",
            "error[config-bad-value-source]",
        ),
        piece(
            "a variable with a command in it",
            "env:SENDGRID_API_KEY",
            "'env:A;rm -rf /'",
            "error[config-bad-value-source]",
        ),
        piece(
            "a command in a token's name",
            "  sendgrid:\n",
            "  \"::set-output name=x::y\":\n",
            "error[config-",
        ),
        piece(
            "a zero-width space in a token's name",
            "  sendgrid:\n",
            "  \"send\u{200b}grid\":\n",
            "error[config-",
        ),
        piece(
            "a repository that climbs",
            "github: acme/site, secret",
            "github: acme/../site, secret",
            "error[config-bad-repository]",
        ),
        piece(
            "a repository with a space",
            "github: acme/site, secret",
            "github: 'acme/si te', secret",
            "error[config-bad-repository]",
        ),
        piece(
            "a repository with a query",
            "github: acme/site, secret",
            "github: 'acme/site?x=1', secret",
            "error[config-bad-repository]",
        ),
        piece(
            "a secret's name that GitHub keeps to itself",
            "secret: SENDGRID_API_KEY}\n      - {github: acme/site, env",
            "secret: GITHUB_TOKEN}\n      - {github: acme/site, env",
            "error[config-bad-secret-name]",
        ),
        piece(
            "a secret's name with a line break",
            "secret: SENDGRID_API_KEY}\n      - {github: acme/site, env",
            "secret: \"A\\nB\"}\n      - {github: acme/site, env",
            "error[config-bad-secret-name]",
        ),
        piece(
            "an environment with a line break",
            "environment: production",
            "environment: \"a\\nb\"",
            "error[config-",
        ),
        piece(
            "two destinations that are one secret",
            "environment: production, secret",
            "secret",
            "error[config-secret-twice]",
        ),
        piece(
            "a duration of all time",
            "rotate-every: 30d",
            "rotate-every: 99999999999999999999d",
            "error[config-",
        ),
        piece(
            "a duration that runs backwards",
            "rotate-every: 30d",
            "rotate-every: -1d",
            "error[config-",
        ),
        piece("a duration of nothing", "grace: 24h", "grace: ''", "error[config-"),
        piece(
            "a provider that nobody knows",
            "provider: sendgrid",
            "provider: sendgird",
            "error[config-unknown-provider]",
        ),
        piece(
            "a provider that climbs",
            "provider: sendgrid",
            "provider: ../../sendgrid",
            "error[config-",
        ),
        piece(
            "a region that is an address",
            "provider: sendgrid",
            "provider: sendgrid\n    region: https://evil.example",
            "error[config-wrong-type]",
        ),
        piece(
            "a journal that climbs",
            "version: 1",
            "version: 1\njournal: {file: ../../../etc/passwd}",
            "error[config-",
        ),
        piece(
            "a journal over a branch",
            "version: 1",
            "version: 1\njournal: {git-ref: refs/heads/main}",
            "error[config-",
        ),
        piece(
            "a journal that is no ref",
            "version: 1",
            "version: 1\njournal: {git-ref: '--force'}",
            "error[config-",
        ),
        piece(
            "a provider file that climbs",
            "version: 1",
            "version: 1\nproviders: [../../own.yaml]",
            "error[config-",
        ),
        piece(
            "a provider file from the network",
            "version: 1",
            "version: 1\nproviders: ['https://evil.example/own.yaml']",
            "error[config-",
        ),
        piece(
            "a scope with a line break",
            "[mail.send]",
            "[\"mail.send\\nX-Header: 1\"]",
            "error[config-",
        ),
        piece("a key that nobody knows", "scopes:", "scope:", "error[config-unknown-key]"),
    ]
}

/// A provider of one's own.
fn providers() -> Vec<Row> {
    vec![
        provider(
            "an undeclared host",
            "base: 'https://keys.inhouse.example'",
            "base: 'https://collector.example'",
            "error[provider-invalid]",
        ),
        provider(
            "a host that is everything",
            "hosts: [keys.inhouse.example]",
            "hosts: ['*']",
            "error[provider-invalid]",
        ),
        provider(
            "a host with a user name",
            "base: 'https://keys",
            "base: 'https://evil@keys",
            "error[provider-invalid]",
        ),
        provider("plain http", "base: 'https://", "base: 'http://", "error[provider-invalid]"),
        provider(
            "a value in a path",
            "path: /v3/scopes",
            "path: '/v3/{{token}}'",
            "error[provider-invalid]",
        ),
        provider(
            "a path that is an address",
            "path: /v3/scopes",
            "path: '//evil.example/x'",
            "error[provider-invalid]",
        ),
        provider(
            "a header with a line break",
            "auth: {bearer: '{{token}}'}",
            "auth: {bearer: '{{token}}'}\nheaders: {X-A: \"a\\r\\nX-B: 1\"}",
            "error[",
        ),
        provider(
            "a shape that matches nothing at all",
            "shape: 'SG\\.(?<key_id>[A-Za-z0-9_-]{22})\\.[A-Za-z0-9_-]{43}'",
            "shape: 'x*'",
            "error[",
        ),
        provider(
            "a shape of enormous size",
            "shape: 'SG\\.(?<key_id>[A-Za-z0-9_-]{22})\\.[A-Za-z0-9_-]{43}'",
            "shape: '(?<key_id>(((\\w{100}){100}){100}){100})'",
            "error[",
        ),
        provider(
            "the id of a known provider",
            "id: inhouse-mailer",
            "id: sendgrid",
            "error[provider-invalid]",
        ),
        provider("an id that climbs", "id: inhouse-mailer", "id: ../x", "error["),
        provider(
            "a key that nobody knows",
            "automatic-scopes",
            "on-success: 'curl evil'\nautomatic-scopes",
            "error[config-unknown-key]",
        ),
        provider(
            "an alias",
            "docs: https",
            "x-a: &a 1\nx-b: *a\ndocs: https",
            "error[config-yaml-feature]",
        ),
    ]
}

/// The surroundings and the command line.
fn surroundings() -> Vec<Row> {
    let api = "GITHUB_API_URL";
    vec![
        variable("GitHub in the clear", api, "http://api.evil.example", 2, "error[usage]"),
        variable("GitHub in no words", api, "not an address", 2, "error[usage]"),
        variable("GitHub with a terminal escape", api, "http://x\u{1b}[2J", 2, "error[usage]"),
        variable(
            "a stand-in on another machine",
            "TOKENWARD_SANDBOX_SENDGRID",
            "http://10.0.0.1:80",
            2,
            "error[sandbox-not-loopback]",
        ),
        variable(
            "a stand-in that only begins like this machine",
            "TOKENWARD_SANDBOX_SENDGRID",
            "http://127.0.0.1.evil.example",
            2,
            "error[sandbox-not-loopback]",
        ),
        row(
            "a value that is two lines",
            Input::Variable("SENDGRID_API_KEY", "abc\ndef".to_owned()),
            &["check"],
            2,
            "error[value-malformed]",
        ),
        row(
            "a value of nothing at all",
            Input::Variable("SENDGRID_API_KEY", String::new()),
            &["check"],
            5,
            "error[not-tested]",
        ),
        row(
            "a value of fifty thousand letters",
            Input::Value("x".repeat(50_000)),
            &["push", "sendgrid", "--value-from", "-"],
            2,
            "error[",
        ),
        row(
            "a value of nothing",
            Input::Value(String::new()),
            &["push", "sendgrid", "--value-from", "-"],
            2,
            "error[usage]",
        ),
        row(
            "a value with a line break",
            Input::Value("one\ntwo".to_owned()),
            &["push", "sendgrid", "--value-from", "-"],
            2,
            "error[value-malformed]",
        ),
        row(
            "a value on the command line",
            Input::Arguments,
            &["push", "sendgrid", "--value-from", "hunter2"],
            2,
            "error[",
        ),
        row(
            "a token's name with a terminal escape",
            Input::Arguments,
            &["plan", "\u{1b}[2J"],
            2,
            "error[unknown-token]",
        ),
        row(
            "a range that is an option",
            Input::Arguments,
            &["scan", "--range", "--output=/tmp/x..HEAD"],
            2,
            "error",
        ),
        row("a range of nothing", Input::Arguments, &["scan", "--range", ".."], 2, "error"),
        row(
            "an id that nobody knows",
            Input::Arguments,
            &["check", "--fail-on", "everything"],
            2,
            "error",
        ),
        row(
            "a config that is a folder",
            Input::Arguments,
            &["plan", "--config", ".github"],
            2,
            "error[config-unreadable]",
        ),
        row(
            "a config that is not there",
            Input::Arguments,
            &["plan", "--config", "no/such.yml"],
            2,
            "error[config-missing]",
        ),
        row("a report over a folder", Input::Arguments, &["status", "--output", "."], 2, "error["),
        row(
            "a scan of what is not there",
            Input::Arguments,
            &["scan", "no-such-file"],
            2,
            "error[",
        ),
    ]
}

async fn tried(row: &Row) -> Result<(), String> {
    let mut text = FOUR.as_bytes().to_vec();
    let mut own = None;
    match &row.input {
        Input::Config(whole) => text.clone_from(whole),
        Input::Piece(old, new) => {
            assert!(FOUR.contains(old), "{}: the config has no {old:?}", row.name);
            text = FOUR.replacen(old, new, 1).into_bytes();
        }
        Input::Provider(old, new) => {
            assert!(OWN.contains(old), "{}: the file has no {old:?}", row.name);
            own = Some(OWN.replacen(old, new, 1));
            text = format!(
                "{}providers: [.github/own.yaml]\n",
                FOUR.replace("provider: sendgrid", "provider: inhouse-mailer")
            )
            .into_bytes();
        }
        _ => {}
    }
    let mut world = World::new(FOUR);
    fs::write(world.folder.join(".github/tokenward.yml"), text).unwrap();
    if let Some(own) = own {
        fs::write(world.folder.join(".github/own.yaml"), own).unwrap();
    }
    match &row.input {
        Input::Variable(name, value) => {
            world.env.insert((*name).to_owned(), value.clone());
        }
        Input::Value(value) => world.input.clone_from(value),
        _ => {}
    }
    world.emulator.clear_requests();
    let ran = world.run(row.arguments).await;
    let all = ran.all();
    // The journal may say that the value in use was taken over; nothing else may change.
    let changes = |request: &&tokenward_emulator::Recorded| {
        request.method != "GET" && !request.path.contains("/git/")
    };
    let writes = world.emulator.requests().iter().filter(changes).count();
    let shown = all.replace(['\n', '\t'], " ");
    let cut = |text: &str| text.chars().take(600).collect::<String>();
    if ran.code != row.code || !all.contains(row.says) {
        return Err(format!(
            "{}: exit {} in place of {}, or not {:?}: {}",
            row.name,
            ran.code,
            row.code,
            row.says,
            cut(&shown)
        ));
    }
    if shown.chars().any(char::is_control)
        || shown.contains('\u{202e}')
        || shown.contains('\u{200b}')
    {
        return Err(format!(
            "{}: a character that does something is shown: {:?}",
            row.name,
            cut(&shown)
        ));
    }
    if all.lines().any(|line| line.starts_with("::")) {
        return Err(format!("{}: a runner's command is shown: {}", row.name, cut(&shown)));
    }
    if writes > 0 {
        return Err(format!("{}: {writes} requests that change something", row.name));
    }
    if all.contains("hunter2-hunter2") {
        return Err(format!("{}: the value is shown", row.name));
    }
    Ok(())
}

#[tokio::test(start_paused = true)]
async fn every_hostile_input_is_answered_as_the_table_says() {
    let rows: Vec<Row> =
        [configs(), pieces(), providers(), surroundings()].into_iter().flatten().collect();
    assert!(rows.len() >= 60, "{} rows", rows.len());
    let mut wrong = Vec::new();
    for row in &rows {
        wrong.extend(tried(row).await.err());
    }
    eprintln!("{} hostile inputs, {} wrong", rows.len(), wrong.len());
    assert!(wrong.is_empty(), "{} of {}:\n{}", wrong.len(), rows.len(), wrong.join("\n"));
}
