//! The entry points: one file per command that reads or changes the rotation of a token.

pub(crate) mod alerts;
pub(crate) mod confirm;
pub(crate) mod forecast;
pub(crate) mod foreign;
pub(crate) mod guidance;
pub(crate) mod inspect;
pub(crate) mod plan;
pub(crate) mod push;
pub(crate) mod revoke;
pub(crate) mod rotate;
