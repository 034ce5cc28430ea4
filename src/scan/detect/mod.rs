//! How a token is recognized in a text: literals first, then shapes, then their surroundings.
//! Knows no file, no repository and no path, and does no I/O.

pub(crate) mod address;
pub(crate) mod assigned_name;
pub(crate) mod bigrams;
pub(crate) mod boundaries;
pub(crate) mod candidates;
pub(crate) mod checksum;
pub(crate) mod compile;
pub(crate) mod context_words;
pub(crate) mod decode;
pub(crate) mod dummy_values;
pub(crate) mod encoding;
pub(crate) mod escapes;
pub(crate) mod evidence;
pub(crate) mod exact;
pub(crate) mod explain;
pub(crate) mod filter;
pub(crate) mod folds;
pub(crate) mod generic;
pub(crate) mod gitleaks_rules;
pub(crate) mod glued;
pub(crate) mod incremental;
pub(crate) mod joints;
pub(crate) mod letters;
pub(crate) mod lines;
pub(crate) mod literal;
pub(crate) mod looks;
pub(crate) mod managed_tokens;
pub(crate) mod matcher;
pub(crate) mod packed_signs;
pub(crate) mod pairs;
pub(crate) mod parcels;
pub(crate) mod placeholder;
pub(crate) mod position;
pub(crate) mod prefilter;
pub(crate) mod public;
pub(crate) mod randomness;
pub(crate) mod required_run;
pub(crate) mod rule;
pub(crate) mod rules;
pub(crate) mod runs;
pub(crate) mod sealed;
pub(crate) mod search;
pub(crate) mod services;
pub(crate) mod signs_of;
#[cfg(test)]
mod tests;
