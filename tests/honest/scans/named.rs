//! B9, B10 and B16: what is named is read, nothing looked at is not clean, and a failed scan does
//! not sound like one.

use std::fs;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;
use std::time::Duration;

use serde_json::Value;

use super::{git, leak, repository, write};
use crate::attacks::checkout::stage::Stage;
use crate::support::{FOUR, World};

/// Writes into a pipe until its reader is done. Once may be too little: while another test starts a
/// program, that one holds a copy of the last reader's end for a moment, and what is written then
/// is lost.
struct Writer {
    path: PathBuf,
    done: Arc<AtomicBool>,
    thread: JoinHandle<()>,
}

impl Writer {
    fn of(world: &World, name: &str, content: String) -> Self {
        let path = world.folder.join(name);
        if !path.exists() {
            assert!(std::process::Command::new("mkfifo").arg(&path).status().unwrap().success());
        }
        let (to, done) = (path.clone(), Arc::new(AtomicBool::new(false)));
        let is_done = Arc::clone(&done);
        let thread = std::thread::spawn(move || {
            while !is_done.load(Ordering::SeqCst) {
                // Its reader may go before all is written, and has to see an end before it comes
                // again.
                let _ = fs::write(&to, &content);
                std::thread::sleep(Duration::from_millis(50));
            }
        });
        Self { path, done, thread }
    }

    fn end(self) {
        self.done.store(true, Ordering::SeqCst);
        while !self.thread.is_finished() {
            // Whoever waits for a reader gets one.
            let flags = rustix::fs::OFlags::NONBLOCK.bits().cast_signed();
            drop(fs::OpenOptions::new().read(true).custom_flags(flags).open(&self.path));
            std::thread::sleep(Duration::from_millis(1));
        }
        self.thread.join().unwrap();
    }
}

#[tokio::test(start_paused = true)]
async fn b9_a_pipe_that_is_named_is_read() {
    let world = repository(FOUR);
    write(&world.folder.join("b"), "clean\n");
    for names in [&["p"][..], &["b", "p"]] {
        let arguments = [&["scan"][..], names].concat();
        let writer = Writer::of(&world, "p", leak(&world));
        let ran = world.run(&arguments).await.expect(11);
        assert!(ran.out.contains("--> p:1:5"), "{}", ran.out);
        writer.end();
        let writer = Writer::of(&world, "p", "clean\n".to_owned());
        world.run(&arguments).await.expect(0);
        writer.end();
        // An empty pipe was not scanned.
        let writer = Writer::of(&world, "p", String::new());
        let ran = world.run(&arguments).await.expect(3);
        assert!(
            ran.out.contains("error[nothing-scanned]: p is empty") && !ran.out.contains("no leak"),
            "{}",
            ran.out
        );
        writer.end();
    }
}

#[tokio::test(start_paused = true)]
async fn b9_nothing_looked_at_is_no_clean_scan() {
    let mut world = repository(FOUR);
    fs::create_dir_all(world.folder.join("empty/er")).unwrap();
    write(&world.folder.join("left/out"), "clean\n");
    write(&world.folder.join(".github/tokenward.yml"), format!("{FOUR}scan: {{ignore: [left]}}\n"));
    for arguments in [
        &["scan", "empty"][..],
        &["scan", "empty", "empty/er"],
        &["scan", "left"],
        &["scan", "--stdin"],
    ] {
        let ran = world.run(arguments).await;
        assert_eq!(ran.code, 3, "{arguments:?}: {}", ran.all());
        assert!(
            ran.out.contains("error[nothing-scanned]") && !ran.out.contains("no leak"),
            "{arguments:?}: {}",
            ran.out
        );
        let ran = world.run(&[arguments, &["--format", "json"]].concat()).await.expect(3);
        assert_eq!(serde_json::from_str::<Value>(&ran.out).unwrap()["summary"]["exit-code"], 3);
    }
    // What was really asked for, and brings nothing.
    for arguments in [&["scan", "--range", "HEAD..HEAD"][..], &["scan", "--staged"]] {
        let ran = world.run(arguments).await.expect(0);
        assert!(ran.out.ends_with(": nothing was scanned\n"), "{}", ran.out);
    }
    world.input = "clean\n".to_owned();
    world.run(&["scan", "--stdin"]).await.expect(0);
    git(&world, &["update-ref", "-d", "HEAD"]);
    fs::remove_dir_all(world.folder.join(".git/objects")).unwrap();
    fs::create_dir_all(world.folder.join(".git/objects")).unwrap();
    world.run(&["scan", "--history"]).await.expect(3);
}

#[tokio::test(start_paused = true)]
async fn b10_a_flag_with_its_value_behind_a_space_leaves_the_event_on() {
    let mut stage = Stage::new();
    stage.write("settings.py", &leak(&stage.world));
    stage.commit("leak");
    stage.git(&["rm", "--quiet", "settings.py"]);
    stage.commit("away");
    stage.check_out("evil");
    stage.pull_request("main");
    for args in
        ["", "--fail-on leak", "--color never", "--baseline b.json", "--format json --explain"]
    {
        let ran = stage.act(&[("args", args)]).await;
        assert_eq!(ran.code, 11, "{args}: {}", ran.all());
    }
    // The control: a source that is really given.
    stage.act(&[("args", "--color never .")]).await.expect(0);
}

#[tokio::test(start_paused = true)]
async fn b16_a_scan_that_failed_never_says_no_leak() {
    let world = repository(FOUR);
    write(&world.folder.join("x.xz"), b"\xfd7zXZ\0\0\x04 and more");
    write(&world.folder.join("b"), "clean\n");
    for arguments in [
        &["scan"][..],
        &["scan", "x.xz", "b"],
        &["scan", "--range", "nosuch..HEAD"],
        &["scan", "--history", "--config", "nosuch.yml"],
        &["scan", "nosuch"],
    ] {
        let ran = world.run(arguments).await;
        assert!(ran.code != 0 && !ran.all().contains("no leak"), "{arguments:?}: {}", ran.all());
        assert!(!ran.all().contains(" 0 files"), "{arguments:?}: {}", ran.all());
    }
    let ran = world.run(&["scan", "x.xz", "b"]).await.expect(5);
    assert!(
        ran.out.contains("incomplete: nothing found in the 2 files that could be read"),
        "{}",
        ran.out
    );
    // The control.
    let ran = world.run(&["scan", "b"]).await.expect(0);
    assert!(ran.out.contains("no leaks in 1 file"), "{}", ran.out);
}

#[tokio::test(start_paused = true)]
async fn a_range_outside_of_a_repository_says_what_to_do() {
    let world = World::new(FOUR);
    for source in [&["scan", "--range", "A..B"][..], &["scan", "--staged"], &["scan", "--history"]]
    {
        let ran = world.run(source).await.expect(5);
        assert!(ran.err.contains("= hint:"), "{}", ran.err);
    }
}
