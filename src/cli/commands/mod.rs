//! One file a command.

pub(crate) mod doctor;
pub(crate) mod explain;
pub(crate) mod files;
pub(crate) mod offline;
pub(crate) mod read;
pub(crate) mod snapshot;
