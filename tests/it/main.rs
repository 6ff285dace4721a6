//! The integration tests: the built `secmon`, on files and against an account over the wire.

mod chain;
mod doctor;
mod faults;
mod snapshots;
mod stories;
mod wire;
