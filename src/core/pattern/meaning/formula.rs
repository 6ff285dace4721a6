//! What a pattern says, in terms of the variables of a [`super::model::Model`].

use crate::pattern::Match;

/// One of the answers of one variable.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Atom {
    /// The place of the variable in the model.
    pub(super) variable: usize,
    /// Which of its answers.
    pub(super) answer: usize,
}

/// Answers joined; unlike patterns with negation, to ask for what a pattern does not match.
#[derive(Debug, Clone)]
pub(super) enum Formula {
    Atom(Atom),
    Not(Box<Formula>),
    All(Vec<Formula>),
    Any(Vec<Formula>),
}

/// The answers that are still possible.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Possible(u8);

impl Possible {
    pub(super) const NONE: Self = Self(0);
    const NO: Self = Self(1);
    pub(super) const YES: Self = Self(2);
    const DOUBT: Self = Self(4);

    pub(super) const fn of(answer: Match) -> Self {
        match answer {
            Match::Yes => Self::YES,
            Match::No => Self::NO,
            Match::Uncertain(_) => Self::DOUBT,
        }
    }

    #[must_use]
    pub(super) const fn or_else(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    pub(super) const fn can_be_yes(self) -> bool {
        self.0 & Self::YES.0 != 0
    }

    const fn is_open(self) -> bool {
        self.0.count_ones() > 1
    }

    const fn not(self) -> Self {
        Self((self.0 & 4) | (self.0 & 1) << 1 | (self.0 & 2) >> 1)
    }

    /// Both of these, as Kleene's logic has it.
    const fn and(self, other: Self) -> Self {
        let no = (self.0 | other.0) & 1;
        let yes = self.0 & other.0 & 2;
        let doubt = (self.0 & 4 != 0 && other.0 & 6 != 0) || (self.0 & 2 != 0 && other.0 & 4 != 0);
        Self(no | yes | if doubt { 4 } else { 0 })
    }
}

impl Formula {
    /// Something that is never so.
    pub(super) const fn never() -> Self {
        Self::Any(Vec::new())
    }

    /// The opposite.
    pub(super) fn negated(self) -> Self {
        Self::Not(Box::new(self))
    }

    /// The answers it can still have.
    pub(super) fn answers(&self, of: &impl Fn(Atom) -> Possible) -> Possible {
        match self {
            Self::Atom(atom) => of(*atom),
            Self::Not(inner) => inner.answers(of).not(),
            Self::All(parts) => {
                let mut all = Possible::YES;
                for part in parts {
                    all = all.and(part.answers(of));
                    if all == Possible::NO {
                        break;
                    }
                }
                all
            }
            Self::Any(parts) => {
                let mut none = Possible::YES;
                for part in parts {
                    none = none.and(part.answers(of).not());
                    if none == Possible::NO {
                        break;
                    }
                }
                none.not()
            }
        }
    }

    /// A variable to decide next: one that the answer depends on.
    pub(super) fn open_variable(&self, of: &impl Fn(Atom) -> Possible) -> Option<usize> {
        if !self.answers(of).is_open() {
            return None;
        }
        match self {
            Self::Atom(atom) => Some(atom.variable),
            Self::Not(inner) => inner.open_variable(of),
            Self::All(parts) | Self::Any(parts) => {
                parts.iter().find_map(|part| part.open_variable(of))
            }
        }
    }
}
