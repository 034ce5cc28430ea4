//! Archive formats that are not supported, detected by their first bytes, so that they are reported
//! as not scanned. Opens nothing.

/// How such files begin, and what people call them. Sources: each format's own description, and
/// `file`'s table of signatures.
const SIGNATURES: [(&[u8], &str); 12] = [
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
/// The name of such a packing.
pub(super) fn named(head: &[u8]) -> Option<&'static str> {
    match head {
        [0x28 | b'7' | b'R' | b'L' | 0x04 | 0x1f | b'M' | b'h' | 0xed | b'#' | b'P', ..] => {
            SIGNATURES.iter().find(|(start, _)| head.starts_with(start)).map(|(_, name)| *name)
        }
        _ => None,
    }
}
