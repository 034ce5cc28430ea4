//! What every room of GitHub shares: the call being answered, the shape of errors, and pages.

use crate::http::{Answer, Request};
use jiff::Timestamp;
use serde_json::{Value, json};

/// One request being answered, and when.
pub(super) struct Call<'a> {
    pub(super) request: &'a Request,
    pub(super) now: Timestamp,
}

impl Call<'_> {
    pub(super) fn method(&self) -> &str {
        self.request.method.as_str()
    }

    /// A URL under the address the client used.
    pub(super) fn url(&self, path: &str) -> String {
        format!("{}{path}", self.request.base())
    }

    /// The body as a JSON object, or GitHub's complaint about it.
    pub(super) fn body(&self) -> Result<Value, Answer> {
        match self.request.json() {
            Some(body @ Value::Object(_)) => Ok(body),
            _ => Err(error(400, "Problems parsing JSON")),
        }
    }

    /// The items of the page asked for, and the `Link` header that leads on.
    pub(super) fn page(&self, items: Vec<Value>) -> (Vec<Value>, Option<String>) {
        let size = self.request.query_number("per_page", 30).clamp(1, 100);
        let page = self.request.query_number("page", 1).max(1);
        let last = items.len().div_ceil(size).max(1);
        let shown = items.into_iter().skip((page - 1).saturating_mul(size)).take(size).collect();
        let mut links = Vec::new();
        let mut link = |to: usize, rel: &str| {
            let url = self.url(self.request.raw_path());
            links.push(format!("<{url}?{}>; rel=\"{rel}\"", self.request.query_with_page(to)));
        };
        if page > 1 {
            link(page - 1, "prev");
            link(1, "first");
        }
        if page < last {
            link(page + 1, "next");
            link(last, "last");
        }
        (shown, (!links.is_empty()).then(|| links.join(", ")))
    }

    /// A page of a bare list.
    pub(super) fn list(&self, items: Vec<Value>) -> Answer {
        let (shown, link) = self.page(items);
        with_link(Answer::json(200, &Value::Array(shown)), link)
    }

    /// A page of a list wrapped as `{"total_count", "<name>": [...]}`.
    pub(super) fn counted(&self, name: &str, items: Vec<Value>) -> Answer {
        let total = items.len();
        let (shown, link) = self.page(items);
        with_link(Answer::json(200, &json!({"total_count": total, name: shown})), link)
    }
}

fn with_link(answer: Answer, link: Option<String>) -> Answer {
    match link {
        Some(link) => answer.with("link", link),
        None => answer,
    }
}

pub(super) fn error(status: u16, message: &str) -> Answer {
    let body = json!({
        "message": message,
        "documentation_url": "https://docs.github.com/rest",
        "status": status.to_string(),
    });
    Answer::json(status, &body)
}

pub(super) fn not_found() -> Answer {
    error(404, "Not Found")
}
