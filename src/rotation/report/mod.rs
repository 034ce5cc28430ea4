//! What a run reports at its end, and what the journal alone says about a token.

pub(crate) mod describe;
pub(crate) mod drift;
pub(crate) mod finish;
pub(crate) mod holds;
pub(crate) mod known;
pub(crate) mod rests;
