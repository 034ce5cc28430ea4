//! What is made to mislead `scan` or its reader: names that are commands, and archives that never end.

use std::fs;
use std::io::Write as _;

use flate2::Compression;
use flate2::write::GzEncoder;

use crate::support::{FOUR, World};

#[cfg(unix)]
#[tokio::test(start_paused = true)]
async fn no_file_name_is_a_command_to_the_runner() {
    use std::os::unix::ffi::OsStrExt as _;
    let mut world = World::new(FOUR);
    for (name, text) in
        [("GITHUB_ACTIONS", "true"), ("GITHUB_EVENT_NAME", "push"), ("GITHUB_REPOSITORY", "acme/site"), ("GITHUB_RUN_ID", "1")]
    {
        world.env.insert(name.to_owned(), text.to_owned());
    }
    let value = world.emulator.sendgrid().add_key("x", &["mail.send"]).value;
    for name in [&b"a\n::set-env name=PATH::x"[..], b"b\r::error::x", b"##[add-path]x", b"c\xff\n::add-mask::x", b"::stop-commands::x"] {
        fs::write(world.folder.join(std::ffi::OsStr::from_bytes(name)), format!("KEY={value}\n")).unwrap();
    }
    for format in ["human", "json", "sarif", "junit", "github"] {
        let ran = world.run(&["scan", "--explain", "--format", format]).await.expect(11);
        let said = format!("{}\n{}", ran.out, ran.err);
        for line in said.split(['\n', '\r']).map(str::trim_start) {
            let is_ours = ["::error", "::warning", "::notice", "::add-mask::"].iter().any(|own| line.starts_with(own));
            let is_command =
                line.starts_with("::") && !(is_ours && format == "github" && line.contains("title=") || line.starts_with("::add-mask::"));
            assert!(!is_command && !line.contains("##["), "{format}: {line}");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn an_archive_that_unpacks_to_more_than_is_read_is_never_called_clean() {
    let world = World::new(FOUR);
    let mut bomb = GzEncoder::new(Vec::new(), Compression::fast());
    for _ in 0..70 {
        bomb.write_all(&vec![b'0'; 1 << 20]).unwrap();
    }
    fs::write(world.folder.join("logs.gz"), bomb.finish().unwrap()).unwrap();
    let ran = world.run(&["scan"]).await.expect(5);
    assert!(ran.out.contains("a part of logs.gz was not unpacked") && ran.out.contains("no leak"), "{}", ran.out);
    // A leak beside it weighs more; a path that is left out is no longer asked for.
    let value = world.emulator.sendgrid().add_key("x", &["mail.send"]).value;
    fs::write(world.folder.join("a.env"), format!("KEY={value}\n")).unwrap();
    world.run(&["scan"]).await.expect(11);
    world.run(&["scan", "--workflow-logs", "logs.gz"]).await.expect(5);
    world.run(&["scan", "--workflow-logs", "gone.zip"]).await.expect(2);
}
