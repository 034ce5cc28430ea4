//! The only place that shows an answer: in the requested format, on standard output or in a file.
//! The format never changes the exit code; a format that the command does not support, or a report
//! that cannot be written, does.

use std::path::PathBuf;

use super::answer::{Answer, Report};
use super::args::{Format, Global};
use super::env::Env;
use super::links;
use super::problems;
use super::screen::{speaks_unicode, wants_colour};
use crate::disk::{DiskError, Kind};
use crate::domain::Problem;
use crate::report::{self, CommandOutput, Paint, ProvidersReport};

/// Shows an answer, and returns the exit code of the run.
pub(super) fn render(answer: &Answer, env: &Env, global: &Global) -> u8 {
    let paint = Paint::new(wants_colour(env, global) && global.output.is_none());
    let code = Renderer { answer, env, global, paint }.render();
    if !answer.for_people.left_to_do.is_empty() {
        env.say(&answer.for_people.left_to_do);
    }
    code
}

struct Renderer<'a> {
    answer: &'a Answer,
    env: &'a Env,
    global: &'a Global,
    paint: Paint,
}

impl Renderer<'_> {
    fn render(&self) -> u8 {
        match &self.answer.report {
            Report::Text(text) => {
                self.env.say(text);
                self.answer.exit_code
            }
            Report::Output(CommandOutput::Matrix(line)) => self.write(&format!("{line}\n")),
            Report::Output(output) => self.output(output),
            Report::Providers(report) => self.providers(report),
        }
    }

    /// A report on tokens or leaks.
    fn output(&self, output: &CommandOutput) -> u8 {
        let Answer { command, places, .. } = self.answer;
        match self.global.format {
            Format::Human => self.people(&self.for_people(output)),
            Format::Github => {
                self.env.annotate(&output.remarks(places));
                self.people(&self.for_people(output))
            }
            Format::Json => self.json(output.json()),
            Format::Sarif if matches!(output, CommandOutput::Plan(_)) => self.unfit(),
            Format::Sarif => {
                let log = report::sarif(output, places, command, &links::docs(self.env));
                self.json(serde_json::to_string_pretty(&log))
            }
            Format::Junit => self.write(&report::junit(output, command)),
        }
    }

    fn for_people(&self, output: &CommandOutput) -> String {
        let (paint, more) = (self.paint, &self.answer.for_people);
        match output {
            CommandOutput::Tokens(report) => {
                let text = match more.table_as_of {
                    None => report::tokens(output.tokens(), paint),
                    Some(now) => {
                        let unicode = speaks_unicode(self.env);
                        report::repositories(report, now, paint, self.env.width, unicode)
                    }
                };
                text + &general(&report.problems, paint)
            }
            CommandOutput::Plan(report) => report::forecasts(&report.tokens, paint, self.env.width),
            CommandOutput::Scan(report) => {
                report::findings(report, report.files, more.bytes, more.nothing, paint)
            }
            CommandOutput::Doctor(report) => report::checks(&report.checks, paint),
            CommandOutput::Matrix(line) => line.clone(),
            CommandOutput::Stopped(problems) => general(problems, paint),
        }
    }

    fn providers(&self, report: &ProvidersReport) -> u8 {
        let in_full = self.answer.for_people.in_full;
        match self.global.format {
            Format::Human | Format::Github => self.people(&match report.providers.first() {
                Some(row) if in_full => report::provider(row, self.paint),
                _ => report::providers(&report.providers, self.env.width),
            }),
            Format::Json => self.json(serde_json::to_string_pretty(report)),
            Format::Sarif | Format::Junit => self.unfit(),
        }
    }

    fn json(&self, json: serde_json::Result<String>) -> u8 {
        match json {
            Ok(text) => match self.global.output.as_deref() {
                None => {
                    self.env.say_json(&(text + "\n"));
                    self.answer.exit_code
                }
                Some(path) => self.written(self.env.write_json(path, &(text + "\n"), Kind::Report)),
            },
            Err(error) => self.stopped(problems::output::not_written("the report", error)),
        }
    }

    fn unfit(&self) -> u8 {
        let problem = problems::arguments::format_unsupported();
        self.env.note(&self.paint.problem(&problem, ""));
        problem.class().exit_code()
    }

    /// Text for people. In a file it begins with a line that identifies it, so that the next report
    /// can replace it.
    fn people(&self, text: &str) -> u8 {
        match self.global.output {
            Some(_) => {
                self.write(&format!("# report of tokenward {}\n{text}", self.answer.command))
            }
            None => self.write(text),
        }
    }

    fn write(&self, text: &str) -> u8 {
        match self.global.output.as_deref() {
            None => {
                self.env.say(text);
                self.answer.exit_code
            }
            Some(path) => self.written(self.env.write(path, text, Kind::Report)),
        }
    }

    fn written(&self, written: Result<PathBuf, DiskError>) -> u8 {
        let code = self.answer.exit_code;
        match written {
            Ok(_) => code,
            // A missing report makes a run fail that would have succeeded.
            Err(failure) => {
                let missing = self.stopped(failure.to_problem("the report"));
                if code == 0 { missing } else { code }
            }
        }
    }

    fn stopped(&self, problem: Problem) -> u8 {
        let problem = problems::output::with_state_in_journal(problem);
        self.env.note(&self.paint.problem(&problem, ""));
        problem.class().exit_code()
    }
}

/// Problems of no single token, for people.
fn general(problems: &[Problem], paint: Paint) -> String {
    problems.iter().map(|problem| paint.problem(problem, "")).collect()
}
