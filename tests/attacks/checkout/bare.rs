//! A1: a folder of the pull request looks like a repository, and its config names programs. None of
//! them may run.

use std::fs;

use super::stage::{Stage, git};
use crate::support::git_http::GitServer;

/// A config that runs a program, the extra files it needs, and what a naive git does to run it.
struct Vehicle {
    name: &'static str,
    config: String,
    files: Vec<(&'static str, String)>,
    naive: Vec<String>,
}

fn vehicles(marker: &str, origin: &str, guarded: &str, bait: &str) -> Vec<Vehicle> {
    let touch = format!("touch {marker}");
    let fetch = || vec!["fetch".to_owned(), "origin".to_owned()];
    let remote = |url: &str, more: &str| {
        format!(
            "[remote \"origin\"]\n\turl = {url}\n\tfetch = +refs/heads/*:refs/stolen/*\n{more}\n"
        )
    };
    let own = |name, config: String, naive| Vehicle { name, config, files: Vec::new(), naive };
    let head = "[core]\n\trepositoryformatversion = 0\n\tbare = true\n";
    let script = format!("#!/bin/sh\ntouch {marker}\n");
    vec![
        own(
            "sshCommand",
            format!("{head}\tsshCommand = \"{touch}; false\"\n{}", remote("ssh://127.0.0.1/x", "")),
            fetch(),
        ),
        own(
            "uploadpack",
            format!("{head}{}", remote(origin, &format!("\tuploadpack = \"{touch}; false\""))),
            fetch(),
        ),
        own(
            "gitProxy",
            format!("{head}\tgitProxy = {marker}.sh\n{}", remote("git://127.0.0.1/x", "")),
            fetch(),
        ),
        own(
            "ext",
            format!(
                "{head}[protocol \"ext\"]\n\tallow = always\n{}",
                remote(&format!("ext::sh -c touch% {marker}"), "")
            ),
            fetch(),
        ),
        own(
            "fsmonitor",
            format!(
                "[core]\n\trepositoryformatversion = 0\n\tbare = false\n\tworktree = ..\n\tfsmonitor = {marker}.sh\n"
            ),
            vec!["status".to_owned()],
        ),
        own(
            "credential.helper",
            format!(
                "{head}[credential]\n\thelper = \"!{touch}; false\"\n{}",
                remote(&format!("{guarded}/acme/site.git"), "")
            ),
            fetch(),
        ),
        Vehicle {
            name: "include.path",
            config: format!("{head}[include]\n\tpath = more\n{}", remote("ssh://127.0.0.1/x", "")),
            files: vec![("more", format!("[core]\n\tsshCommand = \"{touch}; false\"\n"))],
            naive: fetch(),
        },
        Vehicle {
            name: "a hook",
            config: format!("{head}{}", remote(origin, "")),
            files: vec![("hooks/reference-transaction", script)],
            naive: fetch(),
        },
        own(
            "insteadOf",
            format!(
                "{head}[protocol \"ext\"]\n\tallow = always\n[url \"ext::sh -c touch% {marker} x\"]\n\tinsteadOf = {bait}\n{}",
                remote(bait, "")
            ),
            fetch(),
        ),
        own(
            "a promised object",
            format!(
                "[core]\n\trepositoryformatversion = 1\n\tbare = true\n[extensions]\n\tpartialClone = origin\n{}",
                remote(origin, &format!("\tpromisor = true\n\tuploadpack = \"{touch}; false\""))
            ),
            vec!["cat-file".to_owned(), "-p".to_owned(), "f".repeat(40)],
        ),
    ]
}

/// Lays a vehicle into a folder of git's form.
fn lay(folder: &std::path::Path, vehicle: &Vehicle, marker: &std::path::Path) {
    for part in ["objects/info", "refs/heads"] {
        fs::create_dir_all(folder.join(part)).unwrap();
        fs::write(folder.join(part).join(".keep"), "").unwrap();
    }
    fs::write(folder.join("HEAD"), "ref: refs/heads/main\n").unwrap();
    fs::write(folder.join("config"), &vehicle.config).unwrap();
    for (path, text) in &vehicle.files {
        fs::create_dir_all(folder.join(path).parent().unwrap()).unwrap();
        fs::write(folder.join(path), text).unwrap();
        runs(&folder.join(path));
    }
    let script = marker.with_extension("sh");
    fs::write(&script, format!("#!/bin/sh\ntouch {}\n", marker.display())).unwrap();
    runs(&script);
}

fn runs(path: &std::path::Path) {
    use std::os::unix::fs::PermissionsExt as _;
    fs::set_permissions(path, fs::Permissions::from_mode(0o755)).unwrap();
}

#[tokio::test(start_paused = true)]
async fn a1_a_folder_that_looks_like_a_repository_runs_nothing() {
    let stage = Stage::new();
    let guarded = GitServer::guarded(&stage.origin, "a password");
    let (marker, origin) = (stage.marker(), stage.origin.display().to_string());
    let all = vehicles(&marker.display().to_string(), &origin, &guarded.url(), &stage.server.url());
    drop(stage);
    for number in 0..all.len() {
        let mut stage = Stage::new();
        let guarded = GitServer::guarded(&stage.origin, "a password");
        let (marker, origin) = (stage.marker(), stage.origin.display().to_string());
        let vehicle =
            &vehicles(&marker.display().to_string(), &origin, &guarded.url(), &stage.server.url())
                [number];
        let name = vehicle.name;
        lay(&stage.origin.join("service"), vehicle, &marker);
        stage.commit("a service");
        stage.pull_request("main");
        stage.check_out("evil");

        // The control: git finds the folder, takes it for a repository, and runs what it says.
        let service = stage.world.folder.join("service");
        let naive: Vec<&str> = vehicle.naive.iter().map(String::as_str).collect();
        git(&service, &naive);
        assert!(marker.exists(), "{name}: the vehicle does not work");
        fs::remove_file(&marker).unwrap();
        let before = guarded.asked().len();

        for inputs in [
            &[("working-directory", "service")][..],
            &[("working-directory", "service"), ("args", "--history")],
            &[("working-directory", "service"), ("args", "--staged")],
            &[("working-directory", "service"), ("args", "--range HEAD..HEAD")],
            &[("working-directory", "service/objects"), ("args", ".")],
            &[("working-directory", "service"), ("command", "status")],
        ] {
            let ran = stage.act(inputs).await;
            assert!(!marker.exists(), "{name} {inputs:?}: {}", ran.all());
            // A shallow clone's history is not whole, which is said; nothing else is different from
            // a run at the top.
            let at_top: Vec<_> =
                inputs.iter().copied().filter(|(input, _)| *input != "working-directory").collect();
            let wanted = if inputs[0].1 == "service" { stage.act(&at_top).await.code } else { 0 };
            assert_eq!(ran.code, wanted, "{name} {inputs:?}: {}", ran.all());
        }
        assert_eq!(guarded.asked().len(), before, "{name}: no foreign host is asked");
    }
}

#[tokio::test(start_paused = true)]
async fn a1_the_verdict_is_that_of_the_whole_checkout() {
    let mut stage = Stage::new();
    let vehicle = &vehicles(
        &stage.marker().display().to_string(),
        "/nowhere",
        "http://127.0.0.1:9",
        "http://127.0.0.1:9",
    )[0];
    lay(&stage.origin.join("service"), vehicle, &stage.marker());
    let leaked = stage.world.emulator.sendgrid().add_key("leaked", &["mail.send"]).value;
    stage.write("deep/settings.py", &format!("KEY = '{leaked}'\n"));
    stage.commit("a leak");
    stage.pull_request("main");
    stage.check_out("evil");
    let ran = stage.act(&[("working-directory", "service")]).await.expect(11);
    assert!(ran.out.contains("deep/settings.py"), "{}", ran.all());
    assert!(!stage.marker().exists());
}

#[tokio::test(start_paused = true)]
async fn a1_the_real_repository_s_own_config_runs_nothing_either() {
    // A runner that keeps its workspace, in which an earlier job wrote the config.
    for number in 0..10 {
        let mut stage = Stage::new();
        let guarded = GitServer::guarded(&stage.origin, "a password");
        let (marker, origin) = (stage.marker(), stage.origin.display().to_string());
        let vehicle =
            &vehicles(&marker.display().to_string(), &origin, &guarded.url(), &stage.server.url())
                [number];
        stage.propose_evil();
        stage.pull_request("main");
        stage.check_out("evil");
        let config = vehicle
            .config
            .replace("bare = true", "bare = false")
            .replace("worktree = ..", "worktree = .");
        let own = stage.world.folder.join(".git");
        fs::write(own.join("config"), config).unwrap();
        lay(&stage.outside.join("unused"), vehicle, &marker);
        for (path, text) in &vehicle.files {
            fs::create_dir_all(own.join(path).parent().unwrap()).unwrap();
            fs::write(own.join(path), text).unwrap();
            runs(&own.join(path));
        }
        let before = guarded.asked().len();
        for inputs in
            [&[][..], &[("args", "--staged")], &[("args", "--history")], &[("command", "check")]]
        {
            let ran = stage.act(inputs).await;
            assert!(
                !marker.exists() && !stage.is_theirs(&ran),
                "{} {inputs:?}: {}",
                vehicle.name,
                ran.all()
            );
            // Looked at, rather than refused.
            assert!(matches!(ran.code, 0 | 5), "{} {inputs:?}: {}", vehicle.name, ran.all());
        }
        assert_eq!(guarded.asked().len(), before, "{}: no foreign host is asked", vehicle.name);
        let naive: Vec<&str> = vehicle.naive.iter().map(String::as_str).collect();
        git(&stage.world.folder, &naive);
        assert!(marker.exists(), "{}: the vehicle does not work", vehicle.name);
    }
}

#[tokio::test(start_paused = true)]
async fn a1_a_person_in_such_a_folder_works_in_the_repository_around_it() {
    let mut stage = Stage::new();
    let marker = stage.marker();
    let vehicle = &vehicles(
        &marker.display().to_string(),
        "/nowhere",
        "http://127.0.0.1:9",
        "http://127.0.0.1:9",
    )[4];
    lay(&stage.origin.join("service"), vehicle, &marker);
    stage.commit("a service");
    stage.check_out("evil");
    let top = stage.world.folder.clone();
    stage.world.folder = top.join("service");
    git(&stage.world.folder, &["status"]);
    assert!(marker.exists(), "the vehicle does not work");
    fs::remove_file(&marker).unwrap();
    for arguments in [
        &["scan"][..],
        &["scan", "--staged"],
        &["scan", "--history"],
        &["install-hook"],
        &["check"],
    ] {
        let ran = stage.run_as_person(arguments).await;
        assert!(!marker.exists(), "{arguments:?}: {}", ran.all());
    }
    assert!(
        top.join(".git/hooks/pre-commit").exists()
            && !top.join("service/hooks/pre-commit").exists()
    );
    stage.world.folder = top;
}
