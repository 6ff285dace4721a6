//! From the text of a space-delimited pattern to its fields.

use super::refuse::{is_typographic_quote, refuse_twice};
use crate::pattern::ast::{Comparison, Condition, Field, Operand, SpacePattern};
use crate::pattern::doubt::{Doubt, Doubtful};
use crate::pattern::error::{PatternError, Refusal};
use crate::pattern::glob::Glob;
use crate::pattern::number::number;
use crate::pattern::regex::{self, Regex};
use crate::pattern::span::Span;
use crate::pattern::terms::scan_quoted;

/// How deep parentheses are followed; AWS's own bound, if it has one, is not known.
const DEEPEST: usize = 64;
/// `[w1=SPACE, w2, w3]` was refused and `[kind = "SPACE", value, bucket]` taken; `ERROR` and others
/// were taken without quotes. Why is not known.
pub(super) const REFUSED_BARE: &str = "SPACE";

/// Reads a pattern that begins with `[`.
pub(in crate::pattern) fn parse(
    text: &str,
    doubts: &mut Vec<Doubtful>,
) -> Result<SpacePattern, PatternError> {
    let start = text.len() - text.trim_ascii_start().len();
    let end = text.trim_ascii_end().len();
    if !text[start..end].ends_with(']') {
        let closed = text.rfind(']').map(|at| at + 1);
        return Err(PatternError {
            message: "A pattern that begins with `[` has to end with `]`.".to_owned(),
            span: Span::new(closed.unwrap_or(start), end),
            instead: Some(match closed {
                Some(_) => "nothing after the `]`, or quotes around a text".to_owned(),
                None => "a `]` at the end, or quotes around a text".to_owned(),
            }),
            refusal: Refusal::Unrecorded,
        });
    }
    for blanks in [Span::new(0, start), Span::new(end, text.len())] {
        if !blanks.of(text).is_empty() {
            doubts.push(Doubtful { doubt: Doubt::OuterBlanks, span: blanks });
        }
    }
    let mut parser =
        Parser { text, at: start + 1, end: end - 1, depth: 0, regexes: 0, name: None, doubts };
    let fields = parser.fields()?;
    refuse_twice(text, &fields)?;
    Ok(SpacePattern { fields })
}

/// What ends a name or a value without quotes.
fn ends_bare(c: char) -> bool {
    c.is_whitespace() || "[](),=!<>&|\"'%".contains(c)
}

pub(super) struct Parser<'t, 'd> {
    pub(super) text: &'t str,
    pub(super) at: usize,
    /// Where the closing bracket stands.
    pub(super) end: usize,
    depth: usize,
    regexes: usize,
    /// The name of the field at hand.
    name: Option<&'t str>,
    doubts: &'d mut Vec<Doubtful>,
}

impl<'t> Parser<'t, '_> {
    pub(super) fn rest(&self) -> &'t str {
        self.text.get(self.at..self.end).unwrap_or_default()
    }

    /// The next character that is no blank.
    pub(super) fn peek(&mut self) -> Option<char> {
        self.at = self.end - self.rest().trim_start().len();
        self.rest().chars().next()
    }

    fn take(&mut self, symbol: &str) -> bool {
        self.peek();
        let found = self.rest().starts_with(symbol);
        self.at += if found { symbol.len() } else { 0 };
        found
    }

    fn doubt(&mut self, doubt: Doubt, span: Span) {
        self.doubts.push(Doubtful { doubt, span });
    }

    fn fields(&mut self) -> Result<Vec<Field>, PatternError> {
        let mut fields = Vec::new();
        if self.peek().is_none() {
            return Ok(fields);
        }
        loop {
            let field = self.field()?;
            let more = self.take(",");
            if let (Field::Word { name: None, span, .. }, true) = (&field, more) {
                self.doubt(Doubt::EmptyField, Span::new(span.start, self.at));
            }
            fields.push(field);
            if !more {
                break;
            }
        }
        match self.peek() {
            None => Ok(fields),
            Some(next) => Err(self.unexpected(next)),
        }
    }

    fn field(&mut self) -> Result<Field, PatternError> {
        self.name = None;
        let next = self.peek();
        let start = self.at;
        if self.take("...") {
            return Ok(Field::Ellipsis(Span::new(start, self.at)));
        }
        if next.is_none_or(|next| next == ',') {
            let span = Span::new(start, start);
            return Ok(Field::Word { name: None, condition: None, span });
        }
        let condition = if next == Some('(') { None } else { Some(self.name()?) };
        let alone = condition.is_some() && self.peek().is_none_or(|next| next == ',');
        let condition = if alone {
            None
        } else {
            self.at = start;
            Some(self.any()?)
        };
        // Blanks before a comma are no part of the field.
        let end = start + self.text[start..self.at].trim_end().len();
        let name = self.name.map(str::to_owned);
        Ok(Field::Word { name, condition, span: Span::new(start, end) })
    }

    /// The name of the field at hand, the same in each comparison.
    fn name(&mut self) -> Result<Span, PatternError> {
        let next = self.peek();
        let start = self.at;
        let length = self.rest().find(ends_bare).unwrap_or(self.rest().len());
        let span = Span::new(start, start + length);
        let name = span.of(self.text);
        if length == 0 {
            return Err(self.no_name(next));
        }
        if name.starts_with(|c: char| c.is_ascii_digit()) {
            let instead = format!("a name before it, such as `w{name}` or `w1 = {name}`");
            return Err(self.refuse(
                span,
                "The name of a field cannot begin with a digit.",
                &instead,
            ));
        }
        if let Some(quote) = name.find(is_typographic_quote) {
            return Err(self.typographic_quote(span.start + quote));
        }
        match self.name {
            Some(own) if own != name => {
                let message = format!("The condition of the field {own} can name only {own}.");
                let instead = format!("`{own}`, or a comma before a new field");
                return Err(self.refuse(span, &message, &instead));
            }
            Some(_) => {}
            None => {
                self.name = Some(name);
                if name.contains(|c: char| !c.is_ascii_alphanumeric() && c != '_') {
                    self.doubt(Doubt::FieldName, span);
                }
            }
        }
        self.at = span.end;
        Ok(span)
    }

    fn any(&mut self) -> Result<Condition, PatternError> {
        self.joined("||", "OR", Self::all, Condition::Any)
    }

    fn all(&mut self) -> Result<Condition, PatternError> {
        self.joined("&&", "AND", Self::primary, Condition::All)
    }

    fn joined(
        &mut self,
        symbol: &str,
        word: &str,
        part: fn(&mut Self) -> Result<Condition, PatternError>,
        join: fn(Vec<Condition>) -> Condition,
    ) -> Result<Condition, PatternError> {
        let first = part(self)?;
        let mut parts = vec![first];
        loop {
            if !self.take(symbol) {
                let Some(span) = self.word(word) else { break };
                self.doubt(Doubt::FieldOr, span);
                self.at = span.end;
            }
            parts.push(part(self)?);
        }
        Ok(if parts.len() > 1 { join(parts) } else { parts.remove(0) })
    }

    /// The word that comes next, if it is this one in any case.
    fn word(&mut self, word: &str) -> Option<Span> {
        self.peek();
        let length = self.rest().find(ends_bare).unwrap_or(self.rest().len());
        let span = Span::new(self.at, self.at + length);
        span.of(self.text).eq_ignore_ascii_case(word).then_some(span)
    }

    fn primary(&mut self) -> Result<Condition, PatternError> {
        self.peek();
        let start = self.at;
        if !self.take("(") {
            return self.comparison();
        }
        self.depth += 1;
        if self.depth > DEEPEST {
            return Err(self.refuse(
                Span::new(start, self.at),
                "The parentheses are nested too deep.",
                "fewer parentheses",
            ));
        }
        let inner = self.any()?;
        self.depth -= 1;
        if !self.take(")") {
            return Err(match self.peek() {
                Some(next) if next != ',' => self.unexpected(next),
                _ => self.refuse(
                    Span::new(start, start + 1),
                    "This parenthesis is never closed.",
                    "a `)`",
                ),
            });
        }
        self.doubt(Doubt::FieldParentheses, Span::new(start, self.at));
        Ok(inner)
    }

    fn comparison(&mut self) -> Result<Condition, PatternError> {
        const OPERATORS: [(&str, Comparison); 6] = [
            ("!=", Comparison::NotEqual),
            ("<=", Comparison::LessOrEqual),
            (">=", Comparison::GreaterOrEqual),
            ("=", Comparison::Equal),
            ("<", Comparison::Less),
            (">", Comparison::Greater),
        ];
        let name = self.name()?;
        self.peek();
        let start = self.at;
        let operator = OPERATORS.into_iter().find(|(symbol, _)| self.take(symbol));
        let Some((symbol, comparison)) = operator else {
            return Err(self.no_operator(name));
        };
        let operator = Span::new(start, start + symbol.len());
        let operand = self.operand(comparison, operator)?;
        Ok(Condition::Compare(comparison, operand, Span::new(name.start, self.at)))
    }

    fn operand(&mut self, comparison: Comparison, operator: Span) -> Result<Operand, PatternError> {
        let next = self.peek();
        let start = self.at;
        let operand = match next {
            Some('"') => self.quoted()?,
            Some('%') => self.regex(comparison)?,
            _ => self.bare(operator)?,
        };
        let numbers_only = !matches!(comparison, Comparison::Equal | Comparison::NotEqual);
        if numbers_only && !matches!(operand, Operand::Number(..)) {
            let span = Span::new(start, self.at);
            let message = format!("`{}` compares numbers only.", operator.of(self.text));
            let inside = span.of(self.text).trim_matches('"');
            let instead = match number(inside) {
                Some(_) => format!("`{inside}` without quotes"),
                None => "`=` or `!=`, or a number".to_owned(),
            };
            let error = self.refuse(span, &message, &instead);
            return Err(PatternError { refusal: Refusal::Unrecorded, ..error });
        }
        Ok(operand)
    }

    fn quoted(&mut self) -> Result<Operand, PatternError> {
        let doubts = &mut *self.doubts;
        let (text, span) = scan_quoted(self.text, self.at, |escaped, span| {
            let doubt = match escaped {
                '"' => Doubt::EscapedQuote,
                '*' => Doubt::EscapedStar,
                _ => Doubt::Backslash,
            };
            doubts.push(Doubtful { doubt, span });
        })?;
        self.at = span.end;
        if !text.is_ascii() {
            self.doubt(Doubt::NonAscii, span);
        }
        Ok(Operand::Text(Glob::new(&text), span))
    }

    fn regex(&mut self, comparison: Comparison) -> Result<Operand, PatternError> {
        let (regex, span) = Regex::scan(self.text, self.at, self.doubts)?;
        self.at = span.end;
        self.regexes += 1;
        if self.regexes > regex::MOST {
            return Err(regex::too_many(span));
        }
        if comparison == Comparison::NotEqual {
            self.doubt(Doubt::NotEqualRegex, span);
        }
        Ok(Operand::Regex(regex, span))
    }

    fn bare(&mut self, operator: Span) -> Result<Operand, PatternError> {
        let length = self.rest().find(ends_bare).unwrap_or(self.rest().len());
        let span = Span::new(self.at, self.at + length);
        let word = span.of(self.text);
        if length == 0 {
            return Err(self.no_value(operator));
        }
        if let Some(quote) = word.find(is_typographic_quote) {
            return Err(self.typographic_quote(span.start + quote));
        }
        self.at = span.end;
        if let Some(number) = number(word) {
            if word.starts_with(['+', '.']) || word.starts_with("-.") || word.ends_with('.') {
                self.doubt(Doubt::NumberForm, span);
            }
            if !number.value.is_finite() {
                self.doubt(Doubt::NumberOverflow, span);
            }
            return Ok(Operand::Number(number, span));
        }
        if word == REFUSED_BARE {
            let message = "AWS was seen to refuse SPACE without quotes.";
            return Err(self.refuse(span, message, "`\"SPACE\"`"));
        }
        if !word.is_ascii() {
            self.doubt(Doubt::NonAscii, span);
        }
        if word.contains(|c: char| !(c.is_ascii_alphanumeric() || matches!(c, '.' | '*'))) {
            self.doubt(Doubt::BareSymbol, span);
        }
        self.no_second_word(span)?;
        Ok(Operand::Text(Glob::new(word), span))
    }

    /// `text = request failed`: a value with blanks needs quotes.
    fn no_second_word(&mut self, first: Span) -> Result<(), PatternError> {
        let mut end = first.end;
        loop {
            let next = self.peek().is_some_and(|next| !ends_bare(next));
            if !next || self.word("AND").is_some() || self.word("OR").is_some() {
                break;
            }
            self.at += self.rest().find(ends_bare).unwrap_or(self.rest().len());
            end = self.at;
        }
        if end == first.end {
            return Ok(());
        }
        let whole = Span::new(first.start, end);
        let instead = format!("`\"{}\"`", whole.of(self.text));
        Err(self.refuse(whole, "A value with a blank in it stands in double quotes.", &instead))
    }
}
