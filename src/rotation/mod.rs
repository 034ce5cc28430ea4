//! A token's rotation: which state follows which (pure: `next`, `moves`), and one driver (`tick`) that carries it out.
//!
//! The three ideas: a key that may be in a destination is never deleted before a later one is proven everywhere (the fence);
//! the home secret is recovery slot and proof; the journal is written first, and the world is believed more than the journal.

mod account;
mod adopt;
mod alerts;
mod brought;
mod clock;
mod deliver;
mod drift;
mod due;
mod facts;
mod inspect;
mod issue;
mod issue_text;
mod job;
mod known;
mod late;
mod leader;
mod leak;
mod look_ahead;
mod mint;
mod moves;
mod next;
mod ownership;
mod pause;
mod person;
mod plan;
mod plan_person;
mod preflight;
mod refresh;
mod retire;
mod revoke;
mod slots;
mod tick;
mod tidy;
mod truth;
mod unused;
mod walk;

pub use alerts::read_alert;
pub use brought::push;
pub use clock::jumped;
pub use drift::{drift, lost_key};
pub use due::{Policy, lead, wanted};
pub use inspect::{Inspected, Seen, inspect, inspect_destinations};
pub use job::{Bystander, Desk, Job, NEXT, OLD, Platform, World};
pub use known::{Record, known};
pub use leak::{Heeded, Standing, standing};
pub use ownership::{ids_of, uses};
pub use plan::{no_plan, plan};
pub use revoke::revoke;
pub use tick::{adopt, describe, stopped, tick};
pub use walk::mark_of;
