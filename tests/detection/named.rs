//! Whether each kind of token is named by its provider, in each of the ways it is written down.

use std::collections::BTreeSet;
use std::time::{SystemTime, UNIX_EPOCH};

use libtest_mimic::Failed;
use tokenward::providers::model::examples::{expand, fill};
use tokenward::providers::shapes::BUILT;

use crate::findings::scan;
use crate::kinds::{Kind, all};

/// A way of writing a token down.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Context {
    /// The samples of its file.
    Samples,
    /// `PROVIDER_API_KEY=value`.
    Plain,
    /// `new Client('value')`.
    Bare,
}

impl Context {
    /// The texts with this kind in them, each with `{{token}}` for the value.
    fn texts(self, kind: &Kind) -> Vec<String> {
        let variable = kind.provider.to_uppercase().replace('-', "");
        match self {
            Self::Samples => kind.samples.iter().map(|sample| page(sample)).collect(),
            Self::Plain if kind.provider == "url" => Vec::new(),
            Self::Plain => vec![format!("{variable}_API_KEY={{{{token}}}}\n")],
            Self::Bare if kind.distinctive => {
                vec!["const client = new Client('{{token}}');\n".to_owned()]
            }
            Self::Bare => Vec::new(),
        }
    }
}

/// A sample as it stands in a file: a line of settings below a comment, a call in a page of
/// documentation.
fn page(sample: &str) -> String {
    if sample.starts_with("curl ") {
        format!("## Try it\n\n```sh\n{sample}\n```\n")
    } else if sample.contains('=') && !sample.contains(' ') {
        format!("# mail\n{sample}\n")
    } else {
        format!("{sample}\n")
    }
}

/// All texts but so many name the right provider: a random value looks like a word or a placeholder
/// about once in 3,000.
pub(crate) fn check(context: Context, misses: usize) -> Result<(), Failed> {
    let seed = seed()?;
    let (mut providers, mut values, mut texts) = (Vec::new(), Vec::new(), Vec::new());
    let kinds = all()?;
    for (index, kind) in (0..).zip(&kinds) {
        for text in context.texts(kind) {
            let value = expand(&kind.form, seed.wrapping_add(index))?;
            texts.push(fill(&text, &value, seed.wrapping_add(index + 1_000))?);
            values.push(value);
            providers.push(kind);
        }
    }
    let found = scan(&texts)?;
    let mut missed = Vec::new();
    for (index, ((kind, text), value)) in providers.iter().zip(&texts).zip(&values).enumerate() {
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
            let text = text.replace(value.as_str(), "{{token}}");
            missed.push(format!("{} {} in {}: {rules:?}", kind.provider, kind.form, text.trim()));
        }
    }
    eprintln!("{} of {} named (TOKENWARD_SEED={seed})", texts.len() - missed.len(), texts.len());
    missed.iter().for_each(|missed| eprintln!("  missed {missed}"));
    if missed.len() <= misses { Ok(()) } else { Err("too many are missed: see above".into()) }
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
pub(crate) fn seed() -> Result<u64, Failed> {
    match std::env::var("TOKENWARD_SEED") {
        Ok(seed) => Ok(seed.parse()?),
        Err(_) => Ok(u64::try_from(
            SystemTime::now().duration_since(UNIX_EPOCH)?.as_nanos() & 0xffff_ffff_ffff,
        )?),
    }
}
