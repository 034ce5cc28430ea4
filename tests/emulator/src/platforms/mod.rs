//! The email platforms. Each is one file that holds its state, its words and its handle;
//! what they have in common is the key ring.

/// The part of a [`crate::twin::Twin`] that a key ring answers.
macro_rules! by_ring {
    () => {
        fn kill(&mut self, value: &str, now: Timestamp) -> bool {
            self.ring.kill(value, now)
        }

        fn is_live(&self, value: &str, now: Timestamp) -> bool {
            self.ring.is_live(value, now)
        }
    };
}

pub(crate) mod brevo;
pub(crate) mod constant_contact;
pub(crate) mod elastic_email;
pub(crate) mod getresponse;
mod grants;
pub(crate) mod hubspot;
mod keyring;
pub(crate) mod kit;
pub(crate) mod klaviyo;
pub(crate) mod mailchimp;
pub(crate) mod mailerlite;
pub(crate) mod mailersend;
pub(crate) mod mailgun;
pub(crate) mod mailjet;
pub(crate) mod mandrill;
pub(crate) mod resend;
pub(crate) mod sendgrid;
pub(crate) mod sendpulse;
pub(crate) mod twilio;

pub use hubspot::HubSpot;
pub use keyring::Key;
pub use resend::Resend;
pub use sendgrid::SendGrid;
