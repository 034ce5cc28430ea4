//! Paths and refs in the config. A path that leads outside the repository is refused; nothing here
//! does I/O.

use std::path::{Path, PathBuf};

use super::read::quote;
use super::string_types::Refused;
use crate::domain::Code;
use crate::domain::branch::OWN_BRANCHES;

pub(crate) fn inside(text: &str) -> Result<String, Refused> {
    let refuse = |why: &str, hint: &str| {
        Err(Refused::new(Code::ConfigWrongType, format!("{} {why}", quote(text)), hint))
    };
    if text.trim().is_empty() || text.len() > 1000 || text.chars().any(char::is_control) {
        return refuse(
            "is not a path",
            "write a path inside the repository, such as `.github/tokenward/inhouse.yaml`",
        );
    }
    if text.contains('\\') {
        return refuse("contains a `\\`", "separate the parts of a path with `/`, on every system");
    }
    let mut first_bytes = text.bytes();
    let has_drive = first_bytes.next().is_some_and(|b| b.is_ascii_alphabetic())
        && first_bytes.next() == Some(b':');
    if text.starts_with(['/', '~']) || has_drive {
        return refuse(
            "is not inside the repository",
            "write a path relative to the repository's root, without a leading `/`",
        );
    }
    let mut depth = 0_i32;
    for part in text.split('/') {
        depth += match part {
            ".." => -1,
            "" | "." => 0,
            _ => 1,
        };
        if depth < 0 {
            return refuse(
                "leads outside the repository",
                "remove the `..`: the path starts at the repository's root",
            );
        }
    }
    // A path with a later `..` could lead outside through a link.
    if text.split('/').any(|part| part == "..") {
        return refuse("contains a `..`", "write the path without `..`");
    }
    Ok(text.to_owned())
}

pub(crate) fn git_ref(text: &str) -> Result<String, Refused> {
    let parts: Vec<&str> = text.split('/').collect();
    let is_bad_part = |part: &&str| {
        part.is_empty()
            || part.starts_with(['.', '-'])
            || part.ends_with('.')
            || part.to_ascii_lowercase().ends_with(".lock")
    };
    let has_bad_letter = text.bytes().any(|b| {
        !b.is_ascii_graphic() || matches!(b, b'~' | b'^' | b':' | b'?' | b'*' | b'[' | b'\\')
    });
    if parts.len() < 3
        || parts.first() != Some(&"refs")
        || parts.iter().any(is_bad_part)
        || has_bad_letter
        || text.contains("..")
        || text.contains("@{")
        || text.len() > 200
    {
        return Err(Refused::new(
            Code::ConfigWrongType,
            format!("{} is not a valid git ref", quote(text)),
            "write `refs/`, a folder and a name, such as `refs/tokenward/journal`",
        ));
    }
    // A branch of our own, which decides nothing. A record contains only a README, so it starts no
    // workflow.
    if text.starts_with(OWN_BRANCHES) {
        return Ok(text.to_owned());
    }
    // A record there would be a branch, a tag or a pull request: it would start workflows and
    // collide with existing refs.
    if matches!(
        parts.get(1),
        Some(&("heads" | "tags" | "pull" | "remotes" | "notes" | "stash" | "bisect" | "replace"))
    ) {
        return Err(Refused::new(
            Code::ConfigWrongType,
            format!("{} is reserved: git or GitHub uses it for something else", quote(text)),
            "use a folder that nothing else uses, such as `refs/tokenward/journal`, or a branch below `refs/heads/tokenward/`",
        ));
    }
    Ok(text.to_owned())
}

/// Where paths of a config start: the folder above `.github` if the config is in it, else the
/// config's own folder.
pub(crate) fn root(config: &Path) -> PathBuf {
    let folder = config.parent().unwrap_or(Path::new(""));
    let root = if folder.file_name().is_some_and(|name| name == ".github") {
        folder.parent().unwrap_or(Path::new(""))
    } else {
        folder
    };
    root.to_path_buf()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_stay_inside() {
        assert!(inside(".github/tokenward/inhouse.yaml").is_ok());
        for bad in [
            "",
            " ",
            "/etc/passwd",
            "..",
            "../a",
            "a/../../b",
            "a/../b",
            "a\\b",
            "C:/x",
            "~/x",
            "a\nb",
        ] {
            assert!(inside(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn refs_are_what_git_takes() {
        assert!(git_ref("refs/tokenward/journal").is_ok());
        assert!(git_ref("refs/heads/tokenward/journal").is_ok());
        for bad in [
            "refs/journal",
            "journal",
            "refs//x",
            "refs/a/",
            "refs/a/b.lock",
            "refs/a/b c",
            "refs/a/..",
            "refs/a/b:c",
            "refs/heads/main",
            "refs/heads/tokenward",
            "refs/heads/tokenward/",
            "refs/heads/tokenward/a..b",
            "refs/heads/tokenward-journal",
            "refs/tags/v1",
        ] {
            assert!(git_ref(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn the_root_is_above_dot_github() {
        for (config, expected) in [
            (".github/tokenward.yml", ""),
            ("/r/.github/tokenward.yml", "/r"),
            ("/r/x.yml", "/r"),
            ("x.yml", ""),
        ] {
            assert_eq!(root(Path::new(config)), Path::new(expected), "{config}");
        }
    }
}
