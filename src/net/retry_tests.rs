//! How often a request is sent, and how long between.

use std::collections::VecDeque;
use std::sync::Mutex;

use futures::future::{BoxFuture, ready};
use http::{HeaderMap, Method, Uri};
use tokio::time::Instant;
use zeroize::Zeroizing;

use super::*;

struct Script(Mutex<VecDeque<Result<Answer, TransportError>>>);

impl Transport for Script {
    fn send(&self, _: Request) -> BoxFuture<'_, Result<Answer, TransportError>> {
        Box::pin(ready(self.0.lock().unwrap().pop_front().expect("no further request")))
    }
}

fn answer(status: u16, retry_after: Option<&str>) -> Result<Answer, TransportError> {
    let headers = retry_after.map(|text| (http::header::RETRY_AFTER, text.parse().unwrap()));
    Ok(Answer { status, headers: HeaderMap::from_iter(headers), body: Zeroizing::new(Vec::new()) })
}

fn not_sent() -> Result<Answer, TransportError> {
    Err(TransportError::NotSent { host: "h".to_owned(), why: "w".to_owned() })
}

fn no_answer() -> Result<Answer, TransportError> {
    Err(TransportError::NoAnswer { host: "h".to_owned(), why: "w".to_owned() })
}

/// The last status (0 for none), what is left of the script, and the milliseconds spent.
async fn run(
    method: Method,
    repeat: Repeat,
    steps: Vec<Result<Answer, TransportError>>,
) -> (u16, usize, u128) {
    let script = Script(Mutex::new(steps.into()));
    let started = Instant::now();
    let make = || Request::new(method.clone(), Uri::from_static("https://x.example/"));
    let outcome = repeated(&script, repeat, make).await;
    let left = script.0.lock().unwrap().len();
    (outcome.map_or(0, |answer| answer.status), left, started.elapsed().as_millis())
}

#[tokio::test(start_paused = true)]
async fn a_read_is_tried_three_times_with_growing_waits() {
    for fault in
        [not_sent, no_answer, || answer(502, None), || answer(503, None), || answer(504, None)]
    {
        let (status, left, spent) =
            run(Method::GET, Repeat::Reads, vec![fault(), fault(), answer(200, None)]).await;
        assert_eq!((status, left), (200, 0));
        assert!((1_100..=1_900).contains(&spent), "{spent}");
        let (_, left, _) =
            run(Method::GET, Repeat::Reads, vec![fault(), fault(), fault(), answer(200, None)])
                .await;
        assert_eq!(left, 1);
    }
}

#[tokio::test(start_paused = true)]
async fn what_another_attempt_cannot_mend_is_not_tried_again() {
    for status in [200, 301, 400, 401, 403, 404, 429, 500] {
        assert_eq!(
            run(Method::GET, Repeat::Reads, vec![answer(status, None)]).await,
            (status, 0, 0)
        );
    }
}

#[tokio::test(start_paused = true)]
async fn a_short_wait_is_waited_and_a_long_one_returned() {
    let (status, _, spent) =
        run(Method::GET, Repeat::Reads, vec![answer(429, Some("5")), answer(200, None)]).await;
    assert!(status == 200 && spent >= 5_000, "{spent}");
    assert_eq!(run(Method::GET, Repeat::Reads, vec![answer(503, Some("6"))]).await, (503, 0, 0));
    assert_eq!(run(Method::GET, Repeat::Reads, vec![answer(429, Some("3600"))]).await, (429, 0, 0));
}

#[tokio::test(start_paused = true)]
async fn a_mutation_is_sent_once_unless_its_file_says_that_it_only_looks() {
    for method in [Method::POST, Method::PUT, Method::PATCH, Method::DELETE] {
        assert_eq!(run(method, Repeat::Reads, vec![no_answer()]).await, (0, 0, 0));
    }
    assert_eq!(run(Method::POST, Repeat::Safe, vec![no_answer(), answer(200, None)]).await.0, 200);
    let script = Script(Mutex::new(vec![answer(503, Some("0"))].into()));
    let request = Request::new(Method::DELETE, Uri::from_static("https://x.example/"));
    assert_eq!(once(&script, request).await.unwrap().status, 503);
}
