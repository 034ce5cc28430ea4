//! E7, E8, E10 and B11: where somebody hides a token who wants to get it past a pull request.

use std::fmt::Write as _;
use std::io::Write as _;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use flate2::Compression;
use flate2::write::{GzEncoder, ZlibEncoder};

use super::{commit, git, leak, repository, write};
use crate::attacks::checkout::stage::Stage;
use crate::support::{FOUR, World};

/// One input: what it is, and its bytes.
type Input = (String, Vec<u8>);

/// Runs the scan over all inputs at once. Gives the names of those in which nothing was found.
async fn missed(world: &World, inputs: &[Input]) -> Vec<String> {
    for (number, (_, bytes)) in inputs.iter().enumerate() {
        write(&world.folder.join(format!("hidden/{number}-")), bytes);
    }
    let ran = world.run(&["scan", "hidden"]).await;
    let is_missed = |number: &usize| !ran.out.contains(&format!("--> hidden/{number}-"));
    (0..inputs.len()).filter(is_missed).map(|number| inputs[number].0.clone()).collect()
}

fn value(world: &World) -> String {
    leak(world).trim().trim_start_matches("KEY=").to_owned()
}

/// Some lines around a new token.
fn page(world: &World) -> Vec<u8> {
    format!("{}{}{}", "words before it\n".repeat(9), leak(world), "and behind it\n".repeat(9))
        .into_bytes()
}

fn gz(content: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(content).unwrap();
    encoder.finish().unwrap()
}

fn wrapped(base64: &str, width: usize, before: &str, behind: &str) -> String {
    let lines = base64.as_bytes().chunks(width).map(|line| std::str::from_utf8(line).unwrap());
    lines.fold(String::new(), |mut all, line| {
        write!(all, "{before}{line}{behind}").unwrap();
        all
    })
}

fn named(name: impl Into<String>, bytes: impl Into<Vec<u8>>) -> Input {
    (name.into(), bytes.into())
}

fn random(length: usize, letters: &[u8], seed: usize) -> String {
    let mut state = seed * 7 + 11;
    let mut next = || {
        state =
            state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        char::from(letters[(state >> 33) % letters.len()])
    };
    (0..length).map(|_| next()).collect()
}

#[tokio::test(start_paused = true)]
async fn e7_what_is_glued_to_a_token_does_not_hide_it() {
    let world = repository(FOUR);
    let mut inputs = Vec::new();
    for glue in ["x", "E", "_", "7", "old_", "key-"] {
        inputs.push(named(glue, format!("f({glue}{})\n", value(&world))));
    }
    // Tokens of letters and digits alone: only their beginning tells.
    let all = b"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";
    let tokens: [(&str, usize, &[u8]); 6] = [
        ("AKIA", 16, b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"),
        ("gsk_", 52, all),
        ("xai-", 80, all),
        ("pplx-", 48, all),
        ("tvly-", 32, all),
        ("nfp_", 36, all),
    ];
    for (number, (start, length, letters)) in tokens.into_iter().enumerate() {
        for glue in ["x", "X", "7"] {
            let token = format!("{start}{}", random(length, letters, number));
            inputs.push(named(format!("{glue}{start}"), format!("k: {glue}{token}\n")));
        }
    }
    let found_none: Vec<String> = Vec::new();
    assert_eq!(missed(&world, &inputs).await, found_none);
    // The control: the middle of a longer word is none.
    let word = format!("k: {}AKIA{}\n", random(40, all, 3), random(40, all, 4));
    assert_eq!(missed(&world, &[named("word", word)]).await, ["word"]);
}

#[tokio::test(start_paused = true)]
async fn e7_a_length_that_is_a_letter_does_not_hide_a_token_in_binary_content() {
    let world = repository(FOUR);
    let with = |before: &[u8], behind: &[u8]| -> Vec<u8> {
        let token = value(&world);
        let length = u8::try_from(token.len()).unwrap();
        [before, &[length], token.as_bytes(), behind].concat()
    };
    let inputs = [
        named("pyc", with(b"\xa7\r\r\n\0\0\0\0\xe3\0\0\0\0)\x02z", b"N)\x01\xda\x03KEY")),
        named("protobuf", with(b"\n\x08sendgrid\x12", b"\x1a\x03abc")),
        named(
            "class",
            with(b"\xca\xfe\xba\xbe\0\0\0\x34\0\x1d\x01\0\x04Code\x01\0", b"\x01\0\x03"),
        ),
        named("msgpack", with(b"\x82\xa3key\xd9", b"\xa1b\x01")),
        named("cbor", with(b"\xa2ckey\x78", b"abcx")),
        named("pickle", with(b"\x80\x04\x95\x50\0\0\0\0\0\0\0}\x94\x8c\x03key\x94\x8c", b"\x94s.")),
        named(
            "sqlite",
            [&b"\0\x04\x1d\x97\x17sendgrid"[..], value(&world).as_bytes(), b"after\0\0"].concat(),
        ),
        named(
            "ELF",
            [&b"\x7fELF\x02\x01\0\0words"[..], value(&world).as_bytes(), b"more\0"].concat(),
        ),
    ];
    let none: [&str; 0] = [];
    assert_eq!(missed(&world, &inputs).await, none);
    // The control: in text, a letter is no length. `A` is 65.
    let all = b"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";
    let (before, behind) = (random(90, all, 5), random(61 + 90, all, 6));
    let picture = format!("src=\"data:image/png;base64,{before}AEAAA{behind}\"\n");
    assert_eq!(missed(&world, &[named("picture", picture)]).await, ["picture"]);
}

#[tokio::test(start_paused = true)]
async fn e8_a_line_that_goes_on_in_the_next_does_not_hide_a_token() {
    let world = repository(FOUR);
    let mut inputs = Vec::new();
    for (name, fold) in [
        ("soft break", "=\n"),
        ("soft break of a mail", "=\r\n"),
        ("backslash", "\\\n"),
        ("backslash and indent", "\\\n      "),
        ("backslash of Windows", "\\\r\n"),
        ("U+200B", "\u{200b}"),
        ("U+200D", "\u{200d}"),
        ("U+2060", "\u{2060}"),
        ("U+FEFF", "\u{feff}"),
        ("U+00AD", "\u{ad}"),
        ("two of them", "\u{200b}\u{200c}"),
        ("entity", "&#8203;"),
        ("soft hyphen", "&shy;"),
        ("escape", "\\u200b"),
    ] {
        for at in [9, 30, 60] {
            let token = value(&world);
            let text = format!("KEY: {}{fold}{}\n", &token[..at], &token[at..]);
            inputs.push(named(format!("{name} at {at}"), text));
        }
    }
    let token = value(&world);
    let each = |fold: &str| token.chars().map(|c| format!("{c}{fold}")).collect::<String>();
    inputs.push(named("no width everywhere", format!("k = '{}'\n", each("\u{200b}"))));
    inputs.push(named("soft breaks everywhere", format!("k: {}\n", each("=\r\n"))));
    inputs.push(named("=2E", format!("k: {}\n", value(&world).replace('.', "=2E"))));
    let all: String = value(&world).bytes().map(|byte| format!("={byte:02X}")).collect();
    inputs.push(named("quoted-printable, all of it", format!("k: {all}\n")));
    inputs.push(named("=3D", format!("<a href=3D\"?k=3D{}\">\n", value(&world))));
    let none: [&str; 0] = [];
    assert_eq!(missed(&world, &inputs).await, none);
    // The control: lines that end and begin anew.
    let token = value(&world);
    for end in ["\n", "\\n", " =\n", "=\n\n"] {
        let text = format!("KEY: {}{end}{}\n", &token[..20], &token[20..]);
        assert_eq!(missed(&world, &[named(end, text)]).await, [end]);
    }
}

#[tokio::test(start_paused = true)]
async fn e8_base64_in_quoted_and_indented_lines_is_read() {
    let world = repository(FOUR);
    let mut inputs = Vec::new();
    for width in [60, 64, 76] {
        for (before, behind) in [
            ("      ", "\n"),
            ("> ", "\n"),
            (">> ", "\r\n"),
            ("> > ", "\n"),
            ("# ", "\n"),
            (" * ", "\n"),
            ("// ", "\n"),
            ("+ ", "\n"),
            ("    \"", "\",\n"),
            ("  '", "' +\n"),
            ("\"", "\\n\"\n"),
            ("", "\\n"),
            ("", "\\r\\n"),
            ("", "\\\n"),
            ("\t", " \n"),
        ] {
            let text = wrapped(&STANDARD.encode(page(&world)), width, before, behind);
            inputs.push(named(format!("{width} {before:?} {behind:?}"), format!("k: |\n{text}")));
        }
    }
    let none: [&str; 0] = [];
    assert_eq!(missed(&world, &inputs).await, none);
}

#[tokio::test(start_paused = true)]
async fn e8_an_archive_in_letters_is_opened() {
    let world = repository(FOUR);
    let base64 = |bytes: &[u8]| STANDARD.encode(bytes);
    let zlib = |content: &[u8]| {
        let mut encoder = ZlibEncoder::new(Vec::new(), Compression::default());
        encoder.write_all(content).unwrap();
        encoder.finish().unwrap()
    };
    let hex = |bytes: &[u8]| bytes.iter().map(|byte| format!("{byte:02x}")).collect::<String>();
    let helm = base64(base64(&gz(&page(&world))).as_bytes());
    let inputs = [
        named("gzip", format!("data: {}\n", base64(&gz(&page(&world))))),
        named("lines of gzip", wrapped(&base64(&gz(&page(&world))), 76, "    ", "\n")),
        named("Helm", format!("data:\n  release: {helm}\n")),
        named("lines of Helm", wrapped(&helm, 76, "    ", "\n")),
        named("zlib", format!("x = '{}'\n", base64(&zlib(&page(&world))))),
        named("hex", format!("x = '{}'\n", hex(&gz(&page(&world))))),
        named("gzip in gzip", format!("x = '{}'\n", base64(&gz(&gz(&page(&world)))))),
        named(
            "base64 in gzip in base64",
            base64(&gz(format!("y: {}\n", base64(&gz(&page(&world)))).as_bytes())),
        ),
    ];
    let none: [&str; 0] = [];
    assert_eq!(missed(&world, &inputs).await, none);
    commit(&world, "archives");
    let ran = world.run(&["scan", "--history"]).await.expect(11);
    assert_eq!(ran.out.matches("--> hidden/").count(), inputs.len(), "{}", ran.out);
    // What only begins like one, and one that is cut off.
    let cut = base64(&gz(&page(&world)));
    write(&world.folder.join("cut"), format!("data: {}\n", &cut[..cut.len() / 2]));
    let ran = world.run(&["scan", "cut"]).await.expect(5);
    assert!(ran.out.contains("part of cut was not unpacked"), "{}", ran.out);
    write(&world.folder.join("cut"), format!("data: H4sI{}\n", "Abcd".repeat(40)));
    world.run(&["scan", "cut"]).await.expect(0);
}

#[tokio::test(start_paused = true)]
async fn e8_utf_16_in_the_middle_of_binary_content_is_read() {
    let world = repository(FOUR);
    let noise: Vec<u8> =
        (0..900_u32).map(|n| (n.wrapping_mul(2_654_435_761) >> 24) as u8).collect();
    let mut inputs = Vec::new();
    for before in [0, 1, 2, 3, 400, 401] {
        let little: Vec<u8> = value(&world).encode_utf16().flat_map(u16::to_le_bytes).collect();
        let big: Vec<u8> = value(&world).encode_utf16().flat_map(u16::to_be_bytes).collect();
        for (order, wide) in [("little", little), ("big", big)] {
            let bytes = [&noise[..before], b"\0\0", &wide, b"\0\0", &noise[400..]].concat();
            inputs.push(named(format!("{order} behind {before}"), bytes));
        }
    }
    let none: [&str; 0] = [];
    assert_eq!(missed(&world, &inputs).await, none);
}

#[tokio::test(start_paused = true)]
async fn e10_what_commits_tags_and_notes_say_is_looked_at() {
    let world = repository(FOUR);
    let (author, tag, note) = (value(&world), value(&world), value(&world));
    git(
        &world,
        &[
            "-c",
            &format!("user.name={author}"),
            "commit",
            "--quiet",
            "--allow-empty",
            "--message=x",
        ],
    );
    git(&world, &["tag", "--annotate", "--message", &tag, "v1"]);
    git(&world, &["notes", "add", "--message", &note]);
    let ran = world.run(&["scan", "--history"]).await.expect(11);
    for place in ["<commit header>", "<tag message>"] {
        assert!(ran.out.contains(place), "{place}: {}", ran.out);
    }
    assert!(ran.out.matches("sendgrid/api-key").count() >= 3, "{}", ran.out);
    for value in [author, tag, note] {
        assert!(!ran.all().contains(&value));
    }
    let ran = world.run(&["scan", "--range", "HEAD~1..HEAD"]).await.expect(11);
    assert!(ran.out.contains("<commit header>"), "{}", ran.out);
    let ran = world.run(&["scan", "--range", "HEAD~1..v1"]).await.expect(11);
    assert!(ran.out.contains("<tag message>"), "{}", ran.out);
}

#[tokio::test(start_paused = true)]
async fn e10_the_title_and_the_body_of_a_pull_request_are_looked_at() {
    for (field, place) in [("title", "<pull request title>"), ("body", "<pull request body>")] {
        let mut stage = Stage::new();
        stage.write("a.txt", "clean\n");
        stage.commit("clean");
        stage.check_out("evil");
        stage.pull_request("main");
        stage.act(&[]).await.expect(0);
        let value = value(&stage.world);
        stage.describe(field, &format!("Use {value} # tokenward:allow a test"));
        let ran = stage.act(&[]).await.expect(11);
        assert!(ran.all().contains(place) && !ran.all().contains(&value), "{}", ran.all());
    }
}
