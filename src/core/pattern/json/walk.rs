//! One reading of a message, from its first byte to its last.

use super::judge::judge;
use super::scan::{Scanner, Stop, unescape};
use super::way::{Active, Node, NodeId};
use super::{Program, State};
use crate::pattern::Match;
use crate::pattern::doubt::Doubt;

/// One reading of a message.
pub(super) struct Walk<'p, 's> {
    pub(super) program: &'p Program,
    pub(super) state: &'s mut State,
}

impl<'p> Walk<'p, '_> {
    /// Goes past a value and asks the clauses whose selectors lead to it or into it.
    pub(super) fn value(
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
                let answer = judge(&asked.test, raw, &mut self.state.text);
                self.state.found[usize::from(clause)].now = Some(answer);
            }
        }
        Ok(())
    }

    fn nodes<'a>(&self, active: &'a Active) -> impl Iterator<Item = &'p Node> + use<'p, 'a> {
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
    fn nodes<'p, 'a>(&'p self, active: &'a Active) -> impl Iterator<Item = &'p Node> + use<'p, 'a> {
        active.nodes().iter().map(|node| self.ways.node(*node))
    }
}

/// A member of an object whose members are all asked, by its places in the message.
#[derive(Debug, Clone, Copy)]
pub(super) struct Member {
    name: (usize, usize),
    escaped: bool,
    value: usize,
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
