//! The languages of texts as automata over bytes.
//!
//! Every machine is deterministic and remembers one number, so that any set of them can be run
//! side by side: the product is searched breadth first in [`super::texts`] and
//! [`super::numbers`]. They end with a [`Match`], not with a yes or no, because for some texts it
//! is not established whether AWS takes them (`*ab` on `abab`).

use std::cmp::Ordering;
use std::collections::{BTreeMap, BTreeSet};

use regex_automata::dfa::{Automaton, StartKind, dense};
use regex_automata::nfa::thompson;
use regex_automata::util::{primitives::StateID, start, syntax};
use regex_automata::{Anchored, MatchKind};

use super::decimal::Decimal;
use crate::pattern::{Doubt, Glob, Match, Shape};

/// A text with `*` in it: the pieces between the stars, found one after the other. That this is
/// what a `*` inside a text means is a reading of its own, see [`super::model`].
#[derive(Debug, Clone)]
pub(super) struct GlobMachine {
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

/// No text with this beginning is in the language.
const DEAD: u32 = u32::MAX;
/// Set where the suffix has been seen before the end.
const SEEN: u32 = 1 << 30;
/// How far the piece number is shifted; pieces are shorter than a pattern, 1,024 characters.
const PIECE: u32 = 13;

impl GlobMachine {
    /// The machine of a text with at least one star.
    pub(super) fn new(glob: &Glob) -> Self {
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

    fn start(&self) -> u32 {
        self.settle(0, 0)
    }

    fn step(&self, state: u32, byte: u8) -> u32 {
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

    fn end(&self, state: u32) -> Match {
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
}

/// A regular expression, searched anywhere in a text.
#[derive(Debug, Clone)]
pub(super) struct RegexMachine {
    dfa: dense::DFA<Vec<u32>>,
    start: u32,
}

/// The most memory one regular expression may take; more is a budget exceeded.
const REGEX_BYTES: usize = 1 << 18;

impl RegexMachine {
    /// The machine of an expression in the syntax of the regex crate, of characters or of bytes.
    pub(super) fn new(expression: &str, unicode: bool) -> Option<Self> {
        let dfa = dense::Builder::new()
            .syntax(syntax::Config::new().unicode(unicode).utf8(unicode))
            .thompson(thompson::Config::new().utf8(unicode).nfa_size_limit(Some(REGEX_BYTES)))
            .configure(
                dense::Config::new()
                    .match_kind(MatchKind::All)
                    .start_kind(StartKind::Unanchored)
                    .dfa_size_limit(Some(REGEX_BYTES))
                    .determinize_size_limit(Some(REGEX_BYTES)),
            )
            .build(expression)
            .ok()?;
        let start = dfa.start_state(&start::Config::new().anchored(Anchored::No)).ok()?;
        Some(Self { start: start.as_u32(), dfa })
    }

    fn id(state: u32) -> StateID {
        StateID::new_unchecked(state as usize)
    }

    fn step(&self, state: u32, byte: u8) -> u32 {
        if state == FOUND {
            return FOUND;
        }
        let next = self.dfa.next_state(Self::id(state), byte);
        if self.dfa.is_match_state(next) { FOUND } else { next.as_u32() }
    }

    fn end(&self, state: u32) -> bool {
        state == FOUND || self.dfa.is_match_state(self.dfa.next_eoi_state(Self::id(state)))
    }

    /// Bytes of the same class lead to the same states.
    fn class(&self, byte: u8) -> u8 {
        self.dfa.byte_classes().get(byte)
    }
}

/// A match has been seen; whatever follows, it stays one.
const FOUND: u32 = u32::MAX;

/// How a plain number compares with a constant, digit by digit.
#[derive(Debug, Clone)]
pub(super) struct CompareMachine {
    with: Decimal,
}

/// The fields of the state of a [`CompareMachine`], packed: place, comparison so far, in the
/// fraction or not, negative or not.
fn pack(place: usize, so_far: Ordering, fraction: bool, negative: bool) -> u32 {
    let so_far = match so_far {
        Ordering::Less => 0,
        Ordering::Equal => 1,
        Ordering::Greater => 2,
    };
    u32::try_from(place).unwrap_or(u32::MAX >> 4) << 4
        | so_far << 2
        | u32::from(fraction) << 1
        | u32::from(negative)
}

fn unpack(state: u32) -> (usize, Ordering, bool, bool) {
    let so_far = match state >> 2 & 3 {
        0 => Ordering::Less,
        1 => Ordering::Equal,
        _ => Ordering::Greater,
    };
    ((state >> 4) as usize, so_far, state & 2 != 0, state & 1 != 0)
}

impl CompareMachine {
    pub(super) const fn new(with: Decimal) -> Self {
        Self { with }
    }

    fn step(&self, state: u32, byte: u8) -> u32 {
        let (place, so_far, fraction, negative) = unpack(state);
        match byte {
            b'-' => pack(place, so_far, fraction, true),
            b'.' => pack(0, self.whole(place, so_far), true, negative),
            // A nought before the point is no digit of the number.
            b'0' if !fraction && place == 0 => state,
            _ if fraction => {
                let other = self.with.fraction.get(place).copied().unwrap_or(b'0');
                let place = (place + 1).min(self.with.fraction.len());
                pack(place, so_far.then(byte.cmp(&other)), true, negative)
            }
            _ => {
                let so_far = match self.with.whole.get(place) {
                    Some(other) => so_far.then(byte.cmp(other)),
                    None => so_far,
                };
                pack((place + 1).min(self.with.whole.len() + 1), so_far, false, negative)
            }
        }
    }

    /// How the whole parts compare, when all their digits have been read.
    fn whole(&self, digits: usize, so_far: Ordering) -> Ordering {
        digits.cmp(&self.with.whole.len()).then(so_far)
    }

    fn end(&self, state: u32) -> Ordering {
        let (place, so_far, fraction, negative) = unpack(state);
        let (so_far, place) =
            if fraction { (so_far, place) } else { (self.whole(place, so_far), 0) };
        let sizes = so_far.then(place.cmp(&self.with.fraction.len()));
        match (negative, self.with.negative) {
            (true, true) => sizes.reverse(),
            // Nought is never written with a sign here.
            (true, false) => Ordering::Less,
            (false, true) => Ordering::Greater,
            (false, false) => sizes,
        }
    }
}

/// Whether bytes are characters: 0 between two, else what has to follow.
fn utf8_step(state: u32, byte: u8) -> u32 {
    let more =
        |low: u8, high: u8, then: u32| if (low..=high).contains(&byte) { then } else { DEAD };
    match state {
        0 => match byte {
            0..=0x7f => 0,
            0xc2..=0xdf => 1,
            0xe0 => 4,
            0xe1..=0xec | 0xee..=0xef => 2,
            0xed => 5,
            0xf0 => 6,
            0xf1..=0xf3 => 3,
            0xf4 => 7,
            _ => DEAD,
        },
        1 => more(0x80, 0xbf, 0),
        2 => more(0x80, 0xbf, 1),
        3 => more(0x80, 0xbf, 2),
        4 => more(0xa0, 0xbf, 1),
        5 => more(0x80, 0x9f, 1),
        6 => more(0x90, 0xbf, 2),
        7 => more(0x80, 0x8f, 2),
        _ => DEAD,
    }
}

/// JSON's numbers; the state tells what was read last.
fn number_step(state: u32, byte: u8) -> u32 {
    match (state, byte) {
        (0, b'-') => 1,
        (0, b'0') => 2,
        (0 | 1, b'1'..=b'9') | (3, b'0'..=b'9') => 3,
        (2 | 3, b'.') => 4,
        // 5: the fraction is one nought; 6: it ends with another digit; 7: it ends with a nought.
        (4, b'0') => 5,
        (4..=7, b'1'..=b'9') => 6,
        (5..=7, b'0') => 7,
        // From 11 on: nought with a sign, which some tell apart from 0.
        (1, b'0') => 11,
        (11, b'.') => 12,
        (12..=14, b'1'..=b'9') => 6,
        (12, b'0') => 13,
        (13 | 14, b'0') => 14,
        (2 | 3 | 5..=7 | 11 | 13 | 14, b'e' | b'E') => 8,
        (8, b'+' | b'-') => 9,
        (8..=10, b'0'..=b'9') => 10,
        _ => DEAD,
    }
}

/// How a number is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Form {
    /// As everybody writes it: `12`, `12.5`, `12.0`.
    Plain,
    /// With an exponent, or with needless noughts.
    Unusual,
    /// Not a number.
    Not,
}

/// The form of a text that is meant to be a number.
pub(super) fn number_form(text: &str) -> Form {
    match text.bytes().fold(0, number_step) {
        2 | 3 | 5 | 6 => Form::Plain,
        7 | 10 | 11 | 13 | 14 => Form::Unusual,
        _ => Form::Not,
    }
}

/// Texts one by one, as a tree of their bytes.
#[derive(Debug, Clone, Default)]
pub(super) struct TreeMachine {
    nodes: Vec<BTreeMap<u8, u32>>,
    ends: BTreeSet<u32>,
}

impl TreeMachine {
    pub(super) fn new<'a>(texts: impl Iterator<Item = &'a str>) -> Self {
        let mut tree = Self { nodes: vec![BTreeMap::new()], ends: BTreeSet::new() };
        for text in texts {
            let mut state = 0;
            for byte in text.bytes() {
                let new = u32::try_from(tree.nodes.len()).unwrap_or(DEAD);
                let next = *tree.nodes[state as usize].entry(byte).or_insert(new);
                if next == new {
                    tree.nodes.push(BTreeMap::new());
                }
                state = next;
            }
            tree.ends.insert(state);
        }
        tree
    }

    fn step(&self, state: u32, byte: u8) -> u32 {
        self.nodes.get(state as usize).and_then(|node| node.get(&byte)).copied().unwrap_or(DEAD)
    }
}

/// Any of the machines.
#[derive(Debug, Clone)]
pub(super) enum Machine {
    Glob(GlobMachine),
    Regex(Box<RegexMachine>),
    Compare(CompareMachine),
    Tree(TreeMachine),
    Utf8,
    /// Whether there is a character that is two in UTF-16.
    Astral,
    /// Instead of a machine that takes too much: yes to everything.
    Any,
    Number,
}

/// What a machine says of a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum End {
    No,
    Yes,
    Doubtful(Doubt),
    Compared(Ordering),
}

impl Machine {
    pub(super) fn start(&self) -> u32 {
        match self {
            Self::Glob(machine) => machine.start(),
            Self::Regex(machine) => machine.start,
            Self::Compare(_) => pack(0, Ordering::Equal, false, false),
            Self::Tree(_) | Self::Utf8 | Self::Astral | Self::Any | Self::Number => 0,
        }
    }

    pub(super) fn step(&self, state: u32, byte: u8) -> u32 {
        match self {
            Self::Glob(machine) => machine.step(state, byte),
            Self::Regex(machine) => machine.step(state, byte),
            Self::Compare(machine) => machine.step(state, byte),
            Self::Tree(machine) => machine.step(state, byte),
            Self::Utf8 => utf8_step(state, byte),
            Self::Astral => state | u32::from(byte >= 0xf0),
            Self::Any => 0,
            Self::Number => number_step(state, byte),
        }
    }

    pub(super) fn end(&self, state: u32) -> End {
        let yes = match self {
            Self::Glob(machine) => match machine.end(state) {
                Match::Uncertain(doubt) => return End::Doubtful(doubt),
                verdict => verdict == Match::Yes,
            },
            Self::Regex(machine) => machine.end(state),
            Self::Compare(machine) => return End::Compared(machine.end(state)),
            Self::Tree(machine) => machine.ends.contains(&state),
            Self::Utf8 => state == 0,
            Self::Astral => state == 1,
            Self::Any => true,
            Self::Number => match state {
                7 | 10 | 11 | 13 | 14 => return End::Doubtful(Doubt::NumberAsText),
                state => matches!(state, 2 | 3 | 5 | 6),
            },
        };
        if yes { End::Yes } else { End::No }
    }

    /// A machine with fewer states that is never more certain: where this one says yes it says yes
    /// or that it does not know, and of a `*` inside a text it always says yes.
    pub(super) fn relaxed(&self) -> Self {
        match self {
            Self::Glob(machine) => match (machine.suffix, machine.pieces.len()) {
                (Suffix::NotAlone, 2) if machine.pieces[1].needle.is_empty() => self.clone(),
                (Suffix::NotAlone, _) => Self::Any,
                _ => Self::Glob(GlobMachine { suffix: Suffix::Forgotten, ..machine.clone() }),
            },
            _ => self.clone(),
        }
    }

    /// Whether nothing that follows can make a text of it.
    pub(super) fn is_hopeless(&self, state: u32) -> bool {
        matches!(self, Self::Utf8 | Self::Number) && state == DEAD
    }

    /// Two bytes with the same mark lead to the same states, whatever the state is.
    pub(super) fn mark(&self, byte: u8) -> u16 {
        let literal = |found: bool| if found { 256 + u16::from(byte) } else { 0 };
        match self {
            Self::Glob(machine) => {
                literal(machine.pieces.iter().any(|piece| piece.needle.contains(&byte)))
            }
            Self::Regex(machine) => u16::from(machine.class(byte)),
            Self::Tree(machine) => {
                literal(machine.nodes.iter().any(|node| node.contains_key(&byte)))
            }
            Self::Compare(_) | Self::Number => {
                literal(matches!(byte, b'0'..=b'9' | b'-' | b'+' | b'.' | b'e' | b'E'))
            }
            Self::Astral => u16::from(byte >= 0xf0),
            Self::Any => 0,
            Self::Utf8 => match byte {
                0..=0x7f => 0,
                0x80..=0x8f => 1,
                0x90..=0x9f => 2,
                0xa0..=0xbf => 3,
                0xc2..=0xdf => 4,
                0xe0 => 5,
                0xed => 6,
                0xe1..=0xef => 7,
                0xf0 => 8,
                0xf1..=0xf3 => 9,
                0xf4 => 10,
                _ => 11,
            },
        }
    }
}
