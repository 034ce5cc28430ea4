//! `action`: run by action.yml. Reads the inputs from variables, runs the command they name, and
//! reports the result to the runner: outputs, annotations, the job's summary, a comment on the pull
//! request. The command itself is the same as on a command line.

mod comment;
mod inputs;
mod named_secrets;
mod outputs;
mod problems;

use std::path::Path;

use self::inputs::Inputs;
use super::env::Env;
use super::error::CliError;
use super::named_files::{self, Named};
use super::run::Invocation;
use super::typed::{self, Typed};
use crate::domain::{Level, Problem, Remark};
use crate::report::{CommandOutput, Places};

pub use inputs::INPUTS;
pub use outputs::OUTPUTS;

/// Runs the command that the inputs name.
pub(super) async fn run(env: &Env) -> Result<u8, CliError> {
    let inputs = Inputs::read(env);
    let typed = Typed::of(&inputs.typed(), env);
    if let Err(problem) = typed::refuse_values(&inputs.typed(), env) {
        // An input that contains a token is not even used as the name of a file.
        return Ok(stopped(env, Inputs::default(), problem).await);
    }
    let (inner, cli) =
        match inputs.surroundings(env).and_then(|inner| Ok((inner, inputs.command_line()?))) {
            Ok(ready) => ready,
            Err(problem) => {
                return Ok(stopped(env, inputs, typed.taken_out_of_problem(problem, env)).await);
            }
        };
    let invocation = Invocation { cli, typed };
    if let Err(problem) = apart(&inner, &inputs, &invocation) {
        return Ok(stopped(env, inputs, problem).await);
    }
    let (found, places, remarks, code) = match Box::pin(invocation.rendered(&inner)).await {
        Ok((answer, code)) => {
            let (found, places) = answer.into_output();
            let remarks = found.remarks(&places);
            (found, places, remarks, code)
        }
        Err(failure) => {
            let code = failure.report(&inner, false);
            let found = CommandOutput::Stopped(failure.problems());
            (found, Places::default(), failure.remarks(), code)
        }
    };
    Ok(outputs::tell(&inner, &inputs, &found, &places, &remarks, code).await)
}

/// Refuses a report file that the command line names as well.
fn apart(env: &Env, inputs: &Inputs, invocation: &Invocation) -> Result<(), Problem> {
    let sarif = Some(Path::new(inputs.input("sarif-file"))).filter(|path| *path != Path::new(""));
    let mut files = named_files::all(&invocation.cli);
    files.extend(sarif.map(|path| Named::written("sarif-file", path)));
    named_files::refuse_shared(env, &files)
}

/// Reports invalid inputs once, and still sets the outputs. It writes no file that the inputs name:
/// that input can be the invalid one, and the folder of its path is unknown. Nothing was checked,
/// so there is nothing to write.
async fn stopped(env: &Env, inputs: Inputs, problem: Problem) -> u8 {
    let inputs = inputs.without("sarif-file");
    let code = problem.class().exit_code();
    let remark =
        Remark::new(Level::Error, format!("tokenward: {}", problem.id), problem.what.clone());
    env.note(&format!("{problem}\n"));
    outputs::tell(
        env,
        &inputs,
        &CommandOutput::Stopped(vec![problem]),
        &Places::default(),
        &[remark],
        code,
    )
    .await
}
