//! Timestamps in providers' JSON. Each provider has its own format; an unknown one is ignored,
//! never guessed.

use serde_json::Value;

use crate::domain::Timestamp;

/// RFC 3339 (also with a space, with a bare `+00`, or without an offset, which then is UTC), an
/// e-mail date, or a count since 1970, of seconds or a smaller unit, as a number or in digits.
pub(super) fn read(value: &Value) -> Option<Timestamp> {
    match value {
        Value::Number(number) => {
            let whole = number
                .as_f64()
                .filter(|count| count.is_finite())
                .map(|count| format!("{:.0}", count.trunc()));
            number.as_i64().or_else(|| whole?.parse().ok()).and_then(Timestamp::from_count)
        }
        Value::String(text) => {
            let text = text.trim();
            if !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit()) {
                return Timestamp::from_count(text.parse().ok()?);
            }
            Timestamp::parse(text)
                .or_else(|| Timestamp::parse(&format!("{text}Z")))
                .or_else(|| Timestamp::parse_http_date(text))
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_way_providers_write_a_moment_is_read() {
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
        assert_eq!(read(&Value::from(1_696_636_076_123_456_i64)), expected);
        assert_eq!(read(&Value::from(1_696_636_076.9)), expected);
        assert_eq!(read(&Value::from("1696636076")), expected);
        let never = [
            Value::from(0),
            Value::from(-1),
            Value::from(f64::MAX),
            Value::from("0"),
            Value::from("99999999999999999999"),
        ];
        for nothing in [Value::Null, Value::from("soon"), Value::from("")].into_iter().chain(never)
        {
            assert_eq!(read(&nothing), None);
        }
    }
}
