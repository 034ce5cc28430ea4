//! A4: a value that the scan was told to leave out where it was, moved to where it is looked for,
//! without anything new in it.

use tokenward::providers::model::examples::expand;

use super::stage::Stage;
use crate::support::FOUR;

/// The default branch: a value below `vendor`, which is left out, and one that somebody took out
/// again.
fn stage() -> Stage {
    let stage = Stage::new();
    let value = |seed: u64| expand("SG.{w:22}.{w:43}", seed).unwrap();
    stage.git(&["checkout", "--quiet", "main"]);
    stage.write(".github/tokenward.yml", &format!("{FOUR}scan: {{ignore: ['vendor/']}}\n"));
    stage.write("vendor/deep/keys.txt", &format!("k = {}\n", value(1)));
    stage.write("old.txt", &format!("k = {}\n", value(2)));
    stage.commit("before");
    stage.git(&["rm", "--quiet", "old.txt"]);
    stage.commit("taken out");
    stage.git(&["checkout", "--quiet", "-B", "evil"]);
    stage
}

async fn scanned(stage: &mut Stage, what: &str) -> u8 {
    stage.pull_request("main");
    stage.check_out("evil");
    let ran = stage.run(&["scan", "--event"]).await;
    assert!(matches!(ran.code, 0 | 11), "{what}: {}", ran.all());
    ran.code
}

#[tokio::test(start_paused = true)]
async fn a4_a_value_moved_out_of_what_is_left_out_is_found_where_it_is_now() {
    let moves: [(&str, &[&[&str]]); 6] = [
        ("renamed", &[&["mv", "vendor/deep/keys.txt", "keys.txt"]]),
        ("a folder renamed", &[&["mv", "vendor", "third-party"]]),
        (
            "copied",
            &[
                &["restore", "--quiet", "--worktree", "."],
                &["show", "HEAD:vendor/deep/keys.txt", "--output=copy.txt"],
            ],
        ),
        ("taken out of the history", &[&["checkout", "--quiet", "HEAD~1", "--", "old.txt"]]),
        (
            "moved back again",
            &[
                &["mv", "vendor/deep/keys.txt", "keys.txt"],
                &["commit", "--quiet", "-m", "x"],
                &["mv", "keys.txt", "vendor/k"],
            ],
        ),
        (
            "made a program",
            &[
                &["mv", "vendor/deep/keys.txt", "keys.sh"],
                &["update-index", "--chmod=+x", "keys.sh"],
            ],
        ),
    ];
    for (what, steps) in moves {
        let mut stage = stage();
        for step in steps {
            // `git show` writes no file for a blob: a copy is made by hand.
            if step.contains(&"--output=copy.txt") {
                let text = stage.git(&["show", "HEAD:vendor/deep/keys.txt"]) + "\n";
                stage.write("copy.txt", &text);
            } else {
                stage.git(step);
            }
        }
        if what == "made a program" {
            stage.git(&["commit", "--quiet", "-m", "x"]);
        } else {
            stage.commit("evil");
        }
        assert_eq!(scanned(&mut stage, what).await, 11, "{what}");
    }
}

#[tokio::test(start_paused = true)]
async fn a4_what_a_merge_with_an_old_commit_brings_back_is_found() {
    for parents in [["evil", "main~1"], ["main~1", "evil"]] {
        let mut stage = stage();
        stage.write("new.txt", "nothing\n");
        stage.commit("evil");
        // The tree of the old commit, with the new file.
        stage.git(&["checkout", "--quiet", "main~1", "--", "old.txt"]);
        let tree = stage.git(&["write-tree"]);
        let merge = stage.git(&[
            "commit-tree",
            tree.trim(),
            "-p",
            parents[0],
            "-p",
            parents[1],
            "-m",
            "merge",
        ]);
        stage.git(&["checkout", "--quiet", "--force", "-B", "evil", merge.trim()]);
        assert_eq!(scanned(&mut stage, parents[0]).await, 11);
    }
    // The control: what the default branch had when it was merged, and has taken out since, comes
    // back with nothing.
    let mut stage = stage();
    stage.git(&["checkout", "--quiet", "-B", "evil", "main~1"]);
    stage.write("new.txt", "nothing\n");
    stage.commit("evil");
    assert_eq!(scanned(&mut stage, "stale").await, 0);
}

#[tokio::test(start_paused = true)]
async fn a4_what_was_there_before_is_nothing_that_a_pull_request_brings() {
    // The control: it is moved within what is left out; and the scan runs, for a new value is
    // found.
    let mut stage = stage();
    stage.git(&["mv", "vendor/deep/keys.txt", "vendor/keys.txt"]);
    stage.commit("evil");
    assert_eq!(scanned(&mut stage, "within").await, 0);
    let text = stage.git(&["show", "HEAD:vendor/keys.txt"]).replace("k = ", "key = ");
    stage.write("new.txt", &text);
    stage.commit("evil");
    assert_eq!(scanned(&mut stage, "new").await, 11);
    // What the default branch has where it has it, merged into the proposal: nobody moved it.
    let mut stage = self::stage();
    stage.write("mine.txt", "mine\n");
    stage.commit("evil");
    stage.git(&["checkout", "--quiet", "main"]);
    let text = stage.git(&["show", "HEAD:vendor/deep/keys.txt"]) + "\n";
    stage.write("known.txt", &text);
    stage.commit("on the default branch");
    stage.git(&["checkout", "--quiet", "evil"]);
    stage.git(&["merge", "--quiet", "--no-edit", "main"]);
    assert_eq!(scanned(&mut stage, "merged").await, 0);
    stage.git(&["mv", "known.txt", "moved.txt"]);
    stage.commit("evil");
    assert_eq!(scanned(&mut stage, "merged and moved").await, 11);
}
