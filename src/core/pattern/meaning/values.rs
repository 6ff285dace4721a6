//! What strings and numbers can be told apart by the comparisons on one selector.
//!
//! Every combination of answers that some string or some number gives is found, by running the
//! automata of all operands at once, and none by trial. A number is text too: AWS compares text
//! operands with its digits. Numbers that are written in an unusual way (`1e3`, `1.50`) are
//! therefore only *possible* values: what is proved for all values is proved for them, but no
//! witness is made of them.

use std::cmp::Ordering;
use std::collections::{BTreeMap, BTreeSet};

use super::decimal::Decimal;
use super::machine::{
    CompareMachine, End, Form, GlobMachine, Machine, RegexMachine, TreeMachine, number_form,
};
use super::product::{FEW_STATES, MAX_STATES, OverBudget, alphabet, explore, run};
use crate::pattern::number::{EXACT, is_usual};
use crate::pattern::{Doubt, Match, Number, Operand, Shape};

/// How an operand takes part.
#[derive(Debug, Clone)]
enum Part {
    /// A text without `*`.
    Literal(String),
    /// A number: as text its digits, as a number the bound of that place.
    Number(Number, usize),
    /// `*`
    Anything,
    /// The machine of that place.
    Machine(usize),
    /// The machine of the first place, and those of its other readings.
    Regex { plain: usize, others: Vec<(usize, Doubt)>, beyond: Option<usize> },
}

/// The operands of one selector, ready to be told apart.
#[derive(Debug)]
pub(super) struct Values {
    parts: Vec<Part>,
    machines: Vec<Machine>,
    /// Those that are searched instead, where that would take too much.
    relaxed: Option<Vec<Machine>>,
    /// The numbers compared with, each value once, from the least on.
    bounds: Vec<Decimal>,
    /// The numbers as they are written, and the place of their value.
    numbers: Vec<(Number, usize)>,
    literals: BTreeSet<String>,
    /// A text for people, tried first.
    sample: String,
}

/// A string or a number that stands for all that give the same answers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Value {
    /// The text, or the digits.
    pub(super) text: String,
    /// Whether it equals each operand.
    pub(super) equal: Vec<Match>,
    /// How it compares with each of the numbers of [`Values::bounds`]; empty for strings.
    pub(super) orders: Vec<Ordering>,
    /// Why the evaluator cannot be asked about it.
    pub(super) doubt: Option<Doubt>,
    /// Whether it is the only string that gives these answers.
    pub(super) single: bool,
}

impl Values {
    /// The operands that values are compared with for equality, and the numbers they are compared
    /// with for order.
    pub(super) fn new(
        operands: &[Operand],
        numbers: &[Number],
        sample: String,
    ) -> Result<Self, OverBudget> {
        let of_operands = operands.iter().filter_map(|operand| match operand {
            Operand::Number(number, _) => Some(number),
            Operand::Text(..) | Operand::Regex(..) => None,
        });
        let mut read = Vec::new();
        for number in of_operands.chain(numbers) {
            read.push((number.clone(), Decimal::read(&number.lexeme).ok_or(OverBudget)?));
        }
        let mut bounds: Vec<Decimal> = read.iter().map(|(_, decimal)| decimal.clone()).collect();
        bounds.sort();
        bounds.dedup();
        let place = |decimal| bounds.iter().position(|bound| *bound == decimal);
        let numbers =
            read.into_iter().filter_map(|(number, decimal)| Some((number, place(decimal)?)));
        let mut values = Self {
            parts: Vec::new(),
            machines: Vec::new(),
            relaxed: None,
            numbers: numbers.collect(),
            literals: BTreeSet::new(),
            bounds,
            sample,
        };
        for operand in operands {
            let part = values.part(operand)?;
            values.parts.push(part);
        }
        Ok(values)
    }

    fn part(&mut self, operand: &Operand) -> Result<Part, OverBudget> {
        Ok(match operand {
            Operand::Number(number, _) => {
                self.literals.insert(number.lexeme.clone());
                Part::Number(number.clone(), self.bound(number).ok_or(OverBudget)?)
            }
            Operand::Text(glob, _) => match glob.shape() {
                Shape::Anything => Part::Anything,
                Shape::Exact(text) => {
                    self.literals.insert(text.to_owned());
                    Part::Literal(text.to_owned())
                }
                _ => {
                    self.machines.push(Machine::Glob(GlobMachine::new(glob)));
                    Part::Machine(self.machines.len() - 1)
                }
            },
            Operand::Regex(regex, _) => {
                let readings = regex.readings();
                let plain = self.regex(regex.translated(), true)?;
                let mut others = Vec::new();
                for (text, doubt) in readings.characters {
                    others.push((self.regex(text, true)?, doubt));
                }
                if let Some(text) = readings.bytes {
                    others.push((self.regex(text, false)?, Doubt::RegexOnNonAscii));
                }
                let beyond = readings.counts.then(|| {
                    self.machines.push(Machine::Astral);
                    self.machines.len() - 1
                });
                Part::Regex { plain, others, beyond }
            }
        })
    }

    fn regex(&mut self, expression: &str, unicode: bool) -> Result<usize, OverBudget> {
        let machine = RegexMachine::new(expression, unicode).ok_or(OverBudget)?;
        self.machines.push(Machine::Regex(Box::new(machine)));
        Ok(self.machines.len() - 1)
    }

    /// The places of numbers in [`Value::orders`].
    pub(super) fn bounds(&self, numbers: &[Number]) -> Vec<Option<usize>> {
        numbers.iter().map(|number| self.bound(number)).collect()
    }

    fn bound(&self, number: &Number) -> Option<usize> {
        self.numbers.iter().find(|(known, _)| known == number).map(|(_, bound)| *bound)
    }

    /// Every combination of answers that strings and numbers give.
    ///
    /// Where that would take too much, a `*` inside a text is taken to match whatever it may, and a
    /// suffix to be doubtful wherever it stands: more is possible then, but not less.
    pub(super) fn all(mut self) -> Result<(Vec<Value>, Vec<Value>), OverBudget> {
        if let Ok(all) = self.strings().and_then(|strings| Ok((strings, self.numbers()?))) {
            return Ok(all);
        }
        self.relaxed = Some(self.machines.iter().map(Machine::relaxed).collect());
        Ok((self.strings()?, self.numbers()?))
    }

    const fn limit(&self) -> usize {
        if self.relaxed.is_some() { MAX_STATES } else { FEW_STATES }
    }

    fn searched(&self) -> Vec<Machine> {
        self.relaxed.as_ref().unwrap_or(&self.machines).clone()
    }

    /// A value that was found, and what is certain about it.
    fn found(&self, values: &mut Vec<Value>, value: Value, certain: impl FnOnce(&[End]) -> Value) {
        if self.relaxed.is_none() {
            values.push(value);
            return;
        }
        values.push(certain(&run(&self.machines, &value.text)));
        // If it is not the end of the text that is doubtful, it is a `*` inside.
        let uncertain = value.equal.iter().find_map(|answer| match answer {
            Match::Uncertain(doubt) => Some(*doubt),
            _ => None,
        });
        let doubt = value.doubt.or(uncertain).or(Some(Doubt::DoubleWildcard));
        values.push(Value { doubt, ..value });
    }

    /// Every combination of answers that strings give.
    fn strings(&self) -> Result<Vec<Value>, OverBudget> {
        let mut found = BTreeMap::new();
        let mut values = Vec::new();
        for literal in &self.literals {
            let ends = run(&self.machines, literal);
            values.push(Value { single: true, ..self.string(literal, &ends) });
        }
        let mut machines = self.searched();
        if !self.literals.contains(&self.sample) {
            found.insert(run(&machines, &self.sample), self.sample.clone());
        }
        let beyond_ascii = |machine: &Machine| {
            matches!(machine, Machine::Regex(_)) || (128..=255).any(|byte| machine.mark(byte) > 255)
        };
        if machines.iter().any(beyond_ascii) {
            machines.push(Machine::Utf8);
        }
        if !machines.is_empty() || found.is_empty() {
            self.search(&machines, &alphabet(&machines), &mut found, |ends| {
                machines.len() == self.machines.len() || ends.pop() == Some(End::Yes)
            })?;
        }
        for (ends, text) in &found {
            self.found(&mut values, self.string(text, ends), |ends| self.string(text, ends));
        }
        Ok(values)
    }

    /// Fills in a text for every combination that is not there yet, none of them a literal.
    fn search(
        &self,
        machines: &[Machine],
        alphabet: &[u8],
        found: &mut BTreeMap<Vec<End>, String>,
        keep: impl Fn(&mut Vec<End>) -> bool,
    ) -> Result<(), OverBudget> {
        let mut taken = BTreeSet::new();
        explore(machines, alphabet, self.limit(), |mut ends, text| {
            if !keep(&mut ends) || found.get(&ends).is_some_and(|text| !text.is_empty()) {
                return;
            }
            match String::from_utf8(text()) {
                Ok(text) if !self.literals.contains(&text) => {
                    taken.remove(&ends);
                    found.insert(ends, text);
                }
                _ if found.contains_key(&ends) => {}
                _ => {
                    taken.insert(ends);
                }
            }
        })?;
        if taken.is_empty() {
            return Ok(());
        }
        // Only literals were met there; look again, keeping them apart.
        let tree = TreeMachine::new(self.literals.iter().map(String::as_str));
        let machines: Vec<Machine> =
            std::iter::once(Machine::Tree(tree)).chain(machines.iter().cloned()).collect();
        let alphabet: Vec<u8> = if alphabet.iter().all(|byte| DIGITS.contains(byte)) {
            alphabet.to_vec()
        } else {
            super::product::alphabet(&machines)
        };
        explore(&machines, &alphabet, MAX_STATES, |mut ends, text| {
            if ends.remove(0) == End::Yes || !keep(&mut ends) || found.contains_key(&ends) {
                return;
            }
            if let Ok(text) = String::from_utf8(text()) {
                found.insert(ends, text);
            }
        })
    }

    fn string(&self, text: &str, ends: &[End]) -> Value {
        let equal = self.parts.iter().map(|part| match part {
            Part::Literal(literal) => Match::from(literal == text),
            Part::Number(number, _) => Match::from(number.lexeme == text),
            Part::Anything => Match::Yes,
            Part::Machine(at) => said(ends, *at),
            Part::Regex { plain, others, beyond } => {
                let found = said(ends, *plain);
                match others.iter().find(|(at, _)| said(ends, *at) != found) {
                    Some((_, doubt)) => Match::Uncertain(*doubt),
                    // UTF-16, in which some characters count twice, lies between the readings.
                    None if found == Match::No
                        && beyond.is_some_and(|at| said(ends, at) == Match::Yes) =>
                    {
                        Match::Uncertain(Doubt::RegexOnNonAscii)
                    }
                    None => found,
                }
            }
        });
        Value {
            text: text.to_owned(),
            equal: equal.collect(),
            orders: Vec::new(),
            doubt: None,
            single: false,
        }
    }

    /// Every combination of answers that numbers give.
    fn numbers(&self) -> Result<Vec<Value>, OverBudget> {
        let mut values = Vec::new();
        for literal in &self.literals {
            let form = number_form(literal);
            if let (Form::Plain | Form::Unusual, Some(decimal)) = (form, Decimal::read(literal)) {
                let orders: Vec<_> = self.bounds.iter().map(|bound| decimal.cmp(bound)).collect();
                let ends = run(&self.machines, literal);
                values.push(self.number(literal, &ends, orders, form == Form::Unusual));
            }
        }
        let mut machines = self.searched();
        machines.extend(
            self.bounds.iter().cloned().map(|it| Machine::Compare(CompareMachine::new(it))),
        );
        machines.push(Machine::Number);
        let mut found = BTreeMap::new();
        self.search(&machines, PLAIN_DIGITS, &mut found, |ends| ends.pop() == Some(End::Yes))?;
        for (ends, text) in &found {
            let (ends, orders) = ends.split_at(self.machines.len());
            let orders = orders.iter().filter_map(|end| match end {
                End::Compared(order) => Some(*order),
                _ => None,
            });
            let orders: Vec<Ordering> = orders.collect();
            let value = self.number(text, ends, orders.clone(), false);
            self.found(&mut values, value, |ends| self.number(text, ends, orders, false));
        }
        values.extend(self.unusual()?);
        Ok(values)
    }

    /// The numbers that may be written in an unusual way: whatever their text may be, of any size.
    fn unusual(&self) -> Result<Vec<Value>, OverBudget> {
        if self.machines.is_empty() && self.bounds.iter().all(Decimal::is_whole) {
            return Ok(Vec::new());
        }
        let mut texts = BTreeMap::new();
        let mut machines = self.searched();
        machines.push(Machine::Number);
        explore(&machines, DIGITS, self.limit(), |mut ends, text| {
            if ends.pop() == Some(End::Doubtful(Doubt::NumberAsText)) {
                texts.entry(ends).or_insert_with(text);
            }
        })?;
        let mut values = Vec::new();
        for (ends, text) in texts {
            let text = String::from_utf8(text).unwrap_or_default();
            for place in 0..=2 * self.bounds.len() {
                let orders = (0..self.bounds.len()).map(|bound| place.cmp(&(2 * bound + 1)));
                let value = self.number(&text, &ends, orders.collect(), true);
                values.push(Value { doubt: value.doubt.or(Some(Doubt::NumberAsText)), ..value });
            }
        }
        Ok(values)
    }

    fn number(&self, text: &str, ends: &[End], orders: Vec<Ordering>, unusual: bool) -> Value {
        let doubts = self.numbers.iter().map(|(number, bound)| match orders.get(*bound) {
            Some(Ordering::Equal) if number.value.abs() >= EXACT => Some(Doubt::LargeNumber),
            Some(Ordering::Equal) if number.lexeme != text && !self.bounds[*bound].is_whole() => {
                Some(Doubt::DecimalForm)
            }
            _ => None,
        });
        let doubts: Vec<_> = doubts.collect();
        let equal = self.parts.iter().map(|part| match part {
            Part::Literal(literal) => Match::from(literal == text),
            Part::Number(number, bound) => {
                let at = self.numbers.iter().position(|(known, _)| known == number);
                match at.and_then(|at| doubts[at]) {
                    Some(doubt) => Match::Uncertain(doubt),
                    None => Match::from(orders.get(*bound) == Some(&Ordering::Equal)),
                }
            }
            Part::Anything => Match::Yes,
            Part::Machine(at) => said(ends, *at),
            Part::Regex { plain, others, .. } => {
                let no = std::iter::once(*plain)
                    .chain(others.iter().map(|(at, _)| *at))
                    .all(|at| said(ends, at) == Match::No);
                if no { Match::No } else { Match::Uncertain(Doubt::RegexOnNumber) }
            }
        });
        let as_text = !self.machines.is_empty() && (unusual || !is_usual(text));
        let doubt = doubts.iter().copied().flatten().next();
        let doubt = doubt.or_else(|| as_text.then_some(Doubt::NumberAsText));
        Value { text: text.to_owned(), equal: equal.collect(), orders, doubt, single: false }
    }
}

/// The bytes of numbers in the order in which they are tried.
const DIGITS: &[u8] = b"1234567890-.eE+";
/// Those without exponent, large ones first: near large numbers doubles are far apart.
const PLAIN_DIGITS: &[u8] = b"9123456780-.";

fn said(ends: &[End], at: usize) -> Match {
    match ends.get(at) {
        Some(End::Yes) => Match::Yes,
        Some(End::Doubtful(doubt)) => Match::Uncertain(*doubt),
        _ => Match::No,
    }
}
