//! Texts that AWS refuses, and what was meant by them.
//!
//! [`PatternError`](crate::pattern::PatternError) says where a text breaks off. These lints name the
//! habit behind it and write the whole pattern out.

use super::eventbridge;
use super::loose::{Piece, asks, begins_clause, compares, is_curly, is_word, mend, pieces, value};
use super::rules::SYNTAX;
use super::{Found, Lint, LintId, Subject, Weight};
use crate::pattern::{FilterPattern, Span};

/// A lint of texts.
struct TextRule {
    lint: LintId,
    source: &'static str,
    /// Where it is, and why it is wrong.
    find: fn(&str) -> Option<(Span, String)>,
    /// What to write instead.
    mend: fn(&str) -> Option<String>,
}

const fn rule(
    id: &'static str,
    title: &'static str,
    find: fn(&str) -> Option<(Span, String)>,
) -> TextRule {
    let lint = LintId { id, title, weight: Weight::Error };
    TextRule { lint, source: SYNTAX, find, mend: mended }
}

/// The lints, in the order in which they are printed.
static RULES: &[TextRule] = &[
    TextRule {
        lint: LintId {
            id: "eventbridge-pattern",
            title: "This is an event pattern of EventBridge",
            weight: Weight::Error,
        },
        source: "EventBridge User Guide, Event patterns; CloudWatch Logs takes filter patterns",
        find: eventbridge::find,
        mend: eventbridge::rewrite,
    },
    rule("curly-quotes", "Curly quotes are no quotes", curly_quotes),
    rule("single-quotes", "Values stand in double quotes", single_quotes),
    rule(
        "escaped-quotes",
        "The backslashes belong to the file the pattern was taken from",
        escaped_quotes,
    ),
    rule("double-equal", "Equality is `=`, inequality `!=`", double_equal),
    rule("and-or-words", "And is `&&`, or is `||`", and_or),
    rule("negated-group", "There is no `!( )` and no NOT before a clause", negated_group),
    rule("no-exists", "There is no EXISTS and no IS NOT", no_exists),
    rule("equals-null", "null is asked for with IS NULL", equals_null),
    rule("selector-without-dollar", "A selector begins with `$.`", without_dollar),
    rule("value-without-quotes", "A value with blanks or symbols stands in quotes", without_quotes),
    TextRule {
        lint: LintId {
            id: "term-without-quotes",
            title: "A term with symbols stands in quotes",
            weight: Weight::Error,
        },
        source: SYNTAX,
        find: term_without_quotes,
        mend: quoted_terms,
    },
];

/// The kinds of lint of texts.
pub(super) fn lints() -> impl Iterator<Item = LintId> {
    RULES.iter().map(|rule| rule.lint)
}

/// What was likely meant by a text that is no pattern; nothing of one that is.
///
/// ```
/// use secmon_core::pattern::lint::lint_text;
///
/// let lints = lint_text("{ eventName == 'GetSecretValue' }");
/// let ids: Vec<&str> = lints.iter().map(|lint| lint.id.id).collect();
/// assert_eq!(ids, ["single-quotes", "double-equal", "selector-without-dollar"]);
/// assert_eq!(lints[0].rewrite.as_deref(), Some("{ $.eventName = \"GetSecretValue\" }"));
/// ```
pub fn lint_text(text: &str) -> Vec<Lint> {
    if FilterPattern::parse(text).is_ok() {
        return Vec::new();
    }
    let found = RULES.iter().filter_map(|rule| {
        let (span, reason) = (rule.find)(text)?;
        let rewrite = (rule.mend)(text);
        Some(Lint { id: rule.lint, span, reason, rewrite, source: rule.source })
    });
    let found: Vec<Lint> = found.collect();
    // What EventBridge's patterns are made of is no fault of its own.
    match found.iter().position(|lint| lint.id.id == "eventbridge-pattern") {
        Some(at) => found.into_iter().skip(at).take(1).collect(),
        None => found,
    }
}

/// The text with everything put right, if that makes a pattern of it.
fn mended(text: &str) -> Option<String> {
    let mended = mend(text);
    let parsed = FilterPattern::parse(&mended).ok()?;
    Some(parsed.to_string())
}

fn curly_quotes(text: &str) -> Option<(Span, String)> {
    let at = text.find(is_curly)?;
    let c = text[at..].chars().next()?;
    let reason = format!("`{c}` was put in by a word processor or a web page; quotes are `\"`.");
    Some((Span::new(at, at + c.len_utf8()), reason))
}

/// Curly quotes in a pattern that AWS takes all the same.
pub(super) fn curly_in_pattern(subject: &Subject<'_>) -> Vec<Found> {
    let text = subject.pattern.text();
    let found =
        curly_quotes(text).map(|(span, reason)| Found::new(span, reason).rewrite(mended(text)));
    found.into_iter().collect()
}

fn single_quotes(text: &str) -> Option<(Span, String)> {
    let single = pieces(text).into_iter().find(|piece| matches!(piece.0, Piece::Single(_)));
    let (_, span) = single?;
    Some((span, format!("{} has to be in double quotes.", span.of(text))))
}

fn escaped_quotes(text: &str) -> Option<(Span, String)> {
    let at =
        text.find("= \\\"").map(|at| at + 2).or_else(|| text.find("=\\\"").map(|at| at + 1))?;
    let reason = "`\\\"` is how JSON, HCL and shells write a quote inside quotes; in the pattern itself \
                  it is `\"`.";
    Some((Span::new(at, at + 2), reason.to_owned()))
}

fn double_equal(text: &str) -> Option<(Span, String)> {
    let (piece, span) = pieces(text)
        .into_iter()
        .find(|piece| matches!(piece.0, Piece::Operator("==" | "===" | "!==" | "<>")))?;
    let right = if matches!(piece, Piece::Operator("==" | "===")) { "=" } else { "!=" };
    Some((span, format!("`{}` is no operator; it is `{right}`.", span.of(text))))
}

fn and_or(text: &str) -> Option<(Span, String)> {
    let pieces = pieces(text);
    let at = (1..pieces.len()).find(|at| {
        let word = is_word(pieces.get(*at), "and") || is_word(pieces.get(*at), "or");
        // A word and not part of a value, so a clause has to follow.
        word && (asks(&pieces, at + 2) || pieces.get(at + 1).is_some_and(|it| it.0 == Piece::Open))
    })?;
    let span = pieces[at].1;
    let right = if is_word(pieces.get(at), "and") { "&&" } else { "||" };
    Some((span, format!("{} is no operator; it is `{right}`.", span.of(text))))
}

fn negated_group(text: &str) -> Option<(Span, String)> {
    let pieces = pieces(text);
    let at = (0..pieces.len()).find(|at| {
        let sign = pieces[*at].0 == Piece::Operator("!") || is_word(pieces.get(*at), "not");
        sign && begins_clause(&pieces, *at) && !is_word(pieces.get(at + 1), "exists")
    })?;
    let reason = "Nothing can be negated but a single comparison: with `!=`, NOT EXISTS, IS FALSE.";
    Some((pieces[at].1, reason.to_owned()))
}

fn no_exists(text: &str) -> Option<(Span, String)> {
    let pieces = pieces(text);
    let at = (1..pieces.len()).find(|at| {
        let before = pieces.get(at - 1);
        let exists = is_word(pieces.get(*at), "exists") && !is_word(before, "not");
        let not = is_word(pieces.get(*at), "not") && is_word(before, "is");
        exists || not
    })?;
    let span = pieces[at].1;
    let reason = "There is NOT EXISTS, IS NULL, IS TRUE and IS FALSE. That a field has any text or \
                  number is `= \"*\"`.";
    Some((span, reason.to_owned()))
}

fn equals_null(text: &str) -> Option<(Span, String)> {
    let pieces = pieces(text);
    let at = (1..pieces.len())
        .find(|at| is_word(pieces.get(*at), "null") && compares(pieces.get(at - 1)))?;
    let reason = "null is no value to compare with: IS NULL asks for it, and `= \"*\"` for any text or \
                  number.";
    Some((pieces[at].1, reason.to_owned()))
}

fn without_dollar(text: &str) -> Option<(Span, String)> {
    let pieces = pieces(text);
    let at = (0..pieces.len()).find(|at| {
        let name = match pieces[*at].0 {
            Piece::Word(word) => word,
            Piece::Quoted(text) => text.trim_matches('"'),
            Piece::Single(text) => text,
            _ => return false,
        };
        begins_clause(&pieces, *at)
            && asks(&pieces, at + 1)
            && !name.eq_ignore_ascii_case("not")
            && !name.starts_with("$.")
            && !name.starts_with("$[")
    })?;
    let span = pieces[at].1;
    let name = span.of(text).trim_matches(['"', '\'']).trim_start_matches(['$', '.']);
    Some((span, format!("The field {name} is named `$.{name}`.")))
}

fn without_quotes(text: &str) -> Option<(Span, String)> {
    let pieces = pieces(text);
    let (span, _) = (1..pieces.len()).find_map(|at| {
        let words = value(&pieces, at);
        let long = compares(pieces.get(at - 1)) && words > 1;
        long.then(|| (pieces[at].1.to(pieces[at + words - 1].1), words))
    })?;
    Some((
        span,
        format!("Without quotes the value ends at its first blank: \"{}\".", span.of(text)),
    ))
}

/// Whether a text can only be meant as terms.
fn is_terms(text: &str) -> bool {
    !text.trim_start().starts_with(['{', '[', '%', '\''])
        && !text.contains('"')
        && !text.contains('%')
}

fn plain(term: &str) -> bool {
    let bare = term.trim_start_matches(['-', '?']);
    !bare.is_empty() && bare.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
}

fn term_without_quotes(text: &str) -> Option<(Span, String)> {
    if !is_terms(text) {
        return None;
    }
    let term = text.split_whitespace().find(|term| !plain(term))?;
    let at = text.find(term)?;
    let star = term.trim_start_matches(['-', '?']).trim_matches('*');
    let reason = if plain(star) {
        format!("Terms have no wildcards and need none: `{star}` is found inside longer words too.")
    } else {
        format!("Letters, digits and `_` may stand without quotes, `{term}` may not.")
    };
    Some((Span::new(at, at + term.len()), reason))
}

/// The terms with quotes where they are needed, and without stars at their ends.
fn quoted_terms(text: &str) -> Option<String> {
    let quoted = |term: &str| {
        if plain(term) {
            return term.to_owned();
        }
        let bare = term.trim_start_matches(['-', '?']);
        let sign = &term[..term.len() - bare.len()];
        match bare.trim_matches('*') {
            word if plain(word) => format!("{sign}{word}"),
            _ => format!("{sign}\"{bare}\""),
        }
    };
    let mended: Vec<String> = text.split_whitespace().map(quoted).collect();
    let mended = mended.join(" ");
    FilterPattern::parse(&mended).is_ok().then_some(mended)
}
