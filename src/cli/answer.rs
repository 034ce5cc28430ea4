//! The result of a command, as one value. `render` shows it in the requested format; the Action
//! makes its outputs, its summary and its comment from the same value. Nothing is printed here.

use super::args::VerdictFlags;
use super::verdict::fails_as_a_leak;
use crate::domain::forecast::Forecast;
use crate::domain::outcome::{TokenOutcome, exit_code};
use crate::domain::{BaselineEntry, Class, Health, Problem, Timestamp};
use crate::report::{
    Check, CommandOutput, DoctorReport, Places, PlanReport, ProviderRow, ProvidersReport, Row,
    ScanReport, StatusDetails, Summary, TokensReport,
};
use crate::scan;

/// The result of a command.
pub(super) struct Answer {
    /// The command, as the report names it.
    pub(super) command: &'static str,
    pub(super) report: Report,
    /// The line of each token in the config.
    pub(super) places: Places,
    /// The same in every format.
    pub(super) exit_code: u8,
    pub(super) for_people: ForPeople,
}

/// What to show.
pub(super) enum Report {
    /// On tokens or leaks.
    Output(CommandOutput),
    /// The providers.
    Providers(ProvidersReport),
    /// The same text in every format: a schema, a script, the next steps.
    Text(String),
}

/// What only people see.
#[derive(Default)]
pub(super) struct ForPeople {
    /// Shows the tokens as a table, with their ages as of this time.
    pub(super) table_as_of: Option<Timestamp>,
    /// How much was scanned.
    pub(super) bytes: u64,
    /// Why there was nothing to scan.
    pub(super) nothing: &'static str,
    /// Shows the one provider in full.
    pub(super) in_full: bool,
    /// Shown after the report.
    pub(super) left_to_do: String,
}

impl Answer {
    fn new(command: &'static str, report: Report, exit_code: u8) -> Self {
        let (places, for_people) = (Places::default(), ForPeople::default());
        Self { command, report, places, exit_code, for_people }
    }

    /// Adds the line of each token in the config.
    pub(super) fn at(self, places: Places) -> Self {
        Self { places, ..self }
    }

    /// The result of work on tokens. Every problem counts.
    pub(super) fn tokens(
        command: &'static str,
        tokens: Vec<TokenOutcome>,
        problems: Vec<Problem>,
    ) -> Self {
        let classes =
            tokens.iter().flat_map(TokenOutcome::all_problems).chain(&problems).map(Problem::class);
        let code = exit_code(classes);
        Self::looked(command, tokens, problems, code)
    }

    /// The result of a check of tokens, with the exit code according to the flags.
    pub(super) fn looked(
        command: &'static str,
        tokens: Vec<TokenOutcome>,
        problems: Vec<Problem>,
        exit_code: u8,
    ) -> Self {
        let with_problems = tokens.iter().filter(|token| token.health() != Health::Fine).count();
        let summary = Summary { total: tokens.len(), with_problems, exit_code };
        let tokens = tokens.into_iter().map(Row::of).collect();
        let details = StatusDetails::default();
        let report = TokensReport { schema: schema(command), details, tokens, problems, summary };
        Self::new(command, Report::Output(CommandOutput::Tokens(report)), exit_code)
    }

    /// Adds what only `status` reports; the tokens of other repositories count as well.
    pub(super) fn detailed(mut self, details: StatusDetails) -> Self {
        if let Report::Output(CommandOutput::Tokens(report)) = &mut self.report {
            for other in &details.with {
                report.summary.total += other.summary.total;
                report.summary.with_problems += other.summary.with_problems;
            }
            report.details = details;
        }
        self
    }

    /// `plan`.
    pub(super) fn forecasts(tokens: Vec<Forecast>) -> Self {
        let code = exit_code(tokens.iter().flat_map(|token| &token.problems).map(Problem::class));
        let with_problems = tokens.iter().filter(|token| !token.problems.is_empty()).count();
        let summary = Summary { total: tokens.len(), with_problems, exit_code: code };
        let report = PlanReport { schema: schema("plan"), tokens, summary };
        Self::new("plan", Report::Output(CommandOutput::Plan(report)), code)
    }

    /// `plan --matrix`: one line in every format, because a workflow uses it unchanged.
    pub(super) fn matrix(line: String) -> Self {
        Self::new("plan", Report::Output(CommandOutput::Matrix(line)), 0)
    }

    /// `doctor`.
    pub(super) fn checks(checks: Vec<Check>) -> Self {
        let code =
            exit_code(checks.iter().filter_map(|check| check.problem.as_ref()).map(Problem::class));
        let with_problems = checks.iter().filter(|check| check.problem.is_some()).count();
        let summary = Summary { total: checks.len(), with_problems, exit_code: code };
        let report = DoctorReport { schema: schema("doctor"), checks, summary };
        Self::new("doctor", Report::Output(CommandOutput::Doctor(report)), code)
    }

    /// `scan`. People see `nothing` if there was nothing to scan.
    pub(super) fn findings(
        report: scan::Report,
        stale: Vec<BaselineEntry>,
        nothing: &'static str,
        flags: &VerdictFlags,
    ) -> Self {
        let scan::Report { findings, accepted, dropped, problems, files, bytes, ignored } = report;
        let leaks = findings.iter().filter(|_| fails_as_a_leak(flags)).map(|_| Class::Leak);
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
        let for_people = ForPeople { bytes, nothing, ..ForPeople::default() };
        let answer = Self::new("scan", Report::Output(CommandOutput::Scan(report)), code);
        Self { for_people, ..answer }
    }

    /// `providers`: all in a table, or one in full.
    pub(super) fn providers(providers: Vec<ProviderRow>, in_full: bool) -> Self {
        let summary = Summary { total: providers.len(), with_problems: 0, exit_code: 0 };
        let report = ProvidersReport { schema: schema("providers"), providers, summary };
        let for_people = ForPeople { in_full, ..ForPeople::default() };
        Self { for_people, ..Self::new("providers", Report::Providers(report), 0) }
    }

    /// A text that is the same in every format.
    pub(super) fn text(text: impl Into<String>) -> Self {
        Self::new("", Report::Text(text.into()), 0)
    }

    /// Shows the tokens as a table to people.
    pub(super) fn tabled(mut self, as_of: Timestamp) -> Self {
        self.for_people.table_as_of = Some(as_of);
        self
    }

    /// Shows this to people after the report.
    pub(super) fn then(mut self, left_to_do: String) -> Self {
        self.for_people.left_to_do = left_to_do;
        self
    }

    /// What the Action reports, and the line of each token in the config. A command without a
    /// report on tokens or leaks, such as `providers`, has nothing to report there.
    pub(super) fn into_output(self) -> (CommandOutput, Places) {
        match self.report {
            Report::Output(output) => (output, self.places),
            Report::Providers(_) | Report::Text(_) => {
                (CommandOutput::Stopped(Vec::new()), Places::default())
            }
        }
    }
}

fn schema(command: &str) -> String {
    format!("tokenward.{command}/1")
}
