//! Terms, ready to be looked for in many messages.

use memchr::memmem::Finder;

use super::super::Match;
use super::super::ast::{Role, Term, TermText};
use super::super::doubt::Doubt;
use super::super::regex::Regex;

/// Terms, ready to be looked for in many messages.
#[derive(Debug, Clone)]
pub(in super::super) struct TermsMatcher {
    required: Vec<Needle>,
    excluded: Vec<Needle>,
    /// One of these; none where they are ignored.
    optional: Vec<Needle>,
}

/// One text or regular expression.
#[derive(Debug, Clone)]
enum Needle {
    Ascii(Finder<'static>),
    /// The longest piece of ASCII in a text that has other characters too.
    NonAscii(Finder<'static>),
    Regex(Regex),
}

impl TermsMatcher {
    /// Prepares terms.
    pub(in super::super) fn new(terms: &[Term]) -> Self {
        let of = |role| -> Vec<Needle> {
            terms.iter().filter(|term| term.role == role).map(Needle::new).collect()
        };
        let required = of(Role::Required);
        let optional = if required.is_empty() { of(Role::Optional) } else { Vec::new() };
        Self { required, excluded: of(Role::Excluded), optional }
    }

    /// What they make of a message, apart from the doubts that the pattern raises by itself.
    pub(in super::super) fn test(&self, message: &str) -> Match {
        let mut doubt = None;
        for (needles, wanted) in [(&self.required, true), (&self.excluded, false)] {
            for needle in needles {
                match needle.is_in(message) {
                    Ok(found) if found == wanted => {}
                    Ok(_) => return Match::No,
                    Err(reason) => doubt = doubt.or(Some(reason)),
                }
            }
        }
        let mut optional = None;
        for needle in &self.optional {
            match needle.is_in(message) {
                Ok(true) => return doubt.map_or(Match::Yes, Match::Uncertain),
                Ok(false) => {}
                Err(reason) => optional = optional.or(Some(reason)),
            }
        }
        if !self.optional.is_empty() && optional.is_none() {
            return Match::No;
        }
        doubt.or(optional).map_or(Match::Yes, Match::Uncertain)
    }
}

impl Needle {
    fn new(term: &Term) -> Self {
        match &term.text {
            TermText::Regex(regex) => Self::Regex(regex.clone()),
            TermText::Text(text) if text.is_ascii() => {
                Self::Ascii(Finder::new(text.as_bytes()).into_owned())
            }
            TermText::Text(text) => {
                let pieces = text.split(|c: char| !c.is_ascii());
                let longest = pieces.max_by_key(|piece| piece.len()).unwrap_or_default();
                Self::NonAscii(Finder::new(longest.as_bytes()).into_owned())
            }
        }
    }

    fn is_in(&self, message: &str) -> Result<bool, Doubt> {
        match self {
            Self::Ascii(finder) => Ok(finder.find(message.as_bytes()).is_some()),
            // Whatever AWS makes of the other characters, there have to be some.
            Self::NonAscii(piece) => {
                if message.is_ascii() || piece.find(message.as_bytes()).is_none() {
                    return Ok(false);
                }
                Err(Doubt::NonAscii)
            }
            Self::Regex(regex) => regex.matches(message),
        }
    }
}
