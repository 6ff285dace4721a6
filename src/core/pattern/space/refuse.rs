//! What is wrong with a space-delimited pattern, and what to write instead.

use std::collections::BTreeSet;

use super::parse::Parser;
use crate::pattern::ast::Field;
use crate::pattern::error::{PatternError, Refusal};
use crate::pattern::span::Span;

/// “x” where "x" is meant.
pub(super) fn is_typographic_quote(c: char) -> bool {
    matches!(c, '“' | '”' | '„' | '‘' | '’' | '«' | '»')
}

/// Names and `...` may stand once in a pattern.
pub(super) fn refuse_twice(text: &str, fields: &[Field]) -> Result<(), PatternError> {
    let mut seen = BTreeSet::new();
    for field in fields {
        if let Field::Word { name: Some(name), span, .. } = field
            && !seen.insert(name)
        {
            let start = span.start + span.of(text).find(name.as_str()).unwrap_or_default();
            return Err(PatternError {
                message: format!("There are two fields named {name}."),
                span: Span::new(start, start + name.len()),
                instead: Some("another name".to_owned()),
                refusal: Refusal::DuplicateField(name.clone()),
            });
        }
    }
    if let Some(Field::Ellipsis(span)) =
        fields.iter().filter(|field| matches!(field, Field::Ellipsis(_))).nth(1)
    {
        return Err(PatternError {
            message: "`...` may stand once in a pattern.".to_owned(),
            span: *span,
            instead: Some("a name for each field in its place, or nothing".to_owned()),
            refusal: Refusal::Syntax,
        });
    }
    Ok(())
}

impl Parser<'_, '_> {
    pub(super) fn refuse(&self, span: Span, message: &str, instead: &str) -> PatternError {
        PatternError {
            message: message.to_owned(),
            span,
            instead: Some(instead.to_owned()),
            refusal: Refusal::Syntax,
        }
    }

    pub(super) fn typographic_quote(&self, at: usize) -> PatternError {
        let quote = self.text[at..].chars().next().unwrap_or('"');
        let message =
            format!("`{quote}` is a typographic quote; text stands in plain double quotes.");
        let error = self.refuse(Span::new(at, at + quote.len_utf8()), &message, "`\"`");
        PatternError { refusal: Refusal::Unrecorded, ..error }
    }

    /// Where a name should stand is something else.
    pub(super) fn no_name(&mut self, next: Option<char>) -> PatternError {
        let span = self.here();
        let value = "the name of the field and an operator before it: `w1 = \"ERROR\"`";
        match next {
            Some('"' | '%') => self.refuse(span, "A field begins with its name.", value),
            Some('=' | '!' | '<' | '>') => {
                self.refuse(span, "There is no name before the operator.", value)
            }
            None | Some(',') => self.refuse(
                span,
                "A comparison is missing.",
                "the name of the field, an operator and a value, or no `&&` and `||`",
            ),
            Some(next) => self.unexpected(next),
        }
    }

    /// The name of the field stands where a comparison should.
    pub(super) fn no_operator(&mut self, name: Span) -> PatternError {
        let written = name.of(self.text);
        match self.peek() {
            Some('"' | '%') => self.refuse(
                self.here(),
                &format!("There is no operator between {written} and the value."),
                "`=` between them",
            ),
            None | Some(',' | ')' | '&' | '|') => self.refuse(
                name,
                &format!("Nothing is asked of {written}."),
                &format!("`{written} = *` if any word will do"),
            ),
            Some(next) => self.unexpected(next),
        }
    }

    /// The value is missing.
    pub(super) fn no_value(&mut self, operator: Span) -> PatternError {
        let rest = &self.text[operator.end..];
        let more = rest.len() - rest.trim_start_matches(['=', '!', '<', '>']).len();
        if more > 0 {
            let whole = Span::new(operator.start, operator.end + more);
            let message = match whole.of(self.text) {
                written @ ("==" | "===") => {
                    format!("`{written}` is no operator; equality is `=`.")
                }
                written => format!("`{written}` is no operator."),
            };
            return self.refuse(whole, &message, "one of `=`, `!=`, `<`, `<=`, `>`, `>=`");
        }
        match self.peek() {
            None | Some(',' | ')' | '&' | '|') => self.refuse(
                operator,
                &format!("A value is missing after `{}`.", operator.of(self.text)),
                "a value, such as `ERROR`, `\"two words\"` or `404`",
            ),
            Some('\'') => {
                let length = self.rest().get(1..).and_then(|rest| rest.find('\''));
                let span =
                    Span::new(self.at, length.map_or(self.end, |length| self.at + length + 2));
                let instead = format!("`\"{}\"`", span.of(self.text).trim_matches('\''));
                let message =
                    "Single quotes mean nothing in a pattern; text stands in double quotes.";
                let error = self.refuse(span, message, &instead);
                PatternError { refusal: Refusal::Unrecorded, ..error }
            }
            Some(_) => self.refuse(
                self.here(),
                "A value with such a character in it stands in double quotes.",
                "double quotes around the value",
            ),
        }
    }

    /// Something has no place where it stands.
    pub(super) fn unexpected(&mut self, next: char) -> PatternError {
        let span = self.here();
        let term = || {
            let second = self.text[span.end..].chars().next().map_or(0, char::len_utf8);
            Span::new(span.start, span.end + second)
        };
        match next {
            ']' => self.refuse(
                span,
                "The pattern ends at this bracket; two patterns cannot be joined.",
                "one pattern, a metric filter for each, or quotes around a value with brackets",
            ),
            '[' => self.refuse(
                span,
                "Brackets stand around the whole pattern only.",
                "quotes around a value with brackets",
            ),
            ')' => self.refuse(span, "This parenthesis was never opened.", "no `)`"),
            '&' | '|' => {
                let message = format!("One `{next}` is no operator.");
                let error = self.refuse(span, &message, &format!("`{next}{next}`"));
                PatternError { refusal: Refusal::Term(term().of(self.text).to_owned()), ..error }
            }
            _ => self.refuse(
                span,
                &format!("`{next}` has no place here."),
                "`,` before the next field, and quotes around a value with other characters than \
                 letters, digits, `.` and `*`",
            ),
        }
    }

    /// The character at hand.
    fn here(&self) -> Span {
        let length = self.text[self.at..].chars().next().map_or(0, char::len_utf8);
        Span::new(self.at, self.at + length)
    }
}
