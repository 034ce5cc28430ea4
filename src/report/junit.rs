//! JUnit XML, for systems that read nothing else: a test case for each token or leak, which fails
//! if something is wrong.

use std::fmt::Write as _;

use super::command_output::{CommandOutput, describe, level};
use crate::domain::{Foreign, Health, Level, Problem, TokenName};

/// The report as one suite.
#[must_use]
pub fn junit(told: &CommandOutput, command: &str) -> String {
    let mut suite = Suite { command, cases: String::new(), count: 0, failed: 0, skipped: 0 };
    for token in told.tokens() {
        let said: Vec<_> = token.all_problems().map(Said::of).collect();
        if said.is_empty() && token.health() != Health::Fine {
            suite.skipped(token.name.as_str(), "some required checks were not performed");
        } else {
            suite.case(token.name.as_str(), &said);
        }
    }
    for finding in told.findings() {
        let leak = Said { fails: true, kind: finding.rule.clone(), text: describe(finding) };
        suite.case(&format!("{}:{}:{}", finding.path, finding.line, finding.column), &[leak]);
    }
    let is_named = |token: Option<&TokenName>| token.is_some() && told.tokens().next().is_some();
    let general = told.problems().into_iter().filter(|(token, _)| !is_named(*token));
    let general: Vec<_> = general.map(|(_, problem)| Said::of(problem)).collect();
    if !told.has_looked() && general.is_empty() {
        suite.skipped(command, "nothing was scanned");
    } else if !general.is_empty() || suite.count == 0 {
        suite.case(command, &general);
    }
    let Suite { cases, count, failed, skipped, .. } = suite;
    format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites>\n  <testsuite name=\"tokenward {command}\" tests=\"{count}\" failures=\"{failed}\" errors=\"0\" skipped=\"{skipped}\">\n{cases}  </testsuite>\n</testsuites>\n"
    )
}

/// The message of one case.
struct Said {
    /// Whether it makes the case fail; a notice is only shown.
    fails: bool,
    kind: String,
    text: String,
}

impl Said {
    fn of(problem: &Problem) -> Self {
        Self {
            fails: level(problem) != Level::Notice,
            kind: problem.id.to_string(),
            text: problem.what.clone(),
        }
    }
}

struct Suite<'a> {
    command: &'a str,
    cases: String,
    count: usize,
    failed: usize,
    skipped: usize,
}

impl Suite<'_> {
    fn skipped(&mut self, name: &str, why: &str) {
        self.count += 1;
        self.skipped += 1;
        let _ = writeln!(
            self.cases,
            "    <testcase classname=\"tokenward.{}\" name=\"{}\"><skipped message=\"{why}\"/></testcase>",
            self.command,
            Foreign::new(name).html()
        );
    }

    fn case(&mut self, name: &str, said: &[Said]) {
        self.count += 1;
        self.failed += usize::from(said.iter().any(|said| said.fails));
        let _ = writeln!(
            self.cases,
            "    <testcase classname=\"tokenward.{}\" name=\"{}\">",
            self.command,
            Foreign::new(name).html()
        );
        for Said { fails, kind, text } in said {
            let (kind, text) = (Foreign::new(kind).html(), Foreign::new(text).html());
            let _ = if *fails {
                writeln!(self.cases, "      <failure type=\"{kind}\" message=\"{text}\"/>")
            } else {
                writeln!(self.cases, "      <system-out>{kind}: {text}</system-out>")
            };
        }
        self.cases.push_str("    </testcase>\n");
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::Code;

    #[test]
    fn what_stopped_a_command_is_a_failed_case_and_cannot_break_out_of_it() {
        let told = CommandOutput::Stopped(vec![Problem::new(Code::Usage, "a \"<b>\" & \u{1}")]);
        let text = junit(&told, "check");
        assert!(text.contains("tests=\"1\" failures=\"1\""), "{text}");
        assert!(text.contains("message=\"a &quot;&lt;b&gt;&quot; &amp; \u{fffd}\""), "{text}");
    }
}
