//! Archive formats that are not supported, detected by their first bytes, so that they are reported
//! as not scanned. Opens nothing.

/// How such files begin, and what people call them. Sources: each format's own description, and
/// `file`'s table of signatures.
const SIGNATURES: [(&[u8], &str); 13] = [
    (b"\xfd7zXZ\0", "xz"),
    (b"\x28\xb5\x2f\xfd", "zstd"),
    (b"7z\xbc\xaf\x27\x1c", "7z"),
    (b"Rar!\x1a\x07", "rar"),
    (b"LZIP\x01", "lzip"),
    (b"\x04\x22\x4d\x18", "lz4"),
    (b"\x1f\x9d", "compress (.Z)"),
    (b"MSCF\0\0\0\0", "cab"),
    (b"hsqs", "squashfs"),
    (b"\xed\xab\xee\xdb", "rpm"),
    (b"# v2 git bundle\n", "a git bundle"),
    (b"# v3 git bundle\n", "a git bundle"),
    (b"PACK\0\0\0\x02", "a git pack"),
];
/// What follows `BZh` and a digit: the first block, or the end.
const BZIP2: [&[u8]; 2] = [b"1AY&SY", b"\x17rE8P\x90"];

/// The name of such a packing.
pub(super) fn named(head: &[u8]) -> Option<&'static str> {
    match head {
        [b'B', b'Z', b'h', b'1'..=b'9', block @ ..] => {
            BZIP2.iter().any(|start| block.starts_with(start)).then_some("bzip2")
        }
        // The usual settings, a dictionary of a power of two, and a length that is not known or not
        // absurd.
        [0x5d, 0, 0, ..] => is_lzma(head).then_some("lzma"),
        [0xfd | 0x28 | b'7' | b'R' | b'L' | 0x04 | 0x1f | b'M' | b'h' | 0xed | b'#' | b'P', ..] => {
            SIGNATURES.iter().find(|(start, _)| head.starts_with(start)).map(|(_, name)| *name)
        }
        _ => None,
    }
}

fn is_lzma(head: &[u8]) -> bool {
    let Some(header) = head.get(..14) else { return false };
    let dictionary = u32::from_le_bytes([header[1], header[2], header[3], header[4]]);
    let is_open = header[5..13].iter().all(|byte| *byte == 0xff);
    dictionary.is_power_of_two() && (is_open || header[10..13] == [0; 3]) && header[13] == 0
}
