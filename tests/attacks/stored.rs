//! GitHub, or something on the way to it, that stores what it refuses: a status is a word, and on
//! this one a key would be deleted.

use std::sync::Arc;

use futures::FutureExt as _;
use futures::future::BoxFuture;
use tokenward::net::{Answer, Request, Transport, TransportError};
use zeroize::Zeroizing;

use crate::support::{FOUR, InProcess, World};

/// The emulator, which answers the write of a secret with this status, after it stored the value or
/// instead of that.
struct Refusing(InProcess, u16, bool);

impl Transport for Refusing {
    fn send(&self, request: Request) -> BoxFuture<'_, Result<Answer, TransportError>> {
        async move {
            let (path, reads) = (request.url.path().to_owned(), request.method != "PUT");
            if reads || !path.contains("/secrets/SENDGRID_API_KEY") {
                return self.0.send(request).await;
            }
            let mut answer = match self.2 {
                true => self.0.send(request).await?,
                false => self.0.send(Request::new(http::Method::GET, request.url)).await?,
            };
            answer.status = self.1;
            answer.body = Zeroizing::new(br#"{"message": "Not Found"}"#.to_vec());
            Ok(answer)
        }
        .boxed()
    }
}

#[tokio::test(start_paused = true)]
async fn a14_a_write_that_was_refused_and_stored_leaves_no_consumer_with_a_dead_key() {
    for status in [404, 403, 422, 409, 410, 401] {
        let mut world = World::new(FOUR);
        world.run(&["rotate"]).await.expect(0);
        world.pass(31 * 24);
        world.transport = Some(Arc::new(Refusing(world.in_process(), status, true)));
        let ran = world.run(&["rotate"]).await;
        assert_ne!(ran.code, 0, "{status}: {}", ran.all());
        let held = world.held();
        assert!(
            held[0] != world.old,
            "{status}: the attack's vehicle does not work: {}",
            ran.all()
        );
        world.pass(25);
        assert!(held.iter().all(|held| world.is_live(held)), "{status}: {}", ran.all());
        world.transport = None;
        for _ in 0..3 {
            world.pass(25);
            world.run(&["rotate"]).await;
            assert!(world.held().iter().all(|held| world.is_live(held)), "{status}: {}", ran.all());
        }
        assert!(!world.is_live(&world.old), "{status}: in the end it is rotated");
    }
}

#[tokio::test(start_paused = true)]
async fn a14_a_write_that_was_refused_and_not_stored_takes_its_key_back() {
    let mut world = World::new(FOUR);
    world.run(&["rotate"]).await.expect(0);
    world.pass(31 * 24);
    world.transport = Some(Arc::new(Refusing(world.in_process(), 404, false)));
    let ran = world.run(&["rotate"]).await;
    assert_ne!(ran.code, 0, "{}", ran.all());
    assert!(
        world.held().iter().all(|held| *held == world.old) && world.is_live(&world.old),
        "{}",
        ran.all()
    );
    assert_eq!(
        world.emulator.sendgrid().deleted_ids().len(),
        1,
        "the key that was delivered nowhere: {}",
        ran.all()
    );
}
