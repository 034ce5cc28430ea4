//! A valid, signed journal of a real life, changed by somebody who has no key: ids swapped, records
//! dropped, replayed, reordered, another token's, another repository's, fields changed, signatures
//! kept, dropped or made with another key. Then a run of `rotate` on it, against the emulator: no
//! key may be revoked that the journal as it was would not have had revoked, and none in use at
//! all.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io::Cursor;
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, OnceLock};

use futures::FutureExt as _;
use futures::future::BoxFuture;
use jiff::SignedDuration;
use serde_json::Value;
use tokenward::cli::{Env, run};
use tokenward::domain::Secret;
use tokenward::journal::{JournalKey, Record};
use tokenward::net::{Answer, Request, Transport, TransportError};
use tokenward_emulator::{Credential, CredentialKind, Dropped, Emulator, SecretPlace, Service};
use zeroize::Zeroizing;

const REPO: &str = "acme/site";
const OTHER: &str = "acme/other";
const REF: &str = "refs/tokenward/journal";
/// The key of the journal, and that of somebody else: made for these lives alone.
const KEYS: [&str; 2] = [
    "5f0c8a1e9b3d7264c1a8f5e20b9647d3e81f6a0c92b45d7738c6e1f09a2b4d5c",
    "91c7e2d04fab863b5d1e9078c3f6a2b4d8e15c7390f2a46b8d0c7e1f53a9b264",
];

const CONFIG: &str = "\
version: 1
defaults: {rotate-every: 3650d, max-age: never, grace: 24h}
tokens:
  mail:
    provider: sendgrid
    value: env:MAIL_KEY
    manager: env:SENDGRID_MANAGER_KEY
    scopes: [mail.send]
    destinations: [{github: REPO, secret: MAIL_KEY}]
  news:
    provider: sendgrid
    value: env:NEWS_KEY
    manager: env:SENDGRID_MANAGER_KEY
    scopes: [mail.send]
    destinations: [{github: REPO, secret: NEWS_KEY}]
";

/// The runs of each life before the journal is changed: hours that pass, what is asked, and whether
/// the run dies when it has made a key.
type Life = &'static [(i64, &'static [&'static str], bool)];
const ROTATE: &[&str] = &["rotate"];
const FORCE: &[&str] = &["rotate", "mail", "--force", "--reason", "x"];
const LIVES: [Life; 5] = [
    // An old value whose grace is over.
    &[(0, ROTATE, false), (1, FORCE, false), (1, ROTATE, false), (25, &["status"], false)],
    // A new value that waits for its proof.
    &[(0, ROTATE, false), (1, FORCE, false), (1, &["status"], false)],
    // The second rotation's old value; the first one is dead.
    &[
        (0, ROTATE, false),
        (1, FORCE, false),
        (1, ROTATE, false),
        (25, ROTATE, false),
        (1, FORCE, false),
        (1, ROTATE, false),
        (25, &["status"], false),
    ],
    // A key that was made, and whose run died.
    &[(0, ROTATE, false), (1, FORCE, true), (1, &["status"], false)],
    // Nothing is under way.
    &[(0, ROTATE, false), (1, FORCE, false), (1, ROTATE, false), (25, ROTATE, false)],
];

/// The emulator in this process. With `dies`, nothing is sent any more once a key was made: so it
/// is for a run that dies there.
struct InProcess {
    emulator: Emulator,
    dies: bool,
    dead: AtomicBool,
}

impl Transport for InProcess {
    fn send(&self, request: Request) -> BoxFuture<'_, Result<Answer, TransportError>> {
        async move {
            let host = request.url.host().unwrap_or_default().to_owned();
            let service =
                if host.starts_with("api.github.") { Service::GitHub } else { Service::SendGrid };
            let mut sent =
                http::Request::builder().method(request.method.clone()).uri(request.url.clone());
            for (name, value) in &request.headers {
                sent = sent.header(name, value);
            }
            let sent = sent
                .body(request.body.to_vec())
                .ok()
                .filter(|_| !self.dead.load(Ordering::Relaxed));
            let Some(sent) = sent else {
                return Err(TransportError::NotSent { host, why: "the run is dead".to_owned() });
            };
            self.emulator.advance(SignedDuration::from_secs(1));
            let makes = service == Service::SendGrid && request.method == "POST";
            self.dead.fetch_or(self.dies && makes, Ordering::Relaxed);
            match self.emulator.handle(service, sent).await {
                Ok(response) => {
                    let (parts, body) = response.into_parts();
                    Ok(Answer {
                        status: parts.status.as_u16(),
                        headers: parts.headers,
                        body: Zeroizing::new(body),
                    })
                }
                Err(Dropped::Refused) => {
                    Err(TransportError::NotSent { host, why: "connection refused".to_owned() })
                }
                Err(dropped) => Err(TransportError::NoAnswer { host, why: dropped.to_string() }),
            }
        }
        .boxed()
    }
}

/// A life as far as it is told, and its journal.
struct World {
    emulator: Emulator,
    env: BTreeMap<String, String>,
    folder: PathBuf,
    /// The journal's commits and records, oldest first.
    commits: Vec<String>,
    records: Vec<Value>,
    /// Everything of the account that a change could notice: ids and names of keys, and what the
    /// secrets hold.
    state: State,
    runs: usize,
}

#[derive(Clone, PartialEq, Eq)]
struct State {
    keys: BTreeMap<String, String>,
    held: BTreeMap<String, String>,
}

/// One folder a repository for all worlds of this process: nothing is ever written into it.
fn folder(repo: &str) -> PathBuf {
    static FOLDERS: OnceLock<Mutex<BTreeSet<String>>> = OnceLock::new();
    let folder = std::env::temp_dir().join(format!(
        "tokenward-forged-{}-{}",
        std::process::id(),
        repo.replace('/', "-")
    ));
    if let Ok(mut made) = FOLDERS.get_or_init(Mutex::default).lock()
        && made.insert(repo.to_owned())
    {
        let text = CONFIG.replace("REPO", repo);
        let written = fs::create_dir_all(folder.join(".github"))
            .and_then(|()| fs::write(folder.join(".github/tokenward.yml"), text));
        assert!(written.is_ok(), "no folder");
    }
    folder
}

impl World {
    async fn new(repo: &str, life: Life) -> Self {
        let emulator = Emulator::new();
        let github = emulator.github();
        github.add_org("acme");
        github.add_repo(repo);
        let sendgrid = emulator.sendgrid();
        sendgrid.add_key("a colleague's own", &["mail.send"]);
        sendgrid.add_key("tw1-00000000-v1-ffffff", &["mail.send"]);
        let manager = sendgrid.add_full_access_key("manager").value;
        for secret in ["MAIL_KEY", "NEWS_KEY"] {
            github.put_secret(
                &SecretPlace::Repo(repo.to_owned()),
                secret,
                &sendgrid.add_key(&format!("pasted into {secret}"), &["mail.send"]).value,
            );
        }
        let workflow = [("contents", "write"), ("actions", "read")];
        let env = [
            (
                "GITHUB_TOKEN",
                github.add_credential(
                    Credential::new(CredentialKind::ActionsToken, &workflow).on(&[repo]),
                ),
            ),
            ("TOKENWARD_GITHUB_TOKEN", github.add_app_credential_with_all()),
            ("SENDGRID_MANAGER_KEY", manager),
            ("TOKENWARD_JOURNAL_KEY", KEYS[0].to_owned()),
        ];
        let env = env.into_iter().map(|(name, value)| (name.to_owned(), value)).collect();
        emulator.advance(SignedDuration::from_hours(1));
        let state = State { keys: BTreeMap::new(), held: BTreeMap::new() };
        let mut world = Self {
            emulator,
            env,
            folder: folder(repo),
            commits: Vec::new(),
            records: Vec::new(),
            state,
            runs: 0,
        };
        for (hours, asked, dies) in life {
            world.emulator.advance(SignedDuration::from_hours(*hours));
            world.run(repo, asked, *dies).await;
        }
        world.remember(repo);
        world
    }

    /// One run of a command. What it says does not matter here.
    async fn run(&self, repo: &str, asked: &[&str], dies: bool) -> (u8, String) {
        let mut env = self.env.clone();
        env.extend(self.emulator.github().handed_secrets(repo, None));
        let out: Arc<Mutex<Vec<u8>>> = Arc::default();
        let around = Env {
            variables: env.into(),
            folder: self.folder.clone(),
            input: Arc::new(Mutex::new(Cursor::new(Vec::new()))),
            hidden: Arc::new(|| Ok(String::new())),
            out: out.clone(),
            err: out.clone(),
            terminal: false,
            err_terminal: false,
            width: 100,
            transport: Arc::new(InProcess {
                emulator: self.emulator.clone(),
                dies,
                dead: AtomicBool::new(false),
            }),
        };
        let code = run(
            std::iter::once("tokenward")
                .chain(asked.iter().copied())
                .map(Into::into)
                .collect::<Vec<_>>(),
            &around,
        )
        .await;
        self.emulator.clear_requests();
        let said =
            out.lock().map(|said| String::from_utf8_lossy(&said).into_owned()).unwrap_or_default();
        (code, said)
    }

    fn look(&self, repo: &str) -> State {
        let place = SecretPlace::Repo(repo.to_owned());
        let held = ["MAIL_KEY", "NEWS_KEY"].map(|name| {
            (name.to_owned(), self.emulator.github().secret_value(&place, name).unwrap_or_default())
        });
        State {
            keys: self
                .emulator
                .sendgrid()
                .keys()
                .into_iter()
                .map(|key| (key.id, key.name))
                .collect(),
            held: held.into(),
        }
    }

    fn remember(&mut self, repo: &str) {
        let github = self.emulator.github();
        let mut next = github.ref_sha(repo, REF);
        while let Some(sha) = next {
            let message = github.commit_message(repo, &sha).unwrap_or_default();
            let record = message
                .lines()
                .find(|line| line.starts_with('{'))
                .and_then(|line| serde_json::from_str(line).ok());
            self.records.extend(record);
            next = github.commit_parents(repo, &sha).into_iter().next();
            self.commits.push(sha);
        }
        self.records.reverse();
        self.commits.reverse();
        assert!(
            self.records.len() == self.commits.len() && !self.records.is_empty(),
            "a life without a journal"
        );
        self.state = self.look(repo);
    }

    /// Puts a journal in the place of the one that was; what is unchanged at its beginning is not
    /// written again.
    fn put(&self, records: &[Value]) {
        let github = self.emulator.github();
        let same = records.iter().zip(&self.records).take_while(|(new, old)| new == old).count();
        let mut parent = same.checked_sub(1).and_then(|last| self.commits.get(last)).cloned();
        for record in records.iter().skip(same) {
            parent = github.add_commit(
                REPO,
                &self.commits[0],
                parent.as_deref(),
                &format!("forged\n\n{record}\n"),
            );
        }
        match parent {
            Some(head) => github.set_ref(REPO, REF, &head),
            None => github.delete_ref(REPO, REF),
        }
    }
}

/// Numbers out of the bytes, and nothing when they are used up.
struct Bytes<'b>(&'b [u8]);

impl Bytes<'_> {
    fn below(&mut self, most: usize) -> usize {
        let (taken, rest) = self.0.split_at(self.0.len().min(2));
        self.0 = rest;
        taken.iter().fold(0, |number, byte| number << 8 | usize::from(*byte)) % most.max(1)
    }
}

/// Every place in a record that holds a text or a number, by its pointer.
fn leaves(value: &Value, at: &str, found: &mut Vec<String>) {
    match value {
        Value::Object(fields) => {
            for (name, field) in fields {
                leaves(
                    field,
                    &format!("{at}/{}", name.replace('~', "~0").replace('/', "~1")),
                    found,
                );
            }
        }
        Value::Array(items) => items
            .iter()
            .enumerate()
            .for_each(|(index, item)| leaves(item, &format!("{at}/{index}"), found)),
        _ => found.push(at.to_owned()),
    }
}

/// Changes a journal in up to four ways.
fn changed(world: &World, others: &[Value], bytes: &mut Bytes<'_>) -> (Vec<Value>, Signatures) {
    let mut records = world.records.clone();
    let ids: Vec<String> = world.state.keys.keys().cloned().collect();
    let names: Vec<String> = world.state.keys.values().cloned().collect();
    for _ in 0..=bytes.below(4) {
        if records.is_empty() {
            break;
        }
        let (one, other) = (bytes.below(records.len()), bytes.below(records.len()));
        // What is changed is the newest record more often than not: it is the one that decides.
        let one = if bytes.below(3) == 0 { one } else { records.len() - 1 };
        match bytes.below(11) {
            0 => drop(records.remove(one)),
            1 => records.push(records[other].clone()),
            2 => records.swap(one, other),
            3 => records.truncate(other),
            4 => records[one]["of"]["repository"] = OTHER.into(),
            5 => {
                let news = records.iter().find_map(|record| record["tokens"].get("news")).cloned();
                if let Some(news) = news {
                    records[one]["tokens"]["mail"] = news;
                }
            }
            6 => records[one] = others[bytes.below(others.len())].clone(),
            7 => records = others.to_vec(),
            8 => {
                // The id or the name of another key, at any place that holds one.
                let mut places = Vec::new();
                leaves(&records[one]["tokens"], "/tokens", &mut places);
                places.retain(|place| {
                    place.ends_with("/id")
                        || place.ends_with("/name")
                        || place.contains("/attempts")
                });
                let pick = places.get(bytes.below(places.len())).cloned().unwrap_or_default();
                let all = if pick.ends_with("/id") { &ids } else { &names };
                if let Some(place) = records[one].pointer_mut(&pick) {
                    *place = all[bytes.below(all.len())].clone().into();
                }
            }
            9 => {
                // A forged word on the token: an old key, a stray, a key that is to be deleted.
                let id = ids[bytes.below(ids.len())].clone();
                let name = names[bytes.below(names.len())].clone();
                let token = &mut records[one]["tokens"]["mail"];
                let key = token["current"].clone();
                match bytes.below(4) {
                    0 if key.is_object() => {
                        token["retiring"] = serde_json::json!([{"key": key, "not-before": "2020-01-01T00:00:00Z", "leaked": true, "stage": {"stage": "waiting"}}]);
                        token["retiring"][0]["key"]["id"] = id.into();
                    }
                    1 => token["attempts"] = serde_json::json!([name]),
                    2 => {
                        token["pending"] = serde_json::json!({"generation": 9, "nonce": "ffffff", "name": name, "why": "due",
                            "since": "2026-01-01T00:00:00Z", "stage": {"stage": "aborting", "id": id}, "pushes": {}});
                    }
                    _ => token["retiring"] = serde_json::json!([]),
                }
            }
            _ => {
                let mut places = Vec::new();
                leaves(&records[other], "", &mut places);
                let (from, to) = (bytes.below(places.len()), bytes.below(places.len()));
                let value =
                    places.get(from).and_then(|place| records[other].pointer(place)).cloned();
                if let (Some(value), Some(place)) =
                    (value, places.get(to).and_then(|place| records[one].pointer_mut(place)))
                {
                    *place = value;
                }
            }
        }
    }
    let how = [Signatures::Kept, Signatures::Gone, Signatures::Theirs, Signatures::KeptAndLinked]
        [bytes.below(4)];
    signed(&mut records, how);
    (records, how)
}

/// What becomes of the signatures. All but the first puts the numbers and links in order, as a
/// careful forger does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Signatures {
    Kept,
    Gone,
    Theirs,
    KeptAndLinked,
}

fn signed(records: &mut [Value], how: Signatures) {
    if how == Signatures::Kept {
        return;
    }
    let key = JournalKey::parse(Secret::new(KEYS[1].to_owned())).ok();
    let mut before: Option<(u64, Value)> = None;
    for record in records {
        let Some(fields) = record.as_object_mut() else { continue };
        if let Some((sequence, mac)) = before.take() {
            fields.insert("sequence".to_owned(), (sequence + 1).into());
            fields.remove("after");
            if mac.is_string() {
                fields.insert("after".to_owned(), mac);
            }
        }
        if how != Signatures::KeptAndLinked {
            fields.remove("mac");
        }
        if how == Signatures::Theirs {
            let mac = Record::parse(&record.to_string())
                .ok()
                .zip(key.as_ref())
                .map(|(record, key)| record.mac_under(key));
            if let Some(mac) = mac {
                record["mac"] = mac.into();
            }
        }
        before = record["sequence"].as_u64().map(|sequence| (sequence, record["mac"].clone()));
    }
}

/// The name of a key without what is random in it.
fn role(name: &str) -> String {
    if name.starts_with("tw1-") {
        name.rsplit_once('-').map_or(name, |(role, _)| role).to_owned()
    } else {
        name.to_owned()
    }
}

/// What the journal as it was has revoked in the next run, by role; and the journal of another
/// repository under the same key.
struct Known {
    revoked: BTreeSet<String>,
    others: Vec<Value>,
}

async fn known(life: Life) -> Known {
    let world = World::new(REPO, life).await;
    world.run(REPO, ROTATE, false).await;
    let after = world.look(REPO);
    let gone = world.state.keys.iter().filter(|(id, _)| !after.keys.contains_key(*id));
    Known {
        revoked: gone.map(|(_, name)| role(name)).collect(),
        others: World::new(OTHER, life).await.records,
    }
}

thread_local! {
    static WORLDS: RefCell<BTreeMap<usize, World>> = const { RefCell::new(BTreeMap::new()) };
}

/// What each life's honest run revokes, told once.
fn facts(number: usize) -> &'static Known {
    static FACTS: [OnceLock<Known>; LIVES.len()] = [const { OnceLock::new() }; LIVES.len()];
    FACTS[number].get_or_init(|| alone(known(LIVES[number])))
}

#[expect(clippy::panic, reason = "without a runtime there is nothing to try")]
fn alone<T>(work: impl Future<Output = T>) -> T {
    let runtime =
        tokio::runtime::Builder::new_current_thread().enable_all().start_paused(true).build();
    match runtime {
        Ok(runtime) => runtime.block_on(work),
        Err(error) => panic!("no runtime: {error}"),
    }
}

/// One change, and the run on it.
pub fn journal_forged(bytes: &[u8]) {
    let mut bytes = Bytes(bytes);
    let number = bytes.below(LIVES.len());
    let facts = facts(number);
    let world = WORLDS.with(|worlds| worlds.borrow_mut().remove(&number));
    let kept = alone(async {
        let mut world = match world {
            Some(world) => world,
            None => World::new(REPO, LIVES[number]).await,
        };
        let (records, how) = changed(&world, &facts.others, &mut bytes);
        world.put(&records);
        let before = world.state.clone();
        let (code, said) = world.run(REPO, ROTATE, false).await;
        let after = world.look(REPO);
        let gone: Vec<&String> = before
            .keys
            .iter()
            .filter(|(id, _)| !after.keys.contains_key(*id))
            .map(|(_, name)| name)
            .collect();
        let surplus: Vec<&&String> =
            gone.iter().filter(|name| !facts.revoked.contains(&role(name))).collect();
        let told = || records.iter().map(|record| format!("{record}\n")).collect::<String>();
        assert!(
            surplus.is_empty(),
            "life {number}: {surplus:?} were revoked, exit {code}\n{said}\n{}",
            told()
        );
        let unsigned = matches!(how, Signatures::Gone | Signatures::Theirs) && !records.is_empty();
        assert!(
            !unsigned || code != 0,
            "life {number}: records that nobody signed with the key were believed\n{said}\n{}",
            told()
        );
        let live = |value: &String| world.emulator.sendgrid().is_live(value);
        assert!(
            before.held.values().all(live) && after.held.values().all(live),
            "life {number}: a secret holds a dead key\n{said}\n{}",
            told()
        );
        world.runs += 1;
        // A journal that was believed has changed the world; and the clock goes on with every run.
        let untouched = after == before && records != world.records && code != 0;
        (untouched && world.runs < 400).then_some(world)
    });
    if let Some(world) = kept {
        WORLDS.with(|worlds| worlds.borrow_mut().insert(number, world));
    }
}
