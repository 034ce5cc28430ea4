//! The plan for people: all steps, their cost, and when the old key is revoked at the earliest.

use std::fmt::Write as _;

use super::paint::{NARROW, Paint};
use crate::domain::forecast::{Forecast, ForecastStep, Requests};
use crate::domain::text::{count, folded};

/// What a run would do with each token. Where a table has no room, lines are folded, and a step's
/// cost has a line of its own.
#[must_use]
pub fn forecasts(forecasts: &[Forecast], paint: Paint, width: usize) -> String {
    let width = Some(width).filter(|width| *width < NARROW);
    let mut text =
        forecasts.iter().map(|forecast| one(forecast, paint, width)).collect::<Vec<_>>().join("\n");
    let mut total = Requests::default();
    for forecast in forecasts {
        total += forecast.total;
    }
    let total = format!(
        "total cost: {}; {} of GitHub's 900 points per minute",
        cost(total),
        total.points()
    );
    let total = fit(&total, width, 2);
    let _ =
        writeln!(text, "\n{}{}", paint.bold("total cost"), total.trim_start_matches("total cost"));
    text
}

fn fit(text: &str, width: Option<usize>, indent: usize) -> String {
    width.map_or_else(|| text.to_owned(), |width| folded(text, width, indent))
}

fn one(forecast: &Forecast, paint: Paint, width: Option<usize>) -> String {
    let mut text =
        format!("{}  {}\n", paint.bold(forecast.name.as_str()), paint.state(&forecast.state));
    steps(&mut text, &forecast.steps, paint, width);
    if !forecast.then.is_empty() {
        let _ = writeln!(text, "{}", fit(&format!("  then: {}", forecast.then), width, 4));
    }
    if let Some(moment) = forecast.revoke_not_before {
        let line = format!("  the old key is not revoked before {}", moment.for_people());
        let _ = writeln!(text, "{}", fit(&line, width, 4));
    }
    for problem in &forecast.problems {
        text.push_str(&paint.problem(problem, "  "));
    }
    text
}

fn steps(text: &mut String, steps: &[ForecastStep], paint: Paint, width: Option<usize>) {
    /// Where the words of a step begin, behind its number.
    const INDENT: usize = 6;
    let longest = steps.iter().map(|step| step.what.chars().count()).max().unwrap_or_default();
    for (number, step) in steps.iter().enumerate() {
        let (number, what, cost) = (number + 1, &step.what, cost(step.requests));
        if width.is_none() {
            let _ = writeln!(text, "  {number:>2}. {what:<longest$}  {}", paint.faint(&cost));
            continue;
        }
        let _ = writeln!(text, "{}", fit(&format!("  {number:>2}. {what}"), width, INDENT));
        let cost = fit(&format!("{:INDENT$}{cost}", ""), width, INDENT);
        let _ = writeln!(text, "{}", paint.faint(&cost));
    }
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
