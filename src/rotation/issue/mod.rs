//! The text of the tracking issue.

pub(crate) mod emergency;
pub(crate) mod parts;
pub(crate) mod text;
