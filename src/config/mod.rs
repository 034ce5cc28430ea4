//! Reads `.github/tokenward.yml` and reports all its errors at once; also reads any other YAML file
//! into a serde model with the same diagnostics ([`read()`]). Never shows a value, and does no I/O.

mod ages;
mod checks;
mod file;
mod model;
mod names;
mod paths;
mod place;
mod problems;
mod raw;
mod read;
mod resolve;
mod rules_file;
mod sources;
mod string_types;
mod times;

#[cfg(test)]
mod tests;

use std::ops::Range;
use std::path::Path;

use schemars::Schema;

pub use file::load_bytes;
pub use model::{
    Asking, Config, Defaults, Drain, Grace, JournalConfig, OnTimeout, ScanConfig, TokenConfig,
};
pub(crate) use read::nearest;
pub use read::{LARGEST, RenderedDiagnostic, Tree, read, schema_of};
pub use rules_file::{CustomRule, RulesFile};
pub use sources::EnvName;

/// What the caller knows and the config needs.
#[derive(Clone, Copy)]
pub struct Context<'a> {
    /// Finds the byte ranges of a text that look like a token. Called first, on the whole text
    /// (without a byte order mark).
    pub looks_like_token: &'a dyn Fn(&str) -> Vec<Range<usize>>,
    /// The ids of all known providers.
    pub known_providers: &'a [&'a str],
}

/// The JSON Schema of the config.
const SCHEMA: &str = include_str!("../../schema/config.json");

/// Reads a config.
///
/// # Errors
/// Every mistake of the file, in the order of the file; never an empty list.
pub fn load(
    path: &Path,
    text: &str,
    context: &Context<'_>,
) -> Result<Config, Vec<RenderedDiagnostic>> {
    let rules = read::Rules {
        schema: SCHEMA,
        secret_keys: &["value", "manager"],
        is_safe: &sources::is_safe,
        renamed: &[read::Renamed { list: "destinations", old: "holds", new: "part" }],
        check: &|root| {
            checks::check(root, context.known_providers)
                .into_iter()
                .chain(ages::check(root))
                .collect()
        },
    };
    let (raw, tree) = read::read_with::<raw::RawConfig>(path, text, context, &rules)?;
    resolve::settle(path, raw, tree)
}

/// The JSON Schema of the config, for editors.
#[must_use]
pub fn schema() -> Schema {
    schema_of::<raw::RawConfig>()
}
