//! A token's rotation: which state follows which (pure: `next`, `moves`), and one driver (`rotate`)
//! that carries it out.
//!
//! The three ideas: a key that may be in a destination is never deleted before a later one is
//! proven everywhere (the fence); the primary secret is recovery slot and proof; the journal is
//! written first, and the world is believed more than the journal.

mod account;
mod adopt;
mod alarm;
mod alerts;
mod carry;
mod cleanup;
mod clock;
mod confirm;
mod deliver;
mod drift;
mod due;
mod emergency;
mod facts;
mod forecast;
mod guidance;
mod holds;
mod inspect;
mod issue;
mod issue_text;
mod job;
mod known;
mod late;
mod leak;
mod lease;
mod look_ahead;
mod mark;
mod mark_found;
mod marks;
mod mint;
mod moves;
mod next;
mod ownership;
mod pause;
mod person;
mod plan;
mod plan_person;
mod plan_words;
mod preflight;
mod push;
mod reached;
mod refresh;
mod renamed;
mod retire;
mod revoke;
mod rotate;
mod since;
mod slots;
mod token_run;
mod truth;
mod unused;

pub use account::manager_problem;
pub use alerts::read_alert;
pub use clock::jumped;
pub use confirm::{Consumer, confirm};
pub use drift::{Drift, drift, lost_key};
pub use due::{Policy, lead, wanted};
pub use forecast::no_plan;
pub use guidance::{Guidance, guidance};
pub use holds::{Said, handed};
pub use inspect::{Inspected, Seen, inspect, inspect_destinations};
pub use job::{Abilities, Bystander, Job, ManualInputs, NEXT, OLD, World};
pub use known::{Record, known};
pub use leak::{ReportedLeak, Standing, standing};
pub use ownership::{ids_of, uses};
pub use plan::plan;
pub use push::push;
pub use reached::{Shown, reached};
pub use renamed::{known_as, knows, renamed};
pub use revoke::revoke;
pub use rotate::{adopt, describe, rotate, stopped};
pub use token_run::mark_of;
