//! How much work encodings within encodings make: counted, not timed, so that it is the same on
//! every machine.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::super::decode::DONE;
use crate::scan::find;
use crate::scan::tests::support::{rules, sendgrid};

/// Makes a text of a size.
type Maker<'a> = Box<dyn Fn(usize) -> String + 'a>;

/// Bytes that were turned back and read, for each byte of the text.
fn share(text: &str) -> f64 {
    DONE.set(0);
    let _ = find(&rules(), text.as_bytes());
    f64::from(u32::try_from(DONE.get()).unwrap()) / f64::from(u32::try_from(text.len()).unwrap())
}

fn nested(text: &str, times: usize) -> String {
    (0..times).fold(text.to_owned(), |text, _| STANDARD.encode(text))
}

fn hex(text: &str) -> String {
    text.bytes().map(|byte| format!("%{byte:02x}")).collect()
}

#[test]
fn work_grows_no_faster_than_the_text_whatever_it_is_made_of() {
    let line = format!("key = {}\n", sendgrid(1));
    let makers: [(&str, Maker<'_>); 15] = [
        ("base64 in base64", Box::new(|n| nested(&line.repeat(n), 6))),
        ("short runs of base64", Box::new(|n| format!("{} ", nested(&line, 2)).repeat(n))),
        ("escapes without end", Box::new(|n| "%41%41 ".repeat(n * 40))),
        (
            "escapes in base64 in escapes",
            Box::new(|n| hex(&nested(&hex(&nested(&"%41%41 ".repeat(n), 1)), 1))),
        ),
        (
            "escaped base64 between spaces",
            Box::new(|n| format!("{} ", hex(&nested("%41%41 %41%41 %41%41 %41%41", 1))).repeat(n)),
        ),
        ("joints without end", Box::new(|n| "\"a\" + ".repeat(n * 40))),
        (
            "joints around base64",
            Box::new(|n| format!("\"{}\" + \"x\"\n", nested(&line, 1)).repeat(n)),
        ),
        ("soft breaks without end", Box::new(|n| "ab=\n".repeat(n * 60))),
        ("lines that go on without end", Box::new(|n| "ab\\\n   ".repeat(n * 40))),
        ("characters of no width", Box::new(|n| "a\u{200b}".repeat(n * 60))),
        ("quoted-printable", Box::new(|n| "=41=42 =3Da\n".repeat(n * 20))),
        (
            "quoted lines of base64",
            Box::new(|n| format!("> {}\n", "QUFB".repeat(19)).repeat(n * 4)),
        ),
        ("signs of archives", Box::new(|n| "H4sIUEsDB1f8b08".repeat(n * 16))),
        ("one line of base64", Box::new(|n| "QUFB".repeat(n * 60))),
        ("lines of base64", Box::new(|n| format!("{}\n", "QUFB".repeat(19)).repeat(n * 4))),
    ];
    for (what, make) in makers {
        let shares: Vec<f64> = [50, 100, 400, 1600].iter().map(|n| share(&make(*n))).collect();
        assert!(shares.iter().all(|share| *share < 40.0), "{what}: {shares:?}");
        assert!(shares[3] <= shares[0] * 1.5 + 0.5, "{what}: {shares:?}");
    }
}

#[test]
fn any_bytes_at_all_are_read_to_their_end() {
    let rules = rules();
    let pieces: [&[u8]; 14] = [
        b"\xff\xfe",
        b"\0",
        b"%",
        b"%4",
        b"\\u{",
        b"\\u00",
        b"&#",
        b"&#x",
        b"\" + ",
        b"'",
        b"\n",
        b"QUFB",
        b"key=",
        b"://:@",
    ];
    for seed in 0..400_usize {
        let mut state = seed;
        let mut text = Vec::new();
        for _ in 0..60 {
            state = state
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1_442_695_040_888_963_407);
            text.extend_from_slice(pieces[(state >> 33) % pieces.len()]);
        }
        let _ = find(&rules, &text);
        text.extend_from_slice(format!(" {} ", sendgrid(seed)).as_bytes());
        assert!(!find(&rules, &text).is_empty() || text.starts_with(b"\xff\xfe"), "{seed}");
    }
}
