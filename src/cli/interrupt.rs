//! Ctrl-C and the runner's cancellation. The current request is finished and journaled; then the
//! run ends with 130. GitHub sends SIGINT, 7.5 s later SIGTERM, and 2.5 s after that it kills the
//! process; the run ends well before.

use std::future::Future;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use tokio::sync::Notify;

/// How long the current request can still take.
const PATIENCE: Duration = Duration::from_millis(4_500);

/// Waits until the process is asked to stop.
pub(super) async fn asked_to_stop() {
    signal().await;
}

/// Whether this run was asked to stop.
#[derive(Clone, Default)]
pub(super) struct Interrupt {
    asked: Arc<AtomicBool>,
    told: Arc<Notify>,
}

impl Interrupt {
    /// Listens from now on.
    pub(super) fn listen(&self) {
        let listener = self.clone();
        tokio::spawn(async move {
            signal().await;
            listener.asked.store(true, Ordering::Relaxed);
            listener.told.notify_waiters();
        });
    }

    /// For the rotation, which reads it before each step.
    pub(super) fn flag(&self) -> &AtomicBool {
        &self.asked
    }

    /// Waits for `work`, but after an interrupt only as long as one request can take. `None` if it
    /// was cut off.
    pub(super) async fn or_cut<T>(&self, work: impl Future<Output = T>) -> Option<T> {
        let cut = async {
            self.told.notified().await;
            tokio::time::sleep(PATIENCE).await;
        };
        tokio::select! {
            done = work => Some(done),
            () = cut => None,
        }
    }
}

#[cfg(unix)]
async fn signal() {
    use tokio::signal::unix::{SignalKind, signal};
    let Ok(mut terminate) = signal(SignalKind::terminate()) else {
        return std::future::pending().await;
    };
    tokio::select! {
        _ = terminate.recv() => {}
        outcome = tokio::signal::ctrl_c() => if outcome.is_err() { std::future::pending().await },
    }
}

#[cfg(not(unix))]
async fn signal() {
    if tokio::signal::ctrl_c().await.is_err() {
        std::future::pending::<()>().await;
    }
}
