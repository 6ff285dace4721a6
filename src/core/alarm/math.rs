//! Metric math as far as alarms on a count need it: numbers, ids, `+ - * /` and parentheses.

use std::collections::BTreeSet;

/// An expression, with the metrics that it names.
#[derive(Debug, Clone, PartialEq)]
pub enum Expression {
    /// A number.
    Number(f64),
    /// The metric at this place of the caller's list.
    Metric(usize),
    /// `-x`
    Negative(Box<Expression>),
    /// `x + y`
    Both(Box<Expression>, Sign, Box<Expression>),
}

/// What joins two expressions.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sign {
    /// `+`
    Plus,
    /// `-`
    Minus,
    /// `*`
    Times,
    /// `/`
    Over,
}

/// How deep parentheses and ids that name other expressions may nest, for the stack's sake.
const DEEPEST: u32 = 64;
/// AWS's own limit on the text of one expression; also bounds how deep a chain of sums gets.
const LONGEST: usize = 2_048;

impl Expression {
    /// Parses; `depth` is 0 but inside of `resolve`, which gives what an id stands for: a
    /// metric or another expression's tree.
    pub fn parse(
        text: &str,
        depth: u32,
        resolve: &mut dyn FnMut(&str, u32) -> Option<Self>,
    ) -> Option<Self> {
        if text.len() > LONGEST {
            return None;
        }
        let mut parser = Parser { rest: text.trim_start(), resolve };
        let parsed = parser.sum(depth)?;
        parser.rest.is_empty().then_some(parsed)
    }

    /// The value; `None` where a metric has none in this period, or it is no finite number.
    pub fn value(&self, metric: &dyn Fn(usize) -> Option<f64>) -> Option<f64> {
        let value = match self {
            Self::Number(value) => *value,
            Self::Metric(place) => metric(*place)?,
            Self::Negative(of) => -of.value(metric)?,
            Self::Both(left, sign, right) => {
                let (left, right) = (left.value(metric)?, right.value(metric)?);
                match sign {
                    Sign::Plus => left + right,
                    Sign::Minus => left - right,
                    Sign::Times => left * right,
                    Sign::Over => left / right,
                }
            }
        };
        value.is_finite().then_some(value)
    }

    /// The places of the metrics that it names.
    pub(super) fn metrics(&self) -> BTreeSet<usize> {
        match self {
            Self::Number(_) => BTreeSet::new(),
            Self::Metric(place) => BTreeSet::from([*place]),
            Self::Negative(of) => of.metrics(),
            Self::Both(left, _, right) => &left.metrics() | &right.metrics(),
        }
    }
}

struct Parser<'a, 'r> {
    rest: &'a str,
    resolve: &'r mut dyn FnMut(&str, u32) -> Option<Expression>,
}

impl<'a> Parser<'a, '_> {
    fn sum(&mut self, depth: u32) -> Option<Expression> {
        let mut left = self.product(depth)?;
        loop {
            let sign = match self.rest.chars().next() {
                Some('+') => Sign::Plus,
                Some('-') => Sign::Minus,
                _ => return Some(left),
            };
            self.skip(1);
            left = Expression::Both(left.into(), sign, self.product(depth)?.into());
        }
    }

    fn product(&mut self, depth: u32) -> Option<Expression> {
        let mut left = self.factor(depth)?;
        loop {
            let sign = match self.rest.chars().next() {
                Some('*') => Sign::Times,
                Some('/') => Sign::Over,
                _ => return Some(left),
            };
            self.skip(1);
            left = Expression::Both(left.into(), sign, self.factor(depth)?.into());
        }
    }

    fn factor(&mut self, depth: u32) -> Option<Expression> {
        if depth > DEEPEST {
            return None;
        }
        match self.rest.chars().next()? {
            '(' => {
                self.skip(1);
                let inside = self.sum(depth + 1)?;
                self.rest.starts_with(')').then(|| self.skip(1))?;
                Some(inside)
            }
            '-' => {
                self.skip(1);
                Some(Expression::Negative(self.factor(depth + 1)?.into()))
            }
            '0'..='9' | '.' => {
                let number = self.word(|c| c.is_ascii_digit() || c == '.');
                Some(Expression::Number(number.parse().ok()?))
            }
            'a'..='z' => {
                let id = self.word(|c| c.is_ascii_alphanumeric() || c == '_');
                (self.resolve)(id, depth + 1)
            }
            _ => None,
        }
    }

    fn word(&mut self, belongs: impl Fn(char) -> bool) -> &'a str {
        let end = self.rest.find(|c| !belongs(c)).unwrap_or(self.rest.len());
        let (word, _) = self.rest.split_at(end);
        self.skip(end);
        word
    }

    fn skip(&mut self, bytes: usize) {
        self.rest = self.rest[bytes..].trim_start();
    }
}
