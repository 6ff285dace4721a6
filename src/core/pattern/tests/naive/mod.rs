//! A second evaluator, slow and plain, written apart from the first one from what is known about
//! AWS: it reads the whole message into a tree, tries every reading of a `*` and every way through a
//! regular expression, and keeps nothing from one message to the next.
//!
//! `None` is "not established". Doubts that a pattern raises whatever the message is are none of its
//! business: it is asked about patterns that raise none.

mod json;
mod numbers;
mod regex;
mod words;

pub(super) use self::json::Json;
use self::regex::Regex;
pub(super) use self::words::extracted;
use super::super::ast;

/// Yes, no, or not established.
pub(super) type Answer = Option<bool>;

#[derive(Debug, Clone)]
pub(super) enum Pattern {
    Json(Expr),
    Space(Vec<Field>),
    Terms(Vec<Term>),
}

#[derive(Debug, Clone)]
pub(super) enum Expr {
    All(Vec<Self>),
    Any(Vec<Self>),
    Clause(Vec<ast::Step>, Test),
}

#[derive(Debug, Clone)]
pub(super) enum Test {
    Compare(ast::Comparison, Operand),
    IsNull,
    IsTrue,
    IsFalse,
    NotExists,
}

#[derive(Debug, Clone)]
pub(super) enum Operand {
    /// As written.
    Number(String),
    /// With its stars.
    Text(String),
    /// Between the `%`.
    Regex(String),
}

#[derive(Debug, Clone)]
pub(super) enum Field {
    Ellipsis,
    Word(Option<String>, Option<Condition>),
}

#[derive(Debug, Clone)]
pub(super) enum Condition {
    All(Vec<Self>),
    Any(Vec<Self>),
    Compare(ast::Comparison, Operand),
}

#[derive(Debug, Clone)]
pub(super) struct Term {
    pub(super) role: ast::Role,
    pub(super) text: Operand,
}

/// What a pattern makes of a message.
pub(super) fn evaluate(pattern: &Pattern, message: &str) -> Answer {
    match pattern {
        Pattern::Json(expr) => json_message(expr, message),
        Pattern::Space(fields) => words::evaluate(fields, message),
        Pattern::Terms(terms) => terms_in(terms, message),
    }
}

/// True if all are, false if one is not.
pub(super) fn all(answers: impl IntoIterator<Item = Answer>) -> Answer {
    let answers: Vec<_> = answers.into_iter().collect();
    if answers.contains(&Some(false)) {
        Some(false)
    } else if answers.contains(&None) {
        None
    } else {
        Some(true)
    }
}

/// True if one is, false if none is.
pub(super) fn any(answers: impl IntoIterator<Item = Answer>) -> Answer {
    not(all(answers.into_iter().map(not)))
}

fn not(answer: Answer) -> Answer {
    answer.map(|answer| !answer)
}

/// The readings of one question: an answer where they agree.
fn agreed(answers: impl IntoIterator<Item = bool>) -> Answer {
    let answers: Vec<_> = answers.into_iter().collect();
    let first = answers[0];
    answers.iter().all(|answer| *answer == first).then_some(first)
}

fn json_message(expr: &Expr, message: &str) -> Answer {
    match json::read(message) {
        Some(object @ Json::Object(_)) => expression(expr, &object),
        Some(_) => Some(false),
        // Nobody knows how lenient AWS is; what is no JSON at all never matched.
        None => match json::read_leniently(message) {
            Some(object) if expression(expr, &object) != Some(false) => None,
            _ => Some(false),
        },
    }
}

fn expression(expr: &Expr, object: &Json) -> Answer {
    match expr {
        Expr::All(parts) => all(parts.iter().map(|part| expression(part, object))),
        Expr::Any(parts) => any(parts.iter().map(|part| expression(part, object))),
        Expr::Clause(steps, test) => clause(steps, test, object),
    }
}

fn clause(steps: &[ast::Step], test: &Test, object: &Json) -> Answer {
    let several =
        steps.iter().any(|step| matches!(step, ast::Step::AnyElement | ast::Step::AnyMember));
    match test {
        Test::NotExists | Test::Compare(ast::Comparison::NotEqual, _) if several => None,
        Test::NotExists => Some(values(steps, object).is_empty()),
        _ => any(values(steps, object).into_iter().map(|(value, sure)| match ask(test, value) {
            Some(true) if !sure => None,
            answer => answer,
        })),
    }
}

/// What a selector leads to, and whether it is established that it does.
fn values<'a>(steps: &[ast::Step], value: &'a Json) -> Vec<(&'a Json, bool)> {
    let Some((step, rest)) = steps.split_first() else {
        return vec![(value, true)];
    };
    let mut found = Vec::new();
    match (step, value) {
        (ast::Step::Name(name), Json::Object(members)) => {
            if let Some((_, value)) = members.iter().find(|(key, _)| key == name) {
                found.extend(values(rest, value));
            }
        }
        (ast::Step::Index(index), Json::Array(elements)) => {
            if let Some(value) = elements.get(*index as usize) {
                found.extend(values(rest, value));
            }
        }
        (ast::Step::AnyElement | ast::Step::AnyMember, Json::Object(members)) => {
            members.iter().for_each(|(_, value)| found.extend(values(rest, value)));
        }
        (ast::Step::AnyElement, Json::Array(elements)) => {
            elements.iter().for_each(|value| found.extend(values(rest, value)));
        }
        (ast::Step::AnyMember, Json::Array(elements)) => {
            let reached = elements.iter().flat_map(|value| values(rest, value));
            found.extend(reached.map(|(value, _)| (value, false)));
        }
        _ => {}
    }
    found
}

fn ask(test: &Test, value: &Json) -> Answer {
    match test {
        Test::IsNull => match value {
            Json::Null => Some(true),
            Json::Array(elements) if elements.contains(&Json::Null) => Some(true),
            Json::Array(elements) => deeper(elements, &Json::Null),
            _ => Some(false),
        },
        Test::IsTrue => boolean(value, true),
        Test::IsFalse => boolean(value, false),
        Test::Compare(comparison, operand) => match value {
            Json::Number(lexeme) => numbers::compare(lexeme, *comparison, operand),
            Json::Text(text) => compare_text(text, *comparison, operand),
            _ => Some(false),
        },
        Test::NotExists => Some(false),
    }
}

fn boolean(value: &Json, wanted: bool) -> Answer {
    match value {
        Json::Boolean(boolean) => Some(*boolean == wanted),
        Json::Array(elements) if elements.contains(&Json::Boolean(wanted)) => None,
        Json::Array(elements) => deeper(elements, &Json::Boolean(wanted)),
        _ => Some(false),
    }
}

fn deeper(elements: &[Json], wanted: &Json) -> Answer {
    let holds = elements.iter().any(|element| match element {
        Json::Array(inner) => inner.contains(wanted) || deeper(inner, wanted).is_none(),
        _ => false,
    });
    if holds { None } else { Some(false) }
}

fn compare_text(text: &str, comparison: ast::Comparison, operand: &Operand) -> Answer {
    let equal = match operand {
        Operand::Number(lexeme) => Some(lexeme == text),
        Operand::Text(glob) => glob_matches(glob, text),
        Operand::Regex(source) => Some(Regex::new(source).search(text)),
    };
    match comparison {
        ast::Comparison::Equal => equal,
        ast::Comparison::NotEqual => not(equal),
        _ => Some(false),
    }
}

/// A value with stars against a text of a JSON message.
fn glob_matches(glob: &str, text: &str) -> Answer {
    match glob.matches('*').count() {
        0 => Some(glob == text),
        1 if glob == "*" => Some(true),
        1 if glob.ends_with('*') => Some(text.starts_with(&glob[..glob.len() - 1])),
        1 if glob.starts_with('*') => {
            let end = &glob[1..];
            let backtracking = text.ends_with(end);
            let first_only = text.find(end).is_some_and(|at| at + end.len() == text.len());
            agreed([backtracking, first_only])
        }
        // The readings differ in which of these texts they match, and no two of them agree for sure.
        _ => (!stars(glob, text)).then_some(false),
    }
}

/// Whether a text matches with every star standing for any characters.
fn stars(glob: &str, text: &str) -> bool {
    match glob.chars().next() {
        None => text.is_empty(),
        Some('*') => (0..=text.len())
            .filter(|at| text.is_char_boundary(*at))
            .any(|at| stars(&glob[1..], &text[at..])),
        Some(c) => text.strip_prefix(c).is_some_and(|rest| stars(&glob[c.len_utf8()..], rest)),
    }
}

fn terms_in(terms: &[Term], message: &str) -> Answer {
    let found = |term: &Term| match &term.text {
        Operand::Text(text) | Operand::Number(text) => message.contains(text.as_str()),
        Operand::Regex(source) => Regex::new(source).search(message),
    };
    let of = |role| terms.iter().filter(move |term| term.role == role);
    if of(ast::Role::Optional).count() == terms.len() {
        return Some(terms.is_empty() || terms.iter().any(found));
    }
    Some(of(ast::Role::Required).all(found) && !of(ast::Role::Excluded).any(found))
}

/// The same pattern as the parser reads it; `None` for an empty one.
pub(super) fn from_tree(pattern: &ast::Pattern) -> Option<Pattern> {
    Some(match pattern {
        ast::Pattern::Json(expr) => Pattern::Json(expr_from(expr)?),
        ast::Pattern::Space(space) => Pattern::Space(space.fields.iter().map(field_from).collect()),
        ast::Pattern::Terms(terms) => Pattern::Terms(
            terms
                .iter()
                .map(|term| Term {
                    role: term.role,
                    text: match &term.text {
                        ast::TermText::Text(text) => Operand::Text(text.clone()),
                        ast::TermText::Regex(regex) => Operand::Regex(regex.source().to_owned()),
                    },
                })
                .collect(),
        ),
    })
}

fn expr_from(expr: &ast::Expr) -> Option<Expr> {
    Some(match expr {
        ast::Expr::All(parts, _) => Expr::All(parts.iter().map(expr_from).collect::<Option<_>>()?),
        ast::Expr::Any(parts, _) => Expr::Any(parts.iter().map(expr_from).collect::<Option<_>>()?),
        ast::Expr::Clause(clause) => {
            let test = match &clause.test {
                ast::Test::Compare(comparison, operand) => {
                    Test::Compare(*comparison, operand_from(operand))
                }
                ast::Test::IsNull => Test::IsNull,
                ast::Test::IsTrue => Test::IsTrue,
                ast::Test::IsFalse => Test::IsFalse,
                ast::Test::NotExists => Test::NotExists,
            };
            Expr::Clause(clause.selector.path.0.clone(), test)
        }
        ast::Expr::Empty(_) => return None,
    })
}

fn operand_from(operand: &ast::Operand) -> Operand {
    match operand {
        ast::Operand::Number(number, _) => Operand::Number(number.lexeme.clone()),
        ast::Operand::Text(glob, _) => Operand::Text(glob.text()),
        ast::Operand::Regex(regex, _) => Operand::Regex(regex.source().to_owned()),
    }
}

fn field_from(field: &ast::Field) -> Field {
    match field {
        ast::Field::Ellipsis(_) => Field::Ellipsis,
        ast::Field::Word { name, condition, .. } => {
            Field::Word(name.clone(), condition.as_ref().map(condition_from))
        }
    }
}

fn condition_from(condition: &ast::Condition) -> Condition {
    match condition {
        ast::Condition::All(parts) => Condition::All(parts.iter().map(condition_from).collect()),
        ast::Condition::Any(parts) => Condition::Any(parts.iter().map(condition_from).collect()),
        ast::Condition::Compare(comparison, operand, _) => {
            Condition::Compare(*comparison, operand_from(operand))
        }
    }
}
