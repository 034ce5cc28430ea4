//! Reads single objects that decide something. Each is hashed again after it was read: neither git
//! nor a pack's index does that, and an object database can be forged. No program is started.

use gix_hash::ObjectId;
use gix_object::{Find as _, FindHeader as _, Kind};

use super::{Repository, is_id, problems};
use crate::domain::Problem;

/// Why an object was not read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Unread {
    /// The clone does not have it; fetching may help.
    Missing(String),
    /// It is unusable.
    Refused(Problem),
}

/// The objects of a repository. Only an object that matches its id is returned.
pub struct Objects {
    odb: gix_odb::HandleArc,
    kind: gix_hash::Kind,
}

impl Objects {
    /// Opens the objects of a repository whose ids are as long as this one.
    ///
    /// # Errors
    /// Why they cannot be opened.
    pub fn open(repository: &Repository, id: &str) -> Result<Self, Problem> {
        let kind = if id.len() == 64 { gix_hash::Kind::Sha256 } else { gix_hash::Kind::Sha1 };
        let odb = gix_odb::at_opts(
            repository.objects(),
            kind,
            [],
            gix_odb::store::init::Options::default(),
        );
        let odb = odb.and_then(gix_odb::Handle::into_arc);
        let odb = odb.map_err(|error| problems::objects_unreadable(&error))?;
        Ok(Self { odb, kind })
    }

    /// The hash of its ids: SHA-1 or SHA-256.
    #[must_use]
    pub fn kind(&self) -> gix_hash::Kind {
        self.kind
    }

    /// The id that a file's content has.
    #[must_use]
    pub fn blob_id(&self, content: &[u8]) -> Option<String> {
        gix_object::compute_hash(self.kind, Kind::Blob, content).ok().map(|id| id.to_string())
    }

    /// Reads an object of a kind, no larger than `limit`, and hashes it.
    ///
    /// # Errors
    /// If it is missing, too large, of another kind, or does not match its id.
    pub fn read(&self, id: &str, kind: Kind, limit: u64) -> Result<Vec<u8>, Unread> {
        let parsed = ObjectId::from_hex(id.as_bytes()).ok().filter(|_| is_id(id));
        let parsed = parsed.ok_or_else(|| Unread::Refused(problems::not_an_object_id(id)))?;
        let broken = |error: &dyn std::fmt::Display| {
            Unread::Refused(problems::object_unreadable(kind, id, error))
        };
        // A header is small and has the size, so a large object is refused before it is unpacked.
        let header = self.odb.try_header(&parsed).map_err(|error| broken(&error))?;
        let header = header.ok_or_else(|| Unread::Missing(id.to_owned()))?;
        if header.size > limit {
            return Err(Unread::Refused(problems::object_too_large(kind, id, limit)));
        }
        let mut data = Vec::new();
        let found = self.odb.try_find(&parsed, &mut data).map_err(|error| broken(&error))?;
        let found = found.ok_or_else(|| Unread::Missing(id.to_owned()))?.kind;
        let hashed =
            gix_object::compute_hash(self.kind, found, &data).map_err(|error| broken(&error))?;
        if hashed != parsed {
            return Err(Unread::Refused(problems::object_forged(id, hashed)));
        }
        if found != kind {
            return Err(Unread::Refused(problems::object_of_wrong_kind(id, found, kind)));
        }
        Ok(data)
    }
}
