//! Where a person clicks, for platforms whose tokens a person makes.

use super::spec::Spec;
use super::spec::template::variables;
use crate::net::auth::encoded;

impl Spec {
    /// The page where a person makes or ends a token: of this owner's account where the file has such an address and the owner
    /// is known, else the platform's general one.
    #[must_use]
    pub fn page_for(&self, owner: Option<&str>) -> Option<String> {
        let link = self.rotate.manual.as_ref().and_then(|manual| manual.link.as_deref());
        match (link, owner) {
            // An owner is foreign text: it may fill one step of the address and nothing else.
            (Some(link), Some(owner)) => Some(link.replace("{{owner}}", &encoded(owner))),
            (Some(link), None) if variables(link).is_empty() => Some(link.to_owned()),
            _ => self.console.clone(),
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::providers::fake::spec;

    #[test]
    fn the_page_is_the_owners_where_the_owner_is_known() {
        let hubspot = spec("hubspot");
        assert_eq!(hubspot.page_for(Some("456")).as_deref(), Some("https://app.hubspot.com/private-apps/456"));
        assert_eq!(hubspot.page_for(Some("../x")).as_deref(), Some("https://app.hubspot.com/private-apps/..%2Fx"));
        assert_eq!(hubspot.page_for(None).as_deref(), Some("https://app.hubspot.com"));
    }
}
