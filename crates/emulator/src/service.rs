//! The one list of services. A new provider is one more row here.

use crate::world::World;

macro_rules! services {
    ($($(#[$doc:meta])* $variant:ident, $field:ident, $world:ty;)*) => {
        /// A service the emulator plays.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Service { $($(#[$doc])* $variant,)* }

        impl Service {
            /// Every service, in a fixed order.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)*];

            /// Its name in configuration and on output.
            #[must_use]
            pub fn id(self) -> &'static str {
                match self { $(Self::$variant => stringify!($field),)* }
            }

            /// The service of a provider file: its id, with `_` for `-`.
            #[must_use]
            pub fn of_provider(id: &str) -> Option<Self> {
                Self::ALL.iter().copied().find(|service| *service != Self::GitHub && service.id() == id.replace('-', "_"))
            }
        }

        /// The state of all services.
        #[derive(Default)]
        pub(crate) struct Worlds { $(pub(crate) $field: $world,)* }

        impl Worlds {
            pub(crate) fn get(&mut self, service: Service) -> &mut dyn World {
                match service { $(Service::$variant => &mut self.$field,)* }
            }
        }
    };
}

services! {
    /// api.github.com.
    GitHub, github, crate::github::World;
    /// api.sendgrid.com.
    SendGrid, sendgrid, crate::providers::sendgrid::World;
    /// api.resend.com.
    Resend, resend, crate::providers::resend::World;
    /// api.hubapi.com.
    HubSpot, hubspot, crate::providers::hubspot::World;
    /// ACCOUNT.api-us1.com.
    ActiveCampaign, activecampaign, crate::providers::activecampaign::World;
    /// api.beehiiv.com.
    Beehiiv, beehiiv, crate::providers::beehiiv::World;
    /// rest.iad-01.braze.com and its like.
    Braze, braze, crate::providers::braze::World;
    /// api.buttondown.com.
    Buttondown, buttondown, crate::providers::buttondown::World;
    /// api.createsend.com.
    CampaignMonitor, campaign_monitor, crate::providers::campaign_monitor::World;
    /// api.customer.io and track.customer.io.
    CustomerIo, customer_io, crate::providers::customer_io::World;
    /// api.getdrip.com.
    Drip, drip, crate::providers::drip::World;
    /// api.iterable.com.
    Iterable, iterable, crate::providers::iterable::World;
    /// app.loops.so.
    Loops, loops, crate::providers::loops::World;
    /// mailtrap.io.
    Mailtrap, mailtrap, crate::providers::mailtrap::World;
    /// api.omnisend.com.
    Omnisend, omnisend, crate::providers::omnisend::World;
    /// api.onesignal.com.
    OneSignal, onesignal, crate::providers::onesignal::World;
    /// api.postmarkapp.com.
    Postmark, postmark, crate::providers::postmark::World;
    /// TENANT.auth.marketingcloudapis.com.
    MarketingCloud, salesforce_marketing_cloud, crate::providers::salesforce_marketing_cloud::World;
    /// api.scaleway.com.
    Scaleway, scaleway, crate::providers::scaleway::World;
    /// api.sparkpost.com.
    SparkPost, sparkpost, crate::providers::sparkpost::World;
    /// api.mailgun.net.
    Mailgun, mailgun, crate::providers::mailgun::World;
    /// api.mailersend.com.
    MailerSend, mailersend, crate::providers::mailersend::World;
    /// api.elasticemail.com.
    ElasticEmail, elastic_email, crate::providers::elastic_email::World;
    /// iam.twilio.com and verify.twilio.com.
    Twilio, twilio, crate::providers::twilio::World;
    /// a.klaviyo.com.
    Klaviyo, klaviyo, crate::providers::klaviyo::World;
    /// The data centres of api.mailchimp.com.
    Mailchimp, mailchimp, crate::providers::mailchimp::World;
    /// mandrillapp.com.
    Mandrill, mandrill, crate::providers::mandrill::World;
    /// api.brevo.com.
    Brevo, brevo, crate::providers::brevo::World;
    /// api.cc.email and authz.constantcontact.com.
    ConstantContact, constant_contact, crate::providers::constant_contact::World;
    /// connect.mailerlite.com.
    MailerLite, mailerlite, crate::providers::mailerlite::World;
    /// api.getresponse.com.
    GetResponse, getresponse, crate::providers::getresponse::World;
    /// api.mailjet.com.
    Mailjet, mailjet, crate::providers::mailjet::World;
    /// api.kit.com.
    Kit, kit, crate::providers::kit::World;
    /// api.sendpulse.com.
    SendPulse, sendpulse, crate::providers::sendpulse::World;
    /// iam.amazonaws.com, sts.amazonaws.com and the regions of email.amazonaws.com.
    AmazonSes, amazon_ses, crate::providers::amazon_ses::World;
    /// api.aweber.com and auth.aweber.com.
    AWeber, aweber, crate::providers::aweber::World;
    /// RESOURCE.communication.azure.com and management.azure.com.
    AzureCommunication, azure_communication, crate::providers::azure_communication::World;
    /// api.smtp2go.com.
    Smtp2Go, smtp2go, crate::providers::smtp2go::World;
    /// api.zeptomail.com and accounts.zoho.com.
    ZeptoMail, zeptomail, crate::providers::zeptomail::World;
}
