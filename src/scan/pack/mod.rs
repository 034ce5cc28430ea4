//! Git's packs, read object by object in the order of their deltas. Knows no token: a visitor sees each object once, with what it
//! made of the object's base.

mod delta;
mod forest;
mod walk;

pub(super) use delta::Piece;
pub(super) use forest::{Forest, What};
pub(super) use walk::{Object, Unpacker, Visitor};
