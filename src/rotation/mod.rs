//! A token's rotation: which state follows which (pure: `next`, `moves`), and one driver (`tick`) that carries it out.
//!
//! The three ideas: a key that may be in a destination is never deleted before a later one is proven everywhere (the fence);
//! the home secret is recovery slot and proof; the journal is written first, and the world is believed more than the journal.

mod adopt;
mod deliver;
mod drift;
mod due;
mod facts;
mod job;
mod leader;
mod mint;
mod moves;
mod next;
mod plan;
mod preflight;
mod retire;
mod tick;
mod unused;
mod walk;

pub use drift::drift;
pub use due::{Policy, wanted};
pub use job::{Job, Platform, World};
pub use plan::plan;
pub use tick::{adopt, describe, push, tick};
