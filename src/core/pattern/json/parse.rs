//! From the words of a JSON pattern to its tree.

use super::lex::{Lexeme, Token, lex};
use crate::pattern::ast::{Clause, Comparison, Expr, Operand, Selector, Step, Test};
use crate::pattern::doubt::{Doubt, Doubtful};
use crate::pattern::error::{PatternError, Refusal};
use crate::pattern::glob::Glob;
use crate::pattern::number::number;
use crate::pattern::regex;
use crate::pattern::span::Span;

/// How many `[*]` and `.*` a pattern may have.
const WILDCARDS: usize = 3;

/// Reads a text that begins with `{`.
pub(in crate::pattern) fn parse(
    text: &str,
    doubts: &mut Vec<Doubtful>,
) -> Result<Expr, PatternError> {
    let trimmed = text.trim_end();
    if !trimmed.ends_with('}') {
        return Err(PatternError {
            message: "A pattern that begins with `{` has to end with `}`.".to_owned(),
            span: trimmed.rfind('}').map_or(Span::new(0, 1), |at| Span::new(at + 1, text.len())),
            instead: Some(if trimmed.contains('}') {
                "nothing after the `}`".to_owned()
            } else {
                "a `}` at the end".to_owned()
            }),
            refusal: Refusal::Unclosed,
        });
    }
    if trimmed.len() < text.len() {
        let span = Span::new(trimmed.len(), text.len());
        doubts.push(Doubtful { doubt: Doubt::OuterBlanks, span });
    }
    let inside = Span::new(1, trimmed.len() - 1);
    if inside.of(text).is_empty() {
        return Err(PatternError {
            message: "There is nothing between the braces.".to_owned(),
            span: Span::new(0, 2),
            instead: Some("a comparison: `{ $.eventName = \"GetSecretValue\" }`".to_owned()),
            refusal: Refusal::Unrecorded,
        });
    }
    let lexemes = lex(text, inside, doubts)?;
    if lexemes.is_empty() {
        doubts.push(Doubtful { doubt: Doubt::EmptyBraces, span: inside });
        return Ok(Expr::Empty(inside));
    }
    let mut parser = Parser { text, lexemes: &lexemes, at: 0, end: inside.end, doubts };
    let expr = parser.any()?;
    if let Some(lexeme) = parser.peek() {
        return Err(parser.unexpected(lexeme));
    }
    let (first, last) = (&lexemes[0], &lexemes[lexemes.len() - 1]);
    if first.token == Token::Open && closes_at_end(&lexemes) {
        let span = first.span.to(last.span);
        parser.doubts.push(Doubtful { doubt: Doubt::OuterParentheses, span });
    }
    count(&expr)?;
    Ok(expr)
}

/// Whether the parenthesis that opens the pattern is the one that closes it.
fn closes_at_end(lexemes: &[Lexeme]) -> bool {
    let mut depth = 0_usize;
    for (at, lexeme) in lexemes.iter().enumerate() {
        match lexeme.token {
            Token::Open => depth += 1,
            Token::Close => depth -= 1,
            _ => {}
        }
        if depth == 0 {
            return at + 1 == lexemes.len();
        }
    }
    false
}

fn count(expr: &Expr) -> Result<(), PatternError> {
    let (mut wildcards, mut regexes) = (0, 0);
    for clause in expr.clauses() {
        let here = clause
            .selector
            .path
            .0
            .iter()
            .filter(|step| matches!(step, Step::AnyElement | Step::AnyMember))
            .count();
        wildcards += here;
        let refuse = |message: &str, span: Span, instead: &str, refusal: Refusal| PatternError {
            message: message.to_owned(),
            span,
            instead: Some(instead.to_owned()),
            refusal,
        };
        if here > 1 {
            return Err(refuse(
                "A selector may have one wildcard.",
                clause.selector.span,
                "one of them as a name or a number",
                Refusal::SelectorWildcards,
            ));
        }
        if wildcards > WILDCARDS {
            return Err(refuse(
                "A pattern may have three wildcard selectors.",
                clause.selector.span,
                "a second metric filter for the rest",
                Refusal::Unrecorded,
            ));
        }
        if let Test::Compare(_, Operand::Regex(_, span)) = &clause.test {
            regexes += 1;
            if regexes > regex::MOST {
                return Err(regex::too_many(*span));
            }
        }
    }
    Ok(())
}

pub(super) struct Parser<'t, 'd> {
    pub(super) text: &'t str,
    pub(super) lexemes: &'t [Lexeme],
    pub(super) at: usize,
    /// Where the pattern ends, for errors about what is missing there.
    pub(super) end: usize,
    doubts: &'d mut Vec<Doubtful>,
}

impl<'t> Parser<'t, '_> {
    fn peek(&self) -> Option<&'t Lexeme> {
        self.lexemes.get(self.at)
    }

    fn take(&mut self, token: &Token) -> bool {
        let found = self.peek().is_some_and(|lexeme| lexeme.token == *token);
        self.at += usize::from(found);
        found
    }

    fn any(&mut self) -> Result<Expr, PatternError> {
        self.joined(&Token::Or, Self::all, Expr::Any)
    }

    fn all(&mut self) -> Result<Expr, PatternError> {
        self.joined(&Token::And, Self::primary, Expr::All)
    }

    fn joined(
        &mut self,
        operator: &Token,
        part: fn(&mut Self) -> Result<Expr, PatternError>,
        join: fn(Vec<Expr>, Span) -> Expr,
    ) -> Result<Expr, PatternError> {
        let start = self.peek().map_or(self.end, |lexeme| lexeme.span.start);
        let first = part(self)?;
        if self.peek().is_none_or(|lexeme| lexeme.token != *operator) {
            return Ok(first);
        }
        let mut parts = vec![first];
        while self.take(operator) {
            parts.push(part(self)?);
        }
        let end = self.lexemes[self.at - 1].span.end;
        Ok(join(parts, Span::new(start, end)))
    }

    fn primary(&mut self) -> Result<Expr, PatternError> {
        if let Some(open) = self.peek().filter(|lexeme| lexeme.token == Token::Open) {
            self.at += 1;
            let inner = self.any()?;
            if !self.take(&Token::Close) {
                return Err(match self.peek() {
                    Some(lexeme) => self.unexpected(lexeme),
                    None => self.refuse(open.span, "This parenthesis is never closed.", "a `)`"),
                });
            }
            return Ok(inner);
        }
        self.clause().map(Expr::Clause)
    }

    fn clause(&mut self) -> Result<Clause, PatternError> {
        let Some(lexeme) = self.peek() else {
            return Err(self.refuse_end(
                "A comparison is missing at the end.",
                "a comparison, or leave the operator out",
            ));
        };
        let Token::Selector(path) = &lexeme.token else {
            return Err(self.no_selector(lexeme));
        };
        self.at += 1;
        let selector = Selector { path: path.clone(), span: lexeme.span };
        let test = self.test(lexeme)?;
        let span = lexeme.span.to(self.lexemes[self.at - 1].span);
        Ok(Clause { selector, test, span })
    }

    fn test(&mut self, selector: &Lexeme) -> Result<Test, PatternError> {
        let name = selector.span.of(self.text);
        let Some(lexeme) = self.peek() else {
            return Err(self.refuse(
                selector.span,
                &format!("Nothing is asked of {name}."),
                &format!("`{name} = \"*\"` if it is enough that the field is there"),
            ));
        };
        self.at += 1;
        match &lexeme.token {
            Token::Comparison(comparison) => self.operand(*comparison, lexeme),
            Token::Bare(word) => self.keyword(word, lexeme, name),
            Token::Quoted(_) | Token::Number(_) | Token::Regex(_) => Err(self.refuse(
                lexeme.span,
                &format!("An operator is missing between {name} and the value."),
                &format!("`{name} = {}`", lexeme.span.of(self.text)),
            )),
            _ => Err(self.refuse(
                selector.span,
                &format!("Nothing is asked of {name}."),
                &format!("`{name} = \"*\"` if it is enough that the field is there"),
            )),
        }
    }

    fn keyword(&mut self, word: &str, lexeme: &Lexeme, name: &str) -> Result<Test, PatternError> {
        let next = self.peek().and_then(|lexeme| match &lexeme.token {
            Token::Bare(word) => Some((word.as_str(), lexeme.span)),
            _ => None,
        });
        let exists = format!("`{name} = \"*\"`: any text or number");
        match (word.to_uppercase().as_str(), next) {
            ("IS", Some((value, span))) => {
                self.at += 1;
                let test = match value.to_uppercase().as_str() {
                    "NULL" => Test::IsNull,
                    "TRUE" => Test::IsTrue,
                    "FALSE" => Test::IsFalse,
                    "NOT" => {
                        return Err(self.refuse(
                            lexeme.span.to(span),
                            "There is no IS NOT.",
                            &format!("`{name} NOT EXISTS`, `{name} IS FALSE`, or {exists}"),
                        ));
                    }
                    _ => {
                        return Err(self.refuse(
                            span,
                            &format!("IS takes NULL, TRUE or FALSE, not {value}."),
                            &format!("`{name} = \"{value}\"`"),
                        ));
                    }
                };
                self.cased(word, value, lexeme.span.to(span));
                Ok(test)
            }
            ("NOT", Some((value, span))) if value.eq_ignore_ascii_case("EXISTS") => {
                self.at += 1;
                self.cased(word, value, lexeme.span.to(span));
                Ok(Test::NotExists)
            }
            ("EXISTS", _) => {
                Err(self.refuse(lexeme.span, "There is no EXISTS, only NOT EXISTS.", &exists))
            }
            _ => Err(self.refuse(
                lexeme.span,
                &format!("`{word}` is no operator."),
                "one of `=`, `!=`, `<`, `<=`, `>`, `>=`, IS NULL, IS TRUE, IS FALSE, NOT EXISTS",
            )),
        }
    }

    fn cased(&mut self, first: &str, second: &str, span: Span) {
        if [first, second].iter().any(|word| word.chars().any(char::is_lowercase)) {
            self.doubts.push(Doubtful { doubt: Doubt::LowerCaseKeyword, span });
        }
    }

    fn operand(&mut self, comparison: Comparison, operator: &Lexeme) -> Result<Test, PatternError> {
        let Some(lexeme) = self.peek() else {
            return Err(self.refuse_end(
                "A value is missing at the end.",
                "a value, such as `\"text\"` or `3`",
            ));
        };
        self.at += 1;
        let ordered = !matches!(comparison, Comparison::Equal | Comparison::NotEqual);
        let span = lexeme.span;
        let operand = match &lexeme.token {
            Token::Number(number) => Operand::Number(number.clone(), span),
            Token::Quoted(glob) if ordered => {
                let number = number(&glob.text());
                return Err(PatternError {
                    message: format!("`{}` compares numbers only.", operator.span.of(self.text)),
                    span,
                    instead: Some(match number {
                        Some(number) => format!("`{}` without quotes", number.lexeme),
                        None => "`=` or `!=`, or a number".to_owned(),
                    }),
                    refusal: Refusal::Order(span.of(self.text).to_owned()),
                });
            }
            Token::Bare(_) | Token::Regex(_) if ordered => {
                let message = format!("`{}` compares numbers only.", operator.span.of(self.text));
                return Err(self.refuse(span, &message, "`=` or `!=`, or a number"));
            }
            Token::Quoted(glob) => Operand::Text(glob.clone(), span),
            Token::Bare(word) => {
                if word == "null" {
                    return Err(self.refuse(span, "null is no value to compare with.", "IS NULL"));
                }
                if ["NULL", "TRUE", "FALSE", "IS", "NOT", "EXISTS"].contains(&word.as_str()) {
                    self.doubts.push(Doubtful { doubt: Doubt::KeywordAsValue, span });
                }
                self.no_second_word(span)?;
                Operand::Text(Glob::new(word), span)
            }
            Token::Regex(regex) => {
                if comparison == Comparison::NotEqual {
                    let span = operator.span.to(span);
                    self.doubts.push(Doubtful { doubt: Doubt::NotEqualRegex, span });
                }
                Operand::Regex(regex.clone(), span)
            }
            Token::Comparison(_) => {
                let both = operator.span.to(span);
                let meant = if comparison == Comparison::NotEqual { "`!=`" } else { "`=`" };
                let written = both.of(self.text);
                let what = match written {
                    "==" | "===" => format!("`{written}` is no operator; equality is `=`."),
                    _ => format!("`{written}` is no operator."),
                };
                return Err(self.refuse(both, &what, meant));
            }
            _ => {
                return Err(self.refuse(
                    span,
                    &format!("A value has to follow `{}`.", operator.span.of(self.text)),
                    "a value, such as `\"text\"` or `3`",
                ));
            }
        };
        Ok(Test::Compare(comparison, operand))
    }
}
