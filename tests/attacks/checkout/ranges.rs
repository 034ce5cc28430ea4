//! A4 and A5: what is new is new to the default branch, or to the branch of a merge queue. What
//! somebody else proposes or pushed before may never have been looked at.

use serde_json::{Value, json};

use super::stage::Stage;

/// A stage and a line with a leak.
fn stage() -> (Stage, String) {
    let stage = Stage::new();
    let leaked = stage.world.emulator.sendgrid().add_key("leaked", &["mail.send"]).value;
    (stage, format!("KEY = '{leaked}'\n"))
}

/// The leak in one commit of the attacker's branch, then one that has nothing to do with it.
fn leak_then_more() -> (Stage, String, String) {
    let (stage, leak) = stage();
    stage.write("settings.py", &leak);
    let first = stage.commit("leak");
    stage.write("more", "more\n");
    let second = stage.commit("more");
    stage.check_out("evil");
    (stage, first, second)
}

async fn is_seen(stage: &Stage, what: &str) {
    let ran = stage.act(&[]).await;
    assert_eq!(ran.code, 11, "{what}: {}", ran.all());
    assert!(ran.all().contains("settings.py"), "{what}: {}", ran.all());
}

fn queued(base_ref: &str, base: &str, head: &str) -> Value {
    json!({"action": "checks_requested", "merge_group": {"base_ref": base_ref, "base_sha": base, "head_ref": "x", "head_sha": head}})
}

#[tokio::test(start_paused = true)]
async fn a5_a_pull_request_into_a_branch_of_its_author_is_compared_to_the_default_branch() {
    let (mut stage, first, _) = leak_then_more();
    for theirs in ["theirs", "release/1", "heads/main", "Main"] {
        stage.git(&["branch", "--force", theirs, &first]);
        stage.pull_request(theirs);
        is_seen(&stage, theirs).await;
    }
    // The control: what the default branch has already is not new.
    stage.git(&["branch", "--force", "main", &first]);
    stage.pull_request("main");
    stage.act(&[]).await.expect(0);
}

#[tokio::test(start_paused = true)]
async fn a4_a_merge_queue_is_compared_to_what_was_merged_and_not_to_what_waits_before_it() {
    let (mut stage, first, second) = leak_then_more();
    let reference = format!("refs/heads/gh-readonly-queue/main/pr-2-{first}");
    stage.event(
        "merge_group",
        &reference,
        &second,
        "true",
        &queued("refs/heads/main", &first, &second),
    );
    is_seen(&stage, "the one before leaks").await;
    // The one before it in the queue proposes to look at nothing.
    let (mut stage, leak) = self::stage();
    let first = stage.propose_evil();
    stage.write("settings.py", &leak);
    let second = stage.commit("leak");
    stage.check_out("evil");
    stage.event(
        "merge_group",
        &reference,
        &second,
        "true",
        &queued("refs/heads/main", &first, &second),
    );
    is_seen(&stage, "the one before decides").await;
    // The control: merged, it would be no longer new.
    let (mut stage, first, second) = leak_then_more();
    stage.git(&["branch", "--force", "main", &first]);
    stage.event(
        "merge_group",
        &reference,
        &second,
        "true",
        &queued("refs/heads/main", &first, &second),
    );
    stage.act(&[]).await.expect(0);
}

#[tokio::test(start_paused = true)]
async fn a4_a_push_that_nobody_looked_at_is_looked_at_with_the_next_one() {
    let (mut stage, first, second) = leak_then_more();
    for reference in ["refs/heads/evil", "refs/tags/evil"] {
        stage.event(
            "push",
            reference,
            &second,
            "false",
            &json!({"ref": reference, "before": first, "after": second, "commits": [{}]}),
        );
        is_seen(&stage, reference).await;
    }
    // Back to the commit with the leak.
    let back = json!({"ref": "refs/heads/evil", "before": second, "after": first, "commits": [], "forced": true});
    stage.event("push", "refs/heads/evil", &first, "false", &back);
    is_seen(&stage, "back").await;
    // The control: the default branch is compared to what it was.
    stage.git(&["branch", "--force", "main", &second]);
    stage.event(
        "push",
        "refs/heads/main",
        &second,
        "true",
        &json!({"ref": "refs/heads/main", "before": first, "after": second, "commits": [{}]}),
    );
    stage.act(&[]).await.expect(0);
}

/// A value in three pieces, of which the base writes the first and the pull request the last.
fn in_pieces(stage: &Stage) -> impl Fn(bool, bool) -> String + use<> {
    let value = stage.world.emulator.sendgrid().add_key("leaked", &["mail.send"]).value;
    let third = value.len() / 3;
    move |first, last| {
        let (first, last) =
            (if first { &value[..third] } else { "" }, if last { &value[2 * third..] } else { "" });
        format!("KEY = \"{first}\" +\n    \"{}\" +\n    \"{last}\"\n", &value[third..2 * third])
    }
}

/// GitHub merges `evil` into a branch; the runner checks the merge out, which no branch holds.
fn merged(stage: &mut Stage, base: &str, hand: Option<&str>) -> String {
    stage.git(&["checkout", "--quiet", "-B", "merge", base]);
    stage.git(&["merge", "--quiet", "--no-ff", "--no-commit", "evil"]);
    if let Some(text) = hand {
        stage.write("settings.py", text);
    }
    let merge = stage.commit("merge");
    stage.check_out("merge");
    stage.git(&["checkout", "--quiet", "evil"]);
    stage.git(&["update-ref", "refs/pull/7/merge", &merge]);
    stage.git(&["branch", "--quiet", "-D", "merge"]);
    stage.pull_request(base);
    stage.world.env.insert("GITHUB_SHA".to_owned(), merge.clone());
    merge
}

#[tokio::test(start_paused = true)]
async fn a4_what_only_the_merge_of_base_and_head_holds_is_looked_at() {
    for (theirs, hand) in [("main", false), ("main", true), ("theirs", false), ("theirs", true)] {
        let mut stage = Stage::new();
        let pieces = in_pieces(&stage);
        stage.git(&["checkout", "--quiet", "main"]);
        stage.write("settings.py", &pieces(false, false));
        stage.commit("before");
        stage.git(&["branch", "--force", "evil"]);
        stage.git(&["checkout", "--quiet", "-B", theirs]);
        stage.write("settings.py", &pieces(!hand, false));
        stage.commit("the first piece");
        stage.git(&["checkout", "--quiet", "evil"]);
        stage.write("settings.py", &pieces(false, !hand));
        stage.commit("the last piece");
        let merge = merged(&mut stage, theirs, hand.then(|| pieces(true, true)).as_deref());
        is_seen(&stage, "merge").await;
        // A checkout of the head lacks the merge, which is fetched.
        stage.check_out("evil");
        let ran = stage.act(&[]).await;
        assert_eq!(ran.code, 11, "{theirs} {hand}: {}", ran.all());
        assert!(ran.all().contains(&merge[..7]), "{theirs} {hand}: {}", ran.all());
        // The control: neither side holds it, and a merge that the server has no more adds nothing.
        let gone = "f".repeat(40);
        for commit in [stage.tip("evil"), stage.tip(theirs), gone] {
            stage.world.env.insert("GITHUB_SHA".to_owned(), commit);
            stage.act(&[]).await.expect(0);
        }
    }
}

#[tokio::test(start_paused = true)]
async fn what_the_base_of_a_merge_holds_is_nothing_that_a_pull_request_brings() {
    let (mut stage, leak) = stage();
    stage.write("more", "more\n");
    stage.commit("more");
    stage.git(&["checkout", "--quiet", "main"]);
    let before = stage.tip("main");
    stage.write("settings.py", &leak);
    stage.commit("leak");
    stage.git(&["checkout", "--quiet", "evil"]);
    merged(&mut stage, "main", None);
    stage.act(&[]).await.expect(0);
    // The event may name an older commit of the base than the merge was made with.
    stage.git(&["branch", "--quiet", "kept", "main"]);
    stage.git(&["branch", "--quiet", "--force", "main", &before]);
    let sha = stage.world.env["GITHUB_SHA"].clone();
    stage.pull_request("main");
    stage.world.env.insert("GITHUB_SHA".to_owned(), sha);
    for branch in ["kept", "evil"] {
        stage.check_out(branch);
        stage.act(&[]).await.expect(0);
    }
    // The control: a run on the default branch that was pushed sees it.
    let (old, new) = (before, stage.tip("kept"));
    let push = json!({"ref": "refs/heads/main", "before": old, "after": new, "commits": [{}]});
    stage.event("push", "refs/heads/main", &new, "true", &push);
    is_seen(&stage, "push").await;
}

#[tokio::test(start_paused = true)]
async fn a4_a_merge_that_cannot_be_fetched_is_not_called_clean() {
    let mut stage = Stage::new();
    stage.write("more", "more\n");
    stage.commit("more");
    merged(&mut stage, "main", None);
    stage.act(&[]).await.expect(0);
    let folder = stage.world.folder.display().to_string();
    let _ = std::fs::remove_dir_all(&stage.world.folder);
    let url = format!("file://{}", stage.origin.display());
    assert!(
        super::stage::git(&stage.origin, &["clone", "--quiet", "--branch", "evil", &url, &folder])
            .status
            .success()
    );
    stage.world.env.insert("GITHUB_SERVER_URL".to_owned(), "http://127.0.0.1:9".to_owned());
    let ran = stage.act(&[]).await.expect(5);
    assert!(ran.all().contains("could not be fetched"), "{}", ran.all());
    // The control: where there is no merge, that clone has all it takes.
    let head = stage.tip("evil");
    stage.world.env.insert("GITHUB_SHA".to_owned(), head);
    stage.act(&[]).await.expect(0);
}

#[tokio::test(start_paused = true)]
async fn a4_who_wrote_a_commit_or_a_tag_is_looked_at_like_what_they_wrote() {
    let value =
        |stage: &Stage| stage.world.emulator.sendgrid().add_key("leaked", &["mail.send"]).value;
    type Hide = fn(&Stage, &str);
    let hide: [(&str, Hide); 5] = [
        ("author", |stage, value| {
            stage.git(&[
                "-c",
                &format!("user.name=me {value}"),
                "commit",
                "--quiet",
                "--allow-empty",
                "--message=x",
            ]);
        }),
        ("mail", |stage, value| {
            stage.git(&[
                "-c",
                &format!("user.email={value}"),
                "commit",
                "--quiet",
                "--allow-empty",
                "--message=x",
            ]);
        }),
        ("committer", |stage, value| {
            let author = "--author=A <a@example.com>";
            stage.git(&[
                "-c",
                &format!("user.name={value}"),
                "commit",
                "--quiet",
                "--allow-empty",
                "--message=x",
                author,
            ]);
        }),
        ("another header", |stage, value| {
            let text = stage.git(&["cat-file", "commit", "HEAD"]);
            let (head, message) = text.split_once("\n\n").unwrap();
            let forged = stage.outside.join("commit");
            std::fs::write(&forged, format!("{head}\nx-key k={value}\n\n{message}\n")).unwrap();
            let id = stage.git(&[
                "hash-object",
                "-t",
                "commit",
                "-w",
                "--literally",
                &forged.display().to_string(),
            ]);
            stage.git(&["reset", "--quiet", "--hard", &id]);
        }),
        ("merged tag", |stage, value| {
            stage.git(&["checkout", "--quiet", "-b", "side"]);
            stage.commit("side");
            stage.git(&["tag", "--annotate", &format!("--message=k={value}"), "side-1"]);
            stage.git(&["checkout", "--quiet", "evil"]);
            stage.git(&["merge", "--quiet", "--no-ff", "--message=merged", "side"]);
            let text = stage.git(&["cat-file", "commit", "HEAD"]);
            let tag = stage.git(&["cat-file", "tag", "side-1"]);
            let (head, message) = text.split_once("\n\n").unwrap();
            let forged = stage.outside.join("commit");
            std::fs::write(
                &forged,
                format!("{head}\nmergetag {}\n\n{message}\n", tag.replace('\n', "\n ")),
            )
            .unwrap();
            let id = stage.git(&[
                "hash-object",
                "-t",
                "commit",
                "-w",
                "--literally",
                &forged.display().to_string(),
            ]);
            stage.git(&["reset", "--quiet", "--hard", &id]);
        }),
    ];
    for (what, hide) in hide {
        let mut stage = Stage::new();
        let value = value(&stage);
        hide(&stage, &value);
        stage.check_out("evil");
        stage.pull_request("main");
        for inputs in [&[][..], &[("args", "--history")]] {
            let ran = stage.act(inputs).await;
            assert_eq!(ran.code, 11, "{what}: {}", ran.all());
            assert!(
                ran.all().contains("<commit header>") && !ran.all().contains(&value),
                "{what}: {}",
                ran.all()
            );
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a4_a_tag_with_a_branch_s_name_chooses_no_range() {
    let (mut stage, _, second) = leak_then_more();
    stage.git(&["tag", "main", &second]);
    let folder = stage.world.folder.display().to_string();
    let _ = std::fs::remove_dir_all(&stage.world.folder);
    assert!(
        super::stage::git(&stage.origin, &["clone", "--quiet", "--branch", "evil", ".", &folder])
            .status
            .success()
    );
    assert!(
        super::stage::git(&stage.world.folder, &["branch", "main", "origin/main"]).status.success()
    );
    for range in ["main..evil", "main~0..evil", "main..HEAD"] {
        let ran = stage.run_as_person(&["scan", "--range", range]).await;
        assert_eq!(ran.code, 2, "{range}: {}", ran.all());
        assert!(ran.all().contains("is ambiguous"), "{range}: {}", ran.all());
    }
    // The control: by its whole name each says which it is, and the tag would have hidden the leak.
    stage.run_as_person(&["scan", "--range", "refs/heads/main..evil"]).await.expect(11);
    let ran = stage.run_as_person(&["scan", "--range", "refs/tags/main..evil"]).await;
    assert_ne!(ran.code, 11, "{}", ran.all());
}

#[tokio::test(start_paused = true)]
async fn a4_folders_within_each_other_without_end_are_counted_and_not_gone_through() {
    // The control: with few of them everything is looked at.
    for (levels, code) in [(1, 0), (14, 5)] {
        let mut stage = Stage::new();
        let clean = stage.tip("main^{tree}");
        let mut tree = clean.clone();
        for _ in 0..levels {
            let list = stage.outside.join("list");
            std::fs::write(
                &list,
                (0..10).map(|name| format!("040000 tree {tree}\t{name}\n")).collect::<String>(),
            )
            .unwrap();
            let list = std::fs::File::open(&list).unwrap();
            let made = std::process::Command::new("git")
                .arg("mktree")
                .current_dir(&stage.origin)
                .stdin(list)
                .output();
            tree = String::from_utf8(made.unwrap().stdout).unwrap().trim().to_owned();
        }
        // Taken away again: nobody who checks the head out meets them.
        let bomb = stage.git(&["commit-tree", "-p", "main", "-m", "bomb", &tree]);
        let away = stage.git(&["commit-tree", "-p", &bomb, "-m", "away", &clean]);
        stage.git(&["update-ref", "refs/heads/evil", &away]);
        stage.check_out("evil");
        stage.pull_request("main");
        let ran = stage.act(&[]).await;
        assert_eq!(ran.code, code, "{levels}: {}", ran.all());
        assert_eq!(
            ran.all().contains("more than four million paths"),
            code != 0,
            "{levels}: {}",
            ran.all()
        );
    }
}

#[tokio::test(start_paused = true)]
async fn a4_what_the_tag_at_the_end_of_a_range_says_is_looked_at() {
    let mut stage = Stage::new();
    let value = stage.world.emulator.sendgrid().add_key("leaked", &["mail.send"]).value;
    stage.commit("nothing");
    stage.git(&["tag", "--annotate", &format!("--message=k={value}"), "v1"]);
    stage.git(&["tag", "--annotate", "--message=of a tag", "v2", "v1"]);
    stage.git(&["tag", "light"]);
    stage.git(&["tag", "--annotate", &format!("--message=k={value}"), "old", "main"]);
    let folder = stage.world.folder.display().to_string();
    let _ = std::fs::remove_dir_all(&stage.world.folder);
    assert!(
        super::stage::git(&stage.origin, &["clone", "--quiet", "--branch", "evil", ".", &folder])
            .status
            .success()
    );
    for to in ["v1", "refs/tags/v1", "v2", "old", &stage.tip("v1")] {
        let ran = stage.run_as_person(&["scan", "--range", &format!("origin/main..{to}")]).await;
        assert_eq!(ran.code, 11, "{to}: {}", ran.all());
        assert!(ran.all().contains("<tag message>"), "{to}: {}", ran.all());
    }
    // The control: what the tags lead to is clean.
    for to in ["v1^{commit}", "v1~0", "light", "evil", "old^{}"] {
        stage.run_as_person(&["scan", "--range", &format!("origin/main..{to}")]).await.expect(0);
    }
}

#[tokio::test(start_paused = true)]
async fn the_history_of_a_partial_clone_is_not_called_clean() {
    let (mut stage, _, _) = leak_then_more();
    stage.git(&["rm", "--quiet", "settings.py"]);
    stage.commit("away");
    stage.git(&["config", "uploadpack.allowFilter", "true"]);
    let (url, folder) =
        (format!("file://{}", stage.origin.display()), stage.world.folder.display().to_string());
    for (filter, code) in
        [("--filter=blob:none", 5), ("--filter=tree:0", 5), ("--filter=blob:limit=1g", 11)]
    {
        let _ = std::fs::remove_dir_all(&stage.world.folder);
        let cloned = super::stage::git(
            &stage.origin,
            &["clone", "--quiet", filter, "--branch", "evil", &url, &folder],
        );
        assert!(cloned.status.success(), "{}", String::from_utf8_lossy(&cloned.stderr));
        let ran = stage.run_as_person(&["scan", "--history"]).await;
        assert_eq!(ran.code, code, "{filter}: {}", ran.all());
        assert_eq!(
            ran.all().contains("missing from this clone"),
            code == 5,
            "{filter}: {}",
            ran.all()
        );
    }
    // An index whose pack is gone.
    let packs = stage.world.folder.join(".git/objects/pack");
    let pack = std::fs::read_dir(packs)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .find(|path| path.extension().is_some_and(|e| e == "pack"));
    std::fs::remove_file(pack.unwrap()).unwrap();
    let ran = stage.run_as_person(&["scan", "--history"]).await;
    assert!(ran.code != 0 && ran.code != 11, "{}", ran.all());
}

#[tokio::test(start_paused = true)]
async fn a3_a_checkout_within_the_checkout_is_not_called_clean_for_the_outer_one() {
    let (mut stage, _, _) = leak_then_more();
    let main = stage.tip("main");
    stage.check_out("main");
    let inner = stage.world.folder.join("pr").display().to_string();
    assert!(
        super::stage::git(&stage.origin, &["clone", "--quiet", "--branch", "evil", ".", &inner])
            .status
            .success()
    );
    stage.event("issue_comment", "refs/heads/main", &main, "true", &json!({}));
    for args in ["", "--history", "--range HEAD~1..HEAD", "--staged"] {
        let ran = stage.act(&[("working-directory", "pr"), ("args", args)]).await;
        assert_eq!(ran.code, 5, "{args}: {}", ran.all());
        assert!(ran.all().contains("a separate checkout"), "{args}: {}", ran.all());
    }
    // The control: its files can be looked at, and so can the outer one's commits.
    stage.act(&[("working-directory", "pr"), ("args", ".")]).await.expect(11);
    stage.act(&[("args", "")]).await.expect(0);
}
