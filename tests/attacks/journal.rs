//! A forged, replayed or edited journal never gets a key revoked.
