//! What is written for the runner, read back by its own rules: any foreign text arrives without
//! what hides something and otherwise as it was, in one command of ours, and none becomes a command
//! by itself.

use std::collections::BTreeMap;

use arbitrary::Arbitrary;
use tokenward::disk::Disk;
use tokenward::domain::foreign::without_hidden;
use tokenward::domain::{Foreign, Level, Remark, Secret};
use tokenward::github::{Runner, escape_commands, set_outputs};

use super::input;
use super::protocol::{lines, pairs, parse};

/// Texts from elsewhere.
#[derive(Arbitrary, Debug)]
struct Texts {
    title: String,
    message: String,
    path: String,
    value: String,
    report: String,
    outputs: Vec<String>,
}

/// Any texts, each in its place.
pub fn runner(bytes: &[u8]) {
    let Some(texts) = input::<Texts>(bytes) else { return };
    let said = said(|runner| {
        runner.remarks(&[Remark::new(Level::Error, &texts.title, &texts.message).at(
            &texts.path,
            7,
            3,
        )])
    });
    let commands: Vec<_> = lines(&said).map(parse).collect();
    assert_eq!(commands.len(), 1, "{said:?}");
    let Some(Some(command)) = commands.into_iter().next() else {
        unreachable!("no command: {said:?}")
    };
    assert_eq!(command.name, "error");
    let property =
        |name: &str| command.properties.get(name).map(String::as_str).unwrap_or_default();
    // The runner trims its list of properties, so the last one loses spaces at its end.
    assert_eq!(property("title").trim(), Foreign::new(&texts.title).property().trim());
    // It takes the first `=`-less rest of a path for nothing, and a path of nothing for no path.
    assert_eq!(property("file").trim(), Foreign::new(&texts.path).property().trim());
    assert_eq!(property("line"), "7");
    assert_eq!(
        command.data,
        without_hidden(&texts.message.chars().take(4_000).collect::<String>())
    );

    let masks = self::said(|runner| runner.mask(&Secret::new(texts.value.clone())));
    for line in lines(&masks) {
        assert_eq!(
            parse(line).map(|command| command.name).as_deref(),
            Some("add-mask"),
            "{line:?}"
        );
    }
    let masked: Vec<String> = lines(&masks).filter_map(parse).map(|command| command.data).collect();
    // However the runner or a log splits lines, each line of the value is under a mask.
    for line in lines(&texts.value).filter(|line| !line.trim().is_empty()) {
        assert!(masked.iter().any(|mask| mask == line), "a line of the value has no mask");
    }

    for line in lines(&escape_commands(&texts.report)) {
        assert_eq!(parse(line), None, "{line:?}");
    }

    let names = ["leaked", "rotated", "outcome", "next-due"];
    let outputs: BTreeMap<&str, String> = names.into_iter().zip(texts.outputs).collect();
    let file = std::env::temp_dir().join(format!("tokenward-fuzz-{}", std::process::id()));
    let _ = std::fs::remove_file(&file);
    if set_outputs(&Disk::of_run(&std::env::temp_dir(), &[], &[]), &file, &outputs).is_ok() {
        let written = std::fs::read_to_string(&file).unwrap_or_default();
        let wanted: Vec<(String, String)> =
            outputs.iter().map(|(name, value)| ((*name).to_owned(), value.clone())).collect();
        assert_eq!(pairs(&written), Some(wanted));
    }
    let _ = std::fs::remove_file(&file);
}

fn said(act: impl FnOnce(&Runner<&mut Vec<u8>>)) -> String {
    let mut out = Vec::new();
    act(&Runner::new(&mut out));
    String::from_utf8(out).unwrap_or_default()
}
