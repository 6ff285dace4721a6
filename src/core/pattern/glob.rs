//! Text with `*` in it.
//!
//! What a `*` at the start or the end of a value does is documented and was seen on AWS. What one
//! inside does is not established: the documentation of 2020 calls it a plain character, tests of
//! 2018 saw a wildcard that takes the first place where the rest begins and never another one.
//! [`Glob::matches`] says [`Doubt`] where these readings could differ.

use super::doubt::Doubt;

/// A value with or without `*`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Glob {
    /// The text between the stars: one piece where there is none.
    pieces: Vec<String>,
}

/// The form of a value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shape<'a> {
    /// No `*`.
    Exact(&'a str),
    /// Nothing but one `*`: anything.
    Anything,
    /// `text*`
    Prefix(&'a str),
    /// `*text`
    Suffix(&'a str),
    /// `*text*`
    Contains(&'a str),
    /// A `*` with text on both sides.
    Inner,
}

impl Glob {
    /// Splits a text at its stars.
    pub fn new(text: &str) -> Self {
        Self { pieces: text.split('*').map(str::to_owned).collect() }
    }

    /// The text between the stars, from left to right; the first and the last are empty where the
    /// text begins or ends with a star.
    pub fn pieces(&self) -> &[String] {
        &self.pieces
    }

    /// As it was written.
    pub fn text(&self) -> String {
        self.pieces.join("*")
    }

    /// Its form.
    pub fn shape(&self) -> Shape<'_> {
        match &self.pieces[..] {
            [text] => Shape::Exact(text),
            [first, last] if first.is_empty() && last.is_empty() => Shape::Anything,
            [text, last] if last.is_empty() => Shape::Prefix(text),
            [first, text] if first.is_empty() => Shape::Suffix(text),
            [first, text, last] if first.is_empty() && last.is_empty() && !text.is_empty() => {
                Shape::Contains(text)
            }
            _ => Shape::Inner,
        }
    }

    /// Whether a text matches, as far as that is established.
    ///
    /// # Errors
    ///
    /// Where the known readings of `*` could differ.
    pub fn matches(&self, text: &str) -> Result<bool, Doubt> {
        let [first, middle @ .., last] = &self.pieces[..] else {
            return Ok(self.pieces.first().is_some_and(|only| only == text));
        };
        let Some(rest) = text.strip_prefix(first.as_str()) else {
            return Ok(false);
        };
        let Some(mut rest) = rest.strip_suffix(last.as_str()) else {
            return Ok(false);
        };
        for piece in middle {
            match rest.split_once(piece.as_str()) {
                Some((_, after)) => rest = after,
                None => return Ok(false),
            }
        }
        match (first.is_empty(), &middle, last.is_empty()) {
            (_, [], true) => Ok(true),
            // The first place where the suffix begins is not the one at the end: a matcher that
            // does not go back misses it, as was seen with `*111.111.111` on 111.111.111.111.
            (true, [], false) => match text.find(last.as_str()) {
                Some(at) if at + last.len() == text.len() => Ok(true),
                _ => Err(Doubt::RepeatedSuffix),
            },
            (true, [_], true) => Err(Doubt::DoubleWildcard),
            _ => Err(Doubt::InnerWildcard),
        }
    }
}
