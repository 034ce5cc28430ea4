//! The tables that the build script compiles in: texts and numbers, one behind the other, and
//! compressed, since a thousand rows of slices would take more space than all of their texts.

use std::io::Read as _;

use flate2::read::ZlibDecoder;

/// Reads a table.
pub(crate) struct Reader {
    rest: &'static [u8],
}

impl Reader {
    /// Unpacks a table. It is kept for as long as the process runs.
    pub(crate) fn new(packed: &[u8]) -> Self {
        let mut bytes = Vec::new();
        // What the build script wrote can be read; a test counts the rows.
        let _ = ZlibDecoder::new(packed).read_to_end(&mut bytes);
        Self { rest: bytes.leak() }
    }

    /// The next number.
    pub(crate) fn number(&mut self) -> Option<usize> {
        let (mut number, mut shift) = (0, 0);
        loop {
            let (byte, rest) = self.rest.split_first()?;
            self.rest = rest;
            number |= usize::from(byte & 0x7f).checked_shl(shift)?;
            if byte & 0x80 == 0 {
                return Some(number);
            }
            shift += 7;
        }
    }

    /// The next bytes.
    pub(crate) fn bytes(&mut self) -> Option<&'static [u8]> {
        let length = self.number()?;
        let (bytes, rest) = self.rest.split_at_checked(length)?;
        self.rest = rest;
        Some(bytes)
    }

    /// The next text.
    pub(crate) fn text(&mut self) -> Option<&'static str> {
        std::str::from_utf8(self.bytes()?).ok()
    }

    /// The next list: its length, then its members.
    pub(crate) fn list<T>(
        &mut self,
        member: impl Fn(&mut Self) -> Option<T>,
    ) -> Option<&'static [T]> {
        let all: Option<Vec<T>> = (0..self.number()?).map(|_| member(self)).collect();
        Some(all?.leak())
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use flate2::Compression;
    use flate2::write::ZlibEncoder;

    use super::*;

    fn table(bytes: &[u8]) -> Reader {
        let mut encoder = ZlibEncoder::new(Vec::new(), Compression::fast());
        encoder.write_all(bytes).unwrap();
        Reader::new(&encoder.finish().unwrap())
    }

    #[test]
    fn numbers_and_texts_are_read_one_behind_the_other() {
        let mut reader = table(b"\x00\x7f\x80\x01\xac\x02\x04text\x02\x01a\x00");
        for number in [0, 127, 128, 300] {
            assert_eq!(reader.number(), Some(number));
        }
        assert_eq!(reader.text(), Some("text"));
        assert_eq!(reader.list(Reader::text), Some(&["a", ""][..]));
        assert_eq!(reader.number(), None);
    }

    #[test]
    fn a_table_that_is_cut_or_none_has_an_end() {
        for bytes in
            [&b"\x05text"[..], b"\x80", b"\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\x7f", b""]
        {
            assert_eq!(table(bytes).text(), None);
        }
        assert_eq!(Reader::new(b"no table").text(), None);
    }
}
