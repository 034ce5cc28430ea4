//! Catches and reports a panic in the work on one token, so that it stops only that work.

use std::future::Future;
use std::panic::AssertUnwindSafe;

use futures::FutureExt as _;

use super::problems;
use crate::domain::Problem;

/// The result of `work`, or, if it panicked, a message. The panic's own text could quote anything,
/// so it is dropped unread. `work` is boxed because its future can be large.
pub(super) async fn isolated<T>(what: &str, work: impl Future<Output = T>) -> Result<T, Problem> {
    AssertUnwindSafe(Box::pin(work)).catch_unwind().await.map_err(|said| {
        // Dropping it would run foreign code, too.
        std::mem::forget(said);
        problems::output::bug_in(what)
    })
}
