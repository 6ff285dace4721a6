//! Patterns of terms: `ERROR -"BAD REQUEST"`.
//!
//! Terms stand between blanks. A term is looked for anywhere in the message, in its case, inside
//! of words too. All of them have to be there, those with `-` must not be there. Of terms with `?`
//! one has to be there – but beside any term without a sign they are ignored
//! ([AWS](https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/matching-terms-unstructured-log-events.html)).
//!
//! ```
//! use secmon_core::pattern::{FilterPattern, Match};
//!
//! let pattern = FilterPattern::parse("ERROR -\"BAD REQUEST\"").unwrap();
//! assert_eq!(pattern.test("TERROR 500"), Match::Yes);
//! assert_eq!(pattern.test("ERROR BAD REQUEST"), Match::No);
//! ```
//!
//! The empty pattern matches every message; `" "` only those with a space in them.

mod matcher;
#[cfg(test)]
mod tests;

use std::fmt;

use super::ast::{Role, Term, TermText};
use super::doubt::{Doubt, Doubtful};
use super::error::{PatternError, Refusal};
use super::regex::{self, Regex};
use super::span::Span;
pub(super) use matcher::TermsMatcher;

/// Reads a pattern of terms.
pub(super) fn parse(text: &str, doubts: &mut Vec<Doubtful>) -> Result<Vec<Term>, PatternError> {
    let mut parser = Parser { text, at: 0, doubts };
    let mut terms = Vec::new();
    while parser.skip_blanks() {
        terms.push(parser.term()?);
    }
    if terms.is_empty() && !text.is_empty() {
        let span = Span::new(0, text.len());
        doubts.push(Doubtful { doubt: Doubt::BlankPattern, span });
    }
    doubt_mixtures(&terms, doubts);
    if let Some(third) = terms.iter().filter(|term| is_regex(term)).nth(regex::MOST) {
        return Err(regex::too_many(third.span));
    }
    Ok(terms)
}

/// Writes terms as [`parse`] reads them.
pub(super) fn display(terms: &[Term], f: &mut fmt::Formatter<'_>) -> fmt::Result {
    for (index, term) in terms.iter().enumerate() {
        if index > 0 {
            f.write_str(" ")?;
        }
        f.write_str(match term.role {
            Role::Required => "",
            Role::Excluded => "-",
            Role::Optional => "?",
        })?;
        match &term.text {
            TermText::Regex(regex) => write!(f, "{regex}")?,
            TermText::Text(text) if is_word(text) => f.write_str(text)?,
            TermText::Text(text) => quoted(text, f)?,
        }
    }
    Ok(())
}

/// Writes a text in quotes, backslashes before quotes and backslashes.
pub(super) fn quoted(text: &str, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    write!(f, "\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\""))
}

/// Reads a quoted text whose opening quote stands at `start`; gives the text and where it stands,
/// quotes included. `\"` and `\\` stand for their second character, other backslashes for
/// themselves; `on_escape` is told of each.
pub(super) fn scan_quoted(
    text: &str,
    start: usize,
    mut on_escape: impl FnMut(char, Span),
) -> Result<(String, Span), PatternError> {
    let mut content = String::new();
    let inside = text.get(start + 1..).unwrap_or_default();
    let mut characters = inside.char_indices();
    while let Some((offset, character)) = characters.next() {
        match character {
            '"' => return Ok((content, Span::new(start, start + offset + 2))),
            '\\' => {
                let Some((_, escaped)) = characters.next() else { break };
                let at = start + 1 + offset;
                on_escape(escaped, Span::new(at, at + 1 + escaped.len_utf8()));
                if !matches!(escaped, '"' | '\\') {
                    content.push('\\');
                }
                content.push(escaped);
            }
            other => content.push(other),
        }
    }
    Err(PatternError {
        message: "The quoted text has no closing quote.".to_owned(),
        span: Span::new(start, text.len()),
        instead: Some("`\"` at its end, and `\\\"` for quotes inside of it".to_owned()),
        refusal: Refusal::Unrecorded,
    })
}

/// Whether a term may stand without quotes.
fn is_word(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
}

fn is_regex(term: &Term) -> bool {
    matches!(term.text, TermText::Regex(_))
}

/// The doubts about terms beside each other.
fn doubt_mixtures(terms: &[Term], doubts: &mut Vec<Doubtful>) {
    let has = |role| terms.iter().any(|term| term.role == role);
    if has(Role::Excluded)
        && !has(Role::Required)
        && let Some(term) = terms.iter().find(|term| term.role == Role::Optional)
    {
        doubts.push(Doubtful { doubt: Doubt::OptionalWithExcluded, span: term.span });
    }
    if let Some(term) = terms.iter().find(|term| is_regex(term))
        && (terms.len() > 1 || term.role != Role::Required)
    {
        doubts.push(Doubtful { doubt: Doubt::RegexWithTerms, span: term.span });
    }
}

struct Parser<'a> {
    text: &'a str,
    at: usize,
    doubts: &'a mut Vec<Doubtful>,
}

impl Parser<'_> {
    /// Moves to the next term; false at the end.
    fn skip_blanks(&mut self) -> bool {
        let rest = &self.text[self.at..];
        self.at = self.text.len() - rest.trim_ascii_start().len();
        self.at < self.text.len()
    }

    fn peek(&self) -> Option<char> {
        self.text[self.at..].chars().next()
    }

    fn term(&mut self) -> Result<Term, PatternError> {
        let start = self.at;
        let role = match self.peek() {
            Some('-') => Role::Excluded,
            Some('?') => Role::Optional,
            _ => return self.text_of_term(start, Role::Required),
        };
        self.at += 1;
        if self.peek().is_none_or(|next| next.is_ascii_whitespace()) {
            let sign = Span::new(start, self.at);
            if !self.skip_blanks() {
                // A sign with nothing after it: if AWS takes it at all, then as a term.
                self.at = start;
                return self.text_of_term(start, Role::Required);
            }
            self.doubts.push(Doubtful { doubt: Doubt::SpaceAfterMinus, span: sign });
        }
        self.text_of_term(start, role)
    }

    fn text_of_term(&mut self, start: usize, role: Role) -> Result<Term, PatternError> {
        let (text, end) = match self.peek() {
            Some('"') => {
                let doubts = &mut *self.doubts;
                let (text, span) = scan_quoted(self.text, self.at, |escaped, span| {
                    if escaped != '"' {
                        doubts.push(Doubtful { doubt: Doubt::Backslash, span });
                    }
                })?;
                if text.is_empty() {
                    self.doubts.push(Doubtful { doubt: Doubt::EmptyQuotes, span });
                }
                (TermText::Text(text), span.end)
            }
            Some('%') => {
                let (regex, span) = Regex::scan(self.text, self.at, self.doubts)?;
                (TermText::Regex(regex), span.end)
            }
            _ => {
                let span = self.bare()?;
                (TermText::Text(span.of(self.text).to_owned()), span.end)
            }
        };
        self.at = end;
        let term = Term { role, text, span: Span::new(start, end) };
        match self.peek() {
            Some(next) if !next.is_ascii_whitespace() => Err(self.no_blank(next)),
            _ => Ok(term),
        }
    }

    /// A term without quotes: up to the next blank or quote.
    fn bare(&mut self) -> Result<Span, PatternError> {
        let rest = &self.text[self.at..];
        let ends = |c: char| c.is_ascii_whitespace() || c == '"';
        let span = Span::new(self.at, self.at + rest.find(ends).unwrap_or(rest.len()));
        let word = span.of(self.text);
        if word == "*" {
            self.doubts.push(Doubtful { doubt: Doubt::BareTermSymbol, span });
            return Ok(span);
        }
        if let Some(star) = word.find('*') {
            let at = span.start + star;
            return Err(PatternError {
                message: "Terms have no `*`; a term is found inside of words anyway.".to_owned(),
                span: Span::new(at, at + 1),
                instead: Some(match word.trim_matches('*') {
                    "" => "`\"*\"` for the character itself".to_owned(),
                    inner if is_word(inner) => {
                        format!("`{inner}`, or `\"{word}\"` for the character itself")
                    }
                    _ => format!("`\"{word}\"` for the character itself"),
                }),
                refusal: Refusal::Term("*".to_owned()),
            });
        }
        if let Some(symbol) = word.find(|c: char| !c.is_ascii_alphanumeric() && c != '_') {
            let end = word[symbol..].chars().next().map_or(0, char::len_utf8);
            let span = Span::new(span.start + symbol, span.start + symbol + end);
            self.doubts.push(Doubtful { doubt: Doubt::BareTermSymbol, span });
        }
        Ok(span)
    }

    /// A term that ends in the middle of a word.
    fn no_blank(&self, next: char) -> PatternError {
        PatternError {
            message: "A blank is missing before this.".to_owned(),
            span: Span::new(self.at, self.at + next.len_utf8()),
            instead: Some(
                "a blank between two terms, `\\\"` for a quote inside of a quoted one".to_owned(),
            ),
            refusal: Refusal::Syntax,
        }
    }
}
