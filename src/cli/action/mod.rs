//! `action`: what action.yml runs. Reads the inputs from variables, runs the command they name, and
//! tells the runner what it found: outputs, annotations, the job's summary, a comment on the pull
//! request. The command itself is the one people run by hand.

mod comment;
mod inputs;
mod outputs;

use self::inputs::Inputs;
use super::env::Env;
use super::error::CliError;
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
        // An input with a token in it is not even used as a file's name.
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

/// The inputs make no sense: said once, with outputs all the same. No file is written that they
/// name: it may be what was refused, and from which folder its path starts is not known. Nothing
/// was looked at, so there is nothing to put into it.
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
