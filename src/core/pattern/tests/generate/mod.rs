//! Patterns and messages made from a tape of numbers.
//!
//! A tape that has run out gives zeros, and zero is always the plainest choice: a shorter tape and
//! smaller numbers make a plainer example, which is what shrinking wants. What raises a doubt
//! whatever the message is (escapes, characters beyond ASCII, lower-case keywords) is left out; the
//! answer tables have it.

mod message;
mod write;

pub(super) use self::message::{event, message, write_json};
pub(super) use self::write::write;
use super::super::ast::{Comparison, Role, Step};
use super::naive::{Condition, Expr, Field, Operand, Pattern, Term, Test};

/// The choices of one example.
pub(super) struct Tape<'a> {
    left: std::slice::Iter<'a, u8>,
    wildcards: usize,
    regexes: usize,
}

impl<'a> Tape<'a> {
    pub(super) fn new(choices: &'a [u8]) -> Self {
        Self { left: choices.iter(), wildcards: 3, regexes: 2 }
    }

    /// A number below `end`.
    fn below(&mut self, end: usize) -> usize {
        usize::from(self.left.next().copied().unwrap_or(0)) % end
    }

    fn of<T: Copy>(&mut self, choices: &[T]) -> T {
        choices[self.below(choices.len())]
    }

    /// Once in so many times.
    fn rarely(&mut self, times: usize) -> bool {
        self.below(times) == times - 1
    }
}

const NAMES: [&str; 8] = ["a", "b", "eventName", "a", "c_d", "e-f", "x", "y"];
const TEXTS: [&str; 17] = [
    "Alpha",
    "Alphabet",
    "xAlpha",
    "alpha",
    "",
    "1",
    "1.0",
    "10",
    "1e0",
    "true",
    "null",
    "Event",
    "PutEvent",
    "a.b",
    "abcabc",
    "two words",
    "AlAlpha",
];
/// Not in patterns, and not where a regular expression may see them.
const ODD_TEXTS: [&str; 8] =
    ["café", "a\"b", "a\\b", "a\tb", "a\nb", "\u{1f600}Alpha", "a*b", "}{\"a\":1"];
const GLOBS: [&str; 15] = [
    "*", "Alpha*", "*Alpha", "1*", "*0", "*.0", "*abc", "*Event", "*Event*", "A*a", "*1*", "two *",
    "*e0", "10*", "1.*",
];
const NUMBERS: [&str; 14] = [
    "1",
    "0",
    "10",
    "-1",
    "1.5",
    "1.0",
    "1e0",
    "1e+0",
    "0.1",
    "123",
    "400",
    "-0.5",
    "1.50",
    "9007199254740993",
];
const LEXEMES: [&str; 20] = [
    "1",
    "0",
    "10",
    "-1",
    "1.5",
    "1.0",
    "1e0",
    "0.1",
    "0.10",
    "1e-1",
    "123",
    "12.34",
    "400",
    "1E2",
    "1.50",
    "100",
    "-0.5",
    "2.5e3",
    "9007199254740993",
    "9007199254740992",
];
const REGEXES: [&str; 16] = [
    "Alpha",
    "^Al.*",
    "a$",
    "[0-9]+",
    "^1",
    "Al|Ev",
    "[^A-Z]",
    "abc$|^two",
    "\\d\\.\\d",
    "l{1,2}",
    "b{2}",
    "\\x41l",
    "^[a-c]+$",
    "\\w+\\s\\w",
    "x?Alpha",
    "b.?e",
];
const WORDS: [&str; 12] = [
    "ERROR",
    "WARN",
    "404",
    "200",
    "GET",
    "request",
    "1534",
    "ERRORCODE",
    "10.0",
    "-10",
    "index.html",
    "2k",
];
const WORD_GLOBS: [&str; 7] = ["4*", "*.html*", "ERR*", "*OR", "*", "*R", "10*"];
const PHRASES: [&str; 6] = ["two words", "[ERROR]", "a.b", "GET /index.html", "ERROR", "-"];

pub(super) fn pattern(tape: &mut Tape<'_>) -> Pattern {
    match tape.below(8) {
        6 => Pattern::Space(space(tape)),
        7 => Pattern::Terms(terms(tape)),
        _ => json_pattern(tape),
    }
}

pub(super) fn json_pattern(tape: &mut Tape<'_>) -> Pattern {
    Pattern::Json(expr(tape, 3))
}

fn expr(tape: &mut Tape<'_>, depth: usize) -> Expr {
    let kind = if depth == 0 { 0 } else { tape.below(5) };
    if kind < 3 {
        return clause(tape);
    }
    let count = 2 + tape.below(3);
    let parts: Vec<_> = (0..count).map(|_| expr(tape, depth - 1)).collect();
    // Parentheses around a part of the same kind leave nothing in the tree.
    let parts = parts.into_iter();
    if kind == 3 {
        Expr::All(
            parts
                .flat_map(|part| if let Expr::All(parts) = part { parts } else { vec![part] })
                .collect(),
        )
    } else {
        Expr::Any(
            parts
                .flat_map(|part| if let Expr::Any(parts) = part { parts } else { vec![part] })
                .collect(),
        )
    }
}

fn clause(tape: &mut Tape<'_>) -> Expr {
    let steps = steps(tape);
    let test = match tape.below(10) {
        6 => Test::IsNull,
        7 => Test::IsTrue,
        8 => Test::IsFalse,
        9 => Test::NotExists,
        kind => compare(tape, kind),
    };
    Expr::Clause(steps, test)
}

fn compare(tape: &mut Tape<'_>, kind: usize) -> Test {
    let equality = tape.of(&[Comparison::Equal, Comparison::Equal, Comparison::NotEqual]);
    let (comparison, operand) = match kind {
        0 => (equality, Operand::Text(tape.of(&TEXTS).to_owned())),
        1 | 2 => (equality, Operand::Text(tape.of(&GLOBS).to_owned())),
        3 => (equality, Operand::Number(tape.of(&NUMBERS).to_owned())),
        4 => (order(tape), Operand::Number(tape.of(&NUMBERS[..13]).to_owned())),
        _ if tape.regexes == 0 => (equality, Operand::Text(tape.of(&GLOBS).to_owned())),
        _ => {
            tape.regexes -= 1;
            (Comparison::Equal, Operand::Regex(tape.of(&REGEXES).to_owned()))
        }
    };
    Test::Compare(comparison, operand)
}

fn order(tape: &mut Tape<'_>) -> Comparison {
    tape.of(&[
        Comparison::Less,
        Comparison::LessOrEqual,
        Comparison::Greater,
        Comparison::GreaterOrEqual,
    ])
}

fn steps(tape: &mut Tape<'_>) -> Vec<Step> {
    let mut steps = Vec::new();
    let mut wildcard = false;
    for place in 0..=tape.below(3) {
        let kind = tape.below(12);
        if kind >= 10 && !wildcard && tape.wildcards > 0 {
            wildcard = true;
            tape.wildcards -= 1;
            steps.push(if kind == 10 && place > 0 { Step::AnyElement } else { Step::AnyMember });
        } else if kind >= 8 && place > 0 {
            steps.push(Step::Index(u32::try_from(tape.below(3)).unwrap()));
        } else {
            steps.push(Step::Name(tape.of(&NAMES).to_owned()));
        }
    }
    // Names in brackets are not established elsewhere.
    if tape.rarely(12) { vec![Step::Name("x.y".to_owned())] } else { steps }
}

fn space(tape: &mut Tape<'_>) -> Vec<Field> {
    let count = 2 + tape.below(3);
    let ellipsis = tape.below(5).checked_sub(3).map(|place| place * tape.below(count));
    let mut fields = Vec::new();
    for number in 0..count {
        if ellipsis == Some(number) {
            fields.push(Field::Ellipsis);
        }
        let condition = (number + 1 == count || tape.below(3) > 0).then(|| condition(tape));
        let unnamed = number + 1 == count && tape.rarely(6);
        fields.push(if unnamed {
            Field::Word(None, None)
        } else {
            Field::Word(Some(format!("w{number}")), condition.filter(|_| tape.below(3) > 0))
        });
    }
    fields
}

fn condition(tape: &mut Tape<'_>) -> Condition {
    let mut joined = |join: usize| {
        let count = 1 + tape.below(3) * join;
        (0..count).map(|_| word_condition(tape)).collect::<Vec<_>>()
    };
    match joined(1) {
        mut parts if parts.len() == 1 => parts.remove(0),
        parts => {
            if tape.rarely(2) {
                Condition::Any(parts)
            } else {
                Condition::All(parts)
            }
        }
    }
}

fn word_condition(tape: &mut Tape<'_>) -> Condition {
    let equality = tape.of(&[Comparison::Equal, Comparison::NotEqual]);
    match tape.below(5) {
        0 | 1 => {
            let word = tape.of(&WORDS);
            let operand = if word.parse::<f64>().is_ok() { Operand::Number } else { Operand::Text };
            Condition::Compare(equality, operand(word.to_owned()))
        }
        2 => Condition::Compare(equality, Operand::Text(tape.of(&WORD_GLOBS).to_owned())),
        3 => Condition::Compare(
            order(tape),
            Operand::Number(tape.of(&["404", "10", "1000"]).to_owned()),
        ),
        _ if tape.regexes > 0 => {
            tape.regexes -= 1;
            Condition::Compare(
                Comparison::Equal,
                Operand::Regex(tape.of(&["^[A-Z]+$", "4.", "[a-z]"]).to_owned()),
            )
        }
        _ => Condition::Compare(equality, Operand::Text("GET".to_owned())),
    }
}

fn terms(tape: &mut Tape<'_>) -> Vec<Term> {
    if tape.rarely(6) {
        let text = Operand::Regex(tape.of(&REGEXES).to_owned());
        return vec![Term { role: Role::Required, text }];
    }
    let optional = tape.rarely(3);
    let count = tape.below(4);
    let mut terms: Vec<_> = (0..count).map(|_| term(tape, if optional { 2 } else { 0 })).collect();
    if !terms.is_empty() && !optional {
        terms.extend((0..tape.below(3)).map(|number| term(tape, number + 1)));
        if tape.rarely(3) {
            terms.reverse();
        }
    }
    terms
}

fn term(tape: &mut Tape<'_>, role: usize) -> Term {
    let text = if tape.rarely(3) { tape.of(&PHRASES) } else { tape.of(&WORDS[..8]) };
    let role = [Role::Required, Role::Excluded, Role::Optional][role];
    Term { role, text: Operand::Text(text.to_owned()) }
}
