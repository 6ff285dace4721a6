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
mod scan;
mod select;
mod way;

#[cfg(test)]
mod tests;

use super::Match;
use super::ast::{Clause, Comparison, Expr, Test};
use super::doubt::{Doubt, Doubtful};
use prefilter::Prefilter;
use scan::{Scanner, Stop, unescape};
use way::{Active, NodeId, Ways};

pub(super) use lex::{number, number_value, path};
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

/// A member of an object whose members are all asked, by its places in the message.
#[derive(Debug, Clone, Copy)]
struct Member {
    name: (usize, usize),
    escaped: bool,
    value: usize,
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

/// One reading of a message.
struct Walk<'p, 's> {
    program: &'p Program,
    state: &'s mut State,
}

impl<'p> Walk<'p, '_> {
    /// Goes past a value and asks the clauses whose selectors lead to it or into it.
    fn value(
        &mut self,
        scanner: &mut Scanner<'_>,
        active: Active,
        depth: usize,
    ) -> Result<(), Stop> {
        let start = scanner.at;
        let goes_on = self.nodes(&active).any(|node| node.goes_on());
        match scanner.peek() {
            Some(b'{') if goes_on => self.object(scanner, active, depth)?,
            Some(b'[') if goes_on => self.array(scanner, active, depth)?,
            _ => scanner.skip(depth)?,
        }
        let raw = scanner.slice(start, scanner.at);
        for node in self.program.nodes(&active) {
            for &clause in &node.clauses {
                let asked = &self.program.tests[usize::from(clause)];
                let answer = judge::judge(&asked.test, raw, &mut self.state.text);
                self.state.found[usize::from(clause)].now = Some(answer);
            }
        }
        Ok(())
    }

    fn nodes<'a>(&self, active: &'a Active) -> impl Iterator<Item = &'p way::Node> + use<'p, 'a> {
        self.program.nodes(active)
    }

    fn object(
        &mut self,
        scanner: &mut Scanner<'_>,
        active: Active,
        depth: usize,
    ) -> Result<(), Stop> {
        if self.nodes(&active).any(|node| node.any_element.is_some() || node.any_member.is_some()) {
            return self.every_member(scanner, active, depth);
        }
        scanner.members(depth, |scanner, name| {
            let mut inside = Active::default();
            self.named(&active, name.text, name.escaped, &mut inside);
            if inside.is_empty() {
                scanner.skip(depth + 1)
            } else {
                self.value(scanner, inside, depth + 1)
            }
        })
    }

    /// Adds the nodes that a name leads to, and forgets what stood there under the same name.
    fn named(&mut self, active: &Active, name: &str, escaped: bool, inside: &mut Active) {
        let mut text = std::mem::take(&mut self.state.text);
        let name = if escaped {
            text.clear();
            unescape(name, &mut text);
            text.as_str()
        } else {
            name
        };
        for node in self.program.nodes(active) {
            if let Some(next) = node.name(name) {
                inside.push(next);
                self.forget(next);
            }
        }
        self.state.text = text;
    }

    fn forget(&mut self, node: NodeId) {
        let node = self.program.ways.node(node);
        for &clause in &node.below {
            let found = &mut self.state.found[usize::from(clause)];
            found.now = None;
            if !node.inside_wildcard {
                found.so_far = None;
            }
        }
    }

    /// An object all of whose members are asked. Which of two members of the same name counts is
    /// known only at its end, so that it is read once before.
    fn every_member(
        &mut self,
        scanner: &mut Scanner<'_>,
        active: Active,
        depth: usize,
    ) -> Result<(), Stop> {
        let first = self.state.members.len();
        scanner.members(depth, |scanner, name| {
            self.state.members.push(Member {
                name: (name.end - name.text.len(), name.end),
                escaped: name.escaped,
                value: scanner.at,
            });
            scanner.skip(depth + 1)
        })?;
        let end = scanner.at;
        let last = keep_last_of_each_name(&mut self.state.members, first, scanner);
        for at in first..last {
            let member = self.state.members[at];
            let name = scanner.slice(member.name.0, member.name.1);
            let mut inside = Active::default();
            self.named(&active, name, member.escaped, &mut inside);
            let mut wildcards = Active::default();
            for node in self.program.nodes(&active) {
                for next in node.any_element.into_iter().chain(node.any_member) {
                    inside.push(next);
                    wildcards.push(next);
                }
            }
            scanner.at = member.value;
            self.value(scanner, inside, depth + 1)?;
            self.fold(&wildcards, |answer| answer);
        }
        self.state.members.truncate(first);
        scanner.at = end;
        Ok(())
    }

    fn array(
        &mut self,
        scanner: &mut Scanner<'_>,
        active: Active,
        depth: usize,
    ) -> Result<(), Stop> {
        scanner.elements(depth, |scanner, index| {
            let (mut inside, mut elements, mut members) =
                (Active::default(), Active::default(), Active::default());
            for node in self.program.nodes(&active) {
                if let Some(next) = node.index(index) {
                    inside.push(next);
                }
                if let Some(next) = node.any_element {
                    inside.push(next);
                    elements.push(next);
                }
                if let Some(next) = node.any_member {
                    inside.push(next);
                    members.push(next);
                }
            }
            if inside.is_empty() {
                return scanner.skip(depth + 1);
            }
            self.value(scanner, inside, depth + 1)?;
            self.fold(&elements, |answer| answer);
            self.fold(&members, |answer| match answer {
                Match::No => Match::No,
                Match::Yes | Match::Uncertain(_) => Match::Uncertain(Doubt::MembersOfArray),
            });
            Ok(())
        })
    }

    /// One of the values that a wildcard leads to has been read: one that matches is enough.
    fn fold(&mut self, wildcards: &Active, heard: fn(Match) -> Match) {
        for node in self.program.nodes(wildcards) {
            for &clause in &node.below {
                let found = &mut self.state.found[usize::from(clause)];
                if let Some(now) = found.now.take().map(heard) {
                    found.so_far = Some(Match::any(found.so_far.into_iter().chain([now])));
                }
            }
        }
    }
}

impl Program {
    #[inline]
    fn nodes<'p, 'a>(
        &'p self,
        active: &'a Active,
    ) -> impl Iterator<Item = &'p way::Node> + use<'p, 'a> {
        active.nodes().iter().map(|node| self.ways.node(*node))
    }
}

/// Moves the members that count to the front, and says how far they go.
fn keep_last_of_each_name(members: &mut [Member], first: usize, scanner: &Scanner<'_>) -> usize {
    let here = &mut members[first..];
    let raw = |member: &Member| scanner.slice(member.name.0, member.name.1);
    if here.iter().any(|member| member.escaped) {
        let written = |member: &Member| {
            let mut name = String::new();
            unescape(raw(member), &mut name);
            name
        };
        here.sort_by_cached_key(|member| (written(member), member.value));
        return first + keep(here, |a, b| written(a) == written(b));
    }
    here.sort_unstable_by(|a, b| raw(a).cmp(raw(b)).then(a.value.cmp(&b.value)));
    first + keep(here, |a, b| raw(a) == raw(b))
}

/// Of sorted members keeps the last of equal ones, in front; says how many these are.
fn keep(members: &mut [Member], same: impl Fn(&Member, &Member) -> bool) -> usize {
    let mut kept = 0;
    for at in 0..members.len() {
        let superseded = members.get(at + 1).is_some_and(|next| same(&members[at], next));
        if !superseded {
            members.swap(kept, at);
            kept += 1;
        }
    }
    kept
}
