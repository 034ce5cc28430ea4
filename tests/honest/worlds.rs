//! Random worlds: whatever happened to a token, `check`, `status`, the page and the JSON call it
//! fine only where the emulator, asked about what nobody else can see, agrees: every destination
//! holds a living value, nothing leaked lives, nothing is overdue, and all was seen.
//!
//! `TOKENWARD_WORLDS` says how many (`tests/honest/worlds.sh` runs ten thousand), `TOKENWARD_WORLD`
//! repeats one by its number.
#![expect(
    clippy::unwrap_used,
    reason = "a test world that cannot be made or read is a failed test"
)]

use std::collections::BTreeSet;
use std::fs;

use tokenward_emulator::{Fault, FaultKind, FaultMatch, SecretPlace, Service, Visibility};

use crate::honest::verdicts::said_to;
use crate::support::{REPO, World, places};

/// So many worlds, where nobody says how many.
const SAMPLE: u64 = 36;
const EVERY: i64 = 30 * 24;

/// Numbers of a world, from its own number alone.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (z ^ (z >> 31)) % sides
    }

    fn pick<T: Clone>(&mut self, of: &[T]) -> T {
        of[self.roll(of.len() as u64) as usize].clone()
    }
}

/// One thing that is wrong, and that somebody who does not look takes for fine.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Defect {
    KeyDeleted,
    DeadValueInADestination,
    UnknownValueInADestination,
    DestinationDeleted,
    DestinationAdded,
    LeakNotReplaced,
    NotRotatedForLong,
    OldKeyNotRevoked,
    OtherReadersOfTheOrganization,
    JournalDeleted,
    ProviderDown,
    GitHubHidesTheSecrets,
    NoCredentialForSecrets,
    NoCredentialAtAll,
    NoKeyForTheJournal,
    ValueNotHanded,
    OldValueHanded,
}

const DEFECTS: [Defect; 17] = [
    Defect::KeyDeleted,
    Defect::DeadValueInADestination,
    Defect::UnknownValueInADestination,
    Defect::DestinationDeleted,
    Defect::DestinationAdded,
    Defect::LeakNotReplaced,
    Defect::NotRotatedForLong,
    Defect::OldKeyNotRevoked,
    Defect::OtherReadersOfTheOrganization,
    Defect::JournalDeleted,
    Defect::ProviderDown,
    Defect::GitHubHidesTheSecrets,
    Defect::NoCredentialForSecrets,
    Defect::NoCredentialAtAll,
    Defect::NoKeyForTheJournal,
    Defect::ValueNotHanded,
    Defect::OldValueHanded,
];

/// A world, and what only its maker knows.
struct Made {
    world: World,
    dice: Dice,
    used: Vec<SecretPlace>,
    /// Values that leaked.
    leaked: BTreeSet<String>,
    /// When the primary destination took its value, in hours of this world.
    hour: i64,
    rotated_at: i64,
    /// What the next run is handed, where that is not what the secrets hold.
    handed: Option<std::collections::BTreeMap<String, String>>,
    unseen: bool,
    /// Whether a person put a value into the primary destination that tokenward does not know.
    strange: bool,
    /// Who may read the organization's secret.
    readers: Option<Visibility>,
    before: Option<std::collections::BTreeMap<String, String>>,
    story: Vec<String>,
}

fn config(lines: &[&str]) -> String {
    format!(
        "version: 1\ntokens:\n  sendgrid:\n    provider: sendgrid\n    value: env:SENDGRID_API_KEY\n    manager: env:SENDGRID_MANAGER_KEY\n    \
         scopes: [mail.send]\n    rotate-every: 30d\n    destinations:\n{}\n",
        lines.join("\n")
    )
}

const LINES: [&str; 4] = [
    "      - {github: acme/site, secret: SENDGRID_API_KEY}",
    "      - {github: acme/site, environment: production, secret: SENDGRID_API_KEY}",
    "      - {github: acme, secret: SENDGRID_API_KEY, visibility: preserve}",
    "      - {github: acme/site, store: dependabot, secret: SENDGRID_API_KEY}",
];

impl Made {
    fn new(number: u64) -> Self {
        let mut dice = Dice(number.wrapping_mul(0x2545_f491_4f6c_dd1d));
        let many = dice.roll(4) as usize + 1;
        let world = World::new(&config(&LINES[..many]));
        let used = places()[..many].to_vec();
        let readers = world.emulator.github().org_visibility("acme", "SENDGRID_API_KEY");
        let story = vec![format!("world {number} with {many} destinations")];
        Self {
            world,
            dice,
            used,
            leaked: BTreeSet::new(),
            hour: 0,
            rotated_at: 0,
            handed: None,
            unseen: false,
            strange: false,
            readers,
            before: None,
            story,
        }
    }

    fn tell(&mut self, what: impl Into<String>) {
        self.story.push(what.into());
    }

    fn pass(&mut self, hours: i64) {
        self.world.pass(hours);
        self.hour += hours;
    }

    async fn rotate(&mut self, arguments: &[&str]) {
        let home = self.held(0);
        let handed = self.world.handed();
        let ran = self.world.run(&[&["rotate"], arguments].concat()).await;
        if self.held(0) != home {
            self.before = Some(handed);
            self.rotated_at = self.hour;
        }
        self.tell(format!("rotate {arguments:?}: {}", ran.code));
    }

    fn held(&self, index: usize) -> Option<String> {
        self.world.emulator.github().secret_value(&self.used[index], "SENDGRID_API_KEY")
    }

    /// An ordinary life up to some day of it.
    async fn live(&mut self) {
        let days = self.dice.roll(70) as i64;
        let mut day = 0;
        while day < days {
            match self.dice.roll(12) {
                0 => self.rotate(&["--force", "--reason", "random"]).await,
                1 => {
                    let value = self.held(0).unwrap_or_default();
                    self.leaked.insert(value);
                    self.rotate(&["sendgrid", "--leaked"]).await;
                }
                2 => {
                    let kind = self.dice.pick(&[
                        FaultKind::Unavailable,
                        FaultKind::Refuse,
                        FaultKind::DropAfterApply,
                    ]);
                    let service = self.dice.pick(&[Service::SendGrid, Service::GitHub]);
                    self.tell(format!("{kind:?} of {}", service.id()));
                    let matches = FaultMatch::Where {
                        service: Some(service),
                        method: None,
                        path_contains: None,
                    };
                    self.world.emulator.inject(Fault { matches, kind, times: 2 });
                    self.rotate(&[]).await;
                    self.world.emulator.clear_faults();
                }
                _ => self.rotate(&[]).await,
            }
            let step = self.dice.pick(&[1, 1, 2, 10, 26]);
            self.pass(step * 24 - 3);
            day += step;
        }
    }

    /// What is left to be done is done.
    async fn settle(&mut self) {
        for hours in [1, 25, 1] {
            self.rotate(&[]).await;
            self.pass(hours);
        }
    }

    async fn break_by(&mut self, defect: Defect) {
        self.tell(format!("{defect:?}"));
        let github = self.world.emulator.github();
        let index = self.dice.roll(self.used.len() as u64) as usize;
        let place = self.used[index].clone();
        match defect {
            Defect::KeyDeleted => {
                let value = self.held(0);
                let keys = self.world.emulator.sendgrid().keys();
                if let Some(key) = keys.into_iter().find(|key| Some(&key.value) == value.as_ref()) {
                    self.world.emulator.sendgrid().delete_key(&key.id);
                }
                self.pass(1);
            }
            Defect::DeadValueInADestination => {
                github.put_secret(&place, "SENDGRID_API_KEY", "a value that never worked")
            }
            Defect::UnknownValueInADestination => {
                let value = self.world.emulator.sendgrid().add_key("by hand", &["mail.send"]).value;
                github.put_secret(&place, "SENDGRID_API_KEY", &value);
                self.strange = index == 0;
            }
            Defect::DestinationDeleted => {
                // The primary destination that is gone is handed to nobody.
                let index = if self.used.len() > 1 { 1 + index % (self.used.len() - 1) } else { 0 };
                github.delete_secret(&self.used[index], "SENDGRID_API_KEY");
            }
            Defect::DestinationAdded => {
                github.put_secret(
                    &SecretPlace::Repo("acme/other".to_owned()),
                    "SENDGRID_API_KEY",
                    "some old value",
                );
                let mut lines = LINES[..self.used.len()].to_vec();
                lines.push("      - {github: acme/other, secret: SENDGRID_API_KEY}");
                fs::write(self.world.folder.join(".github/tokenward.yml"), config(&lines)).unwrap();
                self.used.push(SecretPlace::Repo("acme/other".to_owned()));
            }
            Defect::LeakNotReplaced => {
                let value = self.held(0).unwrap_or_default();
                self.leaked.insert(value);
                let matches = FaultMatch::Where {
                    service: Some(Service::SendGrid),
                    method: Some("POST".to_owned()),
                    path_contains: Some("/v3/api_keys".to_owned()),
                };
                self.world.emulator.inject(Fault {
                    matches,
                    kind: FaultKind::RateLimit429 { retry_after: 900 },
                    times: 9,
                });
                self.rotate(&["sendgrid", "--leaked"]).await;
                self.world.emulator.clear_faults();
            }
            Defect::NotRotatedForLong => self.pass(EVERY + 24 * 3),
            Defect::OldKeyNotRevoked => {
                self.rotate(&["--force", "--reason", "random"]).await;
                self.pass(1);
                self.rotate(&[]).await;
                self.pass(5 * 24);
            }
            Defect::OtherReadersOfTheOrganization => {
                github.set_org_visibility("acme", "SENDGRID_API_KEY", &Visibility::All)
            }
            Defect::JournalDeleted => {
                github.delete_ref(REPO, "refs/tokenward/journal");
            }
            Defect::ProviderDown => {
                let matches = FaultMatch::Where {
                    service: Some(Service::SendGrid),
                    method: None,
                    path_contains: None,
                };
                self.world.emulator.inject(Fault {
                    matches,
                    kind: FaultKind::Unavailable,
                    times: u32::MAX,
                });
                self.unseen = true;
            }
            Defect::GitHubHidesTheSecrets => {
                let path_contains = Some("/secrets/SENDGRID_API_KEY".to_owned());
                let matches = FaultMatch::Where {
                    service: Some(Service::GitHub),
                    method: Some("GET".to_owned()),
                    path_contains,
                };
                self.world.emulator.inject(Fault {
                    matches,
                    kind: FaultKind::Unavailable,
                    times: u32::MAX,
                });
                self.unseen = true;
            }
            Defect::NoCredentialForSecrets => self.without(&["TOKENWARD_GITHUB_TOKEN"]),
            Defect::NoCredentialAtAll => self.without(&["TOKENWARD_GITHUB_TOKEN", "GITHUB_TOKEN"]),
            Defect::NoKeyForTheJournal => self.without(&["TOKENWARD_JOURNAL_KEY"]),
            Defect::ValueNotHanded => {
                self.handed = Some(std::collections::BTreeMap::new());
                self.unseen = true;
            }
            Defect::OldValueHanded => {
                self.rotate(&["--force", "--reason", "random"]).await;
                self.pass(1);
                self.rotate(&[]).await;
                self.handed = self.before.clone();
                self.unseen = self.before.is_some();
            }
        }
    }

    fn without(&mut self, names: &[&str]) {
        for name in names {
            self.world.env.remove(*name);
        }
        self.unseen = true;
    }

    /// Why the world is not fine, by what the emulator knows; nothing of it is told by tokenward.
    fn oracle(&self) -> Option<String> {
        // What was deleted a moment ago still answers; it will not.
        self.world.emulator.advance(jiff::SignedDuration::from_mins(30));
        let home = self.held(0);
        let known: BTreeSet<String> = home.iter().cloned().collect();
        for index in 0..self.used.len() {
            match self.held(index) {
                None => return Some(format!("destination {index} is gone")),
                Some(value) if !self.world.is_live(&value) => {
                    return Some(format!("destination {index} holds a dead value"));
                }
                Some(value) if !known.contains(&value) => {
                    return Some(format!(
                        "destination {index} holds another value than the primary destination"
                    ));
                }
                Some(_) => {}
            }
        }
        if self.leaked.iter().any(|value| self.world.is_live(value)) {
            return Some("a leaked value lives".to_owned());
        }
        if self.strange {
            return Some(
                "the primary destination holds a value that a person put there".to_owned(),
            );
        }
        let github = self.world.emulator.github();
        if self.used.len() > 2 && github.org_visibility("acme", "SENDGRID_API_KEY") != self.readers
        {
            return Some("others may read the organization's secret".to_owned());
        }
        if github.ref_sha(REPO, "refs/tokenward/journal").is_none() {
            return Some("there is no journal".to_owned());
        }
        // The grace is a day; two more are for runs that could not.
        if self.hour - self.rotated_at > 3 * 24 {
            let keys = self.world.emulator.sendgrid().keys();
            let mut ours = keys
                .iter()
                .filter(|key| key.value == self.world.old || key.name.starts_with("tw1-"));
            if let Some(old) =
                ours.find(|key| !known.contains(&key.value) && self.world.is_live(&key.value))
            {
                return Some(format!("the old key {} lives on after its grace", old.name));
            }
        }
        if self.hour - self.rotated_at > EVERY + 2 * 24 {
            return Some("it is overdue".to_owned());
        }
        self.unseen.then(|| "not everything could be seen".to_owned())
    }

    /// Which of the reports call it fine, of how many, and all that they say.
    async fn called_fine(&mut self) -> ((Vec<&'static str>, usize), String) {
        let handed = self.handed.clone().unwrap_or_else(|| self.world.handed());
        let said = said_to(&mut self.world, &handed).await;
        let all = format!("{}\n{}", self.story.join("\n"), said.all());
        assert_eq!(said.check.code, said.status.code, "{all}");
        (said.fine(), all)
    }
}

/// One world; whether it was fine.
async fn world(number: u64) -> bool {
    let mut made = Made::new(number);
    let defect = DEFECTS[number as usize % DEFECTS.len()];
    let broken = !number.is_multiple_of(3);
    made.live().await;
    if made.dice.roll(3) > 0 {
        made.settle().await;
    }
    if broken {
        made.break_by(defect).await;
    }
    let ((fine, ways), said) = made.called_fine().await;
    assert!(fine.is_empty() || fine.len() == ways, "they disagree ({fine:?})\n{said}");
    let wrong = made.oracle();
    assert!(
        fine.is_empty() || wrong.is_none(),
        "called fine by {fine:?}, and {}\n{said}",
        wrong.unwrap_or_default()
    );
    !fine.is_empty()
}

fn asked(name: &str) -> Option<u64> {
    std::env::var(name).ok()?.parse().ok()
}

#[tokio::test(start_paused = true)]
async fn nothing_is_called_fine_that_is_not() {
    if let Some(number) = asked("TOKENWARD_WORLD") {
        world(number).await;
        return;
    }
    let many = asked("TOKENWARD_WORLDS").unwrap_or(SAMPLE);
    let first = asked("TOKENWARD_WORLDS_FROM").unwrap_or(1);
    let mut fine = 0;
    for number in first..first + many {
        fine += u64::from(world(number).await);
    }
    // Who calls nothing fine is never wrong, and of no use.
    assert!(fine * 12 >= many, "of {many} worlds only {fine} were called fine");
}
