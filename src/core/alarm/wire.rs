//! How AWS writes numbers, moments and JSON in what an alarm says: as Java does.

use std::fmt::Write as _;
use std::io;

use jiff::Timestamp;
use serde::{Serialize, Serializer};
use serde_json::ser::Formatter;

/// A number as Java's `Double.toString` writes it: `1.0`, `0.025`, `1.0E9`, `5.0E-4`.
pub(crate) fn number(value: f64) -> String {
    let size = value.abs();
    if !value.is_finite() {
        let sign = if value < 0.0 { "-" } else { "" };
        return if value.is_nan() { "NaN".to_owned() } else { format!("{sign}Infinity") };
    }
    if size == 0.0 || (1e-3..1e7).contains(&size) {
        return format!("{value:?}");
    }
    let text = format!("{value:e}");
    let (digits, exponent) = text.split_once('e').unwrap_or((&text, "0"));
    let point = if digits.contains('.') { "" } else { ".0" };
    format!("{digits}{point}E{exponent}")
}

/// `2026-09-14T05:42:58.775+0000`
pub(crate) fn moment(at: Timestamp) -> String {
    at.strftime("%Y-%m-%dT%H:%M:%S.%3f+0000").to_string()
}

/// `14/09/26 05:42:40`, as in a state reason.
pub(crate) fn short_moment(at: Timestamp) -> String {
    at.strftime("%d/%m/%y %H:%M:%S").to_string()
}

/// `Wednesday 23 September, 2026 03:24:34 UTC`, as in a mail.
pub(crate) fn long_moment(at: Timestamp) -> String {
    at.strftime("%A %d %B, %Y %H:%M:%S UTC").to_string()
}

/// [`moment`] for a field.
pub(crate) fn serialize_moment<S: Serializer>(at: &Timestamp, to: S) -> Result<S::Ok, S::Error> {
    to.serialize_str(&moment(*at))
}

/// [`moment`] for a field that may be missing.
pub(crate) fn serialize_some_moment<S: Serializer>(
    at: &Option<Timestamp>,
    to: S,
) -> Result<S::Ok, S::Error> {
    match at {
        Some(at) => serialize_moment(at, to),
        None => to.serialize_none(),
    }
}

/// Compact JSON with numbers as AWS writes them.
pub(crate) fn json(value: &impl Serialize) -> String {
    let mut bytes = Vec::new();
    let mut to = serde_json::Serializer::with_formatter(&mut bytes, JavaNumbers);
    // Neither a map with keys that are no text nor a failing writer is among what is passed in.
    if value.serialize(&mut to).is_err() {
        return "null".to_owned();
    }
    String::from_utf8(bytes).unwrap_or_default()
}

/// Text as a JSON string.
pub(crate) fn quoted(text: &str) -> String {
    json(&text)
}

struct JavaNumbers;

impl Formatter for JavaNumbers {
    fn write_f64<W: ?Sized + io::Write>(&mut self, writer: &mut W, value: f64) -> io::Result<()> {
        writer.write_all(number(value).as_bytes())
    }
}

/// A name inside the address of a console page.
pub(crate) fn percent_encoded(name: &str) -> String {
    let mut text = String::with_capacity(name.len());
    for byte in name.bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'~' => {
                text.push(char::from(byte));
            }
            _ => {
                let _ = write!(text, "%{byte:02X}");
            }
        }
    }
    text
}

/// The first characters of a text.
pub(crate) fn cut(text: String, characters: usize) -> String {
    match text.char_indices().nth(characters) {
        Some((end, _)) => text[..end].to_owned(),
        None => text,
    }
}

/// `datapoint`, `datapoints`
pub(crate) fn plural(count: u32, one: &str) -> String {
    if count == 1 { one.to_owned() } else { format!("{one}s") }
}
