//! A18: a config that is a link to another file of the machine, whose lines a diagnostic would
//! show. A4: a link whose own text is a value.

use std::fs;

use super::stage::{Stage, git};

/// A variable of the process that does not look dense.
const SAYS: &str = "plain words of a variable";

/// What lays a link.
type Lay = fn(&Stage);

/// Lays a link where the config belongs, for a person.
fn stage(target: &str) -> Stage {
    let stage = Stage::new();
    stage.link(".github/tokenward.yml", target);
    stage.commit("a link");
    stage.check_out("evil");
    stage
}

#[tokio::test(start_paused = true)]
async fn a18_a_link_out_of_the_repository_is_not_followed() {
    let outside = Stage::new();
    let secret = outside.outside.join("secret.txt");
    fs::write(&secret, format!("version: 1\n{SAYS}: 2\n")).unwrap();
    let secret = secret.display().to_string();
    for target in [
        secret.as_str(),
        "/proc/self/environ",
        "/proc/self/cmdline",
        "/etc/passwd",
        "/dev/stdin",
        "/dev/zero",
    ] {
        let mut stage = stage(target);
        let config = stage.world.folder.join(".github/tokenward.yml");
        assert!(fs::symlink_metadata(&config).unwrap().is_symlink(), "the vehicle does not work");
        for command in [&["check"][..], &["status"], &["scan"], &["doctor"], &["plan"]] {
            let ran = stage.run_as_person(command).await.expect(2);
            assert!(
                ran.all().contains("path-outside")
                    && !ran.all().contains(SAYS)
                    && !ran.all().contains("root:"),
                "{target}: {}",
                ran.all()
            );
        }
    }
    // The control: the same file in the repository is read, and a line of it shown.
    let mut inside = Stage::new();
    inside.write(".github/tokenward.yml", &fs::read_to_string(&secret).unwrap());
    inside.commit("no link");
    inside.check_out("evil");
    let ran = inside.run_as_person(&["check"]).await.expect(2);
    assert!(ran.all().contains(SAYS), "{}", ran.all());
}

#[tokio::test(start_paused = true)]
async fn a18_chains_parents_and_pipes_lead_nowhere_either() {
    let prepare: [(&str, Lay); 7] = [
        ("a chain", |stage| {
            stage.link("one", "two");
            stage.link("two", &stage.outside.join("secret.txt").display().to_string());
            stage.link(".github/tokenward.yml", "../one");
        }),
        ("a linked parent", |stage| {
            fs::remove_dir_all(stage.origin.join(".github")).unwrap();
            fs::create_dir_all(stage.outside.join("folder")).unwrap();
            fs::copy(stage.outside.join("secret.txt"), stage.outside.join("folder/tokenward.yml"))
                .unwrap();
            stage.link(".github", &stage.outside.join("folder").display().to_string());
        }),
        ("a relative way up", |stage| {
            let name = stage.outside.file_name().unwrap().to_string_lossy().into_owned();
            stage.link(".github/tokenward.yml", &format!("../../{name}/secret.txt"));
        }),
        ("a loop", |stage| {
            stage.link("one", "two");
            stage.link("two", "one");
            stage.link(".github/tokenward.yml", "../one");
        }),
        ("git's own config", |stage| stage.link(".github/tokenward.yml", "../.git/config")),
        ("nothing", |stage| stage.link(".github/tokenward.yml", "nowhere")),
        ("a folder", |stage| stage.link(".github/tokenward.yml", "..")),
    ];
    for (name, lay) in prepare {
        let mut stage = Stage::new();
        fs::write(stage.outside.join("secret.txt"), format!("version: 1\n{SAYS}: 2\n")).unwrap();
        lay(&stage);
        stage.commit(name);
        stage.check_out("evil");
        assert!(
            git(&stage.world.folder, &["config", "remote.origin.comment", SAYS]).status.success()
        );
        for command in [&["check"][..], &["scan"]] {
            let ran = stage.run_as_person(command).await.expect(2);
            assert!(!ran.all().contains(SAYS), "{name}: {}", ran.all());
        }
        // In Actions the base decides, and the proposal's link is not even looked at.
        stage.pull_request("main");
        stage.act(&[("command", "status")]).await.expect(0);
    }
}

#[tokio::test(start_paused = true)]
async fn a18_a_pipe_or_a_device_is_never_waited_for() {
    let mut stage = Stage::new();
    stage.check_out("main");
    let config = stage.world.folder.join(".github/tokenward.yml");
    fs::remove_file(&config).unwrap();
    assert!(std::process::Command::new("mkfifo").arg(&config).status().unwrap().success());
    let typed = stage.outside.join("pipe");
    assert!(std::process::Command::new("mkfifo").arg(&typed).status().unwrap().success());
    let typed = typed.display().to_string();
    for command in [
        &["check"][..],
        &["scan"],
        &["check", "--config", &typed],
        &["check", "--config", "/dev/zero"],
        &["scan", "--config", "/proc/self/environ"],
    ] {
        let ran = stage.run_as_person(command).await.expect(2);
        assert!(ran.all().contains("path-outside"), "{command:?}: {}", ran.all());
    }
}

#[tokio::test(start_paused = true)]
async fn a18_a_file_outside_that_a_person_names_is_read_and_no_line_of_it_shown() {
    let mut stage = Stage::new();
    stage.check_out("main");
    let typed = stage.outside.join("mine.yml");
    fs::write(&typed, crate::support::FOUR.replace("  sendgrid:\n", "  mine:\n")).unwrap();
    let path = typed.display().to_string();
    let ran = stage.run_as_person(&["status", "--config", &path]).await.expect(0);
    assert!(ran.all().contains("mine"), "{}", ran.all());
    fs::write(&typed, format!("version: 7 # {SAYS}\n")).unwrap();
    let ran = stage.run_as_person(&["status", "--config", &path]).await.expect(2);
    assert!(ran.all().contains("config-version") && !ran.all().contains(SAYS), "{}", ran.all());
}

#[tokio::test(start_paused = true)]
async fn a18_provider_files_baselines_and_gitleaks_files_are_read_as_carefully() {
    for (path, config, arguments) in [
        ("inhouse.yaml", "providers: [inhouse.yaml]\n", &["check"][..]),
        ("base.json", "scan: {baseline: base.json}\n", &["scan"]),
        (".gitleaks.toml", "", &["scan", "--gitleaks"]),
        (".gitleaksignore", "", &["scan", "--gitleaks"]),
    ] {
        let mut stage = Stage::new();
        fs::write(stage.outside.join("secret.txt"), format!("{SAYS}: 2\n")).unwrap();
        stage.write(".github/tokenward.yml", &format!("{}{config}", crate::support::FOUR));
        stage.link(path, &stage.outside.join("secret.txt").display().to_string());
        stage.commit("a link");
        stage.check_out("evil");
        let ran = stage.run_as_person(arguments).await.expect(2);
        assert!(
            ran.all().contains("path-outside") && !ran.all().contains(SAYS),
            "{path}: {}",
            ran.all()
        );
    }
}

#[tokio::test(start_paused = true)]
async fn a18_in_a_commit_a_link_is_followed_inside_the_tree_alone() {
    for (target, is_there) in [
        ("../config/real.yml", true),
        ("../config/../config/./real.yml", true),
        ("../chain", true),
        ("../../outside.yml", false),
        ("/etc/passwd", false),
        ("../loop", false),
        ("../config", false),
        ("gone", false),
    ] {
        let mut stage = Stage::new();
        stage.git(&["checkout", "--quiet", "main"]);
        stage.write("config/real.yml", crate::support::FOUR);
        stage.link("chain", "config/real.yml");
        stage.link("loop", "loop");
        stage.link(".github/tokenward.yml", target);
        stage.commit("a link");
        stage.git(&["checkout", "--quiet", "evil"]);
        stage.pull_request("main");
        stage.check_out("evil");
        let ran = stage.act(&[("command", "status")]).await;
        assert_eq!(ran.code == 0, is_there, "{target}: {}", ran.all());
        assert!(!ran.all().contains("root:"), "{target}: {}", ran.all());
    }
}

#[tokio::test(start_paused = true)]
async fn a4_a_link_s_own_text_is_looked_at_and_not_what_it_leads_to() {
    let mut stage = Stage::new();
    let value = stage.world.emulator.sendgrid().add_key("leaked", &["mail.send"]).value;
    // The control: a link that leads to a value out of the repository, and one within that leads to
    // nothing.
    let secret = stage.outside.join("secret.txt");
    fs::write(&secret, format!("k = {value}\n")).unwrap();
    stage.link("out", &secret.display().to_string());
    for (target, code) in [("nothing", 0), (value.as_str(), 11), (&format!("../x?k={value}"), 11)] {
        stage.link("within", target);
        let commit = stage.commit("a link");
        stage.check_out("evil");
        assert_eq!(
            fs::read_link(stage.world.folder.join("within")).unwrap().to_str(),
            Some(target)
        );
        stage.pull_request("main");
        for inputs in [&[][..], &[("args", ".")], &[("args", "--history")]] {
            let ran = stage.act(inputs).await;
            assert_eq!(ran.code, code, "{target} {inputs:?}: {}", ran.all());
            assert!(
                code == 0 || ran.all().contains("within"),
                "{target} {inputs:?}: {}",
                ran.all()
            );
            assert!(
                !ran.all().contains("secret.txt") && !ran.all().contains(&value),
                "{target} {inputs:?}: {}",
                ran.all()
            );
        }
        // Away again, so that the next history is its own.
        stage.git(&["reset", "--quiet", "--hard", &format!("{commit}~1")]);
        stage.link("out", &secret.display().to_string());
    }
}
