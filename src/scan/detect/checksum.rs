//! Checksums in some providers' tokens. A correct one makes a finding certain; a wrong one makes it
//! doubtful but never drops it, since checksums can change as shapes do.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD_NO_PAD;
use sha2::{Digest as _, Sha256};

use crate::domain::Checksum;

impl Checksum {
    /// Whether the value's checksum is right. None: it is not of the form that has one.
    pub(crate) fn holds(self, value: &[u8]) -> Option<bool> {
        match self {
            Self::Crc32Base62 => {
                let (body, check) = value.split_at_checked(value.len().checked_sub(6)?)?;
                let body = body.rsplit(|b| *b == b'_').next()?;
                Some(digits(crc32(body), 62, 6) == check)
            }
            Self::Crc32Hex => {
                let (body, check) = value.split_at_checked(value.len().checked_sub(8)?)?;
                let body = body.rsplit(|b| *b == b'_').next()?;
                Some(format!("{:08x}", crc32(body)).as_bytes() == check)
            }
            Self::Crc32HexAll => {
                let (body, check) = value.split_at_checked(value.len().checked_sub(8)?)?;
                Some(format!("{:08X}", crc32(body)).as_bytes() == check)
            }
            Self::Crc32Base36All => {
                let (body, check) = value.split_at_checked(value.len().checked_sub(7)?)?;
                Some(digits(crc32(body), 36, 7) == check)
            }
            Self::Sha256Base32 => {
                let last = value.iter().rposition(|b| *b == b'_')? + 1;
                let (covered, check) = (value.get(..last + 43)?, value.get(last + 43..last + 51)?);
                Some(base32(&Sha256::digest(covered), 8).eq_ignore_ascii_case(check))
            }
            Self::Crc32Base64 => {
                let (body, check) = value.split_at_checked(value.len().checked_sub(6)?)?;
                Some(STANDARD_NO_PAD.encode(crc32(body).to_le_bytes()).as_bytes() == check)
            }
        }
    }
}

/// CRC-32 as in zip and PNG.
fn crc32(bytes: &[u8]) -> u32 {
    let step = |crc: u32, _| if crc & 1 == 1 { (crc >> 1) ^ 0xedb8_8320 } else { crc >> 1 };
    !bytes.iter().fold(!0, |crc: u32, byte| (0..8).fold(crc ^ u32::from(*byte), step))
}

/// A number in base 36 or 62, filled up with zeros.
fn digits(mut number: u32, base: u32, width: usize) -> Vec<u8> {
    // Base 36 is in lower case; base 62 counts upper case first.
    let letters: &[u8] = if base == 36 {
        b"0123456789abcdefghijklmnopqrstuvwxyz"
    } else {
        b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
    };
    let mut all = vec![b'0'; width];
    for place in all.iter_mut().rev() {
        *place = letters.get((number % base) as usize).copied().unwrap_or(b'0');
        number /= base;
    }
    all
}

fn base32(bytes: &[u8], length: usize) -> Vec<u8> {
    let bit = |n: usize| bytes.get(n / 8).map_or(0, |byte| byte >> (7 - n % 8) & 1);
    let letter = |n: usize| (0..5).fold(0_u8, |five, k| five << 1 | bit(n * 5 + k));
    (0..length)
        .map(letter)
        .map(|five| if five < 26 { b'A' + five } else { b'2' + five - 26 })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scan::tests::support::random;

    #[test]
    fn the_crc_is_that_of_zip() {
        assert_eq!(crc32(b"123456789"), 0xcbf4_3926);
        assert_eq!(base32(b"foobar", 8), b"MZXW6YTB");
        assert_eq!((digits(61, 62, 2), digits(36, 36, 3)), (b"0z".to_vec(), b"010".to_vec()));
    }

    #[test]
    fn a_right_checksum_holds_and_a_wrong_one_does_not() {
        let body = random(1, b"abcdefghijkABCDEFGHIJK0123456789", 30);
        let check = String::from_utf8(digits(crc32(body.as_bytes()), 62, 6)).unwrap();
        assert_eq!(Checksum::Crc32Base62.holds(format!("x_{body}{check}").as_bytes()), Some(true));
        assert_eq!(Checksum::Crc32Base62.holds(format!("x_{body}000000").as_bytes()), Some(false));
        let all = format!("ATX{body}=");
        assert_eq!(
            Checksum::Crc32HexAll.holds(format!("{all}{:08X}", crc32(all.as_bytes())).as_bytes()),
            Some(true)
        );
        assert_eq!(Checksum::Crc32Base62.holds(b"abc"), None);
    }
}
