//! XXH3 with 64 bits, for texts of 17 bytes or more: the hash of kingfisher's fingerprints. Not for
//! secrets of our own: it is no cryptographic hash.

const P32_1: u64 = 0x9e37_79b1;
const P32_2: u64 = 0x85eb_ca77;
const P32_3: u64 = 0xc2b2_ae3d;
const P64_1: u64 = 0x9e37_79b1_85eb_ca87;
const P64_2: u64 = 0xc2b2_ae3d_27d4_eb4f;
const P64_3: u64 = 0x1656_67b1_9e37_79f9;
const P64_4: u64 = 0x85eb_ca77_c2b2_ae63;
const P64_5: u64 = 0x27d4_eb2f_1656_67c5;
const MIX: u64 = 0x1656_6791_9e37_79f9;

/// The published constants that stand in for a secret.
#[rustfmt::skip]
const PAD: [u8; 192] = [
    0xb8, 0xfe, 0x6c, 0x39, 0x23, 0xa4, 0x4b, 0xbe, 0x7c, 0x01, 0x81, 0x2c, 0xf7, 0x21, 0xad, 0x1c,
    0xde, 0xd4, 0x6d, 0xe9, 0x83, 0x90, 0x97, 0xdb, 0x72, 0x40, 0xa4, 0xa4, 0xb7, 0xb3, 0x67, 0x1f,
    0xcb, 0x79, 0xe6, 0x4e, 0xcc, 0xc0, 0xe5, 0x78, 0x82, 0x5a, 0xd0, 0x7d, 0xcc, 0xff, 0x72, 0x21,
    0xb8, 0x08, 0x46, 0x74, 0xf7, 0x43, 0x24, 0x8e, 0xe0, 0x35, 0x90, 0xe6, 0x81, 0x3a, 0x26, 0x4c,
    0x3c, 0x28, 0x52, 0xbb, 0x91, 0xc3, 0x00, 0xcb, 0x88, 0xd0, 0x65, 0x8b, 0x1b, 0x53, 0x2e, 0xa3,
    0x71, 0x64, 0x48, 0x97, 0xa2, 0x0d, 0xf9, 0x4e, 0x38, 0x19, 0xef, 0x46, 0xa9, 0xde, 0xac, 0xd8,
    0xa8, 0xfa, 0x76, 0x3f, 0xe3, 0x9c, 0x34, 0x3f, 0xf9, 0xdc, 0xbb, 0xc7, 0xc7, 0x0b, 0x4f, 0x1d,
    0x8a, 0x51, 0xe0, 0x4b, 0xcd, 0xb4, 0x59, 0x31, 0xc8, 0x9f, 0x7e, 0xc9, 0xd9, 0x78, 0x73, 0x64,
    0xea, 0xc5, 0xac, 0x83, 0x34, 0xd3, 0xeb, 0xc3, 0xc5, 0x81, 0xa0, 0xff, 0xfa, 0x13, 0x63, 0xeb,
    0x17, 0x0d, 0xdd, 0x51, 0xb7, 0xf0, 0xda, 0x49, 0xd3, 0x16, 0x55, 0x26, 0x29, 0xd4, 0x68, 0x9e,
    0x2b, 0x16, 0xbe, 0x58, 0x7d, 0x47, 0xa1, 0xfc, 0x8f, 0xf8, 0xb8, 0xd1, 0x7a, 0xd0, 0x31, 0xce,
    0x45, 0xcb, 0x3a, 0x8f, 0x95, 0x16, 0x04, 0x28, 0xaf, 0xd7, 0xfb, 0xca, 0xbb, 0x4b, 0x40, 0x7e,
];
/// How much is read at once of a long text.
const STRIPE: usize = 64;
/// How far into the constants each stripe goes on.
const STEP: usize = 8;
const BLOCK: usize = (PAD.len() - STRIPE) / STEP * STRIPE;

/// The hash of a text; of one that is shorter than 17 bytes there is none.
pub(super) fn xxh3(text: &[u8]) -> Option<u64> {
    let sum = (text.len() as u64).wrapping_mul(P64_1);
    match text.len() {
        0..=16 => None,
        17..=128 => Some(avalanche(short(text, sum))),
        129..=240 => Some(avalanche(medium(text, sum))),
        _ => Some(long(text, sum)),
    }
}

fn word(bytes: &[u8], at: usize) -> u64 {
    let bytes = bytes.get(at..).and_then(|rest| rest.first_chunk::<8>());
    bytes.map_or(0, |bytes| u64::from_le_bytes(*bytes))
}

fn fold(one: u64, other: u64) -> u64 {
    let product = u128::from(one) * u128::from(other);
    let (low, high) = (product & u128::from(u64::MAX), product >> 64);
    u64::try_from(low ^ high).unwrap_or_default()
}

fn mix(text: &[u8], at: usize, pad: usize) -> u64 {
    fold(word(text, at) ^ word(&PAD, pad), word(text, at + 8) ^ word(&PAD, pad + 8))
}

fn avalanche(sum: u64) -> u64 {
    let sum = (sum ^ (sum >> 37)).wrapping_mul(MIX);
    sum ^ (sum >> 32)
}

fn short(text: &[u8], mut sum: u64) -> u64 {
    for pair in 0..=(text.len() - 1) / 32 {
        let (front, back) = (16 * pair, text.len() - 16 * (pair + 1));
        sum = sum.wrapping_add(mix(text, front, 32 * pair));
        sum = sum.wrapping_add(mix(text, back, 32 * pair + 16));
    }
    sum
}

fn medium(text: &[u8], mut sum: u64) -> u64 {
    for part in 0..8 {
        sum = sum.wrapping_add(mix(text, 16 * part, 16 * part));
    }
    sum = avalanche(sum);
    for part in 8..text.len() / 16 {
        sum = sum.wrapping_add(mix(text, 16 * part, 16 * (part - 8) + 3));
    }
    sum.wrapping_add(mix(text, text.len() - 16, 136 - 17))
}

fn long(text: &[u8], mut sum: u64) -> u64 {
    let mut lanes = [P32_3, P64_1, P64_2, P64_3, P64_4, P32_2, P64_5, P32_1];
    // The end is read once more, as a stripe of its own.
    let (before, end) = (&text[..text.len() - 1], &text[text.len() - STRIPE..]);
    for block in before.chunks(BLOCK) {
        for (number, stripe) in block.chunks_exact(STRIPE).enumerate() {
            add(&mut lanes, stripe, STEP * number);
        }
        if block.len() == BLOCK {
            scramble(&mut lanes);
        }
    }
    add(&mut lanes, end, PAD.len() - STRIPE - 7);
    for pair in 0..4 {
        let at = 11 + 16 * pair;
        let (one, other) = (lanes[2 * pair], lanes[2 * pair + 1]);
        sum = sum.wrapping_add(fold(one ^ word(&PAD, at), other ^ word(&PAD, at + 8)));
    }
    avalanche(sum)
}

fn add(lanes: &mut [u64; 8], stripe: &[u8], pad: usize) {
    for lane in 0..8 {
        let value = word(stripe, 8 * lane);
        let key = value ^ word(&PAD, pad + 8 * lane);
        lanes[lane ^ 1] = lanes[lane ^ 1].wrapping_add(value);
        lanes[lane] = lanes[lane].wrapping_add((key & 0xffff_ffff).wrapping_mul(key >> 32));
    }
}

fn scramble(lanes: &mut [u64; 8]) {
    for (lane, value) in lanes.iter_mut().enumerate() {
        let mixed = *value ^ (*value >> 47) ^ word(&PAD, PAD.len() - STRIPE + 8 * lane);
        *value = mixed.wrapping_mul(P32_1);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Computed with the reference implementation.
    #[test]
    fn hashes_are_those_of_the_reference_at_every_seam() {
        let text: Vec<u8> = (0..4_000_u32).map(|at| u8::try_from(at * 7 % 251).unwrap()).collect();
        for (length, hash) in [
            (17, 0xf34c_3c9c_f5a1_12d1),
            (32, 0x99cb_9ad0_f1a1_1fbe),
            (33, 0xc077_b454_92d2_9cde),
            (64, 0xfaec_d52e_ffbb_854f),
            (65, 0xfd2b_8a4f_15d9_54d0),
            (96, 0x8f8a_0c94_0d32_e958),
            (97, 0x92b3_a831_febf_71ac),
            (128, 0x4c65_9b74_5f43_5148),
            (129, 0xb852_22b8_3902_b6e5),
            (144, 0x4030_d31d_7595_1b8f),
            (160, 0x7b45_da47_14c3_419f),
            (239, 0x6b9d_88f6_4185_59a4),
            (240, 0xd6df_bf67_b067_5b54),
            (241, 0xc614_c8c3_5753_48c1),
            (256, 0xf418_6dc1_63a3_283c),
            (1024, 0xf22e_f3dc_84ff_47ea),
            (1025, 0x43f8_69a8_3769_a435),
            (1088, 0x40d7_1f03_7cd0_c530),
            (1089, 0xc1f2_3f6b_fa82_43a4),
            (2048, 0x3d26_49f6_62a2_e191),
            (2049, 0x4583_128a_fa3a_2985),
            (4000, 0x723c_a9aa_1e2f_3578),
        ] {
            assert_eq!(xxh3(&text[..length]), Some(hash), "{length}");
        }
        assert_eq!(xxh3(&text[..16]), None);
    }
}
