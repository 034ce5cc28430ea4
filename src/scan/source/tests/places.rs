//! Awkward places in a tree, one token in each. Those of a repository are in `history`.

use std::io::Write as _;

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use flate2::Compression;
use flate2::write::{DeflateEncoder, GzEncoder};
use rawzip::{CompressionMethod, ZipArchiveWriter};

use crate::scan::tests::support::{Folder, options, random, rules, sendgrid};
use crate::scan::{Ignore, Source, scan};

/// The only finding in a tree of this one file stands at this line, and is this token.
fn found_at(path: &str, content: impl AsRef<[u8]>, line: u64) {
    found_in(path, content, path, line);
}

/// The same, where what is told of is a file inside of this one.
fn found_in(path: &str, content: impl AsRef<[u8]>, inside: &str, line: u64) {
    let folder = Folder::new();
    folder.write(path, content);
    let report = scan(
        &Source::Tree { roots: vec![folder.0.clone()] },
        &options(&rules(), &folder.0, &Ignore::nothing()),
        &|_| {},
    );
    assert_eq!(report.problems, [], "{path}");
    let told: Vec<_> = report
        .findings
        .iter()
        .map(|f| (f.rule.as_str(), f.path.as_str(), f.line, f.redacted.as_str()))
        .collect();
    let redacted = format!("{}… (69 characters)", &token()[..4]);
    assert_eq!(told, [("sendgrid/api-key", inside, line, redacted.as_str())]);
}

fn token() -> String {
    sendgrid(11)
}

fn line() -> String {
    format!("# settings\nMAIL_KEY={}\n", token())
}

/// Every byte written as an escape.
fn escaped(one: impl Fn(u8) -> String) -> String {
    format!("first\nkey=\"{}\"\n", token().bytes().map(one).collect::<String>())
}

#[test]
fn t_plain() {
    found_at("app.env", line(), 2);
}

#[test]
fn t_allow_gl() {
    found_at("app.env", format!("MAIL_KEY={} # gitleaks:allow\n", token()), 1);
}

#[test]
fn t_base64() {
    for encoded in
        [STANDARD.encode(line()), URL_SAFE_NO_PAD.encode(line()), STANDARD.encode(token())]
    {
        found_at("settings.txt", format!("x\ndata: {encoded}\n"), 2);
    }
}

#[test]
fn t_base64_in_lines() {
    let before = random(3, b"abcdef ", 400);
    let encoded = STANDARD.encode(format!("{before}{}", line()));
    let lines: Vec<_> =
        encoded.as_bytes().chunks(76).map(|line| std::str::from_utf8(line).unwrap()).collect();
    let at = 2 + u64::try_from((before.len() + line().find(&token()).unwrap()) / 57).unwrap();
    for end in ["\n", "\r\n", "\n    ", "\r\n\t"] {
        found_at("mail.eml", format!("\n{}{end}", lines.join(end)), at);
        // Something before the first line makes it longer, or stands between it and what it is
        // indented by.
        found_at("mail.eml", format!("\nkey: A{}{end}", lines.join(end)), at);
    }
}

#[test]
fn t_base64_in_lines_of_their_own() {
    // Each is whole, and of one length: as one they say a longer word, which is none.
    let other = STANDARD.encode(random(5, b"abcdefghijklmnopqrstuvwxyz", 69));
    found_at("list.txt", format!("{other}\n{}\n{other}\n", STANDARD.encode(token())), 2);
}

#[test]
fn t_base64_longer_than_is_turned_back_at_once() {
    let text = format!("{}\n{}", "nothing to see\n".repeat(150_000), line());
    found_at("image.txt", STANDARD.encode(text), 1);
}

#[test]
fn t_base64_double() {
    let mut encoded = line();
    for _ in 0..4 {
        encoded = STANDARD.encode(encoded);
        found_at("settings.txt", format!("x\ndata: {encoded}\n"), 2);
    }
}

#[test]
fn t_base64_of_utf16() {
    let wide: Vec<u8> = line().encode_utf16().flat_map(u16::to_le_bytes).collect();
    found_at("run.ps1", format!("powershell -EncodedCommand {}\n", STANDARD.encode(wide)), 1);
}

#[test]
fn t_binary() {
    found_at(
        "core.1",
        [&b"\x7fELF\x02\x01\0\0\xff\xfe\0"[..], token().as_bytes(), b"\0\0\xff"].concat(),
        1,
    );
}

#[test]
fn t_gitignored() {
    let folder = Folder::new();
    folder.write(".gitignore", "*.env\n");
    folder.write("app.env", line());
    let report = scan(
        &Source::Tree { roots: vec![folder.0.clone()] },
        &options(&rules(), &folder.0, &Ignore::nothing()),
        &|_| {},
    );
    assert_eq!(report.findings.len(), 1);
}

fn gzip(content: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(content).unwrap();
    encoder.finish().unwrap()
}

#[test]
fn t_gzip() {
    found_in("app.env.gz", gzip(line().as_bytes()), "app.env.gz!", 2);
}

#[test]
fn t_targz() {
    let (mut builder, mut header, content) =
        (tar::Builder::new(Vec::new()), tar::Header::new_gnu(), line());
    header.set_size(content.len() as u64);
    builder.append_data(&mut header, "app.env", content.as_bytes()).unwrap();
    found_in("app.tar.gz", gzip(&builder.into_inner().unwrap()), "app.tar.gz!/app.env", 2);
}

#[test]
fn t_zip() {
    let mut out = Vec::new();
    let mut archive = ZipArchiveWriter::new(&mut out);
    let (mut entry, config) =
        archive.new_file("app.env").compression_method(CompressionMethod::DEFLATE).start().unwrap();
    let mut writer = config.wrap(DeflateEncoder::new(&mut entry, Compression::fast()));
    writer.write_all(line().as_bytes()).unwrap();
    let (encoder, descriptor) = writer.finish().unwrap();
    encoder.finish().unwrap();
    entry.finish(descriptor).unwrap();
    archive.finish().unwrap();
    found_in("app.zip", out, "app.zip!/app.env", 2);
}

#[test]
fn t_hex() {
    let hex: String = line().bytes().map(|byte| format!("{byte:02x}")).collect();
    found_at("dump.txt", format!("x\n{hex}\n"), 2);
    found_at("dump.txt", hex.to_uppercase(), 1);
    let lines: Vec<_> =
        hex.as_bytes().chunks(60).map(|line| std::str::from_utf8(line).unwrap()).collect();
    found_at("dump.txt", lines.join("\n"), 1);
}

#[test]
fn t_html_entity() {
    found_at("page.html", escaped(|byte| format!("&#{byte};")), 2);
    found_at("page.html", escaped(|byte| format!("&#x{byte:x};")), 2);
    let named = |byte: char| if byte == '.' { "&period;".to_owned() } else { byte.to_string() };
    found_at(
        "page.html",
        format!("<p>\nkey = {}\n", token().chars().map(named).collect::<String>()),
        2,
    );
}

#[test]
fn t_octal() {
    found_at("key.c", escaped(|byte| format!("\\{byte:03o}")), 2);
    let marks = |byte: char| {
        if byte.is_ascii_alphanumeric() {
            byte.to_string()
        } else {
            format!("\\{:03o}", u32::from(byte))
        }
    };
    found_at(
        "key.sh",
        format!("x\nkey=$'{}'\n", token().chars().map(marks).collect::<String>()),
        2,
    );
}

#[test]
fn t_ipynb() {
    let cell = format!(
        r#"{{"cells": [{{"cell_type": "code", "source": ["import x\n", "c = Client(\"{}\")\n"]}}]}}"#,
        token()
    );
    found_at("work.ipynb", cell, 1);
}

#[test]
fn t_lockfile() {
    for path in ["package-lock.json", "Cargo.lock", "yarn.lock", "go.sum"] {
        found_at(path, format!("\"resolved\": \"https://npm.acme.io/x.tgz?k={}\"\n", token()), 1);
    }
}

#[test]
fn t_minified() {
    let code = format!(
        "!function(e,t){{{};var a=new t(\"{}\");{}}}(0,1);",
        "e.x=1;".repeat(30_000),
        token(),
        "e.y=2;".repeat(30_000)
    );
    found_at("app.min.js", code, 1);
}

#[test]
fn t_nodemodules() {
    found_at("node_modules/acme/index.js", line(), 2);
}

#[test]
fn t_percent() {
    found_at("log.txt", escaped(|byte| format!("%{byte:02X}")), 2);
    // Only what no address may hold, as most programs write it.
    found_at("log.txt", format!("x\nGET /?key={}&a=1\n", token().replace('.', "%2E")), 2);
}

#[test]
fn t_png_ext() {
    found_at("logo.png", line(), 2);
}

#[test]
fn t_split_concat() {
    let token = token();
    let (first, rest) = token.split_at(20);
    for text in [
        format!("const key = \"{first}\" + \"{rest}\";\n"),
        format!("const key = \"{first}\"+\"{rest}\";\n"),
        format!("$key = '{first}' . '{rest}';\n"),
        format!("$key = '{first}'.'{rest}';\n"),
        format!("key = (\"{first}\"\n       \"{rest}\")\n"),
        format!("key = \"{first}\" \\\n      \"{rest}\"\n"),
        format!("char *key = \"{first}\" \"{rest}\";\n"),
        format!(
            "String key = \"{first}\" +\n    \"{}\" +\n    \"{}\";\n",
            &rest[..20],
            &rest[20..]
        ),
    ] {
        found_at("app.src", text, 1);
    }
}

#[test]
fn t_unicode_esc() {
    found_at("messages.json", escaped(|byte| format!("\\u{byte:04x}")), 2);
    found_at("app.js", escaped(|byte| format!("\\u{{{byte:x}}}")), 2);
    found_at("app.c", escaped(|byte| format!("\\x{byte:02x}")), 2);
}

#[test]
fn t_utf16() {
    for mark in ["\u{feff}", ""] {
        let text = format!("{mark}{}", line().replace('\n', "\r\n"));
        found_at("app.reg", text.encode_utf16().flat_map(u16::to_le_bytes).collect::<Vec<u8>>(), 2);
        found_at("app.reg", text.encode_utf16().flat_map(u16::to_be_bytes).collect::<Vec<u8>>(), 2);
    }
}
