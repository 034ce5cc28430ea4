//! A4, A15: a value with something glued to it, in what a pull request brings: in a file, in a file's name, in an author's name, in a reason.

use serde_json::Value;
use tokenward::providers::spec::examples::expand;

use super::stage::Stage;
use crate::support::{FOUR, gives_away};

/// A value of a form, another one in every test.
fn made(form: &str, seed: u64) -> String {
    expand(form, seed ^ u64::from(std::process::id())).unwrap()
}

/// What can be glued to a value: before and behind it.
const GLUE: [(&str, &str); 10] = [
    ("SENDGRID_", ""),
    ("sendgrid-", ""),
    ("a-", ""),
    ("a_", ""),
    ("Bearer_", ""),
    ("__", "__"),
    ("\\x41", ""),
    ("%41", "%5F"),
    ("", "_and_more_than_fits_the_form"),
    ("", "-x"),
];

/// Scans the pull request, which brings a file with a text; whether there is a leak in it.
async fn finds(stage: &mut Stage, text: &str) -> bool {
    stage.git(&["checkout", "--quiet", "-B", "evil", "main"]);
    stage.write("g.txt", text);
    stage.commit("evil");
    stage.pull_request("main");
    stage.check_out("evil");
    let of_event = stage.run(&["scan", "--event", "--format", "json"]).await;
    let on_disk = stage.run(&["scan", "g.txt"]).await;
    assert_eq!(of_event.code, on_disk.code, "{}", of_event.all());
    assert!(matches!(of_event.code, 0 | 11), "{}", of_event.all());
    of_event.code == 11
}

#[tokio::test(start_paused = true)]
async fn a4_what_is_glued_to_a_value_does_not_hide_it() {
    let mut stage = Stage::new();
    for (seed, form) in (1..).zip(["SG.{w:22}.{w:43}", "re_{b58:8}_{b58:24}", "xkeysib-{hex:64}-{alnum:16}", "pat-na1-{uuid}"]) {
        let value = made(form, seed);
        for (before, behind) in GLUE {
            assert!(finds(&mut stage, &format!("k = {before}{value}{behind}\n")).await, "{form}: {before}...{behind}");
        }
        if form.starts_with("SG") {
            assert!(finds(&mut stage, &format!("k = x{value}\n")).await && finds(&mut stage, &format!("k = {value}xxxxx\n")).await);
        }
        // The control: what is glued is no leak by itself, and the value is one.
        assert!(!finds(&mut stage, "k = SENDGRID_ and __ and _and_more_than_fits_the_form\n").await);
        assert!(finds(&mut stage, &format!("k = {value}\n")).await, "{form}");
    }
}

#[tokio::test(start_paused = true)]
async fn a4_the_value_of_a_token_of_the_config_is_found_wherever_its_bytes_stand() {
    let mut stage = Stage::new();
    stage.git(&["checkout", "--quiet", "main"]);
    let config = FOUR.replace("provider: sendgrid", "provider: postmark").replace("    manager: env:SENDGRID_MANAGER_KEY\n", "");
    let token = config.lines().filter(|line| !line.contains("scopes:")).collect::<Vec<_>>().join("\n");
    stage.write(".github/tokenward.yml", &token);
    stage.commit("config");
    // Neither a word nor a shape tells of either: the form is anybody's.
    let (ours, other) = (made("{uuid}", 7), made("{uuid}", 8));
    stage.world.env.insert("SENDGRID_API_KEY".to_owned(), ours.clone());
    let hidden = |value: &str| {
        let mut all: Vec<String> = GLUE.iter().map(|(before, behind)| format!("k = {before}{value}{behind}\n")).collect();
        all.extend([
            format!("{value}\n"),
            format!("k = x{value}xxxxxxxx\n"),
            format!("k = deadbeef{value}deadbeef\n"),
            format!("a\0{value}\0\u{1}\n"),
        ]);
        all
    };
    for (text, harmless) in hidden(&ours).iter().zip(hidden(&other)) {
        assert!(finds(&mut stage, text).await, "{}", text.replace(&ours, "..."));
        assert!(!finds(&mut stage, &harmless).await, "{}", harmless.replace(&other, "..."));
    }
    // It is told as what it is, and no comment lets it be.
    stage.git(&["checkout", "--quiet", "main"]);
    stage.write("g.txt", &format!("k = 'x{ours}' # tokenward:allow the documented example\n"));
    stage.commit("merged");
    assert!(finds(&mut stage, &format!("k = 'x{ours}' # tokenward:allow the documented example\n\n")).await);
    let ran = stage.run(&["scan", "--format", "json", "g.txt"]).await.expect(11);
    let report: Value = serde_json::from_str(&ran.out).unwrap();
    assert_eq!(report["findings"][0]["managed"], "sendgrid", "{}", ran.all());
    assert_eq!(gives_away(&ran.all(), &ours), None);
}

#[tokio::test(start_paused = true)]
async fn a15_no_name_author_or_reason_repeats_a_value_whatever_is_glued_to_it() {
    for (glue, behind) in [("a-", ""), ("SENDGRID_", ""), ("x", "_old_and_longer")] {
        for known in [false, true] {
            let mut stage = Stage::new();
            // One that only its form tells, and one of a variable, which has no form of its own.
            let value = if known { made("{hex:32}", 9) } else { made("SG.{w:22}.{w:43}", 10) };
            if known {
                stage.world.env.insert("OTHER_API_TOKEN".to_owned(), value.clone());
            }
            let hidden = format!("{glue}{value}{behind}");
            stage.write(&format!("{hidden}.txt"), &format!("k = {} # tokenward:allow it is {hidden} here\n", made("SG.{w:22}.{w:43}", 11)));
            stage.git(&["add", "--all"]);
            stage.git(&["-c", &format!("user.name={hidden}"), "commit", "--quiet", "--message", &hidden]);
            stage.pull_request("main");
            stage.check_out("evil");
            for format in ["human", "json", "sarif", "junit", "github"] {
                for arguments in [&["scan", "--event", "--format", format][..], &["scan", ".", "--format", format]] {
                    let ran = stage.run(arguments).await.expect(11);
                    assert_eq!(gives_away(&ran.all(), &value), None, "{glue} {arguments:?}: {}", ran.all().replace(&value, "VALUE"));
                }
            }
            let ran = stage.run(&["scan", "--event", "--explain"]).await;
            assert_eq!(gives_away(&ran.all(), &value), None);
            // The control: the name, the author and the reason are shown, but for the value.
            let ran = stage.run(&["scan", "--event", "--format", "json"]).await.expect(11);
            assert!(ran.out.contains(&format!("{glue}{}", &value[..4])) && ran.out.contains("it is "), "{}", ran.out);
        }
    }
}
