//! Messages that a pattern matches, or nearly.

use std::collections::BTreeSet;

use super::super::super::ast::Step;
use super::super::naive::{Condition, Expr, Field, Json, Operand, Pattern, Test};
use super::{LEXEMES, NAMES, ODD_TEXTS, TEXTS, Tape, WORDS};

/// A message that the pattern matches, or nearly.
pub(in super::super) fn message(pattern: &Pattern, tape: &mut Tape<'_>) -> String {
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
pub(in super::super) fn event(expr: &Expr, tape: &mut Tape<'_>) -> Json {
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
pub(in super::super) fn write_json(json: &Json, tape: &mut Tape<'_>) -> String {
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
