//! Choices that look random and follow from a seed. Nothing is asked of the operating system.

use super::super::mixed;

/// A source of choices.
#[derive(Debug, Clone)]
pub(super) struct Draw(u64);

impl Draw {
    /// The choices of one purpose under a seed. Each purpose has its own, so that leaving one out
    /// changes no other.
    pub(super) fn of(seed: u64, purpose: &str) -> Self {
        let mut state = mixed(seed);
        for byte in purpose.bytes() {
            state = mixed(state ^ u64::from(byte));
        }
        Self(state)
    }

    /// A number below `bound`, which is not 0.
    pub(super) fn below(&mut self, bound: usize) -> usize {
        self.0 = mixed(self.0);
        (self.0 % bound.max(1) as u64) as usize
    }

    /// True in so many of a hundred cases.
    pub(super) fn percent(&mut self, percent: usize) -> bool {
        self.below(100) < percent
    }

    /// One of these, of which there is at least one.
    pub(super) fn pick<T: Copy>(&mut self, all: &[T]) -> T {
        all[self.below(all.len())]
    }
}
