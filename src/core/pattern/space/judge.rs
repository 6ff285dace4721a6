//! What a condition makes of a word.

use super::words::Word;
use crate::pattern::Match;
use crate::pattern::ast::{Comparison, Condition, Number, Operand};
use crate::pattern::doubt::Doubt;
use crate::pattern::glob::{Glob, Shape};
use crate::pattern::number::{EXACT, number_value};

/// What a condition makes of a word, or of the rest of the message.
pub(super) fn judge(condition: &Condition, word: Word<'_>) -> Match {
    match condition {
        Condition::All(parts) => Match::all(parts.iter().map(|part| judge(part, word))),
        Condition::Any(parts) => Match::any(parts.iter().map(|part| judge(part, word))),
        Condition::Compare(comparison, operand, _) => compare(*comparison, operand, word),
    }
}

fn compare(comparison: Comparison, operand: &Operand, word: Word<'_>) -> Match {
    let answer = match (comparison, operand) {
        // A word that is no number is not equal to one; whether it then differs is open.
        (Comparison::NotEqual, Operand::Number(number, _))
            if plain_number(word.text).is_none() && number.lexeme != word.text =>
        {
            Err(Doubt::WordAsNumber)
        }
        (Comparison::Equal | Comparison::NotEqual, operand) => {
            equal(operand, word).map(|equal| equal == (comparison == Comparison::Equal))
        }
        (_, Operand::Number(number, _)) => ordered(comparison, number, word),
        _ => Ok(false),
    };
    answer.map_or_else(Match::Uncertain, Match::from)
}

fn equal(operand: &Operand, word: Word<'_>) -> Result<bool, Doubt> {
    match operand {
        Operand::Number(expected, _) => equals_number(expected, word.text),
        Operand::Regex(regex, _) => regex.matches(word.text),
        Operand::Text(glob, _) => {
            let equal = equals_text(glob, word.text)?;
            // A value with a blank is compared with a word in quotes: with the quotes or without.
            let blank = glob.pieces().iter().any(|piece| piece.contains([' ', '\t']));
            if blank && word.raw.len() > word.text.len() && equals_text(glob, word.raw)? != equal {
                return Err(Doubt::QuotedWord);
            }
            Ok(equal)
        }
    }
}

fn equals_text(glob: &Glob, text: &str) -> Result<bool, Doubt> {
    match glob.shape() {
        // `request = *.html*` was seen in space-delimited patterns, unlike in JSON patterns.
        Shape::Contains(part) => Ok(text.contains(part)),
        _ => glob.matches(text),
    }
}

/// By value or as it is written: certain where both say the same.
fn equals_number(expected: &Number, text: &str) -> Result<bool, Doubt> {
    match number_value(text) {
        _ if expected.lexeme == text => Ok(true),
        Some(found) if found == expected.value => Err(Doubt::WordAsNumber),
        _ => Ok(false),
    }
}

/// Order compares numbers. A last field of several words is none, as was seen; what a single word
/// that is none is compared as was not.
fn ordered(comparison: Comparison, expected: &Number, word: Word<'_>) -> Result<bool, Doubt> {
    let Some(found) = plain_number(word.text) else {
        let words = word.raw.len() == word.text.len() && word.text.contains([' ', '\t']);
        return if words { Ok(false) } else { Err(Doubt::WordAsNumber) };
    };
    if word.text != expected.lexeme && found == expected.value && found.abs() >= EXACT {
        return Err(Doubt::WordAsNumber);
    }
    Ok(match comparison {
        Comparison::Less => found < expected.value,
        Comparison::LessOrEqual => found <= expected.value,
        Comparison::Greater => found > expected.value,
        Comparison::GreaterOrEqual => found >= expected.value,
        Comparison::Equal | Comparison::NotEqual => false,
    })
}

/// What a word is worth that is a number in every notation: `-1.5`, not `1e3`, `+1` or `1.`.
fn plain_number(word: &str) -> Option<f64> {
    let digits = word.strip_prefix('-').unwrap_or(word);
    let plain = digits.starts_with(|c: char| c.is_ascii_digit())
        && digits.ends_with(|c: char| c.is_ascii_digit())
        && !digits.contains(['e', 'E']);
    if plain { number_value(word) } else { None }
}
