//! Links to a provider's web pages, for manual steps.

use super::driver::Driver;
use super::model::template::{Piece, parse};
use crate::net::auth::encoded;

impl Driver<'_> {
    /// The page where a person creates or revokes a token of this kind: the one in the file if all
    /// variables of its address are known, else the provider's general page.
    #[must_use]
    pub fn made_at(&self, owner: Option<&str>) -> Option<String> {
        let link = self.rotation().manual.as_ref().and_then(|manual| manual.link.as_deref());
        link.and_then(|link| self.address(link, owner)).or_else(|| self.spec.console.clone())
    }

    /// An owner and the config's entries are foreign text: each can fill only one step of the
    /// address.
    fn address(&self, link: &str, owner: Option<&str>) -> Option<String> {
        let mut address = String::new();
        for piece in parse(link).ok()? {
            match piece {
                Piece::Text(text) => address.push_str(text),
                Piece::Var { name: "owner", .. } => address.push_str(&encoded(owner?)),
                Piece::Var { name, .. } => {
                    address.push_str(&encoded(self.with.get(name.strip_prefix("with.")?)?))
                }
            }
        }
        Some(address)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::domain::{Secret, SecretMasker};
    use crate::providers::fake::{Fake, spec};

    struct Unheard;

    impl SecretMasker for Unheard {
        fn mask(&self, _: &Secret) {}
    }

    fn page(id: &str, with: &[(&str, &str)], owner: Option<&str>) -> Option<String> {
        let (spec, fake) = (spec(id), Fake::default());
        let with: BTreeMap<String, String> =
            with.iter().map(|(key, text)| ((*key).to_owned(), (*text).to_owned())).collect();
        Driver::new(&spec, None, None, &fake, &Unheard).unwrap().with(&with).made_at(owner)
    }

    #[test]
    fn the_page_is_the_owners_where_the_owner_is_known() {
        assert_eq!(
            page("hubspot", &[], Some("456")).as_deref(),
            Some("https://app.hubspot.com/private-apps/456")
        );
        assert_eq!(
            page("hubspot", &[], Some("../x")).as_deref(),
            Some("https://app.hubspot.com/private-apps/..%2Fx")
        );
        assert_eq!(page("hubspot", &[], None).as_deref(), Some("https://app.hubspot.com"));
    }

    #[test]
    fn the_page_is_that_of_the_kind_and_of_the_account_that_the_config_names() {
        let developer = "https://acme.activehosted.com/app/settings/developer";
        assert_eq!(
            page("activecampaign", &[("account", "acme")], None).as_deref(),
            Some(developer)
        );
        assert_eq!(page("activecampaign", &[], None), None);
        let account = page("twilio", &[("kind", "account")], None);
        assert_eq!(
            account.as_deref(),
            Some("https://console.twilio.com/us1/account/keys-credentials/api-keys")
        );
    }
}
