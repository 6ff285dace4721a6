//! Patterns and messages made from a tape of numbers.
//!
//! A tape that has run out gives zeros, and zero is always the plainest choice: a shorter tape and
//! smaller numbers make a plainer example, which is what shrinking wants. What raises a doubt
//! whatever the message is (escapes, characters beyond ASCII, lower-case keywords) is left out; the
//! answer tables have it.

use std::collections::BTreeSet;

use super::super::ast::{Comparison, Role, Step};
use super::naive::{Condition, Expr, Field, Json, Operand, Pattern, Term, Test};

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

/// A pattern as somebody might have written it.
pub(super) fn write(pattern: &Pattern, tape: &mut Tape<'_>) -> String {
    match pattern {
        Pattern::Json(expr) => {
            format!("{{{}{}{}}}", blank(tape), write_expr(expr, false, tape), blank(tape))
        }
        Pattern::Space(fields) => {
            let fields: Vec<_> = fields.iter().map(|field| write_field(field, tape)).collect();
            format!("[{}]", fields.join(tape.of(&[", ", ",", " , "])))
        }
        Pattern::Terms(terms) => {
            let terms: Vec<_> = terms.iter().map(|term| write_term(term, tape)).collect();
            terms.join(tape.of(&[" ", "  "]))
        }
    }
}

fn blank(tape: &mut Tape<'_>) -> &'static str {
    tape.of(&[" ", "", "  ", " ", "\n"])
}

fn write_expr(expr: &Expr, inner: bool, tape: &mut Tape<'_>) -> String {
    let (parts, operator) = match expr {
        Expr::All(parts) => (parts, "&&"),
        Expr::Any(parts) => (parts, "||"),
        Expr::Clause(steps, test) => {
            let clause = write_clause(steps, test, tape);
            return if inner && tape.rarely(3) { format!("({clause})") } else { clause };
        }
    };
    let mut text = String::new();
    for (number, part) in parts.iter().enumerate() {
        if number > 0 {
            let after = text.ends_with(')') && tape.rarely(2);
            text.push_str(if after { "" } else { " " });
            text.push_str(operator);
            text.push_str(tape.of(&[" ", "", "  ", "\n "]));
        }
        let written = write_expr(part, true, tape);
        // && binds more tightly.
        let needed = matches!((expr, part), (Expr::All(_), Expr::Any(_)));
        let compound = !matches!(part, Expr::Clause(..));
        if needed || (compound && tape.rarely(2)) {
            text.push_str(&format!("({written})"));
        } else {
            text.push_str(&written);
        }
    }
    text
}

fn write_clause(steps: &[Step], test: &Test, tape: &mut Tape<'_>) -> String {
    let mut text = "$".to_owned();
    for step in steps {
        text.push_str(&match step {
            Step::Name(name) if name.contains('.') => format!(".['{name}']"),
            Step::Name(name) => format!(".{name}"),
            Step::Index(index) => format!("[{index}]"),
            Step::AnyElement => "[*]".to_owned(),
            Step::AnyMember => ".*".to_owned(),
        });
    }
    let keywords = match test {
        Test::Compare(comparison, operand) => {
            let (before, after) = (tape.of(&[" ", "", "  "]), tape.of(&[" ", "", "\t"]));
            let sign = sign(*comparison);
            return format!("{text}{before}{sign}{after}{}", write_operand(operand, tape));
        }
        Test::IsNull => "IS NULL",
        Test::IsTrue => "IS TRUE",
        Test::IsFalse => "IS FALSE",
        Test::NotExists => "NOT EXISTS",
    };
    format!("{text} {}", keywords.replace(' ', tape.of(&[" ", "  "])))
}

fn sign(comparison: Comparison) -> &'static str {
    match comparison {
        Comparison::Equal => "=",
        Comparison::NotEqual => "!=",
        Comparison::Less => "<",
        Comparison::LessOrEqual => "<=",
        Comparison::Greater => ">",
        Comparison::GreaterOrEqual => ">=",
    }
}

fn write_operand(operand: &Operand, tape: &mut Tape<'_>) -> String {
    match operand {
        Operand::Number(lexeme) => lexeme.clone(),
        Operand::Regex(source) => format!("%{source}%"),
        Operand::Text(text) => {
            let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '*');
            let bare = !text.is_empty()
                && text.chars().all(plain)
                && text != "null"
                && text.parse::<f64>().is_err();
            if bare && tape.rarely(2) { text.clone() } else { format!("\"{text}\"") }
        }
    }
}

fn write_field(field: &Field, tape: &mut Tape<'_>) -> String {
    match field {
        Field::Ellipsis => "...".to_owned(),
        Field::Word(None, _) => String::new(),
        Field::Word(Some(name), None) => name.clone(),
        Field::Word(Some(name), Some(condition)) => write_condition(name, condition, tape),
    }
}

fn write_condition(name: &str, condition: &Condition, tape: &mut Tape<'_>) -> String {
    let (parts, operator) = match condition {
        Condition::All(parts) => (parts, " && "),
        Condition::Any(parts) => (parts, " || "),
        Condition::Compare(comparison, operand) => {
            let blank = tape.of(&[" ", ""]);
            let value = match operand {
                Operand::Text(text) | Operand::Number(text) => text.clone(),
                Operand::Regex(source) => format!("%{source}%"),
            };
            return format!("{name}{blank}{}{blank}{value}", sign(*comparison));
        }
    };
    let parts: Vec<_> = parts.iter().map(|part| write_condition(name, part, tape)).collect();
    parts.join(operator)
}

fn write_term(term: &Term, tape: &mut Tape<'_>) -> String {
    let sign = match term.role {
        Role::Required => "",
        Role::Excluded => "-",
        Role::Optional => "?",
    };
    let text = match &term.text {
        Operand::Regex(source) => format!("%{source}%"),
        Operand::Number(text) | Operand::Text(text) => {
            let plain = text.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
            if plain && !tape.rarely(3) { text.clone() } else { format!("\"{text}\"") }
        }
    };
    format!("{sign}{text}")
}

/// A message that the pattern matches, or nearly.
pub(super) fn message(pattern: &Pattern, tape: &mut Tape<'_>) -> String {
    match pattern {
        Pattern::Json(expr) => write_json(&event(expr, tape), tape),
        Pattern::Space(fields) => line(fields, tape),
        Pattern::Terms(terms) => {
            let mut words: Vec<String> = Vec::new();
            for term in terms {
                match &term.text {
                    Operand::Text(text) if tape.below(4) > 0 => words.push(text.clone()),
                    _ => words.push(tape.of(&TEXTS).to_owned()),
                }
            }
            words.extend((0..tape.below(3)).map(|_| tape.of(&WORDS).to_owned()));
            words.join(tape.of(&[" ", "", "-"]))
        }
    }
}

/// An object that has what the clauses ask for, or something near it.
pub(super) fn event(expr: &Expr, tape: &mut Tape<'_>) -> Json {
    let mut event = Json::Object(Vec::new());
    for _ in 0..tape.below(4) {
        let value = value(tape, 2);
        put(&mut event, &[Step::Name(tape.of(&NAMES).to_owned())], value, tape);
    }
    let ascii = holds_regex(expr);
    clauses(expr, &mut |steps, test| {
        if tape.below(4) > 0 {
            let value = near(test, ascii, tape);
            put(&mut event, steps, value, tape);
        }
    });
    event
}

fn holds_regex(expr: &Expr) -> bool {
    let mut found = false;
    clauses(expr, &mut |_, test| {
        found |= matches!(test, Test::Compare(_, Operand::Regex(_)));
    });
    found
}

fn clauses(expr: &Expr, visit: &mut impl FnMut(&[Step], &Test)) {
    match expr {
        Expr::All(parts) | Expr::Any(parts) => parts.iter().for_each(|part| clauses(part, visit)),
        Expr::Clause(steps, test) => visit(steps, test),
    }
}

/// Puts a value where a selector leads, whatever was there.
fn put(json: &mut Json, steps: &[Step], value: Json, tape: &mut Tape<'_>) {
    let Some((step, rest)) = steps.split_first() else {
        *json = value;
        return;
    };
    let as_array = match step {
        Step::Name(_) => false,
        Step::Index(_) => true,
        Step::AnyElement => tape.below(3) < 2,
        Step::AnyMember => tape.rarely(5),
    };
    if as_array {
        let index = if let Step::Index(index) = step { *index as usize } else { tape.below(3) };
        if !matches!(json, Json::Array(_)) {
            *json = Json::Array(Vec::new());
        }
        let Json::Array(elements) = json else { return };
        while elements.len() <= index {
            let filler = self::value(tape, 1);
            elements.push(filler);
        }
        put(&mut elements[index], rest, value, tape);
    } else {
        let name =
            if let Step::Name(name) = step { name.clone() } else { tape.of(&NAMES).to_owned() };
        if !matches!(json, Json::Object(_)) {
            *json = Json::Object(Vec::new());
        }
        let Json::Object(members) = json else { return };
        let at = members.iter().position(|(key, _)| *key == name).unwrap_or_else(|| {
            members.push((name, Json::Null));
            members.len() - 1
        });
        put(&mut members[at].1, rest, value, tape);
    }
}

fn near(test: &Test, ascii: bool, tape: &mut Tape<'_>) -> Json {
    if tape.rarely(5) {
        return if ascii || tape.rarely(2) {
            value(tape, 2)
        } else {
            Json::Text(tape.of(&ODD_TEXTS).to_owned())
        };
    }
    let text = match test {
        Test::IsNull => return tape.of(&[r"", "a", "aa", "o"]).chars().fold(Json::Null, wrap),
        Test::IsTrue => {
            return tape.of(&["", "", "a", "aa"]).chars().fold(Json::Boolean(true), wrap);
        }
        Test::IsFalse => {
            return tape.of(&["", "", "a", "o"]).chars().fold(Json::Boolean(false), wrap);
        }
        Test::NotExists => return value(tape, 1),
        Test::Compare(_, Operand::Number(lexeme)) => lexeme.clone(),
        Test::Compare(_, Operand::Text(glob)) => {
            glob.replace('*', tape.of(&["", "x", "-", "*", "Al", "0"]))
        }
        Test::Compare(_, Operand::Regex(_)) => tape.of(&TEXTS).to_owned(),
    };
    let text = match tape.below(8) {
        5 => text.to_uppercase(),
        6 => format!("x{text}"),
        7 => format!("{text}x"),
        _ => text,
    };
    // How -0 would be written is nobody's question.
    let number = text != "-0" && serde_json::from_str::<serde_json::Number>(&text).is_ok();
    if number && tape.below(3) > 0 { Json::Number(text) } else { Json::Text(text) }
}

fn wrap(value: Json, kind: char) -> Json {
    match kind {
        'a' => Json::Array(vec![Json::Number("1".to_owned()), value]),
        _ => Json::Object(vec![("a".to_owned(), value)]),
    }
}

fn value(tape: &mut Tape<'_>, depth: usize) -> Json {
    match tape.below(if depth == 0 { 7 } else { 10 }) {
        0 | 1 => Json::Text(tape.of(&TEXTS).to_owned()),
        2 | 3 => Json::Number(tape.of(&LEXEMES).to_owned()),
        4 => Json::Boolean(true),
        5 => Json::Boolean(false),
        6 => Json::Null,
        7 => Json::Array((0..tape.below(4)).map(|_| value(tape, depth - 1)).collect()),
        _ => {
            let mut seen = BTreeSet::new();
            let mut members = Vec::new();
            for _ in 0..tape.below(4) {
                let name = tape.of(&NAMES);
                if seen.insert(name) {
                    members.push((name.to_owned(), value(tape, depth - 1)));
                }
            }
            Json::Object(members)
        }
    }
}

/// A value as somebody might have written it: blanks, escapes, members that a later one overrules.
pub(super) fn write_json(json: &Json, tape: &mut Tape<'_>) -> String {
    let mut text = String::new();
    push_json(json, tape, &mut text);
    text
}

fn push_json(json: &Json, tape: &mut Tape<'_>, text: &mut String) {
    match json {
        Json::Null => text.push_str("null"),
        Json::Boolean(boolean) => text.push_str(if *boolean { "true" } else { "false" }),
        Json::Number(lexeme) => text.push_str(lexeme),
        Json::Text(value) => push_text(value, tape, text),
        Json::Array(elements) => {
            text.push('[');
            for (number, element) in elements.iter().enumerate() {
                text.push_str(if number > 0 { "," } else { "" });
                text.push_str(gap(tape));
                push_json(element, tape, text);
            }
            text.push_str(gap(tape));
            text.push(']');
        }
        Json::Object(members) => {
            text.push('{');
            for (number, (name, value)) in members.iter().enumerate() {
                text.push_str(if number > 0 { "," } else { "" });
                text.push_str(gap(tape));
                if tape.rarely(16) {
                    push_text(name, tape, text);
                    text.push(':');
                    push_json(&self::value(tape, 1), tape, text);
                    text.push(',');
                }
                push_text(name, tape, text);
                text.push_str(gap(tape));
                text.push(':');
                text.push_str(gap(tape));
                push_json(value, tape, text);
            }
            text.push_str(gap(tape));
            text.push('}');
        }
    }
}

fn gap(tape: &mut Tape<'_>) -> &'static str {
    tape.of(&["", "", "", " ", "\n  ", "\t", "\r\n"])
}

fn push_text(value: &str, tape: &mut Tape<'_>, text: &mut String) {
    text.push('"');
    for c in value.chars() {
        let escape = tape.rarely(24) || c < ' ';
        match c {
            '"' | '\\' if !escape => text.extend(['\\', c]),
            '\n' if tape.rarely(2) => text.push_str("\\n"),
            _ if escape => {
                for unit in c.encode_utf16(&mut [0; 2]) {
                    text.push_str(&format!("\\u{unit:04x}"));
                }
            }
            _ => text.push(c),
        }
    }
    text.push('"');
}

fn line(fields: &[Field], tape: &mut Tape<'_>) -> String {
    let mut words = Vec::new();
    for field in fields {
        match field {
            Field::Ellipsis => words.extend((0..tape.below(3)).map(|_| word(None, tape))),
            Field::Word(_, condition) => words.push(word(condition.as_ref(), tape)),
        }
    }
    match tape.below(6) {
        4 => words.truncate(words.len() - 1),
        5 => words.extend((0..=tape.below(2)).map(|_| word(None, tape))),
        _ => {}
    }
    words.join(tape.of(&[" ", "  ", "\t"]))
}

fn word(condition: Option<&Condition>, tape: &mut Tape<'_>) -> String {
    let word = match condition {
        Some(Condition::All(parts) | Condition::Any(parts)) => {
            let part = &parts[tape.below(parts.len())];
            return word(Some(part), tape);
        }
        Some(Condition::Compare(_, Operand::Text(text) | Operand::Number(text)))
            if tape.below(3) > 0 =>
        {
            text.replace('*', tape.of(&["0", "x", "OR"]))
        }
        _ => tape.of(&WORDS).to_owned(),
    };
    match tape.below(8) {
        6 => format!("\"{word} {}\"", tape.of(&WORDS)),
        7 => format!("[{word}]"),
        _ => word,
    }
}
