//! Encodings that are one large number: base58, and the base 85 of Ascii85, RFC 1924 and ZeroMQ.

use zeroize::Zeroizing;

const BASE58: &[u8; 58] = b"123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz";
const RFC_1924: &[u8; 85] =
    b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz!#$%&()*+-;<=>?@^_`{|}~";
const ZEROMQ: &[u8; 85] =
    b"0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ.-:+=^!/*?&<>()[]{}@%$#";

fn worth(alphabet: &[u8], byte: u8) -> Option<u32> {
    alphabet.iter().position(|own| *own == byte).and_then(|at| u32::try_from(at).ok())
}

/// A word as a number to the base 58, if it is one.
pub(super) fn base58(word: &str) -> Option<Zeroizing<Vec<u8>>> {
    if word.len() > 512 {
        return None;
    }
    // The lowest byte first.
    let mut bytes: Zeroizing<Vec<u8>> = Zeroizing::new(Vec::new());
    for byte in word.bytes() {
        let mut carry = worth(BASE58, byte)?;
        for own in bytes.iter_mut() {
            carry += u32::from(*own) * 58;
            *own = u8::try_from(carry & 0xff).unwrap_or_default();
            carry >>= 8;
        }
        while carry > 0 {
            bytes.push(u8::try_from(carry & 0xff).unwrap_or_default());
            carry >>= 8;
        }
    }
    bytes.reverse();
    Some(bytes)
}

/// A word in each base 85 that it can be in.
pub(super) fn base85(word: &str) -> Vec<Zeroizing<Vec<u8>>> {
    let ascii85 = |byte: u8| (b'!'..=b'u').contains(&byte).then(|| u32::from(byte - b'!'));
    let own = |alphabet: &'static [u8; 85]| move |byte: u8| worth(alphabet, byte);
    [in_fives(word, ascii85), in_fives(word, own(RFC_1924)), in_fives(word, own(ZEROMQ))]
        .into_iter()
        .flatten()
        .collect()
}

fn in_fives(word: &str, worth: impl Fn(u8) -> Option<u32>) -> Option<Zeroizing<Vec<u8>>> {
    let values: Zeroizing<Vec<u32>> =
        Zeroizing::new(word.bytes().map(worth).collect::<Option<_>>()?);
    let mut bytes = Zeroizing::new(Vec::new());
    for group in values.chunks(5) {
        let padded = group.iter().copied().chain(std::iter::repeat(84)).take(5);
        let number =
            padded.fold(0_u32, |number, value| number.wrapping_mul(85).wrapping_add(value));
        bytes.extend(number.to_be_bytes().into_iter().take(group.len().saturating_sub(1)));
    }
    Some(bytes)
}
