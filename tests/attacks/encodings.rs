//! Every form in which an answer may repeat a value, written here without any code of the product.

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};

/// A name, and the value in that form.
pub(crate) type Form = (&'static str, String);

fn each(value: &str, show: impl Fn(u8) -> String) -> String {
    value.bytes().map(show).collect()
}

fn listed(value: &str, between: &str, show: impl Fn(u8) -> String) -> String {
    value.bytes().map(show).collect::<Vec<_>>().join(between)
}

fn chunks(value: &str, size: usize, between: &str) -> String {
    let letters: Vec<char> = value.chars().collect();
    letters
        .chunks(size)
        .map(|chunk| chunk.iter().collect::<String>())
        .collect::<Vec<_>>()
        .join(between)
}

fn between(value: &str, sign: char) -> String {
    value.chars().flat_map(|c| [c, sign]).collect()
}

fn reversed(value: &str) -> String {
    value.chars().rev().collect()
}

fn rotated(value: &str, by: u8, first: u8, count: u8) -> String {
    value
        .bytes()
        .map(|b| {
            if (first..first + count).contains(&b) {
                char::from((b - first + by) % count + first)
            } else {
                char::from(b)
            }
        })
        .collect()
}

fn rot13(value: &str) -> String {
    rotated(&rotated(value, 13, b'a', 26), 13, b'A', 26)
}

fn base32(bytes: &[u8]) -> String {
    let alphabet: Vec<char> = ('A'..='Z').chain('2'..='7').collect();
    let bits: Vec<u8> =
        bytes.iter().flat_map(|byte| (0..8).rev().map(move |bit| byte >> bit & 1)).collect();
    bits.chunks(5)
        .map(|five| {
            alphabet[five
                .iter()
                .chain([0; 4].iter())
                .take(5)
                .fold(0, |n, bit| n << 1 | usize::from(*bit))]
        })
        .collect()
}

fn base58(bytes: &[u8]) -> String {
    let alphabet = b"123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz";
    let mut digits: Vec<u32> = Vec::new();
    for byte in bytes {
        let mut carry = u32::from(*byte);
        for digit in &mut digits {
            carry += *digit * 256;
            *digit = carry % 58;
            carry /= 58;
        }
        while carry > 0 {
            digits.push(carry % 58);
            carry /= 58;
        }
    }
    digits
        .iter()
        .rev()
        .map(|digit| char::from(alphabet[usize::try_from(*digit).unwrap_or_default()]))
        .collect()
}

fn base85(bytes: &[u8], alphabet: &str) -> String {
    let alphabet: Vec<char> = alphabet.chars().collect();
    let mut text = String::new();
    for four in bytes.chunks(4) {
        let number = four
            .iter()
            .chain([0; 3].iter())
            .take(4)
            .fold(0_usize, |number, byte| number << 8 | usize::from(*byte));
        let digits: Vec<char> =
            (0..5).rev().map(|place| alphabet[number / 85_usize.pow(place) % 85]).collect();
        text.extend(&digits[..=four.len()]);
    }
    text
}

/// A value in every form.
pub(crate) fn forms(value: &str) -> Vec<Form> {
    let (first, second) = value.split_at(value.len() / 2);
    let (start, end) = (&value[..6], &value[value.len() - 4..]);
    let base64 = STANDARD.encode(value);
    let utf16: Vec<u8> = value.encode_utf16().flat_map(u16::to_le_bytes).collect();
    let utf16_be: Vec<u8> = value.encode_utf16().flat_map(u16::to_be_bytes).collect();
    let ascii85: String = (b'!'..=b'u').map(char::from).collect();
    let rfc1924 =
        "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz!#$%&()*+-;<=>?@^_`{|}~";
    let zeromq =
        "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ.-:+=^!/*?&<>()[]{}@%$#";
    let hex = each(value, |b| format!("{b:02x}"));
    vec![
        ("itself", value.to_owned()),
        ("upper case", value.to_uppercase()),
        ("lower case", value.to_lowercase()),
        ("base64", base64.clone()),
        ("base64 for addresses", URL_SAFE_NO_PAD.encode(value)),
        ("base64 behind a letter", STANDARD.encode(format!("k{value}"))),
        ("base64 behind two letters", STANDARD.encode(format!("ke{value}"))),
        ("base64 of a pair", STANDARD.encode(format!("api:{value}"))),
        ("base64 twice", STANDARD.encode(&base64)),
        ("base64 three times", STANDARD.encode(STANDARD.encode(&base64))),
        ("base64 in lower case", base64.to_lowercase()),
        ("base64, spaced", chunks(&base64, 4, " ")),
        ("base64 in lines", chunks(&base64, 20, "\n")),
        ("base64 of it backwards", STANDARD.encode(reversed(value))),
        ("base64 backwards", reversed(&base64)),
        ("base64, rot13", rot13(&base64)),
        ("base64 of hex", STANDARD.encode(&hex)),
        ("base64 of UTF-16", STANDARD.encode(&utf16)),
        ("base64 of UTF-16, big-endian", STANDARD.encode(&utf16_be)),
        ("base32", base32(value.as_bytes())),
        ("base32 in lower case", base32(value.as_bytes()).to_lowercase()),
        ("base32 of base64", base32(base64.as_bytes())),
        ("hex", hex.clone()),
        ("hex in upper case", hex.to_uppercase()),
        ("hex with colons", listed(value, ":", |b| format!("{b:02x}"))),
        ("hex with spaces", listed(value, " ", |b| format!("{b:02X}"))),
        ("hex with hyphens", listed(value, "-", |b| format!("{b:02x}"))),
        ("hex as 0x", listed(value, ", ", |b| format!("0x{b:02x}"))),
        ("hex as \\x", each(value, |b| format!("\\x{b:02x}"))),
        ("hex of base64", each(&base64, |b| format!("{b:02x}"))),
        ("hex of UTF-16", utf16.iter().map(|b| format!("{b:02x}")).collect()),
        ("percent", each(value, |b| format!("%{b:02X}"))),
        ("percent in lower case", each(value, |b| format!("%{b:02x}"))),
        ("percent twice", each(value, |b| format!("%25{b:02X}"))),
        ("\\u", each(value, |b| format!("\\u{b:04x}"))),
        ("\\u{}", each(value, |b| format!("\\u{{{b:x}}}"))),
        ("U+", listed(value, " ", |b| format!("U+{b:04X}"))),
        ("octal", each(value, |b| format!("\\{b:03o}"))),
        ("octal numbers", listed(value, " ", |b| format!("{b:o}"))),
        ("entities", each(value, |b| format!("&#{b};"))),
        ("entities in hex", each(value, |b| format!("&#x{b:x};"))),
        ("entities without a semicolon", each(value, |b| format!("&#{b:03}"))),
        ("quoted-printable", each(value, |b| format!("={b:02X}"))),
        ("numbers", listed(value, " ", |b| b.to_string())),
        ("numbers in a list", format!("[{}]", listed(value, ", ", |b| b.to_string()))),
        ("bits", listed(value, " ", |b| format!("{b:08b}"))),
        ("rot13", rot13(value)),
        ("rot47", rotated(value, 47, b'!', 94)),
        ("rot13 backwards", reversed(&rot13(value))),
        ("backwards", reversed(value)),
        ("spaced", between(value, ' ')),
        ("with dots", between(value, '.')),
        ("with hyphens", between(value, '-')),
        ("with characters of no width", between(value, '\u{200b}')),
        ("with soft hyphens", between(value, '\u{ad}')),
        ("with joiners", between(value, '\u{2060}')),
        ("in fours", chunks(value, 4, " ")),
        ("in threes", chunks(value, 3, "-")),
        ("in twos", chunks(value, 2, ", ")),
        (
            "wide letters",
            value.chars().filter_map(|c| char::from_u32(u32::from(c) + 0xfee0)).collect(),
        ),
        ("base58", base58(value.as_bytes())),
        ("Ascii85", format!("<~{}~>", base85(value.as_bytes(), &ascii85))),
        ("base85", base85(value.as_bytes(), rfc1924)),
        ("Z85", base85(value.as_bytes(), zeromq)),
        ("its first half", first.to_owned()),
        ("its second half", second.to_owned()),
        ("both ends", format!("{start}...{end}")),
        ("both ends, masked", format!("{start}********{end}")),
        ("both ends, told", format!("starts with {start} and ends with {end}")),
        ("in JSON", serde_json::json!({"key": value}).to_string()),
    ]
}
