//! Regular expressions.

use regex_automata::dfa::{Automaton, StartKind, dense};
use regex_automata::nfa::thompson;
use regex_automata::util::{primitives::StateID, start, syntax};
use regex_automata::{Anchored, MatchKind};

/// A regular expression, searched anywhere in a text.
#[derive(Debug, Clone)]
pub(in crate::pattern::meaning) struct RegexMachine {
    dfa: dense::DFA<Vec<u32>>,
    pub(super) start: u32,
}

/// The most memory one regular expression may take; more is a budget exceeded.
const REGEX_BYTES: usize = 1 << 18;

impl RegexMachine {
    /// The machine of an expression in the syntax of the regex crate, of characters or of bytes.
    pub(in crate::pattern::meaning) fn new(expression: &str, unicode: bool) -> Option<Self> {
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

    pub(super) fn step(&self, state: u32, byte: u8) -> u32 {
        if state == FOUND {
            return FOUND;
        }
        let next = self.dfa.next_state(Self::id(state), byte);
        if self.dfa.is_match_state(next) { FOUND } else { next.as_u32() }
    }

    pub(super) fn end(&self, state: u32) -> bool {
        state == FOUND || self.dfa.is_match_state(self.dfa.next_eoi_state(Self::id(state)))
    }

    /// Bytes of the same class lead to the same states.
    pub(super) fn class(&self, byte: u8) -> u8 {
        self.dfa.byte_classes().get(byte)
    }
}

/// A match has been seen; whatever follows, it stays one.
const FOUND: u32 = u32::MAX;
