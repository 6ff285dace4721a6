//! The selectors of a pattern, merged into one tree of steps.

use crate::pattern::ast::{Clause, Path, Step};

/// A node of the tree, by its place in [`Ways`].
pub(super) type NodeId = u16;

/// A value that some selectors lead to or through.
#[derive(Debug, Clone, Default)]
pub(super) struct Node {
    names: Vec<(String, NodeId)>,
    indexes: Vec<(u32, NodeId)>,
    pub(super) any_element: Option<NodeId>,
    pub(super) any_member: Option<NodeId>,
    /// The clauses asked of this value.
    pub(super) clauses: Vec<u16>,
    /// Whether a wildcard led here.
    pub(super) inside_wildcard: bool,
    /// These and the clauses asked of values inside it.
    pub(super) below: Vec<u16>,
}

/// The tree; node 0 is the message itself.
#[derive(Debug, Clone)]
pub(super) struct Ways {
    nodes: Vec<Node>,
}

impl Node {
    /// Whether selectors go on to values inside this one.
    #[inline]
    pub(super) fn goes_on(&self) -> bool {
        !self.names.is_empty()
            || !self.indexes.is_empty()
            || self.any_element.is_some()
            || self.any_member.is_some()
    }

    #[inline]
    pub(super) fn name(&self, name: &str) -> Option<NodeId> {
        self.names.iter().find(|(known, _)| known == name).map(|(_, node)| *node)
    }

    #[inline]
    pub(super) fn index(&self, index: u32) -> Option<NodeId> {
        self.indexes.iter().find(|(known, _)| *known == index).map(|(_, node)| *node)
    }
}

impl Ways {
    /// Merges the selectors of these clauses.
    pub(super) fn new<'p>(clauses: impl Iterator<Item = &'p Clause>) -> Self {
        Self::of_paths(clauses.map(|clause| &clause.selector.path))
    }

    /// Merges paths; the clause of a path is its place among them.
    pub(super) fn of_paths<'p>(paths: impl Iterator<Item = &'p Path>) -> Self {
        let mut ways = Self { nodes: vec![Node::default()] };
        for (clause, path) in paths.enumerate() {
            ways.add(path, u16::try_from(clause).unwrap_or(u16::MAX));
        }
        ways
    }

    fn add(&mut self, path: &Path, clause: u16) {
        let mut at = 0;
        for step in &path.0 {
            let fresh = NodeId::try_from(self.nodes.len()).unwrap_or(NodeId::MAX);
            let node = &mut self.nodes[usize::from(at)];
            let next = match step {
                Step::Name(name) => node.name(name).unwrap_or_else(|| {
                    node.names.push((name.clone(), fresh));
                    fresh
                }),
                Step::Index(index) => node.index(*index).unwrap_or_else(|| {
                    node.indexes.push((*index, fresh));
                    fresh
                }),
                Step::AnyElement => *node.any_element.get_or_insert(fresh),
                Step::AnyMember => *node.any_member.get_or_insert(fresh),
            };
            let wildcard = matches!(step, Step::AnyElement | Step::AnyMember);
            if next == fresh {
                let inside_wildcard = wildcard || node.inside_wildcard;
                self.nodes.push(Node { inside_wildcard, ..Node::default() });
            }
            at = next;
            self.nodes[usize::from(at)].below.push(clause);
        }
        self.nodes[usize::from(at)].clauses.push(clause);
    }

    #[inline]
    pub(super) fn node(&self, id: NodeId) -> &Node {
        &self.nodes[usize::from(id)]
    }
}

/// The nodes that one value stands for. A selector has one wildcard at most and a pattern three, so
/// that these are four at most.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Active {
    nodes: [NodeId; 4],
    len: u8,
}

impl Active {
    /// The message itself.
    pub(super) fn root() -> Self {
        Self { nodes: [0; 4], len: 1 }
    }

    #[inline]
    pub(super) fn is_empty(self) -> bool {
        self.len == 0
    }

    #[inline]
    pub(super) fn push(&mut self, node: NodeId) {
        if let Some(slot) = self.nodes.get_mut(usize::from(self.len)) {
            *slot = node;
            self.len += 1;
        }
    }

    #[inline]
    pub(super) fn nodes(&self) -> &[NodeId] {
        &self.nodes[..usize::from(self.len)]
    }
}
