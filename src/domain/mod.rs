//! The words of the house: what a token, a destination, a version and a verdict are.
//! Pure: no I/O, no clock, no network. Nothing here may print, and `Secret` never shows its value.

pub mod address;
pub mod branch;
pub mod checksum;
pub mod cleanup;
pub mod code;
pub mod event;
pub mod finding;
pub mod forecast;
pub mod foreign;
pub mod health;
pub mod ids;
pub mod lifecycle;
pub mod lock;
pub mod masker;
pub mod outcome;
pub mod pattern;
pub mod problem;
mod problems;
pub mod prose;
pub mod remark;
pub mod secret;
pub mod spelling;
pub mod text;
pub mod time;
pub mod unseen;
pub mod verdict;
pub mod wait;

pub use address::{Destination, Place, Repo, SecretName, Store, VisibilityRule};
pub use checksum::Checksum;
pub use code::Code;
pub use finding::{
    AllowComments, Allowed, AllowedBy, BaselineEntry, Confidence, Finding, FindingPlace, Liveness,
    Refused,
};
pub use foreign::Foreign;
pub use health::Health;
pub use ids::{Fingerprint, KeyId, Nonce, ProviderId, Salt, TokenName, Version};
pub use lock::locked;
pub use masker::SecretMasker;
pub use outcome::{History, Rotation};
pub use pattern::PatternFacts;
pub use problem::{Class, Problem, handing_over};
pub use remark::{Level, Remark};
pub use secret::Secret;
pub use time::{Span, Timestamp};
pub use unseen::{Sight, Unseen};
pub use verdict::{Facts, Verdict};
pub use wait::Wait;
