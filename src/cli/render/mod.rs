//! Values into text, into a passed sink.

pub(crate) mod alarm;
mod faults;
pub(crate) mod json;
pub(crate) mod lab;
pub(crate) mod lines;
pub(crate) mod missed;
pub(crate) mod paint;
pub(crate) mod pattern;
pub(crate) mod plan;
mod several;
mod summary;
pub(crate) mod text;
pub(crate) mod undo;

use jiff::Timestamp;

/// "2026-01-05 10:12 UTC".
pub(crate) fn minute(time: Timestamp) -> String {
    time.strftime("%Y-%m-%d %H:%M UTC").to_string()
}

/// "1 subscriber", "2 subscribers".
pub(crate) fn count(number: usize, noun: &str) -> String {
    if number == 1 { format!("1 {noun}") } else { format!("{number} {noun}s") }
}
