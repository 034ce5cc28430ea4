//! The JSON schemas, generated from the code that uses them. They are generated in advance, so that
//! the binary does not contain the generator.

use schemars::{Schema, schema_for};

use super::args::SchemaName;
use crate::config::{self, RulesFile};
use crate::journal::Record;
use crate::providers::Spec;
use crate::report::{DoctorReport, PlanReport, ProvidersReport, ScanReport, TokensReport};
use crate::scan::Baseline;

/// Generates a schema from the code: the expected content of `schema/NAME.json`.
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
        SchemaName::Rules => schema_for!(RulesFile),
    };
    serde_json::to_string_pretty(&schema).unwrap_or_default() + "\n"
}

/// A schema, as `schema/NAME.json` has it.
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
        SchemaName::Rules => include_str!("../../schema/rules.json"),
    }
}
