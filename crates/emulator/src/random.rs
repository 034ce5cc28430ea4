//! Random ids and token values, made at run time so that nothing token-shaped is ever committed.

const ALPHANUMERIC: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
const BASE32: &[u8] = b"abcdefghijklmnopqrstuvwxyz234567";
const HEX: &[u8] = b"0123456789abcdef";

pub(crate) fn bytes<const N: usize>() -> [u8; N] {
    let mut buffer = [0; N];
    fill(&mut buffer);
    buffer
}

fn fill(buffer: &mut [u8]) {
    // Fails only where the system has no random source at all; ids would then repeat, and tests
    // would show it.
    let _unavailable = getrandom::fill(buffer);
}

fn from_alphabet(alphabet: &[u8], length: usize) -> String {
    let mut drawn = vec![0; length];
    fill(&mut drawn);
    drawn.iter().map(|byte| char::from(alphabet[usize::from(*byte) % alphabet.len()])).collect()
}

pub(crate) fn alphanumeric(length: usize) -> String {
    from_alphabet(ALPHANUMERIC, length)
}

pub(crate) fn base32(length: usize) -> String {
    from_alphabet(BASE32, length)
}

pub(crate) fn hex(length: usize) -> String {
    from_alphabet(HEX, length)
}

/// The letters and digits of an AWS key's id.
pub(crate) fn aws_id(length: usize) -> String {
    from_alphabet(b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567", length)
}

/// A version 4 UUID.
pub(crate) fn uuid() -> String {
    let (head, tail) = (hex(8), hex(12));
    format!("{head}-{}-4{}-a{}-{tail}", hex(4), hex(3), hex(3))
}

/// A decimal number of `digits` digits that does not start with zero.
pub(crate) fn digits(digits: usize) -> String {
    let first = from_alphabet(b"123456789", 1);
    first + &from_alphabet(b"0123456789", digits.saturating_sub(1))
}
