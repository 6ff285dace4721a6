//! The integration tests: the built `secmon` against an account that answers over the wire.

mod chain;
mod doctor;
mod faults;
mod snapshots;
mod wire;
