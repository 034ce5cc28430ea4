//! The real client against sockets on this machine.

use std::io::Write;
use std::sync::{Arc, Mutex};

use http::{HeaderValue, Method, header};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpListener;
use tracing_subscriber::fmt::MakeWriter;

use super::*;

/// Answers one connection with these bytes after it has read a whole head, and returns what it
/// read.
async fn serving(answer: Vec<u8>) -> (String, tokio::task::JoinHandle<String>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let base = format!("http://{}", listener.local_addr().unwrap());
    let task = tokio::spawn(async move {
        let (mut stream, _) = listener.accept().await.unwrap();
        let mut read = Vec::new();
        while !read.windows(4).any(|four| four == b"\r\n\r\n") {
            let mut buffer = [0; 1024];
            let count = stream.read(&mut buffer).await.unwrap();
            read.extend_from_slice(&buffer[..count]);
        }
        stream.write_all(&answer).await.unwrap();
        String::from_utf8(read).unwrap()
    });
    (base, task)
}

fn get(url: &str) -> Request {
    Request::new(Method::GET, url.parse().unwrap())
}

fn plain(head: &str, body: &[u8]) -> Vec<u8> {
    let mut whole =
        format!("HTTP/1.1 {head}\r\nContent-Length: {}\r\nConnection: close\r\n\r\n", body.len())
            .into_bytes();
    whole.extend_from_slice(body);
    whole
}

#[tokio::test]
async fn an_answer_comes_whole_and_says_who_asked() {
    let (base, server) = serving(plain("200 OK\r\nX-Mark: 1", b"{}")).await;
    let answer = Https::new().send(get(&format!("{base}/v1/x?y=z"))).await.unwrap();
    assert_eq!(
        (answer.status, answer.header("x-mark"), &**answer.body),
        (200, Some("1"), &b"{}"[..])
    );
    let head = server.await.unwrap();
    assert!(head.starts_with("GET /v1/x?y=z HTTP/1.1\r\n"), "{head}");
    assert!(head.to_lowercase().contains(&format!("user-agent: {USER_AGENT}")), "{head}");
    assert!(!head.to_lowercase().contains("referer"));
}

#[tokio::test]
async fn a_redirect_is_an_answer_like_any_other() {
    let (base, _server) = serving(plain("302 Found\r\nLocation: https://evil.example/", b"")).await;
    assert_eq!(Https::new().send(get(&base)).await.unwrap().status, 302);
}

#[tokio::test]
async fn a_body_over_the_limit_is_refused_also_when_it_was_small_before_it_was_unpacked() {
    let https = Https::new().with_largest_body(1_000);
    let (base, _server) = serving(plain("200 OK", &[b'x'; 1_001])).await;
    assert!(matches!(
        https.send(get(&base)).await,
        Err(TransportError::TooLarge { limit: 1_000, .. })
    ));
    let (base, _server) = serving(plain("200 OK", &[b'x'; 1_000])).await;
    assert_eq!(https.send(get(&base)).await.unwrap().body.len(), 1_000);
    // 4,000 zeros.
    let packed = [
        0x1f, 0x8b, 0x08, 0x00, 0x00, 0x00, 0x00, 0x00, 0x02, 0x03, 0xed, 0xc1, 0x31, 0x01, 0x00,
        0x00, 0x00, 0xc2, 0xa0, 0xf5, 0x4f, 0x6d, 0x0c, 0x1f, 0xa0, 0x00, 0x00, 0x00, 0x80, 0xb7,
        0x01, 0xbe, 0x93, 0x8b, 0x3a, 0xa0, 0x0f, 0x00, 0x00,
    ];
    let (base, _server) = serving(plain("200 OK\r\nContent-Encoding: gzip", &packed)).await;
    assert!(matches!(https.send(get(&base)).await, Err(TransportError::TooLarge { .. })));
}

#[tokio::test]
async fn what_never_left_is_told_apart_from_what_may_have_been_done() {
    let closed = TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap();
    let refused = Https::new().send(get(&format!("http://{closed}/?token=abc"))).await.unwrap_err();
    assert!(refused.is_without_effect() && !refused.to_string().contains("abc"), "{refused}");
    // TLS towards a server that speaks none: nothing of the request was sent.
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("https://{}/", listener.local_addr().unwrap());
    let _server = tokio::spawn(async move {
        listener.accept().await.unwrap().0.write_all(b"HTTP/1.1 400 Bad Request\r\n\r\n").await
    });
    let tls = Https::new().send(get(&url)).await.unwrap_err();
    assert!(tls.is_without_effect(), "{tls}");
    for cut in [&b""[..], b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf"] {
        let (base, _server) = serving(cut.to_vec()).await;
        let failure = Https::new().send(get(&format!("{base}/?token=abc"))).await.unwrap_err();
        assert!(
            matches!(failure, TransportError::NoAnswer { .. })
                && !failure.to_string().contains("abc"),
            "{failure}"
        );
    }
}

#[tokio::test]
async fn nothing_goes_in_the_clear_to_another_machine() {
    for url in ["http://api.example.com/", "http://127.0.0.1.example.com/", "http://10.0.0.1/"] {
        assert!(
            matches!(Https::new().send(get(url)).await, Err(TransportError::Forbidden { .. })),
            "{url}"
        );
    }
}

#[tokio::test]
async fn a_public_service_is_no_address_in_whatever_way_it_is_written() {
    let (base, _server) = serving(plain("200 OK", b"{}")).await;
    let urls = [
        "https://10.0.0.1/",
        "https://169.254.169.254/x",
        "https://[::1]/",
        "https://127.1/",
        "https://2130706433/",
        "https://0x7f.1/",
    ];
    for url in urls.into_iter().chain(["https://localhost/", base.as_str()]) {
        let request = Request { public: true, ..get(url) };
        let refused = Https::new().send(request).await;
        assert!(
            matches!(&refused, Err(TransportError::Forbidden { why, .. }) if why.contains("cannot be a public service") || why.contains("invalid host name")),
            "{url}: {refused:?}"
        );
    }
}

#[tokio::test]
async fn a_file_may_be_larger_than_an_answer() {
    let (base, _server) = serving(plain("200 OK", &vec![b'x'; LARGEST_BODY + 1])).await;
    let request = Request { file: true, ..get(&base) };
    assert_eq!(Https::new().send(request).await.unwrap().body.len(), LARGEST_BODY + 1);
}

#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl Write for Log {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

impl<'a> MakeWriter<'a> for Log {
    type Writer = Self;

    fn make_writer(&'a self) -> Self {
        self.clone()
    }
}

#[test]
fn the_most_talkative_log_never_shows_a_value() {
    let log = Log::default();
    let subscriber = tracing_subscriber::fmt()
        .with_max_level(tracing::Level::TRACE)
        .with_writer(log.clone())
        .finish();
    // With one subscriber alone, a test on another thread could switch our events off for the whole
    // process.
    let _second = tracing::Dispatch::new(tracing_subscriber::registry());
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    tracing::subscriber::with_default(subscriber, || {
        runtime.block_on(async {
            let (base, _server) = serving(plain("200 OK", b"{\"api_key\": \"new-hunter2\"}")).await;
            let mut request =
                Request::new(Method::POST, format!("{base}/v1/keys?k=hunter2").parse().unwrap());
            let mut value = HeaderValue::from_static("Bearer hunter2");
            value.set_sensitive(true);
            request.headers.insert(header::AUTHORIZATION, value);
            request.body.extend_from_slice(b"hunter2");
            Https::new().send(request).await.unwrap();
            let closed = get("http://127.0.0.1:1/?k=hunter2");
            Https::new().send(closed).await.unwrap_err();
        });
    });
    let shown = String::from_utf8(log.0.lock().unwrap().clone()).unwrap();
    assert!(shown.contains("/v1/keys") && shown.contains("status=200"), "{shown}");
    assert!(!shown.contains("hunter2"), "{shown}");
}
