//! The email providers. Each is one file that holds its state, its words and its handle; what they
//! have in common is the key ring, and `plain` for providers whose keys only a person makes.

/// The part of a [`crate::twin::Twin`] that a key ring answers.
macro_rules! by_ring {
    () => {
        fn kill(&mut self, value: &str, now: Timestamp) -> bool {
            self.ring.kill(value, now)
        }

        fn is_live(&self, value: &str, now: Timestamp) -> bool {
            self.ring.is_live(value, now)
        }

        fn used(&mut self, value: &str, now: Timestamp) -> bool {
            self.ring.authenticate(value, now).is_some()
        }

        fn dress(&mut self, value: &str, name: &str, shown: serde_json::Value) -> bool {
            self.ring.dress(value, name, shown)
        }

        fn forget(&mut self) {
            self.ring.forgets = true;
        }

        fn shown(&self, value: &str, name: &str) -> Option<serde_json::Value> {
            self.ring.by_value(value)?.shown.get(name).cloned()
        }
    };
}

pub(crate) mod activecampaign;
pub(crate) mod amazon_ses;
pub(crate) mod aweber;
pub(crate) mod azure_communication;
pub(crate) mod beehiiv;
pub(crate) mod braze;
pub(crate) mod brevo;
pub(crate) mod buttondown;
pub(crate) mod campaign_monitor;
pub(crate) mod constant_contact;
pub(crate) mod customer_io;
pub(crate) mod drip;
pub(crate) mod elastic_email;
pub(crate) mod getresponse;
mod grants;
pub(crate) mod hubspot;
pub(crate) mod iterable;
mod keyring;
pub(crate) mod kit;
pub(crate) mod klaviyo;
pub(crate) mod loops;
pub(crate) mod mailchimp;
pub(crate) mod mailerlite;
pub(crate) mod mailersend;
pub(crate) mod mailgun;
pub(crate) mod mailjet;
pub(crate) mod mailtrap;
pub(crate) mod mandrill;
pub(crate) mod omnisend;
pub(crate) mod onesignal;
mod plain;
pub(crate) mod postmark;
pub(crate) mod resend;
pub(crate) mod salesforce_marketing_cloud;
pub(crate) mod scaleway;
pub(crate) mod sendgrid;
pub(crate) mod sendpulse;
mod sigv4;
pub(crate) mod smtp2go;
pub(crate) mod sparkpost;
pub(crate) mod twilio;
pub(crate) mod zeptomail;

pub use amazon_ses::AmazonSes;
pub use hubspot::HubSpot;
pub use keyring::Key;
pub use resend::Resend;
pub use sendgrid::SendGrid;
