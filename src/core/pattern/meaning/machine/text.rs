//! Characters, and texts one by one.

use std::collections::{BTreeMap, BTreeSet};

use super::DEAD;

/// Whether bytes are characters: 0 between two, else what has to follow.
pub(super) fn utf8_step(state: u32, byte: u8) -> u32 {
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

/// Texts one by one, as a tree of their bytes.
#[derive(Debug, Clone, Default)]
pub(in crate::pattern::meaning) struct TreeMachine {
    pub(super) nodes: Vec<BTreeMap<u8, u32>>,
    pub(super) ends: BTreeSet<u32>,
}

impl TreeMachine {
    pub(in crate::pattern::meaning) fn new<'a>(texts: impl Iterator<Item = &'a str>) -> Self {
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

    pub(super) fn step(&self, state: u32, byte: u8) -> u32 {
        self.nodes.get(state as usize).and_then(|node| node.get(&byte)).copied().unwrap_or(DEAD)
    }
}
