//! The JSON schemas, generated from the code that uses them. They are generated in advance, so that
//! the binary does not contain the generator.

use std::io::Read as _;

use flate2::read::ZlibDecoder;
use schemars::{Schema, schema_for};

use super::args::SchemaName;
use crate::config::{self, RulesFile};
use crate::journal::Record;
use crate::providers::Spec;
use crate::report::{DoctorReport, PlanReport, ProvidersReport, ScanReport, TokensReport};
use crate::scan::Baseline;

/// A schema as the build script compressed it.
macro_rules! packed {
    ($name:literal) => {
        include_bytes!(concat!(env!("OUT_DIR"), "/", $name, ".json.z"))
    };
}

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

/// A schema, as `schema/NAME.json` has it. It is kept for as long as the process runs.
#[must_use]
pub fn printed(name: SchemaName) -> &'static str {
    let packed: &[u8] = match name {
        SchemaName::Config => packed!("config"),
        SchemaName::Provider => packed!("provider"),
        SchemaName::Journal => packed!("journal"),
        SchemaName::Tokens => packed!("tokens"),
        SchemaName::Plan => packed!("plan"),
        SchemaName::Doctor => packed!("doctor"),
        SchemaName::Scan => packed!("scan"),
        SchemaName::Baseline => packed!("baseline"),
        SchemaName::Providers => packed!("providers"),
        SchemaName::Rules => packed!("rules"),
    };
    // What the build script wrote can be read; a test compares it.
    let mut text = String::new();
    let _ = ZlibDecoder::new(packed).read_to_string(&mut text);
    text.leak()
}
