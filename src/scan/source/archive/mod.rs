//! What is packed in zip, gzip and tar, also one in the other and in the middle of something else:
//! unpacked and searched, never written anywhere. How much and how deep is bounded; what is not
//! read for that, or for being broken or locked, is told.

pub(super) mod inflate;
pub(super) mod kind;
pub(super) mod open;
#[cfg(test)]
mod tests;
mod unread;
mod zip;
