//! C10: a command that is started below the top of the repository.

use std::fs;

use serde_json::Value;

use super::{leak, repository, write};
use crate::attacks::checkout::stage::Stage;
use crate::support::{FOUR, World};

const CONFIG: &str = "scan: {ignore: [sub/left-out], baseline: .github/baseline.json}\n";

/// The world, seen from a folder below.
fn below(mut world: World, folder: &str) -> World {
    world.folder = world.folder.join(folder);
    world
}

fn paths(text: &str) -> Vec<String> {
    let report: Value = serde_json::from_str(text).unwrap();
    let findings = report["findings"].as_array().unwrap();
    findings.iter().map(|finding| finding["path"].as_str().unwrap().to_owned()).collect()
}

#[tokio::test(start_paused = true)]
async fn c10_config_ignores_and_baseline_are_the_repository_s_wherever_it_is_started() {
    let world = repository(&format!("{FOUR}{CONFIG}"));
    let accepted = leak(&world);
    write(&world.folder.join("sub/left-out"), leak(&world));
    write(&world.folder.join("sub/accepted"), &accepted);
    let world = below(world, "sub");
    world.run(&["scan", "--write-baseline"]).await.expect(0);
    let top = world.folder.parent().unwrap().to_owned();
    assert!(top.join(".github/baseline.json").exists() && !world.folder.join(".github").exists());
    world.run(&["scan"]).await.expect(0);
    write(&world.folder.join("deep/seen"), leak(&world));
    for named in
        [&["scan"][..], &["scan", "."], &["scan", "deep"], &["scan", "../sub"], &["scan", ".."]]
    {
        let ran = world.run(&[named, &["--format", "json"]].concat()).await.expect(11);
        assert_eq!(paths(&ran.out), ["sub/deep/seen"], "{named:?}");
    }
    let ran = world.run(&["scan", "--format", "sarif"]).await.expect(11);
    assert!(
        ran.out.contains("\"uri\": \"sub/deep/seen\"") && !ran.out.contains("\"uri\": \"deep"),
        "{}",
        ran.out
    );
    fs::remove_dir_all(top).unwrap();
}

#[tokio::test(start_paused = true)]
async fn c10_a_managed_token_is_named_from_a_folder_below() {
    let world = repository(FOUR);
    let value = world.rotated().await;
    write(&world.folder.join("sub/a.env"), format!("KEY={value}\n"));
    let world = below(world, "sub");
    let ran = world.run(&["scan", "--format", "json"]).await.expect(11);
    let report: Value = serde_json::from_str(&ran.out).unwrap();
    assert_eq!(report["findings"][0]["managed"], "sendgrid", "{}", ran.out);
    fs::remove_dir_all(world.folder.parent().unwrap()).unwrap();
}

#[tokio::test(start_paused = true)]
async fn c10_an_annotation_names_the_path_from_the_repository_s_top() {
    let mut stage = Stage::new();
    stage.write("sub/a.env", &leak(&stage.world));
    stage.commit("leak");
    stage.check_out("evil");
    stage.pull_request("main");
    for (folder, args) in [("sub", "."), ("sub", "a.env"), ("", "."), ("", "sub")] {
        let ran = stage.act(&[("working-directory", folder), ("args", args)]).await.expect(11);
        assert!(ran.all().contains("file=sub/a.env"), "{folder} {args}: {}", ran.all());
    }
}
