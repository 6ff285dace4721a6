//! The values that a selector leads to, for explanations.

use super::scan::{Scanner, unescape};
use super::{Program, State};
use crate::pattern::Match;
use crate::pattern::ast::{Clause, Expr, Path, Step};
use crate::pattern::doubt::Doubtful;

/// The values at a path, as they stand in a message; none where the message is no JSON object.
///
/// Of members of the same name the last one counts.
pub(in crate::pattern) fn select<'m>(path: &Path, message: &'m str) -> Vec<&'m str> {
    let mut scanner = Scanner::new(message);
    scanner.skip_blanks();
    let start = scanner.at;
    if scanner.peek() != Some(b'{') || scanner.skip(0).is_err() {
        return Vec::new();
    }
    let mut values = vec![scanner.slice(start, scanner.at)];
    for step in &path.0 {
        values = values.into_iter().flat_map(|value| inside(value, step)).collect();
    }
    values
}

/// The characters of a string or a number, as it stands in a message.
pub(in crate::pattern) fn text(raw: &str) -> Option<String> {
    match raw.as_bytes().first() {
        Some(b'"') => {
            let mut text = String::new();
            unescape(raw.get(1..raw.len() - 1)?, &mut text);
            Some(text)
        }
        Some(b'-' | b'0'..=b'9') => Some(raw.to_owned()),
        _ => None,
    }
}

/// The values one step further.
fn inside<'m>(value: &'m str, step: &Step) -> Vec<&'m str> {
    let mut scanner = Scanner::new(value);
    let mut found: Vec<(String, &'m str)> = Vec::new();
    // The value was checked when it was found, so that these go through.
    let _ = match value.as_bytes().first() {
        Some(b'{') => scanner.members(0, |scanner, raw| {
            let mut name = String::new();
            unescape(raw.text, &mut name);
            let start = scanner.at;
            scanner.skip(1)?;
            found.retain(|(known, _)| *known != name);
            found.push((name, scanner.slice(start, scanner.at)));
            Ok(())
        }),
        Some(b'[') => scanner.elements(0, |scanner, index| {
            let start = scanner.at;
            scanner.skip(1)?;
            found.push((index.to_string(), scanner.slice(start, scanner.at)));
            Ok(())
        }),
        _ => Ok(()),
    };
    let array = value.starts_with('[');
    found.retain(|(name, _)| match step {
        Step::Name(wanted) => !array && name == wanted,
        Step::Index(wanted) => array && *name == wanted.to_string(),
        Step::AnyElement | Step::AnyMember => true,
    });
    found.into_iter().map(|(_, value)| value).collect()
}

/// What one clause alone makes of a message.
pub(in crate::pattern) fn judge_clause(
    clause: &Clause,
    doubts: &[Doubtful],
    message: &str,
) -> Match {
    let doubts: Vec<Doubtful> =
        doubts.iter().filter(|doubtful| !doubtful.doubt.settled_by_acceptance()).copied().collect();
    let program = Program::new(&Expr::Clause(clause.clone()), &doubts);
    program.test(message, &mut State::default())
}
