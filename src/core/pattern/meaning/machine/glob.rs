//! Texts with `*` in them.

use super::DEAD;
use crate::pattern::{Doubt, Glob, Match, Shape};

/// A text with `*` in it: the pieces between the stars, found one after the other. That this is
/// what a `*` inside a text means is a reading of its own, see [`Model`](super::super::model::Model).
#[derive(Debug, Clone)]
pub(in crate::pattern::meaning) struct GlobMachine {
    /// The first is a prefix, the last a suffix; the others stand between them.
    pieces: Vec<Searcher>,
    suffix: Suffix,
}

/// What becomes of a suffix that may stand in a text more than once, which is doubtful.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Suffix {
    /// It is remembered whether it was seen before.
    Remembered,
    /// It is not, and all that have the suffix are doubtful.
    Forgotten,
    /// There is other text than the suffix.
    NotAlone,
}

/// Knuth, Morris and Pratt's search: the state is how much of the needle has just been read.
#[derive(Debug, Clone)]
struct Searcher {
    needle: Vec<u8>,
    /// For each length read: the longest shorter beginning of the needle that it ends with.
    fallback: Vec<usize>,
}

impl Searcher {
    fn new(needle: &[u8]) -> Self {
        let mut fallback = vec![0; needle.len() + 1];
        let mut length = 0;
        for at in 1..needle.len() {
            while length > 0 && needle[at] != needle[length] {
                length = fallback[length];
            }
            if needle[at] == needle[length] {
                length += 1;
            }
            fallback[at + 1] = length;
        }
        Self { needle: needle.to_vec(), fallback }
    }

    fn step(&self, mut read: usize, byte: u8) -> usize {
        loop {
            if self.needle.get(read) == Some(&byte) {
                return read + 1;
            }
            if read == 0 {
                return 0;
            }
            read = self.fallback[read];
        }
    }
}

/// Set where the suffix has been seen before the end.
const SEEN: u32 = 1 << 30;
/// How far the piece number is shifted; pieces are shorter than a pattern, 1,024 characters.
const PIECE: u32 = 13;

impl GlobMachine {
    /// The machine of a text with at least one star.
    pub(in crate::pattern::meaning) fn new(glob: &Glob) -> Self {
        Self {
            pieces: glob.pieces().iter().map(|piece| Searcher::new(piece.as_bytes())).collect(),
            suffix: match glob.shape() {
                Shape::Suffix(_) => Suffix::Remembered,
                _ => Suffix::NotAlone,
            },
        }
    }

    /// Skips the pieces between stars that are empty.
    fn settle(&self, mut piece: usize, read: usize) -> u32 {
        if read == 0 {
            while piece > 0 && piece + 1 < self.pieces.len() && self.pieces[piece].needle.is_empty()
            {
                piece += 1;
            }
            if piece == 0 && self.pieces[0].needle.is_empty() {
                return self.settle(1, 0);
            }
        }
        u32::try_from((piece << PIECE) | read).unwrap_or(DEAD)
    }

    pub(super) fn start(&self) -> u32 {
        self.settle(0, 0)
    }

    pub(super) fn step(&self, state: u32, byte: u8) -> u32 {
        if state == DEAD {
            return DEAD;
        }
        let seen = state & SEEN;
        let place = (state & !SEEN) as usize;
        let (piece, read) = (place >> PIECE, place & ((1 << PIECE) - 1));
        let searcher = &self.pieces[piece];
        if piece == 0 {
            // The beginning has to be there at once.
            return match searcher.needle.get(read) {
                Some(&expected) if expected != byte => DEAD,
                _ if read + 1 == searcher.needle.len() => self.settle(1, 0),
                _ => self.settle(0, read + 1),
            };
        }
        let next = searcher.step(read, byte);
        if piece + 1 == self.pieces.len() {
            let full = read == searcher.needle.len() && read > 0;
            let seen = if self.suffix == Suffix::Remembered && full { SEEN } else { seen };
            return u32::try_from((piece << PIECE) | next).unwrap_or(DEAD) | seen;
        }
        if next == searcher.needle.len() {
            return self.settle(piece + 1, 0);
        }
        u32::try_from((piece << PIECE) | next).unwrap_or(DEAD)
    }

    pub(super) fn end(&self, state: u32) -> Match {
        let last = self.pieces.len() - 1;
        let place = (state & !SEEN) as usize;
        if state == DEAD || place != (last << PIECE) | self.pieces[last].needle.len() {
            return Match::No;
        }
        if state & SEEN != 0 || self.suffix == Suffix::Forgotten {
            Match::Uncertain(Doubt::RepeatedSuffix)
        } else {
            Match::Yes
        }
    }

    /// Whether the byte stands in one of the pieces.
    pub(super) fn knows(&self, byte: u8) -> bool {
        self.pieces.iter().any(|piece| piece.needle.contains(&byte))
    }

    /// See [`super::Machine::relaxed`]; none if it is to say yes to everything.
    pub(super) fn relaxed(&self) -> Option<Self> {
        match (self.suffix, &self.pieces[..]) {
            (Suffix::NotAlone, [_, last]) if last.needle.is_empty() => Some(self.clone()),
            (Suffix::NotAlone, _) => None,
            _ => Some(Self { suffix: Suffix::Forgotten, ..self.clone() }),
        }
    }
}
