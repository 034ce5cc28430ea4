//! Git's packs, read object by object in the order of their deltas. Knows no token: a visitor sees each object once, with what it
//! made of the object's base.

mod delta;
mod forest;
mod walk;

pub(super) use delta::Piece;
pub(super) use forest::{Forest, What};
pub(super) use walk::{Delta, Object, Unpacker, Visitor};

/// What a delta makes of a base, where it makes any sense and is no larger than a little.
pub(super) fn applied(base: &[u8], delta: &[u8]) -> Option<(Vec<u8>, Vec<Piece>)> {
    let length = delta::length(base.len(), delta).ok().filter(|length| *length <= 1 << 20)?;
    let (mut text, mut pieces) = (vec![0; length], Vec::new());
    delta::apply(base, delta, &mut text, &mut pieces).ok()?;
    Some((text, pieces))
}
