//! Text that a message has to hold for a pattern to match: looked for before the message is read.
//!
//! A character can also be written as an escape. Short escapes (`\/`, `\"`) are avoided by looking
//! only for stretches without such characters; a message with a `\u` in it is always read.

use aho_corasick::AhoCorasick;
use memchr::memmem::{Finder, find};

use super::Asked;
use crate::pattern::ast::{Clause, Comparison, Expr, Operand, Step, Test};
use crate::pattern::glob::Glob;

/// How many sets of texts are looked for.
const SETS: usize = 3;
/// Shorter texts than this are found everywhere.
const SHORTEST: usize = 3;

/// Sets of texts: of each set one has to be in the message.
#[derive(Debug, Clone)]
pub(super) struct Prefilter {
    sets: Vec<Needles>,
}

#[derive(Debug, Clone)]
enum Needles {
    One(Box<Finder<'static>>),
    Some(AhoCorasick),
}

/// Texts of which one is needed; an empty set would be needed in vain and does not occur.
type Set = Vec<String>;

impl Prefilter {
    /// One that lets everything through.
    pub(super) fn none() -> Self {
        Self { sets: Vec::new() }
    }

    /// What an expression needs; `tests` are its clauses.
    pub(super) fn new(expr: &Expr, tests: &[Asked]) -> Self {
        let mut sets = needed(expr, tests, &mut 0);
        sets.sort_by_key(|set| std::cmp::Reverse(worth(set)));
        sets.dedup();
        sets.truncate(SETS);
        let sets = sets
            .into_iter()
            .filter_map(|set| match &set[..] {
                [one] => Some(Needles::One(Box::new(Finder::new(one).into_owned()))),
                // A set that cannot be built is one that is not looked for.
                _ => AhoCorasick::new(&set).ok().map(Needles::Some),
            })
            .collect();
        Self { sets }
    }

    /// Whether a message can match.
    #[inline]
    pub(super) fn may_match(&self, message: &str) -> bool {
        self.sets.iter().all(|set| match set {
            Needles::One(finder) => finder.find(message.as_bytes()).is_some(),
            Needles::Some(any) => any.is_match(message),
        }) || find(message.as_bytes(), b"\\u").is_some()
    }
}

/// How much a set promises: texts that are long, and few.
fn worth(set: &Set) -> usize {
    let shortest = set.iter().map(String::len).min().unwrap_or_default();
    shortest * 8 / (set.len() + 7)
}

fn needed(expr: &Expr, tests: &[Asked], next: &mut usize) -> Vec<Set> {
    match expr {
        Expr::All(parts, _) => parts.iter().flat_map(|part| needed(part, tests, next)).collect(),
        Expr::Any(parts, _) => {
            let parts: Vec<Vec<Set>> = parts.iter().map(|part| needed(part, tests, next)).collect();
            let best = parts.into_iter().map(|sets| sets.into_iter().max_by_key(worth));
            match best.collect::<Option<Vec<Set>>>() {
                Some(sets) => vec![without_longer(sets.concat())],
                None => Vec::new(),
            }
        }
        Expr::Clause(clause) => {
            *next += 1;
            match tests.get(*next - 1) {
                Some(asked) if asked.doubt.is_none() => of_clause(clause),
                _ => Vec::new(),
            }
        }
        Expr::Empty(_) => Vec::new(),
    }
}

/// Leaves out texts that hold another one of the set.
fn without_longer(mut set: Set) -> Set {
    set.sort_by(|a, b| a.len().cmp(&b.len()).then(a.cmp(b)));
    let mut kept: Set = Vec::new();
    for text in set {
        if !kept.iter().any(|shorter| text.contains(shorter.as_str())) {
            kept.push(text);
        }
    }
    kept
}

fn of_clause(clause: &Clause) -> Vec<Set> {
    if clause.test == Test::NotExists {
        return Vec::new();
    }
    let value = match &clause.test {
        // What could be a number can also be written otherwise.
        Test::Compare(Comparison::Equal, Operand::Text(glob, _)) if !glob.could_be_number() => {
            longest(glob.pieces().iter().map(String::as_str))
        }
        _ => None,
    };
    let name = longest(clause.selector.path.0.iter().filter_map(|step| match step {
        Step::Name(name) => Some(name.as_str()),
        _ => None,
    }));
    value.or(name).into_iter().map(|text| vec![text]).collect()
}

/// The longest stretch that is always written as it is, unless with `\u`.
fn longest<'t>(texts: impl Iterator<Item = &'t str>) -> Option<String> {
    texts
        .flat_map(|text| text.split(|c: char| c.is_control() || matches!(c, '"' | '\\' | '/')))
        .filter(|text| text.len() >= SHORTEST)
        .max_by_key(|text| text.len())
        .map(str::to_owned)
}

impl Glob {
    /// Whether a number, however it is written, could match.
    pub(super) fn could_be_number(&self) -> bool {
        self.pieces()
            .iter()
            .flat_map(|piece| piece.chars())
            .all(|c| c.is_ascii_digit() || matches!(c, '+' | '-' | '.' | 'e' | 'E'))
    }
}
