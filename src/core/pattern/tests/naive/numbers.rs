//! Numbers of messages.

use super::super::super::ast::Comparison;
use super::regex::Regex;
use super::{Answer, Operand, agreed, glob_matches, not};

pub(super) fn compare(lexeme: &str, comparison: Comparison, operand: &Operand) -> Answer {
    let equal = match operand {
        Operand::Number(wanted) => return two(lexeme, comparison, wanted),
        // "1" is 1 and not 1.0: a number is what is written, as far as that was seen.
        Operand::Text(text) if !text.contains('*') => Some(text == lexeme),
        Operand::Text(glob) => as_text(lexeme, |text| glob_matches(glob, text)),
        Operand::Regex(source) => {
            if Regex::new(source).search(lexeme) {
                None
            } else {
                Some(false)
            }
        }
    };
    match comparison {
        Comparison::Equal => equal,
        Comparison::NotEqual => not(equal),
        _ => Some(false),
    }
}

/// Two numbers.
fn two(lexeme: &str, comparison: Comparison, wanted: &str) -> Answer {
    let (left, right): (f64, f64) = (lexeme.parse().unwrap(), wanted.parse().unwrap());
    let equal = if left != right {
        Some(false)
    } else if left.abs() >= 9_007_199_254_740_992.0 {
        None // exactly, or as doubles
    } else if left.fract() == 0.0 || lexeme == wanted {
        Some(true)
    } else {
        None // a decimal written otherwise
    };
    match comparison {
        Comparison::Equal => equal,
        Comparison::NotEqual => not(equal),
        // Where it is not known whether they are equal, their order is not known either.
        _ if equal.is_none() => None,
        Comparison::Less => Some(left < right),
        Comparison::LessOrEqual => Some(left <= right),
        Comparison::Greater => Some(left > right),
        Comparison::GreaterOrEqual => Some(left >= right),
    }
}

/// A number as the text that something is asked of.
fn as_text(lexeme: &str, ask: impl Fn(&str) -> Answer) -> Answer {
    let answers: Option<Vec<bool>> = texts(lexeme).iter().map(|text| ask(text)).collect();
    agreed(answers?)
}

/// The texts that a number may be turned into: as written, and where that is unusual also as its
/// value is usually written.
fn texts(lexeme: &str) -> Vec<String> {
    let mut texts = vec![lexeme.to_owned()];
    let odd_fraction = lexeme
        .split_once('.')
        .is_some_and(|(_, fraction)| fraction != "0" && fraction.ends_with('0'));
    let value: f64 = lexeme.parse().unwrap();
    if odd_fraction || lexeme.contains(['e', 'E']) || value.abs() >= 9_007_199_254_740_992.0 {
        texts.push(format!("{value}"));
        texts.push(format!("{value:?}"));
        if value != 0.0 && !(0.001..10_000_000.0).contains(&value.abs()) {
            texts.push(format!("{value:E}"));
        }
    }
    texts
}
