//! A config from the disk: missing, too large, not a file, not UTF-8. The only place of this room that touches the disk.

use std::fs::File;
use std::io::{ErrorKind, Read as _};
use std::path::Path;

use super::read::{Diagnostic, LARGEST};
use super::{Config, Context, load};
use crate::domain::Code;
use crate::domain::text::tame;

/// Reads the config at a path, relative to a folder. Messages name it as the person did.
///
/// # Errors
/// Every mistake of the file; never an empty list.
pub fn load_file(folder: &Path, path: &Path, context: &Context<'_>) -> Result<Config, Vec<Diagnostic>> {
    load(path, &text(folder, path)?, context)
}

fn text(folder: &Path, path: &Path) -> Result<String, Vec<Diagnostic>> {
    let refuse = |code, message: String, hint: Option<&str>| vec![Diagnostic::of_file(code, path, message, hint)];
    let unreadable = |error: std::io::Error| match error.kind() {
        ErrorKind::NotFound => refuse(
            Code::ConfigMissing,
            "there is no config here".to_owned(),
            Some("`tokenward init` writes one; or name it with `--config FILE`"),
        ),
        _ => refuse(Code::ConfigUnreadable, format!("the file cannot be read: {}", tame(&error.to_string())), None),
    };
    let mut bytes = Vec::new();
    let limit = u64::try_from(LARGEST).unwrap_or(u64::MAX).saturating_add(1);
    File::open(folder.join(path)).and_then(|file| file.take(limit).read_to_end(&mut bytes)).map_err(unreadable)?;
    if bytes.len() > LARGEST {
        return Err(refuse(
            Code::ConfigUnreadable,
            "the file is larger than 1 MB".to_owned(),
            Some("is this the config? name it with `--config FILE`"),
        ));
    }
    String::from_utf8(bytes).map_err(|error| {
        let line = error.as_bytes().get(..error.utf8_error().valid_up_to()).unwrap_or_default().iter().filter(|b| **b == b'\n').count() + 1;
        let is_utf16 = matches!(error.as_bytes(), [0xff, 0xfe, ..] | [0xfe, 0xff, ..]);
        let what = if is_utf16 { "the file is UTF-16".to_owned() } else { format!("line {line} is not UTF-8") };
        vec![Diagnostic { line, ..Diagnostic::of_file(Code::ConfigUnreadable, path, what, Some("save the file as UTF-8")) }]
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(name: &str, bytes: Option<&[u8]>) -> Diagnostic {
        let folder = std::env::temp_dir().join(format!("tokenward-config-{}-{name}", std::process::id()));
        std::fs::create_dir_all(&folder).expect("a folder");
        let path = folder.join("tokenward.yml");
        if let Some(bytes) = bytes {
            std::fs::write(&path, bytes).expect("a file");
        }
        let context = Context { looks_like_token: &|_| Vec::new(), known_providers: &[] };
        let found = load_file(&folder, Path::new("tokenward.yml"), &context).expect_err("a mistake").remove(0);
        std::fs::remove_dir_all(&folder).expect("clean");
        found
    }

    #[test]
    fn files_that_are_no_text_are_one_clear_diagnostic() {
        assert_eq!(refused("missing", None).code, Code::ConfigMissing);
        assert!(refused("utf16", Some(&[0xff, 0xfe, b'v', 0])).message.contains("UTF-16"));
        let latin = refused("latin", Some(b"version: 1\n# caf\xe9\n"));
        assert_eq!((latin.line, latin.message.as_str()), (2, "line 2 is not UTF-8"));
        assert!(refused("large", Some(&vec![b'a'; LARGEST + 1])).message.contains("1 MB"));
    }
}
