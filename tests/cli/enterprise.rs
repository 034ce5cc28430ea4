//! A GitHub Enterprise Server behind a company's proxy, whose certificate only the company's own
//! authority vouches for: the real binary, real TLS, and a proxy that sees nothing but the name of
//! the host.

use std::process::{Command, Stdio};
use std::sync::{Arc, Mutex};

use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair};
use tokenward_emulator::{Served, Service};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _, copy_bidirectional};
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::pki_types::PrivateKeyDer;

use crate::support::{FOUR, World, gives_away};

const HOST: &str = "github.corp.example";

/// A certificate for the host, and the authority that vouches for it, as PEM.
fn certificates() -> (ServerConfig, String) {
    let mut authority = CertificateParams::new(Vec::new()).unwrap();
    authority.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let authority = CertifiedIssuer::self_signed(authority, KeyPair::generate().unwrap()).unwrap();
    let key = KeyPair::generate().unwrap();
    let certificate =
        CertificateParams::new(vec![HOST.to_owned()]).unwrap().signed_by(&key, &authority).unwrap();
    let key = PrivateKeyDer::try_from(key.serialize_der()).unwrap();
    let provider = Arc::new(tokio_rustls::rustls::crypto::ring::default_provider());
    let config = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap();
    (
        config
            .with_no_client_auth()
            .with_single_cert(vec![certificate.der().clone()], key)
            .unwrap(),
        authority.pem(),
    )
}

/// The proxy: what it was asked for, in its own words, and where it listens.
struct Proxy {
    asked: Arc<Mutex<Vec<String>>>,
    address: String,
}

/// Takes `CONNECT`, and plays the host itself: TLS in front of the emulator.
async fn proxy(config: ServerConfig, served: &Served) -> Proxy {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    let asked: Arc<Mutex<Vec<String>>> = Arc::default();
    let (seen, acceptor) = (Arc::clone(&asked), TlsAcceptor::from(Arc::new(config)));
    let behind = served.url(Service::GitHub).trim_start_matches("http://").to_owned();
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let (seen, acceptor, behind) = (Arc::clone(&seen), acceptor.clone(), behind.clone());
            tokio::spawn(async move {
                let mut head = Vec::new();
                while !head.ends_with(b"\r\n\r\n") {
                    head.push(stream.read_u8().await?);
                }
                seen.lock().unwrap().push(String::from_utf8_lossy(&head).into_owned());
                stream.write_all(b"HTTP/1.1 200 Connection established\r\n\r\n").await?;
                let mut tls = acceptor.accept(stream).await?;
                copy_bidirectional(&mut tls, &mut TcpStream::connect(behind).await?).await
            });
        }
    });
    Proxy { asked, address }
}

async fn rotate(world: &World) -> (Option<i32>, String) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_tokenward"));
    command
        .args(["rotate", "-vv"])
        .current_dir(&world.folder)
        .env_clear()
        .envs(&world.env)
        .envs(world.handed())
        .stdin(Stdio::null());
    let output = tokio::task::spawn_blocking(move || command.output().unwrap()).await.unwrap();
    (
        output.status.code(),
        [output.stdout, output.stderr]
            .map(|bytes| String::from_utf8_lossy(&bytes).into_owned())
            .concat(),
    )
}

#[cfg(target_os = "linux")]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_enterprise_server_is_reached_through_a_proxy_and_by_a_companys_own_authority() {
    let mut world = World::new(FOUR);
    let served = world.emulator.serve().await.unwrap();
    let (config, authority) = certificates();
    let proxy = proxy(config, &served).await;
    let file = world.folder.join("authority.pem");
    std::fs::write(&file, authority).unwrap();
    for (name, value) in [
        ("GITHUB_API_URL", format!("https://{HOST}/api/v3")),
        ("GITHUB_SERVER_URL", format!("https://{HOST}")),
        ("HTTPS_PROXY", proxy.address.clone()),
        ("TOKENWARD_SANDBOX_SENDGRID", served.url(Service::SendGrid)),
    ] {
        world.env.insert(name.to_owned(), value);
    }

    // An authority nobody knows: nothing is sent, and nothing is changed.
    let (code, said) = rotate(&world).await;
    assert_eq!(code, Some(5), "{said}");
    assert!(world.emulator.requests().is_empty() && said.contains(HOST), "{said}");

    world.env.insert("SSL_CERT_FILE".to_owned(), file.display().to_string());
    for hours in [1, 31 * 24] {
        world.pass(hours);
        let (code, said) = rotate(&world).await;
        assert_eq!(code, Some(0), "{said}");
        for secret in [
            &world.old,
            &world.manager,
            &world.env["GITHUB_TOKEN"],
            &world.env["TOKENWARD_GITHUB_TOKEN"],
        ] {
            assert_eq!(gives_away(&said, secret), None);
        }
    }
    assert!(world.held().iter().all(|held| *held != world.old && world.is_live(held)));
    let github: Vec<String> = world
        .emulator
        .requests()
        .into_iter()
        .filter(|request| request.service == Service::GitHub)
        .map(|request| request.path)
        .collect();
    assert!(
        !github.is_empty() && github.iter().all(|path| path.starts_with("/api/v3/")),
        "{github:?}"
    );
    // The proxy was told where to, and no credential; the provider's stand-in on this machine was
    // not reached through it.
    let asked = proxy.asked.lock().unwrap().clone();
    assert!(
        !asked.is_empty()
            && asked.iter().all(|head| head.starts_with(&format!("CONNECT {HOST}:443 "))
                && !head.to_lowercase().contains("bearer"))
    );
}
