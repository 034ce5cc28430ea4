//! One object at a time, for those that decide something. What is read is hashed again: neither git
//! nor a pack's index does that, and an object database can be forged. No program is started.

use gix_hash::ObjectId;
use gix_object::{Find as _, FindHeader as _, Kind};

use super::{Repository, is_id};
use crate::domain::{Code, Problem};

/// Why an object was not read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Unread {
    /// The clone does not have it; it may be fetched.
    Missing(String),
    /// It can decide nothing.
    Refused(Problem),
}

/// The objects of a repository, each as its id says or not at all.
pub struct Objects {
    odb: gix_odb::HandleArc,
    kind: gix_hash::Kind,
}

impl Objects {
    /// Opens the objects of a repository, whose ids are as long as this one.
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
        let odb = odb.map_err(|error| {
            Problem::new(Code::CheckoutUnclear, "the objects of this repository cannot be opened")
                .cause(error.to_string())
        })?;
        Ok(Self { odb, kind })
    }

    /// How long its ids are, and how they are made.
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
    /// If it is not there, too large, of another kind, or not what its id says.
    pub fn read(&self, id: &str, kind: Kind, limit: u64) -> Result<Vec<u8>, Unread> {
        let refuse = |code, what: String| Unread::Refused(Problem::new(code, what));
        let parsed = ObjectId::from_hex(id.as_bytes()).ok().filter(|_| is_id(id));
        let parsed = parsed.ok_or_else(|| {
            refuse(Code::CheckoutUnclear, "an object's id was expected".to_owned())
        })?;
        let broken = |error: &dyn std::fmt::Display| {
            Unread::Refused(
                Problem::new(Code::ObjectForged, format!("the {kind} {id} cannot be read"))
                    .cause(error.to_string())
                    .hint("check the repository out again, into an empty folder"),
            )
        };
        // A header is small whatever it says, and tells the size before anything is unpacked.
        let header = self.odb.try_header(&parsed).map_err(|error| broken(&error))?;
        let header = header.ok_or_else(|| Unread::Missing(id.to_owned()))?;
        if header.size > limit {
            return Err(refuse(
                Code::ConfigUnreadable,
                format!("the {kind} {id} is larger than {limit} bytes"),
            ));
        }
        let mut data = Vec::new();
        let found = self.odb.try_find(&parsed, &mut data).map_err(|error| broken(&error))?;
        let found = found.ok_or_else(|| Unread::Missing(id.to_owned()))?.kind;
        let hashed =
            gix_object::compute_hash(self.kind, found, &data).map_err(|error| broken(&error))?;
        if hashed != parsed {
            return Err(Unread::Refused(
                Problem::new(
                    Code::ObjectForged,
                    format!("the object {id} is not what its id says"),
                )
                .cause(format!("what stands under this id has the id {hashed}"))
                .hint("check the repository out again, into an empty folder"),
            ));
        }
        if found != kind {
            return Err(refuse(
                Code::CheckoutUnclear,
                format!("the object {id} is a {found}, and a {kind} was expected"),
            ));
        }
        Ok(data)
    }
}
