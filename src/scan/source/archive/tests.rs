//! What is packed is found where it stands; what is not read is told, and costs no more than it
//! may.

use std::io::Write as _;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use flate2::Compression;
use flate2::write::{DeflateEncoder, GzEncoder};
use rawzip::{CompressionMethod, ZipArchiveWriter};

use super::super::content::text;
use super::super::stream::Scratch;
use super::inflate::Origin;
use super::kind::Kind;
use super::open::{Limits, Opener, USUAL};
use crate::domain::Code;
use crate::scan::detect::packed_signs::Signs;
use crate::scan::tests::support::{Folder, options, rules, sendgrid};
use crate::scan::{Ignore, Report, Source, scan, scan_reader};

fn gz(content: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(content).unwrap();
    encoder.finish().unwrap()
}

fn zip(members: &[(&str, &[u8], bool)]) -> Vec<u8> {
    let mut out = Vec::new();
    let mut archive = ZipArchiveWriter::new(&mut out);
    for (name, content, encrypted) in members {
        let file = archive
            .new_file(name)
            .compression_method(CompressionMethod::DEFLATE)
            .encrypted(*encrypted);
        let (mut entry, config) = file.start().unwrap();
        let mut writer = config.wrap(DeflateEncoder::new(&mut entry, Compression::fast()));
        writer.write_all(content).unwrap();
        let (encoder, descriptor) = writer.finish().unwrap();
        encoder.finish().unwrap();
        entry.finish(descriptor).unwrap();
    }
    archive.finish().unwrap();
    out
}

fn tar(members: &[(&str, &[u8])]) -> Vec<u8> {
    let mut builder = tar::Builder::new(Vec::new());
    for (name, content) in members {
        let mut header = tar::Header::new_gnu();
        header.set_size(content.len() as u64);
        builder.append_data(&mut header, name, *content).unwrap();
    }
    builder.into_inner().unwrap()
}

fn line(seed: usize) -> Vec<u8> {
    format!("first\nKEY={}\n", sendgrid(seed)).into_bytes()
}

fn tree(folder: &Folder) -> Report {
    let source = Source::Tree { roots: vec![folder.0.clone()] };
    scan(&source, &options(&rules(), &folder.0, &Ignore::nothing()), &|_| {})
}

fn places(report: &Report) -> Vec<(&str, u64)> {
    report.findings.iter().map(|finding| (finding.path.as_str(), finding.line)).collect()
}

#[test]
fn a_token_is_found_in_every_archive_and_in_those_inside() {
    let folder = Folder::new();
    let long = format!("{}/b.env", "long".repeat(40));
    folder.write("a.zip", zip(&[("dir/b.env", &line(1), false), ("c", b"clean", false)]));
    folder.write("b.tar", tar(&[("dir/b.env", &line(2)), (&long, &line(3))]));
    folder.write("c.log.gz", gz(&line(4)));
    folder.write(
        "d.tgz",
        gz(&tar(&[("lib.jar", &zip(&[("x", &line(5), false), ("y.gz", &gz(&line(6)), false)]))])),
    );
    folder.write("e.png", [gz(b"one\n"), gz(&line(7)), b"padding".to_vec()].concat());
    let report = tree(&folder);
    let long = format!("b.tar!/{long}");
    assert_eq!(
        places(&report),
        [
            ("a.zip!/dir/b.env", 2),
            ("b.tar!/dir/b.env", 2),
            (long.as_str(), 2),
            ("c.log.gz!", 2),
            ("d.tgz!/lib.jar!/x", 2),
            ("d.tgz!/lib.jar!/y.gz!", 2),
            ("e.png!", 3),
        ]
    );
    assert_eq!(report.problems, []);
}

#[test]
fn an_archive_is_opened_in_every_source() {
    use super::super::tests::range::{commit, git, repository};
    use crate::scan::tests::support::at;
    let (folder, base) = repository();
    folder.write("a.zip", zip(&[("b.env", &line(1), false)]));
    folder.write("locked.zip", zip(&[("b.env", &line(2), true)]));
    git(&folder.0, &["add", "-A"]);
    let (rules, ignore) = (rules(), Ignore::nothing());
    let run = |source: &Source| scan(source, &options(&rules, &folder.0, &ignore), &|_| {});
    let staged = run(&Source::Staged { repository: at(&folder.0), or_everything: false });
    commit(&folder, "archive");
    std::fs::remove_file(folder.0.join("a.zip")).unwrap();
    commit(&folder, "gone");
    let range = run(&Source::Range {
        repository: at(&folder.0),
        remote: None,
        from: base,
        to: "HEAD".to_owned(),
    });
    let history = run(&Source::History { repository: at(&folder.0) });
    let packed = zip(&[("b.env", &line(1), false)]);
    let stdin =
        scan_reader(&mut &*packed, "<stdin>", &options(&rules, &folder.0, &ignore), &|_| {});
    for (report, path) in [
        (staged, "a.zip!/b.env"),
        (range, "a.zip!/b.env"),
        (history, "a.zip!/b.env"),
        (stdin, "<stdin>!/b.env"),
    ] {
        assert!(places(&report).contains(&(path, 2)), "{report:?}");
        let told: Vec<String> = report.problems.iter().map(|problem| problem.to_string()).collect();
        let locked = told
            .iter()
            .filter(|told| {
                told.contains("locked.zip was not unpacked") && told.contains("encrypted")
            })
            .count();
        assert_eq!(
            (told.len(), locked),
            if path.starts_with('<') { (0, 0) } else { (1, 1) },
            "{told:?}"
        );
    }
}

#[test]
fn what_is_broken_locked_or_packed_otherwise_is_told_and_the_rest_is_read() {
    let folder = Folder::new();
    let whole = zip(&[("b.env", &line(1), false)]);
    folder.write("cut.zip", &whole[..whole.len() - 30]);
    folder.write("cut.gz", &gz(&line(2).repeat(200))[..120]);
    let mut odd = tar(&[("x", &line(3))]);
    odd.truncate(1024);
    odd.extend([b'x'; 512]);
    odd.extend(line(4));
    folder.write("odd.tar.gz", gz(&odd));
    let report = tree(&folder);
    assert_eq!(
        places(&report).iter().filter(|(path, _)| path.starts_with("odd")).count(),
        2,
        "{:?}",
        places(&report)
    );
    let whats: Vec<&str> = report.problems.iter().map(|problem| problem.what.as_str()).collect();
    assert_eq!(
        whats,
        [
            "part of cut.gz was not unpacked",
            "part of cut.zip was not unpacked",
            "part of odd.tar.gz was not unpacked"
        ]
    );
    assert!(report.problems.iter().all(|problem| problem.id == Code::ScanIncomplete));
}

#[test]
fn what_stands_behind_the_end_of_a_tar_is_read_too() {
    let folder = Folder::new();
    folder.write("a.tgz", gz(&[tar(&[("x", b"clean")]), line(1)].concat()));
    assert_eq!(places(&tree(&folder)), [("a.tgz!", 2)]);
}

fn opened(limits: Limits, archive: &[u8]) -> (usize, Vec<String>) {
    let (rules, ignore, folder) = (rules(), Ignore::nothing(), Folder::new());
    let options = options(&rules, &folder.0, &ignore);
    let mut scratch = Scratch::new(&options);
    let mut opener = Opener::with(limits, &mut scratch, &options, archive.len() as u64);
    opener.open(&Origin::Text(archive), Kind::of(archive), Signs::of(archive), b"");
    let (seen, lost) = opener.end();
    (seen.len(), lost)
}

#[test]
fn every_limit_is_told_when_it_is_met_and_not_before() {
    let small =
        Limits { depth: 2, members: 3, least: 100_000, ratio: 10, most: 200_000, held: 50_000 };
    // A bomb: one member becomes more than may be unpacked. What came first was read.
    let bomb =
        zip(&[("a", &line(1), false), ("b", &vec![b'0'; 300_000], false), ("c", &line(2), false)]);
    let (seen, lost) = opened(small, &bomb);
    assert_eq!(
        (seen, lost.as_slice()),
        (1, &["its content exceeds the limit for one file".to_owned()][..])
    );
    // Exactly as much as may be: nothing is missing.
    assert_eq!(opened(small, &gz(&vec![b'0'; 100_000])).1, Vec::<String>::new());
    assert_eq!(opened(small, &gz(&vec![b'0'; 100_001])).1.len(), 1);
    let many: Vec<_> = ["a", "b", "c", "d"].map(|name| (name, &b"x"[..])).to_vec();
    assert!(opened(small, &tar(&many)).1[0].contains("more entries"));
    assert_eq!(opened(small, &tar(&many[..3])).1, Vec::<String>::new());
    let deep = (0..4).fold(line(3), |inside, _| gz(&inside));
    assert!(opened(small, &deep).1[0].contains("nested in too many archives"));
    assert_eq!(opened(small, &gz(&gz(&line(3)))).0, 1);
    // A zip that is too large to be held is read as bytes, and that is told.
    let mut noise = 7_u32;
    let random: Vec<u8> = std::iter::repeat_with(|| {
        noise = noise.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (noise >> 24) as u8
    })
    .take(60_000)
    .collect();
    assert!(
        opened(small, &tar(&[("x.zip", &zip(&[("r", &random, false)]))])).1[0]
            .contains("too large")
    );
}

#[test]
fn no_number_of_archives_in_base64_hides_one_behind_them() {
    let folder = Folder::new();
    let base64 = |bytes: &[u8]| STANDARD.encode(bytes);
    let whole = |mut bytes: Vec<u8>| {
        bytes.resize(bytes.len().next_multiple_of(3), 0);
        bytes
    };
    let decoys = |bytes: &[u8]| whole(bytes.to_vec()).repeat(40);
    // A gzip header, and behind it what is no gzip.
    let headers = decoys(&[&gz(b"x")[..10], &[0xff; 8]].concat());
    folder.write("gzip", base64(&[headers, gz(&line(1))].concat()));
    // Each of 40 members begins as a zip does.
    let names: Vec<String> = (0..40).map(|number| format!("m{number}")).collect();
    let content = line(2);
    let mut members: Vec<(&str, &[u8], bool)> =
        names.iter().map(|name| (name.as_str(), &b"clean"[..], false)).collect();
    members[39].1 = &content;
    folder.write("zip", base64(&zip(&members)));
    let report = tree(&folder);
    assert_eq!(report.findings.len(), 2, "{report:?}");
    assert!(report.problems.iter().all(|problem| problem.what.contains("gzip")));

    // Only its own first bytes say that something is compressed with zstd: those are counted.
    let folder = Folder::new();
    let zstd = decoys(&[0x28, 0xb5, 0x2f, 0xfd, 0xff, 0xff]);
    folder.write("zstd", base64(&[zstd, gz(&line(3))].concat()));
    let report = tree(&folder);
    let mut causes = report.problems.iter().flat_map(|problem| &problem.causes);
    assert!(causes.any(|cause| cause.contains("than the limit allows")), "{report:?}");
}

#[test]
fn a_zip_that_contains_itself_over_and_over_ends() {
    // Each level holds ten times the one below it, as the well-known bombs do.
    let mut inside = gz(&vec![b'0'; 1 << 20]);
    for _ in 0..5 {
        let names: Vec<String> = (0..10).map(|number| number.to_string()).collect();
        let members: Vec<(&str, &[u8], bool)> =
            names.iter().map(|name| (name.as_str(), inside.as_slice(), false)).collect();
        inside = zip(&members);
    }
    let (_, lost) = opened(Limits { least: 1 << 20, ratio: 10, most: 4 << 20, ..USUAL }, &inside);
    assert!(lost.iter().any(|lost| lost.contains("exceeds the limit for one file")), "{lost:?}");
}

#[test]
fn no_bytes_at_all_make_it_stumble() {
    let (rules, ignore, folder) = (rules(), Ignore::nothing(), Folder::new());
    let options = options(&rules, &folder.0, &ignore);
    let whole = [zip(&[("a", b"x", false)]), gz(b"x"), tar(&[("a", b"x")])];
    for archive in &whole {
        for at in (0..archive.len()).step_by(3) {
            let (mut cut, mut bent) = (archive[..at].to_vec(), archive.clone());
            bent[at] ^= 0xff;
            cut.push(0);
            for bytes in [cut, bent] {
                let _ = text(&bytes, &mut Scratch::new(&options), &options);
            }
        }
    }
}
