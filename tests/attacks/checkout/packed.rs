//! A4: a value that is packed where a list of members, or the first signature of a file, does not
//! say that something is packed.

use std::fs;
use std::io::Write as _;

use flate2::write::{DeflateEncoder, GzEncoder};
use flate2::{Compression, Crc};

use super::stage::{Stage, git};

fn deflated(text: &[u8]) -> Vec<u8> {
    let mut encoder = DeflateEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(text).unwrap();
    encoder.finish().unwrap()
}

fn gzip(text: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(text).unwrap();
    encoder.finish().unwrap()
}

/// A member with its own header; and its line in the list of members, for an archive in which it
/// stands at this place.
fn member(name: &str, text: &[u8], flags: u16, at: usize) -> (Vec<u8>, Vec<u8>) {
    let packed = deflated(text);
    let mut crc = Crc::new();
    crc.update(text);
    let long = |number: usize| u32::try_from(number).unwrap().to_le_bytes();
    let short = |number: u16| number.to_le_bytes();
    let name_length = u16::try_from(name.len()).unwrap();
    let middle = [
        &short(20)[..],
        &short(flags),
        &short(8),
        &short(0),
        &short(0x21),
        &crc.sum().to_le_bytes(),
        &long(packed.len()),
        &long(text.len()),
        &short(name_length),
        &short(0),
    ]
    .concat();
    let local = [b"PK\x03\x04", &middle[..], name.as_bytes(), &packed].concat();
    let listed = [
        b"PK\x01\x02",
        &short(20)[..],
        &middle,
        &short(0),
        &short(0),
        &short(0),
        &long(0),
        &long(at),
        name.as_bytes(),
    ]
    .concat();
    (local, listed)
}

/// A zip of what comes before its list, and the list.
fn zip(before: &[u8], lines: &[Vec<u8>]) -> Vec<u8> {
    let list = lines.concat();
    let count = u16::try_from(lines.len()).unwrap().to_le_bytes();
    let size = |number: usize| u32::try_from(number).unwrap().to_le_bytes();
    let end = [
        b"PK\x05\x06",
        &[0; 4][..],
        &count,
        &count,
        &size(list.len()),
        &size(before.len()),
        &[0; 2],
    ]
    .concat();
    [before, &list, &end].concat()
}

/// An ordinary zip of one member.
fn plain(name: &str, text: &[u8]) -> Vec<u8> {
    let (local, listed) = member(name, text, 0, 0);
    zip(&local, &[listed])
}

/// Scans the pull request in every way there is.
async fn scanned(stage: &mut Stage, files: &[(&str, Vec<u8>)], code: u8) -> Vec<String> {
    for (path, bytes) in files {
        fs::write(stage.origin.join(path), bytes).unwrap();
    }
    stage.commit("packed");
    stage.pull_request("main");
    stage.check_out("evil");
    let mut said = Vec::new();
    for inputs in [&[][..], &[("args", ".")], &[("args", "--history")]] {
        let ran = stage.act(inputs).await;
        assert_eq!(ran.code, code, "{inputs:?}: {}", ran.all());
        said.push(ran.all());
    }
    said
}

fn line(stage: &Stage) -> Vec<u8> {
    format!("KEY={}\n", stage.world.emulator.sendgrid().add_key("leaked", &["mail.send"]).value)
        .into_bytes()
}

#[tokio::test(start_paused = true)]
async fn a4_what_is_packed_is_found_wherever_in_a_file_it_stands() {
    let mut stage = Stage::new();
    let line = || line(&stage);
    let program = [b"\x7fELF".to_vec(), vec![7; 200_000]].concat();
    let harmless = plain("readme", b"hello\n");
    let (hidden, _) = member("b.env", &line(), 0, 0);
    let (shown, _) = member("readme", b"hello\n", 0, 0);
    let (_, listed) = member("readme", b"hello\n", 0, hidden.len() + 5);
    let gap = zip(&[&hidden[..], b"space", &shown].concat(), &[listed]);
    let mut tar = tar::Builder::new(Vec::new());
    let mut header = tar::Header::new_gnu();
    header.set_size(6);
    tar.append_data(&mut header, "readme", &b"hello\n"[..]).unwrap();
    let tar = tar.into_inner().unwrap();
    let files = [
        // The control: the usual zip and the usual gzip.
        ("a.zip", plain("b.env", &line()), "a.zip!/b.env"),
        ("b.gz", gzip(&line()), "b.gz!"),
        ("prefix.run", [&program[..], &plain("b.env", &line())].concat(), "prefix.run!/b.env"),
        ("one-letter.zip", [b"x", &plain("b.env", &line())[..]].concat(), "one-letter.zip!/b.env"),
        ("unlisted.zip", gap, "unlisted.zip!/b.env"),
        ("first.zip", [plain("b.env", &line()), harmless.clone()].concat(), "first.zip!/b.env"),
        ("second.zip", [harmless.clone(), plain("b.env", &line())].concat(), "second.zip!/b.env"),
        (
            "no-list.zip",
            [harmless.clone(), member("b.env", &line(), 0, 0).0].concat(),
            "no-list.zip!/b.env",
        ),
        ("prefix.bin", [&program[..], &gzip(&line())].concat(), "prefix.bin!"),
        ("member.gz", [gzip(b"hello\n"), gzip(&line())].concat(), "member.gz!"),
        (
            "spaced.gz",
            [gzip(b"hello\n"), b"between".to_vec(), gzip(&line())].concat(),
            "spaced.gz!",
        ),
        ("both.gz", [gzip(b"hello\n"), plain("b.env", &line())].concat(), "both.gz!/b.env"),
        ("both.tar", [tar, plain("b.env", &line())].concat(), "both.tar!/b.env"),
        (
            "within.zip",
            plain("setup.run", &[&program[..], &plain("b.env", &line())].concat()),
            "within.zip!/setup.run!/b.env",
        ),
    ];
    let brought: Vec<(&str, Vec<u8>)> =
        files.iter().map(|(path, bytes, _)| (*path, bytes.clone())).collect();
    for said in scanned(&mut stage, &brought, 11).await {
        for (_, _, place) in &files {
            assert!(said.contains(place), "{place}: {said}");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a4_an_archive_that_is_not_read_whole_is_never_silent() {
    let (locked, _) = member("b.env", b"locked\n", 1, 0);
    let (shown, listed) = member("readme", b"hello\n", 0, 0);
    let (gone, named) = member("b.env", b"hello\n", 0, shown.len());
    let bent = [b"XX", &gone[2..]].concat();
    let cut = plain(
        "b.env",
        &(0..20_000_u32)
            .flat_map(|number| number.wrapping_mul(2_654_435_761).to_le_bytes())
            .collect::<Vec<_>>(),
    );
    let files = [
        ("locked.zip", [&plain("readme", b"hello\n")[..], &locked].concat()),
        ("bent.zip", zip(&[&shown[..], &bent].concat(), &[listed, named])),
        ("cut.run", [b"#!/bin/sh\n", &cut[..cut.len() / 2]].concat()),
    ];
    for (path, bytes) in files {
        let mut stage = Stage::new();
        for said in scanned(&mut stage, &[(path, bytes)], 5).await {
            assert!(said.contains("scan-incomplete") && said.contains(path), "{path}: {said}");
        }
    }
    // The control: whole, and nothing is missing.
    let mut stage = Stage::new();
    scanned(&mut stage, &[("whole.zip", plain("readme", b"hello\n"))], 0).await;
}

/// A commit or a tag whose own text is what git was told, put where the branch `evil` or a tag of
/// that name stands.
fn forged(stage: &Stage, kind: &str, text: &[u8]) -> String {
    let file = stage.outside.join("forged");
    fs::write(&file, text).unwrap();
    let id =
        stage.git(&["hash-object", "-t", kind, "-w", "--literally", &file.display().to_string()]);
    stage.git(&[
        "update-ref",
        if kind == "tag" { "refs/tags/evil" } else { "refs/heads/evil" },
        &id,
    ]);
    id
}

/// What a commit on `main` says that has this in its message, and one that has it in its head; and
/// a tag of it.
fn told_by(stage: &Stage, packed: &[u8]) -> [(&'static str, &'static str, Vec<u8>); 3] {
    let main = stage.tip("main");
    let tree = stage.git(&["rev-parse", "main^{tree}"]);
    let by = |what: &str| format!("{what} T <t@example.com> 1764000000 +0000\n");
    let head = format!("tree {tree}\nparent {main}\n{}{}", by("author"), by("committer"));
    let tag = format!("object {main}\ntype commit\ntag evil\n{}", by("tagger"));
    [
        ("commit", "<commit message>", [head.as_bytes(), b"\nm\n", packed].concat()),
        ("commit", "<commit header>", [head.as_bytes(), b"x-key ", packed, b"\n\nm\n"].concat()),
        ("tag", "<tag message>", [tag.as_bytes(), b"\nm\n", packed].concat()),
    ]
}

/// Looks at what `told_by` says in every way there is.
async fn told(packed: impl Fn(&Stage) -> Vec<u8>, code: u8) {
    for number in 0..3 {
        let mut stage = Stage::new();
        let packed = packed(&stage);
        let (kind, place, text) = told_by(&stage, &packed)[number].clone();
        let id = forged(&stage, kind, &text);
        stage.check_out("evil");
        let whole = git(
            &stage.world.folder,
            &["fetch", "--quiet", "--unshallow", &format!("file://{}", stage.origin.display())],
        );
        assert!(whole.status.success(), "{}", String::from_utf8_lossy(&whole.stderr));
        if kind == "tag" {
            let push = serde_json::json!({"ref": "refs/tags/evil", "before": "0".repeat(40), "after": id, "commits": []});
            let main = stage.tip("main");
            stage.event("push", "refs/tags/evil", &main, "false", &push);
        } else {
            stage.pull_request("main");
        }
        for inputs in [&[][..], &[("args", "--history")]] {
            let ran = stage.act(inputs).await;
            assert_eq!(ran.code, code, "{place} {inputs:?}: {}", ran.all());
            assert_eq!(ran.all().contains(place), code != 0, "{place} {inputs:?}: {}", ran.all());
        }
    }
}

/// A gzip in one line, so that it can stand in a header. Letters before the text move its bits.
fn in_one_line(text: &[u8]) -> Vec<u8> {
    let letters = |number: usize| {
        "äëïöüâêîôû"
            .chars()
            .skip(number % 10)
            .chain(format!("{number} ").chars())
            .collect::<String>()
    };
    let packed =
        (0..1000).map(|number| gzip(&[letters(number).as_bytes(), text.trim_ascii()].concat()));
    packed.into_iter().find(|packed| !packed.contains(&b'\n')).unwrap()
}

/// A zip in one line. Its checksum may hold any byte, so the text is made again until it holds no
/// line break.
fn plain_in_one_line(stage: &Stage) -> Vec<u8> {
    let mut packed = std::iter::repeat_with(|| plain("b.env", line(stage).trim_ascii()));
    packed.find(|packed| !packed.contains(&b'\n')).unwrap()
}

#[tokio::test(start_paused = true)]
async fn a4_what_is_packed_in_what_a_commit_or_a_tag_says_is_found() {
    told(|stage| in_one_line(&line(stage)), 11).await;
    told(plain_in_one_line, 11).await;
    let (locked, _) = member("b.env", b"locked", 1, 0);
    told(move |_| locked.clone(), 5).await;
    // The controls: as it is; and nothing.
    told(|stage| line(stage).trim_ascii().to_vec(), 11).await;
    told(|_| in_one_line(b"hello"), 0).await;
}
