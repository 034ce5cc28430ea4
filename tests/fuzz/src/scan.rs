//! The leak check: any text, anything encoded, any archive, any object of git. Whatever comes in,
//! it ends, it says where, and never what.

use std::path::Path;

use base64::Engine as _;
use tokenward::providers::shapes::BUILT;
use tokenward::scan::{Ignore, Options, Report, Rules, Shape, find, scan_reader};

/// A way to write bytes as text.
type Form<'a> = &'a dyn Fn(&[u8]) -> Vec<u8>;

/// The built-in shapes, as the scanner gets them.
fn rules() -> &'static Rules {
    static RULES: std::sync::OnceLock<Rules> = std::sync::OnceLock::new();
    RULES.get_or_init(|| {
        let shape = |built: &'static tokenward::providers::shapes::Built| Shape {
            provider: built.provider,
            kind: built.kind,
            pattern: built.pattern,
            words: built.words.to_vec(),
            beside: built.beside.to_vec(),
            identifier: built.identifier,
            known: Some(built.facts),
            ..Shape::default()
        };
        let shapes: Vec<Shape<'_>> = BUILT.iter().map(shape).collect();
        Rules::new(&shapes, true).unwrap_or_else(|why| unreachable!("the built-in shapes: {why}"))
    })
}

fn scanned(bytes: &[u8], explain: bool) -> Report {
    let ignore = Ignore::nothing();
    let options = Options { explain, ..Options::new(rules(), &ignore, Path::new("/")) };
    scan_reader(&mut &*bytes, "input", &options, &|_| {})
}

/// A value that is one, made of parts so that none stands here.
fn token() -> String {
    format!(
        "{}.{}.{}",
        "SG", "q7Zk2mXw9LrT4bNcVf8HsD", "Jd5Gy1Ew3Rt6Yu8Io0Pa2Sd4Fg7Hj9Kl1Zx3Cv5BnMq"
    )
}

/// Any text: what is found lies inside, in order, and apart; the stream finds it on the same lines.
pub(super) fn matcher(bytes: &[u8]) {
    let hits = find(rules(), bytes);
    for pair in hits.windows(2) {
        assert!(pair[0].range().start <= pair[1].range().start, "out of order");
    }
    assert!(hits.iter().all(|hit| !hit.range().is_empty()), "{hits:?}");
    let lines = bytes.iter().filter(|byte| **byte == b'\n').count() as u64 + 1;
    let report = scanned(bytes, true);
    for finding in report.findings.iter().chain(&report.accepted).chain(&report.dropped) {
        assert!(finding.line >= 1 && finding.column >= 1);
        // What is packed has lines of its own.
        let is_packed = finding.path.contains('!');
        assert!(is_packed || finding.line <= lines, "{finding:?} of {lines} lines");
    }
    // A token with room around it is found, whatever else there is on other lines.
    let text = [
        bytes,
        b"\n\n",
        " ".repeat(400).as_bytes(),
        b"\n",
        token().as_bytes(),
        b"\n",
        " ".repeat(400).as_bytes(),
        b"\n",
    ]
    .concat();
    if !bytes.contains(&0)
        && !bytes.starts_with(b"\x1f\x8b")
        && !bytes.starts_with(b"PK")
        && !bytes.starts_with(b"\xff\xfe")
        && !bytes.starts_with(b"\xfe\xff")
    {
        let hits = find(rules(), &text);
        assert!(
            hits.iter().any(|hit| text[hit.range()] == *token().as_bytes()),
            "it hides a token"
        );
    }
}

/// Anything, and anything encoded: turning it back ends, and what is found of it stands where the
/// encoded form does.
pub(super) fn decoders(bytes: &[u8]) {
    let hex = |text: &[u8]| {
        text.iter().map(|byte| format!("{byte:02x}")).collect::<String>().into_bytes()
    };
    let percent = |text: &[u8]| {
        text.iter().map(|byte| format!("%{byte:02X}")).collect::<String>().into_bytes()
    };
    let unicode = |text: &[u8]| {
        text.iter().map(|byte| format!("\\u{byte:04x}")).collect::<String>().into_bytes()
    };
    let base64 = |text: &[u8]| base64::engine::general_purpose::STANDARD.encode(text).into_bytes();
    let wide = |text: &[u8]| {
        [b"\xff\xfe".to_vec(), text.iter().flat_map(|byte| [*byte, 0]).collect()].concat()
    };
    let joined =
        |text: &[u8]| text.chunks(7).map(<[u8]>::to_vec).collect::<Vec<_>>().join(&b"\" + \""[..]);
    let forms: [Form<'_>; 6] = [&hex, &percent, &unicode, &base64, &wide, &joined];
    scanned(bytes, false);
    let (first, second) = (bytes.first().copied().unwrap_or(0), bytes.get(1).copied().unwrap_or(0));
    let rest = bytes.get(2..).unwrap_or_default();
    let once = forms[usize::from(first) % forms.len()](rest);
    let twice = forms[usize::from(second) % forms.len()](&once);
    for text in [once, twice] {
        let report = scanned(&text, false);
        let lines = text.iter().filter(|byte| **byte == b'\n').count() as u64 + 1;
        assert!(report.findings.iter().all(|finding| finding.line <= lines), "behind the end");
        let _ = find(rules(), &text);
    }
    // What is encoded once by itself is found.
    let whole = [b"key = \"".to_vec(), base64(token().as_bytes()), b"\"\n".to_vec()].concat();
    assert!(!scanned(&whole, false).findings.is_empty());
}

/// Any bytes as an archive: it is read, or what was not read is told, or it was none.
pub(super) fn archives(bytes: &[u8]) {
    scanned(bytes, false);
    // A tar's first header needs its sum, which no chance finds.
    if bytes.len() >= 512 {
        let mut tar = bytes.to_vec();
        tar[148..156].fill(b' ');
        let sum: u32 = tar[..512].iter().map(|byte| u32::from(*byte)).sum();
        tar[148..155].copy_from_slice(format!("{sum:06o}\0").as_bytes());
        scanned(&tar, false);
    }
    for (head, tail) in [
        (&b"PK\x03\x04"[..], &b"PK\x05\x06\0\0\0\0\x01\0\x01\0\x2e\0\0\0\0\0\0\0\0\0"[..]),
        (&b"\x1f\x8b\x08\0\0\0\0\0\0\x03"[..], b""),
    ] {
        let report = scanned(&[head, bytes, tail].concat(), false);
        assert!(report.problems.iter().all(|problem| problem.id.id() == "scan-incomplete"));
    }
}

/// Any bytes as a delta of any base, as a tree and as a commit; or as a pack with its index, which
/// need the right sums to be believed.
pub(super) fn git_objects(bytes: &[u8]) {
    let Some((mode, rest)) = bytes.split_first() else { return };
    if mode % 2 == 0 {
        return tokenward::scan::fuzzed_object(rules(), rest);
    }
    let Some((length, rest)) = rest.split_first_chunk::<2>() else { return };
    let (index, pack) = rest.split_at(usize::from(u16::from_le_bytes(*length)).min(rest.len()));
    let folder = std::env::temp_dir().join(format!("tokenward-fuzz-{}", std::process::id()));
    let is_there = std::fs::create_dir_all(&folder).is_ok();
    let (index_path, pack_path) = (folder.join("pack.idx"), folder.join("pack.pack"));
    if is_there
        && std::fs::write(&index_path, index).is_ok()
        && std::fs::write(&pack_path, pack).is_ok()
    {
        tokenward::scan::fuzzed_pack(&index_path);
    }
}
