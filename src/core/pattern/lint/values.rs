//! Values that CloudTrail does not write, and values that do not mean what they look like.

use super::cloudtrail::{self, Kind, VALUES};
use super::near::nearly;
use super::tree::{
    Placed, all, any, clause, compare, dotted, equal, escape, print, replace, search,
};
use super::{Found, Subject};
use crate::pattern::{
    Comparison, Expr, Glob, Operand, Path, Pattern, Role, Shape, Span, TermText, Test,
};

/// A comparison with text.
struct Compared<'p> {
    root: &'p Expr,
    placed: Placed<'p>,
    comparison: Comparison,
    glob: &'p Glob,
    /// Where the value stands.
    span: Span,
}

impl Compared<'_> {
    fn path(&self) -> &Path {
        &self.placed.clause.selector.path
    }

    fn exact(&self) -> Option<&str> {
        match self.glob.shape() {
            Shape::Exact(text) => Some(text),
            _ => None,
        }
    }

    /// The whole pattern with something else in place of the clause.
    fn rewritten(&self, with: &Expr) -> Option<String> {
        print(replace(self.root, self.placed.expr()?, with))
    }

    fn with_value(&self, text: &str) -> Option<String> {
        self.rewritten(&compare(self.path(), self.comparison, text))
    }

    /// "never holds", or "always holds" of a `!=` that excludes nothing.
    fn effect(&self) -> &'static str {
        match self.comparison {
            Comparison::NotEqual => "excludes nothing",
            _ => "never holds",
        }
    }
}

fn compared<'p>(subject: &Subject<'p>) -> Vec<Compared<'p>> {
    let clauses = subject.clauses().into_iter();
    clauses
        .filter_map(|(root, placed)| match &placed.clause.test {
            Test::Compare(comparison, Operand::Text(glob, span)) => {
                let (comparison, span) = (*comparison, *span);
                Some(Compared { root, comparison, glob, span, placed })
            }
            _ => None,
        })
        .collect()
}

fn cloudtrail_compared<'p>(subject: &Subject<'p>) -> Vec<Compared<'p>> {
    if subject.cloudtrail { compared(subject) } else { Vec::new() }
}

pub(super) fn boolean_as_text(subject: &Subject<'_>) -> Vec<Found> {
    let boolean = |it: &Compared<'_>| {
        let field = cloudtrail::field(it.path()).filter(|field| field.kind == Kind::Boolean)?;
        // "true" and, as people also write it, "True".
        let value = match it.exact()?.to_lowercase().as_str() {
            "true" => true,
            "false" => false,
            _ => return None,
        };
        Some((field, value))
    };
    let found = |it: Compared<'_>| {
        let (_, value) = boolean(&it)?;
        let wanted = value == (it.comparison == Comparison::Equal);
        let test = if wanted { Test::IsTrue } else { Test::IsFalse };
        let word = if wanted { "TRUE" } else { "FALSE" };
        let name = dotted(it.path());
        let reason = format!(
            "{name} is true or false, not text: `{}` never holds, `{name} IS {word}` does.",
            subject.text(it.placed.clause.span),
        );
        let rewrite = it.rewritten(&clause(it.path(), test));
        Some(Found::new(it.placed.clause.span, reason).rewrite(rewrite))
    };
    cloudtrail_compared(subject).into_iter().filter_map(found).collect()
}

pub(super) fn text_as_boolean(subject: &Subject<'_>) -> Vec<Found> {
    let clauses = subject.cloudtrail_clauses().into_iter();
    let found = |(root, placed): (&Expr, Placed<'_>)| {
        let path = &placed.clause.selector.path;
        cloudtrail::field(path).filter(|field| field.kind == Kind::BooleanText)?;
        let value = match placed.clause.test {
            Test::IsTrue => "true",
            Test::IsFalse => "false",
            _ => return None,
        };
        let reason = format!(
            "CloudTrail writes the text \"{value}\" in {}: `{}` never holds.",
            dotted(path),
            subject.text(placed.clause.span),
        );
        let rewrite = print(replace(root, placed.expr()?, &equal(path, value)));
        Some(Found::new(placed.clause.span, reason).rewrite(rewrite))
    };
    clauses.filter_map(found).collect()
}

pub(super) fn event_source_form(subject: &Subject<'_>) -> Vec<Found> {
    let found = |it: Compared<'_>| {
        let value = it.exact().filter(|_| cloudtrail::is(it.path(), &["eventSource"]))?;
        let right = match value.to_lowercase() {
            right if right.contains(".amazon") => right,
            other => format!("{}.amazonaws.com", other.strip_prefix("aws.").unwrap_or(&other)),
        };
        if right == value || value.contains(|c: char| c.is_whitespace()) {
            return None;
        }
        let reason = format!(
            "CloudTrail's event sources are addresses in lower case, such as {right}: `{}` {}.",
            subject.text(it.placed.clause.span),
            it.effect(),
        );
        Some(Found::new(it.span, reason).rewrite(it.with_value(&right)))
    };
    cloudtrail_compared(subject).into_iter().filter_map(found).collect()
}

pub(super) fn event_name_form(subject: &Subject<'_>) -> Vec<Found> {
    let found = |it: Compared<'_>| {
        let value = it.exact().filter(|_| cloudtrail::is(it.path(), &["eventName"]))?;
        let (service, name) = value.rsplit_once([':', '.'])?;
        if service.is_empty() || name.is_empty() {
            return None;
        }
        let reason = format!(
            "CloudTrail writes the name of the operation alone, {name}; the service is in \
             $.eventSource: `{}` {}.",
            subject.text(it.placed.clause.span),
            it.effect(),
        );
        Some(Found::new(it.span, reason).rewrite(it.with_value(name)))
    };
    cloudtrail_compared(subject).into_iter().filter_map(found).collect()
}

/// Names that other services' operations nearly have too.
const SHARED: &[&str] = &[
    "DeleteResourcePolicy",
    "GetResourcePolicy",
    "PutResourcePolicy",
    "TagResource",
    "UntagResource",
    "ValidateResourcePolicy",
];

/// The value of CloudTrail that a text nearly is.
fn nearest(names: &[&str], text: &str) -> Option<&'static str> {
    let known = VALUES.iter().find(|known| known.names == names)?;
    if known.values.contains(&text) {
        return None;
    }
    let fits = |value: &&&str| nearly(value, text) && !SHARED.contains(*value);
    known.values.iter().find(fits).copied()
}

pub(super) fn misspelled(subject: &Subject<'_>) -> Vec<Found> {
    let found = |it: Compared<'_>| {
        let right = nearest(&cloudtrail::names(it.path())?, it.exact()?)?;
        let reason = format!(
            "CloudTrail writes \"{right}\" in {}; values are compared letter by letter, so `{}` {}.",
            dotted(it.path()),
            subject.text(it.placed.clause.span),
            it.effect(),
        );
        Some(Found::new(it.span, reason).rewrite(it.with_value(right)))
    };
    let mut all: Vec<Found> = cloudtrail_compared(subject).into_iter().filter_map(found).collect();
    // As a term the name of an operation is known well enough only for Secrets Manager's.
    if let Pattern::Terms(terms) = subject.pattern.pattern() {
        for term in terms.iter().filter(|term| term.role != Role::Excluded) {
            let TermText::Text(text) = &term.text else {
                continue;
            };
            let Some(right) = nearest(&["eventName"], text).filter(|_| text.contains("Secret"))
            else {
                continue;
            };
            let reason = format!("Secrets Manager has no {text}, but {right}: it is never found.");
            let mut rewrite = subject.pattern.text().to_owned();
            if let Some(at) = rewrite.rfind(text.as_str()).filter(|_| terms.len() == 1) {
                rewrite.replace_range(at..at + text.len(), right);
                all.push(Found::new(term.span, reason).rewrite(Some(rewrite)));
            } else {
                all.push(Found::new(term.span, reason));
            }
        }
    }
    all
}

pub(super) fn unknown(subject: &Subject<'_>) -> Vec<Found> {
    let found = |it: Compared<'_>| {
        let names = cloudtrail::names(it.path())?;
        let known = VALUES.iter().find(|known| known.complete && known.names == names)?;
        let value = it.exact()?;
        if known.values.contains(&value) || nearest(&names, value).is_some() {
            return None;
        }
        let reason = format!(
            "{} is one of {}: `{}` {}.",
            dotted(it.path()),
            known.values.join(", "),
            subject.text(it.placed.clause.span),
            it.effect(),
        );
        Some(Found::new(it.span, reason))
    };
    cloudtrail_compared(subject).into_iter().filter_map(found).collect()
}

pub(super) fn stray_blank(subject: &Subject<'_>) -> Vec<Found> {
    let found = |it: Compared<'_>| {
        let text = it.glob.text();
        let trimmed = text.trim();
        // `*` alone is no value, and a blank beside a star is there to separate words.
        if trimmed == text || trimmed.is_empty() {
            return None;
        }
        let reason = format!(
            "The blank at the {} of {} has to be in the event too: `{trimmed}` does not match it.",
            if text.starts_with(trimmed) { "end" } else { "beginning" },
            subject.text(it.span),
        );
        Some(Found::new(it.span, reason).rewrite(it.with_value(trimmed)))
    };
    compared(subject).into_iter().filter_map(found).collect()
}

pub(super) fn not_equal_anything(subject: &Subject<'_>) -> Vec<Found> {
    let found = |it: Compared<'_>| {
        let anything = it.glob.pieces().len() > 1 && it.glob.pieces().iter().all(String::is_empty);
        if it.comparison != Comparison::NotEqual || !anything {
            return None;
        }
        let name = dotted(it.path());
        let reason = format!(
            "Every text and number is \"*\", and `!=` does not hold where {name} is absent: `{}` never \
             holds.",
            subject.text(it.placed.clause.span),
        );
        let rewrite = it.rewritten(&clause(it.path(), Test::NotExists));
        Some(Found::new(it.placed.clause.span, reason).rewrite(rewrite))
    };
    compared(subject).into_iter().filter_map(found).collect()
}

pub(super) fn inner_wildcard(subject: &Subject<'_>) -> Vec<Found> {
    let found = |it: Compared<'_>| {
        let Shape::Inner = it.glob.shape() else {
            return None;
        };
        let certain = without_inner_star(it.path(), it.comparison, it.glob);
        let reason = format!(
            "A `*` is established at the beginning and the end of a value only: what `{}` matches is \
             uncertain.{}",
            subject.text(it.placed.clause.span),
            if certain.is_some() {
                " The rewrite asks for the same in established ways."
            } else {
                ""
            },
        );
        let rewrite = certain.and_then(|with| it.rewritten(&with));
        Some(Found::new(it.span, reason).rewrite(rewrite))
    };
    compared(subject).into_iter().filter_map(found).collect()
}

/// A clause that asks what one with a `*` inside its value is meant to ask: that the value begins
/// and ends so, or a regular expression where there is more than one inner `*`.
pub(in crate::pattern) fn without_inner_star(
    path: &Path,
    comparison: Comparison,
    glob: &Glob,
) -> Option<Expr> {
    let pieces: Vec<&str> = glob.pieces().iter().map(String::as_str).collect();
    match (&pieces[..], comparison) {
        ([first, last], _) if !first.is_empty() && !last.is_empty() => {
            let ends = [format!("{first}*"), format!("*{last}")];
            let parts = ends.iter().map(|end| compare(path, comparison, end));
            Some(if comparison == Comparison::Equal { all(parts) } else { any(parts) })
        }
        ([first, .., last], Comparison::Equal) => {
            let escaped: Option<Vec<String>> = pieces.iter().map(|piece| escape(piece)).collect();
            let mut source = escaped?.join(".*");
            if !first.is_empty() {
                source.insert(0, '^');
            }
            if !last.is_empty() {
                source.push('$');
            }
            let source = source.trim_start_matches(".*").trim_end_matches(".*");
            if source.is_empty() {
                return Some(equal(path, "*"));
            }
            search(path, source)
        }
        _ => None,
    }
}

pub(super) fn double_wildcard(subject: &Subject<'_>) -> Vec<Found> {
    let found = |it: Compared<'_>| {
        let Shape::Contains(text) = it.glob.shape() else {
            return None;
        };
        let with = search(it.path(), &escape(text)?).filter(|_| it.comparison == Comparison::Equal);
        let reason = format!(
            "The documentation shows a `*` at one end of a value; with one at both ends, as in `{}`, \
             AWS has to be asked.{}",
            subject.text(it.placed.clause.span),
            if with.is_some() { " A regular expression is searched for anywhere." } else { "" },
        );
        let rewrite = with.and_then(|with| it.rewritten(&with));
        Some(Found::new(it.span, reason).rewrite(rewrite))
    };
    compared(subject).into_iter().filter_map(found).collect()
}

pub(super) fn question_mark(subject: &Subject<'_>) -> Vec<Found> {
    // `5??`, `????`: in a sentence a question mark follows a letter and comes alone.
    let wild = |text: &str| {
        text.contains("??")
            || text
                .split('?')
                .rev()
                .skip(1)
                .any(|before| before.ends_with(|c: char| c.is_ascii_digit()))
    };
    let says = |text: &str| format!("`?` stands for itself, not for any character, in {text}.");
    let values = compared(subject).into_iter().filter(|it| wild(&it.glob.text()));
    let mut found: Vec<Found> =
        values.map(|it| Found::new(it.span, says(subject.text(it.span)))).collect();
    if let Pattern::Terms(terms) = subject.pattern.pattern() {
        for term in terms {
            if let TermText::Text(text) = &term.text
                && wild(text)
            {
                found.push(Found::new(term.span, says(subject.text(term.span))));
            }
        }
    }
    found
}
