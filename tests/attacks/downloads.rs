//! What an installation downloads: a server, a mirror or a redirect may give anything, and nothing
//! is run that is not what the table of the pinned ref says. act does the same in tests/action.

#![cfg(unix)]
#![expect(clippy::unwrap_used, reason = "a world that cannot be set up is a failed test")]

use std::fs;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};

use super::installer::{Installed, Runner};

#[path = "../action/server.rs"]
mod server;
use server::{Answer, Server};

/// What an installation of a release needs, beside something that downloads.
const TOOLS: [&str; 23] = [
    "sh",
    "uname",
    "sed",
    "head",
    "awk",
    "tr",
    "date",
    "mktemp",
    "cut",
    "sha256sum",
    "shasum",
    "perl",
    "cp",
    "mv",
    "rm",
    "mkdir",
    "chmod",
    "tar",
    "gzip",
    "sleep",
    "cat",
    "printenv",
    "env",
];

/// A folder with these programs alone.
fn path_of(runner: &Runner, name: &str, programs: &[&str]) -> String {
    let bin = runner.at(name);
    fs::create_dir_all(&bin).unwrap();
    for program in programs {
        let path = std::env::var_os("PATH").unwrap();
        let found = std::env::split_paths(&path)
            .map(|folder| folder.join(program))
            .find(|file| file.is_file());
        if let Some(found) = found {
            let _ = symlink(found, bin.join(program));
        }
    }
    bin.display().to_string()
}

struct Bench {
    runner: Runner,
    honest: Vec<u8>,
    evil: Vec<u8>,
    name: String,
}

impl Bench {
    fn new(name: &str) -> Self {
        let runner = Runner::new(name);
        let (honest, evil) =
            (runner.archive("honest.tar.gz", true), runner.archive("evil.tar.gz", false));
        runner.table(&runner.hash(&honest));
        let kept = runner.plant(&honest);
        let name = kept.file_name().unwrap().to_string_lossy().into_owned();
        fs::remove_file(kept).unwrap();
        let (honest, evil) = (fs::read(honest).unwrap(), fs::read(evil).unwrap());
        Self { runner, honest, evil, name }
    }

    fn install(&self, version: &str, more: &[(&str, &str)]) -> Installed {
        let installed = self.runner.install(version, more);
        assert!(!self.runner.is_marked(), "what was not verified was run: {}", installed.said);
        installed
    }

    fn refuses(&self, more: &[(&str, &str)], said: &str) {
        let installed = self.install("1.0.0", more);
        assert!(
            installed.code == Some(2)
                && installed.binary.is_none()
                && installed.said.contains(said),
            "{more:?}: {:?} {}",
            installed.code,
            installed.said
        );
        // And nothing of it is left for a later step.
        let left: Vec<_> = fs::read_dir(self.runner.at("temp")).unwrap().flatten().collect();
        assert!(left.is_empty(), "{more:?}: {left:?}");
    }

    fn takes(&self, more: &[(&str, &str)], said: &str) {
        let installed = self.install("1.0.0", more);
        assert!(installed.said.contains(said), "{more:?}: {}", installed.said);
        assert_eq!(self.runner.said_by(&installed), "honest\n", "{more:?}: {}", installed.said);
        fs::remove_dir_all(installed.binary.unwrap().parent().unwrap()).unwrap();
    }

    fn mirror(&self, bytes: &[u8], below: &str) -> String {
        let folder = self.runner.at("mirror");
        let _ = fs::remove_dir_all(&folder);
        fs::create_dir_all(folder.join(below)).unwrap();
        fs::write(folder.join(below).join(&self.name), bytes).unwrap();
        format!("file://{}", folder.display())
    }
}

fn always(answer: Answer) -> Server {
    Server::new(move |_, _| answer.clone()).unwrap()
}

#[test]
fn a9_whatever_a_server_gives_only_what_the_table_says_is_run() {
    let bench = Bench::new("served");
    let (honest, evil) = (bench.honest.clone(), bench.evil.clone());
    let to = |answer: Answer| {
        let other = always(answer);
        let server = always(Answer::Elsewhere(format!("{}/other", other.url)));
        (server, other)
    };
    let wrong = "table, so nothing was installed";
    let gone = "could not be downloaded";
    let loaders: [(&str, Vec<&str>); 2] =
        [("curl", [&TOOLS[..], &["curl"]].concat()), ("wget", [&TOOLS[..], &["wget"]].concat())];
    for (loader, programs) in &loaders {
        let path = path_of(&bench.runner, loader, programs);
        if !Path::new(&path).join(loader).exists() {
            continue;
        }
        for (answer, said) in [
            (Answer::Whole(evil.clone()), wrong),
            (Answer::Whole(Vec::new()), wrong),
            (Answer::Whole(b"<html>sign in</html>".to_vec()), wrong),
            (Answer::Cut(honest.clone()), gone),
            (Answer::Missing, gone),
            (Answer::Elsewhere("file:///etc/passwd".to_owned()), gone),
        ] {
            let server = always(answer);
            bench.refuses(&[("GITHUB_SERVER_URL", &server.url), ("PATH", &path)], said);
            assert!(!server.asked().is_empty(), "the control: it was asked");
        }
        let (server, other) = to(Answer::Whole(evil.clone()));
        bench.refuses(&[("GITHUB_SERVER_URL", &server.url), ("PATH", &path)], wrong);
        assert_eq!(other.asked(), ["/other"], "the control: the redirect was followed");
        // The controls: the right one is installed, also behind a redirect and after a connection
        // that broke off.
        let (server, _other) = to(Answer::Whole(honest.clone()));
        bench.takes(
            &[("GITHUB_SERVER_URL", &server.url), ("PATH", &path)],
            "the release, from http",
        );
        let whole = honest.clone();
        let server = Server::new(move |count, _| match count {
            0 => Answer::Cut(whole.clone()),
            _ => Answer::Whole(whole.clone()),
        })
        .unwrap();
        bench.takes(
            &[("GITHUB_SERVER_URL", &server.url), ("PATH", &path)],
            "the release, from http",
        );
    }
}

#[test]
fn a9_a_mirror_needs_no_network_no_curl_and_no_trust() {
    let bench = Bench::new("mirrored");
    let slim = path_of(&bench.runner, "slim", &TOOLS);
    for below in ["", "v1.0.0"] {
        let mirror = bench.mirror(&bench.honest, below);
        bench.takes(&[("TOKENWARD_MIRROR", &mirror), ("PATH", &slim)], "from file:///");
        bench.takes(
            &[("TOKENWARD_MIRROR", &format!("{mirror}/")), ("PATH", &slim)],
            "from file:///",
        );
    }
    // It is asked first, and what is wrong there is not run: the server is asked next.
    let mirror = bench.mirror(&bench.evil, "");
    bench.refuses(&[("TOKENWARD_MIRROR", &mirror)], "table, so nothing was installed");
    let server = always(Answer::Whole(bench.honest.clone()));
    let both = [("TOKENWARD_MIRROR", mirror.as_str()), ("GITHUB_SERVER_URL", &server.url)];
    bench.takes(&both, "and was not opened");
    let over_http = always(Answer::Whole(bench.honest.clone()));
    bench
        .takes(&[("TOKENWARD_MIRROR", &format!("{}/a/b", over_http.url))], "/a/b/tokenward-1.0.0-");
    // What cannot be an archive is not waited for.
    let place = bench.runner.at("mirror").join(&bench.name);
    fs::remove_file(&place).unwrap();
    symlink("/dev/zero", &place).unwrap();
    bench.refuses(&[("TOKENWARD_MIRROR", &mirror)], "could not be downloaded");
    // Without a mirror and without a program that downloads, the message says so.
    bench.refuses(&[("PATH", &slim)], "neither curl nor wget");
    for address in [
        "http://mirror.example/tokenward",
        "ftp://mirror.example",
        "https://user:word@mirror.example/x",
        "https://mirror.example/x?a=b",
        "https://mirror.example/$(id)",
        "http://127.0.0.1:80@mirror.example/x",
        "file://host/x",
        "file:///a\nb",
        "--output=/tmp/x",
        "/srv/tokenward",
    ] {
        bench.refuses(&[("TOKENWARD_MIRROR", address)], "TOKENWARD_MIRROR");
        assert!(!bench.install("1.0.0", &[("TOKENWARD_MIRROR", address)]).said.contains("word@"));
    }
}

#[test]
fn a9_a_container_with_nothing_but_busybox_can_take_a_release() {
    let bench = Bench::new("busybox");
    let path = path_of(&bench.runner, "bin", &["busybox"]);
    let busybox = PathBuf::from(&path).join("busybox");
    if !busybox.exists() {
        return;
    }
    for applet in TOOLS.iter().chain(&["wget"]).filter(|name| !["perl", "shasum"].contains(name)) {
        let _ = symlink(&busybox, busybox.with_file_name(applet));
    }
    let server = always(Answer::Whole(bench.honest.clone()));
    bench.takes(&[("GITHUB_SERVER_URL", &server.url), ("PATH", &path)], "the release, from http");
    for answer in
        [Answer::Whole(bench.evil.clone()), Answer::Cut(bench.honest.clone()), Answer::Missing]
    {
        let server = always(answer);
        let installed =
            bench.install("1.0.0", &[("GITHUB_SERVER_URL", &server.url), ("PATH", &path)]);
        assert!(installed.code == Some(2) && installed.binary.is_none(), "{}", installed.said);
    }
}

#[test]
fn a16_without_a_version_it_is_the_release_of_this_ref_or_else_its_source() {
    let bench = Bench::new("default");
    let server = always(Answer::Whole(bench.honest.clone()));
    let at = [("GITHUB_SERVER_URL", server.url.as_str())];
    let released = bench.install("", &at);
    assert!(released.said.contains("tokenward 1.0.0 for ") && !released.said.contains("::notice"));
    assert_eq!(bench.runner.said_by(&released), "honest\n");
    // A server that has gone is no reason to compile for minutes, and a wrong archive is none.
    for server in [always(Answer::Missing), always(Answer::Whole(bench.evil.clone()))] {
        let installed = bench.install("", &[("GITHUB_SERVER_URL", &server.url)]);
        assert!(
            installed.code == Some(2) && !installed.said.contains("::notice"),
            "{}",
            installed.said
        );
    }
    // A release of another version is not this ref's; a number has to be in the table.
    bench.runner.write("action/action/checksums.txt", "2.0.0 x86_64-unknown-linux-musl 00\n");
    let built = bench.install("", &at);
    assert!(
        built.said.contains("::notice title=tokenward::the table of this ref")
            && built.said.contains("about 6 minutes")
            && built.said.contains("built from source in"),
        "{}",
        built.said
    );
    assert_eq!(bench.runner.said_by(&built), "honest\n");
    for version in ["1.0.0", "v1.0.0", "0.9"] {
        let refused = bench.install(version, &at);
        assert!(
            refused.code == Some(2) && refused.said.contains("not in the table"),
            "{}",
            refused.said
        );
    }
    assert_eq!(server.asked().len(), 1, "{:?}", server.asked());
    // The same without a compiler: it says what is missing, and why it is needed.
    let slim = path_of(&bench.runner, "slim", &[&TOOLS[..], &["find", "sort", "xargs"]].concat());
    let refused = bench.install("", &[("PATH", &slim)]);
    assert!(
        refused.code == Some(2)
            && refused.said.contains("no release 1.0.0")
            && refused.said.contains("needs cargo"),
        "{}",
        refused.said
    );
}

#[test]
fn a16_the_repository_comes_from_the_runner_and_the_table_and_is_a_name() {
    let bench = Bench::new("repository");
    let server = always(Answer::Whole(bench.honest.clone()));
    let table = fs::read_to_string(bench.runner.at("action/action/checksums.txt")).unwrap();
    for (name, asked) in
        [("acme/tokenward", 1), ("../../x", 0), ("a/b/c", 0), ("a b/c", 0), ("", 0)]
    {
        let before = server.asked().len();
        let more = [
            ("GITHUB_SERVER_URL", server.url.as_str()),
            ("TOKENWARD_INPUT_ACTION_REPOSITORY", name),
        ];
        let installed = bench.install("1.0.0", &more);
        assert_eq!(server.asked().len() - before, asked, "{name}: {}", installed.said);
        assert_eq!(
            installed.code,
            Some(if asked == 1 { 0 } else { 2 }),
            "{name}: {}",
            installed.said
        );
    }
    // The table's own repository is the last that is asked, at github.com, by a proxy that is not
    // there.
    for line in ["# repository acme/released\n", "# repository $(id)/x\n", "# repository a/b/c\n"] {
        bench.runner.write("action/action/checksums.txt", &format!("{line}{table}"));
        let more = [("TOKENWARD_INPUT_ACTION_REPOSITORY", "")];
        let installed = bench.install("1.0.0", &more);
        let said = match line.contains("released") {
            true => "could not be downloaded",
            false => "neither the runner nor the table",
        };
        assert!(
            installed.code == Some(2) && installed.said.contains(said),
            "{line}: {}",
            installed.said
        );
    }
}
