//! Values with something around them: what can be taken off is, and is said; what stays malformed
//! is our own lasting fault, told before anything is sent, by every command.

use tokenward_emulator::{Recorded, SecretPlace, Service};

use crate::support::{FOUR, REPO, Ran, World};

const HOME: &str = "SENDGRID_API_KEY";

fn home() -> SecretPlace {
    SecretPlace::Repo(REPO.to_owned())
}

/// Every way to put something inside or around a value that trimming does not take off.
fn malformed(value: &str) -> Vec<(&'static str, String)> {
    let (first, second) = value.split_at(value.len() / 2);
    vec![
        ("a line break inside", format!("{first}\n{second}")),
        ("a space inside", format!("{first} {second}")),
        ("two lines", format!("{value}\n{value}")),
        ("quotes", format!("\"{value}\"")),
        ("one quote each side", format!("'{value}'")),
        ("a template", "${{ secrets.SOMETHING }}".to_owned()),
        ("a mask", "***".to_owned()),
        ("a placeholder", "changeme".to_owned()),
        ("typographic quotes", format!("\u{201c}{value}\u{201d}")),
        ("a character without width", format!("{first}\u{200b}{second}")),
        ("a masked middle", format!("{}***{}", &value[..6], &value[value.len() - 4..])),
        ("a whole line", format!("KEY={value}")),
    ]
}

/// What a paste leaves at the ends.
const AROUND: [(&str, &str); 6] = [
    ("", "\n"),
    ("", "\r\n"),
    (" ", " "),
    ("\u{feff}", ""),
    ("\t", "\n\n"),
    ("\u{feff} ", "\u{a0}\n"),
];

#[track_caller]
fn says(ran: &Ran, pieces: &[&str], not: &[&str]) {
    for piece in pieces {
        assert!(ran.all().contains(piece), "{piece:?} is not in\n{}", ran.all());
    }
    for piece in not {
        assert!(!ran.all().contains(piece), "{piece:?} is in\n{}", ran.all());
    }
}

fn sent_to(world: &World, service: Service) -> Vec<Recorded> {
    world.emulator.requests().into_iter().filter(|request| request.service == service).collect()
}

/// Told as ours, once and for all: exit 2, and not a word of waiting for somebody else.
#[track_caller]
fn is_ours(ran: &Ran, name: &str, case: &str) {
    assert_eq!(ran.code, 2, "{case}\n{}", ran.all());
    says(
        ran,
        &["error[value-malformed]", name],
        &[
            "run it again",
            "next run continues",
            "run continues",
            "adopt --id",
            "unavailable",
            "another run",
        ],
    );
}

#[tokio::test(start_paused = true)]
async fn c4_white_space_at_the_ends_of_primary_is_not_part_of_it_and_is_said_once() {
    for (before, after) in AROUND {
        let world = World::new(FOUR);
        let padded = format!("{before}{}{after}", world.old);
        world.emulator.github().put_secret(&home(), HOME, &padded);
        world.pass(1);
        let ran = world.run(&["rotate"]).await.expect(0);
        let told = ran.all().matches(&format!("note: white space at the ends of {HOME} ")).count();
        assert_eq!(told, 1, "{}", ran.all());
        says(
            &ran,
            &[
                "white space",
                "everything else that reads the secret gets it",
                "tokenward rotate sendgrid --force",
            ],
            &["adopt --id", "needs-id"],
        );
        // The journal knows the value without it: a run that is handed it clean knows it again.
        let clean = std::collections::BTreeMap::from([(HOME.to_owned(), world.old.clone())]);
        says(
            &world.run_with(&["rotate"], &clean).await.expect(0),
            &[],
            &["white space", "adopted"],
        );
        // And a rotation hands out clean values.
        world.pass(31 * 24);
        world.run(&["rotate"]).await.expect(0);
        assert!(
            world.held().iter().all(|held| held.trim() == held && *held != world.old),
            "{:?}",
            world.held().len()
        );
    }
}

#[tokio::test(start_paused = true)]
async fn c4_check_and_doctor_do_not_call_a_padded_secret_fine() {
    let clean = World::new(FOUR);
    clean.run(&["rotate"]).await.expect(0);
    clean.run(&["check"]).await.expect(0);
    let world = World::new(FOUR);
    world.emulator.github().put_secret(&home(), HOME, &format!("{}\n", world.old));
    world.pass(1);
    world.run(&["rotate"]).await.expect(0);
    for command in ["check", "doctor"] {
        let ran = world.run(&[command]).await;
        says(
            &ran,
            &["error[value-padded]", HOME, "everything else that reads the secret receives it"],
            &["overwritten-by-hand"],
        );
        assert_ne!(ran.code, 0);
    }
    world.run(&["check"]).await.expect(10);
    // Of a manager nobody but tokenward reads the secret.
    let mut world = World::new(FOUR);
    world.run(&["rotate"]).await.expect(0);
    world.env.insert("SENDGRID_MANAGER_KEY".to_owned(), format!(" {}\r\n", world.manager));
    let ran = world.run(&["check"]).await.expect(0);
    says(
        &ran,
        &["note: white space at the ends of SENDGRID_MANAGER_KEY is ignored"],
        &["value-padded"],
    );
}

#[tokio::test(start_paused = true)]
async fn c4_white_space_around_our_own_credentials_changes_nothing() {
    for (before, after) in AROUND {
        let mut world = World::new(FOUR);
        for name in [
            "GITHUB_TOKEN",
            "TOKENWARD_GITHUB_TOKEN",
            "TOKENWARD_JOURNAL_KEY",
            "SENDGRID_MANAGER_KEY",
        ] {
            let padded = format!("{before}{}{after}", world.env[name]);
            world.env.insert(name.to_owned(), padded);
        }
        world.rotated().await;
        let ran = world.run(&["check"]).await.expect(0);
        for name in [
            "GITHUB_TOKEN",
            "TOKENWARD_GITHUB_TOKEN",
            "TOKENWARD_JOURNAL_KEY",
            "SENDGRID_MANAGER_KEY",
        ] {
            assert_eq!(
                ran.all().matches(&format!("white space at the ends of {name} ")).count(),
                1,
                "{}",
                ran.all()
            );
        }
    }
}

#[tokio::test(start_paused = true)]
async fn c4_a_malformed_primary_is_ours_for_every_command() {
    for (case, value) in malformed(&World::new(FOUR).old) {
        let world = World::new(FOUR);
        world.run(&["rotate"]).await.expect(0);
        world.pass(31 * 24);
        world.emulator.clear_requests();
        let handed = std::collections::BTreeMap::from([(HOME.to_owned(), value.clone())]);
        for command in [
            &["rotate"][..],
            &["rotate", "--force", "--reason", "now"],
            &["check"],
            &["plan"],
            &["doctor"],
            &["status"],
            &["adopt", "sendgrid", "--id", "x"],
        ] {
            is_ours(&world.run_with(command, &handed).await, HOME, &format!("{case}: {command:?}"));
        }
        assert!(sent_to(&world, Service::SendGrid).is_empty(), "{case}");
        let pushed = world
            .run_with(
                &["push", "sendgrid", "--value-from", "env:NEW"],
                &[("NEW".to_owned(), value)].into(),
            )
            .await;
        assert_eq!(pushed.code, 2, "{case}\n{}", pushed.all());
        says(&pushed, &["error[value-malformed]"], &[]);
        assert!(world.held().iter().all(|held| *held == world.old), "{case}");
    }
}

#[tokio::test(start_paused = true)]
async fn c4_a_malformed_manager_is_ours_for_every_command() {
    for (case, value) in malformed(&World::new(FOUR).manager) {
        let mut world = World::new(FOUR);
        world.run(&["rotate"]).await.expect(0);
        world.pass(31 * 24);
        world.env.insert("SENDGRID_MANAGER_KEY".to_owned(), value);
        world.emulator.clear_requests();
        for command in [&["rotate"][..], &["check"], &["plan"], &["doctor"], &["status"]] {
            is_ours(
                &world.run(command).await,
                "SENDGRID_MANAGER_KEY",
                &format!("{case}: {command:?}"),
            );
        }
        assert!(sent_to(&world, Service::SendGrid).is_empty(), "{case}");
    }
}

#[tokio::test(start_paused = true)]
async fn c4_a_malformed_github_credential_is_ours_for_every_command_and_goes_nowhere() {
    for name in ["GITHUB_TOKEN", "TOKENWARD_GITHUB_TOKEN"] {
        for (case, value) in malformed(&World::new(FOUR).env[name].clone()) {
            let mut world = World::new(FOUR);
            world.run(&["rotate"]).await.expect(0);
            let before = world.env.insert(name.to_owned(), value.clone());
            world.emulator.clear_requests();
            for command in [
                &["rotate"][..],
                &["check"],
                &["plan"],
                &["doctor"],
                &["status"],
                &["adopt", "sendgrid"],
                &["push", "sendgrid", "--value-from", "env:SENDGRID_API_KEY"],
            ] {
                let ran = world.run(command).await;
                is_ours(&ran, name, &format!("{case}: {command:?}"));
                says(&ran, &[], &[&value]);
            }
            assert_ne!(before, Some(value));
        }
    }
}

#[tokio::test(start_paused = true)]
async fn c4_a_malformed_journal_key_is_ours_for_every_command() {
    for (case, value) in malformed(&World::new(FOUR).env["TOKENWARD_JOURNAL_KEY"].clone()) {
        let mut world = World::new(FOUR);
        world.run(&["rotate"]).await.expect(0);
        world.env.insert("TOKENWARD_JOURNAL_KEY".to_owned(), value);
        for command in [
            &["rotate"][..],
            &["check"],
            &["plan"],
            &["doctor"],
            &["status"],
            &["adopt", "sendgrid"],
        ] {
            is_ours(
                &world.run(command).await,
                "TOKENWARD_JOURNAL_KEY",
                &format!("{case}: {command:?}"),
            );
        }
    }
}
