//! Moments as platforms write them in JSON. Each has its own way; what cannot be read is left out, never guessed.

use serde_json::Value;

use crate::domain::Timestamp;

/// Seconds since 1970 above this are milliseconds.
const MILLISECONDS_FROM: i64 = 100_000_000_000;

/// RFC 3339 (also with a space, with a bare `+00`, or without an offset, which then is UTC), an e-mail date, or seconds since 1970.
pub(super) fn read(value: &Value) -> Option<Timestamp> {
    match value {
        Value::Number(number) => {
            let count = number.as_i64()?;
            Timestamp::from_second(if count >= MILLISECONDS_FROM { count / 1_000 } else { count })
        }
        Value::String(text) => {
            let text = text.trim();
            Timestamp::parse(text).or_else(|| Timestamp::parse(&format!("{text}Z"))).or_else(|| Timestamp::parse_http_date(text))
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_way_platforms_write_a_moment_is_read() {
        let expected = Timestamp::parse("2023-10-06T23:47:56Z");
        for text in [
            "2023-10-06T23:47:56Z",
            "2023-10-06T23:47:56.678+00:00",
            "2023-10-06 23:47:56.678+00",
            "2023-10-06T23:47:56",
            "Fri, 06 Oct 2023 23:47:56 +0000",
        ] {
            assert_eq!(read(&Value::from(text)), expected, "{text}");
        }
        assert_eq!(read(&Value::from(1_696_636_076)), expected);
        assert_eq!(read(&Value::from(1_696_636_076_123_i64)), expected);
        for nothing in [Value::Null, Value::from("soon"), Value::from("")] {
            assert_eq!(read(&nothing), None);
        }
    }
}
