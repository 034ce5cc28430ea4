//! Whether a list continues, and where. Works on one page at a time; `list` reads the items.

use http::Uri;
use serde_json::Value;

use super::model::{Paging, pointer};
use crate::net::auth::encoded;
use crate::net::{Answer, next_link};

/// The position of a page in the list.
pub(super) struct Position<'a> {
    /// The page's number, from 1.
    pub(super) page: usize,
    /// How many items it has.
    pub(super) count: usize,
    /// How many distinct items there were so far.
    pub(super) total: usize,
    /// The last one's id.
    pub(super) last: Option<&'a str>,
}

/// How to get the next page.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Next {
    /// The first page's address with this parameter.
    Parameter { name: String, value: String },
    /// This address, which may be relative.
    Address(String),
}

/// How to get the next page; `None` after the last.
pub(super) fn next(
    way: &Paging,
    json: &Value,
    answer: &Answer,
    position: &Position<'_>,
) -> Result<Option<Next>, String> {
    let parameter =
        |name: &str, value: String| Ok(Some(Next::Parameter { name: name.to_owned(), value }));
    match way {
        Paging::Cursor { next, param } => match pointer::text(json, next) {
            Some(cursor) => parameter(param, cursor),
            None => Ok(None),
        },
        Paging::LastId { more, param } => match (json.pointer(more), position.last) {
            (Some(Value::Bool(true)), Some(last)) => parameter(param, last.to_owned()),
            (Some(Value::Bool(true)), None) => {
                Err("an empty page of the list says that more follow".to_owned())
            }
            // Some providers omit it if there is only one page.
            (None | Some(Value::Null | Value::Bool(false)), _) => Ok(None),
            _ => Err("a page of the list does not say whether more follow".to_owned()),
        },
        Paging::Number { param, first, step, total } => {
            let all = match total {
                Some(place) => Some(
                    json.pointer(place)
                        .and_then(Value::as_u64)
                        .ok_or("a page of the list does not say how many keys there are")?,
                ),
                None => None,
            };
            match (all, position.count) {
                (Some(all), _) if position.total as u64 >= all => Ok(None),
                (Some(all), 0) => {
                    Err(format!("the list has only {} of {all} keys", position.total))
                }
                (None, 0) => Ok(None),
                _ => {
                    let steps = u64::try_from(position.page)
                        .unwrap_or(u64::MAX)
                        .saturating_mul(u64::from(*step));
                    parameter(param, u64::from(*first).saturating_add(steps).to_string())
                }
            }
        }
        Paging::Link { next: Some(place) } => Ok(pointer::text(json, place).map(Next::Address)),
        Paging::Link { next: None } => Ok(next_link(&answer.headers)?.map(Next::Address)),
    }
}

/// An address with one parameter set.
pub(super) fn with_parameter(url: &Uri, name: &str, value: &str) -> String {
    let address = url.to_string();
    let (path, query) = address.split_once('?').unwrap_or((&address, ""));
    let own = format!("{}=", encoded(name));
    let kept = query
        .split('&')
        .filter(|pair| !pair.is_empty() && !pair.starts_with(&own))
        .map(str::to_owned);
    let pairs: Vec<_> = kept.chain([format!("{own}{}", encoded(value))]).collect();
    format!("{path}?{}", pairs.join("&"))
}

/// The absolute form of an address on a page.
pub(super) fn absolute(url: &Uri, address: &str) -> Option<String> {
    if address.starts_with("https://") || address.starts_with("http://") {
        return Some(address.to_owned());
    }
    let relative = address.starts_with('/') && !address.starts_with("//");
    relative.then(|| Some(format!("{}://{}{address}", url.scheme_str()?, url.authority()?)))?
}

#[cfg(test)]
#[path = "paging_tests.rs"]
mod tests;
