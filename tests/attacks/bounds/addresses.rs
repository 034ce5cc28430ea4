//! A10: no credential leaves for a host that is not GitHub's, or not the provider's, however the
//! address is written.

use std::net::TcpListener;
use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use crate::support::{FOUR, World};

/// A host that must never be asked: whether anybody connected to it is seen afterwards.
struct Trap(String, Arc<AtomicUsize>);

impl Trap {
    /// Hangs up on everybody, and counts them. The thread ends with the test's process.
    fn new() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let (authority, asked) =
            (listener.local_addr().unwrap().to_string(), Arc::new(AtomicUsize::new(0)));
        let count = Arc::clone(&asked);
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                count.fetch_add(1, Ordering::SeqCst);
                drop(stream);
            }
        });
        Self(authority, asked)
    }

    fn was_asked(&self) -> bool {
        self.1.load(Ordering::SeqCst) > 0
    }
}

/// Runs the real binary, with the real network.
fn status(api: &str, server: Option<&str>, more: &[(&str, &str)]) -> (i32, String) {
    let world = World::new(FOUR);
    let mut command = Command::new(env!("CARGO_BIN_EXE_tokenward"));
    command
        .args(["status"])
        .current_dir(&world.folder)
        .env_clear()
        .env("PATH", std::env::var_os("PATH").unwrap_or_default());
    command.env("GITHUB_TOKEN", "made-up").env("GITHUB_API_URL", api).envs(more.iter().copied());
    command.envs(server.map(|server| ("GITHUB_SERVER_URL", server)));
    let output = command.output().unwrap();
    let said = [output.stdout, output.stderr]
        .map(|bytes| String::from_utf8_lossy(&bytes).into_owned())
        .concat();
    (output.status.code().unwrap_or(-1), said)
}

#[test]
fn a10_a_credential_never_leaves_for_a_host_behind_user_information() {
    let trap = Trap::new();
    let evil = &trap.0;
    for api in [
        format!("https://api.github.com@{evil}"),
        format!("https://api.github.com:x@{evil}"),
        format!("http://127.0.0.1@{evil}"),
        format!("http://{evil}@127.0.0.1"),
        format!("https://{evil}\\@api.github.com"),
        format!("http://{evil}\\.github.com"),
        format!("http://{evil}#@api.github.com"),
        format!("http://{evil}?.github.com"),
        format!("http://{evil}\t"),
    ] {
        let (code, said) = status(&api, None, &[]);
        assert_eq!(code, 2, "{api}: {said}");
        assert!(said.contains("error[usage]") && !said.contains(&api), "{api}: {said}");
        assert!(!trap.was_asked(), "{api}");
    }
    // The control: the trap is a host that a plain address reaches.
    let _ = status(&format!("http://{evil}"), None, &[]);
    assert!(trap.was_asked());
}

#[tokio::test(start_paused = true)]
async fn a10_only_githubs_own_api_and_the_runners_server_get_our_credential() {
    let asked = |api: &str, server: Option<&str>| {
        let mut world = World::new(FOUR);
        world.env.insert("GITHUB_API_URL".to_owned(), api.to_owned());
        world.env.extend(server.map(|server| ("GITHUB_SERVER_URL".to_owned(), server.to_owned())));
        let wire = super::wire::Wire::instead(&mut world, |_| None);
        async move {
            let ran = world.run(&["status"]).await;
            (
                ran.code,
                ran.err,
                wire.asked()
                    .iter()
                    .map(|line| line.split(' ').nth(1).unwrap_or_default().to_owned())
                    .collect::<Vec<_>>(),
            )
        }
    };
    let corp = Some("https://github.corp.example");
    for (api, server) in [
        ("https://evil.example", None),
        ("https://evil.example/api/v3", corp),
        ("https://github.corp.example.evil.example/api/v3", corp),
        ("https://github.corp.example:8443/api/v3", corp),
        ("https://github.corp.example./api/v3", corp),
        ("https://github.corp.example/api/v3/../../x", corp),
        ("https://github.corp.example", corp),
        ("https://api.github.com.evil.example", Some("https://github.com")),
        ("https://gist.github.com/api/v3", Some("https://gist.github.com")),
        ("https://api.evilghe.com", None),
        ("https://xn--pi-6kc.github.com", None),
        ("https://api.\u{491}ithub.com", None),
        ("https://evil.example/api/v3", Some("https://github.corp.example@evil.example")),
        ("https://evil.example/api/v3", Some("http://evil.example")),
    ] {
        let (code, err, asked) = asked(api, server).await;
        assert_eq!((code, asked.len()), (2, 0), "{api}: {err} {asked:?}");
    }
    // The control: a server that the runner names is asked, and the credential with it.
    for (api, server) in [
        ("https://github.corp.example/api/v3", corp),
        ("https://api.acme.ghe.com", None),
        ("https://api.github.com", None),
    ] {
        let host = api.trim_start_matches("https://").split('/').next().unwrap();
        let asked = asked(api, server).await.2;
        let provider = |line: &String| line.starts_with("api.sendgrid.com/");
        assert!(asked.iter().any(|line| line.starts_with(host)), "{api}: {asked:?}");
        assert!(
            asked.iter().all(|line| line.starts_with(host) || provider(line)),
            "{api}: {asked:?}"
        );
    }
}

#[tokio::test(start_paused = true)]
async fn a10_the_actions_input_cannot_name_another_github_and_no_input_names_the_server() {
    let mut world = World::new(FOUR);
    let wire = super::wire::Wire::instead(&mut world, |_| None);
    for (name, value) in [
        ("TOKENWARD_INPUT_COMMAND", "status"),
        ("TOKENWARD_INPUT_TOKEN", "made-up"),
        ("TOKENWARD_INPUT_GITHUB_API_URL", "https://evil.example/api/v3"),
        ("TOKENWARD_INPUT_GITHUB_SERVER_URL", "https://evil.example"),
        ("GITHUB_SERVER_URL", "https://github.com"),
    ] {
        world.env.insert(name.to_owned(), value.to_owned());
    }
    let ran = world.run(&["action"]).await;
    assert!(ran.code != 0 && wire.asked().is_empty(), "{}", ran.all());
    // The control: the same inputs with GitHub's own address ask it.
    world
        .env
        .insert("TOKENWARD_INPUT_GITHUB_API_URL".to_owned(), "https://api.github.com".to_owned());
    world.run(&["action"]).await;
    assert!(wire.count("api.github.com") > 0);
}

#[tokio::test(start_paused = true)]
async fn a10_a_value_under_with_or_in_a_token_never_leads_a_request_elsewhere() {
    let config = |account: &str| {
        FOUR.replace("provider: sendgrid", "provider: activecampaign").replace(
            "    manager: env:SENDGRID_MANAGER_KEY\n    scopes: [mail.send]\n",
            &format!("    with: {{account: {account}}}\n"),
        )
    };
    for account in [
        "'evil.example/'",
        "'evil.example#'",
        "'x@evil.example/'",
        "'evil.example\\'",
        "'evil%2eexample'",
        "'a.b'",
        "'evil.example?'",
    ] {
        let mut world = World::new(&config(account));
        world.env.insert("SENDGRID_API_KEY".to_owned(), "0a".repeat(36));
        let wire = super::wire::Wire::instead(&mut world, |_| None);
        let ran = world.run(&["check"]).await;
        assert!(
            ran.code != 0 && wire.count("evil") == 0,
            "{account}: {:?} {}",
            wire.asked(),
            ran.all()
        );
    }
    // The control: a plain account is asked at its own host.
    let mut world = World::new(&config("acme"));
    world.env.insert("SENDGRID_API_KEY".to_owned(), "0a".repeat(36));
    let wire = super::wire::Wire::instead(&mut world, |_| None);
    world.run(&["check"]).await;
    assert!(wire.count("acme.api-us1.com") > 0, "{:?}", wire.asked());
}

#[test]
fn a10_a_stand_in_is_on_this_machine_however_it_is_written() {
    for address in [
        "http://127.0.0.1:1@evil.example",
        "http://127.0.0.1:1#@evil.example",
        "http://127.0.0.1:1\\@evil.example",
        "http://127.0.0.1.evil.example:80",
        "http://127.0.0.1:1?x=.evil.example",
        "http://localhost%2eevil.example",
    ] {
        let (code, said) =
            status("http://127.0.0.1:1", None, &[("TOKENWARD_SANDBOX_SENDGRID", address)]);
        assert!(code == 2 && said.contains("error[sandbox-not-loopback]"), "{address}: {said}");
    }
}
