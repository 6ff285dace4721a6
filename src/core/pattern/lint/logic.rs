//! Clauses and terms that contradict, repeat or contain each other.

use super::presence::walk;
use super::tree::{all, any, in_parentheses, print, replace, without};
use super::{Found, Subject};
use crate::pattern::meaning::{self, Verdict};
use crate::pattern::{Clause, Comparison, Expr, Operand, Pattern, Shape, Test};

pub(super) fn mixed_operators(subject: &Subject<'_>) -> Vec<Found> {
    let mut found = Vec::new();
    let Some(root) = subject.expr() else {
        return found;
    };
    let text = subject.pattern.text();
    walk(root, &mut |expr| {
        let Expr::Any(parts, span) = expr else {
            return;
        };
        let bare = |part: &Expr| matches!(part, Expr::All(_, span) if !in_parentheses(text, *span));
        if !parts.iter().any(bare) {
            return;
        }
        let read: Vec<String> = parts
            .iter()
            .map(|part| match part {
                Expr::All(_, span) if bare(part) => format!("({})", span.of(text)),
                other => other.span().of(text).to_owned(),
            })
            .collect();
        let meant = meant(parts);
        let reason = format!(
            "AWS reads `&&` before `||`, so this is {}.{}",
            shorten(&read.join(" || ")),
            if meant.is_some() { " The rewrite is what was likely meant." } else { "" },
        );
        let with = meant.unwrap_or_else(|| expr.clone());
        found.push(Found::new(*span, reason).rewrite(print(replace(root, expr, &with))));
    });
    found
}

/// What was likely meant by `A || B && C`, where neighbours across the `||` ask about one field:
/// `(A || B) && C`.
fn meant(parts: &[Expr]) -> Option<Expr> {
    let [before @ .., last] = parts else {
        return None;
    };
    let [first, after @ ..] = parts else {
        return None;
    };
    let asks = |expr: &Expr| match expr {
        Expr::Clause(clause) => Some(clause.selector.path.clone()),
        _ => None,
    };
    // `A && B || C || D` with B, C and D about one field.
    if let Expr::All(joined, _) = first
        && let [rest @ .., inner] = &joined[..]
        && let Some(path) = asks(inner)
        && after.iter().all(|part| asks(part).as_ref() == Some(&path))
        && rest.iter().all(|part| asks(part).as_ref() != Some(&path))
    {
        let choice = any(std::iter::once(inner).chain(after).cloned());
        return Some(all(rest.iter().cloned().chain([choice])));
    }
    // `A || B && C && D` with A and B about one field.
    if let Expr::All(joined, _) = last
        && let [inner, rest @ ..] = &joined[..]
        && let Some(path) = asks(inner)
        && before.iter().all(|part| asks(part).as_ref() == Some(&path))
        && rest.iter().all(|part| asks(part).as_ref() != Some(&path))
    {
        let choice = any(before.iter().chain([inner]).cloned());
        return Some(all([choice].into_iter().chain(rest.iter().cloned())));
    }
    None
}

/// A piece of pattern for the middle of a sentence.
fn shorten(text: &str) -> String {
    const MOST: usize = 240;
    let one_line = text.split_whitespace().collect::<Vec<_>>().join(" ");
    match one_line.char_indices().nth(MOST) {
        Some((at, _)) => format!("`{}…`", &one_line[..at]),
        None => format!("`{one_line}`"),
    }
}

pub(super) fn duplicate(subject: &Subject<'_>) -> Vec<Found> {
    let mut found = Vec::new();
    match subject.pattern.pattern() {
        Pattern::Json(root) => walk(root, &mut |expr| {
            let (Expr::All(parts, _) | Expr::Any(parts, _)) = expr else {
                return;
            };
            for (at, part) in parts.iter().enumerate() {
                if parts[..at].contains(part) {
                    let span = part.span();
                    let reason = format!("`{}` was said before.", subject.text(span));
                    found.push(
                        Found::new(span, reason).rewrite(without(root, part).and_then(print)),
                    );
                }
            }
        }),
        Pattern::Terms(terms) => {
            for (at, term) in terms.iter().enumerate() {
                if terms[..at].contains(term) {
                    let reason = format!("{} was said before.", subject.text(term.span));
                    found.push(Found::new(term.span, reason));
                }
            }
        }
        Pattern::Space(_) => {}
    }
    found
}

pub(super) fn implied(subject: &Subject<'_>) -> Vec<Found> {
    let mut found = Vec::new();
    let Some(root) = subject.expr() else {
        return found;
    };
    walk(root, &mut |expr| {
        let (parts, every) = match expr {
            Expr::All(parts, _) => (parts, true),
            Expr::Any(parts, _) => (parts, false),
            _ => return,
        };
        for part in parts {
            // The part that makes no difference is the weaker one of `&&`, the stronger one of `||`.
            let idle = parts.iter().find(|other| {
                let (strong, weak) = if every { (*other, part) } else { (part, *other) };
                *other != part && follows(subject, strong, weak) && !follows(subject, weak, strong)
            });
            if let Some(other) = idle {
                let (span, other) = (part.span(), other.span());
                let reason = if every {
                    format!(
                        "`{}` already asks for it: `{}` makes no difference.",
                        subject.text(other),
                        subject.text(span)
                    )
                } else {
                    format!(
                        "`{}` already matches it: `{}` makes no difference.",
                        subject.text(other),
                        subject.text(span)
                    )
                };
                found.push(Found::new(span, reason).rewrite(without(root, part).and_then(print)));
            }
        }
    });
    found
}

/// Whether one expression follows from another, by [`crate::pattern::meaning`] where regular
/// expressions are involved: to ask it about every pair of clauses takes too long.
fn follows(subject: &Subject<'_>, a: &Expr, b: &Expr) -> bool {
    let (Expr::Clause(one), Expr::Clause(other)) = (a, b) else {
        return implies(a, b);
    };
    let regex = |clause: &Clause| matches!(clause.test, Test::Compare(_, Operand::Regex(..)));
    let doubts = subject.pattern.doubts();
    implies(a, b)
        || (one.selector.path == other.selector.path
            && (regex(one) || regex(other))
            && meaning::implies(a, b, doubts) == Verdict::Yes)
}

/// Whether every event for which the one holds is one for which the other holds. "No" may also mean
/// that it was not seen.
fn implies(a: &Expr, b: &Expr) -> bool {
    if a == b {
        return true;
    }
    match (a, b) {
        (Expr::Clause(a), Expr::Clause(b)) => clause_implies(a, b),
        (Expr::Any(parts, _), _) => parts.iter().all(|part| implies(part, b)),
        (_, Expr::All(parts, _)) => parts.iter().all(|part| implies(a, part)),
        (Expr::All(parts, _), _) if parts.iter().any(|part| implies(part, b)) => true,
        (_, Expr::Any(parts, _)) => parts.iter().any(|part| implies(a, part)),
        _ => false,
    }
}

fn clause_implies(a: &Clause, b: &Clause) -> bool {
    if a.selector.path.has_wildcard() || b.selector.path.has_wildcard() {
        return false;
    }
    if a.test == Test::NotExists && b.test == Test::NotExists {
        return b.selector.path.0.starts_with(&a.selector.path.0);
    }
    if a.selector.path != b.selector.path {
        return false;
    }
    let (Test::Compare(how, left), Test::Compare(asked, right)) = (&a.test, &b.test) else {
        return false;
    };
    match (left, right) {
        (Operand::Text(left, _), Operand::Text(right, _)) => match (how, asked) {
            (Comparison::Equal, Comparison::Equal) => within(left.shape(), right.shape()),
            (Comparison::Equal, Comparison::NotEqual) => apart(left.shape(), right.shape()),
            (Comparison::NotEqual, Comparison::NotEqual) => within(right.shape(), left.shape()),
            (_, Comparison::Equal) => right.shape() == Shape::Anything,
            _ => false,
        },
        (_, Operand::Text(right, _)) => {
            *asked == Comparison::Equal && right.shape() == Shape::Anything
        }
        (Operand::Number(left, _), Operand::Number(right, _)) => {
            let (x, y) = (left.value, right.value);
            match (how, asked) {
                (Comparison::Greater, Comparison::Greater | Comparison::GreaterOrEqual)
                | (Comparison::GreaterOrEqual, Comparison::GreaterOrEqual) => x >= y,
                (Comparison::GreaterOrEqual, Comparison::Greater) => x > y,
                (Comparison::Less, Comparison::Less | Comparison::LessOrEqual)
                | (Comparison::LessOrEqual, Comparison::LessOrEqual) => x <= y,
                (Comparison::LessOrEqual, Comparison::Less) => x < y,
                _ => false,
            }
        }
        _ => false,
    }
}

/// Whether every text of the one form is one of the other.
fn within(a: Shape<'_>, b: Shape<'_>) -> bool {
    match (a, b) {
        (_, Shape::Anything) => true,
        (Shape::Exact(a) | Shape::Prefix(a), Shape::Prefix(b)) => a.starts_with(b),
        (Shape::Exact(a) | Shape::Suffix(a), Shape::Suffix(b)) => {
            a.ends_with(b) && a.match_indices(b).count() == 1
        }
        (Shape::Exact(a), Shape::Exact(b)) => a == b,
        _ => false,
    }
}

/// Whether no text is of both forms.
fn apart(a: Shape<'_>, b: Shape<'_>) -> bool {
    match (a, b) {
        (Shape::Exact(a), Shape::Exact(b)) => a != b,
        (Shape::Exact(a), Shape::Prefix(b)) | (Shape::Prefix(b), Shape::Exact(a)) => {
            !a.starts_with(b)
        }
        (Shape::Exact(a), Shape::Suffix(b)) | (Shape::Suffix(b), Shape::Exact(a)) => {
            !a.ends_with(b)
        }
        (Shape::Prefix(a), Shape::Prefix(b)) => !a.starts_with(b) && !b.starts_with(a),
        (Shape::Suffix(a), Shape::Suffix(b)) => !a.ends_with(b) && !b.ends_with(a),
        _ => false,
    }
}

/// Whether no event has both.
pub(super) fn contradicts(a: &Clause, b: &Clause) -> bool {
    let (one, other) = (&a.selector.path, &b.selector.path);
    if one.has_wildcard() || other.has_wildcard() {
        return false;
    }
    if a.test == Test::NotExists {
        return b.test != Test::NotExists && other.0.starts_with(&one.0);
    }
    if one != other {
        return false;
    }
    match (&a.test, &b.test) {
        (Test::IsNull | Test::IsTrue | Test::IsFalse, Test::Compare(..)) => true,
        (Test::Compare(how, left), Test::Compare(asked, right)) => match (left, right) {
            (Operand::Text(left, _), Operand::Text(right, _)) => match (how, asked) {
                (Comparison::Equal, Comparison::Equal) => apart(left.shape(), right.shape()),
                (Comparison::Equal, Comparison::NotEqual) => within(left.shape(), right.shape()),
                _ => false,
            },
            (Operand::Number(left, _), Operand::Number(right, _)) => {
                let (x, y) = (left.value, right.value);
                match (how, asked) {
                    (Comparison::Greater | Comparison::GreaterOrEqual, Comparison::Less)
                    | (Comparison::Greater, Comparison::LessOrEqual) => x >= y,
                    (Comparison::GreaterOrEqual, Comparison::LessOrEqual) => x > y,
                    // Texts that hold the numbers are left aside only where both are the same text.
                    (Comparison::Equal, Comparison::Equal) => {
                        (x - y).abs() > 0.0 && left.lexeme != right.lexeme
                    }
                    _ => false,
                }
            }
            _ => false,
        },
        _ => false,
    }
}
