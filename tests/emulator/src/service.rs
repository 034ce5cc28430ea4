//! The one list of services. A new platform is one more row here.

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
    SendGrid, sendgrid, crate::platforms::sendgrid::World;
    /// api.resend.com.
    Resend, resend, crate::platforms::resend::World;
    /// api.hubapi.com.
    HubSpot, hubspot, crate::platforms::hubspot::World;
    /// ACCOUNT.api-us1.com.
    ActiveCampaign, activecampaign, crate::platforms::activecampaign::World;
    /// api.beehiiv.com.
    Beehiiv, beehiiv, crate::platforms::beehiiv::World;
    /// rest.iad-01.braze.com and its like.
    Braze, braze, crate::platforms::braze::World;
    /// api.buttondown.com.
    Buttondown, buttondown, crate::platforms::buttondown::World;
    /// api.createsend.com.
    CampaignMonitor, campaign_monitor, crate::platforms::campaign_monitor::World;
    /// api.customer.io and track.customer.io.
    CustomerIo, customer_io, crate::platforms::customer_io::World;
    /// api.getdrip.com.
    Drip, drip, crate::platforms::drip::World;
    /// api.iterable.com.
    Iterable, iterable, crate::platforms::iterable::World;
    /// app.loops.so.
    Loops, loops, crate::platforms::loops::World;
    /// mailtrap.io.
    Mailtrap, mailtrap, crate::platforms::mailtrap::World;
    /// api.omnisend.com.
    Omnisend, omnisend, crate::platforms::omnisend::World;
    /// api.onesignal.com.
    OneSignal, onesignal, crate::platforms::onesignal::World;
    /// api.postmarkapp.com.
    Postmark, postmark, crate::platforms::postmark::World;
    /// TENANT.auth.marketingcloudapis.com.
    MarketingCloud, salesforce_marketing_cloud, crate::platforms::salesforce_marketing_cloud::World;
    /// api.scaleway.com.
    Scaleway, scaleway, crate::platforms::scaleway::World;
    /// api.sparkpost.com.
    SparkPost, sparkpost, crate::platforms::sparkpost::World;
    /// api.mailgun.net.
    Mailgun, mailgun, crate::platforms::mailgun::World;
    /// api.mailersend.com.
    MailerSend, mailersend, crate::platforms::mailersend::World;
    /// api.elasticemail.com.
    ElasticEmail, elastic_email, crate::platforms::elastic_email::World;
    /// iam.twilio.com and verify.twilio.com.
    Twilio, twilio, crate::platforms::twilio::World;
    /// a.klaviyo.com.
    Klaviyo, klaviyo, crate::platforms::klaviyo::World;
    /// The data centres of api.mailchimp.com.
    Mailchimp, mailchimp, crate::platforms::mailchimp::World;
    /// mandrillapp.com.
    Mandrill, mandrill, crate::platforms::mandrill::World;
    /// api.brevo.com.
    Brevo, brevo, crate::platforms::brevo::World;
    /// api.cc.email and authz.constantcontact.com.
    ConstantContact, constant_contact, crate::platforms::constant_contact::World;
    /// connect.mailerlite.com.
    MailerLite, mailerlite, crate::platforms::mailerlite::World;
    /// api.getresponse.com.
    GetResponse, getresponse, crate::platforms::getresponse::World;
    /// api.mailjet.com.
    Mailjet, mailjet, crate::platforms::mailjet::World;
    /// api.kit.com.
    Kit, kit, crate::platforms::kit::World;
    /// api.sendpulse.com.
    SendPulse, sendpulse, crate::platforms::sendpulse::World;
    /// iam.amazonaws.com, sts.amazonaws.com and the regions of email.amazonaws.com.
    AmazonSes, amazon_ses, crate::platforms::amazon_ses::World;
    /// api.aweber.com and auth.aweber.com.
    AWeber, aweber, crate::platforms::aweber::World;
    /// RESOURCE.communication.azure.com and management.azure.com.
    AzureCommunication, azure_communication, crate::platforms::azure_communication::World;
    /// api.smtp2go.com.
    Smtp2Go, smtp2go, crate::platforms::smtp2go::World;
    /// api.zeptomail.com and accounts.zoho.com.
    ZeptoMail, zeptomail, crate::platforms::zeptomail::World;
}
