//! What tokenward prints about itself: JSON schemas, completion scripts, the manual page. All made
//! from the code that uses them; the schemas beforehand, so that the binary does not carry what
//! makes them.

use clap::CommandFactory as _;
use schemars::{Schema, schema_for};

use super::args::{Cli, SchemaName};
use super::env::Env;
use super::error::CliError;
use super::manual;
use crate::config;
use crate::domain::{Code, Problem};
use crate::journal::Record;
use crate::providers::Spec;
use crate::report::{DoctorReport, PlanReport, ProvidersReport, ScanReport, TokensReport};
use crate::scan::Baseline;

/// The schema of a name, made from the code: what `schema/NAME.json` has to hold.
#[must_use]
pub fn schema(name: SchemaName) -> String {
    let schema: Schema = match name {
        SchemaName::Config => config::schema(),
        SchemaName::Provider => schema_for!(Spec),
        SchemaName::Journal => schema_for!(Record),
        SchemaName::Tokens => schema_for!(TokensReport),
        SchemaName::Plan => schema_for!(PlanReport),
        SchemaName::Doctor => schema_for!(DoctorReport),
        SchemaName::Scan => schema_for!(ScanReport),
        SchemaName::Baseline => schema_for!(Baseline),
        SchemaName::Providers => schema_for!(ProvidersReport),
    };
    serde_json::to_string_pretty(&schema).unwrap_or_default() + "\n"
}

/// The schema of a name, as `schema/NAME.json` keeps it.
#[must_use]
pub fn printed(name: SchemaName) -> &'static str {
    match name {
        SchemaName::Config => include_str!("../../schema/config.json"),
        SchemaName::Provider => include_str!("../../schema/provider.json"),
        SchemaName::Journal => include_str!("../../schema/journal.json"),
        SchemaName::Tokens => include_str!("../../schema/tokens.json"),
        SchemaName::Plan => include_str!("../../schema/plan.json"),
        SchemaName::Doctor => include_str!("../../schema/doctor.json"),
        SchemaName::Scan => include_str!("../../schema/scan.json"),
        SchemaName::Baseline => include_str!("../../schema/baseline.json"),
        SchemaName::Providers => include_str!("../../schema/providers.json"),
    }
}

pub(super) fn print_schema(env: &Env, name: SchemaName) -> Result<u8, CliError> {
    env.say(printed(name));
    Ok(0)
}

pub(super) fn completions(env: &Env, shell: clap_complete::Shell) -> u8 {
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut Cli::command(), "tokenward", &mut script);
    env.say(&String::from_utf8_lossy(&script));
    0
}

pub(super) fn man(env: &Env) -> Result<u8, CliError> {
    let mut page = Vec::new();
    clap_mangen::Man::new(Cli::command()).render(&mut page).map_err(|error| {
        Problem::new(Code::OutputFailed, "the manual page could not be made")
            .cause(error.to_string())
    })?;
    let mut page = String::from_utf8_lossy(&page).into_owned();
    for (title, text) in manual::SECTIONS {
        page.push_str(&manual::section(title, text));
    }
    env.say(&page);
    Ok(0)
}
