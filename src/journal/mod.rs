//! The state between runs: facts about tokens, one record per change, never a value. Two stores
//! keep the same records: a git ref on GitHub (compare-and-swap by fast-forward), and a local file
//! (lock, fsync, rename).

mod claims;
mod file;
mod git_ref;
mod key;
mod ledger;
mod problems;
mod record;
mod rules;
mod store;

pub use file::FileStore;
pub use git_ref::GitRefStore;
pub use key::{JournalKey, KEY_NAME};
pub use ledger::{CommitError, Ledger};
pub use record::{FORMAT, Owner, Record};
pub use store::{AppendError, Store, StoreError, Tip, Writable};
