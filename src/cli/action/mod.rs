//! `action`: what action.yml runs. Reads the inputs from variables, runs the command they name, and
//! tells the runner what it found: outputs, annotations, the job's summary, a comment on the pull
//! request. The command itself is the one people run by hand.

mod comment;
mod inputs;
mod outputs;

use self::inputs::Inputs;
use super::env::Env;
use super::error::CliError;
use super::isolated::isolated;
use super::output::Kept;
use super::typed::{self, Typed};
use crate::domain::{Level, Problem, Remark, locked};
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
    let (inner, mut cli) =
        match inputs.surroundings(env).and_then(|inner| Ok((inner, inputs.command_line()?))) {
            Ok(ready) => ready,
            Err(problem) => {
                return Ok(stopped(env, inputs, typed.taken_out_of_problem(problem, env)).await);
            }
        };
    cli.global.typed = typed;
    let kept: Kept = cli.global.kept.clone();
    let outcome = isolated("this command", Box::pin(super::command(&cli, &inner)))
        .await
        .unwrap_or_else(|bug| Err(bug.into()));
    let outcome = outcome.map_err(|failure| failure.without(&cli.global.typed, &inner));
    let (code, failure) = match outcome {
        Ok(code) => (code, None),
        Err(failure) => (failure.report(&inner, false), Some(failure)),
    };
    let found = locked(&kept).take();
    let (told, places, remarks) = match (found, failure) {
        (Some((told, places)), None) => {
            let remarks = told.remarks(&places);
            (told, places, remarks)
        }
        (_, Some(failure)) => {
            let told = CommandOutput::Stopped(failure.problems());
            (told, Places::default(), failure.remarks())
        }
        // A command that is not about tokens or leaks, such as `providers`.
        (None, None) => (CommandOutput::Stopped(Vec::new()), Places::default(), Vec::new()),
    };
    Ok(outputs::tell(&inner, &inputs, &told, &places, &remarks, code).await)
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
