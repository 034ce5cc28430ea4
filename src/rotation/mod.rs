//! The rotation of a token: a pure state machine (`next`, `moves`) and the driver that runs it
//! (`rotate`).
//!
//! Three rules: a key that may be in a destination is not deleted before a later one is proven
//! everywhere (the fence); the primary secret serves for recovery and as proof; the journal is
//! written before anything changes, but what is observed counts more than the journal.

mod checks;
mod commands;
mod decide;
mod effects;
mod issue;
mod marks;
mod problems;
mod report;
mod run;
mod steps;
mod types;

pub use checks::account::no_manager;
pub use checks::ownership::{ids_of, uses};
pub use checks::renamed::{known_as, knows};
pub use commands::alerts::read_alert;
pub use commands::confirm::{Consumer, confirm};
pub use commands::forecast::no_plan;
pub use commands::guidance::{Guidance, guidance};
pub use commands::inspect::{Inspected, Seen, inspect, inspect_destinations};
pub use commands::plan::{JournalAt, plan};
pub use commands::push::push;
pub use commands::revoke::revoke;
pub use commands::rotate::{adopt, let_go, rotate, stopped};
pub use effects::context::mark_of;
pub use problems::account::{jumped, manager_problem};
pub use problems::adoption::renamed;
pub use report::describe::describe;
pub use report::drift::{Drift, drift, lost_key};
pub use report::holds::{Said, handed};
pub use report::known::{Record, known};
pub use types::due::{Policy, lead, wanted};
pub use types::job::ReportedLeak;
pub use types::job::{Bystander, Job, ManualInputs, NEXT, OLD, Request, Values, World};
pub use types::leak::{Standing, standing};
pub use types::reached::{Shown, reached};
