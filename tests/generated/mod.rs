//! Compares documents and schemas with the code.
//! `TOKENWARD_UPDATE=1 cargo test --test suite generated::` regenerates the parts that can be generated.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a document that cannot be read is a failed test"
)]

mod all;
mod commands;
mod documents;
mod page;

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use crate::support::World;
use tokenward::cli::{Env, SchemaName, schema};
use tokenward::config::{Context, load};
use tokenward::domain::{Class, Code};
use tokenward::net::Https;
use tokenward::providers::{Registry, Spec};

const REFRESH: &str = "refresh it with: TOKENWARD_UPDATE=1 cargo test --test suite generated::";
/// Variables that docs/commands.md names and that a dependency reads, or that stand for many.
const NOT_BY_NAME: [&str; 3] = ["TOKENWARD_SANDBOX_<PROVIDER>", "HTTPS_PROXY", "NO_PROXY"];

fn at(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(path)
}

fn read(path: &str) -> String {
    fs::read_to_string(at(path)).unwrap_or_default()
}

/// Holds a file against what it should be, or writes it.
fn keep(path: &str, wanted: &str) {
    let is_equal = read(path) == wanted;
    if !is_equal && std::env::var_os("TOKENWARD_UPDATE").is_some() {
        fs::write(at(path), wanted).unwrap();
        return;
    }
    assert!(is_equal, "{path} is not what the code says; {REFRESH}");
}

/// A section of a document, by its heading of the second level.
fn section(document: &str, heading: &str) -> String {
    let (_, rest) = document
        .split_once(&format!("\n## {heading}\n"))
        .unwrap_or_else(|| panic!("no section `{heading}`"));
    rest.split("\n## ").next().unwrap_or_default().to_owned()
}

/// The first cells of a section's tables, each as its first code span, linked or not.
fn first_cells(section: &str) -> BTreeSet<String> {
    let rows = section.lines().filter(|line| line.starts_with("| `") || line.starts_with("| [`"));
    rows.filter_map(|row| row.split('`').nth(1)).map(str::to_owned).collect()
}

/// The fenced blocks of a language, in order.
fn blocks(document: &str, language: &str) -> Vec<String> {
    let start = format!("\n```{language}\n");
    let parts = document.split(start.as_str()).skip(1);
    parts.map(|part| part.split("\n```").next().unwrap_or_default().to_owned() + "\n").collect()
}

#[test]
fn the_schemas_are_those_of_the_code() {
    let all = [
        ("config", SchemaName::Config),
        ("provider", SchemaName::Provider),
        ("journal", SchemaName::Journal),
        ("tokens", SchemaName::Tokens),
        ("plan", SchemaName::Plan),
        ("doctor", SchemaName::Doctor),
        ("scan", SchemaName::Scan),
        ("baseline", SchemaName::Baseline),
        ("providers", SchemaName::Providers),
        ("rules", SchemaName::Rules),
    ];
    fs::create_dir_all(at("schema")).unwrap();
    for (name, which) in all {
        keep(&format!("schema/{name}.json"), &schema(which));
    }
    let there: BTreeSet<_> =
        fs::read_dir(at("schema")).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert_eq!(there.len(), all.len(), "{there:?}");
}

fn class_word(class: Class) -> String {
    serde_json::to_value(class).unwrap().as_str().unwrap().to_owned()
}

#[test]
fn every_id_is_explained_with_its_meaning_and_exit_code() {
    let document = read("docs/errors.md");
    let mut parts = document.split("\n## ");
    let mut wanted = parts.next().unwrap_or_default().to_owned();
    let explained: BTreeMap<&str, &str> = parts
        .filter_map(|part| {
            let (id, rest) = part.split_once("\n\n")?;
            Some((id, rest.split_once("\n\n")?.1.trim()))
        })
        .collect();
    for code in Code::ALL {
        let text = explained.get(code.id()).copied().unwrap_or_default();
        assert!(
            !text.is_empty(),
            "docs/errors.md does not explain {code}: add `## {code}`, an empty line twice, and the text"
        );
        let line = format!(
            "*{}* Exit code {} ({}).",
            code.meaning(),
            code.class().exit_code(),
            class_word(code.class())
        );
        wanted.push_str(&format!("\n## {code}\n\n{line}\n\n{text}\n"));
    }
    keep("docs/errors.md", &wanted);
}

#[test]
fn the_commands_page_lists_every_exit_code() {
    let rows = section(&read("docs/commands.md"), "Exit codes");
    let mut wanted: BTreeSet<String> =
        Code::ALL.iter().map(|code| code.class().exit_code().to_string()).collect();
    wanted.insert("0".to_owned());
    assert_eq!(first_cells(&rows), wanted);
}

#[test]
fn the_readme_says_how_many_providers_rotate_in_which_way() {
    let registry = Registry::built_in();
    let specs: Vec<&Spec> = registry.all().collect();
    let table = all::ways_to_rotate(&specs, "docs/");
    let (start, end) = ("<!-- providers: generated -->\n", "<!-- end of providers -->");
    let readme = read("README.md");
    let (before, rest) = readme.split_once(start).expect("the README marks its table of providers");
    let (_, after) =
        rest.split_once(end).expect("the README marks the end of its table of providers");
    keep("README.md", &format!("{before}{start}{table}{end}{after}"));
}

#[test]
fn the_readme_has_at_most_900_words() {
    let words = read("README.md").split_whitespace().count();
    assert!(words <= 900, "README.md has {words} words");
}

#[test]
fn every_provider_has_a_page_that_says_what_its_file_says() {
    let registry = Registry::built_in();
    let specs: Vec<&Spec> = registry.all().collect();
    fs::create_dir_all(at(page::FOLDER)).unwrap();
    let mut wanted: BTreeSet<String> = BTreeSet::from(["README.md".to_owned()]);
    keep(&format!("{}/README.md", page::FOLDER), &all::index(&specs));
    for spec in &specs {
        let name = format!("{}.md", spec.id);
        keep(&format!("{}/{name}", page::FOLDER), &page::page(spec));
        wanted.insert(name);
    }
    let there: BTreeSet<String> = fs::read_dir(at(page::FOLDER))
        .unwrap()
        .map(|entry| entry.unwrap().file_name().to_string_lossy().into_owned())
        .collect();
    assert_eq!(there, wanted, "a page of a provider that is none");
}

#[test]
fn every_config_of_a_providers_page_is_one() {
    let registry = Registry::built_in();
    let known: Vec<&str> = registry.ids().map(|id| id.as_str()).collect();
    for spec in registry.all() {
        let page = page::page(spec);
        let configs = blocks(&page, "yaml");
        assert!(!configs.is_empty(), "{}", spec.id);
        for config in configs {
            let context = Context { looks_like_token: &|_| Vec::new(), known_providers: &known };
            let name = format!("{}/{}.md", page::FOLDER, spec.id);
            if let Err(mistakes) = load(Path::new(&name), &config, &context) {
                panic!(
                    "{}",
                    mistakes.iter().map(|mistake| mistake.render(false, 100)).collect::<String>()
                );
            }
        }
    }
}

#[test]
fn the_commands_page_lists_every_command() {
    let arguments = read("src/cli/run.rs");
    let of_code: BTreeSet<String> = arguments
        .split("Command::")
        .skip(1)
        .filter(|rest| rest.starts_with(|first: char| first.is_ascii_uppercase()))
        .map(|rest| {
            rest.chars().take_while(char::is_ascii_alphanumeric).collect::<String>().to_lowercase()
        })
        .collect();
    let of_page = first_cells(&section(&read("docs/commands.md"), "Commands"));
    // `Command::InstallHook` is typed `install-hook`.
    let typed = |cell: &String| cell.split(' ').next().unwrap_or_default().replace('-', "");
    assert_eq!(of_page.iter().map(typed).collect::<BTreeSet<_>>(), of_code);
}

#[test]
fn the_commands_page_lists_every_variable_that_is_read() {
    let mut of_code = BTreeSet::new();
    let mut open = vec![at("src")];
    while let Some(path) = open.pop() {
        if path.is_dir() {
            open.extend(fs::read_dir(&path).unwrap().map(|entry| entry.unwrap().path()));
            continue;
        }
        // A call may be broken into lines.
        let text: String = fs::read_to_string(&path).unwrap().split_whitespace().collect();
        for asked in ["text(\"", "secret(\"", "env.get(\"", "env::var(\""] {
            let names =
                text.split(asked).skip(1).map(|rest| rest.split('"').next().unwrap_or_default());
            of_code.extend(
                names
                    .filter(|name| name.bytes().all(|b| b.is_ascii_uppercase() || b == b'_'))
                    .map(str::to_owned),
            );
        }
    }
    let mut of_page = first_cells(&section(&read("docs/commands.md"), "Environment variables"));
    for name in NOT_BY_NAME {
        assert!(of_page.remove(name), "docs/commands.md does not name {name}");
    }
    assert_eq!(of_page, of_code);
}

#[tokio::test(start_paused = true)]
async fn the_quickstart_works() {
    let readme = blocks(&read("README.md"), "yaml");
    let (config, workflow) = (&readme[0], &readme[1]);
    assert!(
        config.lines().count() + workflow.lines().count() <= 40,
        "the quickstart is longer than 40 lines"
    );
    let page = blocks(&read("docs/quickstart.md"), "yaml");
    assert_eq!(page[..2], readme[..2], "README.md and docs/quickstart.md differ");
    let world = World::new(config);
    for command in ["plan", "rotate", "check", "status"] {
        let ran = world.run(&[command]).await.expect(0);
        assert!(ran.out.contains("sendgrid"), "{}", ran.all());
    }
    for variable in ["SENDGRID_API_KEY", "SENDGRID_MANAGER_KEY"] {
        assert!(workflow.contains(&format!("{variable}: ${{{{")), "{variable}");
    }
}

/// A line without what differs from run to run: ids, times, hashes.
fn blurred(line: &str) -> String {
    let changes = |word: &str| {
        word.contains(|c: char| c.is_ascii_digit()) || word.len() >= 20 || word.starts_with("SG.")
    };
    line.split_whitespace()
        .map(|word| if changes(word) { "#" } else { word })
        .collect::<Vec<_>>()
        .join(" ")
}

#[tokio::test]
async fn the_readme_shows_what_the_demo_says() {
    let said: Arc<Mutex<Vec<u8>>> = Arc::default();
    let around = Env {
        variables: BTreeMap::new().into(),
        folder: std::env::temp_dir(),
        input: Arc::new(Mutex::new(std::io::empty())),
        hidden: Arc::new(|| Ok(String::new())),
        out: said.clone(),
        err: said.clone(),
        terminal: false,
        err_terminal: false,
        width: 100,
        transport: Arc::new(Https::new()),
    };
    let code = tokenward::cli::run(["tokenward", "demo"].map(Into::into), &around).await;
    let said = String::from_utf8(said.lock().unwrap().clone()).unwrap();
    assert_eq!(code, 0, "{said}");
    let mut lines = said.lines().map(blurred);
    for shown in blocks(&read("README.md"), "console")[0]
        .lines()
        .filter(|line| !line.is_empty() && *line != "...")
    {
        let wanted = blurred(shown);
        assert!(
            lines.any(|line| line == wanted),
            "the demo does not say, or not in this order: {shown}\n---\n{said}"
        );
    }
}
