//! The reader for any model: what a provider file's model may use, and the schema editors get.

use std::path::Path;

use schemars::JsonSchema;
use serde::Deserialize;

use super::{FULL, context, rendered};
use crate::config::{RenderedDiagnostic, Tree, read, schema, schema_of};
use crate::domain::{Code, Span};

/// A provider.
#[derive(Debug, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
struct Provider {
    /// Its id.
    #[schemars(regex(pattern = r"^[a-z-]+$"))]
    id: String,
    #[serde(default)]
    limits: Option<Limits>,
    auth: Auth,
    #[serde(default)]
    verify: Vec<Rule>,
    #[serde(default)]
    body: serde_json::Value,
}

#[derive(Debug, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
struct Limits {
    #[schemars(range(min = 1, max = 100))]
    keys: u8,
    #[serde(default)]
    revoke_lag: Option<Span>,
}

#[derive(Debug, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
enum Auth {
    None,
    Bearer(String),
    Basic {
        user: String,
        #[serde(default)]
        password: Option<String>,
    },
}

#[derive(Debug, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", tag = "is", deny_unknown_fields)]
enum Rule {
    Live { status: u16 },
    Dead { status: u16, why: String },
}

fn provider(text: &str) -> Result<(Provider, Tree), Vec<RenderedDiagnostic>> {
    read(Path::new("own.yaml"), text, &context(), &schema_of::<Provider>().to_value().to_string())
}

fn wrong(text: &str) -> Vec<(&'static str, usize, usize, String)> {
    let found = provider(text).expect_err("a mistake");
    found
        .into_iter()
        .map(|one| {
            (
                one.code.id(),
                one.line,
                one.column,
                format!("{} / {}", one.message, one.hint.unwrap_or_default()),
            )
        })
        .collect()
}

#[test]
fn enums_are_read_as_their_schema_says() {
    let (model, tree) = provider("id: own\nauth: {bearer: '{{token}}'}\nlimits: {keys: 3, revoke-lag: 10m}\nverify: [{is: dead, status: 401, why: x}]\nbody: {a: null}\n").expect("a provider");
    assert_eq!(model.auth, Auth::Bearer("{{token}}".to_owned()));
    assert_eq!(model.limits, Some(Limits { keys: 3, revoke_lag: Span::parse("10m") }));
    assert_eq!(model.verify, [Rule::Dead { status: 401, why: "x".to_owned() }]);
    assert_eq!(model.body, serde_json::json!({"a": null}));
    let found = tree.diagnostic(Code::ProviderInvalid, &["verify", "0", "why"], "no", None);
    assert_eq!((found.line, found.column, found.code), (4, 39, Code::ProviderInvalid));
    assert_eq!(tree.keys(&[]), ["id", "auth", "limits", "verify", "body"]);
    assert!(provider("id: own\nauth: none\n").is_ok_and(|(model, _)| model.auth == Auth::None));
    assert!(provider("id: own\nauth: {basic: {user: api}}\n").is_ok());
}

#[test]
fn mistakes_in_any_model_are_found_with_their_place() {
    for (text, code, line, column, piece) in [
        ("id: own\nauth: nobody\n", "config-wrong-type", 2, 7, "`none`"),
        ("id: own\nauth: {barer: x}\n", "config-unknown-key", 2, 8, "did you mean `bearer`"),
        ("id: own\nauth: {basic: {usr: x}}\n", "config-unknown-key", 2, 16, "did you mean `user`"),
        ("id: own\nauth: {bearer: 5}\n", "config-wrong-type", 2, 16, "put it in quotes: '5'"),
        ("id: own\nauth: [x]\n", "config-wrong-type", 2, 1, "cannot be a list"),
        ("id: Own\nauth: none\n", "config-wrong-type", 1, 5, "Its id."),
        ("id: own\nauth: none\nlimits: {keys: 0}\n", "config-wrong-type", 3, 16, "at least 1"),
        ("id: own\nauth: none\nlimits: {keys: 101}\n", "config-wrong-type", 3, 16, "at most 100"),
        (
            "id: own\nauth: none\nlimits: {keys: 1.5}\n",
            "config-wrong-type",
            3,
            16,
            "a whole number",
        ),
        (
            "id: own\nauth: none\nlimits: {keys: 5, revoke-lag: 10}\n",
            "config-wrong-type",
            3,
            31,
            "write `10d`",
        ),
        ("id: own\nauth: none\nlimits: {}\n", "config-missing-key", 3, 1, "`keys` is missing"),
        (
            "id: own\nauth: none\nverify: [{is: dead, status: 401}]\n",
            "config-missing-key",
            3,
            11,
            "`why` is missing",
        ),
        (
            "id: own\nauth: none\nverify: [{is: live, status: 401, why: x}]\n",
            "config-wrong-type",
            3,
            34,
            "cannot be combined",
        ),
        (
            "id: own\nauth: none\nverify: [{is: live, status: 99999}]\n",
            "config-wrong-type",
            3,
            29,
            "at most 65535",
        ),
        ("id: own\nauth: none\nverify: {is: live}\n", "config-wrong-type", 3, 1, "a list"),
    ] {
        let found = wrong(text);
        assert_eq!(found.len(), 1, "{text}{found:#?}");
        assert_eq!((found[0].0, found[0].1, found[0].2), (code, line, column), "{text}{found:#?}");
        assert!(found[0].3.contains(piece), "{text}{found:#?}");
    }
}

#[test]
fn an_unknown_variant_is_named_with_what_there_is() {
    let found = wrong("id: own\nauth: none\nverify: [{is: alive, status: 401}]\n");
    assert!(
        found
            .iter()
            .any(|one| one.0 == "config-wrong-type" && one.2 == 15 && one.3.contains("`live`")),
        "{found:#?}"
    );
}

/// What only the deserializer knows.
#[derive(Debug, JsonSchema)]
struct Even(#[expect(dead_code, reason = "only its reading matters")] u8);

impl<'de> Deserialize<'de> for Even {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let number = u8::deserialize(deserializer)?;
        if number % 2 == 0 {
            Ok(Self(number))
        } else {
            Err(serde::de::Error::custom("an odd number"))
        }
    }
}

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Numbers {
    #[expect(dead_code, reason = "only its reading matters")]
    list: Vec<Even>,
}

#[test]
fn what_only_the_deserializer_knows_is_shown_at_its_place() {
    let found = read::<Numbers>(
        Path::new("n.yaml"),
        "list:\n  - 2\n  - 3\n",
        &context(),
        &schema_of::<Numbers>().to_value().to_string(),
    )
    .expect_err("a mistake");
    assert_eq!((found[0].line, found[0].column), (3, 5), "{}", rendered(&found));
    assert_eq!(found[0].message, "an odd number");
    // The list of somebody who wants us to be busy: what is wrong is at its end.
    let long = format!("list:\n{}  - 3\n", "  - 2\n".repeat(40_000));
    let found = read::<Numbers>(
        Path::new("n.yaml"),
        &long,
        &context(),
        &schema_of::<Numbers>().to_value().to_string(),
    );
    assert_eq!(found.expect_err("a mistake")[0].line, 40_002);
}

#[test]
fn the_schema_is_good_for_an_editor() {
    let schema = schema().to_value();
    assert_eq!(schema["title"], "tokenward config");
    assert!(!schema.to_string().contains("null"), "{schema}");
    let mut undescribed = Vec::new();
    for (name, definition) in
        schema["$defs"].as_object().into_iter().flatten().chain([(&"root".to_owned(), &schema)])
    {
        assert!(
            definition.get("properties").is_none() || definition["additionalProperties"] == false,
            "{name}"
        );
        for (key, property) in definition["properties"].as_object().into_iter().flatten() {
            if property.get("description").is_none() && property.get("$ref").is_none() {
                undescribed.push(format!("{name}.{key}"));
            }
        }
    }
    assert!(undescribed.is_empty(), "{undescribed:?}");
    // Names of keys as they are written, in the schema and in the example alike.
    for key in ["rotate-every", "warn-before", "max-age", "git-ref", "destinations"] {
        assert!(schema.to_string().contains(&format!("\"{key}\"")) && FULL.contains(key), "{key}");
    }
}
