//! No value gets out: not on a stream, not in a file, not in the journal, at any level of detail.

use crate::support::{FOUR, REPO, World, gives_away};

async fn everything_said(world: &World, in_actions: bool) -> String {
    let mut said = String::new();
    for (hours, arguments) in [
        (0, vec!["rotate"]),
        (31 * 24, vec!["plan"]),
        (0, vec!["rotate", "-vvv"]),
        (1, vec!["rotate", "--format", "json"]),
        (25, vec!["rotate"]),
        (0, vec!["status"]),
        (0, vec!["check", "--format", "json"]),
        (0, vec!["scan"]),
        (0, vec!["scan", "--format", "json"]),
    ] {
        world.pass(hours);
        let ran = world.run(&arguments).await;
        said.push_str(&ran.all());
    }
    if in_actions {
        said = said
            .lines()
            .filter(|line| !line.starts_with("::add-mask::"))
            .collect::<Vec<_>>()
            .join("\n");
    }
    said
}

fn journal(world: &World) -> String {
    let github = world.emulator.github();
    let mut next = github.ref_sha(REPO, "refs/tokenward/journal");
    let mut text = String::new();
    while let Some(sha) = next {
        text.push_str(&github.commit_message(REPO, &sha).unwrap());
        next = github.commit_parents(REPO, &sha).into_iter().next();
    }
    text
}

#[tokio::test(start_paused = true)]
async fn no_value_is_ever_said_or_written() {
    let world = World::new(FOUR);
    std::fs::write(world.folder.join("leaked.env"), format!("KEY={}\n", world.old)).unwrap();
    let said = everything_said(&world, false).await;
    let new = world.held().remove(0);
    assert!(said.contains("issued key") && said.contains("error[leak]"), "{said}");
    let journal = journal(&world);
    assert!(journal.contains("issued as key"));
    let secrets = [
        &world.old,
        &new,
        &world.manager,
        &world.env["GITHUB_TOKEN"],
        &world.env["TOKENWARD_GITHUB_TOKEN"],
    ];
    for secret in secrets {
        // The first part of a SendGrid key is its public id; the secret is what comes after.
        let secret = secret.rsplit('.').next().unwrap();
        assert_eq!(gives_away(&said, secret), None);
        assert_eq!(gives_away(&journal, secret), None);
    }
    assert!(!said.contains("add-mask"), "masks are for Actions only");
}

#[tokio::test(start_paused = true)]
async fn every_new_value_is_masked_the_moment_it_exists_in_actions() {
    let mut world = World::new(FOUR);
    for (name, value) in [
        ("GITHUB_ACTIONS", "true"),
        ("GITHUB_REPOSITORY", REPO),
        ("GITHUB_RUN_ID", "77"),
        ("GITHUB_RUN_ATTEMPT", "1"),
        ("GITHUB_EVENT_NAME", "schedule"),
    ] {
        world.env.insert(name.to_owned(), value.to_owned());
    }
    world.emulator.github().start_run(REPO, 77, 1);
    world.run(&["rotate"]).await.expect(0);
    world.pass(31 * 24);
    let ran = world.run(&["rotate", "-v"]).await.expect(0);
    let new = world.held().remove(0);
    assert!(ran.err.lines().any(|line| line == format!("::add-mask::{new}")), "{}", ran.all());
    assert!(!ran.out.contains("::"), "commands go to standard error only");
    let rest: String = ran.all().lines().filter(|line| !line.starts_with("::add-mask::")).collect();
    assert_eq!(gives_away(&rest, new.rsplit('.').next().unwrap()), None);
}

#[tokio::test(start_paused = true)]
async fn a_token_pasted_into_the_config_is_refused_and_never_printed() {
    let world = World::new(FOUR);
    let pasted = FOUR.replace("env:SENDGRID_API_KEY", &world.old);
    std::fs::write(world.folder.join(".github/tokenward.yml"), pasted).unwrap();
    world.emulator.clear_requests();
    let ran = world.run(&["rotate"]).await.expect(2);
    assert!(ran.err.contains("error[config-token-inside]"), "{}", ran.all());
    assert_eq!(gives_away(&ran.all(), world.old.rsplit('.').next().unwrap()), None);
    assert!(world.emulator.requests().is_empty(), "nothing is contacted");
}
