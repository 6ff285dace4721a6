//! Space-delimited patterns.

use std::collections::BTreeMap;

use super::super::super::ast::Comparison;
use super::regex::Regex;
use super::{Answer, Condition, Field, Operand, all, any, glob_matches, not};

/// The words of a message: where each begins, and what it is without its quotes or brackets.
fn split(message: &str) -> Vec<(usize, String)> {
    let mut words = Vec::new();
    let mut at = 0;
    while at < message.len() {
        let rest = &message[at..];
        let first = rest.chars().next().unwrap();
        let closing = match first {
            ' ' | '\t' => {
                at += 1;
                continue;
            }
            '"' => rest[1..].find('"'),
            '[' => rest[1..].find(']'),
            _ => None,
        };
        if let Some(length) = closing {
            words.push((at, rest[1..=length].to_owned()));
            at += length + 2;
        } else {
            let end = rest.find([' ', '\t']).unwrap_or(rest.len());
            words.push((at, rest[..end].to_owned()));
            at += end;
        }
    }
    words
}

/// The value of each field and of each word that `...` takes, with the name it has in
/// extractedValues; `None` where the message has fewer words than the pattern has fields.
fn fields<'a>(
    pattern: &'a [Field],
    message: &str,
) -> Option<Vec<(String, String, Option<&'a Field>)>> {
    let words = split(message);
    let wanted = pattern.iter().filter(|field| !matches!(field, Field::Ellipsis)).count();
    if words.len() < wanted {
        return None;
    }
    let mut values = Vec::new();
    let spread = pattern.iter().any(|field| matches!(field, Field::Ellipsis));
    let mut left = words.into_iter().enumerate();
    if pattern.is_empty() {
        return Some(left.map(|(at, (_, word))| (format!("${}", at + 1), word, None)).collect());
    }
    for (number, field) in pattern.iter().enumerate() {
        match field {
            Field::Ellipsis => {
                let taken = left.len() - (pattern.len() - number - 1);
                for (at, (_, word)) in left.by_ref().take(taken) {
                    values.push((format!("${}", at + 1), word, None));
                }
            }
            Field::Word(name, _) => {
                let (at, (start, mut word)) = left.next().unwrap();
                if !spread && number + 1 == pattern.len() && left.len() > 0 {
                    message[start..].clone_into(&mut word);
                }
                let name = name.clone().unwrap_or_else(|| (at + 1).to_string());
                values.push((format!("${name}"), word, Some(field)));
            }
        }
    }
    Some(values)
}

pub(super) fn evaluate(pattern: &[Field], message: &str) -> Answer {
    if split(message).is_empty() && pattern.iter().all(|field| matches!(field, Field::Ellipsis)) {
        return None; // a blank line
    }
    let Some(values) = fields(pattern, message) else {
        return Some(false);
    };
    all(values.iter().map(|(_, value, field)| match field {
        Some(Field::Word(_, Some(condition))) => holds(condition, value),
        _ => Some(true),
    }))
}

/// extractedValues of a message that matches.
pub(in super::super) fn extracted(pattern: &[Field], message: &str) -> BTreeMap<String, String> {
    let values = fields(pattern, message).unwrap_or_default();
    values.into_iter().map(|(name, value, _)| (name, value)).collect()
}

fn holds(condition: &Condition, word: &str) -> Answer {
    match condition {
        Condition::All(parts) => all(parts.iter().map(|part| holds(part, word))),
        Condition::Any(parts) => any(parts.iter().map(|part| holds(part, word))),
        Condition::Compare(comparison, operand) => compare(word, *comparison, operand),
    }
}

fn compare(word: &str, comparison: Comparison, operand: &Operand) -> Answer {
    let equal = match operand {
        Operand::Number(wanted) => return compare_number(word, comparison, wanted),
        // `*.html*` was seen on words; in JSON nobody has.
        Operand::Text(glob) if contains(glob).is_some() => Some(word.contains(contains(glob)?)),
        Operand::Text(glob) => glob_matches(glob, word),
        Operand::Regex(source) => Some(Regex::new(source).search(word)),
    };
    match comparison {
        Comparison::Equal => equal,
        Comparison::NotEqual => not(equal),
        _ => Some(false),
    }
}

fn contains(glob: &str) -> Option<&str> {
    let inner = glob.strip_prefix('*')?.strip_suffix('*')?;
    (!inner.is_empty() && !inner.contains('*')).then_some(inner)
}

fn compare_number(word: &str, comparison: Comparison, wanted: &str) -> Answer {
    // The rest of a line that is more than a number was seen not to be one: 1534 extra.
    if word.contains([' ', '\t']) {
        return match comparison {
            Comparison::NotEqual => None,
            _ => Some(false),
        };
    }
    let right: f64 = wanted.parse().unwrap();
    match (word.parse::<f64>().ok().filter(|_| looks_numeric(word)), comparison) {
        (None, Comparison::Equal) => Some(false),
        (None, _) => None,
        (Some(left), Comparison::Equal | Comparison::NotEqual) => {
            let equal = match (left == right, word == wanted) {
                (true, false) => None,
                (_, same) => Some(same),
            };
            if comparison == Comparison::Equal { equal } else { not(equal) }
        }
        (Some(left), Comparison::Less) => Some(left < right),
        (Some(left), Comparison::LessOrEqual) => Some(left <= right),
        (Some(left), Comparison::Greater) => Some(left > right),
        (Some(left), Comparison::GreaterOrEqual) => Some(left >= right),
    }
}

fn looks_numeric(word: &str) -> bool {
    let unsigned = word.strip_prefix('-').unwrap_or(word);
    unsigned.starts_with(|c: char| c.is_ascii_digit())
}
