//! Puts the emulator on loopback: plain HTTP/1.1, one port per service, 127.0.0.1 only. Drops are
//! real here: a refused or cut request closes the socket, a timed-out one is never answered.

use crate::Emulator;
use crate::control::Control;
use crate::fault::Dropped;
use crate::service::Service;
use http_body_util::{BodyExt, Full};
use hyper::body::{Bytes, Incoming};
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use std::collections::BTreeMap;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use tokio::net::TcpListener;
use tokio::task::{JoinHandle, JoinSet};

type Handler =
    Arc<dyn Fn(http::Request<Bytes>) -> Result<http::Response<Vec<u8>>, Dropped> + Send + Sync>;

/// A running set of listeners. Dropping it closes them and every open connection.
pub struct Served {
    addresses: BTreeMap<Service, SocketAddr>,
    control: SocketAddr,
    tasks: Vec<JoinHandle<()>>,
}

impl Served {
    pub(crate) async fn start(emulator: &Emulator) -> std::io::Result<Self> {
        let mut addresses = BTreeMap::new();
        let mut tasks = Vec::new();
        for service in Service::ALL.iter().copied() {
            let emulator = emulator.clone();
            let (address, task) =
                listen(Arc::new(move |request| emulator.answer(service, request))).await?;
            addresses.insert(service, address);
            tasks.push(task);
        }
        let control = Control::new(emulator);
        let (control, task) = listen(Arc::new(move |request| Ok(control.answer(request)))).await?;
        tasks.push(task);
        Ok(Self { addresses, control, tasks })
    }

    /// Where a service listens.
    #[must_use]
    pub fn address(&self, service: Service) -> SocketAddr {
        // Every service was bound in `start`, so the fallback is never seen.
        self.addresses
            .get(&service)
            .copied()
            .unwrap_or_else(|| SocketAddr::from((Ipv4Addr::LOCALHOST, 0)))
    }

    /// `http://127.0.0.1:PORT` of a service.
    #[must_use]
    pub fn url(&self, service: Service) -> String {
        format!("http://{}", self.address(service))
    }

    /// `http://127.0.0.1:PORT` of the control port, where other programs seed and inspect.
    #[must_use]
    pub fn control_url(&self) -> String {
        format!("http://{}", self.control)
    }

    /// Stops listening and waits until it has.
    pub async fn stop(mut self) {
        for task in std::mem::take(&mut self.tasks) {
            task.abort();
            let _cancelled = task.await;
        }
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        for task in &self.tasks {
            task.abort();
        }
    }
}

async fn listen(handler: Handler) -> std::io::Result<(SocketAddr, JoinHandle<()>)> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
    let address = listener.local_addr()?;
    let accepting = async move {
        // Connections live in this set, so aborting the task that owns it closes them too.
        let mut connections = JoinSet::new();
        loop {
            let Ok((stream, _)) = listener.accept().await else {
                continue;
            };
            let handler = Arc::clone(&handler);
            connections.spawn(async move {
                let serve = service_fn(move |request| respond(Arc::clone(&handler), request));
                // An error here is the drop that was asked for, or a client that went away.
                let _closed = hyper::server::conn::http1::Builder::new()
                    .serve_connection(TokioIo::new(stream), serve)
                    .await;
            });
            while connections.try_join_next().is_some() {}
        }
    };
    Ok((address, tokio::spawn(accepting)))
}

async fn respond(
    handler: Handler,
    request: http::Request<Incoming>,
) -> Result<http::Response<Full<Bytes>>, Box<dyn std::error::Error + Send + Sync>> {
    let (parts, body) = request.into_parts();
    let body = body.collect().await?.to_bytes();
    match handler(http::Request::from_parts(parts, body)) {
        Ok(response) => Ok(response.map(|body| Full::new(Bytes::from(body)))),
        // Hyper drops this future when the client hangs up.
        Err(Dropped::TimedOut) => std::future::pending().await,
        Err(dropped) => Err(dropped.into()),
    }
}
