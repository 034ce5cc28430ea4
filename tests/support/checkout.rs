//! A checkout as a run in Actions has one, made without starting git: what lies in a folder is
//! committed, and the runner's variables say that this commit is what a protected branch stands at.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use gix_hash::{Kind, ObjectId};
use gix_object::Write as _;

/// Says of a folder what the runner says, where a test says nothing else. Commits what lies there,
/// unless the test names a commit.
pub(crate) fn as_runner(folder: &Path, env: &mut BTreeMap<String, String>) {
    let mut unless = |name: &str, value: &dyn Fn() -> String| {
        if !env.contains_key(name) {
            env.insert(name.to_owned(), value());
        }
    };
    unless("GITHUB_WORKSPACE", &|| folder.display().to_string());
    unless("GITHUB_REF", &|| "refs/heads/main".to_owned());
    unless("GITHUB_REF_PROTECTED", &|| "true".to_owned());
    unless("GITHUB_SHA", &|| commit(folder));
}

/// The commit that [`commit`] checked out in a folder.
pub(crate) fn head(folder: &Path) -> String {
    fs::read_to_string(folder.join(".git/HEAD")).unwrap().trim().to_owned()
}

/// Commits what lies in a folder, and checks it out where the folder has no repository of git's own
/// making.
pub(crate) fn commit(folder: &Path) -> String {
    let git = folder.join(".git");
    for part in ["objects", "refs"] {
        fs::create_dir_all(git.join(part)).unwrap();
    }
    let store = gix_odb::loose::Store::at(git.join("objects"), Kind::Sha1);
    let tree = tree(&store, folder);
    let by = "Test <test@example.com> 1764000000 +0000";
    let text = format!("tree {tree}\nauthor {by}\ncommitter {by}\n\nCheckout\n");
    let commit = store.write_buf(gix_object::Kind::Commit, text.as_bytes()).unwrap().to_string();
    if !git.join("config").exists() {
        fs::write(git.join("HEAD"), format!("{commit}\n")).unwrap();
    }
    commit
}

fn tree(store: &gix_odb::loose::Store, folder: &Path) -> ObjectId {
    let mut entries: Vec<(Vec<u8>, &str, ObjectId)> = Vec::new();
    for entry in fs::read_dir(folder).unwrap().flatten() {
        let (path, name) = (entry.path(), entry.file_name().to_string_lossy().into_owned());
        let kind = entry.file_type().unwrap();
        let blob = |text: &[u8]| store.write_buf(gix_object::Kind::Blob, text).unwrap();
        if name == ".git" {
            continue;
        } else if kind.is_dir() {
            entries.push((name.into_bytes(), "40000", tree(store, &path)));
        } else if kind.is_symlink() {
            entries.push((
                name.into_bytes(),
                "120000",
                blob(fs::read_link(&path).unwrap().as_os_str().as_encoded_bytes()),
            ));
        } else if let Some(Ok(text)) = kind.is_file().then(|| fs::read(&path)) {
            entries.push((name.into_bytes(), "100644", blob(&text)));
        }
    }
    // Git's order: a folder as if its name ended in `/`.
    entries.sort_by_key(|(name, mode, _)| {
        [name.as_slice(), if *mode == "40000" { b"/" } else { b"" }].concat()
    });
    let mut text = Vec::new();
    for (name, mode, id) in entries {
        text.extend([mode.as_bytes(), b" ", &name, b"\0", id.as_bytes()].concat());
    }
    store.write_buf(gix_object::Kind::Tree, &text).unwrap()
}
