//! Where a command's report goes, in the form that was asked for, and what the exit code is. The
//! form never changes the code.

use std::path::PathBuf;
use std::sync::{Arc, Mutex};

use serde::Serialize;

use super::args::{Colour, Format, Global, VerdictFlags};
use super::command_line::instead_of;
use super::env::Env;
use super::links;
use super::look::Looked;
use super::matrix::Matrix;
use crate::disk::{DiskError, Kind};
use crate::domain::forecast::Forecast;
use crate::domain::outcome::{TokenOutcome, exit_code};
use crate::domain::text::sanitize;
use crate::domain::{BaselineEntry, Class, Code, Health, Problem, locked};
use crate::report::{
    self, Check, CommandOutput, DoctorReport, Paint, Places, PlanReport, ProviderRow,
    ProvidersReport, Row, ScanReport, Summary, TokensReport,
};
use crate::scan;

/// What a command found out and where the config speaks of it, kept for the Action beside what was
/// written.
pub(super) type Kept = Arc<Mutex<Option<(CommandOutput, Places)>>>;

/// Writes a report.
pub(super) struct Output<'a> {
    env: &'a Env,
    global: &'a Global,
    paint: Paint,
    places: Places,
}

impl<'a> Output<'a> {
    pub(super) fn new(env: &'a Env, global: &'a Global) -> Self {
        let paint = Paint::new(wants_colour(env, global) && global.output.is_none());
        Self { env, global, paint, places: Places::default() }
    }

    /// Says where the config speaks of each token.
    pub(super) fn at(mut self, places: Places) -> Self {
        self.places = places;
        self
    }

    pub(super) fn tokens(
        &self,
        command: &str,
        tokens: Vec<TokenOutcome>,
        problems: Vec<Problem>,
    ) -> u8 {
        let classes =
            tokens.iter().flat_map(TokenOutcome::all_problems).chain(&problems).map(Problem::class);
        let human = |paint: Paint| report::tokens(&tokens, paint) + &general(&problems, paint);
        self.tokens_with(command, &tokens, &problems, exit_code(classes), human)
    }

    /// `check`, token by token.
    pub(super) fn checked(&self, looked: Looked, flags: &VerdictFlags) -> u8 {
        let code = self.verdict(&looked, flags);
        let Looked { tokens, own, .. } = looked;
        let human = |paint: Paint| report::tokens(&tokens, paint) + &general(&own, paint);
        self.tokens_with("check", &tokens, &own, code, human)
    }

    /// The same as a table.
    pub(super) fn status(&self, looked: Looked, flags: &VerdictFlags) -> u8 {
        let code = self.verdict(&looked, flags);
        let (width, unicode) = (self.env.width, speaks_unicode(self.env));
        let Looked { tokens, own, now } = looked;
        let human = |paint: Paint| {
            report::status(&tokens, now, paint, width, unicode) + &general(&own, paint)
        };
        self.tokens_with("status", &tokens, &own, code, human)
    }

    /// Only what `--fail-on` names fails, and nothing with `--exit-zero`; what was not looked at
    /// fails always, but for a pull request from a fork, which is handed no secret: there
    /// `--fail-on` decides about it as well.
    fn verdict(&self, looked: &Looked, flags: &VerdictFlags) -> u8 {
        let is_fork = self.env.proposal().is_some_and(|proposal| proposal.is_fork);
        let excused = |id: Code| is_fork && unlooked(id) && !fails(id, flags);
        let problems = looked.tokens.iter().flat_map(TokenOutcome::all_problems).chain(&looked.own);
        exit_code(
            problems
                .filter(|problem| counts(problem.id, flags) && !excused(problem.id))
                .map(Problem::class),
        )
    }

    fn tokens_with(
        &self,
        command: &str,
        tokens: &[TokenOutcome],
        problems: &[Problem],
        code: u8,
        human: impl Fn(Paint) -> String,
    ) -> u8 {
        let with_problems = tokens.iter().filter(|token| token.health() != Health::Fine).count();
        let summary = Summary { total: tokens.len(), with_problems, exit_code: code };
        let tokens = tokens.iter().cloned().map(Row::of).collect();
        let report =
            TokensReport { schema: schema(command), tokens, problems: problems.to_vec(), summary };
        self.tell(CommandOutput::Tokens(report), command, || human(self.paint), code)
    }

    pub(super) fn forecasts(&self, tokens: Vec<Forecast>) -> u8 {
        let code = exit_code(tokens.iter().flat_map(|token| &token.problems).map(Problem::class));
        let with_problems = tokens.iter().filter(|token| !token.problems.is_empty()).count();
        let summary = Summary { total: tokens.len(), with_problems, exit_code: code };
        let human = report::forecasts(&tokens, self.paint);
        self.tell(
            CommandOutput::Plan(PlanReport { schema: schema("plan"), tokens, summary }),
            "plan",
            || human,
            code,
        )
    }

    pub(super) fn checks(&self, checks: Vec<Check>) -> u8 {
        let code =
            exit_code(checks.iter().filter_map(|check| check.problem.as_ref()).map(Problem::class));
        let with_problems = checks.iter().filter(|check| check.problem.is_some()).count();
        let summary = Summary { total: checks.len(), with_problems, exit_code: code };
        let human = report::checks(&checks, self.paint);
        self.tell(
            CommandOutput::Doctor(DoctorReport { schema: schema("doctor"), checks, summary }),
            "doctor",
            || human,
            code,
        )
    }

    /// One line, whatever form was asked for: a workflow takes it as it is.
    pub(super) fn matrix(&self, matrix: &Matrix) -> u8 {
        match serde_json::to_string(matrix) {
            Ok(text) => {
                self.keep(CommandOutput::Matrix(text.clone()));
                self.write(&(text + "\n"), 0)
            }
            Err(error) => self.failed(&error.to_string()),
        }
    }

    /// What a scan found. `nothing` is said where there was nothing to scan.
    pub(super) fn findings(
        &self,
        report: scan::Report,
        stale: Vec<BaselineEntry>,
        nothing: &str,
        flags: &VerdictFlags,
    ) -> u8 {
        let scan::Report { findings, accepted, dropped, problems, files, bytes, ignored } = report;
        let leaks = findings.iter().filter(|_| counts(Code::Leak, flags)).map(|_| Class::Leak);
        let code = exit_code(leaks.chain(problems.iter().map(Problem::class)));
        let summary =
            Summary { total: findings.len(), with_problems: findings.len(), exit_code: code };
        let report = ScanReport {
            schema: schema("scan"),
            findings,
            accepted,
            stale,
            dropped,
            files,
            ignored,
            problems,
            summary,
        };
        let human = report::findings(&report, files, bytes, nothing, self.paint);
        self.tell(CommandOutput::Scan(report), "scan", || human, code)
    }

    pub(super) fn providers(&self, rows: Vec<ProviderRow>, one: bool) -> u8 {
        let summary = Summary { total: rows.len(), with_problems: 0, exit_code: 0 };
        let report = ProvidersReport { schema: schema("providers"), providers: rows, summary };
        let human = || match report.providers.first() {
            Some(row) if one => report::provider(row, self.paint),
            _ => report::providers(&report.providers, self.env.width),
        };
        match self.global.format {
            Format::Human | Format::Github => self.people("providers", &human(), 0),
            Format::Json => self.json(&report, 0),
            Format::Sarif | Format::Junit => self.unfit(),
        }
    }

    /// A report that is about tokens or leaks, in any form there is.
    fn tell(
        &self,
        told: CommandOutput,
        command: &str,
        human: impl FnOnce() -> String,
        code: u8,
    ) -> u8 {
        let code = match self.global.format {
            Format::Human => self.people(command, &human(), code),
            Format::Github => {
                self.env.annotate(&told.remarks(&self.places));
                self.people(command, &human(), code)
            }
            Format::Json => self.text(told.json(), code),
            Format::Sarif if matches!(told, CommandOutput::Plan(_) | CommandOutput::Matrix(_)) => {
                self.unfit()
            }
            Format::Sarif => self
                .json(&report::sarif(&told, &self.places, command, &links::docs(self.env)), code),
            Format::Junit => self.write(&report::junit(&told, command), code),
        };
        self.keep(told);
        code
    }

    fn keep(&self, told: CommandOutput) {
        *locked(&self.global.kept) = Some((told, self.places.clone()));
    }

    fn json(&self, report: &impl Serialize, code: u8) -> u8 {
        self.text(serde_json::to_string_pretty(report), code)
    }

    fn text(&self, json: serde_json::Result<String>, code: u8) -> u8 {
        match json {
            Ok(text) => match self.global.output.as_deref() {
                None => {
                    self.env.say_json(&(text + "\n"));
                    code
                }
                Some(path) => {
                    self.written(self.env.write_json(path, &(text + "\n"), Kind::Report), code)
                }
            },
            Err(error) => self.failed(&error.to_string()),
        }
    }

    fn unfit(&self) -> u8 {
        let problem = Problem::new(Code::Usage, "this command does not support that format")
            .hint("every command supports `--format human` and `json`");
        self.env.note(&self.paint.problem(&problem, ""));
        problem.class().exit_code()
    }

    /// Text for people. A file of it says what it is, so that the next report may be written over
    /// it.
    fn people(&self, command: &str, text: &str, code: u8) -> u8 {
        match self.global.output {
            Some(_) => self.write(&format!("# report of tokenward {command}\n{text}"), code),
            None => self.write(text, code),
        }
    }

    fn write(&self, text: &str, code: u8) -> u8 {
        match self.global.output.as_deref() {
            None => {
                self.env.say(text);
                code
            }
            Some(path) => self.written(self.env.write(path, text, Kind::Report), code),
        }
    }

    fn written(&self, written: Result<PathBuf, DiskError>, code: u8) -> u8 {
        match written {
            Ok(_) => code,
            // A verdict stays what it is; what was fine is not, without the report.
            Err(failure) => {
                let missing = self.stopped(failure.to_problem("the report"));
                if code == 0 { missing } else { code }
            }
        }
    }

    fn failed(&self, why: &str) -> u8 {
        self.stopped(Problem::new(Code::OutputFailed, "the report could not be written").cause(why))
    }

    fn stopped(&self, problem: Problem) -> u8 {
        let problem = problem.state("what was done is in the journal");
        self.env.note(&self.paint.problem(&problem, ""));
        problem.class().exit_code()
    }
}

impl VerdictFlags {
    /// Refuses an id that does not exist: a misspelt one would let everything pass.
    pub(super) fn check(&self) -> Result<(), Problem> {
        let is_verdict =
            |code: &&Code| matches!(code.class(), Class::Verdict | Class::Leak) || unlooked(**code);
        let ids: Vec<&str> = Code::ALL.iter().filter(is_verdict).map(|code| code.id()).collect();
        match self.fail_on.iter().find(|id| !ids.contains(&id.as_str())) {
            Some(stranger) => Err(Problem::new(
                Code::Usage,
                format!("--fail-on: there is no finding \"{}\"", sanitize(stranger)),
            )
            .hint(instead_of(stranger, ids))),
            None => Ok(()),
        }
    }
}

/// Whether it says that nobody looked, for want of something that a run from a fork never has.
fn unlooked(id: Code) -> bool {
    matches!(id, Code::NotTested | Code::NotLookedAt)
}

/// Problems that concern no single token, for people.
fn general(problems: &[Problem], paint: Paint) -> String {
    problems.iter().map(|problem| paint.problem(problem, "")).collect()
}

/// Whether a finding fails the run. What could not be done always does.
fn counts(id: Code, flags: &VerdictFlags) -> bool {
    !matches!(id.class(), Class::Verdict | Class::Leak) || fails(id, flags)
}

/// Whether the flags let it fail the run.
fn fails(id: Code, flags: &VerdictFlags) -> bool {
    !flags.exit_zero
        && (flags.fail_on.is_empty() || flags.fail_on.iter().any(|wanted| wanted == id.id()))
}

/// `NO_COLOR`, the flag, and whether a person is looking.
pub(super) fn wants_colour(env: &Env, global: &Global) -> bool {
    match global.color {
        Colour::Always => true,
        Colour::Never => false,
        Colour::Auto => {
            env.terminal && env.text("NO_COLOR").is_none() && env.text("TERM") != Some("dumb")
        }
    }
}

/// Whether the terminal shows more than ASCII: by the locale, as POSIX ranks its variables.
/// GitHub's logs do.
fn speaks_unicode(env: &Env) -> bool {
    let locale = env.text("LC_ALL").or_else(|| env.text("LC_CTYPE")).or_else(|| env.text("LANG"));
    let named =
        locale.is_some_and(|name| name.to_ascii_lowercase().replace('-', "").contains("utf8"));
    named || env.actions().is_some()
}

fn schema(command: &str) -> String {
    format!("tokenward.{command}/1")
}
