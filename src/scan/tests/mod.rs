//! What the tests of the wings share.

pub(super) mod support;
