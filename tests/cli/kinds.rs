//! `check` of every kind of value that a provider's twin plays: live, then ended, then called dead.
//! Nothing here names a provider.

use tokenward::providers::model::{Kind, TokenKind};
use tokenward::providers::{Registry, Spec};
use tokenward_emulator::SecretPlace;

use crate::support::{REPO, World};

/// Whether a test call of this kind has an answer that proves death; some providers give none.
fn can_prove_death(spec: &Spec, kind: &TokenKind) -> bool {
    let probes =
        spec.verify.iter().filter(|probe| probe.kinds.is_empty() || probe.kinds.contains(&kind.id));
    probes.flat_map(|probe| &probe.verdicts).any(|rule| rule.is.is_dead())
}

/// What is wrong with the answers of `check` to a living and to an ended value.
async fn wrong(spec: &Spec, kind: &TokenKind) -> Option<String> {
    let world = World::new("version: 1\ntokens: {}\n");
    let twin = world.emulator.twin(&spec.id)?;
    let seeded = twin.seed(&kind.id)?;
    // A refresh token alone is not tested by using it up.
    if spec.rotation_of(Some(&kind.id)).kind == Kind::Oauth && !seeded.value.contains(';') {
        return None;
    }
    let own = twin.with(&kind.id).into_iter();
    let with: Vec<_> = own
        .chain([("kind", kind.id.clone())])
        .map(|(key, text)| format!("{key}: '{text}'"))
        .collect();
    let config = format!(
        "version: 1\ntokens:\n  mail:\n    provider: {}\n    value: env:MAIL_KEY\n    with: {{{}}}\n    \
         destinations: [{{github: {REPO}, secret: MAIL_KEY}}]\n",
        spec.id,
        with.join(", ")
    );
    std::fs::write(world.folder.join(".github/tokenward.yml"), config).unwrap();
    let place = SecretPlace::Repo(REPO.to_owned());
    world.emulator.github().put_secret(&place, "MAIL_KEY", &seeded.value);
    let lives = world.run(&["check"]).await;
    if lives.code != 0 {
        return Some(format!("a value that lives: {}", lives.all()));
    }
    if !twin.kill(&seeded.value) {
        return Some("its twin does not know what it gave out".to_owned());
    }
    let ended = world.run(&["check"]).await;
    let is_dead = ended.code == 10 && ended.out.contains("error[token-dead]");
    (!is_dead).then(|| format!("an ended value: {}", ended.all()))
}

#[tokio::test(start_paused = true)]
async fn every_kind_of_value_lives_until_it_is_ended() {
    let mut problems = Vec::new();
    for spec in Registry::built_in().all() {
        for kind in spec.tokens.iter().filter(|kind| kind.testable && can_prove_death(spec, kind)) {
            if let Some(what) = wrong(spec, kind).await {
                problems.push(format!("{}/{}: {what}", spec.id, kind.id));
            }
        }
    }
    assert!(problems.is_empty(), "{}", problems.join("\n\n"));
}
