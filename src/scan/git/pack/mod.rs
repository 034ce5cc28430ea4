//! Reads git's packs object by object in the order of their deltas. Knows no token: a visitor gets
//! each object once, with its own result for the object's base.

mod delta;
mod forest;
mod walk;

use self::delta::Padded;
use crate::scan::types::Piece;

pub(crate) use self::forest::{Forest, ObjectKind};
pub(crate) use self::walk::{Delta, Object, Unpacker, Visitor};

/// What a delta makes of a base, where it makes any sense and is no larger than a little. Copies no
/// longer than `brief` are told of as new.
pub(crate) fn applied(base: &[u8], delta: &[u8], brief: usize) -> Option<(Vec<u8>, Vec<Piece>)> {
    let (base, delta) = (Padded::bare(base), Padded::bare(delta));
    let length = delta::length(base.length, delta).ok().filter(|length| *length <= 1 << 20)?;
    let (mut text, mut pieces) = (vec![0; length], Vec::new());
    delta::apply(base, delta, brief, (&mut text, length), &mut pieces).ok()?;
    Some((text, pieces))
}
