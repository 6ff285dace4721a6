//! Patterns as somebody might have written them.

use super::super::super::ast::{Comparison, Role, Step};
use super::super::naive::{Condition, Expr, Field, Operand, Pattern, Term, Test};
use super::Tape;

/// A pattern as somebody might have written it.
pub(in super::super) fn write(pattern: &Pattern, tape: &mut Tape<'_>) -> String {
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
