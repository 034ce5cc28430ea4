//! The real binary as a process, against the emulator on loopback: what it says at every level of
//! detail, and its streams.

use std::process::{Command, Stdio};

use tokenward_emulator::{Served, Service};

use crate::support::{FOUR, World, gives_away};

async fn sandbox(world: &mut World) -> Served {
    let served = world.emulator.serve().await.unwrap();
    world.env.insert("GITHUB_API_URL".to_owned(), served.url(Service::GitHub));
    world.env.insert("TOKENWARD_SANDBOX_SENDGRID".to_owned(), served.url(Service::SendGrid));
    served
}

/// Runs the binary in a thread of its own, so that the emulator in this process can answer.
async fn binary(world: &World, arguments: &[&str]) -> (i32, String, String) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_tokenward"));
    command
        .args(arguments)
        .current_dir(&world.folder)
        .env_clear()
        .envs(&world.env)
        .envs(world.handed())
        .stdin(Stdio::null());
    command.env("PATH", std::env::var_os("PATH").unwrap_or_default());
    let output = tokio::task::spawn_blocking(move || command.output().unwrap()).await.unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    (output.status.code().unwrap_or(-1), text(output.stdout), text(output.stderr))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn at_the_highest_level_of_detail_no_value_is_said() {
    let mut world = World::new(FOUR);
    let _served = sandbox(&mut world).await;
    let mut said = String::new();
    for (hours, command) in [
        (1, "rotate"),
        (31 * 24, "plan"),
        (0, "rotate"),
        (1, "rotate"),
        (25, "rotate"),
        (0, "check"),
        (0, "status"),
        (0, "scan"),
    ] {
        world.pass(hours);
        let (code, out, err) = binary(&world, &[command, "-vvv"]).await;
        assert_eq!(code, 0, "{command}: {out}{err}");
        said.push_str(&out);
        said.push_str(&err);
    }
    assert!(
        said.contains("GET") && said.contains("PUT"),
        "requests are logged at this level: {said}"
    );
    let new = world.held().remove(0);
    for secret in [
        &world.old,
        &new,
        &world.manager,
        &world.env["GITHUB_TOKEN"],
        &world.env["TOKENWARD_GITHUB_TOKEN"],
    ] {
        assert_eq!(gives_away(&said, secret.rsplit('.').next().unwrap()), None);
    }
    assert!(!said.contains("add-mask"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_demo_tells_its_story_and_leaves_nothing_behind() {
    let world = World::new(FOUR);
    let temporary = world.folder.join("tmp");
    std::fs::create_dir(&temporary).unwrap();
    let mut command = Command::new(env!("CARGO_BIN_EXE_tokenward"));
    command
        .arg("demo")
        .current_dir(&world.folder)
        .env_clear()
        .env("TMPDIR", &temporary)
        .env("PATH", std::env::var_os("PATH").unwrap_or_default());
    let output = tokio::task::spawn_blocking(move || command.output().unwrap()).await.unwrap();
    let told = String::from_utf8(output.stdout).unwrap();
    assert!(output.status.success(), "{told}{}", String::from_utf8_lossy(&output.stderr));
    for piece in [
        "4 of 4 destinations",
        "GitHub passed the new value to this run",
        " was deleted at ",
        "error[leak]",
        "error[token-dead]",
        "exit code 11",
        "exit code 10",
    ] {
        assert!(told.contains(piece), "{piece} is not in\n{told}");
    }
    assert_eq!(std::fs::read_dir(&temporary).unwrap().count(), 0);
}

#[test]
fn the_demo_is_true_in_a_terminal_of_any_width() {
    let running: Vec<_> = ["40", "45", "61"]
        .into_iter()
        .map(|columns| {
            let mut command = Command::new(env!("CARGO_BIN_EXE_tokenward"));
            command.arg("demo").env_clear().env("COLUMNS", columns);
            command.env("PATH", std::env::var_os("PATH").unwrap_or_default());
            command.stdout(Stdio::piped()).stderr(Stdio::piped());
            (columns, command.spawn().unwrap())
        })
        .collect();
    for (columns, run) in running {
        let output = run.wait_with_output().unwrap();
        let said = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(0), "{columns} columns: {said}");
    }
}

#[cfg(target_os = "linux")]
#[test]
fn a_process_that_dies_leaves_no_core_dump_with_values_in_it() {
    use std::os::unix::process::ExitStatusExt as _;
    // It waits for standard input, which this test keeps open.
    let mut command = Command::new(env!("CARGO_BIN_EXE_tokenward"));
    let mut child = command
        .args(["scan", "--stdin"])
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .spawn()
        .unwrap();
    let limit = |child: &std::process::Child| {
        std::fs::read_to_string(format!("/proc/{}/limits", child.id())).unwrap_or_default()
    };
    let core = |text: &str| {
        text.lines()
            .find(|line| line.starts_with("Max core file size"))
            .map(|line| line.split_whitespace().collect::<Vec<_>>().join(" "))
    };
    let off = "Max core file size 0 0 bytes";
    for _ in 0..500 {
        if core(&limit(&child)).as_deref() == Some(off) {
            break;
        }
        std::thread::sleep(std::time::Duration::from_millis(10));
    }
    assert_eq!(core(&limit(&child)).as_deref(), Some(off));
    let killed = Command::new("kill").args(["-ABRT", &child.id().to_string()]).status().unwrap();
    assert!(killed.success());
    let status = child.wait().unwrap();
    assert_eq!((status.signal(), status.core_dumped()), (Some(6), false));
}

/// Posts JSON to the control address of a sandbox, and gives the answer.
fn post(control: &str, path: &str, body: &str) -> serde_json::Value {
    use std::io::{Read as _, Write as _};
    let mut stream = std::net::TcpStream::connect(control).unwrap();
    let length = body.len();
    write!(stream, "POST {path} HTTP/1.1\r\nHost: {control}\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n{body}").unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    serde_json::from_str(answer.split_once("\r\n\r\n").unwrap().1).unwrap()
}

#[test]
fn the_sandbox_that_is_kept_up_plays_what_a_person_does_at_hubspot_and_klaviyo() {
    use std::io::{BufRead as _, BufReader, Write as _};
    let tokenward = || {
        let mut command = Command::new(env!("CARGO_BIN_EXE_tokenward"));
        command.env_clear().env("PATH", std::env::var_os("PATH").unwrap_or_default());
        command
    };
    let temporary = World::new(FOUR);
    let mut sandbox = tokenward()
        .args(["demo", "--serve"])
        .env("TMPDIR", &temporary.folder)
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let (mut folder, mut control, mut env) =
        (String::new(), String::new(), std::collections::BTreeMap::new());
    for line in BufReader::new(sandbox.stdout.take().unwrap())
        .lines()
        .map(Result::unwrap)
        .take_while(|line| !line.contains("Ctrl-C"))
    {
        if let Some(at) = line.strip_prefix("cd ") {
            at.clone_into(&mut folder);
        } else if let Some((name, value)) =
            line.strip_prefix("export ").and_then(|rest| rest.split_once('='))
        {
            env.insert(name.to_owned(), value.to_owned());
        } else if let Some((_, rest)) =
            line.split_once("http://").filter(|(_, rest)| rest.ends_with("/advance"))
        {
            rest.trim_end_matches("/advance").clone_into(&mut control);
        }
    }
    env.insert("TOKENWARD_JOURNAL_KEY".to_owned(), crate::support::journal_key());
    let run = |arguments: &[&str], input: &str| {
        let mut command = tokenward();
        let command = command
            .args(arguments)
            .current_dir(&folder)
            .envs(&env)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        let mut child = command.spawn().unwrap();
        child.stdin.take().unwrap().write_all(input.as_bytes()).unwrap();
        let output = child.wait_with_output().unwrap();
        let said = String::from_utf8([output.stdout, output.stderr].concat()).unwrap();
        (output.status.code(), said)
    };
    let adopted = run(&["rotate"], "");
    let played = ["hubspot", "klaviyo"].map(|provider| {
        let token = if provider == "hubspot" { "hubspot-crm" } else { "klaviyo-news" };
        let made = post(&control, "/make", &format!("{{\"provider\": \"{provider}\"}}"));
        let value = made["value"].as_str().unwrap_or_default().to_owned();
        let guided = run(&["guide", token], "");
        let pushed = run(&["push", token, "--value-from", "-"], &value);
        let old = &env[if provider == "hubspot" { "HUBSPOT_TOKEN" } else { "KLAVIYO_API_KEY" }];
        let revoked = post(
            &control,
            "/revoke",
            &format!("{{\"provider\": \"{provider}\", \"value\": \"{old}\"}}"),
        );
        (guided, pushed, revoked["revoked"] == true)
    });
    sandbox.kill().unwrap();
    sandbox.wait().unwrap();
    assert_eq!(adopted.0, Some(0), "{}", adopted.1);
    for (guided, pushed, revoked) in played {
        assert_eq!(guided.0, Some(3), "{}", guided.1);
        assert_eq!(pushed.0, Some(0), "{}", pushed.1);
        assert!(revoked);
    }
}

/// The lines that the sandbox prints for a manual rotation, run by a shell as they are.
#[test]
fn the_printed_steps_of_a_manual_rotation_end_with_a_dead_old_value() {
    use std::io::{BufRead as _, BufReader};
    if Command::new("curl").arg("--version").stdout(Stdio::null()).status().is_err() {
        eprintln!("skipped: curl is not installed");
        return;
    }
    let temporary = World::new(FOUR);
    let path = std::env::var("PATH").unwrap_or_default();
    let mut sandbox = Command::new(env!("CARGO_BIN_EXE_tokenward"))
        .args(["demo", "--serve"])
        .env_clear()
        .env("TMPDIR", &temporary.folder)
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let printed: Vec<String> = BufReader::new(sandbox.stdout.take().unwrap())
        .lines()
        .map(Result::unwrap)
        .take_while(|line| !line.contains("Ctrl-C"))
        .collect();
    let begin = printed.iter().position(|line| line.starts_with("A manual rotation")).unwrap();
    let set = printed.iter().filter(|line| line.starts_with("cd ") || line.starts_with("export "));
    let steps = printed[begin + 1..].iter().take_while(|line| !line.is_empty());
    let script: String = set.chain(steps).map(|line| format!("{line}\n")).collect();
    let bin = std::path::Path::new(env!("CARGO_BIN_EXE_tokenward")).parent().unwrap();
    let output = Command::new("sh")
        .args(["-e", "-c", &script])
        .env_clear()
        .env("PATH", format!("{}:{path}", bin.display()))
        .output()
        .unwrap();
    sandbox.kill().unwrap();
    sandbox.wait().unwrap();
    let said = String::from_utf8([output.stdout, output.stderr].concat()).unwrap();
    assert!(output.status.success(), "{script}{said}");
    let last = said.rsplit("\nrevoked\n").next().unwrap();
    assert!(
        last.contains("klaviyo-news  idle  v1")
            && last.contains("verified that the old value (v0) is revoked"),
        "{said}"
    );
}
