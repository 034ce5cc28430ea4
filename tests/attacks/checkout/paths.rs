//! A3: paths that lead to the pull request's own config on the disk. In Actions nothing on the disk
//! decides, wherever a path leads.

use std::fs;
use std::path::PathBuf;

use super::stage::Stage;
use crate::support::FOUR;

/// A pull request with a config of its own, checked out.
fn stage() -> Stage {
    let mut stage = Stage::new();
    stage.write("service/readme", "hello\n");
    stage.write("fixtures/tokenward.yml", "version: 1\n");
    stage.propose_evil();
    stage.pull_request("main");
    stage.check_out("evil");
    stage
}

#[tokio::test(start_paused = true)]
async fn a3_an_absolute_config_path_is_that_file_of_the_commit_that_decides() {
    let mut stage = stage();
    let top = stage.world.folder.display().to_string();
    let ran = stage.run_as_person(&["status"]).await;
    assert!(stage.is_theirs(&ran), "the vehicle does not work: {}", ran.all());
    for (folder, config) in [
        ("service", format!("{top}/.github/tokenward.yml")),
        ("", format!("{top}/.github/tokenward.yml")),
        ("service", "../.github/tokenward.yml".to_owned()),
        ("service", "../service/../.github/./tokenward.yml".to_owned()),
        (
            "",
            format!(
                "{top}/../{}/.github/tokenward.yml",
                stage.world.folder.file_name().unwrap().to_string_lossy()
            ),
        ),
        ("service", String::new()),
        (&top, ".github/tokenward.yml".to_owned()),
    ] {
        for command in ["status", "check"] {
            let ran = stage
                .act(&[("command", command), ("working-directory", folder), ("config", &config)])
                .await
                .expect(0);
            assert!(!stage.is_theirs(&ran), "{folder} {config}: {}", ran.all());
            assert!(ran.all().contains("sendgrid"), "{folder} {config}: {}", ran.all());
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a3_a_workspace_behind_a_link_is_the_same_workspace() {
    let mut stage = stage();
    let link = stage.outside.join("workspace");
    let top = stage.world.folder.clone();
    std::os::unix::fs::symlink(&top, &link).unwrap();
    let (link, top) = (link.display().to_string(), top.display().to_string());
    for (workspace, folder, config) in [
        (&link, &top, format!("{link}/.github/tokenward.yml")),
        (&link, &link, format!("{link}/.github/tokenward.yml")),
        (&top, &link, format!("{link}/.github/tokenward.yml")),
        (&link, &link, format!("{top}/.github/tokenward.yml")),
        (&top, &link, ".github/tokenward.yml".to_owned()),
    ] {
        stage.world.env.insert("GITHUB_WORKSPACE".to_owned(), workspace.clone());
        stage.world.folder = PathBuf::from(folder);
        let ran = stage.act(&[("command", "status"), ("config", &config)]).await.expect(0);
        assert!(
            !stage.is_theirs(&ran) && ran.all().contains("sendgrid"),
            "{workspace} {folder} {config}: {}",
            ran.all()
        );
    }
    stage.world.folder = PathBuf::from(top);
}

#[tokio::test(start_paused = true)]
async fn a3_what_lies_outside_of_the_repository_decides_nothing() {
    let mut stage = stage();
    let mine = stage.outside.join("tokenward.yml");
    fs::write(&mine, FOUR.replace("  sendgrid:\n", "  stolen:\n")).unwrap();
    let mine = mine.display().to_string();
    let ran = stage.run_as_person(&["status", "--config", &mine]).await;
    assert!(stage.is_theirs(&ran), "the vehicle does not work: {}", ran.all());
    let up = format!("../{}/tokenward.yml", stage.outside.file_name().unwrap().to_string_lossy());
    for config in [&mine, &up, "/proc/self/environ", "/dev/stdin", "..", "/"] {
        for command in ["status", "check", "scan"] {
            let ran = stage.act(&[("command", command), ("config", config)]).await.expect(2);
            assert!(
                ran.err.contains("error[path-outside]") && !stage.is_theirs(&ran),
                "{config}: {}",
                ran.all()
            );
        }
    }
    let baseline = format!("--baseline={mine}");
    let ran = stage.act(&[("args", &baseline)]).await.expect(2);
    assert!(ran.err.contains("error[path-outside]"), "{}", ran.all());
    // A folder outside of the workspace belongs to no repository of this run.
    stage.world.folder.clone_from(&stage.outside);
    let ran = stage.run(&["check"]).await.expect(2);
    assert!(ran.err.contains("error[checkout-unclear]"), "{}", ran.all());
    stage.world.folder = PathBuf::from(&stage.world.env["GITHUB_WORKSPACE"]);
    // Nor does one that the pull request turned into a link there: it is not scanned in place of
    // the checkout.
    let link = stage.world.folder.join("away");
    std::os::unix::fs::symlink(&stage.outside, &link).unwrap();
    for inputs in
        [&[("working-directory", "away")][..], &[("working-directory", "away"), ("args", ".")]]
    {
        let ran = stage.act(inputs).await;
        assert!(
            matches!(ran.code, 2 | 5) && ran.err.contains("outside this run's workspace"),
            "{inputs:?}: {}",
            ran.all()
        );
    }
}

#[tokio::test(start_paused = true)]
async fn a3_nobody_works_in_a_folder_that_is_git_s_or_the_runner_s() {
    let stage = stage();
    let top = stage.world.folder.display().to_string();
    let leak = format!("KEY = '{}'\n", stage.world.old);
    fs::write(stage.world.folder.join("service/settings.py"), &leak).unwrap();
    fs::create_dir_all(stage.world.folder.join("_github_home/x")).unwrap();
    fs::create_dir_all(stage.world.folder.join("other/.git/objects")).unwrap();
    // The control: the leak is found from the folder it is in, and from the top.
    for folder in ["service", "", "./service/../service/"] {
        let ran = stage.act(&[("working-directory", folder), ("args", ".")]).await;
        assert_eq!(ran.code, 11, "{folder}: {}", ran.all());
    }
    for folder in [
        ".git",
        ".git/objects",
        "service/../.git",
        "./.git/",
        &format!("{top}/.git/refs"),
        "_github_home/x",
        "other/.git",
        "other/.git/objects",
    ] {
        for inputs in [&[("args", ".")][..], &[("args", "..")], &[], &[("command", "status")]] {
            let inputs: Vec<_> =
                inputs.iter().copied().chain([("working-directory", folder)]).collect();
            let ran = stage.act(&inputs).await.expect(2);
            assert!(ran.err.contains("git or the runner reserves"), "{inputs:?}: {}", ran.all());
        }
    }
    // Git's folder by another name, as a work tree beside its repository has it.
    fs::rename(stage.world.folder.join(".git"), stage.world.folder.join("store")).unwrap();
    fs::write(stage.world.folder.join(".git"), "gitdir: store\n").unwrap();
    for folder in ["store", "store/objects"] {
        let ran = stage.act(&[("working-directory", folder), ("args", ".")]).await.expect(2);
        assert!(ran.err.contains("git or the runner reserves"), "{folder}: {}", ran.all());
    }
    let ran = stage.act(&[("working-directory", "service"), ("args", ".")]).await;
    assert_eq!(ran.code, 11, "{}", ran.all());
}

#[tokio::test(start_paused = true)]
async fn a3_a_link_in_the_work_tree_does_not_say_which_file_of_the_commit_is_meant() {
    // The base has a sample config; the pull request turns the folder of the real one into a link
    // to the samples.
    let mut stage = Stage::new();
    stage.git(&["checkout", "--quiet", "main"]);
    stage.write("samples/tokenward.yml", &FOUR.replace("  sendgrid:\n", "  stolen:\n"));
    stage.commit("samples");
    stage.git(&["checkout", "--quiet", "-B", "evil"]);
    fs::remove_dir_all(stage.origin.join(".github")).unwrap();
    stage.link(".github", "samples");
    stage.commit("a link");
    stage.pull_request("main");
    stage.check_out("evil");
    let ran = stage.run_as_person(&["status"]).await;
    assert!(stage.is_theirs(&ran), "the vehicle does not work: {}", ran.all());
    let typed = stage.world.folder.join(".github/tokenward.yml").display().to_string();
    for config in ["", ".github/tokenward.yml", &typed] {
        let ran = stage.act(&[("command", "status"), ("config", config)]).await.expect(0);
        assert!(
            !stage.is_theirs(&ran) && ran.all().contains("sendgrid"),
            "{config}: {}",
            ran.all()
        );
    }
}

#[tokio::test(start_paused = true)]
async fn a3_a_config_that_the_pull_request_deletes_or_adds_changes_nothing() {
    let mut stage = Stage::new();
    fs::remove_file(stage.origin.join(".github/tokenward.yml")).unwrap();
    stage.write(".github/other.yml", &super::stage::evil());
    let leaked = stage.world.emulator.sendgrid().add_key("leaked", &["mail.send"]).value;
    stage.write("settings.py", &format!("KEY = '{leaked}'\n"));
    stage.commit("no config");
    stage.pull_request("main");
    stage.check_out("evil");
    stage.act(&[("command", "status")]).await.expect(0);
    stage.act(&[]).await.expect(11);
    // One that only the pull request has is none.
    let ran = stage.act(&[("command", "status"), ("config", ".github/other.yml")]).await.expect(2);
    assert!(ran.err.contains("error[config-missing]"), "{}", ran.all());
    stage.act(&[("config", ".github/other.yml")]).await.expect(2);
}
