//! What a secret-access alert chain is and when it works.
//!
//! Pure: no I/O, no async, no clock, no environment, no SDK, no logger. Time is a value,
//! [`snapshot::Snapshot::taken_at`]. The same snapshot gives the same answer, byte for byte.

pub mod action_history;
pub mod alarm;
pub mod baseline;
pub mod engines;
pub mod event_pattern;
pub mod evidence;
pub mod field_selection;
pub mod filter_policy;
pub mod finding;
pub mod logs_query;
pub mod missed;
pub mod pattern;
pub mod plan;
pub mod policy;
pub mod report;
pub mod route;
pub mod selector;
pub mod snapshot;
pub mod transformer;
