//! The words of a JSON pattern.
//!
//! AWS's own lexer names what it had read of a word when it broke off ("Invalid character(s) in
//! term '$..'"), so this one keeps the same account of where a word begins.

use crate::pattern::ast::{Comparison, Number, Path};
use crate::pattern::doubt::{Doubt, Doubtful};
use crate::pattern::error::{PatternError, Refusal};
use crate::pattern::glob::Glob;
use crate::pattern::number::{is_in_range, number};
use crate::pattern::regex::Regex;
use crate::pattern::span::Span;

/// One word of a JSON pattern.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Token {
    Open,
    Close,
    And,
    Or,
    Comparison(Comparison),
    Selector(Path),
    /// Text in quotes.
    Quoted(Glob),
    /// A word without quotes: a value or a keyword.
    Bare(String),
    Number(Number),
    Regex(Regex),
}

/// A word and where it stands.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Lexeme {
    pub(super) token: Token,
    pub(super) span: Span,
}

/// The words between `start` and `end` of a pattern.
pub(super) fn lex(
    text: &str,
    inside: Span,
    doubts: &mut Vec<Doubtful>,
) -> Result<Vec<Lexeme>, PatternError> {
    let mut lexer = Lexer { text, at: inside.start, end: inside.end, doubts };
    let mut lexemes = Vec::new();
    loop {
        lexer.skip_blanks();
        if lexer.at >= lexer.end {
            return Ok(lexemes);
        }
        lexemes.push(lexer.lexeme()?);
    }
}

/// Reads a text that is a selector and nothing else.
pub(in crate::pattern) fn path(text: &str) -> Option<Path> {
    let lexemes = lex(text, Span::new(0, text.len()), &mut Vec::new()).ok()?;
    match <[Lexeme; 1]>::try_from(lexemes) {
        Ok([Lexeme { token: Token::Selector(path), .. }]) => Some(path),
        _ => None,
    }
}

pub(super) struct Lexer<'t, 'd> {
    pub(super) text: &'t str,
    pub(super) at: usize,
    pub(super) end: usize,
    doubts: &'d mut Vec<Doubtful>,
}

/// What ends a word without quotes.
pub(super) fn ends_bare(c: char) -> bool {
    c.is_whitespace()
        || matches!(c, '(' | ')' | '{' | '}' | '&' | '|' | '=' | '!' | '<' | '>' | '"' | '\'' | '%')
}

impl Lexer<'_, '_> {
    pub(super) fn rest(&self) -> &str {
        &self.text[self.at..self.end]
    }

    pub(super) fn peek(&self) -> Option<char> {
        self.rest().chars().next()
    }

    fn skip_blanks(&mut self) {
        self.at = self.end - self.rest().trim_start().len();
    }

    pub(super) fn doubt(&mut self, doubt: Doubt, start: usize) {
        let span = Span::new(start, self.at);
        if !self
            .doubts
            .iter()
            .any(|seen| seen.doubt == doubt && seen.span.start <= start && self.at <= seen.span.end)
        {
            self.doubts.push(Doubtful { doubt, span });
        }
    }

    pub(super) fn refuse(
        &self,
        start: usize,
        message: String,
        instead: Option<&str>,
        refusal: Refusal,
    ) -> PatternError {
        PatternError {
            message,
            span: Span::new(start, self.at.max(start + 1).min(self.text.len())),
            instead: instead.map(str::to_owned),
            refusal,
        }
    }

    fn lexeme(&mut self) -> Result<Lexeme, PatternError> {
        let start = self.at;
        let token = self.token(start)?;
        Ok(Lexeme { token, span: Span::new(start, self.at) })
    }

    fn token(&mut self, start: usize) -> Result<Token, PatternError> {
        const SYMBOLS: [(&str, Token); 10] = [
            ("&&", Token::And),
            ("||", Token::Or),
            ("!=", Token::Comparison(Comparison::NotEqual)),
            ("<=", Token::Comparison(Comparison::LessOrEqual)),
            (">=", Token::Comparison(Comparison::GreaterOrEqual)),
            ("=", Token::Comparison(Comparison::Equal)),
            ("<", Token::Comparison(Comparison::Less)),
            (">", Token::Comparison(Comparison::Greater)),
            ("(", Token::Open),
            (")", Token::Close),
        ];
        for (symbol, token) in SYMBOLS {
            if self.rest().starts_with(symbol) {
                self.at += symbol.len();
                return Ok(token);
            }
        }
        match self.peek() {
            Some('"') => self.quoted(start),
            Some('%') => {
                let (regex, span) = Regex::scan(self.text, start, self.doubts)?;
                self.at = span.end;
                Ok(Token::Regex(regex))
            }
            Some('$') => self.selector(start).map(Token::Selector),
            Some('\'') => {
                self.at = self.rest()[1..].find('\'').map_or(self.end, |at| start + at + 2);
                let inner = self.text[start..self.at].trim_matches('\'');
                let instead = format!("`\"{inner}\"`");
                Err(self.refuse(
                    start,
                    "Single quotes mean nothing in a pattern; text stands in double quotes."
                        .to_owned(),
                    Some(&instead),
                    Refusal::CodeOnly,
                ))
            }
            Some(c @ ('“' | '”' | '„' | '‘' | '’' | '«' | '»')) => {
                self.at += c.len_utf8();
                Err(self.refuse(
                    start,
                    format!("`{c}` is a typographic quote; text stands in plain double quotes."),
                    Some("`\"`"),
                    Refusal::Unrecorded,
                ))
            }
            Some('&') if self.entity().is_some() => {
                let (entity, meant) = self.entity().unwrap_or_default();
                self.at += entity.len();
                let message = format!("`{entity}` is HTML for `{meant}`.");
                Err(self.refuse(start, message, Some(&format!("`{meant}`")), Refusal::Unrecorded))
            }
            Some(c @ ('&' | '|' | '!')) => {
                self.at += 1;
                let next = self.peek();
                self.at += next.map_or(0, char::len_utf8);
                let term = self.text[start..self.at].to_owned();
                let (message, instead) = match c {
                    '!' => (
                        "There is no negation; negate each comparison with `!=`.".to_owned(),
                        "`!=` in each comparison (and `||` for `&&`), or NOT EXISTS".to_owned(),
                    ),
                    _ => (format!("One `{c}` is no operator."), format!("`{c}{c}`")),
                };
                Err(self.refuse(start, message, Some(&instead), Refusal::Term(term)))
            }
            Some(c @ ('{' | '}')) => {
                self.at += 1;
                Err(self.refuse(
                    start,
                    format!("`{c}` may stand only at the start and the end of the pattern."),
                    Some("`(` and `)` to group, and text with braces in double quotes"),
                    Refusal::Syntax,
                ))
            }
            _ => self.bare(start),
        }
    }

    /// An HTML entity, as pages leave them in copied text, and the operator or the character that
    /// it is for.
    fn entity(&self) -> Option<(&'static str, &'static str)> {
        const ENTITIES: [(&str, &str); 8] = [
            ("&#124;&#124;", "||"),
            ("&#124;", "|"),
            ("&amp;&amp;", "&&"),
            ("&amp;", "&"),
            ("&quot;", "\""),
            ("&#34;", "\""),
            ("&lt;", "<"),
            ("&gt;", ">"),
        ];
        ENTITIES.into_iter().find(|(entity, _)| self.rest().starts_with(entity))
    }

    fn quoted(&mut self, start: usize) -> Result<Token, PatternError> {
        let mut value = String::new();
        self.at += 1;
        loop {
            let Some(c) = self.peek() else {
                return Err(self.refuse(
                    start,
                    "The quote is never closed.".to_owned(),
                    Some("a closing `\"`"),
                    Refusal::Syntax,
                ));
            };
            let from = self.at;
            self.at += c.len_utf8();
            match c {
                '"' => break,
                '\\' => {
                    let next = self.peek();
                    match next {
                        Some(next @ ('"' | '\\')) => {
                            self.at += 1;
                            value.push(next);
                        }
                        _ => value.push('\\'),
                    }
                    let doubt = match next {
                        Some('"') => Doubt::EscapedQuote,
                        Some('*') => Doubt::EscapedStar,
                        _ => Doubt::Backslash,
                    };
                    self.doubt(doubt, from);
                }
                c => {
                    value.push(c);
                    if !c.is_ascii() {
                        self.doubt(Doubt::NonAscii, from);
                    }
                }
            }
        }
        Ok(Token::Quoted(Glob::new(&value)))
    }

    fn bare(&mut self, start: usize) -> Result<Token, PatternError> {
        let rest = self.rest();
        let length = rest.find(ends_bare).unwrap_or(rest.len());
        self.at += length;
        let word = &self.text[start..self.at];
        if let Some(number) = number(word) {
            if word.starts_with(['+', '.']) || word.starts_with("-.") || word.ends_with('.') {
                self.doubt(Doubt::NumberForm, start);
            }
            if !is_in_range(word, number.value) {
                self.doubt(Doubt::NumberOverflow, start);
            }
            return Ok(Token::Number(number));
        }
        if !word.is_ascii() {
            self.doubt(Doubt::NonAscii, start);
        }
        if word.chars().any(|c| !(c.is_ascii_alphanumeric() || matches!(c, '.' | '*'))) {
            self.doubt(Doubt::BareSymbol, start);
        }
        Ok(Token::Bare(word.to_owned()))
    }
}
