//! Taking a JSON pattern apart and putting another one together.

use crate::pattern::{
    Clause, Comparison, Expr, FilterPattern, Glob, Operand, Path, Pattern, Selector, Span, Step,
    Test,
};

/// A clause and the expressions around it, the outermost first.
pub(in crate::pattern) struct Placed<'p> {
    pub(in crate::pattern) clause: &'p Clause,
    pub(in crate::pattern) around: Vec<&'p Expr>,
}

impl<'p> Placed<'p> {
    /// The expression that is this clause.
    pub(in crate::pattern) fn expr(&self) -> Option<&'p Expr> {
        self.around.last().copied()
    }

    /// Each `&&` or `||` around the clause with the part of it in which the clause stands, from the
    /// inside out.
    pub(in crate::pattern) fn joins(&self) -> impl Iterator<Item = (&'p Expr, &'p Expr)> {
        self.around.windows(2).rev().filter_map(|pair| match pair {
            [join, part] => Some((*join, *part)),
            _ => None,
        })
    }
}

/// The clauses of an expression, each with what is around it.
pub(in crate::pattern) fn placed(root: &Expr) -> Vec<Placed<'_>> {
    fn walk<'p>(expr: &'p Expr, around: &mut Vec<&'p Expr>, found: &mut Vec<Placed<'p>>) {
        around.push(expr);
        match expr {
            Expr::All(parts, _) | Expr::Any(parts, _) => {
                for part in parts {
                    walk(part, around, found);
                }
            }
            Expr::Clause(clause) => found.push(Placed { clause, around: around.clone() }),
            Expr::Empty(_) => {}
        }
        around.pop();
    }
    let mut found = Vec::new();
    walk(root, &mut Vec::new(), &mut found);
    found
}

/// The parts of a `&&` or `||` but one.
pub(in crate::pattern) fn siblings<'p>(
    join: &'p Expr,
    part: &'p Expr,
) -> impl Iterator<Item = &'p Expr> {
    let parts: &[Expr] = match join {
        Expr::All(parts, _) | Expr::Any(parts, _) => parts,
        _ => &[],
    };
    parts.iter().filter(move |other| !std::ptr::eq(*other, part))
}

/// The expression with one of its parts, known by where it stands in memory, replaced.
pub(in crate::pattern) fn replace(root: &Expr, target: &Expr, with: &Expr) -> Expr {
    map(root, &|expr| std::ptr::eq(expr, target).then(|| with.clone()))
}

/// The expression with each part replaced for which there is something else.
pub(in crate::pattern) fn map(root: &Expr, with: &dyn Fn(&Expr) -> Option<Expr>) -> Expr {
    if let Some(other) = with(root) {
        return other;
    }
    match root {
        Expr::All(parts, _) => all(parts.iter().map(|part| map(part, with))),
        Expr::Any(parts, _) => any(parts.iter().map(|part| map(part, with))),
        other => other.clone(),
    }
}

/// The expression without one of its parts; `None` where that is all of it.
pub(in crate::pattern) fn without(root: &Expr, target: &Expr) -> Option<Expr> {
    if std::ptr::eq(root, target) {
        return None;
    }
    Some(match root {
        Expr::All(parts, _) => all(parts.iter().filter_map(|part| without(part, target))),
        Expr::Any(parts, _) => any(parts.iter().filter_map(|part| without(part, target))),
        other => other.clone(),
    })
}

/// Joined by `&&`, without one `&&` in another.
pub(in crate::pattern) fn all(parts: impl IntoIterator<Item = Expr>) -> Expr {
    let flat = parts.into_iter().flat_map(|part| match part {
        Expr::All(parts, _) => parts,
        other => vec![other],
    });
    join(flat.collect(), Expr::All)
}

/// Joined by `||`, without one `||` in another.
pub(in crate::pattern) fn any(parts: impl IntoIterator<Item = Expr>) -> Expr {
    let flat = parts.into_iter().flat_map(|part| match part {
        Expr::Any(parts, _) => parts,
        other => vec![other],
    });
    join(flat.collect(), Expr::Any)
}

fn join(mut parts: Vec<Expr>, join: fn(Vec<Expr>, Span) -> Expr) -> Expr {
    match parts.len() {
        1 => parts.remove(0),
        0 => Expr::Empty(Span::default()),
        _ => join(parts, Span::default()),
    }
}

/// A clause about a path.
pub(in crate::pattern) fn clause(path: &Path, test: Test) -> Expr {
    let selector = Selector { path: path.clone(), span: Span::default() };
    Expr::Clause(Clause { selector, test, span: Span::default() })
}

/// A comparison with text, in which `*` is a wildcard.
pub(in crate::pattern) fn compare(path: &Path, comparison: Comparison, text: &str) -> Expr {
    let operand = Operand::Text(Glob::new(text), Span::default());
    clause(path, Test::Compare(comparison, operand))
}

/// `path = text`
pub(in crate::pattern) fn equal(path: &Path, text: &str) -> Expr {
    compare(path, Comparison::Equal, text)
}

/// `path = %source%`, where AWS takes the expression.
pub(in crate::pattern) fn search(path: &Path, source: &str) -> Option<Expr> {
    let parsed = FilterPattern::parse(&format!("{{ $.x = %{source}% }}")).ok()?;
    let Pattern::Json(Expr::Clause(found)) = parsed.pattern() else {
        return None;
    };
    Some(clause(path, found.test.clone()))
}

/// A text as part of a regular expression; `None` where AWS's regular expressions cannot say it.
pub(in crate::pattern) fn escape(text: &str) -> Option<String> {
    let mut escaped = String::new();
    for c in text.chars() {
        match c {
            'A'..='Z' | 'a'..='z' | '0'..='9' => escaped.push(c),
            ':' | '_' | '#' | '=' | '@' | '/' | ';' | ',' | '-' | ' ' => escaped.push(c),
            '.' | '+' | '*' | '?' | '$' | '^' | '[' | ']' | '{' | '}' | '|' => {
                escaped.push('\\');
                escaped.push(c);
            }
            _ => return None,
        }
    }
    Some(escaped)
}

/// The pattern of an expression as text; `None` where AWS would refuse it (too long).
pub(in crate::pattern) fn print(expr: Expr) -> Option<String> {
    let text = Pattern::Json(expr).to_string();
    FilterPattern::parse(&text).ok().map(|_| text)
}

/// A path as it is written in a pattern.
pub(in crate::pattern) fn dotted(path: &Path) -> String {
    let mut text = "$".to_owned();
    for step in &path.0 {
        match step {
            Step::Name(name)
                if name.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_')) =>
            {
                text.push('.');
                text.push_str(name);
            }
            Step::Name(name) => {
                text.push_str(".['");
                text.push_str(name);
                text.push_str("']");
            }
            Step::Index(index) => {
                text.push('[');
                text.push_str(&index.to_string());
                text.push(']');
            }
            Step::AnyElement => text.push_str("[*]"),
            Step::AnyMember => text.push_str(".*"),
        }
    }
    text
}

/// Whether a part of a pattern stands in parentheses of its own.
///
/// A span may or may not take in the parentheses of its first and last part, so the part is widened
/// until its parentheses pair up before looking at what surrounds it.
pub(in crate::pattern) fn in_parentheses(text: &str, span: Span) -> bool {
    let (mut depth, mut least) = (0_i32, 0_i32);
    for c in outside_quotes(span.of(text)) {
        match c {
            '(' => depth += 1,
            ')' => depth -= 1,
            _ => {}
        }
        least = least.min(depth);
    }
    let before = text.get(..span.start).unwrap_or_default();
    let after = text.get(span.end..).unwrap_or_default();
    let opened = before.chars().rev().filter(|c| !c.is_whitespace()).take_while(|c| *c == '(');
    let closed = after.chars().filter(|c| !c.is_whitespace()).take_while(|c| *c == ')');
    let (opened, closed) = (opened.count() as i32, closed.count() as i32);
    opened > -least && closed > depth - least
}

/// The characters that are in neither a quoted value nor a regular expression.
fn outside_quotes(text: &str) -> impl Iterator<Item = char> {
    let mut quote = None;
    let mut escaped = false;
    text.chars().filter(move |c| {
        let inside = quote.is_some();
        match quote {
            Some(end) if *c == end && !escaped => quote = None,
            None if matches!(c, '"' | '%') => quote = Some(*c),
            _ => {}
        }
        escaped = *c == '\\' && !escaped && inside;
        !inside && quote.is_none()
    })
}
