//! One file a command.

pub(crate) mod doctor;
pub(crate) mod explain;
pub(crate) mod files;
mod messages;
pub(crate) mod offline;
mod output;
pub(crate) mod pattern;
pub(crate) mod read;
pub(crate) mod snapshot;
