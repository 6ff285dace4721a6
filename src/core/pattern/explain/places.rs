//! Selectors that miss the field that was meant, and those that reach no text and no number.

use serde_json::Value;

use super::misses::{holds, meant, path};
use super::suggest::{Meant, Miss, at};
use crate::pattern::lint::cloudtrail::{names, path as path_of};
use crate::pattern::lint::near::{distance, same_but_for_case};
use crate::pattern::lint::tree::dotted;
use crate::pattern::{Comparison, Path, Step, Test};

/// How deep and how many the names of a message are looked at.
const DEPTH: usize = 12;
const MOST: usize = 4096;

/// The paths of the members of an event, those of objects in objects included.
fn members(event: &Value) -> Vec<Vec<&str>> {
    fn walk<'v>(value: &'v Value, above: &[&'v str], found: &mut Vec<Vec<&'v str>>) {
        let Value::Object(members) = value else {
            return;
        };
        for (name, value) in members {
            if above.len() >= DEPTH || found.len() >= MOST {
                return;
            }
            let here: Vec<&str> = above.iter().copied().chain([name.as_str()]).collect();
            found.push(here.clone());
            walk(value, &here, found);
        }
    }
    let mut found = Vec::new();
    walk(event, &[], &mut found);
    found
}

/// Whether a clause can be looked for under another name: it asks for a value and there is none.
fn misses_field(miss: &Miss<'_>) -> bool {
    miss.values.is_empty()
        && !matches!(miss.clause.test, Test::NotExists | Test::Compare(Comparison::NotEqual, _))
}

pub(super) fn selector_case(miss: &Miss<'_>) -> Option<Meant> {
    let given = names(path(miss))?;
    if !miss.values.is_empty() || miss.clause.test == Test::NotExists {
        return None;
    }
    let members = members(miss.event);
    let found = members.iter().find(|names| {
        names.len() == given.len()
            && same_but_for_case(&names.join("\u{1f}"), &given.join("\u{1f}"))
    })?;
    let right = path_of(found);
    let says = format!(
        "The message has no {}, but {}; names are compared letter by letter.",
        dotted(path(miss)),
        dotted(&right)
    );
    Some(Meant { says, with: Some(at(&right, miss.clause)), anyway: true })
}

pub(super) fn selector_spelling(miss: &Miss<'_>) -> Option<Meant> {
    let given = names(path(miss))?;
    let (last, parents) = given.split_last()?;
    if !misses_field(miss) {
        return None;
    }
    let members = members(miss.event);
    let found = members.iter().find(|names| {
        names.split_last().is_some_and(|(name, above)| {
            let (name, last) = (name.to_lowercase(), last.to_lowercase());
            above == parents && name != last && name.len() > 4 && distance(&name, &last) <= 2
        })
    })?;
    let right = path_of(found);
    let with = at(&right, miss.clause);
    // `requestID` and `requestIP` may both be names: only if the value fits it is a misspelling.
    let says = format!("The message has no {}, but {}.", dotted(path(miss)), dotted(&right));
    meant(says, with)
}

pub(super) fn selector_elsewhere(miss: &Miss<'_>) -> Option<Meant> {
    let given = names(path(miss))?;
    let last = given.last()?;
    if !misses_field(miss) {
        return None;
    }
    let members = members(miss.event);
    let mut candidates = members.iter().filter(|names| {
        names.len() != given.len()
            && names.last().is_some_and(|name| name == last || same_but_for_case(name, last))
    });
    candidates.find_map(|found| {
        let right = path_of(found);
        let with = at(&right, miss.clause);
        if !holds(&with, miss.message) {
            return None;
        }
        let says = format!(
            "The message has no {}, but {} with that value.",
            dotted(path(miss)),
            dotted(&right)
        );
        meant(says, with)
    })
}

pub(super) fn reaches_array(miss: &Miss<'_>) -> Option<Meant> {
    let Test::Compare(..) = miss.clause.test else {
        return None;
    };
    if path(miss).has_wildcard() || !miss.values.iter().any(|value| value.starts_with('[')) {
        return None;
    }
    let mut steps = path(miss).0.clone();
    steps.push(Step::AnyElement);
    let with = at(&Path(steps), miss.clause);
    let says = format!(
        "{} is an array; comparisons see text and numbers only. `[*]` asks each of its elements.",
        dotted(path(miss))
    );
    let with = holds(&with, miss.message).then_some(with);
    Some(Meant { says, with, anyway: true })
}

pub(super) fn reaches_object(miss: &Miss<'_>) -> Option<Meant> {
    let Test::Compare(..) = miss.clause.test else {
        return None;
    };
    let mut values = miss.values.iter().filter(|_| !path(miss).has_wildcard());
    let object = values.find(|value| value.starts_with('{'))?;
    let says = format!(
        "{} is an object; comparisons see text and numbers only. Name the field inside it.",
        dotted(path(miss))
    );
    let Ok(Value::Object(members)) = serde_json::from_str(object) else {
        return None;
    };
    let with = members.keys().find_map(|name| {
        let mut steps = path(miss).0.clone();
        steps.push(Step::Name(name.clone()));
        let with = at(&Path(steps), miss.clause);
        holds(&with, miss.message).then_some(with)
    });
    Some(Meant { says, with, anyway: true })
}
