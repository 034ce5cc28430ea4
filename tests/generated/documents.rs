//! Every page a person reads: its configs load, its workflows are well-formed, its commands parse,
//! and its links lead somewhere.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use clap::{CommandFactory as _, Parser as _};
use serde_yaml::Value;
use tokenward::cli::{Cli, INPUTS};
use tokenward::config::{Context, RulesFile, load};
use tokenward::providers::Registry;

use crate::generated::{at, blocks, read};

/// The documents at the root that people read.
const AT_THE_ROOT: [&str; 5] =
    ["README.md", "CONTRIBUTING.md", "SECURITY.md", "ARCHITECTURE.md", "CHANGELOG.md"];

/// The pages of a folder, by their paths from the root.
fn pages(folder: &str) -> Vec<String> {
    let mut pages: Vec<String> = fs::read_dir(at(folder))
        .unwrap()
        .map(|entry| entry.unwrap().file_name().to_string_lossy().into_owned())
        .filter(|name| name.ends_with(".md"))
        .map(|name| format!("{folder}/{name}"))
        .collect();
    pages.sort();
    pages
}

/// The README and the pages of docs/.
fn guides() -> Vec<String> {
    [vec!["README.md".to_owned()], pages("docs")].concat()
}

fn every_document() -> Vec<String> {
    let root = AT_THE_ROOT.map(str::to_owned).to_vec();
    [root, pages("docs"), pages("docs/dev"), pages("docs/providers")].concat()
}

/// The blocks of YAML of all guides, each with its page.
fn yaml() -> Vec<(String, String)> {
    let of = |page: String| {
        blocks(&read(&page), "yaml").into_iter().map(move |block| (page.clone(), block))
    };
    guides().into_iter().flat_map(of).collect()
}

fn is_config(block: &str) -> bool {
    block.starts_with("version: 1\n")
}

#[test]
fn every_config_of_the_guides_loads() {
    let registry = Registry::built_in();
    let known: Vec<&str> = registry.ids().map(|id| id.as_str()).collect();
    let configs: Vec<_> = yaml().into_iter().filter(|(_, block)| is_config(block)).collect();
    assert!(configs.len() >= 3, "{}", configs.len());
    for (page, config) in configs {
        let context = Context { looks_like_token: &|_| Vec::new(), known_providers: &known };
        if let Err(errors) = load(Path::new(&page), &config, &context) {
            panic!("{}", errors.iter().map(|error| error.render(false, 100)).collect::<String>());
        }
    }
}

#[test]
fn every_other_yaml_of_the_guides_is_a_workflow_or_a_pre_commit_config() {
    let hooks: Vec<Value> = serde_yaml::from_str(&read(".pre-commit-hooks.yaml")).unwrap();
    let known: BTreeSet<&str> = hooks.iter().filter_map(|hook| hook.get("id")?.as_str()).collect();
    for (page, text) in yaml().into_iter().filter(|(_, block)| !is_config(block)) {
        if text.starts_with("rules:\n") {
            // `tests/cli/own_rules.rs` scans with them.
            serde_yaml::from_str::<RulesFile>(&text).unwrap();
            continue;
        }
        let block: Value = serde_yaml::from_str(&text).unwrap();
        if let Some(repos) = block.get("repos").and_then(Value::as_sequence) {
            let ids = repos.iter().filter_map(|repo| repo.get("hooks")?.as_sequence()).flatten();
            let ids: Vec<&str> = ids.filter_map(|hook| hook.get("id")?.as_str()).collect();
            assert!(!ids.is_empty() && ids.iter().all(|id| known.contains(id)), "{page}: {ids:?}");
            continue;
        }
        if let Some(commands) =
            block.get("pre-commit").and_then(|hook| hook.get("commands")?.as_mapping())
        {
            // lefthook's own form
            let run =
                |command: &Value| parses(&page, command.get("run").unwrap().as_str().unwrap());
            commands.values().for_each(run);
            continue;
        }
        if block.as_mapping().unwrap().keys().all(|key| matches!(key.as_str(), Some("env"))) {
            continue; // a part of a step
        }
        for key in ["on", "jobs"] {
            assert!(block.get(key).is_some_and(Value::is_mapping), "{page}: no `{key}`:\n{text}");
        }
        let jobs = block.get("jobs").and_then(Value::as_mapping).unwrap();
        for job in jobs.values() {
            let Some(steps) = job.get("steps").and_then(Value::as_sequence) else {
                let called = job.get("uses").and_then(Value::as_str).unwrap_or_default();
                is_reusable(&page, called);
                continue;
            };
            assert!(job.get("runs-on").is_some(), "{page}: a job without `runs-on`");
            steps.iter().for_each(|step| uses_the_action(&page, step));
        }
        let minute = text
            .split("cron: '")
            .nth(1)
            .map(|rest| rest.split(' ').next().unwrap().parse::<u32>().unwrap());
        assert!(minute.is_none_or(|minute| minute % 5 != 0), "{page}: a busy minute: {minute:?}");
    }
}

/// A job that calls one of the reusable workflows names a file that exists.
fn is_reusable(page: &str, called: &str) {
    let path = called
        .strip_prefix("OWNER/tokenward/")
        .and_then(|rest| rest.strip_suffix("@COMMIT"))
        .unwrap_or_else(|| panic!("{page}: a job without steps calls `{called}`"));
    assert!(read(path).contains("workflow_call:"), "{page}: {path} cannot be called");
}

/// A step that runs the Action passes inputs that exist, and a command line that parses.
fn uses_the_action(page: &str, step: &Value) {
    let uses = step.get("uses").and_then(Value::as_str).unwrap_or_default();
    if !uses.starts_with("OWNER/tokenward@") {
        return;
    }
    let none = serde_yaml::Mapping::new();
    let with = step.get("with").and_then(Value::as_mapping).unwrap_or(&none);
    for input in with.keys().filter_map(Value::as_str) {
        assert!(INPUTS.contains(&input), "{page}: the Action has no input `{input}`");
    }
    let word = |key: &str| with.get(key).and_then(Value::as_str);
    let line = [
        word("command").unwrap_or("scan"),
        word("args").unwrap_or_default(),
        word("tokens").unwrap_or_default(),
    ]
    .join(" ");
    parses(page, &format!("tokenward {line}"));
}

/// The words of a command line, as a shell splits one without variables.
fn words(line: &str) -> Vec<String> {
    let mut words = Vec::new();
    let mut word: Option<String> = None;
    let mut quote = None;
    for letter in line.chars() {
        match (quote, letter) {
            (Some(open), _) if letter == open => quote = None,
            (None, '"' | '\'') => {
                quote = Some(letter);
                word.get_or_insert_default();
            }
            (None, ' ') => words.extend(word.take()),
            _ => word.get_or_insert_default().push(letter),
        }
    }
    words.extend(word);
    words
}

fn parses(page: &str, line: &str) {
    let words = words(line).into_iter().map(|word| match word.as_str() {
        // A number is typed where the documents say what kind of number.
        "NUMBER" => "7".to_owned(),
        _ => word,
    });
    if let Err(error) = Cli::try_parse_from(words) {
        use clap::error::ErrorKind::{DisplayHelp, DisplayVersion};
        assert!(
            matches!(error.kind(), DisplayHelp | DisplayVersion),
            "{page}: `{line}` is no command line: {error}"
        );
    }
}

/// A page's text without its code blocks.
fn prose(document: &str) -> String {
    let mut is_code = false;
    let mut prose = String::new();
    for line in document.lines() {
        if line.trim_start().starts_with("```") {
            is_code = !is_code;
        } else if !is_code {
            prose.push_str(line);
            prose.push('\n');
        }
    }
    prose
}

/// The code spans of a text.
fn spans(text: &str) -> impl Iterator<Item = &str> {
    text.split('`').skip(1).step_by(2)
}

#[test]
fn every_command_of_the_guides_parses() {
    let (mut lines, mut named) = (0, 0);
    let known = Cli::command();
    for page in guides() {
        let text = read(&page);
        let shell = [blocks(&text, "sh"), blocks(&text, "console")].concat().join("");
        let typed = shell.lines().map(|line| line.strip_prefix("$ ").unwrap_or(line));
        for line in typed.filter(|line| line.starts_with("tokenward ")) {
            parses(&page, line);
            lines += 1;
        }
        let prose = prose(&text);
        for span in spans(&prose).filter(|span| span.starts_with("tokenward ")) {
            match words(span).as_slice() {
                // `tokenward COMMAND` stands for all of them.
                [_, command, ..] if command == "COMMAND" => {}
                [_, command] if !command.starts_with('-') => {
                    let exists = known.find_subcommand(command).is_some();
                    assert!(exists, "{page}: `{span}` names no command");
                }
                _ => parses(&page, span),
            }
            named += 1;
        }
    }
    assert!(lines > 5 && named > 20, "only {lines} lines and {named} names were found");
}

/// GitHub's anchors of a document's headings.
fn anchors(document: &str) -> BTreeSet<String> {
    let mut seen: BTreeMap<String, u32> = BTreeMap::new();
    let text = prose(document);
    let headings = text.lines().filter(|line| line.starts_with('#'));
    headings
        .map(|line| {
            let title = link_texts(line.trim_start_matches('#').trim());
            let anchor: String = title
                .to_lowercase()
                .chars()
                .filter(|c| c.is_alphanumeric() || matches!(c, ' ' | '-' | '_'))
                .map(|c| if c == ' ' { '-' } else { c })
                .collect();
            let count = seen.entry(anchor.clone()).or_default();
            *count += 1;
            if *count == 1 { anchor } else { format!("{anchor}-{}", *count - 1) }
        })
        .collect()
}

/// A heading without the targets of its links.
fn link_texts(title: &str) -> String {
    let mut parts = title.split("](");
    let first = parts.next().unwrap_or_default().to_owned();
    parts.fold(first, |text, part| text + part.split_once(')').map_or("", |(_, rest)| rest))
}

/// The targets of a document's links.
fn targets(document: &str) -> Vec<String> {
    // What stands in a code span is no link.
    let text: String = prose(document).split('`').step_by(2).collect::<Vec<_>>().join("code");
    text.split("](").skip(1).filter_map(|rest| Some(rest.split_once(')')?.0.to_owned())).collect()
}

/// The path that a link of a page leads to, from the root.
fn resolved(page: &str, target: &str) -> PathBuf {
    let mut path = Path::new(page).parent().unwrap_or(Path::new("")).to_path_buf();
    for part in target.split('/') {
        match part {
            ".." => assert!(path.pop(), "{page}: {target} leads out of the repository"),
            "." | "" => {}
            _ => path.push(part),
        }
    }
    path
}

#[test]
fn every_link_leads_to_a_file_and_a_heading() {
    let mut broken = Vec::new();
    for page in every_document() {
        for target in targets(&read(&page)) {
            if target.starts_with("https://") || target.starts_with("http://") {
                continue;
            }
            let (file, anchor) = target.split_once('#').unwrap_or((&target, ""));
            let path = if file.is_empty() { PathBuf::from(&page) } else { resolved(&page, file) };
            if !at(path.to_str().unwrap()).exists() {
                broken.push(format!("{page}: there is no {}", path.display()));
            } else if !anchor.is_empty() && !anchors(&read(path.to_str().unwrap())).contains(anchor)
            {
                broken.push(format!("{page}: {} has no heading #{anchor}", path.display()));
            }
        }
    }
    assert!(broken.is_empty(), "{}", broken.join("\n"));
}

#[test]
fn every_page_of_docs_is_linked_from_the_readme_or_another_guide() {
    let linked: BTreeSet<PathBuf> = [guides(), vec!["CONTRIBUTING.md".to_owned()]]
        .concat()
        .iter()
        .flat_map(|page| {
            let targets = targets(&read(page)).into_iter().filter(|to| !to.starts_with("http"));
            targets
                .map(|to| resolved(page, to.split('#').next().unwrap_or_default()))
                .collect::<Vec<_>>()
        })
        .collect();
    for page in [pages("docs"), pages("docs/dev")].concat() {
        assert!(linked.contains(Path::new(&page)), "nothing links to {page}");
    }
}

/// Messages name a section of a page like this: `docs/action.md, "Permissions"`.
#[test]
fn every_section_that_a_message_names_exists() {
    let mut open = vec![at("src")];
    let mut count = 0;
    while let Some(path) = open.pop() {
        if path.is_dir() {
            open.extend(fs::read_dir(&path).unwrap().map(|entry| entry.unwrap().path()));
            continue;
        }
        let code = fs::read_to_string(&path).unwrap().replace("\\\"", "\"");
        for mark in ["docs/", "README"] {
            for rest in code.split(mark).skip(1) {
                let Some((page, rest)) = rest.split_once(", \"") else { continue };
                let is_page = page.is_empty() || page == ".md" || page.ends_with(".md");
                if !is_page || page.len() > 30 || page.contains([' ', '\n']) {
                    continue;
                }
                let name =
                    if mark == "README" { "README.md".to_owned() } else { format!("docs/{page}") };
                let title = rest.split('"').next().unwrap_or_default();
                assert!(
                    read(&name).contains(&format!("\n## {title}\n")),
                    "{}: {name} has no section {title:?}",
                    path.display()
                );
                count += 1;
            }
        }
    }
    assert!(count > 5, "only {count} hints were found");
}
