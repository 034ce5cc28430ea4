//! Whatever breaks, and whenever: no consumer is left with a dead token, and no live token is left
//! that nobody knows of. A plain run takes a random sample of the matrix; `TOKENWARD_FAULTS=all`
//! takes all of it, `TOKENWARD_FAULTS_SEED` repeats a sample, and `TOKENWARD_FAULT_CASE` one case
//! by the name a failure gave it.

#![expect(clippy::unwrap_used, reason = "a world that cannot be set up is a failed test")]

mod case;
mod check;
mod clock;
mod competitors;
mod crash_table;
mod fault_transport;
pub(crate) mod journal;
mod journal_fuzz;
mod killed;
mod life;
mod manual_rotation;
mod matrix;
mod oauth;
mod race;
mod rng;
mod running;
mod scene;
mod watch;
mod world;
