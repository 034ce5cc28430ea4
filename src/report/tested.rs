//! The result of a test call in the report of another repository, read back. What is not a result
//! that we know is unknown, never fine; no result at all stays none.

use serde::Deserialize;
use serde_json::Value;

use crate::domain::{Facts, Timestamp, Verdict};

/// What a provider reports on a token, as our reports name it.
const FACTS: [&str; 2] = ["scopes", "expires-at"];
/// The most scopes of a token.
const MOST_SCOPES: usize = 1_000;

#[derive(Deserialize)]
#[serde(rename_all = "kebab-case")]
struct Tested {
    is: String,
    scopes: Option<Vec<String>>,
    owner: Option<String>,
    expires_at: Option<Timestamp>,
    #[serde(default)]
    unread: Vec<String>,
    until: Option<Timestamp>,
    why: Option<String>,
}

/// Reads a result. `text` bounds and cleans a text.
///
/// # Errors
/// As `text`.
pub(super) fn verdict(
    told: Option<Value>,
    text: &dyn Fn(&str) -> Result<String, String>,
) -> Result<Option<Verdict>, String> {
    let Some(told) = told else { return Ok(None) };
    let unknown = || Verdict::Unknown { why: "its report does not say clearly".to_owned() };
    let Ok(tested) = serde_json::from_value::<Tested>(told) else { return Ok(Some(unknown())) };
    Ok(Some(match tested.is.as_str() {
        "live" | "limited" => {
            let Some(facts) = facts(&tested, text)? else { return Ok(Some(unknown())) };
            if tested.is == "live" { Verdict::Live(facts) } else { Verdict::Limited(facts) }
        }
        "expired" => Verdict::Expired,
        "revoked" => Verdict::Revoked,
        "invalid" => Verdict::Invalid,
        "rate-limited" => Verdict::RateLimited { until: tested.until },
        "unknown" => match &tested.why {
            Some(why) => Verdict::Unknown { why: text(why)? },
            None => unknown(),
        },
        _ => unknown(),
    }))
}

/// The facts about a live token; `None` if they are not such facts.
fn facts(
    tested: &Tested,
    text: &dyn Fn(&str) -> Result<String, String>,
) -> Result<Option<Facts>, String> {
    let known = |name: &String| FACTS.into_iter().find(|known| known == name);
    let Some(unread) = tested.unread.iter().map(known).collect::<Option<Vec<_>>>() else {
        return Ok(None);
    };
    let all = |scopes: &Vec<String>| scopes.iter().map(|scope| text(scope)).collect();
    if tested.scopes.as_ref().is_some_and(|scopes| scopes.len() > MOST_SCOPES) {
        return Ok(None);
    }
    Ok(Some(Facts {
        scopes: tested.scopes.as_ref().map(all).transpose()?,
        owner: tested.owner.as_deref().map(text).transpose()?,
        expires_at: tested.expires_at,
        unread,
    }))
}
