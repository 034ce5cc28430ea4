//! Durations in the config. Accepts what `domain::Span` accepts, and suggests a correction
//! otherwise.

use super::read::quote;
use super::string_types::Refused;
use crate::domain::{Code, Span};

pub(crate) fn span(text: &str) -> Result<Span, Refused> {
    Span::parse(text).ok_or_else(|| {
        let hint = meant(text).map_or_else(
            || {
                "write a whole number and a unit (`s`, `m`, `h`, `d` or `w`), such as `30d` or `24h`"
                    .to_owned()
            },
            |span| format!("write `{span}`"),
        );
        let is_too_long = text.bytes().rev().skip(1).all(|b| b.is_ascii_digit())
            && text.len() > 1
            && text.ends_with(['s', 'm', 'h', 'd', 'w']);
        let message = if is_too_long {
            format!("{} is longer than ten years", quote(text))
        } else {
            format!("{} is not a duration", quote(text))
        };
        Refused::new(
            Code::ConfigWrongType,
            message,
            if is_too_long { "write at most `3650d`".to_owned() } else { hint },
        )
    })
}

pub(crate) fn span_or_never(text: &str) -> Result<Option<Span>, Refused> {
    if text == "never" {
        return Ok(None);
    }
    let span = span(text)?;
    if span.as_seconds() == 0 {
        return Err(Refused::new(
            Code::ConfigWrongType,
            "a duration of zero would make every run due",
            "write a duration such as `30d`, or `never`",
        ));
    }
    Ok(Some(span))
}

/// Runs are hours apart: a shorter interval would mean a comment in each of them.
pub(crate) fn reminder(text: &str) -> Result<Span, Refused> {
    let span = span(text)?;
    if span < Span::hours(1) {
        let message = format!("{} is too short for reminders", quote(text));
        return Err(Refused::new(
            Code::ConfigWrongType,
            message,
            "write an hour or more, such as `3d`; remove the key to get no reminders",
        ));
    }
    Ok(span)
}

/// Other notations for a duration: `30`, `30 days`, `1 month`, `P30D`, `30D`.
fn meant(text: &str) -> Option<String> {
    let lower = text.trim().to_ascii_lowercase();
    let lower = lower.strip_prefix("pt").or_else(|| lower.strip_prefix('p')).unwrap_or(&lower);
    let digits: String = lower.chars().take_while(char::is_ascii_digit).collect();
    let number = digits.parse::<u64>().ok()?;
    let rest = lower.get(digits.len()..)?.trim();
    let unit = match rest {
        "" | "d" | "day" | "days" => "d",
        "h" | "hr" | "hrs" | "hour" | "hours" => "h",
        "m" | "min" | "mins" | "minute" | "minutes" => "m",
        "s" | "sec" | "secs" | "second" | "seconds" => "s",
        "w" | "wk" | "week" | "weeks" => "w",
        "mo" | "month" | "months" => {
            return Span::parse(&format!("{}d", number.checked_mul(30)?))
                .map(|span| span.to_string());
        }
        "y" | "yr" | "year" | "years" => {
            return Span::parse(&format!("{}d", number.checked_mul(365)?))
                .map(|span| span.to_string());
        }
        _ => return None,
    };
    let written = format!("{number}{unit}");
    Span::parse(&written).map(|_| written)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_people_write_elsewhere_is_turned_into_the_right_form() {
        for (text, hint) in [
            ("30", "write `30d`"),
            ("30 days", "write `30d`"),
            ("1 month", "write `30d`"),
            ("30D", "write `30d`"),
            ("P30D", "write `30d`"),
            ("2 weeks", "write `2w`"),
        ] {
            assert_eq!(
                span(text).err().map(|refused| refused.hint).as_deref(),
                Some(hint),
                "{text}"
            );
        }
        assert!(span("-3d").is_err_and(|refused| refused.hint.contains("whole number")));
        assert!(span("4000d").is_err_and(|refused| refused.message.contains("ten years")));
    }

    #[test]
    fn people_are_not_reminded_by_every_run() {
        assert!(reminder("3d").is_ok_and(|span| span == Span::days(3)));
        assert!(reminder("0s").is_err_and(|refused| refused.hint.contains("an hour or more")));
        assert!(reminder("59m").is_err() && reminder("60m").is_ok() && reminder("3 days").is_err());
    }

    #[test]
    fn never_is_a_schedule_and_zero_is_not() {
        assert!(span_or_never("never").is_ok_and(|span| span.is_none()));
        assert!(span_or_never("0s").is_err());
    }
}
