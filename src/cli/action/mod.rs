//! `action`: what action.yml runs. Reads the inputs from variables, runs the verb they name, and tells the runner what it found:
//! outputs, annotations, the job's summary, a comment on the pull request. The verb itself is the one people run by hand.

mod comment;
mod inputs;
mod tell;

use self::inputs::Inputs;
use super::failure::Failure;
use super::isolated::isolated;
use super::output::Kept;
use super::surroundings::Surroundings;
use super::typed::{self, Typed};
use crate::domain::{Level, Problem, Remark, locked};
use crate::report::{Places, Told};

pub use inputs::INPUTS;
pub use tell::OUTPUTS;

/// Runs the verb that the inputs name.
pub(super) async fn run(around: &Surroundings) -> Result<u8, Failure> {
    let inputs = Inputs::read(around);
    let typed = Typed::of(&inputs.typed(), around);
    if let Err(problem) = typed::refuse_values(&inputs.typed(), around) {
        // An input with a token in it is not even used as a file's name.
        return Ok(stopped(around, Inputs::default(), problem).await);
    }
    let (inner, mut cli) = match inputs.surroundings(around).and_then(|inner| Ok((inner, inputs.command_line()?))) {
        Ok(ready) => ready,
        Err(problem) => return Ok(stopped(around, inputs, typed.taken_out_of_problem(problem, around)).await),
    };
    cli.global.typed = typed;
    let kept: Kept = cli.global.kept.clone();
    let outcome = isolated("this command", Box::pin(super::verb(&cli, &inner))).await.unwrap_or_else(|bug| Err(bug.into()));
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
            let told = Told::Stopped(failure.problems());
            (told, Places::default(), failure.remarks())
        }
        // A verb that is not about tokens or leaks, such as `providers`.
        (None, None) => (Told::Stopped(Vec::new()), Places::default(), Vec::new()),
    };
    Ok(tell::tell(&inner, &inputs, &told, &places, &remarks, code).await)
}

/// The inputs make no sense: said once, with outputs all the same. No file is written that they name: it may be what was refused, and from
/// which folder its path starts is not known. Nothing was looked at, so there is nothing to put into it.
async fn stopped(around: &Surroundings, inputs: Inputs, problem: Problem) -> u8 {
    let inputs = inputs.without("sarif-file");
    let code = problem.class().exit_code();
    let remark = Remark::new(Level::Error, format!("tokenward: {}", problem.id), problem.what.clone());
    around.note(&format!("{problem}\n"));
    tell::tell(around, &inputs, &Told::Stopped(vec![problem]), &Places::default(), &[remark], code).await
}
