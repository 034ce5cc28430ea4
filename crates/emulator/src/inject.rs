//! Acts out injected faults: decides whether the service sees the request, and what becomes of its
//! answer. It must not know how a service words anything; that is the service's own affair.

use crate::fault::{Dropped, Fault, FaultKind};
use crate::http::{Answer, Request};
use crate::service::{Service, Worlds};
use crate::world::{ProviderError, World};
use jiff::Timestamp;
use serde_json::Value;
use std::collections::{BTreeMap, VecDeque};

/// How many changes back a lagging list can look.
const KEPT_CHANGES: usize = 12;

/// Faults waiting to happen, and what is needed to act them out.
#[derive(Default)]
pub(crate) struct Injector {
    faults: Vec<Fault>,
    /// Lists whose next page will come back empty.
    missing_pages: Vec<(Service, String)>,
    /// Each service as it was before its latest changes, newest last.
    before: BTreeMap<Service, VecDeque<Box<dyn World>>>,
    /// Until when each service has told its client to wait.
    waits: BTreeMap<Service, Timestamp>,
}

impl Injector {
    pub(crate) fn add(&mut self, fault: Fault) {
        self.faults.push(fault);
    }

    pub(crate) fn clear(&mut self) {
        self.faults.clear();
        self.missing_pages.clear();
        self.waits.clear();
    }

    /// Whether a service has told its client to keep away for longer than this.
    pub(crate) fn is_too_early(&self, service: Service, now: Timestamp) -> bool {
        self.waits.get(&service).is_some_and(|until| now < *until)
    }

    fn take(&mut self, number: usize, service: Service, request: &Request) -> Option<FaultKind> {
        let fault = self
            .faults
            .iter_mut()
            .find(|f| f.times > 0 && f.matches.covers(number, service, request))?;
        if fault.times != u32::MAX {
            fault.times -= 1;
        }
        Some(fault.kind.clone())
    }

    /// Answers a request, with whatever fault is due for it.
    pub(crate) fn play(
        &mut self,
        worlds: &mut Worlds,
        number: usize,
        service: Service,
        request: &Request,
        now: Timestamp,
    ) -> Result<Answer, Dropped> {
        let fault = self.take(number, service, request);
        let world = worlds.get(service);
        let refusal = match fault {
            None => {
                let answer = self.act(world, service, request, now);
                return Ok(self.empty_if_missing(service, request, answer));
            }
            Some(FaultKind::Refuse) => return Err(Dropped::Refused),
            Some(FaultKind::TimeOut) => return Err(Dropped::TimedOut),
            Some(FaultKind::DropAfterApply) => {
                self.act(world, service, request, now);
                return Err(Dropped::CutAfterApply);
            }
            Some(FaultKind::ServerErrorAfterApply) => {
                self.act(world, service, request, now);
                ProviderError::ServerError
            }
            Some(FaultKind::CutJson) => {
                let mut answer = self.act(world, service, request, now);
                answer.body.truncate(answer.body.len() / 2);
                return Ok(answer);
            }
            Some(FaultKind::MissingPage) => {
                let answer = self.act(world, service, request, now);
                self.missing_pages.push((service, request.raw_path().to_owned()));
                return Ok(self.empty_if_missing(service, request, answer));
            }
            Some(FaultKind::ListLag) => {
                let answer = self.act(world, service, request, now);
                return Ok(self.as_before(service, request, now, &answer).unwrap_or(answer));
            }
            Some(FaultKind::Html) => return Ok(proxy_page(world.proxy_status())),
            Some(FaultKind::Redirect { to }) => return Ok(redirect(request, &to)),
            Some(FaultKind::Says { status, headers, body }) => {
                let answer = Answer::text(status, "application/json; charset=utf-8", &body);
                return Ok(headers
                    .into_iter()
                    .fold(answer, |answer, (name, value)| answer.with(name, value)));
            }
            Some(FaultKind::Oversized { bytes }) => return Ok(oversized(bytes)),
            Some(FaultKind::Unavailable) => ProviderError::Unavailable,
            Some(FaultKind::Unauthorized) => ProviderError::Unauthorized,
            Some(FaultKind::Forbidden) => ProviderError::Forbidden,
            Some(FaultKind::RateLimit403) => ProviderError::RateLimit403,
            Some(FaultKind::RateLimit429 { retry_after }) => {
                ProviderError::RateLimit429 { retry_after }
            }
            Some(FaultKind::NotFound) => ProviderError::NotFound,
            Some(FaultKind::Conflict) => ProviderError::Conflict,
            Some(FaultKind::Unprocessable) => ProviderError::Unprocessable,
        };
        if matches!(refusal, ProviderError::RateLimit403 | ProviderError::RateLimit429 { .. }) {
            // Limits are told in whole seconds, so a client that counts from a rounded time is not
            // too early.
            let until = Timestamp::from_second(now.as_second() + refusal.seconds()).unwrap_or(now);
            self.waits.insert(service, until);
        }
        Ok(world.refuse(refusal, request, now))
    }

    fn act(
        &mut self,
        world: &mut dyn World,
        service: Service,
        request: &Request,
        now: Timestamp,
    ) -> Answer {
        if !request.is_read() {
            let kept = self.before.entry(service).or_default();
            kept.push_back(world.snapshot());
            if kept.len() > KEPT_CHANGES {
                kept.pop_front();
            }
        }
        world.answer(request, now)
    }

    /// The newest earlier answer to the same question that differs from today's.
    fn as_before(
        &mut self,
        service: Service,
        request: &Request,
        now: Timestamp,
        today: &Answer,
    ) -> Option<Answer> {
        if !request.is_read() || today.status != 200 {
            return None;
        }
        let kept = self.before.get_mut(&service)?;
        // The snapshot itself is asked, not a copy: reading changes nothing a list shows.
        kept.iter_mut()
            .rev()
            .map(|world| world.answer(request, now))
            .find(|old| old.status == 200 && old.body != today.body)
    }

    fn empty_if_missing(&mut self, service: Service, request: &Request, answer: Answer) -> Answer {
        let further = request.query_number("page", 1) > 1
            || ["after", "before"].iter().any(|c| request.query(c).is_some());
        let armed = self
            .missing_pages
            .iter()
            .position(|(s, path)| *s == service && path == request.raw_path());
        match armed {
            Some(at) if further && answer.status == 200 => {
                self.missing_pages.remove(at);
                without_items(&answer)
            }
            _ => answer,
        }
    }
}

/// The same list without any item in it.
fn without_items(answer: &Answer) -> Answer {
    let emptied = match serde_json::from_slice(&answer.body) {
        Ok(Value::Array(_)) => Value::Array(Vec::new()),
        Ok(Value::Object(mut fields)) => {
            for value in fields.values_mut().filter(|v| v.is_array()) {
                *value = Value::Array(Vec::new());
            }
            Value::Object(fields)
        }
        _ => return answer.clone(),
    };
    let mut answer = answer.clone();
    answer.headers.retain(|(name, _)| *name != "link");
    answer.body = emptied.to_string().into_bytes();
    answer
}

fn proxy_page(status: u16) -> Answer {
    let title = if status == 502 { "502 Bad Gateway" } else { "403 Forbidden" };
    let page = format!(
        "<html>\r\n<head><title>{title}</title></head>\r\n<body>\r\n<h1>{title}</h1>\r\n</body>\r\n</html>\r\n"
    );
    Answer::text(status, "text/html; charset=UTF-8", &page)
}

fn redirect(request: &Request, to: &str) -> Answer {
    let (status, message) =
        if request.is_read() { (301, "Moved Permanently") } else { (307, "Temporary Redirect") };
    Answer::json(status, &serde_json::json!({"message": message, "url": to})).with("location", to)
}

fn oversized(bytes: usize) -> Answer {
    let padding = "x".repeat(bytes.saturating_sub(14));
    Answer::json(200, &serde_json::json!({ "padding": padding }))
}
