//! A whole rotation of an IAM key against moto, which nobody here wrote: it checks every signature,
//! holds the quota of two keys, and refuses a key that was deleted. It lets an inactive key
//! through, so disabling proves nothing here.

use std::collections::BTreeMap;
use std::io::{Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::path::PathBuf;
use std::process::Command;
use std::time::Duration;

use tokenward_emulator::{Credential, CredentialKind, Emulator, SecretPlace, Service};

use crate::outcome::{Outcome, While, ensure};
use crate::process::Server;
use crate::workflow::{REPO, Workflow, furnish};
use crate::{process, tools};

const CONFIG: &str = "\
version: 1
defaults: {rotate-every: 30d, grace: 24h}
tokens:
  ses:
    provider: amazon-ses
    region: eu-central-1
    value: env:SES_ACCESS_KEY
    destinations:
      - {github: acme/site, secret: SES_ACCESS_KEY}
";

/// Requests that moto takes without a signature: a user, what it may do, and its key.
const UNSIGNED: usize = 3;
const POLICY: &str = "%7B%22Version%22%3A%222012-10-17%22%2C%22Statement%22%3A%5B%7B%22Effect%22%3A%22Allow%22%2C%22Action%22%3A%22*%22%2C%22Resource%22%3A%22*%22%7D%5D%7D";

struct Moto {
    port: u16,
    /// Holds the hours by which the test's world is ahead.
    clock: PathBuf,
    _server: Server,
}

impl Moto {
    fn start(folder: &std::path::Path) -> Outcome<Self> {
        // A port that was free a moment ago.
        let port = TcpListener::bind("127.0.0.1:0")
            .and_then(|listener| listener.local_addr())
            .while_("find a port")?
            .port();
        let mut command = Command::new(tools::python());
        let clock = folder.join("ahead.txt");
        command
            .arg(tools::script("moto_server.py"))
            .arg(port.to_string())
            .arg(&clock)
            .env("INITIAL_NO_AUTH_ACTION_COUNT", UNSIGNED.to_string());
        let mut server = Server::start(&mut command, folder.join("moto.log"))?;
        server.wait_for("moto listens", Duration::from_secs(60), |_| {
            TcpStream::connect(("127.0.0.1", port)).ok().map(drop)
        })?;
        Ok(Self { port, clock, _server: server })
    }

    /// Sets its clock: an old key is revoked only when two clocks agree that its time is over.
    fn is_ahead(&self, hours: u64) -> Outcome<()> {
        std::fs::write(&self.clock, hours.to_string()).while_("set moto's clock")
    }

    /// A request without a signature; what it answers, head and body.
    fn asked(&self, service: &str, form: &str) -> Outcome<String> {
        let mut stream = TcpStream::connect(("127.0.0.1", self.port)).while_("reach moto")?;
        let claim = format!(
            "AWS4-HMAC-SHA256 Credential=AKIA/20260101/us-east-1/{service}/aws4_request, SignedHeaders=host, Signature=0"
        );
        let kind = "application/x-www-form-urlencoded";
        let head = format!(
            "POST / HTTP/1.1\r\nhost: 127.0.0.1\r\nauthorization: {claim}\r\ncontent-type: {kind}\r\ncontent-length: {}\r\nconnection: close\r\n\r\n",
            form.len()
        );
        stream.write_all(format!("{head}{form}").as_bytes()).while_("ask moto")?;
        let mut answer = String::new();
        stream.read_to_string(&mut answer).while_("hear moto")?;
        Ok(answer)
    }

    fn user_with_a_key(&self) -> Outcome<(String, String)> {
        self.asked("iam", "Action=CreateUser&Version=2010-05-08&UserName=mailer")?;
        self.asked("iam", &format!("Action=PutUserPolicy&Version=2010-05-08&UserName=mailer&PolicyName=all&PolicyDocument={POLICY}"))?;
        let made =
            self.asked("iam", "Action=CreateAccessKey&Version=2010-05-08&UserName=mailer")?;
        let field = |name: &str| {
            made.split_once(&format!("<{name}>"))
                .and_then(|(_, rest)| rest.split_once('<'))
                .map(|(text, _)| text.to_owned())
        };
        let pair = field("AccessKeyId").zip(field("SecretAccessKey"));
        pair.ok_or_else(|| format!("moto made no key:\n{made}"))
    }
}

/// Adopted, rotated, proven, graced, revoked; and each end is seen at moto itself.
pub(crate) fn rotates_an_iam_key() -> Outcome<()> {
    let folder = tools::scratch("moto");
    std::fs::create_dir_all(&folder).while_("make a folder")?;
    let moto = Moto::start(&folder)?;
    let (id, secret) = moto.user_with_a_key()?;
    let old = format!("{id}:{secret}");
    let unsigned = moto.asked("sts", "Action=GetCallerIdentity&Version=2011-06-15")?;
    ensure(unsigned.contains("InvalidClientTokenId"), || {
        format!("moto takes what nobody signed:\n{unsigned}")
    })?;

    let runtime = process::runtime()?;
    let emulator = Emulator::new();
    let served = runtime.block_on(emulator.serve()).while_("serve the emulator")?;
    furnish(&emulator.github());
    let place = SecretPlace::Repo(REPO.to_owned());
    emulator.github().put_secret(&place, "SES_ACCESS_KEY", &old);
    let own = Credential::new(
        CredentialKind::ActionsToken,
        &[("contents", "write"), ("actions", "read")],
    )
    .on(&[REPO]);
    let variables = [
        ("GITHUB_ACTIONS", "true".to_owned()),
        ("GITHUB_REPOSITORY", REPO.to_owned()),
        ("GITHUB_RUN_ATTEMPT", "1".to_owned()),
        ("GITHUB_EVENT_NAME", "schedule".to_owned()),
        ("GITHUB_API_URL", served.url(Service::GitHub)),
        ("TOKENWARD_SANDBOX_AMAZON_SES", format!("http://127.0.0.1:{}", moto.port)),
        ("GITHUB_TOKEN", emulator.github().add_credential(own)),
        ("TOKENWARD_GITHUB_TOKEN", emulator.github().add_app_credential_with_all()),
    ];
    let variables: BTreeMap<String, String> =
        variables.map(|(name, value)| (name.to_owned(), value)).into();
    let mut workflow = Workflow::new(&emulator, variables, &folder.join("checkout"), CONFIG)?;
    workflow.step(&["check"], 0)?;
    workflow.step(&["rotate"], 0)?;
    let mut ahead = 31 * 24;
    workflow.pass(ahead)?;
    moto.is_ahead(ahead)?;
    workflow.step(&["rotate"], 0)?;
    let held = emulator.github().secret_value(&place, "SES_ACCESS_KEY").unwrap_or_default();
    ensure(held != old && held.starts_with("AKIA") && held.contains(':'), || {
        "the secret does not hold a new key".to_owned()
    })?;
    workflow.step(&["check"], 0)?;
    // Both keys are there: no third one is made.
    let refused = workflow.step(&["rotate", "ses", "--force", "--reason", "contract"], 12)?;
    ensure(refused.contains("already") || refused.contains("quota"), || {
        format!("a third key was asked for:\n{refused}")
    })?;
    // What was asked for stays asked for, and is carried out once there is room.
    for (hours, code) in [(1, 12), (25, 12), (1, 0), (1, 0), (25, 0), (1, 0)] {
        workflow.pass(hours)?;
        ahead += hours;
        moto.is_ahead(ahead)?;
        workflow.step(&["rotate"], code)?;
    }
    let newest = emulator.github().secret_value(&place, "SES_ACCESS_KEY").unwrap_or_default();
    ensure(newest != held, || "what was asked for was forgotten".to_owned())?;
    let held = newest;
    workflow.step(&["check"], 0)?;
    // The deleted key is refused, in its owner's hands as well.
    emulator.github().put_secret(&place, "SES_ACCESS_KEY", &old);
    let said = workflow.step(&["check"], 10)?;
    ensure(said.contains("error[token-dead]"), || format!("the old key is not dead:\n{said}"))?;
    // So is a living key's id with another secret: the signature is what counts.
    let (new_id, _) = held.split_once(':').unwrap_or_default();
    emulator.github().put_secret(&place, "SES_ACCESS_KEY", &format!("{new_id}:{secret}"));
    let said = workflow.step(&["check"], 10)?;
    ensure(said.contains("error[token-dead]"), || format!("a wrong secret is accepted:\n{said}"))?;
    let _ = std::fs::remove_dir_all(&folder);
    Ok(())
}
