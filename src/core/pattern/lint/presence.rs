//! `!=` and fields that an event may lack.

use super::cloudtrail::{COMPANY, Kind, field, is, may_be_absent, names};
use super::tree::{Placed, all, any, clause, dotted, print, replace, siblings};
use super::{Found, Subject};
use crate::pattern::meaning::{Verdict, contradicts};
use crate::pattern::{Comparison, Expr, Operand, Path, Shape, Test};

pub(super) fn not_equal_absent(subject: &Subject<'_>) -> Vec<Found> {
    let mut found = Vec::new();
    for (root, placed) in subject.cloudtrail_clauses() {
        let path = &placed.clause.selector.path;
        let Test::Compare(Comparison::NotEqual, operand) = &placed.clause.test else {
            continue;
        };
        if path.has_wildcard() || !may_be_absent(path) || presence_is_settled(&placed) {
            continue;
        }
        // `!= "*"` never holds anyway, which is another lint.
        if matches!(operand, Operand::Text(glob, _) if glob.shape() == Shape::Anything) {
            continue;
        }
        let name = dotted(path);
        let reason = format!(
            "Many events have no {name}, and `{}` does not hold for them.",
            subject.text(placed.clause.span),
        );
        let rewrite = placed.expr().and_then(|expr| {
            let with = any([expr.clone(), clause(path, Test::NotExists)]);
            print(replace(root, expr, &with))
        });
        found.push(Found::new(placed.clause.span, reason).rewrite(rewrite));
    }
    found
}

/// Whether the rest of the pattern already says what becomes of events without the field: another
/// clause needs it, or an alternative lets them in.
fn presence_is_settled(placed: &Placed<'_>) -> bool {
    let path = &placed.clause.selector.path;
    placed.joins().any(|(join, part)| match join {
        Expr::All(..) => siblings(join, part).any(|other| needs(other, path)),
        Expr::Any(..) => siblings(join, part).any(|other| admits(other, path)),
        _ => false,
    })
}

/// Whether an expression holds only where the field is present. A `!=` counts for nothing: it has
/// the same fault, and two of them are not one.
fn needs(expr: &Expr, path: &Path) -> bool {
    match expr {
        Expr::All(parts, _) => parts.iter().any(|part| needs(part, path)),
        Expr::Any(parts, _) => parts.iter().all(|part| needs(part, path)),
        Expr::Clause(clause) => {
            let asked = &clause.selector.path;
            match &clause.test {
                Test::Compare(Comparison::Equal, operand) => {
                    asked.0.starts_with(&path.0) || keeps_company(asked, operand, path)
                }
                Test::NotExists | Test::Compare(Comparison::NotEqual, _) => false,
                _ => asked.0.starts_with(&path.0),
            }
        }
        Expr::Empty(_) => false,
    }
}

/// Whether an expression holds for events without the field.
fn admits(expr: &Expr, path: &Path) -> bool {
    match expr {
        Expr::All(parts, _) => parts.iter().any(|part| admits(part, path)),
        Expr::Any(parts, _) => parts.iter().any(|part| admits(part, path)),
        Expr::Clause(clause) => {
            let asked = &clause.selector.path;
            match &clause.test {
                Test::NotExists => path.0.starts_with(&asked.0),
                Test::Compare(Comparison::NotEqual, operand) => keeps_company(asked, operand, path),
                _ => false,
            }
        }
        Expr::Empty(_) => false,
    }
}

/// Whether an event whose field has this value has the other field too.
fn keeps_company(asked: &Path, operand: &Operand, path: &Path) -> bool {
    let Operand::Text(glob, _) = operand else {
        return false;
    };
    let Some(wanted) = names(path) else {
        return false;
    };
    COMPANY.iter().any(|company| {
        is(asked, company.when)
            && glob.shape() == Shape::Exact(company.is)
            && company.has.iter().any(|has| wanted.starts_with(has))
    })
}

pub(super) fn not_equal_or(subject: &Subject<'_>) -> Vec<Found> {
    let mut found = Vec::new();
    let Some(root) = subject.expr() else {
        return found;
    };
    walk(root, &mut |expr| {
        let Expr::Any(parts, span) = expr else {
            return;
        };
        let (unequal, others): (Vec<&Expr>, Vec<&Expr>) =
            parts.iter().partition(|part| not_equal(part).is_some());
        let paths: Vec<&Path> = unequal.iter().filter_map(|part| not_equal(part)).collect();
        if paths.len() < 2 {
            return;
        }
        // `(f != "a") || (f NOT EXISTS)` for several fields is somebody who knows.
        // So is `type != "AssumedRole"` beside what only assumed roles have.
        if parts.iter().any(|part| paths.iter().any(|path| admits(part, path))) {
            return;
        }
        let reason = if let Some(path) = apart(subject, &unequal) {
            format!(
                "Every {} is different from at least one of the values, so this holds wherever the \
                 field is there. Joined by `&&` it excludes them all.",
                dotted(path)
            )
        } else if let Some((first, second)) = always(subject, &paths) {
            format!(
                "Every event but one that has both excluded values is matched: a different {} or a \
                 different {} is enough, whatever the rest says. To exclude values, join `!=` by `&&`.",
                dotted(first),
                dotted(second)
            )
        } else {
            return;
        };
        let wanted = (!others.is_empty()).then(|| any(others.into_iter().cloned()));
        let with = all(wanted.into_iter().chain(unequal.into_iter().cloned()));
        found.push(Found::new(*span, reason).rewrite(print(replace(root, expr, &with))));
    });
    found
}

/// A field of two `!=` whose values no event has both.
fn apart<'p>(subject: &Subject<'_>, unequal: &[&'p Expr]) -> Option<&'p Path> {
    let doubts = subject.pattern.doubts();
    let equals = |expr: &'p Expr| match expr {
        Expr::Clause(it) => match &it.test {
            Test::Compare(_, operand) => {
                let equal = Test::Compare(Comparison::Equal, operand.clone());
                Some((&it.selector.path, clause(&it.selector.path, equal)))
            }
            _ => None,
        },
        _ => None,
    };
    let equals: Vec<(&Path, Expr)> = unequal.iter().filter_map(|expr| equals(expr)).collect();
    equals.iter().enumerate().find_map(|(at, (path, a))| {
        let others = equals.iter().skip(at + 1).filter(|(other, _)| other == path);
        let mut others = others.filter(|_| !path.has_wildcard());
        others.any(|(_, b)| contradicts(a, b, doubts) == Verdict::Yes).then_some(*path)
    })
}

/// Two fields that are text in every event.
fn always<'p>(subject: &Subject<'_>, paths: &[&'p Path]) -> Option<(&'p Path, &'p Path)> {
    let is_always =
        |path: &Path| field(path).is_some_and(|known| known.always && known.kind == Kind::Text);
    let mut paths = paths.iter().filter(|path| subject.cloudtrail && is_always(path));
    let first = paths.next()?;
    paths.find(|path| *path != first).map(|second| (*first, *second))
}

/// The path of a `!=` clause that may hold.
fn not_equal(expr: &Expr) -> Option<&Path> {
    match expr {
        Expr::Clause(clause) => match &clause.test {
            Test::Compare(Comparison::NotEqual, Operand::Text(glob, _))
                if glob.shape() == Shape::Anything =>
            {
                None
            }
            Test::Compare(Comparison::NotEqual, Operand::Text(..) | Operand::Number(..)) => {
                Some(&clause.selector.path)
            }
            _ => None,
        },
        _ => None,
    }
}

/// Calls a function on an expression and on every part of it.
pub(super) fn walk<'p>(expr: &'p Expr, visit: &mut impl FnMut(&'p Expr)) {
    visit(expr);
    if let Expr::All(parts, _) | Expr::Any(parts, _) = expr {
        for part in parts {
            walk(part, visit);
        }
    }
}
