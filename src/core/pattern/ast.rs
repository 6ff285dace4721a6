//! What a pattern is made of.
//!
//! The tree keeps meaning, not writing: `Root` and `"Root"` are the same [`Operand::Text`],
//! parentheses are gone. How something was written is found through its [`Span`].

use super::glob::Glob;
use super::regex::Regex;
use super::span::Span;

/// One of the three kinds of pattern.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Pattern {
    /// `{ … }`: the message is one JSON object.
    Json(Expr),
    /// `[ … ]`: the message is words between blanks.
    Space(SpacePattern),
    /// Anything else: the message is text. The empty pattern has no terms.
    Terms(Vec<Term>),
}

/// What stands between the braces.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Expr {
    /// Joined by `&&`: two or more.
    All(Vec<Expr>, Span),
    /// Joined by `||`: two or more.
    Any(Vec<Expr>, Span),
    /// One comparison.
    Clause(Clause),
    /// `{ }`: nothing.
    Empty(Span),
}

/// A selector and what is asked of the value it leads to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Clause {
    /// The way to the value.
    pub selector: Selector,
    /// What is asked.
    pub test: Test,
    /// Where it stands, without parentheses around it.
    pub span: Span,
}

/// The way from the message to a value: `$.userIdentity.type`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Path(pub Vec<Step>);

/// A path and where it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Selector {
    /// The steps after `$`, at least one.
    pub path: Path,
    /// Where it stands.
    pub span: Span,
}

/// One step of a path.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Step {
    /// `.name` or `.['na.me']`: the member of an object.
    Name(String),
    /// `[3]`: the element of an array, from 0.
    Index(u32),
    /// `[*]`: every element of an array, and every member of an object.
    AnyElement,
    /// `.*`: every member of an object.
    AnyMember,
}

/// What a clause asks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Test {
    /// `= value`, `> 3` and so on.
    Compare(Comparison, Operand),
    /// `IS NULL`
    IsNull,
    /// `IS TRUE`
    IsTrue,
    /// `IS FALSE`
    IsFalse,
    /// `NOT EXISTS`
    NotExists,
}

/// How two values are compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Comparison {
    /// `=`
    Equal,
    /// `!=`
    NotEqual,
    /// `<`
    Less,
    /// `<=`
    LessOrEqual,
    /// `>`
    Greater,
    /// `>=`
    GreaterOrEqual,
}

/// What a value is compared with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Operand {
    /// An unquoted number.
    Number(Number, Span),
    /// Quoted or bare text, with or without `*`.
    Text(Glob, Span),
    /// `%…%`
    Regex(Regex, Span),
}

/// A number and how it was written.
#[derive(Debug, Clone)]
pub struct Number {
    /// As written, such as `1e-3`.
    pub lexeme: String,
    /// What it is worth; infinite where it is too large.
    pub value: f64,
}

/// What stands between the brackets.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SpacePattern {
    /// The fields in order; none for `[]`.
    pub fields: Vec<Field>,
}

/// One field of a space-delimited pattern.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Field {
    /// `...`: any number of words.
    Ellipsis(Span),
    /// A word, or for the last field the rest of the message.
    Word {
        /// Its name; a field without one is called by its number.
        name: Option<String>,
        /// What is asked of it.
        condition: Option<Condition>,
        /// Where it stands.
        span: Span,
    },
}

/// What is asked of a word.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Condition {
    /// Joined by `&&`: two or more.
    All(Vec<Condition>),
    /// Joined by `||`: two or more.
    Any(Vec<Condition>),
    /// One comparison.
    Compare(Comparison, Operand, Span),
}

/// One term of a text pattern.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Term {
    /// What it is for.
    pub role: Role,
    /// What is looked for.
    pub text: TermText,
    /// Where it stands, its sign included.
    pub span: Span,
}

/// What a term is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Role {
    /// `term`: has to be there.
    Required,
    /// `-term`: must not be there.
    Excluded,
    /// `?term`: one of these has to be there; ignored beside terms of another role.
    Optional,
}

/// What a term looks for, anywhere in the message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TermText {
    /// These characters.
    Text(String),
    /// `%…%`
    Regex(Regex),
}

impl PartialEq for Number {
    fn eq(&self, other: &Self) -> bool {
        self.lexeme == other.lexeme
    }
}

impl Eq for Number {}

impl Path {
    /// Whether one of its steps leads to several values.
    pub fn has_wildcard(&self) -> bool {
        self.0.iter().any(|step| matches!(step, Step::AnyElement | Step::AnyMember))
    }
}

impl SpacePattern {
    /// Whether it has a field of this name.
    pub fn has_field(&self, field: &str) -> bool {
        self.fields
            .iter()
            .any(|known| matches!(known, Field::Word { name: Some(name), .. } if name == field))
    }
}

impl Expr {
    /// Where it stands, without parentheses around it.
    pub fn span(&self) -> Span {
        match self {
            Self::All(_, span) | Self::Any(_, span) | Self::Empty(span) => *span,
            Self::Clause(clause) => clause.span,
        }
    }

    /// Its clauses, from left to right.
    pub fn clauses(&self) -> Vec<&Clause> {
        match self {
            Self::All(parts, _) | Self::Any(parts, _) => {
                parts.iter().flat_map(Self::clauses).collect()
            }
            Self::Clause(clause) => vec![clause],
            Self::Empty(_) => Vec::new(),
        }
    }
}

impl Operand {
    /// Where it stands, quotes included.
    pub fn span(&self) -> Span {
        match self {
            Self::Number(_, span) | Self::Text(_, span) | Self::Regex(_, span) => *span,
        }
    }
}
