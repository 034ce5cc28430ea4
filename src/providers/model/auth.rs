//! Where a request carries the value. Never in a path: paths are logged.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The places of the value; at least one. Texts can use `{{token}}` (the whole value),
/// `{{part.NAME}}` (a named group of its shape, for values that are pairs such as `id:secret`; of
/// any `ID:SECRET` also `{{part.client_id}}` and `{{part.client_secret}}`; of an OAuth value
/// `{{part.refresh}}` and `{{part.access}}`), and, with `exchange`, `{{access}}`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Auth {
    /// `Authorization: Bearer` with this.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bearer: Option<String>,
    /// `Authorization: Basic` with these two.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub basic: Option<Basic>,
    /// A header of the provider's own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub header: Option<Named>,
    /// A query parameter. Never logged.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub query: Option<Named>,
    /// Fields of the JSON or form body: each field's name and value.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub body: BTreeMap<String, String>,
    /// AWS Signature Version 4: sends only a signature, and nothing of the secret.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sigv4: Option<SigV4>,
    /// The signature of Azure Communication Services: HMAC-SHA256 with the access key.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub azure_hmac: Option<AzureHmac>,
    /// The id under `exchanges` of the request that first exchanges the value for a short-lived
    /// token, which is `{{access}}`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub exchange: Option<String>,
}

/// The two halves of HTTP Basic.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Basic {
    /// Before the colon.
    pub user: String,
    /// After it.
    pub password: String,
}

/// A name and its value.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Named {
    /// The header or the parameter.
    pub name: String,
    /// The value.
    pub value: String,
}

/// The inputs of AWS Signature Version 4.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct SigV4 {
    /// The access key's id.
    pub access_key: String,
    /// Its secret.
    pub secret: String,
    /// The part with the session token of temporary credentials; omitted if the value does not have
    /// it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub session: Option<String>,
    /// The service's signing name: `iam`, `sts`, `ses`.
    pub service: String,
    /// The signing region; `{{region}}` is the id of the region in use.
    pub region: String,
}

/// The input of Azure Communication Services' signature.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct AzureHmac {
    /// The access key, in base64 as it is issued.
    pub key: String,
}

impl Auth {
    /// All texts that can carry (a part of) the value, each with its key.
    #[must_use]
    pub fn texts(&self) -> Vec<(String, &str)> {
        let mut texts: Vec<(String, &str)> = Vec::new();
        texts.extend(self.bearer.as_deref().map(|text| ("bearer".to_owned(), text)));
        if let Some(basic) = &self.basic {
            texts.extend([
                ("basic.user".to_owned(), basic.user.as_str()),
                ("basic.password".to_owned(), basic.password.as_str()),
            ]);
        }
        texts.extend(
            self.header.as_ref().map(|named| ("header.value".to_owned(), named.value.as_str())),
        );
        texts.extend(
            self.query.as_ref().map(|named| ("query.value".to_owned(), named.value.as_str())),
        );
        texts.extend(self.body.iter().map(|(name, text)| (format!("body.{name}"), text.as_str())));
        if let Some(aws) = &self.sigv4 {
            texts.extend([
                ("sigv4.access-key".to_owned(), aws.access_key.as_str()),
                ("sigv4.secret".to_owned(), aws.secret.as_str()),
            ]);
            texts.extend(aws.session.as_deref().map(|text| ("sigv4.session".to_owned(), text)));
        }
        texts.extend(
            self.azure_hmac.as_ref().map(|azure| ("azure-hmac.key".to_owned(), azure.key.as_str())),
        );
        texts
    }
}
