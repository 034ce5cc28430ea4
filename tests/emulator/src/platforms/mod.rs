//! The email platforms. Each is one file that holds its state, its words and its handle;
//! what they have in common is the key ring, and `plain` for platforms whose keys only a person makes.

pub(crate) mod activecampaign;
pub(crate) mod beehiiv;
pub(crate) mod braze;
pub(crate) mod buttondown;
pub(crate) mod campaign_monitor;
pub(crate) mod customer_io;
pub(crate) mod drip;
pub(crate) mod hubspot;
pub(crate) mod iterable;
mod keyring;
pub(crate) mod loops;
pub(crate) mod mailtrap;
pub(crate) mod omnisend;
pub(crate) mod onesignal;
mod plain;
pub(crate) mod postmark;
pub(crate) mod resend;
pub(crate) mod salesforce_marketing_cloud;
pub(crate) mod scaleway;
pub(crate) mod sendgrid;
pub(crate) mod sparkpost;

pub use hubspot::HubSpot;
pub use keyring::Key;
pub use resend::Resend;
pub use sendgrid::SendGrid;
