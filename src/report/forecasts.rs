//! The plan for people: all steps, their cost, and when the old key is revoked at the earliest.

use std::fmt::Write as _;

use super::paint::Paint;
use crate::domain::forecast::{Forecast, Requests};
use crate::domain::text::count;

/// What a run would do with each token.
#[must_use]
pub fn forecasts(forecasts: &[Forecast], paint: Paint) -> String {
    let mut text =
        forecasts.iter().map(|forecast| one(forecast, paint)).collect::<Vec<_>>().join("\n");
    let mut total = Requests::default();
    for forecast in forecasts {
        total += forecast.total;
    }
    let _ = writeln!(
        text,
        "\n{} in total: {}; {} of GitHub's 900 points per minute",
        paint.bold("cost"),
        cost(total),
        total.points()
    );
    text
}

fn one(forecast: &Forecast, paint: Paint) -> String {
    let mut text =
        format!("{}  {}\n", paint.bold(forecast.name.as_str()), paint.state(&forecast.state));
    let width =
        forecast.steps.iter().map(|step| step.what.chars().count()).max().unwrap_or_default();
    for (number, step) in forecast.steps.iter().enumerate() {
        let _ = writeln!(
            text,
            "  {:>2}. {:<width$}  {}",
            number + 1,
            step.what,
            paint.faint(&cost(step.requests))
        );
    }
    if !forecast.then.is_empty() {
        let _ = writeln!(text, "  then: {}", forecast.then);
    }
    if let Some(moment) = forecast.revoke_not_before {
        let _ = writeln!(text, "  the old key is not revoked before {}", moment.for_people());
    }
    for problem in &forecast.problems {
        text.push_str(&paint.problem(problem, "  "));
    }
    text
}

fn cost(requests: Requests) -> String {
    let parts = [
        (requests.github_reads, "GitHub read", "GitHub reads"),
        (requests.github_writes, "GitHub write", "GitHub writes"),
        (requests.provider_reads, "provider read", "provider reads"),
        (requests.provider_writes, "provider write", "provider writes"),
    ];
    let said: Vec<String> = parts
        .iter()
        .filter(|(number, ..)| *number > 0)
        .map(|(number, one, many)| count(usize::try_from(*number).unwrap_or(usize::MAX), one, many))
        .collect();
    if said.is_empty() { "no requests".to_owned() } else { said.join(", ") }
}
