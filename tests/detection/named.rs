//! Whether each kind of token is named by its provider, in each of the ways it is written down.

use std::collections::BTreeSet;
use std::time::{SystemTime, UNIX_EPOCH};

use libtest_mimic::Failed;
use tokenward::providers::model::examples::expand;
use tokenward::providers::shapes::BUILT;

use crate::findings::scan;
use crate::kinds::{KINDS, Kind, OTHER};

/// A way of writing a token down.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Context {
    /// `VARIABLE=value`, by the name of the provider's own examples.
    Settings,
    /// `PROVIDER_API_KEY=value`.
    Plain,
    /// The constructor of the provider's SDK.
    Constructor,
    /// The documented call, in a page of documentation.
    Call,
    /// `new Client('value')`.
    Bare,
}

impl Context {
    fn text(self, kind: &Kind, value: &str) -> Option<String> {
        let provider = kind.provider.to_uppercase().replace('-', "");
        let is_address = kind.provider == "url";
        let address = format!("smtp://mailer:{value}@smtp.acme-mail.io:587");
        Some(match self {
            Self::Settings | Self::Plain if is_address => format!("SMTP_URL={address}\n"),
            Self::Settings => format!("# mail\n{}={value}\n", kind.variable),
            Self::Plain => format!("{provider}_API_KEY={value}\n"),
            Self::Constructor => format!("{}\n", kind.constructor.replace("VALUE", value)),
            Self::Call => {
                format!("## Try it\n\n```sh\n{}\n```\n", kind.call.replace("VALUE", value))
            }
            Self::Bare => {
                kind.distinctive.then(|| format!("const client = new Client('{value}');\n"))?
            }
        })
    }
}

/// At least so many kinds are named by the right provider; `usize::MAX`: all of them.
pub(crate) fn check(context: Context, least: usize) -> Result<(), Failed> {
    let seed = seed()?;
    let (mut kinds, mut values, mut texts) = (Vec::new(), Vec::new(), Vec::new());
    for (index, kind) in (0..).zip(&KINDS) {
        let fresh = |form: &str, n: u64| expand(form, seed.wrapping_add(index * 3 + n));
        let value = fresh(kind.form, 0)?;
        let Some(text) = context.text(kind, &value) else { continue };
        texts.push(
            text.replace("OTHER", &fresh(OTHER, 1)?)
                .replace("{alnum:32}", &fresh("{alnum:32}", 2)?),
        );
        values.push(value);
        kinds.push(kind);
    }
    let found = scan(&texts)?;
    let mut missed = Vec::new();
    for (index, ((kind, text), value)) in kinds.iter().zip(&texts).zip(&values).enumerate() {
        // Everything before the token is ASCII: bytes are characters.
        let at = text.find(value.as_str()).ok_or("a text has no value")?;
        let here = found
            .get(&index)
            .into_iter()
            .flatten()
            .filter(|found| found.range.start < at + value.len() && at < found.range.end);
        let rules: Vec<_> =
            here.map(|found| (found.provider.as_str(), found.rule.as_str())).collect();
        if !rules.iter().any(|(provider, _)| *provider == kind.provider) {
            missed.push(format!("{} {}: {rules:?}", kind.provider, kind.form));
        }
    }
    let named = kinds.len() - missed.len();
    eprintln!("{named} of {} named (TOKENWARD_SEED={seed})", kinds.len());
    missed.iter().for_each(|missed| eprintln!("  missed \"{missed}"));
    if named >= least.min(kinds.len()) { Ok(()) } else { Err("too few: see above".into()) }
}

/// How many kinds there are.
pub(crate) fn count() -> Result<(), Failed> {
    let kinds: BTreeSet<_> = BUILT
        .iter()
        .filter(|kind| !kind.identifier)
        .map(|kind| (kind.provider, kind.kind))
        .collect();
    let providers: BTreeSet<_> = kinds.iter().map(|(provider, _)| provider).collect();
    eprintln!("{} kinds of {} providers", kinds.len(), providers.len());
    if kinds.len() >= 150 { Ok(()) } else { Err("fewer than 150".into()) }
}

/// Another one each time; `TOKENWARD_SEED` repeats a run.
fn seed() -> Result<u64, Failed> {
    match std::env::var("TOKENWARD_SEED") {
        Ok(seed) => Ok(seed.parse()?),
        Err(_) => Ok(u64::try_from(
            SystemTime::now().duration_since(UNIX_EPOCH)?.as_nanos() & 0xffff_ffff_ffff,
        )?),
    }
}
