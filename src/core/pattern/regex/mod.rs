//! The regular expressions of filter patterns: `%…%`.
//!
//! AWS takes a small part of the usual syntax: letters, digits, blanks and `: _ # = @ / ; , -` for
//! themselves, the operators `^ $ ? [ ] { } | \ * + .`, the classes `\d \D \s \S \w \W` and `\xhh`
//! for any other character. There are no groups: a parenthesis is refused even after a backslash.
//! An expression is looked for anywhere in a text
//! ([AWS](https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/regex-expressions.html)).
//!
//! ```
//! use secmon_core::pattern::{FilterPattern, Match};
//!
//! let pattern = FilterPattern::parse(r"%^ERROR\s[0-9]{3}$%").unwrap();
//! assert_eq!(pattern.test("ERROR 500"), Match::Yes);
//! assert_eq!(pattern.test("ERROR 5000"), Match::No);
//! ```
//!
//! Which engine AWS runs is not known. Where engines differ – characters beyond ASCII, line ends –
//! the expression is compiled in each reading, and the answer is a [`Doubt`] if they disagree on
//! the text at hand.

mod syntax;
#[cfg(test)]
mod tests;
mod translate;

use std::fmt;
use std::sync::Arc;

use super::doubt::{Doubt, Doubtful};
use super::error::{PatternError, Refusal};
use super::span::Span;
use syntax::Alternatives;
use translate::Reading;

/// A regular expression, compiled. Two are equal if they are written alike.
#[derive(Debug, Clone)]
pub struct Regex(Arc<Compiled>);

#[derive(Debug)]
struct Compiled {
    source: String,
    translated: String,
    /// Nothing where it is too large to compile.
    plain: Option<regex::Regex>,
    /// Asked too where a text has line ends.
    line_ends: Option<regex::Regex>,
    lines: Option<regex::Regex>,
    /// Asked too where a text has characters beyond ASCII.
    bytes: Option<regex::bytes::Regex>,
    wide: Option<regex::Regex>,
    /// Whether it matters if a character counts once or twice.
    counts: bool,
}

/// The other readings of an expression than the one of [`Regex::translated`].
#[derive(Debug)]
pub(super) struct Readings<'r> {
    /// Those that read characters, and the doubt if one of them finds something else.
    pub(super) characters: Vec<(&'r str, Doubt)>,
    /// The one that reads bytes.
    pub(super) bytes: Option<&'r str>,
    /// Whether a text with characters beyond U+FFFF in which nothing is found is doubtful.
    pub(super) counts: bool,
}

/// How many elements an expression may have, repetitions counted out. Beyond that it is not
/// compiled, and nothing is known about it: a pattern of 1,024 characters could ask for gigabytes.
const MOST_ELEMENTS: u64 = 2000;
/// How many bytes an expression may compile to: more than that many elements need.
const SIZE_LIMIT: usize = 16 << 20;

impl Regex {
    /// Reads a regular expression from its opening `%`, which stands at `start`, to its closing
    /// one.
    pub(super) fn scan(
        text: &str,
        start: usize,
        doubts: &mut Vec<Doubtful>,
    ) -> Result<(Self, Span), PatternError> {
        let source = between_percent_signs(text, start)?;
        let span = Span::new(start, start + source.len() + 2);
        if source.is_empty() {
            return Err(PatternError {
                message: "A regular expression cannot be empty.".to_owned(),
                span,
                instead: Some("`\"%%\"` for two percent signs".to_owned()),
                refusal: Refusal::Unrecorded,
            });
        }
        let alternatives = syntax::parse(source, start + 1, doubts)?;
        let compiled = Compiled::new(source, &alternatives);
        if compiled.plain.is_none() {
            doubts.push(Doubtful { doubt: Doubt::RegexSize, span });
        }
        Ok((Self(Arc::new(compiled)), span))
    }

    /// As it was written, without the percent signs.
    pub fn source(&self) -> &str {
        &self.0.source
    }

    /// The same language in the syntax of the `regex` crate, without any flag.
    pub fn translated(&self) -> &str {
        &self.0.translated
    }

    /// What [`Regex::matches`] compares, in the syntax of the `regex` crate.
    pub(super) fn readings(&self) -> Readings<'_> {
        let others =
            [(&self.0.line_ends, Doubt::RegexLineEnd), (&self.0.wide, Doubt::RegexOnNonAscii)];
        let characters = others
            .into_iter()
            .filter_map(|(regex, doubt)| regex.as_ref().map(|regex| (regex.as_str(), doubt)));
        Readings {
            characters: characters.collect(),
            bytes: self.0.bytes.as_ref().map(regex::bytes::Regex::as_str),
            counts: self.0.bytes.is_some() && self.0.counts,
        }
    }

    /// Whether it is found in a text.
    ///
    /// # Errors
    ///
    /// Where engines differ on this text.
    pub fn matches(&self, text: &str) -> Result<bool, Doubt> {
        let compiled = &*self.0;
        let found = compiled.plain.as_ref().ok_or(Doubt::RegexSize)?.is_match(text);
        let agrees = |other: &regex::Regex| other.is_match(text) == found;
        if may_have_line_ends(text)
            && [&compiled.line_ends, &compiled.lines]
                .into_iter()
                .flatten()
                .any(|other| !agrees(other))
        {
            return Err(Doubt::RegexLineEnd);
        }
        let Some(bytes) = &compiled.bytes else { return Ok(found) };
        if text.is_ascii() {
            return Ok(found);
        }
        // UTF-16, in which some characters count twice, lies between the two readings.
        let between = compiled.counts && !found && text.bytes().any(|byte| byte >= 0xf0);
        if between
            || bytes.is_match(text.as_bytes()) != found
            || compiled.wide.as_ref().is_some_and(|wide| !agrees(wide))
        {
            return Err(Doubt::RegexOnNonAscii);
        }
        Ok(found)
    }
}

impl Compiled {
    fn new(source: &str, alternatives: &Alternatives) -> Self {
        let too_large = translate::elements(alternatives) > MOST_ELEMENTS;
        let build = |reading| {
            if too_large {
                return None;
            }
            let text = translate::translate(alternatives, reading);
            regex::RegexBuilder::new(&text).size_limit(SIZE_LIMIT).build().ok()
        };
        let bytes = || {
            if too_large {
                return None;
            }
            let text = translate::translate(alternatives, Reading::Bytes);
            let mut builder = regex::bytes::RegexBuilder::new(&text);
            builder.unicode(false).size_limit(SIZE_LIMIT).build().ok()
        };
        let line_ends = translate::sees_line_ends(alternatives);
        let non_ascii = translate::takes_non_ascii(alternatives);
        let wide = translate::has_classes(alternatives);
        Self {
            source: source.to_owned(),
            translated: translate::translate(alternatives, Reading::Plain),
            plain: build(Reading::Plain),
            line_ends: line_ends.then(|| build(Reading::LineEnds)).flatten(),
            lines: line_ends.then(|| build(Reading::Lines)).flatten(),
            bytes: non_ascii.then(bytes).flatten(),
            wide: wide.then(|| build(Reading::Wide)).flatten(),
            counts: translate::counts(alternatives),
        }
    }
}

/// How many regular expressions a pattern may have.
pub(super) const MOST: usize = 2;

/// The refusal of one more than [`MOST`] regular expressions.
pub(super) fn too_many(span: Span) -> PatternError {
    PatternError {
        message: "A pattern takes two regular expressions at most.".to_owned(),
        span,
        instead: Some("one with `|` between the alternatives".to_owned()),
        refusal: Refusal::CodeOnly,
    }
}

impl PartialEq for Regex {
    fn eq(&self, other: &Self) -> bool {
        self.source() == other.source()
    }
}

impl Eq for Regex {}

impl fmt::Display for Regex {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "%{}%", self.source())
    }
}

/// Whether one of the readings of line ends could matter; true more often than it does.
fn may_have_line_ends(text: &str) -> bool {
    text.contains(['\n', '\r']) || !text.is_ascii()
}

/// What stands between the `%` at `start` and the next one, if all of it is allowed.
fn between_percent_signs(text: &str, start: usize) -> Result<&str, PatternError> {
    let inside = text.get(start + 1..).unwrap_or_default();
    let mut escaped = false;
    for (offset, character) in inside.char_indices() {
        let at = start + 1 + offset;
        let span = Span::new(at, at + character.len_utf8());
        match character {
            '%' if escaped => {
                return Err(PatternError {
                    message: "A percent sign ends the regular expression, after a backslash too."
                        .to_owned(),
                    span: Span::new(at - 1, at + 1),
                    instead: Some("`\\x25` for a percent sign".to_owned()),
                    refusal: Refusal::Unrecorded,
                });
            }
            '%' => return Ok(&inside[..offset]),
            _ if is_allowed(character) => escaped = character == '\\' && !escaped,
            _ => {
                let (message, instead) = forbidden(character);
                return Err(PatternError {
                    message,
                    span,
                    instead: Some(instead),
                    refusal: Refusal::Term(text[start..span.end].to_owned()),
                });
            }
        }
    }
    Err(PatternError {
        message: "The regular expression has no closing `%`.".to_owned(),
        span: Span::new(start, text.len()),
        instead: Some("`%` at its end, or quotes around text with a percent sign".to_owned()),
        refusal: Refusal::Unrecorded,
    })
}

fn is_allowed(character: char) -> bool {
    character.is_ascii_alphanumeric() || ":_#=@/;,- ^$?[]{}|\\*+.".contains(character)
}

/// What is wrong with a character, and what to write instead.
fn forbidden(character: char) -> (String, String) {
    match character {
        '(' | ')' => (
            "AWS's regular expressions have no groups; a parenthesis is refused even after a \
             backslash."
                .to_owned(),
            format!(
                "the alternatives out in full, or `\\x{:02x}` for the character itself",
                u32::from(character)
            ),
        ),
        _ if character.is_ascii() => (
            match character {
                ' '..='~' => format!("`{character}` is not allowed in a regular expression."),
                _ => "A control character is not allowed in a regular expression.".to_owned(),
            },
            format!("`\\x{:02x}`", u32::from(character)),
        ),
        _ => (
            format!("`{character}` is not allowed in a regular expression: it is beyond ASCII."),
            "`.+` in its place".to_owned(),
        ),
    }
}
