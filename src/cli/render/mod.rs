//! Values into text, into a passed sink.

pub(crate) mod json;
pub(crate) mod paint;
mod several;
mod summary;
#[cfg(test)]
mod tests;
pub(crate) mod text;

use jiff::Timestamp;

/// "2 min ago", "3 h ago", "12 days ago".
pub(crate) fn ago(then: Timestamp, now: Timestamp) -> String {
    let seconds = now.duration_since(then).as_secs();
    match seconds {
        ..0 => "just now".to_owned(),
        0..60 => format!("{seconds} s ago"),
        60..7_200 => format!("{} min ago", seconds / 60),
        7_200..172_800 => format!("{} h ago", seconds / 3_600),
        _ => format!("{} days ago", seconds / 86_400),
    }
}

/// "2026-01-05 10:12 UTC".
pub(crate) fn minute(time: Timestamp) -> String {
    time.strftime("%Y-%m-%d %H:%M UTC").to_string()
}

/// "1 subscriber", "2 subscribers".
pub(crate) fn count(number: usize, noun: &str) -> String {
    if number == 1 { format!("1 {noun}") } else { format!("{number} {noun}s") }
}
