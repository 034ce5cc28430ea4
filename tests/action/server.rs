//! A server on this machine whose answers a test sets, honest or not, and remembers what it was
//! asked for.

use std::io::{BufRead as _, BufReader, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};

/// What a server gives for a path.
#[derive(Clone)]
pub(crate) enum Answer {
    /// All of it.
    Whole(Vec<u8>),
    /// The first half, after the length of the whole.
    Cut(Vec<u8>),
    /// 404.
    Missing,
    /// Another address.
    Elsewhere(String),
}

/// Runs until the process ends.
pub(crate) struct Server {
    pub(crate) url: String,
    asked: Arc<Mutex<Vec<String>>>,
}

impl Server {
    /// Answers by the number of the request, from 0, and its path.
    pub(crate) fn new(
        answer: impl Fn(usize, &str) -> Answer + Send + 'static,
    ) -> std::io::Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0")?;
        let url = format!("http://{}", listener.local_addr()?);
        let asked = Arc::new(Mutex::new(Vec::new()));
        let seen = Arc::clone(&asked);
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let Some(path) = path(&stream) else { continue };
                let count =
                    seen.lock().map_or(0, |mut asked: std::sync::MutexGuard<'_, Vec<_>>| {
                        asked.push(path.clone());
                        asked.len() - 1
                    });
                let _ = give(stream, &answer(count, &path));
            }
        });
        Ok(Self { url, asked })
    }

    /// The paths that were asked for.
    pub(crate) fn asked(&self) -> Vec<String> {
        self.asked.lock().map(|asked| asked.clone()).unwrap_or_default()
    }
}

fn path(stream: &TcpStream) -> Option<String> {
    let mut reader = BufReader::new(stream);
    let mut first = String::new();
    reader.read_line(&mut first).ok()?;
    let mut line = String::new();
    while reader.read_line(&mut line).ok()? > 2 {
        line.clear();
    }
    first.split(' ').nth(1).map(str::to_owned)
}

fn give(mut stream: TcpStream, answer: &Answer) -> std::io::Result<()> {
    let head = |status: &str, more: &str, length: usize| {
        format!("HTTP/1.1 {status}\r\n{more}content-length: {length}\r\nconnection: close\r\n\r\n")
    };
    match answer {
        Answer::Whole(bytes) => {
            stream.write_all(head("200 OK", "", bytes.len()).as_bytes())?;
            stream.write_all(bytes)
        }
        Answer::Cut(bytes) => {
            stream.write_all(head("200 OK", "", bytes.len()).as_bytes())?;
            stream.write_all(&bytes[..bytes.len() / 2])
        }
        Answer::Missing => stream.write_all(head("404 Not Found", "", 0).as_bytes()),
        Answer::Elsewhere(url) => {
            stream.write_all(head("302 Found", &format!("location: {url}\r\n"), 0).as_bytes())
        }
    }
}
