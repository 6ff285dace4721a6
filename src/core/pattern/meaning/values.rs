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
use super::product::{OverBudget, alphabet, explore, run};
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
    /// The machine of that place, which numbers may not be asked.
    Regex(usize),
}

/// The operands of one selector, ready to be told apart.
#[derive(Debug)]
pub(super) struct Values {
    parts: Vec<Part>,
    machines: Vec<Machine>,
    bounds: Vec<Decimal>,
    literals: BTreeSet<String>,
    /// Texts for people, tried first.
    samples: Vec<String>,
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
    /// Whether the evaluator can be asked about it.
    pub(super) certain: bool,
    /// Whether no other value gives these answers.
    pub(super) single: bool,
}

/// Up to here all whole numbers are doubles.
const EXACT: f64 = 9_007_199_254_740_992.0;

impl Values {
    /// The operands that values are compared with for equality, and the numbers they are compared
    /// with for order.
    pub(super) fn new(
        operands: &[Operand],
        numbers: &[Number],
        samples: Vec<String>,
    ) -> Result<Self, OverBudget> {
        let mut bounds = BTreeSet::new();
        let of_operands = operands.iter().filter_map(|operand| match operand {
            Operand::Number(number, _) => Some(number),
            Operand::Text(..) | Operand::Regex(..) => None,
        });
        for number in of_operands.chain(numbers) {
            bounds.insert(Decimal::read(&number.lexeme).ok_or(OverBudget)?);
        }
        let bounds: Vec<Decimal> = bounds.into_iter().collect();
        let mut values =
            Self { parts: Vec::new(), machines: Vec::new(), literals: BTreeSet::new(), bounds, samples };
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
                let machine = RegexMachine::new(regex.translated()).ok_or(OverBudget)?;
                self.machines.push(Machine::Regex(Box::new(machine)));
                Part::Regex(self.machines.len() - 1)
            }
        })
    }

    /// The place of a number in [`Value::orders`].
    pub(super) fn bound(&self, number: &Number) -> Option<usize> {
        let decimal = Decimal::read(&number.lexeme)?;
        self.bounds.iter().position(|bound| *bound == decimal)
    }

    /// Whether comparing with this number is established whatever the size of the value.
    pub(super) fn is_exact(number: &Number) -> bool {
        number.value.abs() < EXACT
    }

    /// Every combination of answers that strings give.
    pub(super) fn strings(&self) -> Result<Vec<Value>, OverBudget> {
        let mut found = BTreeMap::new();
        let mut values = Vec::new();
        for literal in &self.literals {
            let ends = run(&self.machines, literal);
            values.push(Value { single: true, ..self.string(literal, &ends) });
        }
        for sample in self.samples.iter().filter(|sample| !self.literals.contains(*sample)) {
            let ends = run(&self.machines, sample);
            found.entry(ends).or_insert_with(|| sample.clone());
        }
        let mut machines = self.machines.clone();
        let beyond_ascii = |machine: &Machine| {
            matches!(machine, Machine::Regex(_)) || (128..=255).any(|byte| machine.mark(byte) > 255)
        };
        if machines.iter().any(beyond_ascii) {
            machines.push(Machine::Utf8);
        }
        if !machines.is_empty() {
            self.search(&machines, &alphabet(&machines), &mut found, |ends| {
                if machines.len() > self.machines.len() && ends.pop() != Some(End::Yes) {
                    return false;
                }
                true
            })?;
        }
        values.extend(found.iter().map(|(ends, text)| self.string(text, ends)));
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
        explore(machines, alphabet, |mut ends, text| {
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
        explore(&machines, &alphabet, |mut ends, text| {
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
            Part::Literal(literal) => yes_if(literal == text),
            Part::Number(number, _) => yes_if(number.lexeme == text),
            Part::Anything => Match::Yes,
            Part::Machine(at) => said(ends, *at),
            Part::Regex(at) if text.is_ascii() => said(ends, *at),
            Part::Regex(_) => Match::Uncertain(Doubt::RegexOnNonAscii),
        });
        Value {
            text: text.to_owned(),
            equal: equal.collect(),
            orders: Vec::new(),
            certain: true,
            single: false,
        }
    }

    /// Every combination of answers that numbers give.
    pub(super) fn numbers(&self) -> Result<Vec<Value>, OverBudget> {
        let mut values = Vec::new();
        for literal in &self.literals {
            let form = number_form(literal);
            if let (Form::Plain | Form::Unusual, Some(decimal)) = (form, Decimal::read(literal)) {
                let orders: Vec<_> =
                    self.bounds.iter().map(|bound| decimal.compare(bound)).collect();
                let ends = run(&self.machines, literal);
                // Text is asked of an unusual writing: nobody knows which text AWS makes of it.
                let text = self.parts.iter().any(|part| !matches!(part, Part::Number(..)));
                let certain = form == Form::Plain || !text;
                values.push(self.number(literal, &ends, orders, certain));
            }
        }
        let mut machines = self.machines.clone();
        machines.extend(self.bounds.iter().cloned().map(|it| Machine::Compare(CompareMachine::new(it))));
        machines.push(Machine::Number);
        let mut found = BTreeMap::new();
        self.search(&machines, PLAIN_DIGITS, &mut found, |ends| ends.pop() == Some(End::Yes))?;
        for (ends, text) in &found {
            let (ends, orders) = ends.split_at(self.machines.len());
            let orders = orders.iter().filter_map(|end| match end {
                End::Compared(order) => Some(*order),
                _ => None,
            });
            values.push(self.number(text, ends, orders.collect(), true));
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
        let mut machines = self.machines.clone();
        machines.push(Machine::Number);
        explore(&machines, DIGITS, |mut ends, text| {
            if ends.pop() == Some(End::Doubtful(Doubt::NumberAsText)) {
                texts.entry(ends).or_insert_with(text);
            }
        })?;
        let mut values = Vec::new();
        for (ends, text) in texts {
            let text = String::from_utf8(text).unwrap_or_default();
            for place in 0..=2 * self.bounds.len() {
                let orders = (0..self.bounds.len()).map(|bound| place.cmp(&(2 * bound + 1)));
                values.push(self.number(&text, &ends, orders.collect(), false));
            }
        }
        Ok(values)
    }

    fn number(&self, text: &str, ends: &[End], orders: Vec<Ordering>, certain: bool) -> Value {
        let equal = self.parts.iter().map(|part| match part {
            Part::Literal(literal) => yes_if(literal == text),
            Part::Number(number, bound) => match orders.get(*bound) {
                Some(Ordering::Equal) if !Self::is_exact(number) => {
                    Match::Uncertain(Doubt::LargeNumber)
                }
                Some(Ordering::Equal)
                    if number.lexeme != text
                        && !self.bounds.get(*bound).is_some_and(Decimal::is_whole) =>
                {
                    Match::Uncertain(Doubt::DecimalForm)
                }
                Some(order) => yes_if(*order == Ordering::Equal),
                None => Match::No,
            },
            Part::Anything => Match::Yes,
            Part::Machine(at) => said(ends, *at),
            Part::Regex(at) => match said(ends, *at) {
                Match::Yes => Match::Uncertain(Doubt::RegexOnNumber),
                verdict => verdict,
            },
        });
        Value { text: text.to_owned(), equal: equal.collect(), orders, certain, single: false }
    }
}

/// The bytes of numbers in the order in which they are tried.
const DIGITS: &[u8] = b"1234567890-.eE+";
/// Those of numbers without exponent.
const PLAIN_DIGITS: &[u8] = b"9123456780-.";

const fn yes_if(condition: bool) -> Match {
    if condition { Match::Yes } else { Match::No }
}

fn said(ends: &[End], at: usize) -> Match {
    match ends.get(at) {
        Some(End::Yes) => Match::Yes,
        Some(End::Doubtful(doubt)) => Match::Uncertain(*doubt),
        _ => Match::No,
    }
}
