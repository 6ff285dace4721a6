//! Messages that are not exactly one JSON object, but that a lenient reader could take for one.
//!
//! AWS was seen to match nothing in `{broken`, in plain text and in arrays. What it makes of JSON
//! with text around it, and of almost-JSON, is not established.

use std::borrow::Cow;

use super::scan::Scanner;
use crate::pattern::Match;
use crate::pattern::doubt::Doubt;

/// What a lenient reading could make of a message that is no JSON object; `read` reads the object
/// at the start of a text.
pub(super) fn test(message: &str, mut read: impl FnMut(&str) -> Match) -> Match {
    if is_json(message) {
        // An array, a string, a number: JSON, but no object.
        return Match::No;
    }
    let Some(start) = message.find('{') else {
        return Match::No;
    };
    let text = &message[start..];
    let readings = [Some(Cow::Borrowed(text)), mended(text).map(Cow::Owned)];
    for reading in readings.iter().flatten() {
        if read(reading) != Match::No {
            return Match::Uncertain(Doubt::LenientJson);
        }
    }
    Match::No
}

fn is_json(message: &str) -> bool {
    let mut scanner = Scanner::new(message);
    scanner.skip_blanks();
    let whole = scanner.skip(0).is_ok();
    scanner.skip_blanks();
    whole && scanner.at == message.len()
}

/// The text with single quotes made double and commas before a closing bracket left out; none if
/// there are none.
fn mended(text: &str) -> Option<String> {
    let mut mended = String::with_capacity(text.len());
    let mut quote = None;
    let mut chars = text.chars();
    while let Some(c) = chars.next() {
        match (quote, c) {
            (Some(_), '\\') => {
                mended.push(c);
                mended.extend(chars.next());
            }
            (Some(open), c) if c == open => {
                quote = None;
                mended.push('"');
            }
            (None, '"' | '\'') => {
                quote = Some(c);
                mended.push('"');
            }
            (None, '}' | ']') => {
                let kept = mended.trim_end();
                if let Some(kept) = kept.strip_suffix(',') {
                    mended.truncate(kept.len());
                }
                mended.push(c);
            }
            (Some('\''), '"') => mended.push_str("\\\""),
            _ => mended.push(c),
        }
    }
    (mended != text).then_some(mended)
}
