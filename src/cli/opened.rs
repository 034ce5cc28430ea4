//! What the work on tokens needs, opened once and in one order: GitHub with both credentials, the
//! secrets, the journal's key, the journal. Every command that works on tokens does so in
//! `Session::with_world`.

use super::error::CliError;
use super::interrupt::Interrupt;
use super::session::Session;
use super::signing::{KeyNeed, Signing};
use crate::destinations::Secrets;
use crate::journal::{Ledger, Store};
use crate::net::github::GitHub;
use crate::rotation::World;

/// What the work on tokens needs, opened.
pub(super) struct Opened<'o> {
    session: &'o Session<'o>,
    /// GitHub with the credential that can write secrets.
    pub(super) writer: &'o GitHub,
    /// GitHub with the credential for the journal and for runs.
    pub(super) reader: &'o GitHub,
    pub(super) secrets: &'o Secrets<'o>,
    pub(super) store: &'o dyn Store,
    pub(super) signing: &'o Signing,
    pub(super) ledger: &'o Ledger<'o>,
    /// Listens once there is a [`Self::world`]; until then an interrupt ends the process.
    pub(super) interrupt: Interrupt,
}

impl Opened<'_> {
    /// What the rotation sees. From now on, the current request is finished before an interrupt
    /// ends the run.
    pub(super) fn world(&self) -> World<'_> {
        self.interrupt.listen();
        World {
            writer: self.writer,
            reader: self.reader,
            secrets: self.secrets,
            ledger: self.ledger,
            instance: &self.session.instance,
            run: self.session.actions.as_ref().map(|actions| &actions.run),
            interrupted: self.interrupt.flag(),
        }
    }
}

impl Session<'_> {
    /// Opens everything that the work on tokens needs, and does the work.
    pub(super) async fn with_world<T>(
        &self,
        need: KeyNeed,
        work: impl AsyncFnOnce(&Opened<'_>) -> Result<T, CliError>,
    ) -> Result<T, CliError> {
        let (writer, reader) = self.clients()?;
        let store = self.store(&reader)?;
        let secrets = Secrets::new(&writer);
        let signing = self.signing(need, &secrets, &*store).await?;
        let ledger = self.ledger(&*store, signing.key(), &reader).await?;
        let opened = Opened {
            session: self,
            writer: &writer,
            reader: &reader,
            secrets: &secrets,
            store: &*store,
            signing: &signing,
            ledger: &ledger,
            interrupt: Interrupt::default(),
        };
        work(&opened).await
    }
}
