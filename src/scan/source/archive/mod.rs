//! Unpacks and scans zip, gzip and tar, also nested and inside other files; nothing is written to
//! disk. Amount and depth are bounded; content that is not read for that, or is broken or
//! encrypted, is reported.

pub(super) mod inflate;
pub(super) mod kind;
pub(super) mod open;
#[cfg(test)]
mod tests;
mod unread;
mod zip;
