//! The email platforms. Each is one file that holds its state, its words and its handle;
//! what they have in common is the key ring.

pub(crate) mod hubspot;
mod keyring;
pub(crate) mod resend;
pub(crate) mod sendgrid;

pub use hubspot::HubSpot;
pub use keyring::Key;
pub use resend::Resend;
pub use sendgrid::SendGrid;
