//! B11: packings beside zip and gzip. Each is written here, as simply as its format allows.

use super::{commit, leak, repository, write};
use crate::support::{FOUR, World};

/// Bits, the highest of each byte first.
#[derive(Default)]
struct Bits(Vec<bool>);

impl Bits {
    fn put(&mut self, value: u64, count: u32) {
        self.0.extend((0..count).rev().map(|place| value >> place & 1 == 1));
    }

    fn bytes(&self) -> Vec<u8> {
        let byte = |bits: &[bool]| {
            (0..8).fold(0, |byte, place| byte << 1 | u8::from(bits.get(place) == Some(&true)))
        };
        self.0.chunks(8).map(byte).collect()
    }
}

/// With how many more of a byte there are behind each four of it.
fn counted(text: &[u8]) -> Vec<u8> {
    let runs = text.chunk_by(|a, b| a == b).flat_map(|run| run.chunks(255));
    runs.flat_map(|run| match run {
        [a, b, c, d, more @ ..] => vec![*a, *b, *c, *d, u8::try_from(more.len()).unwrap()],
        few => few.to_vec(),
    })
    .collect()
}

/// As bzip2 packs: sorted, each byte by how long ago it was seen, in codes of nine bits.
fn bzip2(text: &[u8]) -> Vec<u8> {
    let text = &counted(text)[..];
    let turned = |from: usize| text[from..].iter().chain(&text[..from]);
    let mut order: Vec<usize> = (0..text.len()).collect();
    order.sort_by(|a, b| turned(*a).cmp(turned(*b)));
    let last = |from: &usize| text[(from + text.len() - 1) % text.len()];
    let origin = order.iter().position(|from| *from == 0).unwrap();
    let mut front: Vec<u8> = (0..=255).filter(|byte| text.contains(byte)).collect();
    let mut bits = Bits::default();
    bits.put(u64::from_be_bytes(*b"\0\0\0\0BZh1"), 32);
    bits.put(0x3141_5926_5359, 48);
    bits.put(0, 33);
    bits.put(origin as u64, 24);
    let has = |byte: u8| u64::from(front.contains(&byte));
    let groups: Vec<u64> = (0..16)
        .map(|group| (0..16).fold(0, |all, byte| all << 1 | has(group * 16 + byte)))
        .collect();
    bits.put(groups.iter().fold(0, |all, group| all << 1 | u64::from(*group != 0)), 16);
    groups.iter().filter(|group| **group != 0).for_each(|group| bits.put(*group, 16));
    let end = front.len() as u64 + 1;
    let mut symbols = Vec::new();
    let mut run = 0_u64;
    let tell = |run: &mut u64, symbols: &mut Vec<u64>| {
        while *run > 0 {
            symbols.push((*run + 1) % 2);
            *run = (*run - 1) / 2;
        }
    };
    for byte in order.iter().map(last) {
        let place = front.iter().position(|one| *one == byte).unwrap();
        front[..=place].rotate_right(1);
        if place == 0 {
            run += 1;
        } else {
            tell(&mut run, &mut symbols);
            symbols.push(place as u64 + 1);
        }
    }
    tell(&mut run, &mut symbols);
    symbols.push(end);
    bits.put(2, 3);
    let selectors = symbols.len().div_ceil(50);
    bits.put(selectors as u64, 15);
    (0..selectors).for_each(|_| bits.put(0, 1));
    for _ in 0..2 {
        bits.put(9, 5);
        (0..=end).for_each(|_| bits.put(0, 1));
    }
    symbols.into_iter().for_each(|symbol| bits.put(symbol, 9));
    bits.put(0x1772_4538_5090, 48);
    bits.put(0, 32);
    bits.bytes()
}

/// As xz stores what does not become smaller, in two blocks.
fn xz(text: &[u8]) -> Vec<u8> {
    let mut packed = b"\xfd7zXZ\0\0\x01\0\0\0\0".to_vec();
    let (first, second) = text.split_at(text.len() / 2);
    for part in [first, second] {
        packed.extend_from_slice(b"\x02\0\x21\x01\x16\0\0\0\0\0\0\0");
        let size = u16::try_from(part.len() - 1).unwrap().to_be_bytes();
        let block = [b"\x01", &size[..], part, b"\0"].concat();
        packed.extend_from_slice(&block);
        packed.resize(packed.len() + block.len().next_multiple_of(4) - block.len() + 4, 0);
    }
    packed.extend_from_slice(b"\0\x02\x01\x01\x01\x01\0\0\0\0\0\0");
    packed.extend_from_slice(b"\0\0\0\0\0\0\0\0\0\x01YZ");
    packed
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
