//! Attacks that were carried out against tokenward, one test each, named after the row of the fault
//! list it stands for (`a1_...`). Every test really carries the attack out and has a control that
//! shows the attack's vehicle works.

mod action;
mod bounds;
mod built_from;
pub(crate) mod checkout;
mod downloads;
mod encodings;
mod files;
mod foreign_text;
mod gate;
mod installer;
mod issues;
mod journal;
mod journal_key;
mod marks;
mod minting;
mod other_reports;
mod own_credentials;
mod reports;
mod stored;
mod values;
