//! The languages of texts as automata over bytes.
//!
//! Every machine is deterministic and remembers one number, so that any set of them can be run
//! side by side, see [`super::product`].

mod glob;
mod number;
mod regex;
mod text;

use std::cmp::Ordering;

pub(super) use glob::GlobMachine;
pub(super) use number::{CompareMachine, Form, number_form};
pub(super) use regex::RegexMachine;
pub(super) use text::TreeMachine;

use super::super::{Doubt, Match};
use number::{number_step, pack};
use text::utf8_step;

/// No text with this beginning is in the language.
const DEAD: u32 = u32::MAX;

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
            Self::Glob(machine) => machine.relaxed().map_or(Self::Any, Self::Glob),
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
            Self::Glob(machine) => literal(machine.knows(byte)),
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
