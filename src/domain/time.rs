//! Durations as people write them in the config (`30d`, `24h`, `90m`, `0s`), and timestamps as
//! servers send them. Nothing here reads a clock.

use std::fmt;
use std::time::Duration;

use jiff::fmt::rfc2822;
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

/// A duration in whole seconds, at most ten years.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Span(u64);

const LONGEST: u64 = 3_653 * 86_400;

impl Span {
    /// A span of `seconds` seconds.
    #[must_use]
    pub const fn seconds(seconds: u64) -> Self {
        Self(seconds)
    }

    /// A span of hours.
    #[must_use]
    pub const fn hours(hours: u64) -> Self {
        Self(hours.saturating_mul(3_600))
    }

    /// A span of days.
    #[must_use]
    pub const fn days(days: u64) -> Self {
        Self(days.saturating_mul(86_400))
    }

    /// Reads a whole number and one of `s`, `m`, `h`, `d`, `w`; `None` for anything else, or over
    /// ten years.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let unit = match text.as_bytes().last()? {
            b's' => 1,
            b'm' => 60,
            b'h' => 3_600,
            b'd' => 86_400,
            b'w' => 604_800,
            _ => return None,
        };
        let digits = text.get(..text.len() - 1)?;
        if digits.is_empty() || !digits.bytes().all(|b| b.is_ascii_digit()) {
            return None;
        }
        let seconds = digits.parse::<u64>().ok()?.checked_mul(unit)?;
        (seconds <= LONGEST).then_some(Self(seconds))
    }

    /// Whole seconds.
    #[must_use]
    pub const fn as_seconds(self) -> u64 {
        self.0
    }

    /// Whether it is no time at all.
    #[must_use]
    pub const fn is_zero(self) -> bool {
        self.0 == 0
    }

    /// As a duration of the standard library.
    #[must_use]
    pub const fn as_duration(self) -> Duration {
        Duration::from_secs(self.0)
    }

    /// The moment this long after `start`; the end of time where there is none.
    #[must_use]
    pub fn after(self, start: Timestamp) -> Timestamp {
        let second = start.as_second().saturating_add(i64::try_from(self.0).unwrap_or(i64::MAX));
        // To the second also at the end of time, so that what is written down is what is read
        // again.
        Timestamp::from_second(second.min(jiff::Timestamp::MAX.as_second())).unwrap_or(start)
    }

    /// How long it is from `start` to `end`; zero where `end` comes first.
    #[must_use]
    pub fn between(start: Timestamp, end: Timestamp) -> Self {
        Self(u64::try_from(end.0.as_second().saturating_sub(start.0.as_second())).unwrap_or(0))
    }

    /// The largest unit that says it roughly: `29d`, `5h`, `12m`, `40s`.
    #[must_use]
    pub fn rough(self) -> String {
        match self.0 {
            60 => "1m".to_owned(),
            3_600..3_660 => "1h".to_owned(),
            86_400..90_000 => "1d".to_owned(),
            0..120 => format!("{}s", self.0),
            120..7_200 => format!("{}m", self.0 / 60),
            7_200..172_800 => format!("{}h", self.0 / 3_600),
            _ => format!("{}d", self.0 / 86_400),
        }
    }
}

impl fmt::Display for Span {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (unit, letter) in [(86_400, 'd'), (3_600, 'h'), (60, 'm')] {
            if self.0 >= unit && self.0.is_multiple_of(unit) {
                return write!(f, "{}{letter}", self.0 / unit);
            }
        }
        write!(f, "{}s", self.0)
    }
}

impl Serialize for Span {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Span {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        Self::parse(&text).ok_or_else(|| {
            de::Error::custom(
                "not a duration; write a whole number and a unit, such as 30d, 24h or 0s",
            )
        })
    }
}

impl JsonSchema for Span {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Span".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "type": "string",
            "pattern": "^[0-9]+[smhdw]$",
            "description": "a duration: a whole number and a unit, such as 30d, 24h or 0s"
        })
    }
}

/// A moment, to the second, shown as `2026-11-24T03:00:00Z`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Timestamp(jiff::Timestamp);

impl Timestamp {
    /// The moment `seconds` seconds after 1970.
    #[must_use]
    pub fn from_second(second: i64) -> Option<Self> {
        jiff::Timestamp::from_second(second).ok().map(Self)
    }

    /// The moment that a count since 1970 names: of seconds, or of so small a unit as its size says
    /// (milliseconds, microseconds, nanoseconds). Zero and below are no moment but a server's way
    /// to say that there is none.
    #[must_use]
    pub fn from_count(count: i64) -> Option<Self> {
        /// A count of seconds from here on would be a year over 5000.
        const SMALLER_UNIT_FROM: i64 = 100_000_000_000;
        let mut seconds = count;
        while seconds >= SMALLER_UNIT_FROM {
            seconds /= 1_000;
        }
        if seconds > 0 { Self::from_second(seconds) } else { None }
    }

    /// Reads RFC 3339, as JSON answers have it.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        text.parse::<jiff::Timestamp>().ok().and_then(|t| Self::from_second(t.as_second()))
    }

    /// Reads an HTTP `Date` header (`Tue, 24 Nov 2026 03:00:00 GMT`).
    #[must_use]
    pub fn parse_http_date(text: &str) -> Option<Self> {
        rfc2822::DateTimeParser::new()
            .parse_timestamp(text)
            .ok()
            .and_then(|t| Self::from_second(t.as_second()))
    }

    /// Seconds since 1970.
    #[must_use]
    pub fn as_second(self) -> i64 {
        self.0.as_second()
    }

    /// This much earlier.
    #[must_use]
    pub fn before(self, span: Span) -> Self {
        Self::from_second(
            self.as_second().saturating_sub(i64::try_from(span.0).unwrap_or(i64::MAX)),
        )
        .unwrap_or(self)
    }

    /// This many seconds later, or earlier.
    #[must_use]
    pub fn plus_seconds(self, seconds: i64) -> Self {
        Self::from_second(self.as_second().saturating_add(seconds)).unwrap_or(self)
    }

    /// As in an HTTP `Date` header.
    #[must_use]
    pub fn to_http_date(self) -> String {
        self.0.strftime("%a, %d %b %Y %H:%M:%S GMT").to_string()
    }

    /// `2026-11-24 03:00 UTC`, for people.
    #[must_use]
    pub fn for_people(self) -> String {
        self.0.strftime("%Y-%m-%d %H:%M UTC").to_string()
    }
}

impl From<Timestamp> for std::time::SystemTime {
    fn from(moment: Timestamp) -> Self {
        let since = Duration::from_secs(u64::try_from(moment.as_second()).unwrap_or_default());
        Self::UNIX_EPOCH.checked_add(since).unwrap_or(Self::UNIX_EPOCH)
    }
}

impl From<jiff::Timestamp> for Timestamp {
    fn from(moment: jiff::Timestamp) -> Self {
        Self::from_second(moment.as_second()).unwrap_or(Self(moment))
    }
}

impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0)
    }
}

impl Serialize for Timestamp {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Timestamp {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        Self::parse(&text).ok_or_else(|| de::Error::custom("not a timestamp in RFC 3339 format"))
    }
}

impl JsonSchema for Timestamp {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Timestamp".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({"type": "string", "format": "date-time"})
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spans_are_read_and_shown_as_people_write_them() {
        for (text, seconds) in [
            ("0s", 0),
            ("90s", 90),
            ("15m", 900),
            ("24h", 86_400),
            ("30d", 2_592_000),
            ("2w", 1_209_600),
        ] {
            assert_eq!(Span::parse(text), Some(Span(seconds)), "{text}");
        }
        for bad in
            ["", "d", "30", "30 d", "-1d", "1.5h", "30D", "99999999999999999999d", "4000d", "٣d"]
        {
            assert_eq!(Span::parse(bad), None, "{bad}");
        }
        assert_eq!(Span::days(30).to_string(), "30d");
        assert_eq!(Span::hours(36).to_string(), "36h");
    }

    #[test]
    fn moments_are_read_from_json_and_from_headers() {
        let moment = Timestamp::parse("2026-11-24T03:00:00.678Z");
        assert_eq!(moment, Timestamp::parse_http_date("Tue, 24 Nov 2026 03:00:00 GMT"));
        assert_eq!(moment.map(|m| m.to_string()).as_deref(), Some("2026-11-24T03:00:00Z"));
    }
}
