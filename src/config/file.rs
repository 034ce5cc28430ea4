//! Checks the bytes of a config file: missing, too large, not UTF-8. The caller reads them.

use std::path::Path;

use super::read::{LARGEST, RenderedDiagnostic};
use super::{Config, Context, load};
use crate::domain::Code;

/// Reads the config from a file's bytes; one byte more than [`LARGEST`] is enough to refuse it.
/// Messages use the file's path.
///
/// # Errors
/// All errors in the file; never an empty list.
pub fn load_bytes(
    path: &Path,
    bytes: Option<Vec<u8>>,
    context: &Context<'_>,
) -> Result<Config, Vec<RenderedDiagnostic>> {
    load(path, &text(path, bytes)?, context)
}

fn text(path: &Path, bytes: Option<Vec<u8>>) -> Result<String, Vec<RenderedDiagnostic>> {
    let refuse = |code, message: &str, hint: &str| {
        vec![RenderedDiagnostic::of_file(code, path, message.to_owned(), Some(hint))]
    };
    let Some(bytes) = bytes else {
        let hint = "create it with `tokenward init`, or name it with `--config FILE`";
        return Err(refuse(Code::ConfigMissing, "config file not found", hint));
    };
    if bytes.len() > LARGEST {
        return Err(refuse(
            Code::ConfigUnreadable,
            "the file exceeds the limit of 1 MB",
            "check that this is the config file, or name another one with `--config FILE`",
        ));
    }
    String::from_utf8(bytes).map_err(|error| {
        let line = error
            .as_bytes()
            .get(..error.utf8_error().valid_up_to())
            .unwrap_or_default()
            .iter()
            .filter(|b| **b == b'\n')
            .count()
            + 1;
        let is_utf16 = matches!(error.as_bytes(), [0xff, 0xfe, ..] | [0xfe, 0xff, ..]);
        let what = if is_utf16 {
            "the file is UTF-16".to_owned()
        } else {
            format!("line {line} is not UTF-8")
        };
        vec![RenderedDiagnostic {
            line,
            ..RenderedDiagnostic::of_file(
                Code::ConfigUnreadable,
                path,
                what,
                Some("save the file as UTF-8"),
            )
        }]
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(bytes: Option<&[u8]>) -> RenderedDiagnostic {
        let context = Context { looks_like_token: &|_| Vec::new(), known_providers: &[] };
        load_bytes(Path::new("tokenward.yml"), bytes.map(<[u8]>::to_vec), &context)
            .expect_err("a mistake")
            .remove(0)
    }

    #[test]
    fn files_that_are_no_text_are_one_clear_diagnostic() {
        assert_eq!(refused(None).code, Code::ConfigMissing);
        assert!(refused(Some(&[0xff, 0xfe, b'v', 0])).message.contains("UTF-16"));
        let latin = refused(Some(b"version: 1\n# caf\xe9\n"));
        assert_eq!((latin.line, latin.message.as_str()), (2, "line 2 is not UTF-8"));
        assert!(refused(Some(&vec![b'a'; LARGEST + 1])).message.contains("1 MB"));
    }
}
