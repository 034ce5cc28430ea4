//! The checksums that some providers write into their tokens, by how they are made. Counting them
//! is for `scan`. Also compiled into the build script, as the model of provider files is.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// How a value's own checksum is computed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Checksum {
    /// The last six are the CRC-32 of the text between the last `_` and them, in base 62.
    Crc32Base62,
    /// The last eight are the CRC-32 of the text between the last `_` and them, in hex.
    Crc32Hex,
    /// The last eight are the CRC-32 of everything before them, in upper hex.
    Crc32HexAll,
    /// The last seven are the CRC-32 of everything before them, in base 36.
    Crc32Base36All,
    /// The last part has, after 43 letters, the first eight of a SHA-256 of everything before, in
    /// base 32.
    Sha256Base32,
    /// The last six are the CRC-32 of everything before them, low byte first, in base 64.
    Crc32Base64,
}
