//! What the tests of this module share: rules, and values that look like tokens, made when the test
//! runs. No string in the repository has the shape of a token.

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};

use crate::git::Repository;
use crate::scan::detect::encoding::decode;
use crate::scan::detect::position::Cursor;
use crate::scan::{Ignore, Match, Options, Rules, Shape, find};

/// The repository of a folder.
pub(in crate::scan) fn at(folder: &Path) -> Repository {
    Repository::above(folder).unwrap().unwrap()
}

/// So many characters of `alphabet`, the same for the same seed.
pub(in crate::scan) fn random(seed: usize, alphabet: &[u8], length: usize) -> String {
    let mut state =
        (seed as u64).wrapping_mul(0x9e37_79b9_7f4a_7c15).wrapping_add(0x1234_5678_9abc_def1);
    let next = |_| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        char::from(alphabet[(state >> 33) as usize % alphabet.len()])
    };
    (0..length).map(next).collect()
}

/// Every token in a text: its rule, the line and the column.
pub(crate) fn placed(rules: &Rules, bytes: &[u8]) -> Vec<(String, u64, u64)> {
    let text = decode(bytes);
    let mut cursor = Cursor::new(&text);
    let placed = |found: Match| {
        let (line, column) = cursor.at(&text, found.range().start);
        (rules.id_of(&found), line, column)
    };
    find(rules, bytes).into_iter().map(placed).collect()
}

const WORD: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
const HEX: &[u8] = b"0123456789abcdef";

pub(in crate::scan) fn sendgrid(seed: usize) -> String {
    format!("{}.{}.{}", "SG", random(seed, WORD, 22), random(seed + 1, WORD, 43))
}

pub(in crate::scan) fn uuid(seed: usize) -> String {
    [8, 4, 4, 4, 12]
        .iter()
        .enumerate()
        .map(|(n, length)| random(seed + n, HEX, *length))
        .collect::<Vec<_>>()
        .join("-")
}

pub(in crate::scan) fn mailchimp(seed: usize) -> String {
    format!("{}-us{}", random(seed, HEX, 32), 6)
}

pub(in crate::scan) fn rules() -> Rules {
    fn shape<'a>(
        provider: &'a str,
        kind: &'a str,
        pattern: &'a str,
        words: &[&'a str],
    ) -> Shape<'a> {
        Shape { provider, kind, pattern, words: words.to_vec(), ..Shape::default() }
    }
    const UUID: &str = "[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}";
    Rules::new(
        &[
            shape("sendgrid", "api-key", r"SG\.(?<key_id>[\w-]{20,24})\.[\w-]{39,50}", &[]),
            shape("hubspot", "private-app", &format!("pat-[a-z]{{2,3}}[0-9]-{UUID}"), &[]),
            shape("hubspot", "hapikey", UUID, &["hubspot", "hapikey"]),
            shape("postmark", "server-token", UUID, &["postmark"]),
            shape("mailchimp", "api-key", "[0-9a-f]{32}-us[0-9]{1,2}", &[]),
            shape("mailgun", "private-key", "[0-9a-f]{32}-[0-9a-f]{8}-[0-9a-f]{8}", &[]),
            shape("resend", "api-key", "re_[1-9A-HJ-NP-Za-km-z]{8}_[1-9A-HJ-NP-Za-km-z]{24}", &[]),
        ],
        true,
    )
    .unwrap()
}

pub(in crate::scan) fn options<'a>(
    rules: &'a Rules,
    base: &'a Path,
    ignore: &'a Ignore,
) -> Options<'a> {
    Options { threads: 2, ..Options::new(rules, ignore, base) }
}

/// A folder that is gone when the test is.
pub(in crate::scan) struct Folder(pub(in crate::scan) PathBuf);

impl Folder {
    pub(in crate::scan) fn new() -> Self {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let name = format!(
            "tokenward-scan-{}-{}",
            std::process::id(),
            NEXT.fetch_add(1, Ordering::Relaxed)
        );
        let path = std::env::temp_dir().join(name);
        std::fs::create_dir_all(&path).unwrap();
        Self(path)
    }

    pub(in crate::scan) fn write(&self, path: impl AsRef<Path>, content: impl AsRef<[u8]>) {
        let path = self.0.join(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, content).unwrap();
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}
