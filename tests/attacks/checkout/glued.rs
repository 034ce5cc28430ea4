//! A4, A15: a value with something glued to it, in what a pull request brings: in a file, in a
//! file's name, in an author's name, in a reason.

use std::collections::BTreeSet;

use serde_json::Value;
use tokenward::providers::model::examples::expand;

use super::stage::Stage;
use crate::support::{FOUR, gives_away};

fn made(form: &str, seed: u64) -> String {
    expand(form, seed).unwrap()
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

/// Scans the pull request, which brings a file with each text; the numbers of those in which there
/// is a leak.
async fn found(stage: &mut Stage, texts: &[String]) -> Vec<usize> {
    stage.git(&["checkout", "--quiet", "-B", "evil", "main"]);
    for (number, text) in texts.iter().enumerate() {
        stage.write(&format!("g/{number}"), text);
    }
    stage.commit("evil");
    stage.pull_request("main");
    stage.check_out("evil");
    let mut all = Vec::new();
    for way in ["--event", "."] {
        let ran = stage.run(&["scan", "--format", "json", way]).await;
        let report: Value = serde_json::from_str(&ran.out).unwrap();
        let paths = report["findings"]
            .as_array()
            .unwrap()
            .iter()
            .filter_map(|finding| finding["path"].as_str()?.strip_prefix("g/"));
        let numbers: BTreeSet<usize> = paths.map(|number| number.parse().unwrap()).collect();
        assert_eq!(ran.code, if numbers.is_empty() { 0 } else { 11 }, "{}", ran.all());
        all.push(Vec::from_iter(numbers));
    }
    assert_eq!(all[0], all[1]);
    all.remove(0)
}

#[tokio::test(start_paused = true)]
async fn a4_what_is_glued_to_a_value_does_not_hide_it() {
    let mut stage = Stage::new();
    let mut texts = Vec::new();
    for (seed, form) in (1..).zip([
        "SG.{w:22}.{w:43}",
        "re_{b58:8}_{b58:24}",
        "xkeysib-{hex:64}-{alnum:16}",
        "pat-na1-{uuid}",
    ]) {
        let value = made(form, seed);
        texts.extend(
            GLUE.iter().map(|(before, behind)| format!("{form}: k = {before}{value}{behind}\n")),
        );
        texts.push(format!("k = {value}\n"));
        if form.starts_with("SG") {
            texts.extend([format!("k = x{value}\n"), format!("k = {value}xxxxx\n")]);
        }
    }
    assert_eq!(found(&mut stage, &texts).await, Vec::from_iter(0..texts.len()));
    // No value is so unlucky that it is missed: of these each is hex and something else, which
    // makes it look less random as a whole.
    let unlucky =
        ["xkeysib-{hex:64}-{alnum:16}", "{hex:32}-us{digit:2}", "{hex:32}-{hex:8}-{hex:8}"];
    let values =
        (100..300).flat_map(|seed| unlucky.map(|form| format!("k = MAIL_{}\n", made(form, seed))));
    let texts = Vec::from_iter(values);
    assert_eq!(found(&mut stage, &texts).await, Vec::from_iter(0..texts.len()));
    // The control: what is glued is no leak by itself.
    let glue = GLUE.map(|(before, behind)| format!("k = {before}{behind}\n"));
    assert_eq!(found(&mut stage, &glue).await, Vec::<usize>::new());
}

#[tokio::test(start_paused = true)]
async fn a4_the_value_of_a_token_of_the_config_is_found_wherever_its_bytes_stand() {
    let mut stage = Stage::new();
    stage.git(&["checkout", "--quiet", "main"]);
    let config = FOUR
        .replace("provider: sendgrid", "provider: postmark")
        .replace("    manager: env:SENDGRID_MANAGER_KEY\n", "");
    let token =
        config.lines().filter(|line| !line.contains("scopes:")).collect::<Vec<_>>().join("\n");
    stage.write(".github/tokenward.yml", &token);
    stage.commit("config");
    // Neither a word nor a shape tells of either: the form is anybody's.
    let (ours, other) = (made("{uuid}", 7), made("{uuid}", 8));
    stage.world.env.insert("SENDGRID_API_KEY".to_owned(), ours.clone());
    let hidden = |value: &str| {
        let mut all: Vec<String> =
            GLUE.iter().map(|(before, behind)| format!("k = {before}{value}{behind}\n")).collect();
        all.extend([
            format!("{value}\n"),
            format!("k = x{value}xxxxxxxx\n"),
            format!("k = deadbeef{value}deadbeef\n"),
            format!("a\0{value}\0\u{1}\n"),
        ]);
        all
    };
    assert_eq!(found(&mut stage, &hidden(&other)).await, Vec::<usize>::new());
    assert_eq!(found(&mut stage, &hidden(&ours)).await, Vec::from_iter(0..hidden(&ours).len()));
    // It is told as what it is, and no comment lets it be.
    stage.git(&["checkout", "--quiet", "main"]);
    let line = format!("k = 'x{ours}' # tokenward:allow the documented example\n");
    stage.write("g/0", &line);
    stage.commit("merged");
    assert_eq!(found(&mut stage, &[format!("{line}\n")]).await, [0]);
    let ran = stage.run(&["scan", "--format", "json", "."]).await.expect(11);
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
            stage.write(
                &format!("{hidden}.txt"),
                &format!(
                    "k = {} # tokenward:allow it is {hidden} here\n",
                    made("SG.{w:22}.{w:43}", 11)
                ),
            );
            stage.git(&["add", "--all"]);
            stage.git(&[
                "-c",
                &format!("user.name={hidden}"),
                "commit",
                "--quiet",
                "--message",
                &hidden,
            ]);
            stage.pull_request("main");
            stage.check_out("evil");
            for format in ["human", "json", "sarif", "junit", "github"] {
                for arguments in [
                    &["scan", "--event", "--format", format][..],
                    &["scan", ".", "--format", format],
                ] {
                    let ran = stage.run(arguments).await.expect(11);
                    assert_eq!(
                        gives_away(&ran.all(), &value),
                        None,
                        "{glue} {arguments:?}: {}",
                        ran.all().replace(&value, "VALUE")
                    );
                }
            }
            let ran = stage.run(&["scan", "--event", "--explain"]).await;
            assert_eq!(gives_away(&ran.all(), &value), None);
            // The control: the name, the author and the reason are shown, but for the value.
            let ran = stage.run(&["scan", "--event", "--format", "json"]).await.expect(11);
            assert!(
                ran.out.contains(&format!("{glue}{}", &value[..4])) && ran.out.contains("it is "),
                "{}",
                ran.out
            );
        }
    }
}
