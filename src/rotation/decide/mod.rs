//! Decides the next step. Pure, apart from collecting what it decides by.

pub(crate) mod alarm;
pub(crate) mod cleanup;
pub(crate) mod inputs;
pub(crate) mod late;
pub(crate) mod memory;
pub(crate) mod next;
pub(crate) mod truth;
