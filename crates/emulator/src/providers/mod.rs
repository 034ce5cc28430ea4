//! The email providers. Each is one file that holds its state, its words and its handle, and one row
//! below; what they have in common is the key ring, and `plain` for providers whose keys only a
//! person makes.

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

crate::service::services! {
    /// ACCOUNT.api-us1.com.
    ActiveCampaign, activecampaign;
    /// iam.amazonaws.com, sts.amazonaws.com and the regions of email.amazonaws.com.
    AmazonSes, amazon_ses;
    /// api.aweber.com and auth.aweber.com.
    AWeber, aweber;
    /// RESOURCE.communication.azure.com and management.azure.com.
    AzureCommunication, azure_communication;
    /// api.beehiiv.com.
    Beehiiv, beehiiv;
    /// rest.iad-01.braze.com and its like.
    Braze, braze;
    /// api.brevo.com.
    Brevo, brevo;
    /// api.buttondown.com.
    Buttondown, buttondown;
    /// api.createsend.com.
    CampaignMonitor, campaign_monitor;
    /// api.cc.email and authz.constantcontact.com.
    ConstantContact, constant_contact;
    /// api.customer.io and track.customer.io.
    CustomerIo, customer_io;
    /// api.getdrip.com.
    Drip, drip;
    /// api.elasticemail.com.
    ElasticEmail, elastic_email;
    /// api.getresponse.com.
    GetResponse, getresponse;
    /// api.hubapi.com.
    HubSpot, hubspot;
    /// api.iterable.com.
    Iterable, iterable;
    /// api.kit.com.
    Kit, kit;
    /// a.klaviyo.com.
    Klaviyo, klaviyo;
    /// app.loops.so.
    Loops, loops;
    /// The data centers of api.mailchimp.com.
    Mailchimp, mailchimp;
    /// connect.mailerlite.com.
    MailerLite, mailerlite;
    /// api.mailersend.com.
    MailerSend, mailersend;
    /// api.mailgun.net.
    Mailgun, mailgun;
    /// api.mailjet.com.
    Mailjet, mailjet;
    /// mailtrap.io.
    Mailtrap, mailtrap;
    /// mandrillapp.com.
    Mandrill, mandrill;
    /// api.omnisend.com.
    Omnisend, omnisend;
    /// api.onesignal.com.
    OneSignal, onesignal;
    /// api.postmarkapp.com.
    Postmark, postmark;
    /// api.resend.com.
    Resend, resend;
    /// TENANT.auth.marketingcloudapis.com.
    MarketingCloud, salesforce_marketing_cloud;
    /// api.scaleway.com.
    Scaleway, scaleway;
    /// api.sendgrid.com.
    SendGrid, sendgrid;
    /// api.sendpulse.com.
    SendPulse, sendpulse;
    /// api.smtp2go.com.
    Smtp2Go, smtp2go;
    /// api.sparkpost.com.
    SparkPost, sparkpost;
    /// iam.twilio.com and verify.twilio.com.
    Twilio, twilio;
    /// api.zeptomail.com and accounts.zoho.com.
    ZeptoMail, zeptomail;
}

mod grants;
mod keyring;
mod plain;
mod sigv4;

pub use amazon_ses::AmazonSes;
pub use hubspot::HubSpot;
pub use keyring::Key;
pub use resend::Resend;
pub use sendgrid::SendGrid;
