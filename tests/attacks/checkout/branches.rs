//! A4 and A5: other events than `pull_request`, and branches that an attacker can write. Only the
//! default branch or a protected ref decides.

use serde_json::json;

use super::stage::Stage;
use crate::support::FOUR;

/// The attacker's branch is checked out, with a leak in it that its own config would hide.
fn stage() -> Stage {
    let stage = Stage::new();
    let leaked = stage.world.emulator.sendgrid().add_key("leaked", &["mail.send"]).value;
    stage.write("settings.py", &format!("KEY = '{leaked}'\n"));
    stage.propose_evil();
    stage.check_out("evil");
    stage
}

async fn is_ours(stage: &Stage, what: &str) {
    for command in ["check", "status"] {
        let ran = stage.act(&[("command", command)]).await.expect(0);
        assert!(!stage.is_theirs(&ran) && ran.all().contains("sendgrid"), "{what}: {}", ran.all());
    }
    let ran = stage.act(&[("args", ".")]).await.expect(11);
    assert!(!stage.is_theirs(&ran), "{what}: {}", ran.all());
}

#[tokio::test(start_paused = true)]
async fn a4_the_head_checked_out_decides_nothing_whatever_started_the_run() {
    let mut stage = stage();
    let ran = stage.run_as_person(&["check"]).await;
    assert!(stage.is_theirs(&ran), "the vehicle does not work: {}", ran.all());
    // All is left out, so nothing was there to be scanned.
    stage.run_as_person(&["scan"]).await.expect(3);
    let main = stage.tip("main");
    let own = json!({"head_repository": {"full_name": "acme/site"}, "head_sha": stage.tip("evil")});
    for event in [
        "workflow_run",
        "issue_comment",
        "workflow_dispatch",
        "schedule",
        "repository_dispatch",
        "deployment_status",
        "check_run",
    ] {
        for protected in ["true", "false", ""] {
            stage.event(event, "refs/heads/main", &main, protected, &json!({"workflow_run": own}));
            is_ours(&stage, event).await;
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a4_a_run_on_a_branch_that_anybody_may_push_to_goes_by_the_default_branch() {
    let mut stage = stage();
    let evil = stage.tip("evil");
    for event in ["push", "workflow_dispatch", "never_heard_of"] {
        stage.event(event, "refs/heads/evil", &evil, "false", &json!({}));
        is_ours(&stage, event).await;
    }
    stage.event("push", "refs/tags/evil", &evil, "false", &json!({}));
    is_ours(&stage, "an unprotected tag").await;
    // A queue's branch holds what is proposed, whatever rule covers it.
    stage.event(
        "never_heard_of",
        "refs/heads/gh-readonly-queue/main/pr-7",
        &evil,
        "true",
        &json!({}),
    );
    is_ours(&stage, "a queue").await;
    // The control: that the ref is protected is what makes the difference.
    stage.event("push", "refs/heads/evil", &evil, "true", &json!({}));
    let ran = stage.act(&[("command", "check")]).await;
    assert!(stage.is_theirs(&ran), "{}", ran.all());
}

#[tokio::test(start_paused = true)]
async fn a4_an_event_that_does_not_name_the_default_branch_is_asked_about_at_the_server() {
    let mut stage = stage();
    let (main, evil) = (stage.tip("main"), stage.tip("evil"));
    stage.git(&["checkout", "--quiet", "main"]);
    for (reference, sha) in
        [("refs/heads/main", &main), ("refs/heads/evil", &evil), ("refs/pull/7/merge", &evil)]
    {
        stage.event("schedule", reference, sha, "false", &json!({}));
        std::fs::write(stage.outside.join("event.json"), "{}").unwrap();
        is_ours(&stage, reference).await;
    }
}

#[tokio::test(start_paused = true)]
async fn a4_what_cannot_be_decided_is_refused() {
    let mut stage = stage();
    let evil = stage.tip("evil");
    stage.event("push", "refs/heads/evil", &evil, "false", &json!({}));
    stage.world.env.remove("GITHUB_SERVER_URL");
    for command in ["check", "status", "plan"] {
        let ran = stage.act(&[("command", command)]).await.expect(2);
        assert!(
            ran.err.contains("error[checkout-unclear]") && !stage.is_theirs(&ran),
            "{}",
            ran.all()
        );
    }
    // The branch has a config, so a scan does not go on as if there were none.
    stage.act(&[("args", ".")]).await.expect(2);
    stage.world.env.insert("GITHUB_SERVER_URL".to_owned(), "http://127.0.0.1:1".to_owned());
    let ran = stage.act(&[("command", "check")]).await.expect(2);
    assert!(ran.err.contains("error[checkout-unclear]"), "{}", ran.all());
    // Without one, and without being asked for one, it does, and says so.
    std::fs::remove_file(stage.world.folder.join(".github/tokenward.yml")).unwrap();
    let ran = stage.act(&[("args", ".")]).await.expect(11);
    assert!(ran.err.contains("note: no config is used"), "{}", ran.all());
}

#[tokio::test(start_paused = true)]
async fn a4_a_branch_of_the_clone_is_not_taken_for_the_default_branch() {
    // A fork was checked out: what its `main` holds is called `origin/main` here.
    let mut stage = stage();
    let evil = stage.tip("evil");
    for name in ["refs/remotes/origin/main", "refs/heads/main", "refs/remotes/origin/HEAD"] {
        assert!(
            super::stage::git(&stage.world.folder, &["update-ref", name, &evil]).status.success()
        );
    }
    stage.event("push", "refs/heads/evil", &evil, "false", &json!({}));
    is_ours(&stage, "refs of the clone").await;
}

#[tokio::test(start_paused = true)]
async fn a4_comments_and_baselines_of_a_head_that_is_checked_out_count_for_nothing() {
    let mut stage = Stage::new();
    let leaked = stage.world.emulator.sendgrid().add_key("leaked", &["mail.send"]).value;
    stage.write("settings.py", &format!("KEY = '{leaked}' # tokenward:allow I am sure\n"));
    stage.write(".gitleaksignore", "settings.py:sendgrid-api-token:1\n");
    stage.commit("evil");
    stage.check_out("evil");
    stage.run_as_person(&["scan"]).await.expect(0);
    let main = stage.tip("main");
    for event in ["workflow_run", "issue_comment"] {
        stage.event(
            event,
            "refs/heads/main",
            &main,
            "true",
            &json!({"workflow_run": {"head_repository": {"full_name": "acme/site"}}}),
        );
        stage.act(&[("args", ".")]).await.expect(11);
        stage.act(&[("args", ". --gitleaks")]).await.expect(11);
    }
}

#[tokio::test(start_paused = true)]
async fn a4_comments_count_for_nothing_although_the_base_is_checked_out() {
    let mut stage = Stage::new();
    let leaked = stage.world.emulator.sendgrid().add_key("leaked", &["mail.send"]).value;
    stage.write("settings.py", &format!("KEY = '{leaked}' # tokenward:allow I am sure\n"));
    let head = stage.commit("evil");
    let main = stage.tip("main");
    // `pull_request_target` checks the base out, and what the event brings is another's.
    stage.check_out("main");
    let payload = json!({"pull_request": {
        "number": 7, "commits": 1, "base": {"ref": "main", "sha": main},
        "head": {"ref": "evil", "sha": head, "repo": {"full_name": "mallory/site"}},
    }});
    stage.event("pull_request_target", "refs/heads/main", &main, "true", &payload);
    stage.act(&[]).await.expect(11);
    // And files of the proposal that a step before has put over the base's.
    stage.event("workflow_dispatch", "refs/heads/main", &main, "true", &json!({}));
    std::fs::copy(stage.origin.join("settings.py"), stage.world.folder.join("settings.py"))
        .unwrap();
    stage.act(&[("args", ".")]).await.expect(11);
    super::stage::git(&stage.world.folder, &["add", "--all"]);
    stage.act(&[("args", "--staged")]).await.expect(11);
    // The control: merged, it counts.
    stage.git(&["checkout", "--quiet", "main"]);
    stage.git(&["merge", "--quiet", "evil"]);
    let merged = stage.tip("main");
    stage.check_out("main");
    stage.event("workflow_dispatch", "refs/heads/main", &merged, "true", &json!({}));
    stage.act(&[("args", ".")]).await.expect(0);
}

#[tokio::test(start_paused = true)]
async fn a5_a_base_that_the_attacker_can_write_decides_nothing() {
    let mut stage = stage();
    stage.git(&["branch", "theirs", "evil"]);
    stage.pull_request("theirs");
    is_ours(&stage, "a base of theirs").await;
    // The same branch, called so that a list of names could take it for the default one.
    for name in ["Main", "master", "main2", "refs/heads/main", "origin/main"] {
        stage.git(&["update-ref", &format!("refs/heads/{name}"), "evil"]);
        let sha = stage.tip("evil");
        let payload = json!({"pull_request": {"number": 7, "base": {"ref": name, "sha": sha}, "head": {"ref": "evil", "sha": sha}}});
        stage.event("pull_request", "refs/pull/7/merge", &sha, "false", &payload);
        is_ours(&stage, name).await;
        stage.event("push", &format!("refs/heads/{name}"), &sha, "false", &json!({}));
        is_ours(&stage, name).await;
    }
    let (base, head) = (stage.tip("theirs"), stage.tip("evil"));
    let queue = json!({"merge_group": {"base_ref": "refs/heads/theirs", "base_sha": base, "head_sha": head}});
    stage.event("merge_group", "refs/heads/gh-readonly-queue/theirs/pr-7", &head, "true", &queue);
    is_ours(&stage, "a queue of theirs").await;
    // `pull_request_target` runs on the base.
    stage.event(
        "pull_request_target",
        "refs/heads/theirs",
        &base,
        "false",
        &json!({"pull_request": {"base": {"ref": "theirs", "sha": base}}}),
    );
    is_ours(&stage, "pull_request_target").await;
}

#[tokio::test(start_paused = true)]
async fn a5_a_comment_that_is_only_in_such_a_base_counts_for_nothing() {
    let mut stage = Stage::new();
    let leaked = stage.world.emulator.sendgrid().add_key("leaked", &["mail.send"]).value;
    stage.write("settings.py", &format!("KEY = '{leaked}' # tokenward:allow I am sure\n"));
    stage.commit("into a base of theirs");
    stage.git(&["branch", "theirs", "evil"]);
    stage.write("settings.py", &format!("# moved\nKEY = '{leaked}' # tokenward:allow I am sure\n"));
    stage.commit("and from there on");
    stage.pull_request("theirs");
    stage.check_out("evil");
    stage.act(&[]).await.expect(11);
    stage.act(&[("args", ".")]).await.expect(11);
    // The control: in the default branch it counts.
    stage.git(&["checkout", "--quiet", "main"]);
    stage.git(&["merge", "--quiet", "theirs"]);
    stage.git(&["checkout", "--quiet", "evil"]);
    stage.pull_request("main");
    stage.act(&[]).await.expect(0);
}

#[tokio::test(start_paused = true)]
async fn a5_nothing_is_rotated_for_a_ref_that_is_not_trusted_and_allow_unprotected_ref_takes_its_own_config()
 {
    let mut stage = Stage::new();
    stage.write(".github/tokenward.yml", &FOUR.replace("  sendgrid:\n", "  branch:\n"));
    let evil = stage.commit("a config of the branch");
    stage.check_out("evil");
    stage.event("push", "refs/heads/evil", &evil, "false", &json!({}));
    let ran = stage.run(&["rotate"]).await.expect(2);
    assert!(ran.err.contains("error[unprotected-ref]"), "{}", ran.all());
    let ran = stage.run(&["rotate", "--allow-unprotected-ref"]).await.expect(0);
    assert!(ran.all().contains("branch"), "{}", ran.all());
    // A person's word is about a branch, not about a proposal.
    stage.pull_request("main");
    for reference in
        ["refs/pull/7/merge", "refs/pull/7/head", "", "refs/heads/gh-readonly-queue/main/pr-7"]
    {
        stage.world.env.insert("GITHUB_EVENT_NAME".to_owned(), "workflow_dispatch".to_owned());
        stage.world.env.insert("GITHUB_REF".to_owned(), reference.to_owned());
        let ran = stage.run(&["rotate", "--allow-unprotected-ref"]).await.expect(2);
        assert!(ran.err.contains("error[untrusted-event]"), "{reference}: {}", ran.all());
    }
}
