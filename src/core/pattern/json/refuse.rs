//! What is wrong with a JSON pattern whose words are in an order that the language does not have.

use super::lex::{Lexeme, Token};
use super::parse::Parser;
use crate::pattern::error::{PatternError, Refusal};
use crate::pattern::span::Span;

impl Parser<'_, '_> {
    /// `$.errorMessage = Failed authentication`: a value with blanks needs quotes.
    pub(super) fn no_second_word(&self, span: Span) -> Result<(), PatternError> {
        let more = self.lexemes[self.at..].iter().take_while(|lexeme| match &lexeme.token {
            Token::Bare(word) => !["and", "or"].contains(&word.to_lowercase().as_str()),
            Token::Number(_) => true,
            _ => false,
        });
        let Some(last) = more.last() else {
            return Ok(());
        };
        let whole = span.to(last.span);
        let instead = format!("`\"{}\"`", whole.of(self.text));
        Err(self.refuse(whole, "A value with a blank in it stands in double quotes.", &instead))
    }

    pub(super) fn no_selector(&self, lexeme: &Lexeme) -> PatternError {
        let written = lexeme.span.of(self.text);
        match &lexeme.token {
            Token::Bare(word) if word.eq_ignore_ascii_case("not") => self.refuse(
                lexeme.span,
                "There is no NOT; negate each comparison with `!=`.",
                "`!=`, or NOT EXISTS after the selector",
            ),
            Token::Bare(_) | Token::Quoted(_) | Token::Number(_) => self.refuse(
                lexeme.span,
                "A comparison begins with a selector: `$.` and the name of a field.",
                &match self.compared_before() {
                    Some(before) => format!("`{before} {written}`"),
                    None => format!("`$.{}`", written.trim_matches('"').trim_start_matches('.')),
                },
            ),
            Token::Close => self.refuse(
                lexeme.span,
                "A comparison is missing before this parenthesis.",
                "a comparison, or leave the operator out",
            ),
            _ => self.refuse(
                lexeme.span,
                &format!("A comparison is missing before `{written}`."),
                "a comparison, such as `$.eventName = \"GetSecretValue\"`",
            ),
        }
    }

    /// The selector and the operator of the comparison before, where an operator joins it to a lone
    /// value: `$.eventName = "A" || "B"`.
    fn compared_before(&self) -> Option<&str> {
        let before = self.lexemes[..self.at].iter().rev();
        let words: Vec<&Lexeme> =
            before.filter(|lexeme| lexeme.token != Token::Close).take(4).collect();
        match words[..] {
            [joined, _, operator, selector]
                if matches!(joined.token, Token::And | Token::Or)
                    && matches!(operator.token, Token::Comparison(_))
                    && matches!(selector.token, Token::Selector(_)) =>
            {
                Some(selector.span.to(operator.span).of(self.text))
            }
            _ => None,
        }
    }

    pub(super) fn unexpected(&self, lexeme: &Lexeme) -> PatternError {
        let written = lexeme.span.of(self.text);
        match &lexeme.token {
            Token::Open | Token::Selector(_) => self.refuse(
                lexeme.span,
                "An operator is missing before this comparison.",
                "`&&` or `||` before it",
            ),
            Token::Close => {
                self.refuse(lexeme.span, "This parenthesis closes nothing.", "one `)` less")
            }
            Token::Bare(word) if word.eq_ignore_ascii_case("and") => {
                self.refuse(lexeme.span, &format!("{word} is no operator."), "`&&`")
            }
            Token::Bare(word) if word.eq_ignore_ascii_case("or") => {
                self.refuse(lexeme.span, &format!("{word} is no operator."), "`||`")
            }
            _ => self.refuse(
                lexeme.span,
                &format!("`{written}` has no place here."),
                "`&&` or `||` and a comparison, or text with blanks in double quotes",
            ),
        }
    }

    pub(super) fn refuse(&self, span: Span, message: &str, instead: &str) -> PatternError {
        PatternError {
            message: message.to_owned(),
            span,
            instead: Some(instead.to_owned()),
            refusal: Refusal::Syntax,
        }
    }

    pub(super) fn refuse_end(&self, message: &str, instead: &str) -> PatternError {
        self.refuse(Span::new(self.end, self.end), message, instead)
    }
}
