//! B8, B11 and B14: what lies beside the objects, what is packed, and repositories within the tree.

use std::fs;

use sha2::{Digest as _, Sha256};

use super::{commit, git, leak, repository, write};
use crate::support::{FOUR, World};

/// A pointer of Git LFS to a content, and where the content lies.
fn pointer(content: &str) -> (String, String) {
    let hash: String =
        Sha256::digest(content.as_bytes()).iter().map(|byte| format!("{byte:02x}")).collect();
    let text = format!(
        "version https://git-lfs.github.com/spec/v1\noid sha256:{hash}\nsize {}\n",
        content.len()
    );
    (text, format!(".git/lfs/objects/{}/{}/{hash}", &hash[..2], &hash[2..4]))
}

/// Every source, with what is committed on top of `main~1` and staged again.
const SOURCES: [&[&str]; 4] = [
    &["scan"],
    &["scan", "--history"],
    &["scan", "--range", "HEAD~1..HEAD"],
    &["scan", "--staged"],
];

async fn codes(world: &World, code: u8, says: &str) {
    for source in SOURCES {
        let ran = world.run(source).await;
        assert_eq!(ran.code, code, "{source:?}: {}", ran.all());
        assert!(ran.all().contains(says), "{source:?}: {}", ran.all());
        assert!(code == 0 || !ran.all().contains("no leak"), "{source:?}: {}", ran.all());
    }
}

#[tokio::test(start_paused = true)]
async fn b8_what_git_lfs_keeps_is_read_where_it_is_there_and_told_where_it_is_not() {
    let world = repository(FOUR);
    let content = leak(&world);
    let (text, place) = pointer(&content);
    write(&world.folder.join("big.bin"), &text);
    commit(&world, "big");
    write(&world.folder.join("other.bin"), format!("{text}x-note 1\n"));
    git(&world, &["add", "other.bin"]);
    codes(&world, 5, "stored in Git LFS").await;
    codes(&world, 5, "git lfs fetch").await;
    let ran = world.run(&["scan"]).await.expect(5);
    assert!(
        ran.out.contains("2 files are stored in Git LFS and were not read")
            && ran.out.contains("big.bin, other.bin"),
        "{}",
        ran.out
    );
    // What lies there is another content than the pointer says.
    write(&world.folder.join(&place), "clean\n");
    codes(&world, 5, "does not match the hash").await;
    write(&world.folder.join(&place), &content);
    codes(&world, 11, "sendgrid/api-key").await;
    let ran = world.run(&["scan", "--range", "HEAD~1..HEAD"]).await.expect(11);
    assert!(ran.out.contains("--> big.bin:1:5"), "{}", ran.out);
}

#[tokio::test(start_paused = true)]
async fn b8_a_clean_content_is_clean_and_a_path_that_is_left_out_is_not_asked_for() {
    let world = repository(FOUR);
    let (text, place) = pointer("clean\n");
    write(&world.folder.join("big.bin"), &text);
    write(&world.folder.join(&place), "clean\n");
    commit(&world, "big");
    git(&world, &["rm", "--cached", "--quiet", "big.bin"]);
    git(&world, &["commit", "--quiet", "--message=away"]);
    git(&world, &["add", "big.bin"]);
    codes(&world, 0, "").await;
    fs::remove_file(world.folder.join(&place)).unwrap();
    let ran = world.run(&["scan"]).await.expect(5);
    assert!(ran.out.contains("big.bin is stored in Git LFS"), "{}", ran.out);
    write(
        &world.folder.join(".github/tokenward.yml"),
        format!("{FOUR}scan: {{ignore: ['*.bin']}}\n"),
    );
    for source in [&SOURCES[0], &SOURCES[1], &SOURCES[3]] {
        world.run(source).await.expect(0);
    }
    // A comment that no diff shows lets nothing be.
    let commented = format!("{} # tokenward:allow a test\n", leak(&world).trim());
    let (text, place) = pointer(&commented);
    write(&world.folder.join("c.dat"), &text);
    write(&world.folder.join(&place), &commented);
    world.run(&["scan", "c.dat"]).await.expect(11);
}

#[tokio::test(start_paused = true)]
async fn b8_a_submodule_that_is_not_checked_out_is_told() {
    let world = repository(FOUR);
    let id = git(&world, &["rev-parse", "HEAD"]);
    write(&world.folder.join(".gitmodules"), "[submodule \"sub\"]\n\tpath = sub\n\turl = ../sub\n");
    git(&world, &["update-index", "--add", "--cacheinfo", &format!("160000,{id},sub")]);
    git(&world, &["add", ".gitmodules"]);
    git(&world, &["commit", "--quiet", "--message=sub"]);
    fs::create_dir_all(world.folder.join("sub")).unwrap();
    for source in [&["scan"][..], &["scan", "--history"]] {
        let ran = world.run(source).await.expect(0);
        assert!(
            ran.err.contains("1 submodule was not scanned") && ran.err.contains("sub\n"),
            "{source:?}: {}",
            ran.err
        );
    }
    // The control: one that is checked out is read with the tree.
    write(&world.folder.join("sub/.git"), "gitdir: ../nowhere\n");
    write(&world.folder.join("sub/a.env"), leak(&world));
    let ran = world.run(&["scan"]).await.expect(11);
    assert!(!ran.err.contains("submodule"), "{}", ran.err);
}

#[tokio::test(start_paused = true)]
async fn b11_what_is_packed_in_a_way_that_is_not_opened_is_told() {
    let world = repository(FOUR);
    let starts: [(&str, &[u8]); 7] = [
        ("zstd", b"\x28\xb5\x2f\xfd\x04"),
        ("7z", b"7z\xbc\xaf\x27\x1c\0\x04"),
        ("rar", b"Rar!\x1a\x07\x01\0"),
        ("compress", b"\x1f\x9d\x90"),
        ("a git bundle", b"# v2 git bundle\n"),
        ("a git pack", b"PACK\0\0\0\x02\0\0\0\x01"),
        ("lz4", b"\x04\x22\x4d\x18\x64"),
    ];
    for (name, start) in starts {
        let packed = [start, &[7; 600][..]].concat();
        write(&world.folder.join("x.dat"), &packed);
        let ran = world.run(&["scan", "x.dat"]).await;
        assert_eq!(ran.code, 5, "{name}: {}", ran.all());
        assert!(
            ran.out.contains(&format!("its format, {name}")) && !ran.out.contains("no leak"),
            "{name}: {}",
            ran.out
        );
        // In a tar, which is opened.
        let mut tar = tar::Builder::new(Vec::new());
        let mut header = tar::Header::new_gnu();
        header.set_size(packed.len() as u64);
        header.set_cksum();
        tar.append_data(&mut header, "inner", &packed[..]).unwrap();
        write(&world.folder.join("x.dat"), tar.into_inner().unwrap());
        let ran = world.run(&["scan", "x.dat"]).await.expect(5);
        assert!(ran.out.contains(&format!("inner!: its format, {name}")), "{name}: {}", ran.out);
    }
    commit(&world, "packed");
    world.run(&["scan", "--history"]).await.expect(5);
    world.run(&["scan", "--range", "HEAD~1..HEAD"]).await.expect(5);
    // The control: what only begins like that.
    for text in [
        "PACKAGE=1\n",
        "BZh is a name\n",
        "# v2 of it\n",
        "7z is a program\n",
        "Rare\n",
        "]\n",
        "(\n",
    ] {
        write(&world.folder.join("x.dat"), text);
        world.run(&["scan", "x.dat"]).await.expect(0);
    }
}

#[tokio::test(start_paused = true)]
async fn b11_a_zip_behind_a_prefix_is_opened() {
    let world = repository(FOUR);
    let content = leak(&world);
    // One member, stored: the header, the name, the content.
    let sizes = u32::try_from(content.len()).unwrap().to_le_bytes();
    let head =
        [&b"PK\x03\x04\x14\0\0\0\0\0\0\0\0\0\0\0\0\0"[..], &sizes, &sizes, b"\x05\0\0\0a.env"]
            .concat();
    for prefix in [&b"#!/usr/bin/env python3\n"[..], b"MZ\x90\0 a program that unpacks itself"] {
        write(&world.folder.join("app"), [prefix, &head, content.as_bytes()].concat());
        let ran = world.run(&["scan", "app"]).await.expect(11);
        assert!(ran.out.contains("app!/a.env"), "{}", ran.out);
    }
}

#[tokio::test(start_paused = true)]
async fn f13_base64_that_goes_over_lines_of_a_log_is_read() {
    use base64::Engine as _;
    let world = repository(FOUR);
    let text = format!("{}{}", "some words before it\n".repeat(9), leak(&world));
    let base64 = base64::engine::general_purpose::STANDARD.encode(text);
    let line = |line: &[u8]| std::str::from_utf8(line).unwrap().to_owned();
    for (time, code) in [
        ("2026-11-29T16:23:13.1234567Z ", 11),
        ("2026-11-29T16:23:13.12Z ", 11),
        ("2026-11-29 and more words ", 0),
    ] {
        for length in [64, 76] {
            let log: String = base64
                .as_bytes()
                .chunks(length)
                .map(|part| format!("{time}{}\n", line(part)))
                .collect();
            write(&world.folder.join("job.txt"), log);
            let ran = world.run(&["scan", "job.txt"]).await;
            assert_eq!(ran.code, code, "{time} {length}: {}", ran.all());
        }
    }
}

#[tokio::test(start_paused = true)]
async fn b14_what_people_write_into_a_repository_within_the_tree_is_looked_at() {
    let world = repository(FOUR);
    let value = leak(&world).trim().trim_start_matches("KEY=").to_owned();
    for (file, text) in [
        (
            "sub/.git/config",
            format!("[remote \"origin\"]\n\turl = https://x:{value}@github.com/acme/site\n"),
        ),
        ("sub/.git/packed-refs", format!("# pack-refs\n{} refs/heads/{value}\n", "a".repeat(40))),
        (
            "sub/.git/hooks/post-commit",
            format!("#!/bin/sh\ncurl --header 'Authorization: Bearer {value}' x\n"),
        ),
    ] {
        write(&world.folder.join(file), text);
        for named in [&["scan"][..], &["scan", "sub"]] {
            let ran = world.run(named).await.expect(11);
            assert!(ran.out.contains(&format!("--> {file}:")), "{named:?}: {}", ran.out);
        }
        fs::remove_dir_all(world.folder.join("sub")).unwrap();
    }
    // The control: our own folder is no content, and a checkout's credential in it no leak.
    write(&world.folder.join(".git/hooks/post-commit"), format!("curl {value}\n"));
    world.run(&["scan"]).await.expect(0);
}

#[tokio::test(start_paused = true)]
async fn b8_a_loose_object_of_git_is_read_as_what_it_holds() {
    let world = repository(FOUR);
    let content = leak(&world);
    write(&world.folder.join("a.txt"), &content);
    commit(&world, "a");
    // The object of that file alone, as a file like any other.
    let id = git(&world, &["rev-parse", "HEAD:a.txt"]).trim().to_owned();
    let object =
        fs::read(world.folder.join(format!(".git/objects/{}/{}", &id[..2], &id[2..]))).unwrap();
    let folder = world.folder.join("loose");
    write(&folder.join("clean.txt"), "clean\n");
    world.run(&["scan", "loose"]).await.expect(0);
    fs::write(folder.join("object"), &object).unwrap();
    let ran = world.run(&["scan", "loose"]).await.expect(11);
    assert!(ran.out.contains("sendgrid/api-key"), "{}", ran.out);
    // What only begins like one is a file like any other.
    fs::write(folder.join("object"), [b"x\x9c\x01", content.as_bytes()].concat()).unwrap();
    world.run(&["scan", "loose"]).await.expect(11);
    fs::write(folder.join("object"), b"x\x9c\x01 clean").unwrap();
    world.run(&["scan", "loose"]).await.expect(0);
}
