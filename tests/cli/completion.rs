//! Shell completion: names of the config, providers and findings; no request, and no output where
//! something is wrong.

use std::fs;

use crate::support::{FOUR, World};

fn world_of(config: &str) -> World {
    let mut world = World::new(config);
    world.env.insert("COMPLETE".to_owned(), "fish".to_owned());
    world.emulator.clear_requests();
    world
}

/// The candidates for the last word, without their descriptions.
async fn candidates(world: &World, line: &[&str]) -> Vec<String> {
    let ran = world.run(&[&["--", "tokenward"][..], line].concat()).await.expect(0);
    assert_eq!(ran.err, "", "{line:?}");
    assert!(world.emulator.requests().is_empty(), "{line:?}");
    ran.out.lines().filter_map(|line| line.split('\t').next()).map(str::to_owned).collect()
}

#[tokio::test(start_paused = true)]
async fn names_of_the_config_providers_and_findings_are_completed() {
    let world = world_of(FOUR);
    for (line, wanted) in [
        (&["rota"][..], &["rotate"][..]),
        (&["rotate", "se"], &["sendgrid"]),
        (&["guide", ""], &["sendgrid"]),
        (&["push", "s"], &["sendgrid"]),
        (&["rotate", "--leaked", "--provider", "mailg"], &["mailgun"]),
        (&["providers", "sendg"], &["sendgrid"]),
        (&["init", "klav"], &["klaviyo"]),
        (&["check", "--fail-on", "token-exp"], &["token-expired", "token-expiring"]),
        (&["check", "--fail-on", "leak,token-de"], &["leak,token-dead"]),
        (&["schema", "con"], &["config"]),
    ] {
        let found = candidates(&world, line).await;
        for name in wanted {
            assert!(found.iter().any(|found| found == name), "{line:?}: {found:?}");
        }
    }
    let all = candidates(&world, &["rotate", "s"]).await.join(" ");
    assert!(!all.contains("SENDGRID") && !all.contains(&world.old), "{all}");
}

#[tokio::test(start_paused = true)]
async fn a_config_that_cannot_be_used_gives_no_names_and_no_message() {
    let line = ["rotate", "s"];
    let world = world_of(&FOUR.replace("version: 1", "version: [1"));
    assert_eq!(candidates(&world, &line).await, [""; 0]);
    let mut world = world_of(FOUR);
    assert_eq!(candidates(&world, &["--config", "other.yml", "rotate", "s"]).await, [""; 0]);
    world.env.insert("GITHUB_ACTIONS".to_owned(), "true".to_owned());
    assert_eq!(candidates(&world, &line).await, [""; 0]);
    world.env.remove("GITHUB_ACTIONS");
    fs::remove_file(world.folder.join(".github/tokenward.yml")).unwrap();
    assert_eq!(candidates(&world, &line).await, [""; 0]);
    #[cfg(unix)]
    {
        let outside = World::new(FOUR);
        let config = ".github/tokenward.yml";
        std::os::unix::fs::symlink(outside.folder.join(config), world.folder.join(config)).unwrap();
        assert_eq!(candidates(&world, &line).await, [""; 0]);
    }
}

#[tokio::test(start_paused = true)]
async fn no_unfinished_line_fails() {
    let mut world = world_of(FOUR);
    let words = ["", "-", "--", "rotate", "revoke", "--leaked", "--fail-on=a,"];
    for first in words {
        for second in words {
            for third in words {
                candidates(&world, &[first, second, third]).await;
            }
        }
    }
    for shell in ["", "nonsense", "/bin/bash"] {
        world.env.insert("COMPLETE".to_owned(), shell.to_owned());
        let ran = world.run(&["--"]).await;
        assert!(!ran.err.contains("bug"), "{shell}: {}", ran.all());
    }
}

/// A variable that is set by accident must not turn a failing check into a green one.
#[tokio::test(start_paused = true)]
async fn the_variable_alone_changes_no_command() {
    let world = world_of(FOUR);
    let ran = world.run(&["check", "stranger"]).await.expect(2);
    assert!(ran.err.contains("unknown-token"), "{}", ran.all());
}

/// What a shell, in the folder of the config, answers to a script; `None` without this shell.
#[cfg(unix)]
fn asked(shell: &str, flags: &[&str], script: &str) -> Option<String> {
    use std::path::Path;
    use std::process::Command;

    let world = World::new(FOUR);
    let folder = Path::new(env!("CARGO_BIN_EXE_tokenward")).parent().unwrap().display();
    let path = format!("{folder}:{}", std::env::var("PATH").unwrap_or_default());
    let mut command = Command::new(shell);
    command.args(flags).args(["-c", script]).current_dir(&world.folder);
    let home = world.folder.join("home");
    let ran = command.env_clear().env("PATH", path).env("HOME", home).output().ok()?;
    assert_eq!(String::from_utf8_lossy(&ran.stderr), "", "{shell}");
    Some(String::from_utf8(ran.stdout).unwrap())
}

#[cfg(unix)]
#[test]
fn bash_completes_with_the_script_that_completions_prints() {
    let script = r#"
source <(tokenward completions bash)
[[ "$(complete -p tokenward)" == *_clap_complete_tokenward* ]] || echo 'not registered'
for line in 'rotate s' 'rotate --leaked --provider mailg' 'check --fail-on token-exp'; do
    read -ra words <<<"$line"
    COMP_WORDS=(tokenward "${words[@]}") COMP_CWORD=${#words[@]} COMP_TYPE=9
    _clap_complete_tokenward tokenward "${words[-1]}" "${words[-2]}"
    echo "${COMPREPLY[@]}"
done
"#;
    let Some(out) = asked("bash", &["--norc", "--noprofile"], script) else { return };
    assert_eq!(out, "sendgrid\nmailgun\ntoken-expired token-expiring\n");
}

#[cfg(unix)]
#[test]
fn fish_completes_with_the_script_that_completions_prints() {
    let script = "tokenward completions fish | source; complete -C 'tokenward rotate s'";
    let Some(out) = asked("fish", &["--no-config"], script) else { return };
    assert_eq!(out, "sendgrid\tsendgrid\n");
}
