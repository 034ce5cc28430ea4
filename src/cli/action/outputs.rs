//! What the Action reports to the runner after the command. Each part is independent: if the
//! summary cannot be written, the outputs and the verdict stay the same. But a step that could not
//! write something does not succeed.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use super::comment;
use super::inputs::Inputs;
use crate::cli::env::Env;
use crate::cli::links;
use crate::cli::problems::output::not_written;
use crate::disk::Kind;
use crate::domain::{Health, Level, Problem, Remark};
use crate::github::LARGEST_SUMMARY;
use crate::report::{self, CommandOutput, Places};

/// Every output, in the order of docs/action.md.
pub const OUTPUTS: [&str; 9] = [
    "outcome",
    "exit-code",
    "rotated",
    "expiring",
    "expired",
    "leaked",
    "report-file",
    "sarif-file",
    "next-due",
];

/// Leaves room in the summary for what other parts of the step write.
const SUMMARY_BUDGET: usize = 900 << 10;

/// Writes all of it, and returns the exit code of the step: the command's own, or, if that is 0 and
/// a file could not be written, the one for that.
pub(super) async fn tell(
    env: &Env,
    inputs: &Inputs,
    told: &CommandOutput,
    places: &Places,
    remarks: &[Remark],
    code: u8,
) -> u8 {
    let command = inputs.command();
    let mut telling =
        Telling { env, annotates: inputs.is_on("annotations"), missed: Vec::new(), code };
    if telling.annotates {
        env.annotate(remarks);
    }
    let mut outputs: BTreeMap<&str, String> = told.outputs().into_iter().collect();
    outputs.insert("report-file", telling.kept(write_report(env, told, command)));
    let wanted = inputs.input("sarif-file");
    let sarif = (!wanted.is_empty()).then(|| write_sarif(env, told, places, command, wanted));
    outputs.insert("sarif-file", sarif.map(|written| telling.kept(written)).unwrap_or_default());
    if inputs.is_on("summary")
        && let Some(file) = env.text("GITHUB_STEP_SUMMARY")
    {
        let file = Path::new(file);
        let there = file
            .metadata()
            .map_or(0, |metadata| usize::try_from(metadata.len()).unwrap_or(usize::MAX));
        let budget = SUMMARY_BUDGET.min(LARGEST_SUMMARY.saturating_sub(there).saturating_sub(1));
        let text = report::markdown(told, &telling.missed, command, &links::links(env), budget);
        telling.added(env.summarise(file, &text), "the job's summary");
    }
    outputs.insert("exit-code", telling.code.to_string());
    // A report or an output that could not be written is no finding, but the step did not succeed.
    if telling.code != code || (code != 0 && told.health() == Health::Fine) {
        outputs.insert("outcome", Health::Failed.as_str().to_owned());
    }
    if let Some(file) = env.text("GITHUB_OUTPUT") {
        telling.added(env.set_outputs(Path::new(file), &outputs), "the outputs");
    }
    comment::comment(env, told, command).await;
    telling.code
}

/// Where the result is reported, and the exit code so far.
struct Telling<'a> {
    env: &'a Env,
    annotates: bool,
    /// Files and outputs that could not be written, and that a later step will miss.
    missed: Vec<Problem>,
    code: u8,
}

impl Telling<'_> {
    /// Reports that a file of the runner could not be written.
    fn added(&mut self, written: std::io::Result<()>, what: &str) {
        if let Err(error) = written {
            self.miss(not_written(what, error));
        }
    }

    /// The path that was written; empty if it was not.
    fn kept(&mut self, written: Result<PathBuf, Problem>) -> String {
        match written {
            Ok(path) => path.display().to_string(),
            Err(problem) => {
                self.miss(problem);
                String::new()
            }
        }
    }

    /// Annotates what a later step will miss, and makes the step fail.
    fn miss(&mut self, problem: Problem) {
        self.code = if self.code == 0 { problem.class().exit_code() } else { self.code };
        self.env.note(&format!("{problem}\n"));
        if self.annotates {
            let text = format!("{}: {}", problem.what, problem.causes.join("; "));
            self.env.annotate(&[Remark::new(
                Level::Error,
                format!("tokenward: {}", problem.id),
                text,
            )]);
        }
        self.missed.push(problem);
    }
}

/// The report as JSON, in the runner's own folder for temporary files, for this account only.
fn write_report(env: &Env, told: &CommandOutput, command: &str) -> Result<PathBuf, Problem> {
    let mut bytes = [0; 6];
    getrandom::fill(&mut bytes).map_err(|error| not_written("the report", error))?;
    let name: String = command.chars().filter(char::is_ascii_alphanumeric).collect();
    let folder = env.text("RUNNER_TEMP").map_or_else(|| env.folder.clone(), PathBuf::from);
    let path = folder.join(format!("tokenward-{name}-{}.json", crate::domain::ids::hex(&bytes)));
    let text = told.json().map_err(|error| not_written("the report", error))?;
    env.write_json(&path, &text, Kind::Private).map_err(|failure| failure.to_problem("the report"))
}

fn write_sarif(
    env: &Env,
    told: &CommandOutput,
    places: &Places,
    command: &str,
    wanted: &str,
) -> Result<PathBuf, Problem> {
    let log = report::sarif(told, places, command, &links::docs(env));
    let text =
        serde_json::to_string_pretty(&log).map_err(|error| not_written("the SARIF file", error))?;
    env.write_json(Path::new(wanted), &text, Kind::Report)
        .map_err(|failure| failure.to_problem("the SARIF file"))
}
