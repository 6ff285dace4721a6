//! JSON patterns: `{ $.eventName = "GetSecretValue" }`.
//!
//! A message is walked once, from its first byte to its last; values that no selector leads to are
//! checked for being JSON and otherwise passed over. Where the clauses need some text to be there,
//! the [`prefilter`] looks for it first, since most messages do not have it.
//!
//! A name that stands twice in an object counts where it stands last, as was seen on AWS.

mod judge;
mod lenient;
mod lex;
mod parse;
mod prefilter;
mod refuse;
mod scan;
mod select;
mod steps;
mod walk;
mod way;

#[cfg(test)]
mod tests;

use super::Match;
use super::ast::{Clause, Comparison, Expr, Test};
use super::doubt::{Doubt, Doubtful};
use prefilter::Prefilter;
use scan::{Scanner, Stop};
use walk::{Member, Walk};
use way::{Active, Ways};

pub(super) use lex::path;
pub(super) use parse::parse;
pub(super) use select::{judge_clause, select, text};

/// A pattern made ready for messages.
#[derive(Debug, Clone)]
pub(super) struct Program {
    logic: Logic,
    tests: Vec<Asked>,
    ways: Ways,
    prefilter: Prefilter,
    /// Why AWS may not take the pattern at all.
    doubt: Option<Doubt>,
}

/// What one clause asks.
#[derive(Debug, Clone)]
struct Asked {
    test: Test,
    /// Why it has no certain answer, whatever the message.
    doubt: Option<Doubt>,
}

/// How the clauses are joined; a clause is its place among the [`Program::tests`].
#[derive(Debug, Clone)]
enum Logic {
    All(Vec<Logic>),
    Any(Vec<Logic>),
    Clause(u16),
    Empty,
}

/// What is known about the clauses while a message is read. Kept from message to message, so that
/// nothing is allocated for one.
#[derive(Debug, Clone, Default)]
pub(super) struct State {
    found: Vec<Found>,
    text: String,
    members: Vec<Member>,
}

/// What a clause made of the values it was asked of.
#[derive(Debug, Clone, Copy, Default)]
struct Found {
    /// Of the value read last.
    now: Option<Match>,
    /// Of all values that its wildcard led to before.
    so_far: Option<Match>,
}

impl Program {
    pub(super) fn new(expr: &Expr, doubts: &[Doubtful]) -> Self {
        let clauses = expr.clauses();
        let tests: Vec<Asked> = clauses
            .iter()
            .map(|clause| Asked { test: clause.test.clone(), doubt: clause_doubt(clause, doubts) })
            .collect();
        let logic = Logic::new(expr, &mut 0);
        let doubt = doubts
            .iter()
            .map(|doubtful| doubtful.doubt)
            .find(|doubt| doubt.settled_by_acceptance());
        let prefilter = match doubt {
            None => Prefilter::new(expr, &tests),
            Some(_) => Prefilter::none(),
        };
        Self { ways: Ways::new(clauses.iter().copied()), logic, tests, prefilter, doubt }
    }

    /// What the pattern makes of a message.
    pub(super) fn test(&self, message: &str, state: &mut State) -> Match {
        if !self.prefilter.may_match(message) {
            return Match::No;
        }
        match self.read(message, state) {
            Ok(answer) => answer,
            Err(Stop::Deep) => Match::Uncertain(Doubt::DeepJson),
            Err(Stop::Malformed) => lenient::test(message, |reading| {
                self.read_prefix(reading, state).map_or(Match::No, |(answer, _)| answer)
            }),
        }
    }

    /// Reads a message that has to be one JSON object and nothing else.
    fn read(&self, message: &str, state: &mut State) -> Result<Match, Stop> {
        let (answer, end) = self.read_prefix(message, state)?;
        let mut scanner = Scanner::new(message);
        scanner.at = end;
        scanner.skip_blanks();
        if scanner.at == message.len() { Ok(answer) } else { Err(Stop::Malformed) }
    }

    /// Reads the object at the start of a message, and says where it ends.
    fn read_prefix(&self, message: &str, state: &mut State) -> Result<(Match, usize), Stop> {
        state.found.clear();
        state.found.resize(self.tests.len(), Found::default());
        state.members.clear();
        let mut scanner = Scanner::new(message);
        scanner.skip_blanks();
        if scanner.peek() != Some(b'{') {
            return Err(Stop::Malformed);
        }
        Walk { program: self, state }.value(&mut scanner, Active::root(), 0)?;
        let answer = match self.doubt {
            Some(doubt) => Match::Uncertain(doubt),
            None => self.logic.answer(&|clause| self.clause(clause, state)),
        };
        Ok((answer, scanner.at))
    }

    fn clause(&self, clause: u16, state: &State) -> Match {
        let asked = &self.tests[usize::from(clause)];
        if let Some(doubt) = asked.doubt {
            return Match::Uncertain(doubt);
        }
        let found = state.found[usize::from(clause)];
        match (found.so_far.or(found.now), &asked.test) {
            (Some(answer), _) => answer,
            (None, Test::NotExists) => Match::Yes,
            (None, _) => Match::No,
        }
    }
}

/// Why a clause has no certain answer, whatever the message.
fn clause_doubt(clause: &Clause, doubts: &[Doubtful]) -> Option<Doubt> {
    if clause.selector.path.has_wildcard() {
        match &clause.test {
            Test::NotExists => return Some(Doubt::NotExistsWildcard),
            Test::Compare(Comparison::NotEqual, _) => return Some(Doubt::NotEqualWildcard),
            _ => {}
        }
    }
    doubts
        .iter()
        .filter(|doubtful| !doubtful.doubt.settled_by_acceptance())
        .find(|doubtful| {
            clause.span.start <= doubtful.span.start && doubtful.span.end <= clause.span.end
        })
        .map(|doubtful| doubtful.doubt)
}

impl Logic {
    fn new(expr: &Expr, next: &mut u16) -> Self {
        let mut parts = |parts: &[Expr]| parts.iter().map(|part| Self::new(part, next)).collect();
        match expr {
            Expr::All(all, _) => Self::All(parts(all)),
            Expr::Any(any, _) => Self::Any(parts(any)),
            Expr::Clause(_) => {
                *next += 1;
                Self::Clause(*next - 1)
            }
            Expr::Empty(_) => Self::Empty,
        }
    }

    fn answer(&self, clause: &impl Fn(u16) -> Match) -> Match {
        match self {
            Self::All(parts) => Match::all(parts.iter().map(|part| part.answer(clause))),
            Self::Any(parts) => Match::any(parts.iter().map(|part| part.answer(clause))),
            Self::Clause(at) => clause(*at),
            Self::Empty => Match::Uncertain(Doubt::EmptyBraces),
        }
    }
}
