//! Five hundred tokens over every provider there is, checked at once in virtual time: no provider's
//! own limit is ever passed, and the whole takes little longer than those limits allow.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use futures::FutureExt as _;
use futures::future::BoxFuture;
use jiff::SignedDuration;
use tokenward::net::{Answer, Request, Transport, TransportError, host_fits};
use tokenward::providers::Spec;
use tokio::time::Instant;

use crate::providers::bench::{Bench, all, registry};
use crate::support::{InProcess, World};

const TOKENS: usize = 500;
const ANSWER: Duration = Duration::from_millis(100);

/// What one provider saw: when each request began, and the most at once.
#[derive(Default)]
struct Seen {
    began: Vec<Instant>,
    open: u32,
    most: u32,
}

struct Timed {
    inner: InProcess,
    seen: Arc<Mutex<BTreeMap<String, Seen>>>,
}

fn provider_of(host: &str) -> Option<&'static Spec> {
    registry().all().find(|spec| spec.hosts.iter().any(|declared| host_fits(declared, host, None)))
}

impl Transport for Timed {
    fn send(&self, request: Request) -> BoxFuture<'_, Result<Answer, TransportError>> {
        async move {
            let Some(spec) = provider_of(request.host()) else {
                return self.inner.send(request).await;
            };
            {
                let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
                let own = seen.entry(spec.id.clone()).or_default();
                own.began.push(Instant::now());
                own.open += 1;
                own.most = own.most.max(own.open);
            }
            tokio::time::sleep(ANSWER).await;
            let answer = self.inner.send(request).await;
            self.seen
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
                .entry(spec.id.clone())
                .or_default()
                .open -= 1;
            answer
        }
        .boxed()
    }
}

/// How long the provider's own limits make so many requests take at the least.
fn least(spec: &Spec, requests: usize) -> Duration {
    let Some(limit) = &spec.rate_limit else { return ANSWER };
    let windows = limit.windows.iter().map(|window| {
        let full = (requests.saturating_sub(1)) / usize::try_from(window.requests).unwrap();
        window.per.as_duration() * u32::try_from(full).unwrap()
    });
    let side_by_side = limit.concurrent.map(|most| {
        ANSWER * u32::try_from(requests.div_ceil(usize::try_from(most).unwrap())).unwrap()
    });
    windows.chain(side_by_side).max().unwrap_or_default() + ANSWER
}

fn holds(spec: &Spec, seen: &Seen) {
    let Some(limit) = &spec.rate_limit else { return };
    assert!(
        limit.concurrent.is_none_or(|most| seen.most <= most),
        "{}: {} at once",
        spec.id,
        seen.most
    );
    for window in &limit.windows {
        let most = usize::try_from(window.requests).unwrap();
        for pair in seen.began.windows(most + 1) {
            let apart = pair[most] - pair[0];
            assert!(
                apart >= window.per.as_duration(),
                "{}: {} requests within {apart:?}",
                spec.id,
                most + 1
            );
        }
    }
}

#[tokio::test(start_paused = true)]
async fn five_hundred_tokens_are_checked_in_little_more_time_than_the_providers_limits_allow() {
    let mut kinds: BTreeMap<String, Bench> = BTreeMap::new();
    for bench in all().into_iter().filter(Bench::is_tested) {
        kinds.entry(bench.spec.id.clone()).or_insert(bench);
    }
    let kinds: Vec<Bench> = kinds.into_values().collect();
    assert_eq!(kinds.len(), registry().all().count(), "a provider is left out");
    let mut world = World::new("version: 1\n");
    let mut config = String::from("version: 1\ntokens:\n");
    for number in 0..TOKENS {
        let bench = &kinds[number % kinds.len()];
        let twin = world.emulator.twin(&bench.spec.id).unwrap();
        let seeded = twin.seed(&bench.kind.id).unwrap();
        let mut with = format!("kind: {}", bench.kind.id);
        for (key, text) in twin.with(&bench.kind.id) {
            write!(with, ", {key}: '{text}'").unwrap();
        }
        writeln!(
            config,
            "  t{number}:\n    provider: {}\n    value: env:V_{number}\n    with: {{{with}}}",
            bench.spec.id
        )
        .unwrap();
        writeln!(config, "    destinations: [{{github: acme/site, secret: V_{number}}}]").unwrap();
        world.env.insert(format!("V_{number}"), seeded.value);
    }
    std::fs::write(world.folder.join(".github/tokenward.yml"), config).unwrap();
    let seen = Arc::new(Mutex::new(BTreeMap::new()));
    world.transport = Some(Arc::new(Timed {
        inner: InProcess(world.emulator.clone(), SignedDuration::ZERO),
        seen: Arc::clone(&seen),
    }));
    let began = Instant::now();
    let ran = world.run(&["check", "--format", "json"]).await;
    let took = began.elapsed();
    let report: serde_json::Value =
        serde_json::from_str(&ran.out).unwrap_or_else(|error| panic!("{error}: {}", ran.all()));
    let verdicts: Vec<&str> = report["tokens"]
        .as_array()
        .unwrap()
        .iter()
        .filter_map(|token| token["verdict"]["is"].as_str())
        .collect();
    assert_eq!(verdicts.len(), TOKENS, "{}", ran.err);
    assert!(
        verdicts
            .iter()
            .all(|is| !matches!(*is, "rate-limited" | "invalid" | "revoked" | "expired")),
        "{verdicts:?}"
    );
    // Of one provider's kind no answer says that a value lives; of the others every one does.
    let untold = kinds.iter().filter(|bench| !bench.can_prove_death()).count()
        * TOKENS.div_ceil(kinds.len());
    let alive = verdicts.iter().filter(|is| matches!(**is, "live" | "limited")).count();
    assert!(alive + untold >= TOKENS, "{alive} of {TOKENS} live");
    let seen = seen.lock().unwrap_or_else(PoisonError::into_inner);
    let mut slowest = (Duration::ZERO, "");
    let mut requests = 0;
    for bench in &kinds {
        let Some(own) = seen.get(&bench.spec.id) else { continue };
        holds(bench.spec, own);
        requests += own.began.len();
        slowest = slowest.max((least(bench.spec, own.began.len()), bench.spec.id.as_str()));
    }
    let (bound, by) = slowest;
    let ratio = took.as_secs_f64() / bound.as_secs_f64();
    println!(
        "{TOKENS} tokens of {} providers, {requests} requests: {took:?}; the limits of {by} alone take {bound:?}; {ratio:.2} times that",
        kinds.len()
    );
    assert!(ratio <= 1.5, "{took:?} is {ratio:.2} times the {bound:?} of {by}");
}
