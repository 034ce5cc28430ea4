//! A2: an object store in which the base's real ids stand for other contents. Git does not hash
//! what it reads; we do.

use std::fs;
use std::io::Write as _;
use std::path::Path;

use flate2::Compression;
use flate2::write::ZlibEncoder;

use super::stage::{Stage, evil, git};

/// Writes a loose object under an id that is not its own.
fn forge(git_dir: &Path, id: &str, kind: &str, content: &[u8]) {
    let mut zipped = ZlibEncoder::new(Vec::new(), Compression::fast());
    zipped.write_all(format!("{kind} {}\0", content.len()).as_bytes()).unwrap();
    zipped.write_all(content).unwrap();
    let path = git_dir.join("objects").join(&id[..2]).join(&id[2..]);
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    let _ = fs::remove_file(&path);
    fs::write(path, zipped.finish().unwrap()).unwrap();
}

/// A pull request, its whole clone, and loose objects in it.
fn stage() -> Stage {
    let mut stage = Stage::new();
    stage.propose_evil();
    stage.pull_request("main");
    stage.check_out("evil");
    // Loose, so that one object at a time can be replaced.
    let url = format!("file://{}", stage.origin.display());
    let folder = &stage.world.folder;
    let packs = folder.join(".git/objects/pack");
    assert!(
        git(
            folder,
            &[
                "-c",
                "transfer.unpackLimit=100000",
                "fetch",
                "--quiet",
                "--unshallow",
                &url,
                "main",
                "evil"
            ]
        )
        .status
        .success()
    );
    for pack in fs::read_dir(&packs)
        .unwrap()
        .flatten()
        .map(|entry| entry.path())
        .filter(|path| path.extension().is_some_and(|e| e == "pack"))
    {
        let away = stage.outside.join("away.pack");
        fs::rename(&pack, &away).unwrap();
        let _ = fs::remove_file(pack.with_extension("idx"));
        let mut unpack = std::process::Command::new("git");
        unpack
            .arg("unpack-objects")
            .arg("-q")
            .current_dir(folder)
            .stdin(fs::File::open(&away).unwrap());
        assert!(unpack.status().unwrap().success());
    }
    stage
}

fn id(stage: &Stage, name: &str) -> String {
    stage.git(&["rev-parse", name])
}

#[tokio::test(start_paused = true)]
async fn a2_an_object_with_the_right_id_and_another_content_decides_nothing() {
    let attacks: [(&str, &str); 4] = [
        ("main", "commit"),
        ("main^{tree}", "tree"),
        ("main:.github", "tree"),
        ("main:.github/tokenward.yml", "blob"),
    ];
    for (real, kind) in attacks {
        let stage = stage();
        // The counterpart on the attacker's branch, under the id of the base's.
        let theirs = real.replace("main", "evil");
        let content = {
            let out = git(&stage.origin, &["cat-file", kind, &theirs]);
            assert!(out.status.success());
            out.stdout
        };
        let content = if kind == "blob" { evil().into_bytes() } else { content };
        forge(&stage.world.folder.join(".git"), &id(&stage, real), kind, &content);
        // The control: git believes it.
        let shown = git(
            &stage.world.folder,
            &["cat-file", "-p", &format!("{}:.github/tokenward.yml", stage.tip("main"))],
        );
        assert!(
            String::from_utf8_lossy(&shown.stdout).contains("stolen"),
            "{real}: the vehicle does not work"
        );
        for command in ["check", "scan", "status"] {
            let ran = stage
                .act(&[("command", command), ("args", if command == "scan" { "." } else { "" })])
                .await
                .expect(2);
            assert!(
                ran.err.contains("error[object-forged]") && !stage.is_theirs(&ran),
                "{real}: {}",
                ran.all()
            );
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a2_a_pack_whose_index_lies_decides_nothing() {
    let stage = stage();
    let folder = &stage.world.folder;
    let (real, theirs) =
        (id(&stage, "main:.github/tokenward.yml"), id(&stage, "evil:.github/tokenward.yml"));
    // A pack with their blob, and an index that calls it by the real one's id.
    let list = stage.outside.join("list");
    fs::write(&list, format!("{theirs}\n")).unwrap();
    let mut pack = std::process::Command::new("git");
    pack.args(["pack-objects", "-q", ".git/objects/pack/pack"])
        .current_dir(folder)
        .stdin(fs::File::open(&list).unwrap());
    let name = String::from_utf8(pack.output().unwrap().stdout).unwrap().trim().to_owned();
    let index = folder.join(format!(".git/objects/pack/pack-{name}.idx"));
    let mut bytes = fs::read(&index).unwrap();
    let from_hex = |hex: &str| -> Vec<u8> {
        (0..hex.len())
            .step_by(2)
            .map(|at| u8::from_str_radix(&hex[at..at + 2], 16).unwrap())
            .collect()
    };
    let (old, new) = (from_hex(&theirs), from_hex(&real));
    let at = bytes.windows(20).position(|window| window == old.as_slice()).unwrap();
    bytes[at..at + 20].copy_from_slice(&new);
    // The fan-out: how many ids begin with this byte or a lower one.
    for first in 0..256 {
        let count = u32::from(first >= usize::from(new[0]));
        bytes[8 + first * 4..12 + first * 4].copy_from_slice(&count.to_be_bytes());
    }
    let _ = fs::remove_file(&index);
    fs::write(&index, &bytes).unwrap();
    fs::remove_file(folder.join(".git/objects").join(&real[..2]).join(&real[2..])).unwrap();
    let shown = git(folder, &["cat-file", "-p", &real]);
    assert!(
        String::from_utf8_lossy(&shown.stdout).contains("stolen"),
        "the vehicle does not work: {shown:?}"
    );
    let ran = stage.act(&[("command", "check")]).await.expect(2);
    assert!(ran.err.contains("error[object-forged]") && !stage.is_theirs(&ran), "{}", ran.all());
}

#[tokio::test(start_paused = true)]
async fn a2_a_replaced_or_grafted_commit_decides_nothing() {
    let stage = stage();
    let folder = &stage.world.folder;
    let (main, evil) = (stage.tip("main"), stage.tip("evil"));
    assert!(git(folder, &["update-ref", &format!("refs/replace/{main}"), &evil]).status.success());
    let shown = git(folder, &["cat-file", "-p", &format!("{main}:.github/tokenward.yml")]);
    assert!(String::from_utf8_lossy(&shown.stdout).contains("stolen"), "the vehicle does not work");
    let ran = stage.act(&[("command", "check")]).await.expect(0);
    assert!(!stage.is_theirs(&ran), "{}", ran.all());
}

#[tokio::test(start_paused = true)]
async fn a2_an_embedded_store_with_forged_objects_is_not_even_opened() {
    let mut stage = Stage::new();
    stage.propose_evil();
    let service = stage.origin.join("service");
    for part in ["objects", "refs/heads"] {
        fs::create_dir_all(service.join(part)).unwrap();
    }
    fs::write(service.join("HEAD"), "ref: refs/heads/main\n").unwrap();
    fs::write(service.join("config"), "[core]\n\tbare = true\n").unwrap();
    fs::write(service.join("refs/heads/main"), format!("{}\n", stage.tip("main"))).unwrap();
    let commit = git(&stage.origin, &["cat-file", "commit", "evil"]).stdout;
    forge(&service, &stage.tip("main"), "commit", &commit);
    for object in stage
        .git(&["rev-list", "--objects", "evil^{tree}"])
        .lines()
        .map(|line| line[..40].to_owned())
        .collect::<Vec<_>>()
    {
        let kind = stage.git(&["cat-file", "-t", &object]);
        forge(&service, &object, &kind, &git(&stage.origin, &["cat-file", &kind, &object]).stdout);
    }
    stage.commit("a forged store");
    stage.pull_request("main");
    stage.check_out("evil");
    let shown = git(
        &stage.world.folder.join("service"),
        &["cat-file", "-p", &format!("{}:.github/tokenward.yml", stage.tip("main"))],
    );
    assert!(
        String::from_utf8_lossy(&shown.stdout).contains("stolen"),
        "the vehicle does not work: {shown:?}"
    );
    for command in ["check", "status"] {
        let ran =
            stage.act(&[("command", command), ("working-directory", "service")]).await.expect(0);
        assert!(!stage.is_theirs(&ran), "{}", ran.all());
    }
}
