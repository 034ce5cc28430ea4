//! The marks that runs of other repositories leave when they received a value.

pub(crate) mod found;
pub(crate) mod mark;
pub(crate) mod since;
