//! What JSON patterns mean: which messages they match at all, and how two of them compare.
//!
//! Everything here is about *all messages that are one JSON object*; a JSON pattern never matches
//! anything else. The answers are found by solving, not by trying messages: for each selector the
//! values are divided into the cells that the comparisons tell apart – strings by automata of all
//! operands at once, numbers by intervals and the automata of their digits, and null, true, false,
//! objects, arrays and nothing at all –, and then the combinations of cells are searched. What is
//! found is a message, a *witness*, and the evaluator is asked about it before it is given out.
//!
//! ```
//! use secmon_core::pattern::FilterPattern;
//! use secmon_core::pattern::meaning::{Extent, Relation, compare, extent};
//!
//! let all = FilterPattern::parse("{ $.eventName = Get* }").unwrap();
//! let one = FilterPattern::parse("{ $.eventName = GetSecretValue }").unwrap();
//! let compared = compare(&one, &all);
//! assert_eq!(compared.relation, Relation::Narrower);
//! assert_eq!(compared.both.unwrap(), r#"{"eventName":"GetSecretValue"}"#);
//! assert_eq!(compared.only_b.unwrap(), r#"{"eventName":"Get"}"#);
//!
//! let never = FilterPattern::parse("{ $.a > 5 && $.a < 3 }").unwrap();
//! assert!(matches!(extent(&never), Extent::Never { .. }));
//! ```
//!
//! # What is not established
//!
//! Where AWS's behaviour is a [`Doubt`], every reading is gone through: an answer is given if it is
//! the same in all of them, and else it is [`Unknown::Doubt`]. A pattern is taken to be one that
//! AWS accepts ([`FilterPattern::accepted`]).
//!
//! # Edge cases
//!
//! - Patterns that match nothing are equal to each other, and narrower than any other pattern.
//! - The opposite of `$.x = "a"` is not `$.x != "a"`: where `$.x` is absent, null, true, false, an
//!   array or an object, neither matches.
//! - Numbers are those of a double; repeated names in an object are not looked at.

mod cells;
mod cloudtrail;
mod decimal;
mod elements;
mod formula;
mod machine;
mod model;
mod problem;
mod product;
mod solve;
#[cfg(test)]
mod tests;
mod values;
mod witness;

pub use cloudtrail::{Exception, Pin, exceptions_of_cloudtrail, extent_of_cloudtrail};

use super::ast::{Expr, Pattern};
use super::doubt::{Doubt, Doubtful};
use super::{FilterPattern, Span};
use cells::Allowed;
use problem::{Problem, Region};
use product::OverBudget;

/// How the messages that a pattern A matches compare with those that B matches.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Relation {
    /// The same messages.
    Equal,
    /// A matches some of the messages that B matches, and no others.
    Narrower,
    /// A matches all messages that B matches, and others.
    Wider,
    /// Some messages match both, some only A, some only B.
    Overlapping,
    /// No message matches both.
    Disjoint,
    /// That is not known.
    Unknown(Unknown),
}

/// Why something is not known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unknown {
    /// It depends on what is not established about AWS.
    Doubt(Doubt),
    /// The patterns are too large to be compared.
    Budget,
    /// Only JSON patterns have a meaning that can be compared.
    NotJson,
    /// The evaluator does not confirm what was found: a fault of this program.
    Unconfirmed,
}

/// Two patterns compared.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Compared {
    /// How A compares with B.
    pub relation: Relation,
    /// A message that A matches and B does not.
    pub only_a: Option<String>,
    /// A message that B matches and A does not.
    pub only_b: Option<String>,
    /// A message that both match.
    pub both: Option<String>,
    /// A JSON object that neither matches.
    pub neither: Option<String>,
}

/// What a pattern matches among all JSON objects.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Extent {
    /// Nothing.
    Never {
        /// The comparisons that cannot hold together, as places in the pattern.
        why: Vec<Span>,
    },
    /// Every object.
    Every,
    /// Some objects.
    Some {
        /// One that it matches.
        matching: String,
        /// One that it does not match.
        other: String,
    },
    /// That is not known.
    Unknown(Unknown),
}

/// Whether something is so for all JSON objects.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// It is.
    Yes,
    /// It is not, as this message shows.
    No(String),
    /// That is not known.
    Unknown(Unknown),
}

impl Unknown {
    /// The reason as a sentence.
    pub const fn says(self) -> &'static str {
        match self {
            Self::Doubt(doubt) => doubt.says(),
            Self::Budget => "The patterns are too large to be compared.",
            Self::NotJson => "Only JSON patterns can be compared, unless they are the same.",
            Self::Unconfirmed => {
                "The evaluator does not confirm what was found; please report the patterns."
            }
        }
    }
}

impl Region {
    fn witness(self) -> Option<String> {
        match self {
            Self::Witness(message) => Some(message),
            Self::Empty | Self::Unknown(_) => None,
        }
    }
}

/// Compares the messages that two patterns match.
pub fn compare(a: &FilterPattern, b: &FilterPattern) -> Compared {
    compare_over(a, b, &[])
}

fn compare_over(a: &FilterPattern, b: &FilterPattern, known: &[(&str, Allowed)]) -> Compared {
    let nothing =
        |relation| Compared { relation, only_a: None, only_b: None, both: None, neither: None };
    let (Pattern::Json(left), Pattern::Json(right)) = (a.pattern(), b.pattern()) else {
        return nothing(if a.pattern() == b.pattern() {
            Relation::Equal
        } else {
            Relation::Unknown(Unknown::NotJson)
        });
    };
    let problem = match Problem::new(&[(left, a.doubts()), (right, b.doubts())], known) {
        Ok(problem) => problem,
        Err(OverBudget) if left == right => return nothing(Relation::Equal),
        Err(OverBudget) => return nothing(Relation::Unknown(Unknown::Budget)),
    };
    let only_a = problem.region(&[true, false]);
    let only_b = problem.region(&[false, true]);
    let both = problem.region(&[true, true]);
    Compared {
        relation: relation(&only_a, &only_b, &both),
        only_a: only_a.witness(),
        only_b: only_b.witness(),
        both: both.witness(),
        neither: problem.region(&[false, false]).witness(),
    }
}

fn relation(only_a: &Region, only_b: &Region, both: &Region) -> Relation {
    match (only_a, only_b, both) {
        (Region::Empty, Region::Empty, _) => Relation::Equal,
        (Region::Empty, Region::Witness(_), _) => Relation::Narrower,
        (Region::Witness(_), Region::Empty, _) => Relation::Wider,
        (Region::Empty, Region::Unknown(reason), _)
        | (Region::Unknown(reason), Region::Empty, _) => Relation::Unknown(*reason),
        (_, _, Region::Empty) => Relation::Disjoint,
        (Region::Unknown(reason), ..)
        | (_, Region::Unknown(reason), _)
        | (.., Region::Unknown(reason)) => Relation::Unknown(*reason),
        (Region::Witness(_), Region::Witness(_), Region::Witness(_)) => Relation::Overlapping,
    }
}

/// What a pattern matches among all JSON objects.
pub fn extent(pattern: &FilterPattern) -> Extent {
    extent_over(pattern, &[])
}

fn extent_over(pattern: &FilterPattern, known: &[(&str, Allowed)]) -> Extent {
    let Pattern::Json(expr) = pattern.pattern() else {
        return Extent::Unknown(Unknown::NotJson);
    };
    let Ok(problem) = Problem::new(&[(expr, pattern.doubts())], known) else {
        return Extent::Unknown(Unknown::Budget);
    };
    match (problem.region(&[true]), problem.region(&[false])) {
        (Region::Empty, _) => Extent::Never { why: contradiction(expr, pattern.doubts(), known) },
        (_, Region::Empty) => Extent::Every,
        (Region::Witness(matching), Region::Witness(other)) => Extent::Some { matching, other },
        (Region::Unknown(reason), _) | (_, Region::Unknown(reason)) => Extent::Unknown(reason),
    }
}

/// As few parts of an expression that never holds as never hold together.
fn contradiction(expr: &Expr, doubts: &[Doubtful], known: &[(&str, Allowed)]) -> Vec<Span> {
    match expr {
        Expr::All(parts, span) => {
            let mut needed = parts.clone();
            let mut at = 0;
            while at < needed.len() && needed.len() > 1 {
                let mut fewer = needed.clone();
                fewer.remove(at);
                let all = Expr::All(fewer.clone(), *span);
                let problem = Problem::new(&[(&all, doubts)], known);
                if problem.is_ok_and(|problem| problem.region(&[true]) == Region::Empty) {
                    needed = fewer;
                } else {
                    at += 1;
                }
            }
            match &needed[..] {
                [only] => contradiction(only, doubts, known),
                _ => needed.iter().map(Expr::span).collect(),
            }
        }
        Expr::Any(parts, _) => {
            parts.iter().flat_map(|part| contradiction(part, doubts, known)).collect()
        }
        Expr::Clause(_) | Expr::Empty(_) => vec![expr.span()],
    }
}

/// Whether every message that `a` matches is matched by `b`. The doubts are those of the pattern
/// that both are parts of ([`FilterPattern::doubts`]).
///
/// ```
/// use secmon_core::pattern::meaning::{Verdict, implies};
/// use secmon_core::pattern::{Expr, FilterPattern, Pattern};
///
/// let pattern = FilterPattern::parse("{ $.a = x1 && $.a != x2 }").unwrap();
/// let Pattern::Json(Expr::All(parts, _)) = pattern.pattern() else { panic!() };
/// assert_eq!(implies(&parts[0], &parts[1], pattern.doubts()), Verdict::Yes);
/// let Verdict::No(_) = implies(&parts[1], &parts[0], pattern.doubts()) else { panic!() };
/// ```
pub fn implies(a: &Expr, b: &Expr, doubts: &[Doubtful]) -> Verdict {
    none_in(a, b, doubts, false)
}

/// Whether no message is matched by both.
pub fn contradicts(a: &Expr, b: &Expr, doubts: &[Doubtful]) -> Verdict {
    none_in(a, b, doubts, true)
}

fn none_in(a: &Expr, b: &Expr, doubts: &[Doubtful], matched_by_b: bool) -> Verdict {
    let Ok(problem) = Problem::new(&[(a, doubts), (b, doubts)], &[]) else {
        return Verdict::Unknown(Unknown::Budget);
    };
    match problem.region(&[true, matched_by_b]) {
        Region::Empty => Verdict::Yes,
        Region::Witness(message) => Verdict::No(message),
        Region::Unknown(reason) => Verdict::Unknown(reason),
    }
}
