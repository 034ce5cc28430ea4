//! XXH3 with 64 bits: the hash of kingfisher's fingerprints. Not for secrets of our own: it is no
//! cryptographic hash.

use twox_hash::XxHash3_64;

/// No fingerprint is about less.
const LEAST: usize = 17;

/// The hash of a text; of one that is too short there is none.
pub(super) fn xxh3(text: &[u8]) -> Option<u64> {
    (text.len() >= LEAST).then(|| XxHash3_64::oneshot(text))
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
