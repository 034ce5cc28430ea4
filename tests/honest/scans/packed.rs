//! B11: packings beside zip and gzip.

use std::io::Write as _;

use bzip2::write::BzEncoder;
use lzma_rust2::{XzOptions, XzWriter};

use super::{commit, leak, repository, write};
use crate::support::{FOUR, World};

fn bzip2(text: &[u8]) -> Vec<u8> {
    let mut encoder = BzEncoder::new(Vec::new(), bzip2::Compression::fast());
    encoder.write_all(text).unwrap();
    encoder.finish().unwrap()
}

fn xz(text: &[u8]) -> Vec<u8> {
    let mut encoder = XzWriter::new(Vec::new(), XzOptions::with_preset(1)).unwrap();
    encoder.write_all(text).unwrap();
    encoder.finish().unwrap()
}

fn tar(name: &str, content: &[u8]) -> Vec<u8> {
    let mut tar = tar::Builder::new(Vec::new());
    let mut header = tar::Header::new_gnu();
    header.set_size(content.len() as u64);
    header.set_cksum();
    tar.append_data(&mut header, name, content).unwrap();
    tar.into_inner().unwrap()
}

fn ar(members: &[(&str, &[u8])]) -> Vec<u8> {
    let mut all = b"!<arch>\n".to_vec();
    for (name, content) in members {
        let head =
            format!("{name:<16}{:<12}{:<6}{:<6}{:<8}{:<10}`\n", 0, 0, 0, 100_644, content.len());
        all.extend_from_slice(head.as_bytes());
        all.extend_from_slice(content);
        all.resize(all.len().next_multiple_of(2), b'\n');
    }
    all
}

fn text(world: &World) -> Vec<u8> {
    format!("first line\n{}last line\n", leak(world)).into_bytes()
}

async fn found(world: &World, bytes: Vec<u8>, place: &str) {
    write(&world.folder.join("x.dat"), bytes);
    let ran = world.run(&["scan", "x.dat"]).await.expect(11);
    assert!(ran.out.contains(&format!("--> x.dat{place}:")), "{place}: {}", ran.out);
}

#[tokio::test(start_paused = true)]
async fn b11_bzip2_xz_and_debian_s_packages_are_opened() {
    let world = repository(FOUR);
    for pack in [bzip2, xz] {
        found(&world, pack(&text(&world)), "!:2").await;
        found(&world, [pack(b"one two\n"), pack(&text(&world))].concat(), "!:3").await;
        found(&world, pack(&tar("a.env", &text(&world))), "!/a.env:2").await;
        found(&world, tar("b.dat", &pack(&text(&world))), "!/b.dat!:2").await;
        let data = pack(&tar("etc/a.env", &text(&world)));
        let deb = ar(&[("debian-binary", b"2.0\n"), ("control.tar", b"x"), ("data.tar.xz", &data)]);
        found(&world, deb, "!/data.tar.xz!/etc/a.env:2").await;
    }
    commit(&world, "packed");
    world.run(&["scan", "--history"]).await.expect(11);
    world.run(&["scan", "--range", "HEAD~1..HEAD"]).await.expect(11);
}

#[tokio::test(start_paused = true)]
async fn b11_what_is_damaged_or_cut_off_is_told() {
    let world = repository(FOUR);
    for pack in [bzip2, xz] {
        let whole = pack(&text(&world));
        write(&world.folder.join("x.dat"), pack(b"clean\n"));
        world.run(&["scan", "x.dat"]).await.expect(0);
        for length in [15, 40, whole.len() / 2] {
            write(&world.folder.join("x.dat"), &whole[..length]);
            let ran = world.run(&["scan", "x.dat"]).await;
            assert!(ran.code == 5 || ran.code == 11, "{length}: {}", ran.all());
            assert!(ran.out.contains("part of x.dat was not unpacked"), "{length}: {}", ran.all());
        }
        // Any byte may be another: read to an end, with or without a complaint.
        for at in 10..whole.len().min(160) {
            let mut other = whole.clone();
            other[at] ^= 0x55;
            write(&world.folder.join("x.dat"), other);
            let ran = world.run(&["scan", "x.dat"]).await;
            assert!([0, 5, 11].contains(&ran.code), "{at}: {}", ran.all());
        }
    }
    let cut = ar(&[("data.tar", &[b'x'; 90])]);
    write(&world.folder.join("x.dat"), &cut[..cut.len() - 95]);
    let ran = world.run(&["scan", "x.dat"]).await.expect(5);
    assert!(ran.out.contains("it is truncated"), "{}", ran.out);
}
