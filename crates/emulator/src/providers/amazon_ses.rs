//! Amazon SES with IAM and STS: access keys of users, two each, made, disabled and ended through
//! signed requests that answer XML.

use super::sigv4::{self, Unsigned};
use crate::Emulator;
use crate::clock::later;
use crate::http::{Answer, Request};
use crate::random;
use crate::twin::{Seeded, Twin};
use crate::world::{self, ProviderError};
use jiff::{SignedDuration, Timestamp};
use serde_json::json;

const ACCOUNT: &str = "123456789012";
/// Of a user, `Inactive` ones too.
const MOST_KEYS: usize = 2;

#[derive(Clone)]
struct Key {
    user: String,
    id: String,
    secret: String,
    created_at: Timestamp,
    is_active: bool,
    /// Every use, oldest first.
    uses: Vec<(Timestamp, &'static str)>,
}

/// The state of IAM, as far as keys go.
#[derive(Clone, Default)]
pub(crate) struct World {
    keys: Vec<Key>,
    users: usize,
    /// Users that may only send.
    senders: Vec<String>,
    /// How late a use is told.
    use_lag: SignedDuration,
}

/// What a request is about, and how it is answered.
struct Refused(u16, &'static str, String);

fn xml(status: u16, body: &str) -> Answer {
    Answer::text(status, "text/xml", body)
}

fn refused(Refused(status, code, message): &Refused) -> Answer {
    let kind = if *status < 500 { "Sender" } else { "Receiver" };
    let error = format!(
        "<Error><Type>{kind}</Type><Code>{code}</Code><Message>{message}</Message></Error>"
    );
    xml(
        *status,
        &format!(
            "<ErrorResponse xmlns=\"https://iam.amazonaws.com/doc/2010-05-08/\">{error}<RequestId>{}</RequestId></ErrorResponse>",
            random::uuid()
        ),
    )
}

fn done(action: &str, result: &str) -> Answer {
    let result = if result.is_empty() {
        String::new()
    } else {
        format!("<{action}Result>{result}</{action}Result>")
    };
    let metadata =
        format!("<ResponseMetadata><RequestId>{}</RequestId></ResponseMetadata>", random::uuid());
    xml(
        200,
        &format!(
            "<{action}Response xmlns=\"https://iam.amazonaws.com/doc/2010-05-08/\">{result}{metadata}</{action}Response>"
        ),
    )
}

fn invalid() -> Refused {
    Refused(
        403,
        "InvalidClientTokenId",
        "The security token included in the request is invalid.".to_owned(),
    )
}

impl World {
    /// Whose request it is, by its signature.
    fn signer(&mut self, request: &Request, now: Timestamp) -> Result<(String, String), Refused> {
        let claim = sigv4::claim(request).ok_or_else(|| {
            Refused(
                403,
                "MissingAuthenticationToken",
                "Request is missing Authentication Token".to_owned(),
            )
        })?;
        let position = self
            .keys
            .iter()
            .position(|key| key.id == claim.key_id && key.is_active)
            .ok_or_else(invalid)?;
        let checked = sigv4::check(request, &claim, &self.keys[position].secret, now);
        checked.map_err(|why| match why {
            Unsigned::Missing => Refused(
                400,
                "IncompleteSignature",
                "The request signature does not conform to AWS standards.".to_owned(),
            ),
            Unsigned::Mismatch => Refused(
                403,
                "SignatureDoesNotMatch",
                "The request signature we calculated does not match the signature you provided."
                    .to_owned(),
            ),
            Unsigned::OutOfTime => Refused(
                403,
                "SignatureDoesNotMatch",
                "Signature expired: it is too far from the server's time.".to_owned(),
            ),
        })?;
        let service = match claim.service {
            "iam" => "iam",
            "sts" => "sts",
            _ => "ses",
        };
        let key = &mut self.keys[position];
        key.uses.push((now, service));
        Ok((key.user.clone(), service.to_owned()))
    }

    fn route(&mut self, request: &Request, now: Timestamp) -> Result<Answer, Refused> {
        let (user, service) = self.signer(request, now)?;
        match (request.method.as_str(), service.as_str(), request.raw_path()) {
            ("GET", "ses", "/v2/email/account") => Ok(self.account(&user)),
            ("POST", "sts" | "iam", "/") => self.query(&user, &service, request, now),
            _ => Err(Refused(404, "UnknownOperationException", String::new())),
        }
    }

    fn account(&self, user: &str) -> Answer {
        if self.senders.iter().any(|own| own == user) {
            let message = format!(
                "User: arn:aws:iam::{ACCOUNT}:user/{user} is not authorized to perform: ses:GetAccount because no identity-based policy allows the ses:GetAccount action"
            );
            return Answer::json(403, &json!({"message": message}))
                .with("x-amzn-errortype", "AccessDeniedException");
        }
        let quota = json!({"Max24HourSend": 50_000.0, "MaxSendRate": 14.0, "SentLast24Hours": 0.0});
        Answer::json(
            200,
            &json!({"SendingEnabled": true, "ProductionAccessEnabled": true, "EnforcementStatus": "HEALTHY", "SendQuota": quota}),
        )
    }

    fn query(
        &mut self,
        user: &str,
        service: &str,
        request: &Request,
        now: Timestamp,
    ) -> Result<Answer, Refused> {
        let fields = request.form();
        let field =
            |name: &str| fields.iter().find(|(key, _)| key == name).map(|(_, value)| value.clone());
        let action = field("Action").unwrap_or_default();
        if service == "sts" {
            if action != "GetCallerIdentity" {
                return Err(Refused(
                    400,
                    "InvalidAction",
                    format!("Could not find operation {action}"),
                ));
            }
            let arn = format!(
                "<Arn>arn:aws:iam::{ACCOUNT}:user/{user}</Arn><UserId>AIDA{user}</UserId><Account>{ACCOUNT}</Account>"
            );
            return Ok(done(&action, &arn));
        }
        let of = field("UserName").unwrap_or_else(|| user.to_owned());
        let id = field("AccessKeyId").unwrap_or_default();
        let missing = || {
            Refused(404, "NoSuchEntity", format!("The Access Key with id {id} cannot be found."))
        };
        match action.as_str() {
            "CreateAccessKey" => {
                if self.keys.iter().filter(|key| key.user == of).count() >= MOST_KEYS {
                    return Err(Refused(
                        409,
                        "LimitExceeded",
                        "Cannot exceed quota for AccessKeysPerUser: 2".to_owned(),
                    ));
                }
                let key = self.add(&of, now);
                let body = format!(
                    "<AccessKey><UserName>{of}</UserName><AccessKeyId>{}</AccessKeyId><Status>Active</Status><SecretAccessKey>{}</SecretAccessKey><CreateDate>{now:.0}</CreateDate></AccessKey>",
                    key.id, key.secret
                );
                Ok(done(&action, &body))
            }
            "ListAccessKeys" => {
                let member = |key: &Key| {
                    let status = if key.is_active { "Active" } else { "Inactive" };
                    let date = format!("{:.0}", key.created_at);
                    format!(
                        "<member><UserName>{of}</UserName><AccessKeyId>{}</AccessKeyId><Status>{status}</Status><CreateDate>{date}</CreateDate></member>",
                        key.id
                    )
                };
                let members: String =
                    self.keys.iter().filter(|key| key.user == of).map(member).collect();
                Ok(done(
                    &action,
                    &format!(
                        "<UserName>{of}</UserName><AccessKeyMetadata>{members}</AccessKeyMetadata><IsTruncated>false</IsTruncated>"
                    ),
                ))
            }
            "UpdateAccessKey" => {
                let key = self
                    .keys
                    .iter_mut()
                    .find(|key| key.id == id && key.user == of)
                    .ok_or_else(missing)?;
                key.is_active = field("Status").as_deref() == Some("Active");
                Ok(done(&action, ""))
            }
            "DeleteAccessKey" => {
                let position = self
                    .keys
                    .iter()
                    .position(|key| key.id == id && key.user == of)
                    .ok_or_else(missing)?;
                self.keys.remove(position);
                Ok(done(&action, ""))
            }
            "GetAccessKeyLastUsed" => {
                let key = self.keys.iter().find(|key| key.id == id).ok_or_else(missing)?;
                let told = key.uses.iter().rev().find(|(at, _)| later(*at, self.use_lag) <= now);
                let used = match told {
                    Some((at, service)) => {
                        format!(
                            "<LastUsedDate>{at:.0}</LastUsedDate><ServiceName>{service}</ServiceName><Region>us-east-1</Region>"
                        )
                    }
                    None => "<ServiceName>N/A</ServiceName><Region>N/A</Region>".to_owned(),
                };
                Ok(done(
                    &action,
                    &format!(
                        "<UserName>{}</UserName><AccessKeyLastUsed>{used}</AccessKeyLastUsed>",
                        key.user
                    ),
                ))
            }
            other => {
                Err(Refused(400, "InvalidAction", format!("Could not find operation {other}")))
            }
        }
    }

    fn add(&mut self, user: &str, now: Timestamp) -> Key {
        let key = Key {
            user: user.to_owned(),
            id: ["AKIA", &random::aws_id(16)].concat(),
            secret: random::alphanumeric(40),
            created_at: now,
            is_active: true,
            uses: Vec::new(),
        };
        self.keys.push(key.clone());
        key
    }

    fn of_value(&self, value: &str) -> Option<usize> {
        let (id, secret) = value.split_once(':')?;
        self.keys.iter().position(|key| key.id == id && key.secret == secret)
    }
}

impl world::World for World {
    fn answer(&mut self, request: &Request, now: Timestamp) -> Answer {
        self.route(request, now).unwrap_or_else(|error| {
            // SES v2 speaks JSON.
            if request.raw_path() == "/" {
                refused(&error)
            } else {
                Answer::json(error.0, &json!({"message": error.2}))
                    .with("x-amzn-errortype", error.1)
            }
        })
    }

    fn refuse(&mut self, refusal: ProviderError, request: &Request, _now: Timestamp) -> Answer {
        let error = match refusal {
            ProviderError::ServerError => {
                Refused(500, "InternalFailure", "The request processing has failed.".to_owned())
            }
            ProviderError::Unavailable => {
                Refused(503, "ServiceUnavailable", "The service is unavailable.".to_owned())
            }
            ProviderError::Unauthorized => invalid(),
            ProviderError::Forbidden => Refused(
                403,
                "AccessDenied",
                "User is not authorized to perform this action".to_owned(),
            ),
            ProviderError::RateLimit403 | ProviderError::RateLimit429 { .. } => {
                Refused(400, "Throttling", "Rate exceeded".to_owned())
            }
            ProviderError::NotFound => {
                Refused(404, "NoSuchEntity", "It cannot be found.".to_owned())
            }
            ProviderError::Conflict => {
                Refused(409, "EntityTemporarilyUnmodifiable", "Try again.".to_owned())
            }
            ProviderError::Unprocessable => {
                Refused(400, "ValidationError", "Invalid input.".to_owned())
            }
        };
        if request.raw_path() == "/" {
            refused(&error)
        } else {
            Answer::json(error.0, &json!({"message": error.2})).with("x-amzn-errortype", error.1)
        }
    }

    fn twin(&mut self) -> Option<&mut dyn Twin> {
        Some(self)
    }
}

fn told(key: &Key) -> Seeded {
    let owner = Some(format!("arn:aws:iam::{ACCOUNT}:user/{}", key.user));
    Seeded {
        value: [&key.id, ":", &key.secret].concat(),
        id: Some(key.id.clone()),
        scopes: None,
        owner,
    }
}

impl Twin for World {
    fn with(&self, kind: &str) -> Vec<(&'static str, String)> {
        // The newest user is the one last seeded.
        if kind == "access-key" {
            vec![("user", format!("user{}", self.users))]
        } else {
            Vec::new()
        }
    }

    fn seed(&mut self, kind: &str, now: Timestamp) -> Option<Seeded> {
        if kind != "access-key" {
            return None;
        }
        self.users += 1;
        let user = format!("user{}", self.users);
        Some(told(&self.add(&user, now)))
    }

    fn seed_narrow(&mut self, kind: &str, now: Timestamp) -> Option<Seeded> {
        let seeded = self.seed(kind, now)?;
        self.senders.push(format!("user{}", self.users));
        Some(seeded)
    }

    fn seed_manager(&mut self, kind: &str, now: Timestamp) -> Option<Seeded> {
        (kind == "access-key").then(|| told(&self.add("manager", now)))
    }

    fn kill(&mut self, value: &str, _now: Timestamp) -> bool {
        self.of_value(value).map(|position| self.keys.remove(position)).is_some()
    }

    fn is_live(&self, value: &str, _now: Timestamp) -> bool {
        self.of_value(value).is_some_and(|position| self.keys[position].is_active)
    }

    fn used(&mut self, value: &str, now: Timestamp) -> bool {
        let key = self
            .of_value(value)
            .map(|position| &mut self.keys[position])
            .filter(|key| key.is_active);
        key.map(|key| key.uses.push((now, "ses"))).is_some()
    }
}

/// Inspection of the Amazon SES service.
#[derive(Clone)]
pub struct AmazonSes {
    emulator: Emulator,
}

impl Emulator {
    /// The Amazon SES service, from the inside.
    #[must_use]
    pub fn amazon_ses(&self) -> AmazonSes {
        AmazonSes { emulator: self.clone() }
    }
}

impl AmazonSes {
    /// A key of a user, as though made in the console: `ID:SECRET`.
    pub fn add_key(&self, user: &str) -> String {
        let mut state = self.emulator.lock();
        let now = state.clock.now();
        told(&state.worlds.amazon_ses.add(user, now)).value
    }

    /// How late a key's use is told; not at all to begin with.
    pub fn set_use_lag(&self, lag: SignedDuration) {
        self.emulator.lock().worlds.amazon_ses.use_lag = lag;
    }

    /// The ids of a user's keys and whether each is active, oldest first.
    #[must_use]
    pub fn keys(&self, user: &str) -> Vec<(String, bool)> {
        let state = self.emulator.lock();
        state
            .worlds
            .amazon_ses
            .keys
            .iter()
            .filter(|key| key.user == user)
            .map(|key| (key.id.clone(), key.is_active))
            .collect()
    }
}
