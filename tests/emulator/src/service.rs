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
}
