//! Tokens as people write them down, as the provider files show it in `samples`: in a `.env` line, in
//! the constructor of the provider's SDK, in the call that its documentation shows; and, where their
//! shape is theirs alone, with nothing beside them. A new provider is covered by having samples.

use std::path::{Path, PathBuf};

use serde_json::Value;
use tokenward::providers::Spec;
use tokenward::providers::model::TokenKind;
use tokenward::providers::model::detect::Detect;

/// One kind of token, in one of its forms.
pub(crate) struct Kind {
    /// Whose it is.
    pub(crate) provider: String,
    /// Its form, filled anew in every run.
    pub(crate) form: String,
    /// Lines with `{{token}}` in them.
    pub(crate) samples: Vec<String>,
    /// Whether its form alone says whose it is.
    pub(crate) distinctive: bool,
}

/// Every kind that its file has samples of, once for each of its forms; and addresses, which no file
/// describes.
pub(crate) fn all() -> Result<Vec<Kind>, String> {
    let mut kinds = Vec::new();
    for tree in files("specs")? {
        let spec: Spec = serde_json::from_value(tree).map_err(|error| error.to_string())?;
        spec.tokens.iter().for_each(|kind| kinds.extend(forms(&spec.id, kind)));
    }
    for tree in files("detect")? {
        let detect: Detect = serde_json::from_value(tree).map_err(|error| error.to_string())?;
        for provider in &detect.providers {
            provider.tokens.iter().for_each(|kind| kinds.extend(forms(&provider.id, kind)));
        }
    }
    kinds.push(Kind {
        provider: "url".to_owned(),
        form: "{alnum:20}".to_owned(),
        samples: ADDRESSES.map(str::to_owned).to_vec(),
        distinctive: false,
    });
    Ok(kinds)
}

const ADDRESSES: [&str; 3] = [
    "SMTP_URL=smtp://mailer:{{token}}@smtp.acme-mail.io:587",
    "nodemailer.createTransport('smtp://mailer:{{token}}@smtp.acme-mail.io:587');",
    "curl --url 'smtp://smtp.acme-mail.io:587' --mail-from me@acme.io --user 'mailer:{{token}}' -T mail.txt",
];

fn forms(provider: &str, kind: &TokenKind) -> Vec<Kind> {
    if kind.samples.is_empty() {
        return Vec::new();
    }
    let form = |form: &String| Kind {
        provider: provider.to_owned(),
        form: form.clone(),
        samples: kind.samples.clone(),
        distinctive: kind.context.is_empty(),
    };
    kind.examples.r#match.iter().map(form).collect()
}

/// The provider files of a folder, as trees.
fn files(folder: &str) -> Result<Vec<Value>, String> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/providers").join(folder);
    let entries = std::fs::read_dir(&folder).map_err(|error| error.to_string())?;
    let mut paths: Vec<PathBuf> = entries.filter_map(|entry| Some(entry.ok()?.path())).collect();
    paths.sort();
    let read = |path: PathBuf| {
        let text = std::fs::read_to_string(&path).map_err(|error| error.to_string())?;
        serde_yaml::from_str(&text).map_err(|error| format!("{}: {error}", path.display()))
    };
    paths.into_iter().map(read).collect()
}
