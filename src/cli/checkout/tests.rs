//! Typed paths, and the paths in the repository that they mean.

use std::fs;
use std::path::{Path, PathBuf};

use super::paths::{below, plain};

#[test]
fn a_path_without_dots_is_what_a_person_means() {
    for (typed, meant) in
        [("/a/./b/../c", "/a/c"), ("/a/b/../../../../c", "/c"), ("a/b/..", "a"), ("/", "/")]
    {
        assert_eq!(plain(Path::new(typed)), Path::new(meant), "{typed}");
    }
}

#[cfg(unix)]
#[test]
fn links_are_resolved_down_to_the_top_and_not_below_it() {
    let folder = std::env::temp_dir().join(format!("tokenward-paths-{}", std::process::id()));
    let _ = fs::remove_dir_all(&folder);
    fs::create_dir_all(folder.join("real/sub")).unwrap();
    fs::write(folder.join("outside"), "").unwrap();
    let link =
        |target: &str, name: &str| std::os::unix::fs::symlink(target, folder.join(name)).unwrap();
    link("real", "link");
    link(".", "real/self");
    link("../outside", "real/out");
    link("real", "real2");
    let top = folder.join("real");
    for (path, inside) in [
        ("real/sub/x.yml", Some("sub/x.yml")),
        ("link/sub/x.yml", Some("sub/x.yml")),
        ("real2/not/there", Some("not/there")),
        // Below the top a path keeps its name, even if it is a link.
        ("real/self/sub/x.yml", Some("self/sub/x.yml")),
        ("real/out", Some("out")),
        ("outside", None),
        ("real", None),
        ("", None),
    ] {
        assert_eq!(below(&top, &folder.join(path)), inside.map(PathBuf::from), "{path}");
    }
    fs::remove_dir_all(&folder).unwrap();
}
