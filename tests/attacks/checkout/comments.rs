//! A4: a comment of a pull request that leans on some comment of the commit that decides.

use super::stage::Stage;

/// A value, and the commented line that lets it be.
fn value(stage: &Stage) -> String {
    stage.world.emulator.sendgrid().add_key("leaked", &["mail.send"]).value
}

fn line(value: &str, comment: &str) -> String {
    format!("KEY = '{value}' # {comment}\n")
}

/// What the default branch has, and what a pull request makes of it.
struct Case {
    what: &'static str,
    before: Vec<(&'static str, String)>,
    after: Vec<(&'static str, String)>,
}

/// Scans the pull request in every way there is; gives what was said.
async fn scanned(stage: &mut Stage, case: &Case, code: u8) -> Vec<String> {
    stage.git(&["checkout", "--quiet", "main"]);
    for (path, text) in &case.before {
        stage.write(path, text);
    }
    stage.commit("before");
    stage.git(&["checkout", "--quiet", "-B", "evil"]);
    for (path, text) in &case.after {
        stage.write(path, text);
    }
    stage.commit("after");
    stage.pull_request("main");
    stage.check_out("evil");
    let mut said = Vec::new();
    for inputs in [&[][..], &[("args", ".")], &[("args", "--history")]] {
        let ran = stage.act(inputs).await;
        assert_eq!(ran.code, code, "{} {inputs:?}: {}", case.what, ran.all());
        said.push(ran.all());
    }
    said
}

const GOOD: &str = "tokenward:allow the documented example";

#[tokio::test(start_paused = true)]
async fn a4_a_comment_counts_only_if_one_with_a_reason_stood_for_that_value_in_that_file_before() {
    for case in 0..7 {
        let mut stage = Stage::new();
        let (leaked, other) = (value(&stage), value(&stage));
        let theirs = line(&leaked, "tokenward:allow I am sure");
        let (what, before, after) = match case {
            0 => (
                "no reason before",
                vec![("a.py", line(&leaked, "tokenward:allow"))],
                vec![("a.py", theirs)],
            ),
            1 => (
                "signs are no reason",
                vec![("a.py", line(&leaked, "tokenward:allow --"))],
                vec![("a.py", theirs)],
            ),
            2 => {
                ("in another file", vec![("docs.py", line(&leaked, GOOD))], vec![("a.py", theirs)])
            }
            3 => (
                "for another value",
                vec![("a.py", line(&other, GOOD))],
                vec![("a.py", line(&other, GOOD) + &theirs)],
            ),
            4 => (
                "for a line above",
                vec![("a.py", format!("# {GOOD}\nKEY = '{leaked}'\n"))],
                vec![("a.py", theirs)],
            ),
            5 => (
                "a second line",
                vec![("a.py", line(&leaked, GOOD))],
                vec![("a.py", theirs.clone() + &line(&leaked, GOOD))],
            ),
            _ => (
                "another word",
                vec![("a.py", line(&leaked, "tokenward:allowed once"))],
                vec![("a.py", theirs)],
            ),
        };
        for said in scanned(&mut stage, &Case { what, before, after }, 11).await {
            assert!(
                said.contains(
                    "its line has a `tokenward:allow` comment, but this change adds that"
                ),
                "{what}: {said}"
            );
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a4_a_comment_lets_nothing_be_but_its_own_line_and_is_named_with_its_reason_and_place() {
    for case in 0..3 {
        let mut stage = Stage::new();
        let leaked = value(&stage);
        let (good, bare) = (line(&leaked, GOOD), format!("KEY = '{leaked}'\n"));
        let before = vec![("a.py", good.clone())];
        let (what, after) = match case {
            0 => ("the line below", vec![("a.py", good + &bare)]),
            1 => ("a line above", vec![("a.py", bare + &good)]),
            _ => ("another file", vec![("b.py", bare)]),
        };
        scanned(&mut stage, &Case { what, before, after }, 11).await;
    }
    // The control: the line that was let be before may move within its file.
    let mut stage = Stage::new();
    let good = line(&value(&stage), GOOD);
    let case = Case {
        what: "moved",
        before: vec![("a.py", good.clone())],
        after: vec![("a.py", format!("import os\n{good}"))],
    };
    let said = scanned(&mut stage, &case, 0).await;
    let named = "at a.py:2:8, by the `tokenward:allow` comment on its line: the documented example";
    assert!(said[0].contains(named) && said[1].contains(named), "{}", said.join("\n"));
    let ran = stage.act(&[("args", "--format json .")]).await.expect(0);
    assert!(
        ran.out.contains("\"reason\": \"the documented example\"")
            && ran.out.contains("\"path\": \"a.py\""),
        "{}",
        ran.out
    );
}

#[tokio::test(start_paused = true)]
async fn a4_a_folder_below_the_top_and_what_comes_through_a_pipe_lean_on_no_comment_of_another_place()
 {
    let mut stage = Stage::new();
    let good = line(&value(&stage), GOOD);
    let case = Case {
        what: "below",
        before: vec![("a.py", good.clone()), ("sub/b.py", "import os\n".to_owned())],
        after: vec![("sub/a.py", format!("import os\n{good}"))],
    };
    scanned(&mut stage, &case, 11).await;
    // Named from the folder it looks like the file of the top.
    let ran = stage.act(&[("working-directory", "sub"), ("args", ".")]).await.expect(11);
    assert!(ran.all().contains("this change adds that"), "{}", ran.all());
    stage.world.input = good;
    let ran = stage.run(&["scan", "-"]).await;
    let ran = if ran.code == 2 { stage.run(&["scan", "--stdin"]).await } else { ran };
    assert!(ran.code == 11 && ran.all().contains("this change adds that"), "{}", ran.all());
    // The control: a person's own pipe.
    let ran = stage.run_as_person(&["scan", "--stdin"]).await.expect(0);
    assert!(ran.out.contains("by the `tokenward:allow` comment on its line"), "{}", ran.all());
}
