//! A git server on loopback: `git http-backend` behind a few lines of HTTP. Remembers who asked for
//! what, and can want a password.

use std::fs;
use std::io::{BufRead as _, BufReader, Read, Write as _};
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex};

/// One request: its path with the query, and its `Authorization`.
pub(crate) type Asked = (String, Option<String>);

pub(crate) struct GitServer {
    root: PathBuf,
    port: u16,
    asked: Arc<Mutex<Vec<Asked>>>,
}

/// What is looked at while somebody waits for an answer.
pub(crate) type Watch = Arc<dyn Fn() + Send + Sync>;

#[derive(Clone)]
struct Way {
    root: PathBuf,
    asked: Arc<Mutex<Vec<Asked>>>,
    password: Option<String>,
    redirect: Option<String>,
    watch: Option<Watch>,
}

impl GitServer {
    /// Serves the repository whose work tree is `folder` as `acme/site`.
    pub(crate) fn of(folder: &Path) -> Self {
        Self::with(folder, None, None, None)
    }

    /// Wants `x-access-token` and this password.
    pub(crate) fn guarded(folder: &Path, password: &str) -> Self {
        Self::with(folder, Some(password.to_owned()), None, None)
    }

    /// The same, and calls `watch` before each answer, while the one who asked waits.
    pub(crate) fn watched(folder: &Path, password: &str, watch: Watch) -> Self {
        Self::with(folder, Some(password.to_owned()), None, Some(watch))
    }

    /// Answers everything with a redirect.
    pub(crate) fn redirecting(folder: &Path, to: &str) -> Self {
        Self::with(folder, None, Some(to.to_owned()), None)
    }

    fn with(
        folder: &Path,
        password: Option<String>,
        redirect: Option<String>,
        watch: Option<Watch>,
    ) -> Self {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        let root = std::env::temp_dir()
            .join(format!("tokenward-git-server-{}-{number}", std::process::id()));
        fs::create_dir_all(root.join("acme")).unwrap();
        #[cfg(unix)]
        std::os::unix::fs::symlink(folder.join(".git"), root.join("acme/site.git")).unwrap();
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let asked = Arc::new(Mutex::new(Vec::new()));
        let way = Way { root: root.clone(), asked: Arc::clone(&asked), password, redirect, watch };
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let way = way.clone();
                std::thread::spawn(move || way.answer(&stream));
            }
        });
        Self { root, port, asked }
    }

    /// What `GITHUB_SERVER_URL` says.
    pub(crate) fn url(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    pub(crate) fn asked(&self) -> Vec<Asked> {
        self.asked.lock().unwrap().clone()
    }
}

impl Drop for GitServer {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.root);
    }
}

impl Way {
    /// Errors are the other side's: it went away.
    fn answer(&self, stream: &TcpStream) -> Option<()> {
        let mut reader = BufReader::new(stream);
        let mut line = String::new();
        reader.read_line(&mut line).ok()?;
        let mut words = line.split_whitespace();
        let (method, target) = (words.next()?.to_owned(), words.next()?.to_owned());
        let mut headers = Vec::new();
        loop {
            let mut line = String::new();
            reader.read_line(&mut line).ok()?;
            let Some((name, value)) = line.trim_end().split_once(':') else { break };
            headers.push((name.to_ascii_lowercase(), value.trim().to_owned()));
        }
        let header = |name: &str| {
            headers.iter().find(|(own, _)| own == name).map(|(_, value)| value.as_str())
        };
        self.asked.lock().ok()?.push((target.clone(), header("authorization").map(str::to_owned)));
        if let Some(watch) = &self.watch {
            watch();
        }
        if let Some(to) = &self.redirect {
            return reply(stream, &format!("302 Found\r\nLocation: {to}{target}"), b"");
        }
        if let Some(password) = &self.password {
            use base64::Engine as _;
            let wanted = base64::engine::general_purpose::STANDARD
                .encode(format!("x-access-token:{password}"));
            if header("authorization") != Some(&format!("Basic {wanted}")) {
                return reply(
                    stream,
                    "401 Unauthorized\r\nWWW-Authenticate: Basic realm=\"test\"",
                    b"",
                );
            }
        }
        let body = body(&mut reader, header("content-length"), header("transfer-encoding"))?;
        let (path, query) = target.split_once('?').unwrap_or((&target, ""));
        let mut backend = Command::new("git");
        let settings = [
            ("safe.directory", "*"),
            ("uploadpack.allowAnySHA1InWant", "true"),
            ("uploadpack.allowFilter", "true"),
        ];
        for (number, (name, value)) in settings.iter().enumerate() {
            backend
                .env(format!("GIT_CONFIG_KEY_{number}"), name)
                .env(format!("GIT_CONFIG_VALUE_{number}"), value);
        }
        backend
            .env("GIT_CONFIG_COUNT", settings.len().to_string())
            .env("GIT_CONFIG_GLOBAL", "/dev/null");
        backend.env("GIT_PROJECT_ROOT", &self.root).env("GIT_HTTP_EXPORT_ALL", "1");
        backend.env("PATH_INFO", path).env("QUERY_STRING", query).env("REQUEST_METHOD", method);
        backend
            .env("CONTENT_TYPE", header("content-type").unwrap_or_default())
            .env("CONTENT_LENGTH", body.len().to_string());
        backend.env("HTTP_CONTENT_ENCODING", header("content-encoding").unwrap_or_default());
        backend.env("GIT_PROTOCOL", header("git-protocol").unwrap_or_default());
        let mut backend = backend
            .arg("http-backend")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .ok()?;
        let mut input = backend.stdin.take()?;
        let fed = std::thread::spawn(move || input.write_all(&body));
        let mut output = Vec::new();
        backend.stdout.take()?.read_to_end(&mut output).ok()?;
        let _ = (backend.wait(), fed.join());
        let end = output.windows(4).position(|window| window == b"\r\n\r\n")?;
        let head = String::from_utf8_lossy(&output[..end]).into_owned();
        let status =
            head.lines().find_map(|line| line.strip_prefix("Status: ")).unwrap_or("200 OK");
        let rest: String = head
            .lines()
            .filter(|line| !line.starts_with("Status: "))
            .map(|line| format!("\r\n{line}"))
            .collect();
        reply(stream, &format!("{status}{rest}"), &output[end + 4..])
    }
}

fn reply(mut stream: &TcpStream, head: &str, body: &[u8]) -> Option<()> {
    let head =
        format!("HTTP/1.1 {head}\r\nContent-Length: {}\r\nConnection: close\r\n\r\n", body.len());
    stream.write_all(head.as_bytes()).and_then(|()| stream.write_all(body)).ok()
}

fn body(
    reader: &mut BufReader<&TcpStream>,
    length: Option<&str>,
    coding: Option<&str>,
) -> Option<Vec<u8>> {
    let mut body = Vec::new();
    if coding != Some("chunked") {
        let length = length.and_then(|length| length.parse().ok()).unwrap_or(0);
        reader.take(length).read_to_end(&mut body).ok()?;
        return Some(body);
    }
    loop {
        let mut line = String::new();
        reader.read_line(&mut line).ok()?;
        let length = u64::from_str_radix(line.trim(), 16).ok()?;
        reader.by_ref().take(length).read_to_end(&mut body).ok()?;
        reader.read_line(&mut String::new()).ok()?;
        if length == 0 {
            return Some(body);
        }
    }
}
