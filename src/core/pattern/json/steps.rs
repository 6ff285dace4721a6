//! The selectors of a JSON pattern: `$.userIdentity.type`, `$.items[0]`, `$.['na.me']`.

use super::lex::{Lexer, ends_bare};
use crate::pattern::ast::{Path, Step};
use crate::pattern::doubt::Doubt;
use crate::pattern::error::{PatternError, Refusal};

impl Lexer<'_, '_> {
    pub(super) fn selector(&mut self, start: usize) -> Result<Path, PatternError> {
        let mut steps = Vec::new();
        self.at += 1;
        loop {
            let from = self.at;
            if self.rest().starts_with('[') {
                if steps.is_empty() {
                    self.bracket(start, &mut steps)?;
                    self.doubt(Doubt::BracketName, start);
                } else {
                    self.bracket(start, &mut steps)?;
                }
            } else if self.rest().starts_with('.') {
                self.at += 1;
                if self.rest().starts_with('[') {
                    self.bracket(start, &mut steps)?;
                } else if self.rest().starts_with('*') {
                    self.at += 1;
                    steps.push(Step::AnyMember);
                } else {
                    self.name(start, &mut steps)?;
                }
                // A name in brackets was seen as the only step alone.
                if steps.len() > 1 && self.text[from..self.at].contains(['\'', '"']) {
                    self.doubt(Doubt::BracketName, from);
                }
            } else {
                break;
            }
            let follows = self.rest().starts_with(['.', '[']);
            if follows && self.text[from..self.at].contains(['\'', '"']) {
                self.doubt(Doubt::BracketName, from);
            }
        }
        if steps.is_empty() {
            return Err(self.refuse(
                start,
                "A selector names a field of the message after `$.`.".to_owned(),
                Some("a name: `$.eventName`"),
                Refusal::Syntax,
            ));
        }
        Ok(Path(steps))
    }

    fn name(&mut self, start: usize, steps: &mut Vec<Step>) -> Result<(), PatternError> {
        let from = self.at;
        let rest = self.rest();
        let length = rest
            .find(|c: char| ends_bare(c) || matches!(c, '.' | '[' | ']' | '*' | ','))
            .unwrap_or(rest.len());
        self.at += length;
        let name = &self.text[from..self.at];
        if name.is_empty() {
            let stop = self.peek();
            self.at += stop.map_or(0, char::len_utf8);
            let so_far = self.text[start..self.at].to_owned();
            let (message, instead) = match stop {
                Some('.') => {
                    ("There is no `..`: a selector names every step.", "the whole path: `$.a.b`")
                }
                Some(c) if c.is_whitespace() => {
                    ("A selector has no blanks in it.", "the name right after the dot")
                }
                _ => ("A name has to follow the dot.", "a name: `$.eventName`"),
            };
            return Err(self.refuse(
                start,
                message.to_owned(),
                Some(instead),
                Refusal::Term(so_far),
            ));
        }
        steps.push(Step::Name(name.to_owned()));
        if name.chars().any(|c| !(c.is_ascii_alphanumeric() || matches!(c, '-' | '_'))) {
            self.doubt(Doubt::SelectorSymbol, from);
        }
        Ok(())
    }

    /// `[3]`, `[*]` or `['na.me']`, from the bracket on.
    fn bracket(&mut self, start: usize, steps: &mut Vec<Step>) -> Result<(), PatternError> {
        let from = self.at;
        let rest = &self.rest()[1..];
        if let Some(quote @ ('\'' | '"')) = rest.chars().next() {
            let closing: String = [quote, ']'].iter().collect();
            let Some(length) = rest[1..].find(&closing) else {
                self.at = self.end;
                return Err(self.refuse(
                    from,
                    "The name in brackets is never closed.".to_owned(),
                    Some("`['na.me']`"),
                    Refusal::Unrecorded,
                ));
            };
            let name = rest[1..=length].to_owned();
            self.at = from + 2 + length + 2;
            let plain =
                name.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_'));
            if quote == '"' || !plain || name.is_empty() {
                self.doubt(Doubt::BracketName, from);
            }
            steps.push(Step::Name(name));
            return Ok(());
        }
        let inside = rest.find(']').map(|length| rest[..length].to_owned());
        self.at = from + 1 + inside.as_ref().map_or(0, |inside| inside.len() + 1);
        let step = match inside.as_deref() {
            Some("*") => Some(Step::AnyElement),
            Some(digits) if !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_digit()) => {
                digits.parse().ok().map(Step::Index)
            }
            _ => None,
        };
        let digits = inside.filter(|inside| inside.bytes().all(|byte| byte.is_ascii_digit()));
        if let (None, Some(digits)) = (&step, digits.filter(|digits| !digits.is_empty())) {
            return Err(self.refuse(
                start,
                format!("There is no element {digits}: no message has so many."),
                Some("a smaller number"),
                Refusal::Unrecorded,
            ));
        }
        let Some(step) = step else {
            return Err(self.refuse(
                start,
                "Brackets hold the number of an element from 0, `*`, or a name in single quotes."
                    .to_owned(),
                Some("`[0]`, `[*]` or `.['na.me']`"),
                Refusal::Unrecorded,
            ));
        };
        steps.push(step);
        Ok(())
    }
}
