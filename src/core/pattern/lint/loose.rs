//! Reading texts that were meant as JSON patterns, and mending them.
//!
//! The parser says the first thing that is wrong. To say what to write instead, all that is wrong
//! has to be put right at once, so this reader takes everything for a word that could be meant as one.

use super::cloudtrail::may_be_absent;
use super::tree::{all, any, clause, equal};
use crate::pattern::{Clause, Comparison, Expr, FilterPattern, Operand, Pattern, Span, Test};

/// A piece of such a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Piece<'t> {
    /// In double quotes, with them.
    Quoted(&'t str),
    /// In single quotes, without them.
    Single(&'t str),
    /// `%…%`
    Regex(&'t str),
    Word(&'t str),
    Operator(&'t str),
    Open,
    Close,
}

/// A piece and where it stands.
pub(super) type Placed<'t> = (Piece<'t>, Span);

/// The pieces between the braces of a text that begins with `{`; nothing of another text.
pub(super) fn pieces(text: &str) -> Vec<Placed<'_>> {
    let Some(start) = text.find('{').filter(|at| text[..*at].trim().is_empty()) else {
        return Vec::new();
    };
    let end = if text.trim_end().ends_with('}') {
        text.rfind('}').unwrap_or(text.len())
    } else {
        text.len()
    };
    read(text, start + 1, end)
}

fn read(text: &str, start: usize, end: usize) -> Vec<Placed<'_>> {
    const OPERATORS: &[&str] =
        &["!==", "===", "==", "!=", "<>", "<=", ">=", "&&", "||", "=", "<", ">", "!", "&", "|"];
    let mut found = Vec::new();
    let mut at = start;
    while let Some(rest) = text.get(at..end).filter(|rest| !rest.is_empty()) {
        let first = rest.chars().next().unwrap_or(' ');
        let (piece, length) = if first.is_whitespace() {
            at += first.len_utf8();
            continue;
        } else if first == '(' {
            (Piece::Open, 1)
        } else if first == ')' {
            (Piece::Close, 1)
        } else if let Some(length) = quoted(rest, '"').filter(|_| first == '"') {
            (Piece::Quoted(&rest[..length]), length)
        } else if let Some(length) = quoted(rest, '\'').filter(|_| first == '\'') {
            (Piece::Single(&rest[1..length - 1]), length)
        } else if let Some(length) = quoted(rest, '%').filter(|_| first == '%') {
            (Piece::Regex(&rest[..length]), length)
        } else if let Some(operator) =
            OPERATORS.iter().find(|operator| rest.starts_with(**operator))
        {
            (Piece::Operator(&rest[..operator.len()]), operator.len())
        } else {
            let length = word(rest);
            (Piece::Word(&rest[..length]), length)
        };
        found.push((piece, Span::new(at, at + length)));
        at += length;
    }
    found
}

/// The length of what a quote at the beginning opens.
fn quoted(rest: &str, quote: char) -> Option<usize> {
    let mut escaped = false;
    for (at, c) in rest.char_indices().skip(1) {
        if c == quote && !escaped {
            return Some(at + 1);
        }
        escaped = c == '\\' && !escaped;
    }
    None
}

/// The length of the word at the beginning; a name in brackets belongs to its selector.
fn word(rest: &str) -> usize {
    let mut bracket = false;
    for (at, c) in rest.char_indices() {
        bracket = (bracket || (c == '[' && rest.starts_with('$'))) && c != ']';
        let ends = c.is_whitespace() || "()=!<>&|\"'".contains(c);
        if at > 0 && ends && !bracket {
            return at;
        }
    }
    rest.len()
}

/// Whether a piece is this word, in whatever case.
pub(super) fn is_word(piece: Option<&Placed<'_>>, word: &str) -> bool {
    matches!(piece, Some((Piece::Word(found), _)) if found.eq_ignore_ascii_case(word))
}

pub(super) fn compares(piece: Option<&Placed<'_>>) -> bool {
    let Some((Piece::Operator(operator), _)) = piece else {
        return false;
    };
    !["&&", "||", "&", "|", "!"].contains(operator)
}

/// Whether the piece at a place begins a clause.
pub(super) fn begins_clause(pieces: &[Placed<'_>], at: usize) -> bool {
    match at.checked_sub(1).and_then(|before| pieces.get(before)) {
        None | Some((Piece::Open, _)) => true,
        Some((Piece::Operator(operator), _)) => ["&&", "||", "&", "|", "!"].contains(operator),
        before => ["and", "or", "not"].iter().any(|word| is_word(before, word)),
    }
}

/// The words of a value that begins at a place: more than one where quotes are missing.
pub(super) fn value(pieces: &[Placed<'_>], at: usize) -> usize {
    let words = pieces[at..].iter().take_while(|piece| match piece.0 {
        Piece::Word(word) => {
            !word.starts_with('$') && !is_word(Some(piece), "and") && !is_word(Some(piece), "or")
        }
        _ => false,
    });
    words.count()
}

/// The text with everything put right that can be, whether or not that makes a pattern of it.
pub(super) fn mend(text: &str) -> String {
    let mut text = straight(text.trim());
    for quote in ['\'', '"', '`'] {
        let inside = text.strip_prefix(quote).and_then(|text| text.strip_suffix(quote));
        if let Some(inside) = inside.map(str::trim).filter(|inside| inside.starts_with('{')) {
            text = inside.to_owned();
        }
    }
    // As printed in JSON and in templates: `\"` for each quote. A `\"` within quotes stays.
    if text.contains("= \\\"") || text.contains("=\\\"") {
        text = text.replace("\\\"", "\"");
    }
    if text.starts_with('{') {
        let pieces = pieces(&text);
        format!("{{ {} }}", clauses(&text, &pieces))
    } else {
        text
    }
}

/// With straight quotes for curly ones.
fn straight(text: &str) -> String {
    let one = |c| {
        if is_curly(c) {
            '"'
        } else if matches!(c, '‘' | '’') {
            '\''
        } else {
            c
        }
    };
    text.chars().map(one).collect()
}

/// Whether a character is a double quote that only word processors write.
pub(super) fn is_curly(c: char) -> bool {
    matches!(c, '“' | '”' | '„' | '«' | '»')
}

/// The pieces, put right, as text.
fn clauses(text: &str, pieces: &[Placed<'_>]) -> String {
    let mut mended: Vec<String> = Vec::new();
    let mut at = 0;
    while let Some(placed) = pieces.get(at) {
        let negates = placed.0 == Piece::Operator("!") || is_word(Some(placed), "not");
        if begins_clause(pieces, at)
            && negates
            && let Some((negated, length)) = negated(text, &pieces[at + 1..])
        {
            mended.push(negated);
            at += 1 + length;
            continue;
        }
        if begins_clause(pieces, at) && asks(pieces, at + 1) {
            mended.push(selector(placed.0));
            at += 1;
            let (test, length) = test(text, &pieces[at..]);
            mended.push(test);
            at += length;
            continue;
        }
        mended.push(match placed.0 {
            Piece::Operator("&") => "&&".to_owned(),
            Piece::Operator("|") => "||".to_owned(),
            Piece::Word(word) if word.eq_ignore_ascii_case("and") => "&&".to_owned(),
            Piece::Word(word) if word.eq_ignore_ascii_case("or") => "||".to_owned(),
            _ => placed.1.of(text).to_owned(),
        });
        at += 1;
    }
    mended.join(" ").replace("( ", "(").replace(" )", ")")
}

/// Whether what a clause asks begins here.
pub(super) fn asks(pieces: &[Placed<'_>], at: usize) -> bool {
    let here = pieces.get(at);
    compares(here) || ["is", "not", "exists"].iter().any(|word| is_word(here, word))
}

/// A selector with the `$.` in front.
fn selector(piece: Piece<'_>) -> String {
    let name = match piece {
        Piece::Quoted(text) => text.trim_matches('"'),
        Piece::Single(text) | Piece::Word(text) | Piece::Regex(text) | Piece::Operator(text) => {
            text
        }
        Piece::Open => "(",
        Piece::Close => ")",
    };
    if name.starts_with("$.") || name.starts_with("$[") {
        return name.to_owned();
    }
    format!("$.{}", name.trim_start_matches(['$', '.']))
}

/// What a clause asks, and of how many pieces that was made.
fn test(text: &str, pieces: &[Placed<'_>]) -> (String, usize) {
    let word = |at: usize, word: &str| is_word(pieces.get(at), word);
    let anything = "= \"*\"";
    if word(0, "exists") {
        return (anything.to_owned(), 1);
    }
    if word(0, "not") {
        return if word(1, "null") {
            (anything.to_owned(), 2)
        } else {
            ("NOT EXISTS".to_owned(), 2)
        };
    }
    if word(0, "is") {
        return match (pieces.get(1), pieces.get(2)) {
            (Some((Piece::Word(first), _)), second) if first.eq_ignore_ascii_case("not") => {
                let told = match second {
                    Some((Piece::Word(second), _)) => second.to_uppercase(),
                    _ => String::new(),
                };
                let test = match told.as_str() {
                    "TRUE" => "IS FALSE",
                    "FALSE" => "IS TRUE",
                    "EXISTS" => "NOT EXISTS",
                    _ => anything,
                };
                (test.to_owned(), 3)
            }
            (Some((Piece::Word(first), _)), _) if first.eq_ignore_ascii_case("missing") => {
                ("NOT EXISTS".to_owned(), 2)
            }
            (Some((Piece::Word(first), _)), _) => (format!("IS {}", first.to_uppercase()), 2),
            _ => ("IS".to_owned(), 1),
        };
    }
    let operator = match pieces.first() {
        Some((Piece::Operator("==" | "==="), _)) => "=",
        Some((Piece::Operator("!==" | "<>"), _)) => "!=",
        Some((Piece::Operator(operator), _)) => operator,
        _ => return (String::new(), 0),
    };
    match pieces.get(1) {
        Some((Piece::Single(value), _)) => (format!("{operator} \"{value}\""), 2),
        Some((Piece::Word(word), _)) if word.eq_ignore_ascii_case("null") => {
            let test = if operator == "=" { "IS NULL" } else { anything };
            (test.to_owned(), 2)
        }
        Some((Piece::Word(_), span)) => {
            let length = value(pieces, 1).max(1);
            let written = span.to(pieces[length].1).of(text);
            let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '*' | '-' | '+');
            let value = if written.chars().all(plain) {
                written.to_owned()
            } else {
                let words: Vec<&str> = written.split_whitespace().collect();
                format!("\"{}\"", words.join(" ").replace('"', "\\\""))
            };
            (format!("{operator} {value}"), 1 + length)
        }
        Some((_, span)) => (format!("{operator} {}", span.of(text)), 2),
        None => (operator.to_owned(), 1),
    }
}

/// What stands in the parentheses after a `!`, turned into its opposite, and how many pieces that is.
fn negated(text: &str, pieces: &[Placed<'_>]) -> Option<(String, usize)> {
    let length = if pieces.first()?.0 == Piece::Open {
        let mut depth = 0_usize;
        1 + pieces.iter().position(|piece| {
            match piece.0 {
                Piece::Open => depth += 1,
                Piece::Close => depth = depth.saturating_sub(1),
                _ => {}
            }
            depth == 0
        })?
    } else {
        1 + test(text, pieces.get(1..)?).1
    };
    let inside = format!("{{ {} }}", clauses(text, pieces.get(..length)?));
    let parsed = FilterPattern::parse(&inside).ok()?;
    let Pattern::Json(expr) = parsed.pattern() else {
        return None;
    };
    let opposite = Pattern::Json(opposite(expr)?).to_string();
    let bare = opposite.strip_prefix('{')?.strip_suffix('}')?.trim();
    Some((format!("({bare})"), length))
}

/// What holds for the events for which the expression does not.
fn opposite(expr: &Expr) -> Option<Expr> {
    Some(match expr {
        Expr::All(parts, _) => any(parts.iter().map(opposite).collect::<Option<Vec<_>>>()?),
        Expr::Any(parts, _) => all(parts.iter().map(opposite).collect::<Option<Vec<_>>>()?),
        Expr::Clause(clause) => opposite_clause(clause)?,
        Expr::Empty(_) => return None,
    })
}

fn opposite_clause(it: &Clause) -> Option<Expr> {
    let path = &it.selector.path;
    let test = match &it.test {
        Test::IsTrue => Test::IsFalse,
        Test::IsFalse => Test::IsTrue,
        Test::IsNull | Test::Compare(_, Operand::Regex(..)) => return None,
        Test::NotExists => return Some(equal(path, "*")),
        Test::Compare(comparison, operand) => {
            let turned = match comparison {
                Comparison::Equal => Comparison::NotEqual,
                Comparison::NotEqual => Comparison::Equal,
                Comparison::Less => Comparison::GreaterOrEqual,
                Comparison::LessOrEqual => Comparison::Greater,
                Comparison::Greater => Comparison::LessOrEqual,
                Comparison::GreaterOrEqual => Comparison::Less,
            };
            Test::Compare(turned, operand.clone())
        }
    };
    let turned = clause(path, test);
    let absent_too = may_be_absent(path) && it.test != Test::NotExists;
    Some(if absent_too { any([turned, clause(path, Test::NotExists)]) } else { turned })
}
