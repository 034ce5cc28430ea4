//! Another value of the same form: letters of the same case, digits and hex where they were. What
//! is fixed about the form stays: its first letters, short parts between punctuation, and what other
//! values of the same platform have in common with it.

/// Parts that are shorter are kept: `sk`, `live`, `v1`.
const PART: usize = 9;
/// So much of the beginning of a long value is kept: `AKIA`, `AIza`.
const PREFIX: usize = 4;
/// So many letters in common are no accident.
const COMMON: usize = 4;
/// A value that has more than this share of itself in common with another, in percent, is a variant
/// of that one.
const VARIANT: usize = 60;

/// Numbers that only depend on where they began.
pub(crate) struct Numbers(u64);

impl Numbers {
    pub(crate) fn new(seed: u64) -> Self {
        Self(seed | 1)
    }

    fn below(&mut self, end: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 >> 33).unwrap_or_default() % end
    }

    fn of(&mut self, all: &[u8]) -> char {
        char::from(all[self.below(all.len())])
    }
}

/// A fresh value, or none where the form has a structure that chance does not keep: a key in PEM, a
/// signed token, an address, base64 of text, something of several lines or words.
pub(crate) fn fresh(secret: &str, others: &[&str], numbers: &mut Numbers) -> Option<String> {
    let structures = ["-----", "eyJ", "LS0tLS1CRUdJTi", "://"];
    if structures.iter().any(|has| secret.contains(has))
        || secret.ends_with('=')
        || secret.contains(char::is_whitespace)
        || !secret.is_ascii()
    {
        return None;
    }
    let keeps = fixed(secret.as_bytes(), others);
    let mut made = String::with_capacity(secret.len());
    for part in secret.split_inclusive(|c: char| !c.is_ascii_alphanumeric()) {
        let core = part.trim_end_matches(|c: char| !c.is_ascii_alphanumeric());
        let start = made.len();
        for (at, byte) in part.bytes().enumerate() {
            let is_short = core.len() < PART && core.len() < secret.len();
            made.push(if is_short || keeps[start + at] {
                char::from(byte)
            } else {
                other(byte, core, numbers)
            });
        }
    }
    (made != secret).then_some(made)
}

/// Another character for one of a part.
fn other(byte: u8, part: &str, numbers: &mut Numbers) -> char {
    let all = |has: fn(&u8) -> bool| part.as_bytes().iter().all(has);
    let is_hex = all(u8::is_ascii_hexdigit) && !all(u8::is_ascii_digit);
    let (lower, upper): (&[u8], &[u8]) = if is_hex {
        (b"0123456789abcdef", b"0123456789ABCDEF")
    } else {
        (b"abcdefghijklmnopqrstuvwxyz", b"ABCDEFGHIJKLMNOPQRSTUVWXYZ")
    };
    match byte {
        b'0'..=b'9' => numbers.of(b"0123456789"),
        b'A'..=b'Z' => numbers.of(upper),
        b'a'..=b'z' => numbers.of(lower),
        _ => char::from(byte),
    }
}

/// Which bytes are a part of the form.
fn fixed(secret: &[u8], others: &[&str]) -> Vec<bool> {
    let mut keeps = vec![false; secret.len()];
    if secret.len() > 2 * PART && secret[0].is_ascii_alphabetic() {
        keeps[..PREFIX].fill(true);
    }
    for other in others {
        let mut common = vec![false; secret.len()];
        for at in 0..secret.len().saturating_sub(COMMON - 1) {
            let piece = &secret[at..at + COMMON];
            if other.as_bytes().windows(COMMON).any(|there| there == piece) {
                common[at..at + COMMON].fill(true);
            }
        }
        if common.iter().filter(|is| **is).count() * 100 <= secret.len() * VARIANT {
            keeps.iter_mut().zip(common).for_each(|(keep, is)| *keep |= is);
        }
    }
    keeps
}
