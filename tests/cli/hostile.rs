//! What is made to mislead `scan` or its reader: names that are commands, and archives that never
//! end.

use std::fs;
use std::io::Write as _;

use flate2::Compression;
use flate2::write::GzEncoder;

use crate::support::{FOUR, World};

#[cfg(unix)]
#[tokio::test(start_paused = true)]
async fn no_file_name_is_a_command_to_the_runner() {
    use std::os::unix::ffi::OsStrExt as _;
    let mut world = World::new(FOUR);
    for (name, text) in [
        ("GITHUB_ACTIONS", "true"),
        ("GITHUB_EVENT_NAME", "push"),
        ("GITHUB_REPOSITORY", "acme/site"),
        ("GITHUB_RUN_ID", "1"),
    ] {
        world.env.insert(name.to_owned(), text.to_owned());
    }
    let value = world.emulator.sendgrid().add_key("x", &["mail.send"]).value;
    for name in [
        &b"a\n::set-env name=PATH::x"[..],
        b"b\r::error::x",
        b"##[add-path]x",
        b"c\xff\n::add-mask::x",
        b"::stop-commands::x",
    ] {
        fs::write(world.folder.join(std::ffi::OsStr::from_bytes(name)), format!("KEY={value}\n"))
            .unwrap();
    }
    for format in ["human", "json", "sarif", "junit", "github"] {
        let ran = world.run(&["scan", "--explain", "--format", format]).await.expect(11);
        let said = format!("{}\n{}", ran.out, ran.err);
        for line in said.split(['\n', '\r']).map(str::trim_start) {
            let told = ["::error", "::warning", "::notice"].iter().any(|own| line.starts_with(own))
                && line.contains("title=");
            // The runner reads a line that begins with a command of the newer form by that form
            // alone.
            let is_ours = (told && format == "github") || line.starts_with("::add-mask::");
            assert!(
                is_ours || !(line.starts_with("::") || line.contains("##[")),
                "{format}: {line}"
            );
        }
    }
}

#[tokio::test(start_paused = true)]
async fn an_archive_that_unpacks_to_more_than_is_read_is_never_called_clean() {
    let world = World::new(FOUR);
    let mut bomb = GzEncoder::new(Vec::new(), Compression::fast());
    for _ in 0..70 {
        bomb.write_all(&vec![b'0'; 1 << 20]).unwrap();
    }
    fs::write(world.folder.join("logs.gz"), bomb.finish().unwrap()).unwrap();
    let ran = world.run(&["scan"]).await.expect(5);
    assert!(
        ran.out.contains("part of logs.gz was not unpacked")
            && ran.out.contains("incomplete: nothing found"),
        "{}",
        ran.out
    );
    // A leak beside it weighs more; a path that is left out is no longer asked for.
    let value = world.emulator.sendgrid().add_key("x", &["mail.send"]).value;
    fs::write(world.folder.join("a.env"), format!("KEY={value}\n")).unwrap();
    world.run(&["scan"]).await.expect(11);
    world.run(&["scan", "--workflow-logs", "logs.gz"]).await.expect(5);
    world.run(&["scan", "--workflow-logs", "gone.zip"]).await.expect(2);
}

/// What is said of a scan that looked at nothing never sounds like one that did.
#[cfg(unix)]
#[tokio::test(start_paused = true)]
async fn what_was_not_looked_at_is_not_called_clean() {
    let world = World::new(FOUR);
    let git = |arguments: &[&str]| {
        let mut git = std::process::Command::new("git");
        git.args([
            "-c",
            "user.name=T",
            "-c",
            "user.email=t@example.com",
            "-c",
            "commit.gpgsign=false",
        ])
        .args(arguments);
        assert!(
            git.current_dir(&world.folder)
                .env("GIT_CONFIG_GLOBAL", "/dev/null")
                .output()
                .unwrap()
                .status
                .success(),
            "{arguments:?}"
        );
    };
    git(&["init", "--quiet", "--initial-branch=main"]);
    git(&["add", "--all"]);
    git(&["commit", "--quiet", "--message=base"]);
    fs::create_dir(world.folder.join("empty")).unwrap();
    let _socket = std::os::unix::net::UnixListener::bind(world.folder.join("socket")).unwrap();
    std::os::unix::fs::symlink("/etc/hostname", world.folder.join("out")).unwrap();
    std::os::unix::fs::symlink("/etc", world.folder.join("folder")).unwrap();
    for (arguments, said) in [
        (
            &["scan", "socket"][..],
            "error[scan-incomplete]: socket cannot be scanned\n  = cause: it is a socket or a device\n",
        ),
        (&["scan", "empty", "socket"], "socket cannot be scanned"),
        (
            &["scan", "out"],
            "error[scan-incomplete]: out cannot be scanned\n  = cause: it is a link to something outside the repository\n",
        ),
        (&["scan", "./folder"], "it is a link to something outside the repository"),
        (&["scan", "--range", "main..nosuch"], "commit `nosuch` is not in this clone"),
        (&["scan", "--range", "nosuch..main"], "commit `nosuch` is not in this clone"),
    ] {
        let ran = world.run(arguments).await.expect(5);
        assert!(
            ran.all().contains(said) && !ran.all().contains("no leak"),
            "{arguments:?}: {}",
            ran.all()
        );
    }
    for (arguments, said) in [
        (&["scan", "--staged"][..], "no content is staged: nothing was scanned\n"),
        (&["scan", "--range", "main..main"], "the range adds no content: nothing was scanned\n"),
    ] {
        let ran = world.run(arguments).await.expect(0);
        assert_eq!(ran.out, said, "{arguments:?}");
        // A program that reads the report is not told of a clean scan either.
        let ran = world.run(&[arguments, &["--format", "junit"]].concat()).await.expect(0);
        assert!(ran.out.contains("<skipped message=\"nothing was scanned\"/>"), "{}", ran.out);
        let ran = world.run(&[arguments, &["--format", "json"]].concat()).await.expect(0);
        assert!(ran.out.contains("\"files\": 0"), "{}", ran.out);
    }
    // The control: what can be read is, also through a link that stays inside.
    fs::write(world.folder.join("a.env"), format!("KEY={}\n", world.old)).unwrap();
    std::os::unix::fs::symlink("a.env", world.folder.join("inside")).unwrap();
    for name in ["a.env", "inside", "."] {
        world.run(&["scan", name]).await.expect(11);
    }
    git(&["add", "a.env"]);
    world.run(&["scan", "--staged"]).await.expect(11);
}
