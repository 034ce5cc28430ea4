//! Values are neither shown nor sent to another provider.

use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use futures::FutureExt as _;
use futures::future::BoxFuture;
use http::{HeaderMap, HeaderValue};
use tokenward::domain::prose::holds_a_value;
use tokenward::net::{Answer, Readings, Request, Transport, TransportError, quoted};
use tokenward_emulator::{SecretPlace, Service};
use zeroize::Zeroizing;

use super::encodings::forms;
use crate::support::{FOUR, InProcess, REPO, World, gives_away};

fn variable(world: &World, name: &str) -> String {
    world.env[name].clone()
}

#[tokio::test(start_paused = true)]
async fn c4_a_line_break_at_the_end_of_a_pasted_value_is_not_part_of_it() {
    for (before, behind) in [("", "\n"), ("", "\r\n"), (" ", "\t"), ("\u{feff}", "")] {
        let mut world = World::new(FOUR);
        let pasted = |value: &str| format!("{before}{value}{behind}");
        let (old, manager) = (pasted(&world.old), pasted(&world.manager));
        let github = pasted(&variable(&world, "TOKENWARD_GITHUB_TOKEN"));
        for (name, value) in [
            ("SENDGRID_API_KEY", old),
            ("SENDGRID_MANAGER_KEY", manager),
            ("TOKENWARD_GITHUB_TOKEN", github),
        ] {
            world.env.insert(name.to_owned(), value);
        }
        world.run(&["rotate"]).await.expect(0);
    }
}

/// Answers every request of a provider with a refusal, and repeats the credential in one form in a
/// field that is quoted.
struct Echoing {
    inner: InProcess,
    form: usize,
    github: bool,
}

impl Transport for Echoing {
    fn send(&self, request: Request) -> BoxFuture<'_, Result<Answer, TransportError>> {
        if (request.host() == "api.github.com") != self.github {
            return self.inner.send(request);
        }
        let sent = request
            .headers
            .get("authorization")
            .and_then(|header| header.to_str().ok())
            .unwrap_or_default();
        let sent = sent.split(' ').next_back().unwrap_or_default();
        let said = format!("The key {} is not valid", forms(sent)[self.form].1);
        let body = serde_json::json!({"message": said, "errors": [{"message": said}]}).to_string();
        let mut headers = HeaderMap::new();
        headers.insert("content-type", HeaderValue::from_static("application/json"));
        headers.insert("date", HeaderValue::from_static("Tue, 24 Nov 2026 12:00:00 GMT"));
        let answer = Answer {
            status: if self.github { 422 } else { 403 },
            headers,
            body: Zeroizing::new(body.into_bytes()),
        };
        async move { Ok(answer) }.boxed()
    }
}

#[tokio::test(start_paused = true)]
async fn d4_no_encoding_of_a_credential_is_quoted_from_an_answer() {
    for github in [false, true] {
        let count = forms("0123456789abcdef").len();
        for form in 0..count {
            let mut world = World::new(FOUR);
            world.run(&["rotate"]).await.expect(0);
            world.pass(31 * 24);
            let credentials = if github {
                vec!["GITHUB_TOKEN", "TOKENWARD_GITHUB_TOKEN"]
            } else {
                vec!["SENDGRID_MANAGER_KEY"]
            };
            world.transport = Some(Arc::new(Echoing { inner: world.in_process(), form, github }));
            let ran = world.run(&["rotate", "-v"]).await;
            assert_ne!(ran.code, 0, "{form}: {}", ran.all());
            let all = format!("{}{}", ran.out, ran.err);
            for credential in credentials {
                let credential = variable(&world, credential);
                let (name, shown) = forms(&credential).swap_remove(form);
                assert!(!all.contains(&shown), "{name}: {all}");
                assert_eq!(gives_away(&all, &credential), None, "{name}: {all}");
            }
        }
    }
}

/// Values of other alphabets than SendGrid's: hexadecimal digits, a UUID, letters alone, letters
/// and digits, a password of words.
#[test]
fn d4_values_of_every_alphabet_are_held_back() {
    let hex = ["9f86d081", "884c7d65", "9a2feaa0", "c55ad015"].concat();
    let uuid =
        format!("{}-{}-{}-{}-{}", &hex[..8], &hex[8..12], &hex[12..16], &hex[16..20], &hex[20..32]);
    let letters = ["qwKjhT", "zxMnbV", "plOkiJ", "uhYgtF"].concat();
    let lower = ["vq3k8z", "x7m2p9", "w4t6r1", "y5n0b3"].concat();
    let words = ["correct", "-horse-", "battery", "-staple"].concat();
    for value in [&hex, &uuid, &letters, &lower, &words] {
        for (name, shown) in forms(value) {
            let said = format!("The key {shown} is not valid");
            let quote = quoted(&said, |readings| readings.hold(value));
            assert!(!quote.contains("The key"), "{name} of {value}: {quote}");
        }
    }
}

/// The control: what providers really say is quoted, so that the refusal above is not one of
/// everything.
#[tokio::test(start_paused = true)]
async fn d4_plain_words_are_still_quoted_and_only_from_declared_fields() {
    struct Plain(InProcess);
    impl Transport for Plain {
        fn send(&self, request: Request) -> BoxFuture<'_, Result<Answer, TransportError>> {
            if request.host() == "api.github.com" {
                return self.0.send(request);
            }
            let body = serde_json::json!({
                "errors": [{"message": "The account is on hold. Write to support.", "help": "UNDECLARED help text"}],
                "debug": "UNDECLARED debug text",
            });
            let mut headers = HeaderMap::new();
            headers.insert("content-type", HeaderValue::from_static("application/json"));
            async move {
                Ok(Answer {
                    status: 403,
                    headers,
                    body: Zeroizing::new(body.to_string().into_bytes()),
                })
            }
            .boxed()
        }
    }
    let mut world = World::new(FOUR);
    world.run(&["rotate"]).await.expect(0);
    world.pass(31 * 24);
    world.transport = Some(Arc::new(Plain(world.in_process())));
    let ran = world.run(&["rotate"]).await;
    assert!(ran.out.contains("The account is on hold."), "{}", ran.all());
    assert!(
        !ran.out.contains("Write to support") && !ran.out.contains("UNDECLARED"),
        "{}",
        ran.all()
    );
}

fn journal(world: &World) -> String {
    let github = world.emulator.github();
    let mut next = github.ref_sha(REPO, "refs/tokenward/journal");
    let mut text = String::new();
    while let Some(sha) = next {
        text.push_str(&github.commit_message(REPO, &sha).unwrap_or_default());
        next = github.commit_parents(REPO, &sha).into_iter().next();
    }
    text
}

/// A value of another provider than the config's, with a shape, and one that nobody's shape fits.
fn values(world: &World) -> Vec<String> {
    let dense = ["xK9qZ7mN2", "pL5wT8rV4", "cY6hJ1dF0"].concat();
    let password = ["hunter", "2-and-a-tree"].concat();
    vec![
        world.manager.clone(),
        world.emulator.hubspot().add_token(&["crm.objects.contacts.read"], 7).value,
        dense,
        password,
    ]
}

#[tokio::test(start_paused = true)]
async fn d1_a_value_typed_where_a_name_belongs_is_never_repeated() {
    let mut world = World::new(FOUR);
    let values = values(&world);
    // A password that looks like words is known as a secret only because the run holds it.
    world.env.insert("SMTP_PASSWORD".to_owned(), values[3].clone());
    for value in &values {
        let (value, env, equals) =
            (value.as_str(), format!("env:{value}"), format!("--config={value}"));
        let (range, pair, file) =
            (format!("{value}..HEAD"), format!("{value}=sendgrid"), format!("file:{value}"));
        let lines: Vec<Vec<&str>> = vec![
            vec!["rotate", value],
            vec!["rotate", "--provider", value, "--force", "--reason", "asked"],
            vec!["rotate", "--leaked", "--finding", value],
            vec!["rotate", "--leaked", "--alert", value],
            vec!["check", value],
            vec!["check", "--fail-on", value],
            vec!["check", "--fail-on", value, "--format", "json"],
            vec!["status", value],
            vec!["status", "--html", value, value],
            vec!["plan", value],
            vec!["push", value, "--value-from", "-"],
            vec!["push", "sendgrid", "--value-from", value],
            vec!["push", "sendgrid", "--value-from", &env],
            vec!["push", "sendgrid", "--value-from", &file],
            vec!["adopt", value],
            vec!["revoke", value],
            vec!["revoke", "--leaked", value],
            vec!["providers", value],
            vec!["scan", value],
            vec!["scan", "--range", &range],
            vec!["scan", "--baseline", value],
            vec!["scan", "--workflow-logs", value],
            vec!["status", "--config", value],
            vec!["doctor", "--config", value],
            vec!["rotate", &equals],
            vec!["init", value],
            vec!["init", &pair],
            vec!["init", "--repository", value, "--action", value, "sendgrid"],
            vec!["schema", value],
            vec!["completions", value],
            vec!["check", "--format", value],
            vec![value],
            vec!["rotate", "--what", value],
        ];
        for line in lines {
            let ran = world.run(&line).await;
            let all = format!("{}{}", ran.out, ran.err);
            let shown = gives_away(&all, value)
                .or_else(|| all.contains(value).then(|| "itself".to_owned()));
            assert_eq!(shown, None, "{}: {}", line[0], ran.all());
            assert_ne!(ran.code, 0, "{}", ran.all());
            assert!(!world.folder.join(value).exists(), "a file is named like the value: {line:?}");
        }
    }
}

/// The control: a name that was only misspelled is repeated, since that is what the message is for.
#[tokio::test(start_paused = true)]
async fn d1_a_misspelt_name_is_still_repeated() {
    let world = World::new(FOUR);
    for (line, word) in [
        (vec!["rotate", "sendgird"], "sendgird"),
        (vec!["providers", "hubsport"], "hubsport"),
        (vec!["check", "--fail-on", "token-expird"], "token-expird"),
        (vec!["scan", "no/such/folder"], "no/such/folder"),
        (vec!["status", "--config", ".github/tokenwart.yml"], "tokenwart"),
    ] {
        let ran = world.run(&line).await;
        assert!(ran.err.contains(word), "{line:?}: {}", ran.all());
    }
}

#[tokio::test(start_paused = true)]
async fn d1_in_actions_a_typed_value_is_masked_before_anything_is_said() {
    let mut world = World::new(FOUR);
    for (name, text) in [
        ("GITHUB_ACTIONS", "true"),
        ("GITHUB_REPOSITORY", REPO),
        ("GITHUB_RUN_ID", "1"),
        ("GITHUB_EVENT_NAME", "schedule"),
    ] {
        world.env.insert(name.to_owned(), text.to_owned());
    }
    for value in values(&world).into_iter().take(3) {
        let ran = world.run(&["rotate", "--allow-unprotected-ref", &value]).await;
        let first = ran.err.lines().next().unwrap_or_default();
        assert_eq!(first, format!("::add-mask::{value}"), "{}", ran.all());
        assert!(
            !ran.err
                .lines()
                .skip(1)
                .any(|line| line.contains(&value) && !line.starts_with("::add-mask::")),
            "{}",
            ran.all()
        );
    }
}

#[tokio::test(start_paused = true)]
async fn d2_a_reason_that_holds_a_value_is_refused_before_anything_is_contacted() {
    let world = World::new(FOUR);
    world.run(&["rotate"]).await.expect(0);
    let known = world.env["TOKENWARD_GITHUB_TOKEN"].clone();
    let mut reasons: Vec<(String, String)> = Vec::new();
    for value in values(&world).into_iter().take(3) {
        for reason in
            [value.clone(), format!("because {value} leaked"), format!("it was \"{value}\".")]
        {
            reasons.push((value.clone(), reason));
        }
    }
    // A secret that this run holds, in every form.
    reasons.extend(
        forms(&known)
            .into_iter()
            .map(|(_, shown)| (known.clone(), format!("because {shown} leaked"))),
    );
    let before = journal(&world);
    world.emulator.clear_requests();
    for (value, reason) in reasons {
        for line in [
            vec!["rotate", "sendgrid", "--force", "--reason", &reason],
            vec!["revoke", "sendgrid", "--force", "--reason", &reason],
            vec!["rotate", "sendgrid", "--dry-run", "--force", "--reason", &reason],
        ] {
            let ran = world.run(&line).await;
            assert_eq!(ran.code, 2, "{reason}: {}", ran.all());
            assert_eq!(
                gives_away(&format!("{}{}", ran.out, ran.err), &value),
                None,
                "{}",
                ran.all()
            );
        }
    }
    assert!(world.emulator.requests().is_empty(), "something was contacted");
    assert_eq!(journal(&world), before);
    assert!(world.emulator.github().issues(REPO).is_empty());
    // What is taken out of a message is the value, and not the words of the message that stand in
    // the reason too.
    let value = world.old.clone();
    for reason in
        [format!("the text of --reason holds {value}"), format!("nothing was done, and {value}")]
    {
        let ran =
            world.run(&["rotate", "sendgrid", "--force", "--reason", &reason]).await.expect(2);
        assert!(
            ran.err.contains("the text after --reason seems to contain a value")
                || ran.err.contains("the shape of a token"),
            "{}",
            ran.all()
        );
        assert!(ran.err.contains("nothing was done"), "{}", ran.all());
    }
    let long = ["xK9qZ7mN2", "pL5wT8rV4"].concat();
    let ran = world
        .run(&[
            "rotate",
            "sendgrid",
            "--force",
            "--reason",
            &format!("the text of --reason holds {long}"),
        ])
        .await
        .expect(2);
    assert!(
        ran.err.contains("error[usage]: the text after --reason seems to contain a value")
            && !ran.err.contains(&long),
        "{}",
        ran.all()
    );
    // The control: a reason in words is stored as it is.
    world
        .run(&["rotate", "sendgrid", "--force", "--reason", "a laptop was lost, see SEC-1234"])
        .await;
    assert!(journal(&world).contains("a laptop was lost, see SEC-1234"));
}

#[tokio::test(start_paused = true)]
async fn d2_an_id_that_is_a_value_is_not_stored() {
    let world = World::new(FOUR);
    let value = world.env["TOKENWARD_GITHUB_TOKEN"].clone();
    for id in [world.old.clone(), value.clone(), STANDARD.encode(&value)] {
        world.run(&["adopt", "sendgrid", "--id", &id]).await.expect(2);
    }
    assert!(journal(&world).is_empty());
}

pub(super) const CRM: &str = "\
version: 1
tokens:
  crm:
    provider: hubspot
    value: env:HUBSPOT_TOKEN
    rotate-every: never
    destinations: [{github: acme/site, secret: HUBSPOT_TOKEN}]
";

/// Requests to a provider: GitHub's are not among them.
pub(super) fn sent_to_providers(world: &World) -> usize {
    world.emulator.requests().iter().filter(|request| request.service != Service::GitHub).count()
}

#[tokio::test(start_paused = true)]
async fn d3_a_value_that_cannot_be_the_token_is_sent_to_nobody() {
    let real = World::new(CRM).manager.clone();
    let malformed = [
        (real.clone(), "sendgrid/api-key"),
        ("changeme".to_owned(), "placeholder"),
        ("<your-token>".to_owned(), "placeholder"),
        ("***".to_owned(), "placeholder"),
        ("${{ secrets.HUBSPOT_TOKEN }}".to_owned(), "not replaced with its value"),
        ("$HUBSPOT_TOKEN".to_owned(), "not replaced with its value"),
        ("env:HUBSPOT_TOKEN".to_owned(), "not replaced with its value"),
        (format!("\"{}\"", &real[3..]), "quotation marks"),
        (format!("HUBSPOT_TOKEN={}", &real[3..]), "NAME=value"),
        (format!("Bearer {}", &real[3..]), "white space"),
        (format!("{}\n{}", &real[3..20], &real[20..]), "line break"),
        ("/run/secrets/hubspot".to_owned(), "path"),
        ("https://api.hubapi.com".to_owned(), "address"),
    ];
    for (value, looks) in malformed {
        for (before, behind) in [("", ""), ("", "\n")] {
            let mut world = World::new(CRM);
            world.env.insert("HUBSPOT_TOKEN".to_owned(), format!("{before}{value}{behind}"));
            world.input = format!("{value}{behind}");
            world.emulator.clear_requests();
            for line in [
                vec!["rotate"],
                vec!["check"],
                vec!["plan"],
                vec!["adopt", "crm"],
                vec!["push", "crm", "--value-from", "-"],
                vec!["push", "crm", "--value-from", "env:HUBSPOT_TOKEN"],
                vec!["doctor"],
            ] {
                let ran = world.run(&line).await.expect(2);
                let all = format!("{}{}", ran.out, ran.err);
                assert!(
                    all.contains("value-malformed") && all.contains(looks),
                    "{line:?} {looks}: {}",
                    ran.all()
                );
                assert!(
                    !all.contains("token-dead") && !all.contains("current-dead"),
                    "{line:?}: {}",
                    ran.all()
                );
                if value.len() > 30 {
                    assert_eq!(gives_away(&all, &value), None, "{line:?}: {}", ran.all());
                }
            }
            assert_eq!(sent_to_providers(&world), 0, "{looks}");
            assert!(
                world
                    .emulator
                    .github()
                    .secret_value(&SecretPlace::Repo(REPO.to_owned()), "HUBSPOT_TOKEN")
                    .is_none(),
                "{looks}"
            );
        }
    }
}

/// The controls: the token itself is sent, also with a line break at its end; a dead one is called
/// dead; and a shape that nobody knows is tested.
#[tokio::test(start_paused = true)]
async fn d3_a_value_that_may_be_the_token_is_tested() {
    let mut world = World::new(CRM);
    let live = world.emulator.hubspot().add_token(&["crm.objects.contacts.read"], 7).value;
    let dead = format!("{}0000", &live[..live.len() - 4]);
    let unknown = ["xK9qZ7mN2", "pL5wT8rV4", "cY6hJ1dF0"].concat();
    let hex = ["9f86d081", "884c7d65", "9a2feaa0", "c55ad015"].concat();
    for (value, code) in
        [(live.clone(), 0), (format!("{live}\n"), 10), (dead, 10), (unknown, 10), (hex, 10)]
    {
        world.emulator.github().put_secret(&crate::support::places()[0], "HUBSPOT_TOKEN", &value);
        world.env.insert("HUBSPOT_TOKEN".to_owned(), value.clone());
        world.emulator.clear_requests();
        let ran = world.run(&["check"]).await.expect(code);
        assert!(sent_to_providers(&world) > 0, "{}", ran.all());
        assert_eq!(
            ran.err.contains("white space at the ends of HUBSPOT_TOKEN"),
            value.ends_with('\n'),
            "{}",
            ran.all()
        );
        // It lives, and others are handed it with the line break.
        assert_eq!(ran.out.contains("value-padded"), value.ends_with('\n'), "{}", ran.all());
    }
}

#[tokio::test(start_paused = true)]
async fn d3_a_manager_of_another_provider_and_a_cut_key_are_sent_to_nobody() {
    for (name, is_cut) in
        [("SENDGRID_MANAGER_KEY", false), ("SENDGRID_API_KEY", false), ("SENDGRID_API_KEY", true)]
    {
        let mut world = World::new(FOUR);
        let stranger = world.emulator.hubspot().add_token(&["crm.objects.contacts.read"], 7).value;
        let cut = world.old[..world.old.len() - 20].to_owned();
        world.env.insert(name.to_owned(), if is_cut { cut } else { stranger });
        world.emulator.clear_requests();
        let ran = world.run(&["rotate"]).await.expect(2);
        assert!(ran.out.contains("value-malformed") && ran.out.contains(name), "{}", ran.all());
        assert_eq!(sent_to_providers(&world), 0);
    }
}

#[tokio::test(start_paused = true)]
async fn d3_what_is_piped_to_revoke_is_looked_at_before_it_is_sent() {
    let mut world = World::new(FOUR);
    for value in [
        "changeme".to_owned(),
        format!("SENDGRID_API_KEY={}", world.old),
        format!("\"{}\"", world.old),
        "${{ secrets.X }}".to_owned(),
    ] {
        world.input = value;
        world.emulator.clear_requests();
        let ran = world.run(&["revoke", "--leaked", "-"]).await.expect(2);
        assert!(ran.err.contains("value-malformed"), "{}", ran.all());
        assert!(world.emulator.requests().is_empty() && world.is_live(&world.old));
    }
    // The control: the value itself is revoked, or refused for its use, and found to be a key of
    // ours.
    world.input = format!("{}\n", world.old);
    let ran = world.run(&["revoke", "--leaked", "-"]).await;
    assert!(!ran.err.contains("value-malformed"), "{}", ran.all());
}

/// Random values, each in every form inside a sentence: none may pass, whatever the letters happen
/// to be.
#[test]
fn d2_no_form_of_any_random_value_passes_as_a_reason() {
    for _ in 0..20 {
        let mut random = [0; 18];
        assert!(getrandom::fill(&mut random).is_ok());
        let value = format!("ghs_{}", URL_SAFE_NO_PAD.encode(random).replace(['-', '_'], "x"));
        for (name, shown) in forms(&value) {
            let reason = format!("because {shown} leaked");
            assert!(
                Readings::of(&reason).hold(&value) || holds_a_value(&reason),
                "{name}: {reason}"
            );
        }
    }
}

/// Names of keys are not quoted as a message is: they are shown, without any piece of the
/// credential that listed them.
#[tokio::test(start_paused = true)]
async fn d4_a_key_named_after_the_credential_is_listed_without_it() {
    for form in (0..forms(&"x".repeat(32)).len()).step_by(5) {
        let world = World::new(FOUR);
        world.rotated().await;
        let sendgrid = world.emulator.sendgrid();
        let ours = sendgrid
            .keys()
            .into_iter()
            .map(|key| key.name)
            .find(|name| name.starts_with("tw1-"))
            .unwrap_or_default();
        let mark = ours.split("-v1").next().unwrap_or_default();
        let secret = world.manager.rsplit('.').next().unwrap_or_default();
        let (name, shown) = forms(secret).swap_remove(form);
        sendgrid.add_key(&format!("{mark}-{shown}"), &["mail.send"]);
        let ran = world.run(&["check"]).await;
        let all = format!("{}{}", ran.out, ran.err);
        assert!(
            all.contains(&format!("({mark}-")) && all.contains("that is not in the journal"),
            "{name}: {all}"
        );
        assert!(!all.contains(&shown), "{name}: {all}");
        assert_eq!(gives_away(&all, secret), None, "{name}: {all}");
    }
}
