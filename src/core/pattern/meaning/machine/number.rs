//! Numbers: how they are written, and how they compare.

use std::cmp::Ordering;

use super::DEAD;
use crate::pattern::meaning::decimal::Decimal;

/// How a plain number compares with a constant, digit by digit.
#[derive(Debug, Clone)]
pub(in crate::pattern::meaning) struct CompareMachine {
    with: Decimal,
}

/// The fields of the state of a [`CompareMachine`], packed: place, comparison so far, in the
/// fraction or not, negative or not.
pub(super) fn pack(place: usize, so_far: Ordering, fraction: bool, negative: bool) -> u32 {
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
    pub(in crate::pattern::meaning) const fn new(with: Decimal) -> Self {
        Self { with }
    }

    pub(super) fn step(&self, state: u32, byte: u8) -> u32 {
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

    pub(super) fn end(&self, state: u32) -> Ordering {
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

/// JSON's numbers; the state tells what was read last.
pub(super) fn number_step(state: u32, byte: u8) -> u32 {
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
pub(in crate::pattern::meaning) enum Form {
    /// As everybody writes it: `12`, `12.5`, `12.0`.
    Plain,
    /// With an exponent, or with needless noughts.
    Unusual,
    /// Not a number.
    Not,
}

/// The form of a text that is meant to be a number.
pub(in crate::pattern::meaning) fn number_form(text: &str) -> Form {
    match text.bytes().fold(0, number_step) {
        2 | 3 | 5 | 6 => Form::Plain,
        7 | 10 | 11 | 13 | 14 => Form::Unusual,
        _ => Form::Not,
    }
}
