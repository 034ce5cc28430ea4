//! The emulator on loopback: real sockets, real drops, and ports that close.

#![expect(clippy::unwrap_used, reason = "a test that cannot ask has failed")]

use crate::support::once;
use std::time::Duration;
use tokenward_emulator::{Emulator, FaultKind, Served, Service};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

fn is_shareable<T: Send + Sync + 'static>(_: &T) {}

/// What comes back over a real connection, or nothing within the time given.
async fn ask(served: &Served, service: Service) -> Option<String> {
    let mut stream = TcpStream::connect(served.address(service)).await.unwrap();
    let request =
        "GET /v3/scopes HTTP/1.1\r\nhost: x\r\nuser-agent: test\r\nconnection: close\r\n\r\n";
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut answer = String::new();
    let read = stream.read_to_string(&mut answer);
    tokio::time::timeout(Duration::from_millis(300), read).await.ok().map(|_| answer)
}

#[tokio::test]
async fn each_service_has_its_own_port_on_loopback() {
    let emulator = Emulator::new();
    is_shareable(&emulator);
    let served = emulator.serve().await.unwrap();
    is_shareable(&served);
    let mut ports: Vec<u16> = Service::ALL.iter().map(|s| served.address(*s).port()).collect();
    ports.sort_unstable();
    ports.dedup();
    assert_eq!(ports.len(), Service::ALL.len());
    assert!(served.url(Service::GitHub).starts_with("http://127.0.0.1:"));
    let answer = ask(&served, Service::SendGrid).await.unwrap();
    assert!(answer.starts_with("HTTP/1.1 401 "), "{answer}");
    assert!(answer.contains("authorization required"), "{answer}");
}

#[tokio::test]
async fn a_refused_request_closes_the_connection_and_a_timed_out_one_hangs() {
    let emulator = Emulator::new();
    let served = emulator.serve().await.unwrap();
    for kind in [FaultKind::Refuse, FaultKind::DropAfterApply] {
        emulator.inject(once("GET", "/v3/scopes", kind));
        assert_eq!(ask(&served, Service::SendGrid).await.as_deref(), Some(""));
    }
    emulator.inject(once("GET", "/v3/scopes", FaultKind::TimeOut));
    assert_eq!(ask(&served, Service::SendGrid).await, None);
}

#[tokio::test]
async fn a_dropped_server_is_gone() {
    let emulator = Emulator::new();
    let served = emulator.serve().await.unwrap();
    let address = served.address(Service::GitHub);
    served.stop().await;
    assert!(TcpStream::connect(address).await.is_err());
}
