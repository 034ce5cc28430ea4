//! `scan --workflow-logs` by a run's number: what GitHub keeps elsewhere is fetched without our
//! credential, read in memory, and never called clean where it could not be read.

use std::fs;
use std::io::Write as _;

use flate2::Compression;
use flate2::write::DeflateEncoder;
use jiff::SignedDuration;
use rawzip::{CompressionMethod, ZipArchiveWriter};
use tokenward_emulator::{Credential, CredentialKind, Fault, FaultKind, FaultMatch};

use crate::support::{FOUR, REPO, World};

/// A zip with one step's log in it.
pub(super) fn logs(text: &str) -> Vec<u8> {
    let mut out = Vec::new();
    let mut archive = ZipArchiveWriter::new(&mut out);
    let (mut entry, config) = archive
        .new_file("build/1_Set up job.txt")
        .compression_method(CompressionMethod::DEFLATE)
        .start()
        .unwrap();
    let mut writer = config.wrap(DeflateEncoder::new(&mut entry, Compression::fast()));
    writer.write_all(text.as_bytes()).unwrap();
    let (encoder, descriptor) = writer.finish().unwrap();
    encoder.finish().unwrap();
    entry.finish(descriptor).unwrap();
    archive.finish().unwrap();
    out
}

/// A repository with run 7 completed, each attempt of which printed this.
fn world(texts: &[&str]) -> World {
    let mut world = World::new(FOUR);
    world.env.insert("GITHUB_REPOSITORY".to_owned(), REPO.to_owned());
    let github = world.emulator.github();
    github.start_run(REPO, 7, texts.len().try_into().unwrap());
    github.complete_run(REPO, 7);
    github.set_run_logs(REPO, 7, texts.iter().map(|text| logs(text)));
    world
}

#[tokio::test(start_paused = true)]
async fn a_token_that_a_run_printed_is_found_by_the_runs_number() {
    let text = |value: &str| format!("2026-11-26T05:00:00.0000000Z KEY={value}\n");
    let mut world = world(&["all is well\n", "all is well\n"]);
    world.run(&["scan", "--workflow-logs", "7"]).await.expect(0);
    // Who ran it again has not taken the first attempt's logs away.
    let value = world.emulator.sendgrid().add_key("x", &["mail.send"]).value;
    world.emulator.github().set_run_logs(REPO, 7, [logs(&text(&value)), logs("all is well\n")]);
    let ran = world.run(&["scan", "--workflow-logs", "7"]).await.expect(11);
    assert!(
        ran.out.contains("run-7-attempt-1-logs.zip!/build/1_Set up job.txt:1")
            && ran.out.contains("sendgrid"),
        "{}",
        ran.out
    );
    assert!(!ran.all().contains(&value) && !ran.all().contains("sig="), "{}", ran.all());
    // Only the clone may know the repository; a file may have such a name.
    world.env.remove("GITHUB_REPOSITORY");
    world.run(&["scan", "--workflow-logs", "7"]).await.expect(2);
    fs::create_dir(world.folder.join(".git")).unwrap();
    fs::write(world.folder.join(".git/HEAD"), "ref: refs/heads/main\n").unwrap();
    fs::write(
        world.folder.join(".git/config"),
        format!("[remote \"origin\"]\n\turl = git@github.com:{REPO}.git\n"),
    )
    .unwrap();
    world.run(&["scan", "--workflow-logs", "7"]).await.expect(11);
    fs::write(world.folder.join("7"), "all is well\n").unwrap();
    world.run(&["scan", "--workflow-logs", "./7"]).await.expect(0);
}

#[tokio::test(start_paused = true)]
async fn logs_that_cannot_be_read_are_never_called_clean() {
    let mut world = world(&["nothing"]);
    let github = world.emulator.github();
    let told = async |world: &World, run: &str, code: u8, says: &str| {
        let ran = world.run(&["scan", "--workflow-logs", run]).await.expect(code);
        let all = ran.all();
        assert!(
            all.contains(says) && all.contains("they are not known to be clean"),
            "{says}: {all}"
        );
        assert!(!all.contains("no leak") && !all.contains("sig="), "{all}");
    };
    github.start_run(REPO, 8, 1);
    told(&world, "8", 5, "still in progress").await;
    told(&world, "9", 4, "it does not exist").await;
    for odd in
        [&b""[..], b"<html>Sign in</html>", b"PK\x05\x06\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0"]
    {
        github.set_run_logs(REPO, 7, [odd.to_vec()]);
        told(&world, "7", 5, "the response is an empty archive, or not an archive").await;
    }
    for odd in [0, 101] {
        github.start_run(REPO, 10, odd);
        github.complete_run(REPO, 10);
        told(&world, "10", 5, "no valid number of attempts for run 10").await;
    }
    github.set_run_logs(REPO, 7, []);
    told(&world, "7", 5, "they were deleted").await;
    github.set_run_logs(REPO, 7, [logs("nothing")]);
    // The link lives for a minute.
    world.tick_per_request = SignedDuration::from_secs(90);
    told(
        &world,
        "7",
        5,
        "productionresultssa0.blob.core.windows.net, to which GitHub redirected, answered 403",
    )
    .await;
    world.tick_per_request = SignedDuration::from_secs(1);
    let fault = |times| {
        let matches = FaultMatch::Where {
            service: None,
            method: None,
            path_contains: Some("/actions-results/".to_owned()),
        };
        world.emulator.inject(Fault { matches, kind: FaultKind::TimeOut, times });
    };
    fault(3);
    told(&world, "7", 5, "gh api repos/acme/site/actions/runs/7/attempts/1/logs > logs.zip").await;
    // Each try has a link of its own.
    fault(2);
    world.run(&["scan", "--workflow-logs", "7"]).await.expect(0);
    world.env.retain(|name, _| !name.ends_with("GITHUB_TOKEN"));
    told(&world, "7", 4, "neither GITHUB_TOKEN").await;
}

#[tokio::test(start_paused = true)]
async fn what_is_gone_of_one_attempt_does_not_hide_another() {
    let world = world(&["nothing"]);
    let github = world.emulator.github();
    let value = world.emulator.sendgrid().add_key("x", &["mail.send"]).value;
    github.start_run(REPO, 7, 2);
    github.complete_run(REPO, 7);
    github.set_run_logs(REPO, 7, [logs(&format!("KEY={value}\n"))]);
    let ran = world.run(&["scan", "--workflow-logs", "7"]).await.expect(11);
    assert!(
        ran.all().contains("logs of attempt 2 of run 7") && ran.out.contains("attempt-1"),
        "{}",
        ran.all()
    );
    github.set_run_logs(REPO, 7, [logs("nothing")]);
    world.run(&["scan", "--workflow-logs", "7"]).await.expect(5);
}

#[tokio::test(start_paused = true)]
async fn nobody_is_asked_about_what_a_forks_run_printed() {
    let world = world(&["nothing"]);
    let value = world.emulator.sendgrid().add_key("x", &["mail.send"]).value;
    world.emulator.github().set_run_logs(REPO, 7, [logs(&format!("KEY={value}\n"))]);
    let ran = world.run(&["scan", "--live", "--workflow-logs", "7"]).await.expect(11);
    assert!(!ran.err.contains("not tested"), "{}", ran.all());
    world.emulator.github().set_run_fork(REPO, 7, "someone/site");
    let ran = world.run(&["scan", "--live", "--workflow-logs", "7"]).await.expect(11);
    assert!(ran.err.contains("1 value was not tested"), "{}", ran.all());
}

#[tokio::test(start_paused = true)]
async fn a_job_without_the_permission_is_told_which() {
    let mut world = world(&["nothing"]);
    world.env.retain(|name, _| !name.ends_with("GITHUB_TOKEN"));
    let github = world.emulator.github();
    let token = |name| {
        github.add_credential(
            Credential::new(CredentialKind::ActionsToken, &[(name, "read")]).on(&[REPO]),
        )
    };
    world.env.insert("GITHUB_TOKEN".to_owned(), token("contents"));
    let ran = world.run(&["scan", "--workflow-logs", "7"]).await.expect(4);
    assert!(ran.all().contains("permissions: {actions: read, contents: read}"), "{}", ran.all());
    world.env.insert("GITHUB_TOKEN".to_owned(), token("actions"));
    world.run(&["scan", "--workflow-logs", "7"]).await.expect(0);
}
