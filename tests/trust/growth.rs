//! How time and memory grow with tokens, destinations, findings and the journal: each at 1, 10 and
//! 100 times a size. Measured only when asked for (`TOKENWARD_GROWTH=1`), printed as a table, and
//! never judged by a clock: docs/dev/growth.md has the figures. Each case runs in a process of its own,
//! so that its peak of memory is its own.

use std::fmt::Write as _;
use std::process::Command;

use jiff::SignedDuration;
use tokenward_emulator::SecretPlace;

use crate::support::{REPO, World};

/// What grows, and the size it starts from.
const CASES: &[(&str, usize)] =
    &[("tokens", 5), ("destinations", 100), ("findings", 1_000), ("journal", 100)];

const FILE: &str = "journal: {file: .tokenward/journal}\n";

/// So many tokens of one provider, each in a secret of its own.
fn tokens(count: usize) -> World {
    let mut config = format!("version: 1\n{FILE}tokens:\n");
    for index in 0..count {
        let _ = write!(
            config,
            "  t{index}:\n    provider: sendgrid\n    value: env:KEY_{index}\n    manager: env:SENDGRID_MANAGER_KEY\n    scopes: [mail.send]\n    destinations: [{{github: {REPO}, secret: KEY_{index}}}]\n"
        );
    }
    let world = World::new(&config);
    for index in 0..count {
        let value = world.emulator.sendgrid().add_key("pasted", &["mail.send"]).value;
        world.emulator.github().put_secret(
            &SecretPlace::Repo(REPO.to_owned()),
            &format!("KEY_{index}"),
            &value,
        );
    }
    world
}

/// One token in so many secrets.
fn destinations(count: usize) -> World {
    let mut config = format!(
        "version: 1\n{FILE}tokens:\n  sendgrid:\n    provider: sendgrid\n    value: env:SENDGRID_API_KEY\n    manager: env:SENDGRID_MANAGER_KEY\n    scopes: [mail.send]\n    destinations:\n      - {{github: {REPO}, secret: SENDGRID_API_KEY}}\n"
    );
    for index in 0..count {
        let _ = writeln!(config, "      - {{github: {REPO}, secret: COPY_{index}}}");
    }
    let world = World::new(&config);
    for index in 0..count {
        world.emulator.github().put_secret(
            &SecretPlace::Repo(REPO.to_owned()),
            &format!("COPY_{index}"),
            &world.old,
        );
    }
    world
}

/// Letters and digits as a key has them, the same in every run: values that never were.
fn letters(seed: &mut u64, count: usize) -> String {
    const LETTERS: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
    let mut next = || {
        *seed ^= *seed << 13;
        *seed ^= *seed >> 7;
        *seed ^= *seed << 17;
        char::from(LETTERS[usize::try_from(*seed >> 32).unwrap() % LETTERS.len()])
    };
    (0..count).map(|_| next()).collect()
}

/// So many leaks, a thousand a file.
fn findings(count: usize) -> World {
    let world = World::new(crate::support::FOUR);
    let mut text = String::new();
    let (mut file, mut seed) = (0, 0x9e37_79b9_7f4a_7c15);
    for index in 0..count {
        let _ = writeln!(text, "KEY=SG.{}.{}", letters(&mut seed, 22), letters(&mut seed, 43));
        if index % 1_000 == 999 || index + 1 == count {
            std::fs::write(world.folder.join(format!("leaks-{file}.env")), &text).unwrap();
            text.clear();
            file += 1;
        }
    }
    world
}

/// What is done at one size, and how long it took.
async fn run(what: &str, size: usize) -> f64 {
    let (mut world, commands): (World, &[&[&str]]) = match what {
        "tokens" => (tokens(size), &[&["check"], &["rotate"], &["plan"], &["status"]]),
        "destinations" => (destinations(size), &[&["rotate"], &["plan"]]),
        "findings" => (findings(size), &[&["scan", "--format", "json"]]),
        _ => {
            let world = tokens(1);
            world.run(&["rotate"]).await.expect(0);
            // The same record over and over, as a journal that has seen years.
            let path = world.folder.join(".tokenward/journal");
            let first = std::fs::read_to_string(&path).unwrap().lines().last().unwrap().to_owned();
            let record: serde_json::Value = serde_json::from_str(&first).unwrap();
            let mut text = String::new();
            for sequence in 1..=size {
                let mut record = record.clone();
                record["sequence"] = sequence.into();
                record["full"] = (sequence % 60 == 1).into();
                let _ = writeln!(text, "{record}");
            }
            std::fs::write(path, text).unwrap();
            (world, &[&["status"], &["rotate"]])
        }
    };
    world.tick_per_request = SignedDuration::from_millis(1);
    world.pass(if what == "journal" { 0 } else { 1 });
    let start = worked();
    for command in commands {
        let ran = world.run(command).await;
        assert!(what != "findings" || ran.code == 11, "{}", ran.code);
        assert!(ran.code != 1, "{}", ran.all().chars().take(2_000).collect::<String>());
        if *command == ["rotate"] && what == "destinations" {
            world.pass(31 * 24);
        }
    }
    worked() - start
}

/// How long this process has worked, in seconds of a processor, which another one's work does not
/// change.
fn worked() -> f64 {
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    // After the name, which may hold anything and ends with the last bracket: user and system time
    // are the 12th and 13th.
    let fields = stat.rsplit(')').next().unwrap_or_default().split_whitespace();
    fields.skip(11).take(2).filter_map(|ticks| ticks.parse::<f64>().ok()).sum::<f64>() / 100.0
}

/// The most memory this process ever had, in MB.
fn peak() -> f64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap_or("0");
    line.split_whitespace().next().and_then(|text| text.parse::<f64>().ok()).unwrap_or_default()
        / 1_000.0
}

#[test]
fn time_and_memory_are_told_at_one_ten_and_a_hundred_times_the_size() {
    if let Ok(case) = std::env::var("TOKENWARD_GROWTH_CASE") {
        let (what, size) = case.split_once(':').unwrap();
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .start_paused(true)
            .build()
            .unwrap();
        let seconds = runtime.block_on(run(what, size.parse().unwrap()));
        println!("growth {seconds:.3} {:.1}", peak());
        return;
    }
    if std::env::var_os("TOKENWARD_GROWTH").is_none() {
        return;
    }
    println!(
        "| what | size | CPU seconds | cost per item, relative to the first row | peak MB |\n\
         | --- | --- | --- | --- | --- |"
    );
    for (what, start) in CASES {
        let mut first = 0.0;
        for times in [1, 10, 100] {
            let size = start * times;
            let output = Command::new(std::env::current_exe().unwrap())
                .args(["trust::growth::", "--nocapture"])
                .env("TOKENWARD_GROWTH_CASE", format!("{what}:{size}"))
                .output()
                .unwrap();
            let text = String::from_utf8_lossy(&output.stdout).into_owned();
            let line = text
                .lines()
                .find_map(|line| line.split("growth ").nth(1))
                .unwrap_or_else(|| panic!("{text}"))
                .to_owned();
            let (seconds, memory) = line.split_once(' ').unwrap();
            let each = seconds.parse::<f64>().unwrap() / f64::from(u32::try_from(size).unwrap());
            if times == 1 {
                first = each;
            }
            println!("| {what} | {size} | {seconds} | {:.2} | {memory} |", each / first);
        }
    }
}
