//! A13: an answer, its headers and what leads elsewhere are bounded in size and number, before and
//! after they are unpacked.

use std::io::{Read as _, Write as _};
use std::net::TcpListener;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use flate2::Compression;
use flate2::write::GzEncoder;
use http::Method;
use tokenward::net::{Answer, Https, Request, Transport as _, TransportError};

use super::wire::{Wire, answer};
use crate::support::{FOUR, REPO, World};

/// A server that sends a head, and then a piece again and again until nobody reads any more; at
/// most 64 MiB. Gives its address, and how many bytes it got rid of.
fn serving(head: Vec<u8>, piece: Vec<u8>) -> (String, Arc<AtomicUsize>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let (address, sent) =
        (format!("http://{}/", listener.local_addr().unwrap()), Arc::new(AtomicUsize::new(0)));
    let count = Arc::clone(&sent);
    std::thread::spawn(move || {
        for mut stream in listener.incoming().flatten() {
            let _ = stream.read(&mut [0; 4_096]);
            let _ = stream.write_all(&head);
            while count.load(Ordering::SeqCst) < 64 << 20 && stream.write_all(&piece).is_ok() {
                count.fetch_add(piece.len(), Ordering::SeqCst);
            }
        }
    });
    (address, sent)
}

async fn get(address: &str) -> Result<Answer, TransportError> {
    Https::new().send(Request::new(Method::GET, address.parse().unwrap())).await
}

/// Zeros that shrink to a thousandth.
fn bomb() -> Vec<u8> {
    let mut packed = GzEncoder::new(Vec::new(), Compression::best());
    packed.write_all(&vec![b'0'; 8 << 20]).unwrap();
    packed.finish().unwrap()
}

#[tokio::test]
async fn a13_no_answer_and_no_header_is_read_without_a_bound() {
    let ok = b"HTTP/1.1 200 OK\r\n".to_vec();
    let with = |more: &str| [&ok[..], more.as_bytes(), b"\r\n"].concat();
    for (what, head, piece) in [
        ("a body without an end", with(""), vec![b'x'; 65_536]),
        (
            "a body that says it is small",
            with("content-length: 99999999999\r\n"),
            vec![b'x'; 65_536],
        ),
        (
            "chunks without an end",
            with("transfer-encoding: chunked\r\n"),
            [b"ffff\r\n".to_vec(), vec![b'x'; 65_535], b"\r\n".to_vec()].concat(),
        ),
        (
            "headers without an end",
            ok.clone(),
            b"x-header: yyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyy\r\n".to_vec(),
        ),
        ("one header without an end", [&ok[..], b"x-header: "].concat(), vec![b'y'; 65_536]),
        ("a status line without an end", b"HTTP/1.1 200 ".to_vec(), vec![b'y'; 65_536]),
        (
            "what is small until it is unpacked",
            with("content-encoding: gzip\r\nconnection: close\r\n"),
            bomb(),
        ),
    ] {
        let (address, sent) = serving(head, piece);
        let begun = Instant::now();
        let outcome = get(&address).await;
        assert!(outcome.is_err(), "{what}: {outcome:?}");
        assert!(
            sent.load(Ordering::SeqCst) < 32 << 20 && begun.elapsed() < Duration::from_secs(31),
            "{what}: {}",
            sent.load(Ordering::SeqCst)
        );
    }
    // The control: the same server with a small body is read.
    let (address, _) = serving(with("content-length: 65536\r\n"), vec![b'x'; 65_536]);
    assert_eq!(get(&address).await.unwrap().body.len(), 65_536);
}

#[tokio::test(start_paused = true)]
async fn a13_what_github_leads_to_is_followed_once_and_never_here() {
    for link in [
        "https://store.example/again",
        "https://api.github.com/again",
        "https://127.0.0.1/x",
        "https://x@store.example/",
        "https://store.example\\@x/",
    ] {
        let mut world = World::new(FOUR);
        world.env.insert("GITHUB_REPOSITORY".to_owned(), REPO.to_owned());
        world.emulator.github().start_run(REPO, 7, 1);
        world.emulator.github().complete_run(REPO, 7);
        let wire = Wire::instead(&mut world, move |request| {
            let leads = request.url.path().ends_with("/logs") || request.url.path() == "/again";
            leads.then(|| answer(302, &[("location", link)], ""))
        });
        let ran = world.run(&["scan", "--workflow-logs", "7"]).await;
        assert_ne!(ran.code, 0, "{}", ran.all());
        assert!(wire.count("/logs") >= 1 && wire.asked().len() <= 10, "{link}: {:?}", wire.asked());
        assert!(wire.count("127.0.0.1") == 0 && wire.count("@") == 0, "{link}: {:?}", wire.asked());
    }
}
