//! A bug that shows while one token is worked on ends the work on that token and nothing else: a
//! panic is caught here, and reported.

use std::future::Future;
use std::panic::AssertUnwindSafe;

use futures::FutureExt as _;

use crate::domain::{Code, Problem};

/// The result of `work`, which may be large and so is put on the heap; or, where it panicked, what
/// a person is told. What the panic said could quote anything, so nobody looks at it.
pub(super) async fn isolated<T>(what: &str, work: impl Future<Output = T>) -> Result<T, Problem> {
    AssertUnwindSafe(Box::pin(work)).catch_unwind().await.map_err(|said| {
        // Also dropping it would run foreign code.
        std::mem::forget(said);
        Problem::new(Code::Bug, format!("tokenward hit a bug while it worked on {what}"))
            .cause("standard error says where")
            .hint("please report this, with the command and that place")
    })
}
