//! B6 and C11: clones that lack objects.

use std::fs;

use crate::attacks::checkout::stage::{Stage, git};

const FILTERS: [&[&str]; 4] = [
    &["--filter=blob:none"],
    &["--filter=tree:0"],
    &["--filter=blob:none", "--sparse"],
    &["--filter=blob:limit=1"],
];

/// The attacker's branch brings a leak and takes it out again; a clone by the server's own address,
/// as `actions/checkout` makes one.
fn stage() -> Stage {
    let stage = Stage::new();
    let value = stage.world.emulator.sendgrid().add_key("leaked", &["mail.send"]).value;
    stage.write("sub/settings.py", &format!("KEY = '{value}'\n"));
    stage.commit("leak");
    stage.git(&["rm", "--quiet", "sub/settings.py"]);
    stage.commit("away");
    stage
}

fn clone(stage: &Stage, filter: &[&str]) {
    let _ = fs::remove_dir_all(&stage.world.folder);
    let (url, folder) =
        (format!("{}/acme/site.git", stage.server.url()), stage.world.folder.display().to_string());
    let how = [&["clone", "--quiet", "--branch", "evil"][..], filter, &[&url, &folder]].concat();
    let cloned = git(&stage.origin, &how);
    assert!(cloned.status.success(), "{}", String::from_utf8_lossy(&cloned.stderr));
}

#[tokio::test(start_paused = true)]
async fn b6_an_event_fetches_what_a_partial_clone_lacks() {
    let mut stage = stage();
    stage.pull_request("main");
    for filter in FILTERS {
        clone(&stage, filter);
        let ran = stage.act(&[]).await;
        assert_eq!(ran.code, 11, "{filter:?}: {}", ran.all());
        assert!(ran.all().contains("sub/settings.py"), "{filter:?}: {}", ran.all());
    }
    // The control: what is not new is not looked at, so a range without the leak is clean.
    stage.git(&["branch", "--force", "main", "evil~1"]);
    stage.pull_request("main");
    clone(&stage, FILTERS[0]);
    stage.act(&[]).await.expect(0);
}

#[tokio::test(start_paused = true)]
async fn b6_a_range_is_fetched_where_it_is_known_from_where_and_incomplete_elsewhere() {
    for filter in FILTERS {
        let mut stage = stage();
        clone(&stage, filter);
        stage.world.env.remove("GITHUB_ACTIONS");
        stage.world.env.remove("GITHUB_SERVER_URL");
        let range = ["scan", "--range", "origin/main..origin/evil"];
        let ran = stage.run(&range).await;
        assert_eq!(ran.code, 5, "{filter:?}: {}", ran.all());
        let said = ran.all();
        assert!(
            said.contains("missing from this clone")
                && said.contains("git fetch --refetch --no-filter origin"),
            "{filter:?}: {said}"
        );
        assert!(!said.contains("no leak") && !said.contains("four million"), "{filter:?}: {said}");
        stage.world.env.insert("GITHUB_SERVER_URL".to_owned(), stage.server.url());
        let ran = stage.run(&range).await;
        assert_eq!(ran.code, 11, "{filter:?}: {}", ran.all());
        // What the hint says completes the clone.
        clone(&stage, filter);
        stage.world.env.remove("GITHUB_SERVER_URL");
        assert!(
            git(&stage.world.folder, &["fetch", "--quiet", "--refetch", "--no-filter", "origin"])
                .status
                .success()
        );
        stage.run(&range).await.expect(11);
    }
}

#[tokio::test(start_paused = true)]
async fn b6_a_history_that_lacks_an_object_is_incomplete_whatever_the_reason() {
    let mut stage = stage();
    stage.world.env.remove("GITHUB_ACTIONS");
    stage.world.env.remove("GITHUB_SERVER_URL");
    stage.git(&["config", "transfer.unpackLimit", "100000"]);
    for (what, of) in
        [("blob", "evil~1:sub/settings.py"), ("tree", "evil~1:sub"), ("tree", "evil~1^{tree}")]
    {
        clone(&stage, &[]);
        let packs = stage.world.folder.join(".git/objects/pack");
        let pack = fs::read_dir(&packs)
            .unwrap()
            .map(|entry| entry.unwrap().path())
            .find(|path| path.extension().is_some_and(|e| e == "pack"));
        let aside = stage.outside.join("pack");
        fs::rename(pack.unwrap(), &aside).unwrap();
        fs::remove_dir_all(&packs).unwrap();
        let unpacked = std::process::Command::new("git")
            .args(["unpack-objects", "-q"])
            .current_dir(&stage.world.folder)
            .stdin(fs::File::open(&aside).unwrap())
            .status();
        assert!(unpacked.unwrap().success());
        // The control: nothing is missing yet.
        stage.run(&["scan", "--history"]).await.expect(11);
        let id = stage.tip(of);
        fs::remove_file(stage.world.folder.join(".git/objects").join(&id[..2]).join(&id[2..]))
            .unwrap();
        let ran = stage.run(&["scan", "--history"]).await;
        assert!(ran.code == 5 || ran.code == 11 && what == "tree", "{of}: {}", ran.all());
        assert!(
            ran.all().contains("of the history is missing from this clone"),
            "{of}: {}",
            ran.all()
        );
        let ran = stage.run(&["scan", "--range", "origin/main..origin/evil"]).await;
        assert!(ran.code == 5 || ran.code == 11 && what == "tree", "{of}: {}", ran.all());
        assert!(ran.all().contains("missing from this clone"), "{of}: {}", ran.all());
    }
}

#[tokio::test(start_paused = true)]
async fn c11_a_fetch_that_fails_is_told_with_the_line_that_was_fatal() {
    let mut stage = stage();
    stage.pull_request("main");
    for filter in &FILTERS[..2] {
        clone(&stage, filter);
        let ran = stage.act(&[("token", "")]).await.expect(11);
        assert!(!ran.all().contains("grafts"), "{}", ran.all());
        clone(&stage, filter);
        // Nobody is there to answer.
        stage.world.env.insert("GITHUB_SERVER_URL".to_owned(), "http://127.0.0.1:9".to_owned());
        let ran = stage.act(&[]).await;
        assert_eq!(ran.code, 5, "{}", ran.all());
        assert!(
            !ran.all().contains("grafts")
                && !ran.all().contains("hint: Support")
                && !ran.all().contains("no leak"),
            "{}",
            ran.all()
        );
        assert!(ran.all().contains("127.0.0.1"), "{}", ran.all());
        stage.world.env.insert("GITHUB_SERVER_URL".to_owned(), stage.server.url());
    }
    let said = |text: &str| tokenward::git::Failed::said(text.as_bytes()).cause;
    assert_eq!(
        said("hint: Support for <GIT_DIR>/info/grafts is deprecated\nfatal: bad object x\n"),
        "bad object x"
    );
    assert_eq!(said("hint: something\nerror: no room\n"), "no room");
}
