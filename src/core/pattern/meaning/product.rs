//! Machines side by side: every combination of answers that some text gives, with a shortest one.

use std::collections::HashMap;

use super::machine::{End, Machine};

/// More was to be looked at than is allowed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct OverBudget;

/// How many combinations of states are looked at for the values of one selector.
pub(super) const MAX_STATES: usize = 6_000;
/// How many before it is done with less.
pub(super) const FEW_STATES: usize = 1_500;

/// Bytes in the order in which texts for people are made of them.
const NICE: &[u8] = b"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_./: ";

/// One byte for each set of bytes that no machine tells apart, the nicest of them.
pub(super) fn alphabet(machines: &[Machine]) -> Vec<u8> {
    let others = (0x21..0x7f).chain([b'\t', b'\n', b'\r']).chain(0..=255);
    let mut seen = std::collections::BTreeSet::new();
    NICE.iter()
        .copied()
        .chain(others)
        .filter(|byte| {
            // Without a machine that knows characters nothing tells the bytes beyond ASCII from
            // any other letter.
            byte.is_ascii() || machines.iter().any(|machine| matches!(machine, Machine::Utf8))
        })
        .filter(|byte| {
            seen.insert(machines.iter().map(|machine| machine.mark(*byte)).collect::<Vec<_>>())
        })
        .collect()
}

/// What all machines say of one text.
pub(super) fn run(machines: &[Machine], text: &str) -> Vec<End> {
    machines
        .iter()
        .map(|machine| {
            let state = text.bytes().fold(machine.start(), |state, byte| machine.step(state, byte));
            machine.end(state)
        })
        .collect()
}

/// Goes through all combinations of states that texts over the alphabet lead to, those of shorter
/// texts first, and calls `visit` with what the machines say there and how to get the text.
pub(super) fn explore(
    machines: &[Machine],
    alphabet: &[u8],
    limit: usize,
    mut visit: impl FnMut(Vec<End>, &dyn Fn() -> Vec<u8>),
) -> Result<(), OverBudget> {
    let start: Vec<u32> = machines.iter().map(Machine::start).collect();
    let mut known = HashMap::from([(start.clone(), 0)]);
    // The states, and for each the one it came from and the byte between.
    let mut queue = vec![(start, 0, 0)];
    let mut next: Vec<u32> = Vec::with_capacity(machines.len());
    let mut at = 0;
    while at < queue.len() {
        let states = queue[at].0.clone();
        let ends = machines.iter().zip(&states).map(|(machine, state)| machine.end(*state));
        visit(ends.collect(), &|| {
            let mut text = Vec::new();
            let mut place = at;
            while place != 0 {
                text.push(queue[place].2);
                place = queue[place].1;
            }
            text.reverse();
            text
        });
        for &byte in alphabet {
            next.clear();
            let stepped = machines.iter().zip(&states);
            next.extend(stepped.map(|(machine, state)| machine.step(*state, byte)));
            let hopeless =
                machines.iter().zip(&next).any(|(machine, state)| machine.is_hopeless(*state));
            if hopeless || known.contains_key(&next) {
                continue;
            }
            if queue.len() >= limit {
                return Err(OverBudget);
            }
            known.insert(next.clone(), queue.len());
            queue.push((next.clone(), at, byte));
        }
        at += 1;
    }
    Ok(())
}
