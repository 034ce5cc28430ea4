//! How commits are fetched that a shallow clone lacks: from the runner's address, with the runner's
//! credential, and with nothing else.

use std::fs;
use std::path::Path;
use std::process::Command;
use std::sync::{Arc, Mutex};

use super::stage::{Stage, git};
use crate::support::git_http::{GitServer, Watch};

/// Whether a fetch was seen at work, and where a value was seen.
type Seen = Arc<Mutex<(bool, Vec<String>)>>;

/// Looks for a value in the arguments and the variables of every process, and in the private
/// folders of fetches.
fn spy(value: &str) -> (Seen, Watch) {
    let seen = Seen::default();
    let (told, value, own) =
        (Arc::clone(&seen), value.as_bytes().to_vec(), std::process::id().to_string());
    let look = move || {
        let list = |folder: &Path| {
            fs::read_dir(folder)
                .into_iter()
                .flatten()
                .flatten()
                .map(|entry| entry.path())
                .collect::<Vec<_>>()
        };
        let processes = list(Path::new("/proc"))
            .into_iter()
            .filter(|path| path.file_name().is_some_and(|name| name != own.as_str()));
        let of_processes = processes.flat_map(|path| [path.join("cmdline"), path.join("environ")]);
        let private = list(&std::env::temp_dir())
            .into_iter()
            .filter(|path| path.to_string_lossy().contains("tokenward-fetch-"));
        let of_private = private.flat_map(|path| list(&path));
        for path in of_processes.chain(of_private) {
            let text = fs::read(&path).unwrap_or_default();
            let has = |part: &[u8]| text.windows(part.len()).any(|window| window == part);
            let mut told = told.lock().unwrap();
            told.0 |= has(b"tokenward-fetch-");
            if has(&value) {
                told.1.push(path.display().to_string());
            }
        }
    };
    (seen, Arc::new(look))
}

/// Fetched by the pull request's run below: the base's commit is not in the clone.
fn stage() -> Stage {
    let mut stage = Stage::new();
    stage.propose_evil();
    stage.pull_request("main");
    stage.check_out("evil");
    assert!(!git(&stage.world.folder, &["cat-file", "-e", &stage.tip("main")]).status.success());
    stage
}

#[tokio::test(start_paused = true)]
async fn a1_a_fetch_asks_the_runner_s_address_and_no_other() {
    let stage = stage();
    let theirs = GitServer::of(&stage.origin);
    let bait = format!(
        "[url \"{0}/\"]\n\tinsteadOf = {1}/\n\tpushInsteadOf = {1}/\n[remote \"runner\"]\n\turl = {0}/acme/site.git\n[http]\n\tproxy = {0}\n[remote \"origin\"]\n\turl = {0}/acme/site.git\n\tproxy = {0}\n",
        theirs.url(),
        stage.server.url()
    );
    let config = stage.world.folder.join(".git/config");
    fs::write(&config, format!("{}{bait}", fs::read_to_string(&config).unwrap())).unwrap();
    stage.act(&[("command", "status")]).await.expect(0);
    stage.act(&[]).await.expect(0);
    assert!(!stage.server.asked().is_empty());
    assert!(theirs.asked().is_empty(), "{:?}", theirs.asked());
    // The control: git itself follows that config.
    git(
        &stage.world.folder,
        &["-c", "http.proxy=", "ls-remote", &format!("{}/acme/site.git", stage.server.url())],
    );
    assert!(!theirs.asked().is_empty());
}

#[tokio::test(start_paused = true)]
async fn a1_a_redirect_to_another_host_is_not_followed() {
    let mut stage = stage();
    let theirs = GitServer::of(&stage.origin);
    let redirecting = GitServer::redirecting(&stage.origin, &theirs.url());
    stage.world.env.insert("GITHUB_SERVER_URL".to_owned(), redirecting.url());
    let ran = stage.act(&[("command", "status")]).await.expect(2);
    assert!(ran.err.contains("error[checkout-unclear]"), "{}", ran.all());
    assert!(!redirecting.asked().is_empty() && theirs.asked().is_empty());
    assert!(
        git(&stage.world.folder, &["ls-remote", &format!("{}/acme/site.git", redirecting.url())])
            .status
            .success(),
        "the control"
    );
}

#[tokio::test(start_paused = true)]
async fn a1_the_credential_reaches_the_runner_s_address_alone_and_no_disk() {
    let mut stage = stage();
    let token = stage.world.env["GITHUB_TOKEN"].clone();
    let (seen, watch) = spy(&token);
    let guarded = GitServer::watched(&stage.origin, &token, watch);
    stage.world.env.insert("GITHUB_SERVER_URL".to_owned(), guarded.url());
    let main = stage.tip("main");
    stage.act(&[("command", "status")]).await.expect(0);
    let (saw_git, hits) = seen.lock().unwrap().clone();
    assert!(!cfg!(target_os = "linux") || saw_git, "the spy does not work");
    assert_eq!(hits, Vec::<String>::new());
    assert!(
        git(&stage.world.folder, &["cat-file", "-e", &main]).status.success(),
        "it was fetched"
    );
    // Asked without it first, and with it after it was asked for.
    assert!(guarded.asked().iter().any(|(_, credential)| credential.is_none()));
    assert!(guarded.asked().iter().any(|(_, credential)| credential.is_some()));
    let found = Command::new("grep")
        .args(["-rlF", &token])
        .arg(&stage.world.folder)
        .arg(&stage.outside)
        .output()
        .unwrap();
    assert_eq!(String::from_utf8_lossy(&found.stdout), "", "nothing on the disk holds it");
    // Without it, the answer is a problem that says what to do.
    let mut anonymous = Stage::new();
    anonymous.propose_evil();
    anonymous.pull_request("main");
    anonymous.check_out("evil");
    let guarded = GitServer::guarded(&anonymous.origin, &token);
    anonymous.world.env.insert("GITHUB_SERVER_URL".to_owned(), guarded.url());
    anonymous.world.env.remove("GITHUB_TOKEN");
    let ran = anonymous.act(&[("command", "status")]).await.expect(2);
    assert!(
        ran.err.contains("error[checkout-unclear]") && ran.err.contains("fetch-depth: 0"),
        "{}",
        ran.all()
    );
}

#[tokio::test(start_paused = true)]
async fn a1_what_could_not_be_an_address_is_not_fetched_from() {
    for server in [
        "http://github.example",
        "https://github.com@127.0.0.1",
        "file:///",
        "ext::sh -c touch% MARKER",
        "--upload-pack=touch MARKER",
    ] {
        let mut stage = stage();
        let server = server.replace("MARKER", &stage.marker().display().to_string());
        stage.world.env.insert("GITHUB_SERVER_URL".to_owned(), server.clone());
        stage.act(&[("command", "status")]).await.expect(2);
        let ran = stage.act(&[]).await;
        assert!(ran.code != 0 && !stage.marker().exists(), "{server}: {}", ran.all());
    }
    let mut stage = stage();
    stage.world.env.insert("GITHUB_REPOSITORY".to_owned(), "acme/../../etc".to_owned());
    stage.act(&[("command", "status")]).await.expect(2);
}

#[tokio::test(start_paused = true)]
async fn a1_a_program_called_git_in_the_checkout_is_not_started() {
    use std::os::unix::fs::PermissionsExt as _;
    let mut stage = Stage::new();
    let script = format!("#!/bin/sh\ntouch {}\n", stage.marker().display());
    for name in ["git", "git-remote-https", "git-remote-http", "service/git"] {
        stage.write(name, &script);
        fs::set_permissions(stage.origin.join(name), fs::Permissions::from_mode(0o755)).unwrap();
    }
    stage.commit("programs");
    stage.pull_request("main");
    stage.check_out("evil");
    stage.act(&[("working-directory", "service")]).await.expect(0);
    let binary = env!("CARGO_BIN_EXE_tokenward");
    let top = stage.world.folder.canonicalize().unwrap();
    let link = top.with_extension("programs");
    let _ = fs::remove_file(&link);
    std::os::unix::fs::symlink(&top, &link).unwrap();
    // As workflows have `node_modules/.bin` on their PATH: by an absolute name, or by a link from
    // elsewhere.
    for first in [
        ".:".to_owned(),
        top.display().to_string(),
        top.join("service").display().to_string(),
        link.display().to_string(),
    ] {
        let path = format!("{first}:{}", std::env::var("PATH").unwrap_or_default());
        let mut run = Command::new(binary);
        run.arg("scan")
            .arg("--history")
            .current_dir(&stage.world.folder)
            .env_clear()
            .env("PATH", &path);
        let ran = run.output().unwrap();
        assert!(!stage.marker().exists(), "{first}: {}", String::from_utf8_lossy(&ran.stderr));
        assert_eq!(ran.status.code(), Some(0), "{first}: {}", String::from_utf8_lossy(&ran.stderr));
        // The control: a shell with this PATH finds it.
        let _ = Command::new("/bin/sh")
            .args(["-c", "git --version"])
            .current_dir(&stage.world.folder)
            .env("PATH", &path)
            .status();
        assert!(stage.marker().exists());
        fs::remove_file(stage.marker()).unwrap();
    }
    fs::remove_file(&link).unwrap();
}

#[tokio::test(start_paused = true)]
async fn a1_nothing_of_a_fetch_is_left_behind() {
    let stage = stage();
    let ours = || {
        let entries = fs::read_dir(std::env::temp_dir()).unwrap().flatten();
        let mine = entries
            .filter(|entry| entry.file_name().to_string_lossy().starts_with("tokenward-fetch-"));
        mine.filter(|entry| {
            fs::read_to_string(entry.path().join("config"))
                .is_ok_and(|text| text.contains(&stage.server.url()))
        })
        .count()
    };
    stage.act(&[("command", "status")]).await.expect(0);
    stage.act(&[]).await.expect(0);
    assert_eq!(ours(), 0);
    // The clone is a sound one, and knows where it ends.
    let checked = git(&stage.world.folder, &["fsck", "--connectivity-only"]);
    assert!(checked.status.success(), "{}", String::from_utf8_lossy(&checked.stderr));
    assert!(!Path::new(&stage.world.folder.join(".git/shallow.lock")).exists());
}

#[tokio::test(start_paused = true)]
async fn a1_a_clone_without_blobs_gets_the_one_that_decides() {
    let mut stage = Stage::new();
    stage.propose_evil();
    stage.pull_request("main");
    fs::remove_dir_all(&stage.world.folder).unwrap();
    let url = format!("{}/acme/site.git", stage.server.url());
    let folder = stage.world.folder.display().to_string();
    let cloned = git(
        &stage.origin,
        &["clone", "--quiet", "--filter=blob:none", "--branch", "evil", &url, &folder],
    );
    assert!(cloned.status.success(), "{}", String::from_utf8_lossy(&cloned.stderr));
    let theirs = format!(
        "[remote \"origin\"]\n\turl = file:///nowhere\n\tpromisor = true\n\tuploadpack = touch {}\n",
        stage.marker().display()
    );
    let config = stage.world.folder.join(".git/config");
    fs::write(&config, format!("{}{theirs}", fs::read_to_string(&config).unwrap())).unwrap();
    let ran = stage.act(&[("command", "status")]).await.expect(0);
    assert!(!stage.is_theirs(&ran) && !stage.marker().exists(), "{}", ran.all());
}
