//! Numbers as their digits, exact whatever their size.

use std::cmp::Ordering;

/// A number of the pattern, digit by digit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Decimal {
    /// Whether it is below nought.
    pub(super) negative: bool,
    /// The digits before the point, without noughts in front: none for 0.5.
    pub(super) whole: Vec<u8>,
    /// The digits after the point, without noughts at the end.
    pub(super) fraction: Vec<u8>,
}

/// The largest exponent taken: a double has none beyond it, and nobody writes one.
const MAX_EXPONENT: i32 = 330;

impl Decimal {
    /// Reads `-12.5e3`; nothing where it is no number or one out of all proportion.
    pub(super) fn read(lexeme: &str) -> Option<Self> {
        let (negative, rest) = match lexeme.strip_prefix('-') {
            Some(rest) => (true, rest),
            None => (false, lexeme.strip_prefix('+').unwrap_or(lexeme)),
        };
        let (mantissa, exponent) = match rest.split_once(['e', 'E']) {
            Some((mantissa, exponent)) => (mantissa, exponent.parse::<i32>().ok()?),
            None => (rest, 0),
        };
        if exponent.abs() > MAX_EXPONENT {
            return None;
        }
        let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
        let mut digits: Vec<u8> = whole.bytes().chain(fraction.bytes()).collect();
        if digits.is_empty() || !digits.iter().all(u8::is_ascii_digit) {
            return None;
        }
        let mut point = i32::try_from(whole.len()).ok()? + exponent;
        while point < 0 {
            digits.insert(0, b'0');
            point += 1;
        }
        let point = usize::try_from(point).ok()?;
        while digits.len() < point {
            digits.push(b'0');
        }
        let (whole, fraction) = digits.split_at(point);
        let whole: Vec<u8> = whole.iter().copied().skip_while(|digit| *digit == b'0').collect();
        let used = fraction.iter().rposition(|digit| *digit != b'0').map_or(0, |at| at + 1);
        let fraction = fraction[..used].to_vec();
        Some(Self {
            negative: negative && !(whole.is_empty() && fraction.is_empty()),
            whole,
            fraction,
        })
    }

    /// Whether nothing stands after the point.
    pub(super) const fn is_whole(&self) -> bool {
        self.fraction.is_empty()
    }
}

impl Ord for Decimal {
    fn cmp(&self, other: &Self) -> Ordering {
        let sizes = self
            .whole
            .len()
            .cmp(&other.whole.len())
            .then_with(|| self.whole.cmp(&other.whole))
            .then_with(|| self.fraction.cmp(&other.fraction));
        match (self.negative, other.negative) {
            (true, true) => sizes.reverse(),
            (true, false) => Ordering::Less,
            (false, true) => Ordering::Greater,
            (false, false) => sizes,
        }
    }
}

impl PartialOrd for Decimal {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}
