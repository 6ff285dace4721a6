//! What one clause makes of one value.

use std::fmt::Write as _;

use super::scan::{Scanner, unescape};
use crate::pattern::Match;
use crate::pattern::ast::{Comparison, Number, Operand, Test};
use crate::pattern::doubt::Doubt;
use crate::pattern::glob::{Glob, Shape};
use crate::pattern::number::{EXACT, has_plain_form, is_in_range, is_usual};

/// What a test makes of a value that is there, given as it stands in the message.
///
/// `text` is where strings with escapes are written out; nothing in it is kept.
pub(super) fn judge(test: &Test, raw: &str, text: &mut String) -> Match {
    match test {
        Test::Compare(comparison, operand) => match raw.as_bytes().first() {
            Some(b'"') => {
                let inside = raw.get(1..raw.len() - 1).unwrap_or_default();
                if inside.contains('\\') {
                    text.clear();
                    unescape(inside, text);
                    compare_text(*comparison, operand, text)
                } else {
                    compare_text(*comparison, operand, inside)
                }
            }
            Some(b'-' | b'0'..=b'9') => compare_number(*comparison, operand, raw, text),
            // Comparisons see strings and numbers: null, booleans, arrays and objects are neither
            // equal nor unequal to anything.
            _ => Match::No,
        },
        Test::IsNull => is(raw, "null", true),
        Test::IsTrue => is(raw, "true", false),
        Test::IsFalse => is(raw, "false", false),
        Test::NotExists => Match::No,
    }
}

fn compare_text(comparison: Comparison, operand: &Operand, text: &str) -> Match {
    let equal = match operand {
        // An unquoted number equals a string that is written like it: 1 equals "1", not "1.0".
        Operand::Number(number, _) => Ok(number.lexeme == text),
        Operand::Text(glob, _) => glob.matches(text),
        Operand::Regex(regex, _) => regex.matches(text),
    };
    verdict(comparison, equal)
}

fn verdict(comparison: Comparison, equal: Result<bool, Doubt>) -> Match {
    match (comparison, equal) {
        (Comparison::Equal, Ok(equal)) => Match::from(equal),
        (Comparison::NotEqual, Ok(equal)) => Match::from(!equal),
        (Comparison::Equal | Comparison::NotEqual, Err(doubt)) => Match::Uncertain(doubt),
        // Order compares numbers with numbers.
        _ => Match::No,
    }
}

fn compare_number(
    comparison: Comparison,
    operand: &Operand,
    raw: &str,
    text: &mut String,
) -> Match {
    match operand {
        Operand::Number(number, _) => compare_numbers(comparison, number, raw),
        Operand::Text(glob, _) => verdict(comparison, number_as_text(glob, raw, text)),
        Operand::Regex(regex, _) => verdict(
            comparison,
            match regex.matches(raw) {
                Ok(false) => Ok(false),
                Ok(true) | Err(_) => Err(Doubt::RegexOnNumber),
            },
        ),
    }
}

fn compare_numbers(comparison: Comparison, number: &Number, raw: &str) -> Match {
    let Ok(value) = raw.parse::<f64>() else {
        return Match::No;
    };
    if !is_in_range(raw, value) {
        return Match::Uncertain(Doubt::NumberOverflow);
    }
    #[expect(clippy::float_cmp, reason = "equality of doubles is what is asked")]
    let equal = value == number.value;
    if equal {
        if raw != number.lexeme && value.fract() != 0.0 {
            return Match::Uncertain(Doubt::DecimalForm);
        }
        if value.abs() >= EXACT {
            return Match::Uncertain(Doubt::LargeNumber);
        }
    }
    Match::from(match comparison {
        Comparison::Equal => equal,
        Comparison::NotEqual => !equal,
        Comparison::Less => value < number.value,
        Comparison::LessOrEqual => value <= number.value,
        Comparison::Greater => value > number.value,
        Comparison::GreaterOrEqual => value >= number.value,
    })
}

/// Text is compared with a number as the number is written in the message.
///
/// For text without `*` that was seen: `"1"` does not equal 1.0. With `*` it was seen only for
/// numbers that are written as every program would write them; of others only what no usual writing
/// changes is certain.
fn number_as_text(glob: &Glob, raw: &str, text: &mut String) -> Result<bool, Doubt> {
    let as_written = glob.matches(raw);
    if matches!(glob.shape(), Shape::Exact(_)) || is_usual(raw) || !glob.could_be_number() {
        return as_written;
    }
    let value: f64 = raw.parse().map_err(|_| Doubt::NumberAsText)?;
    let with_exponent = format_args!("{value:E}");
    // Java writes no exponent in between; others write none at all.
    let with_exponent = (!has_plain_form(value)).then_some(with_exponent);
    for other in
        [format_args!("{value}"), format_args!("{value:?}")].into_iter().chain(with_exponent)
    {
        text.clear();
        if text.write_fmt(other).is_err() || glob.matches(text) != as_written {
            return Err(Doubt::NumberAsText);
        }
    }
    as_written
}

/// IS NULL, IS TRUE and IS FALSE of a value that is there.
///
/// IS NULL was seen to be true of an array that holds null.
fn is(raw: &str, word: &str, of_elements: bool) -> Match {
    if raw == word {
        return Match::Yes;
    }
    if !raw.starts_with('[') {
        return Match::No;
    }
    let (mut direct, mut deeper, mut depth) = (false, false, 0_usize);
    let mut scanner = Scanner::new(raw);
    // The value was checked when it was found, so that this goes through to its end.
    while let Some(byte) = scanner.peek() {
        match byte {
            b'[' => depth += 1,
            b']' => depth -= 1,
            b',' | b' ' | b'\t' | b'\n' | b'\r' => {}
            _ => {
                let start = scanner.at;
                if scanner.skip(0).is_err() {
                    break;
                }
                let found = scanner.slice(start, scanner.at) == word;
                direct |= found && depth == 1;
                deeper |= found && depth > 1;
                continue;
            }
        }
        scanner.at += 1;
    }
    match (direct, deeper) {
        (true, _) if of_elements => Match::Yes,
        (false, false) => Match::No,
        _ => Match::Uncertain(Doubt::IsOnArray),
    }
}
