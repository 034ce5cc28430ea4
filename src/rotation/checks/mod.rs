//! What is checked before something is changed.

pub(crate) mod account;
pub(crate) mod ownership;
pub(crate) mod page;
pub(crate) mod pause;
pub(crate) mod preflight;
pub(crate) mod refused;
pub(crate) mod renamed;
pub(crate) mod slots;
