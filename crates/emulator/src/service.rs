//! The services the emulator plays: GitHub, and one for each row of `providers/mod.rs`.

pub(crate) use crate::providers::Service;
pub(crate) use crate::providers::Worlds;

/// Makes the modules, the list and the state of all providers of one row each: the name that tests
/// use, and the file, which is the provider file's id with `_` for `-`.
macro_rules! services {
    ($($(#[$doc:meta])* $variant:ident, $module:ident;)*) => {
        $(pub(crate) mod $module;)*

        /// A service the emulator plays.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Service {
            /// api.github.com.
            GitHub,
            $($(#[$doc])* $variant,)*
        }

        impl Service {
            /// Every service, in a fixed order.
            pub const ALL: &'static [Self] = &[Self::GitHub, $(Self::$variant,)*];

            /// Its name in configuration and on output.
            #[must_use]
            pub fn id(self) -> &'static str {
                match self {
                    Self::GitHub => "github",
                    $(Self::$variant => stringify!($module),)*
                }
            }
        }

        /// The state of all services.
        #[derive(Default)]
        pub(crate) struct Worlds {
            pub(crate) github: crate::github::World,
            $(pub(crate) $module: $module::World,)*
        }

        impl Worlds {
            pub(crate) fn get(&mut self, service: Service) -> &mut dyn crate::world::World {
                match service {
                    Service::GitHub => &mut self.github,
                    $(Service::$variant => &mut self.$module,)*
                }
            }
        }
    };
}
pub(crate) use services;

impl Service {
    /// The service of a provider file: its id, with `_` for `-`.
    #[must_use]
    pub fn of_provider(id: &str) -> Option<Self> {
        let id = id.replace('-', "_");
        Self::ALL.iter().copied().find(|service| *service != Self::GitHub && service.id() == id)
    }
}
