//! Space-delimited patterns: `[ip, user, ..., status = 4*, bytes]`.
//!
//! A message is divided into words at spaces and tabs; what stands in `"…"` or `[…]` is one word.
//! The fields of the pattern take the words in order, `...` as many as are left over, and the last
//! field – in a pattern without `...` – the rest of the message
//! ([AWS](https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/matching-terms-space-delimited-log-events.html)).
//!
//! ```
//! use secmon_core::pattern::{FilterPattern, Match};
//!
//! let pattern = FilterPattern::parse("[level = ERROR || level = WARN, text]").unwrap();
//! assert_eq!(pattern.test("WARN disk is full"), Match::Yes);
//! assert_eq!(pattern.test("INFO disk is full"), Match::No);
//! assert_eq!(pattern.test("ERROR"), Match::No); // no word for the second field
//!
//! let extracted = pattern.extracted("WARN disk is full");
//! assert_eq!(extracted["$text"], "disk is full");
//! ```

mod display;
mod judge;
mod parse;
mod refuse;
#[cfg(test)]
mod tests;
mod words;

use std::collections::BTreeMap;

use super::Match;
use super::ast::{Condition, Field, SpacePattern};
use super::doubt::Doubt;
pub(super) use display::display;
use judge::judge;
pub(super) use parse::parse;
use words::{Blanks, Odd, Word, Words};

/// What a pattern makes of a message, apart from the doubts that it raises by itself.
pub(super) fn test(pattern: &SpacePattern, message: &str) -> Match {
    let seen = test_words(&pattern.fields, &Words::new(message, Blanks::Seen));
    if matches!(seen, Match::Uncertain(_)) || !has_other_blanks(message) {
        return seen;
    }
    match test_words(&pattern.fields, &Words::new(message, Blanks::Other)) {
        other if other == seen => seen,
        _ => Match::Uncertain(Doubt::WordBlanks),
    }
}

/// The values that TestMetricFilter returns with a message that matches: `$name` for a field with a
/// name, `$3` for the third word where it has none.
pub(super) fn extracted(pattern: &SpacePattern, message: &str) -> BTreeMap<String, String> {
    let fields = &pattern.fields;
    let words = Words::new(message, Blanks::Seen);
    let all: Vec<Word<'_>> = words.clone().collect();
    let ellipsis = fields.iter().position(|field| matches!(field, Field::Ellipsis(_)));
    let values = match (ellipsis, fields.len()) {
        (None, 1..) if all.len() >= fields.len() => {
            let mut rest = words;
            let mut values: Vec<_> = rest.by_ref().take(fields.len() - 1).collect();
            values.extend(rest.rest());
            values
        }
        _ => all,
    };
    // A word belongs to the field at its place, counted from the end after `...`.
    let field = |index: usize| match ellipsis {
        Some(at) if index >= at => {
            let after = fields.len() - at - 1;
            let from_end = values.len() - index;
            if from_end <= after { fields.get(fields.len() - from_end) } else { None }
        }
        _ => fields.get(index),
    };
    let name = |index: usize| match field(index) {
        Some(Field::Word { name: Some(name), .. }) => format!("${name}"),
        _ => format!("${}", index + 1),
    };
    let named = |(index, word): (usize, &Word<'_>)| (name(index), word.text.to_owned());
    values.iter().enumerate().map(named).collect()
}

/// Whether a message has blanks whose meaning was not seen.
fn has_other_blanks(message: &str) -> bool {
    message.starts_with([' ', '\t'])
        || message.ends_with([' ', '\t'])
        || message.bytes().any(|byte| matches!(byte, b'\n' | b'\r' | b'\x0c'))
}

fn test_words(fields: &[Field], words: &Words<'_>) -> Match {
    match fields.iter().position(|field| matches!(field, Field::Ellipsis(_))) {
        None => test_to_the_rest(fields, words.clone()),
        Some(at) => {
            let (before, after) = (&fields[..at], &fields[at + 1..]);
            let counted = test_from_both_ends(before, after, words.clone());
            if !after.is_empty() {
                return counted;
            }
            // A trailing `...` takes what is left over, or does nothing: then the last field
            // before it takes the rest.
            let other = test_to_the_rest(before, words.clone());
            match (counted, other) {
                (Match::No, Match::No) => Match::No,
                _ => Match::Uncertain(Doubt::TrailingEllipsis),
            }
        }
    }
}

/// Fields without `...`: the last one takes the rest of the message.
fn test_to_the_rest(fields: &[Field], mut words: Words<'_>) -> Match {
    let Some((last, fields)) = fields.split_last() else {
        return any_word(words);
    };
    let condition = condition(last);
    if fields.is_empty() {
        return match condition {
            None => any_word(words),
            Some(condition) => test_only_field(condition, words),
        };
    }
    let first = test_first(fields, &mut words);
    if first == Match::No || uncertain_extent(first) {
        return first;
    }
    let Some(rest) = words.rest() else {
        return Match::No;
    };
    let last = match (rest.odd, condition) {
        (Some(Odd::Delimiter), _) | (Some(Odd::Extent), Some(_)) => {
            Match::Uncertain(Doubt::OddQuoting)
        }
        (_, None) => Match::Yes,
        (None, Some(condition)) => judge(condition, rest),
    };
    Match::all([first, last])
}

/// A condition on the only field: compared with the message, or with its first word.
fn test_only_field(condition: &Condition, words: Words<'_>) -> Match {
    let nothing = Word { text: "", raw: "", start: 0, odd: None };
    let first = judge(condition, words.clone().next().unwrap_or(nothing));
    let all = judge(condition, words.rest().unwrap_or(nothing));
    match (first, all) {
        (Match::No, Match::No) => Match::No,
        _ => Match::Uncertain(Doubt::SingleField),
    }
}

/// Fields before and after `...`: counted from both ends, one word each.
fn test_from_both_ends(before: &[Field], after: &[Field], mut words: Words<'_>) -> Match {
    let first = test_first(before, &mut words);
    if first == Match::No || uncertain_extent(first) {
        return first;
    }
    let (mut count, mut odd) = (0, false);
    for word in words.clone() {
        count += 1;
        odd |= word.odd.is_some();
    }
    if odd {
        return Match::Uncertain(Doubt::OddQuoting);
    }
    if count < after.len() {
        return Match::No;
    }
    let last = words.skip(count - after.len()).zip(after).map(|(word, field)| {
        condition(field).map_or(Match::Yes, |condition| judge(condition, word))
    });
    Match::all(std::iter::once(first).chain(last))
}

/// The first fields against the first words. An odd word ends it: where the next one begins is not
/// established.
fn test_first(fields: &[Field], words: &mut Words<'_>) -> Match {
    let mut all = Match::Yes;
    for field in fields {
        let answer = match words.next() {
            None => return Match::No,
            Some(Word { odd: Some(_), .. }) => return Match::Uncertain(Doubt::OddQuoting),
            Some(word) => condition(field).map_or(Match::Yes, |condition| judge(condition, word)),
        };
        all = Match::all([all, answer]);
        if all == Match::No {
            return Match::No;
        }
    }
    all
}

/// Whether it is open where the words that follow begin.
fn uncertain_extent(answer: Match) -> bool {
    answer == Match::Uncertain(Doubt::OddQuoting)
}

/// A pattern that asks for nothing: whether it matches a message without words was not seen.
fn any_word(mut words: Words<'_>) -> Match {
    if words.next().is_some() { Match::Yes } else { Match::Uncertain(Doubt::BlankLine) }
}

fn condition(field: &Field) -> Option<&Condition> {
    match field {
        Field::Word { condition, .. } => condition.as_ref(),
        Field::Ellipsis(_) => None,
    }
}
