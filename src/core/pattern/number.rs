//! Words that are numbers: sign, digits, fraction, exponent.

use super::ast::Number;

/// From here on not every whole number is a double.
pub(super) const EXACT: f64 = 9_007_199_254_740_992.0;

/// Reads a word as a number, if it is one.
pub(super) fn number(word: &str) -> Option<Number> {
    Some(Number { lexeme: word.to_owned(), value: number_value(word)? })
}

/// What a word is worth, if it is a number.
pub(super) fn number_value(word: &str) -> Option<f64> {
    let digits = |text: &str| text.bytes().take_while(u8::is_ascii_digit).count();
    let unsigned = word.strip_prefix(['+', '-']).unwrap_or(word);
    let whole = digits(unsigned);
    let mut rest = &unsigned[whole..];
    let mut fraction = 0;
    if let Some(after) = rest.strip_prefix('.') {
        fraction = digits(after);
        rest = &after[fraction..];
    }
    if whole + fraction == 0 {
        return None;
    }
    if let Some(exponent) = rest.strip_prefix(['e', 'E']) {
        let exponent = exponent.strip_prefix(['+', '-']).unwrap_or(exponent);
        if exponent.is_empty() || digits(exponent) != exponent.len() {
            return None;
        }
        rest = "";
    }
    if !rest.is_empty() {
        return None;
    }
    word.parse().ok()
}

/// Whether a double holds a number as it is written: neither too large nor too near to 0.
pub(super) fn is_in_range(lexeme: &str, value: f64) -> bool {
    let mantissa = lexeme.split(['e', 'E']).next().unwrap_or_default();
    value.is_finite() && (value != 0.0 || !mantissa.contains(|c: char| ('1'..='9').contains(&c)))
}

/// Whether no program writes this double with an exponent: Java does below 0.001 and from 10,000,000
/// on.
pub(super) fn has_plain_form(value: f64) -> bool {
    value == 0.0 || (1e-3..1e7).contains(&value.abs())
}

/// Whether a number is written as every program would write it.
pub(super) fn is_usual(raw: &str) -> bool {
    let digits = raw.strip_prefix('-').unwrap_or(raw);
    if digits.len() > 15
        || digits.contains(['e', 'E'])
        || raw.starts_with("-0") && digits.trim_matches(['0', '.']).is_empty()
    {
        return false;
    }
    match digits.split_once('.') {
        None | Some((_, "0")) => true,
        // Below 0.001 and from 10,000,000 on Java writes doubles with an exponent.
        Some((whole, fraction)) => {
            !fraction.ends_with('0')
                && whole.len() <= 7
                && !(whole == "0" && fraction.starts_with("000"))
        }
    }
}
