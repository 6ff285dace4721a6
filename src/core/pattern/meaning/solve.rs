//! The search for a message of which a formula is true.
//!
//! Variables are decided one after the other, only those that the formula still depends on; after
//! each of them the formula is asked what it can still become. Not sampling: if nothing is found,
//! there is nothing.

use std::cell::Cell as Counter;

use super::Unknown;
use super::cells::{Cell, Container, Shape};
use super::formula::{Atom, Formula, Possible};
use super::model::Model;
use super::product::OverBudget;
use crate::pattern::Step;

/// Which messages are searched.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Mode {
    /// Those about which the evaluator is certain: what is found is a witness.
    Proven,
    /// All, under every reading of what is not established: what is not found does not exist.
    Possible,
}

/// For each variable the place of its cell, if it is decided.
pub(super) type Decided = Vec<Option<usize>>;

/// How many decisions are tried in one search.
const MAX_DECISIONS: usize = 40_000;

impl Mode {
    /// Why something found in this mode may not exist, if nothing else says why.
    pub(super) const fn doubt(self) -> Option<Unknown> {
        match self {
            Self::Proven => None,
            Self::Possible => Some(Unknown::Budget),
        }
    }
}

/// What the decided variables demand of the others.
#[derive(Debug)]
pub(super) struct Layout {
    /// What each node has to be for values to stand in it.
    pub(super) containers: Vec<Option<Container>>,
    /// Whether there has to be a value at the node.
    pub(super) present: Vec<bool>,
}

impl Model {
    pub(super) fn cells(&self, mode: Mode, variable: usize) -> &[Cell] {
        match mode {
            Mode::Proven => &self.variables[variable].proven,
            Mode::Possible => &self.variables[variable].possible,
        }
    }

    pub(super) fn cell(&self, mode: Mode, decided: &Decided, variable: usize) -> Option<&Cell> {
        self.cells(mode, variable).get(decided[variable]?)
    }

    /// A message of which the formula is true, as far as it has to be decided.
    pub(super) fn solve(
        &self,
        mode: Mode,
        formula: &Formula,
    ) -> Result<Option<Decided>, OverBudget> {
        let mut found = None;
        self.each_solution(mode, formula, |decided| {
            found = Some(decided.clone());
            false
        })?;
        Ok(found)
    }

    /// Calls `found` with every message of which the formula is true, until it says no.
    pub(super) fn each_solution(
        &self,
        mode: Mode,
        formula: &Formula,
        mut found: impl FnMut(&Decided) -> bool,
    ) -> Result<(), OverBudget> {
        let mut open = vec![Vec::new(); self.variables.len()];
        for (variable, answers) in open.iter_mut().enumerate() {
            for cell in self.cells(mode, variable) {
                answers.resize(cell.truth.len(), Possible::NONE);
                for (all, answer) in answers.iter_mut().zip(&cell.truth) {
                    *all = all.or_else(Possible::of(*answer));
                }
            }
        }
        let mut decided = vec![None; self.variables.len()];
        let left = Counter::new(MAX_DECISIONS);
        let search = Search { model: self, mode, formula, open: &open, left: &left };
        search.go(&mut decided, &mut found).map(|_| ())
    }

    /// What is not established in a message found in [`Mode::Possible`].
    pub(super) fn doubt(&self, mode: Mode, decided: &Decided) -> Option<Unknown> {
        (0..decided.len()).find_map(|variable| self.cell(mode, decided, variable)?.doubt)
    }

    /// What the decided variables demand; none if they contradict each other.
    pub(super) fn layout(&self, mode: Mode, decided: &Decided) -> Option<Layout> {
        let nodes = self.nodes.len();
        let mut layout = Layout { containers: vec![None; nodes], present: vec![false; nodes] };
        for variable in 0..2 * nodes {
            match self.cell(mode, decided, variable).map(|cell| &cell.shape) {
                Some(Shape::Leaf(_) | Shape::Container(_)) => self.stand(variable, &mut layout)?,
                Some(Shape::Elements(Some(container), _)) => {
                    self.demand(variable - nodes, *container, &mut layout)?;
                }
                _ => {}
            }
        }
        for node in 0..nodes {
            let shape = self.cell(mode, decided, node).map(|cell| &cell.shape);
            let fits = match (layout.containers[node], shape) {
                (Some(demanded), Some(Shape::Container(container))) => demanded == *container,
                (Some(_), Some(_)) => false,
                (Some(demanded), None) => self.nodes[node].may_be(demanded),
                (None, _) => true,
            };
            let array = layout.containers[node] == Some(Container::Array);
            if !fits || (array && !self.array_fits(mode, decided, node, &layout)) {
                return None;
            }
        }
        Some(layout)
    }

    /// There is a value at the node, and so it stands in something.
    fn stand(&self, node: usize, layout: &mut Layout) -> Option<()> {
        if std::mem::replace(&mut layout.present[node], true) {
            return Some(());
        }
        let Some((parent, step)) = &self.nodes[node].parent else {
            return Some(());
        };
        let container = match step {
            Step::Index(_) => Container::Array,
            _ => Container::Object,
        };
        self.demand(*parent, container, layout)
    }

    fn demand(&self, node: usize, container: Container, layout: &mut Layout) -> Option<()> {
        match layout.containers[node].replace(container) {
            Some(before) if before != container => None,
            _ => self.stand(node, layout),
        }
    }

    /// An array has no gaps: beyond an element that is missing there is none.
    fn array_fits(&self, mode: Mode, decided: &Decided, node: usize, layout: &Layout) -> bool {
        let Some(end) = self.array_end(mode, decided, node) else {
            return true;
        };
        let named = self.indexed_below(node, end, layout).count();
        if self.indexed_below(node, u32::MAX, layout).count() > named {
            return false;
        }
        let free = end as usize - named;
        match self.cell(mode, decided, self.nodes.len() + node).map(|cell| &cell.shape) {
            Some(Shape::Elements(_, elements)) => match mode {
                Mode::Proven => elements.len() <= free,
                // Fewer elements could do.
                Mode::Possible => elements.is_empty() || free > 0,
            },
            _ => true,
        }
    }

    /// The first element of an array that is decided to be missing.
    pub(super) fn array_end(&self, mode: Mode, decided: &Decided, node: usize) -> Option<u32> {
        let missing = self.nodes[node].children.iter().filter_map(|(step, child)| match step {
            Step::Index(index) => {
                let cell = self.cell(mode, decided, *child)?;
                (cell.shape == Shape::Absent).then_some(*index)
            }
            _ => None,
        });
        missing.min()
    }

    /// The elements below an index that have to be there.
    fn indexed_below(&self, node: usize, end: u32, layout: &Layout) -> impl Iterator<Item = u32> {
        self.nodes[node].children.iter().filter_map(move |(step, child)| match step {
            Step::Index(index) if *index < end && layout.present[*child] => Some(*index),
            _ => None,
        })
    }
}

/// One search.
struct Search<'m> {
    model: &'m Model,
    mode: Mode,
    formula: &'m Formula,
    /// For each variable the answers it has in some cell.
    open: &'m [Vec<Possible>],
    left: &'m Counter<usize>,
}

impl Search<'_> {
    /// Whether to go on.
    fn go(
        &self,
        decided: &mut Decided,
        found: &mut impl FnMut(&Decided) -> bool,
    ) -> Result<bool, OverBudget> {
        let of = |atom: Atom| match self.model.cell(self.mode, decided, atom.variable) {
            Some(cell) => Possible::of(cell.truth[atom.answer]),
            None => {
                let answers = &self.open[atom.variable];
                answers.get(atom.answer).copied().unwrap_or(Possible::NONE)
            }
        };
        let answers = self.formula.answers(&of);
        if !answers.can_be_yes() {
            return Ok(true);
        }
        let Some(variable) = self.formula.open_variable(&of) else {
            return Ok(found(decided));
        };
        for cell in 0..self.model.cells(self.mode, variable).len() {
            let left = self.left.get().checked_sub(1).ok_or(OverBudget)?;
            self.left.set(left);
            decided[variable] = Some(cell);
            if self.model.layout(self.mode, decided).is_some() && !self.go(decided, found)? {
                return Ok(false);
            }
        }
        decided[variable] = None;
        Ok(true)
    }
}
