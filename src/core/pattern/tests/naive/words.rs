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

/// What a field holds.
struct Held<'a> {
    /// Its name in extractedValues.
    name: String,
    value: String,
    /// Whether it is the rest of the line, of more than one word.
    rest: bool,
    /// None for a word that `...` takes.
    field: Option<&'a Field>,
}

/// The value of each field and of each word that `...` takes; `None` where the message has fewer
/// words than the pattern has fields.
fn fields<'a>(pattern: &'a [Field], message: &str) -> Option<Vec<Held<'a>>> {
    let words = split(message);
    let wanted = pattern.iter().filter(|field| !matches!(field, Field::Ellipsis)).count();
    if words.len() < wanted {
        return None;
    }
    let mut values = Vec::new();
    let spread = pattern.iter().any(|field| matches!(field, Field::Ellipsis));
    let mut left = words.into_iter().enumerate();
    if pattern.is_empty() {
        return Some(left.map(taken).collect());
    }
    for (number, field) in pattern.iter().enumerate() {
        match field {
            Field::Ellipsis => {
                let count = left.len() - (pattern.len() - number - 1);
                values.extend(left.by_ref().take(count).map(taken));
            }
            Field::Word(name, _) => {
                let (at, (start, mut word)) = left.next().unwrap();
                let rest = !spread && number + 1 == pattern.len() && left.len() > 0;
                if rest {
                    message[start..].clone_into(&mut word);
                }
                let name = name.clone().unwrap_or_else(|| (at + 1).to_string());
                values.push(Held {
                    name: format!("${name}"),
                    value: word,
                    rest,
                    field: Some(field),
                });
            }
        }
    }
    Some(values)
}

fn taken<'a>((at, (_, value)): (usize, (usize, String))) -> Held<'a> {
    Held { name: format!("${}", at + 1), value, rest: false, field: None }
}

pub(super) fn evaluate(pattern: &[Field], message: &str) -> Answer {
    if split(message).is_empty() && pattern.iter().all(|field| matches!(field, Field::Ellipsis)) {
        return None; // a blank line
    }
    let Some(values) = fields(pattern, message) else {
        return Some(false);
    };
    all(values.iter().map(|held| match held.field {
        Some(Field::Word(_, Some(condition))) => holds(condition, held),
        _ => Some(true),
    }))
}

/// extractedValues of a message that matches.
pub(in super::super) fn extracted(pattern: &[Field], message: &str) -> BTreeMap<String, String> {
    let values = fields(pattern, message).unwrap_or_default();
    values.into_iter().map(|held| (held.name, held.value)).collect()
}

fn holds(condition: &Condition, word: &Held<'_>) -> Answer {
    match condition {
        Condition::All(parts) => all(parts.iter().map(|part| holds(part, word))),
        Condition::Any(parts) => any(parts.iter().map(|part| holds(part, word))),
        Condition::Compare(comparison, operand) => compare(word, *comparison, operand),
    }
}

fn compare(held: &Held<'_>, comparison: Comparison, operand: &Operand) -> Answer {
    let word = held.value.as_str();
    let equal = match operand {
        Operand::Number(wanted) => return compare_number(held, comparison, wanted),
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

fn compare_number(held: &Held<'_>, comparison: Comparison, wanted: &str) -> Answer {
    let word = held.value.as_str();
    // The rest of a line that is more than a number was seen not to be one: 1534 extra.
    if held.rest {
        return match comparison {
            Comparison::NotEqual => None,
            _ => Some(false),
        };
    }
    let right: f64 = wanted.parse().unwrap();
    let left = word.parse::<f64>().ok().filter(|_| word.ends_with(|c: char| c.is_ascii_digit()));
    let equal = match left {
        Some(left) if left == right && word != wanted => None,
        _ => Some(word == wanted),
    };
    match (comparison, left.filter(|_| !word.contains(['e', 'E']))) {
        (Comparison::Equal, _) => equal,
        // Whether such words are numbers at all is not known.
        (_, None) => None,
        (Comparison::NotEqual, _) => not(equal),
        (Comparison::Less, Some(left)) => Some(left < right),
        (Comparison::LessOrEqual, Some(left)) => Some(left <= right),
        (Comparison::Greater, Some(left)) => Some(left > right),
        (Comparison::GreaterOrEqual, Some(left)) => Some(left >= right),
    }
}
