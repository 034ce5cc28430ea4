//! Unpacks and scans zip, gzip, bzip2, xz, tar and ar, also nested and inside other files; nothing is written to
//! disk. Amount and depth are bounded; content that is not read for that, or is broken or
//! encrypted, is reported.

mod ar;
pub(super) mod inflate;
pub(super) mod kind;
pub(super) mod open;
mod packing;
#[cfg(test)]
mod tests;
mod unread;
mod zip;
