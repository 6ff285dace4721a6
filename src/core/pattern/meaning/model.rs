//! The messages that patterns can tell apart, as variables with finitely many cells.
//!
//! Every selector without wildcard is a node of a tree, and what stands there is a variable. What
//! stands in the elements and members that no selector names is one more variable of the node, its
//! *elements*: `$.a[*] = 1` asks the named elements of `$.a`, and the unnamed ones as a whole.
//! Whatever is not established about AWS is a variable too, its *reading*.

use std::collections::BTreeMap;

use super::cells::{Allowed, Cell, Cells, Container, SelfTest, Shape, of_values};
use super::elements;
use super::formula::{Atom, Formula};
use super::product::OverBudget;
use crate::pattern::{
    Clause, Comparison, Doubt, Doubtful, Expr, Match, Operand, Shape as GlobShape, Step, Test,
};

/// A place in the messages.
#[derive(Debug, Clone)]
pub(super) struct Node {
    /// The node it stands in, and the step from there.
    pub(super) parent: Option<(usize, Step)>,
    pub(super) children: BTreeMap<Step, usize>,
    tests: Vec<SelfTest>,
    pub(super) allowed: Allowed,
    /// What is asked of the elements that have no node.
    elements: Vec<ElementTest>,
}

/// A question about an element that has no node: whether there is one of which it is true.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct ElementTest {
    pub(super) over: Over,
    /// From the element to the value that is asked.
    pub(super) steps: Vec<Step>,
    pub(super) ask: Ask,
}

/// Which elements are asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Over {
    /// `[*]`: elements of arrays, members of objects.
    Elements,
    /// `.*`: members of objects; of arrays that is not established.
    Members,
    /// Elements of arrays only.
    OfArray,
}

/// What is asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Ask {
    /// What a clause asks.
    Test(Test),
    /// Whether it is this word.
    Is(Word),
    /// Whether it is an array with this word somewhere inside.
    Holds(Word),
}

/// The values that IS asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Word {
    Null,
    True,
    False,
}

/// A model of messages.
#[derive(Debug)]
pub(super) struct Model {
    pub(super) nodes: Vec<Node>,
    readings: Vec<(Reading, Doubt)>,
    /// Of the nodes, of their elements, of the readings, in this order.
    pub(super) variables: Vec<Cells>,
}

/// What is not established: the same question has the same answer wherever it is asked.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Reading {
    Clause(Clause),
    MembersOfArray(Clause),
    IsOnArray(usize, Word),
    Wildcard(usize, Operand),
    NoClause,
}

/// More places than any pattern has.
const MAX_NODES: usize = 2_000;

impl Model {
    /// The places that these paths lead to, in values of the given kind.
    pub(super) fn new<'p>(
        root: Allowed,
        paths: impl Iterator<Item = &'p [Step]>,
        known: &[(&str, Allowed)],
    ) -> Result<Self, OverBudget> {
        let mut model = Self { nodes: Vec::new(), readings: Vec::new(), variables: Vec::new() };
        model.nodes.push(Node::new(None, root));
        for (name, allowed) in known {
            let node = model.insert(0, &[Step::Name((*name).to_owned())])?;
            model.nodes[node].allowed = *allowed;
        }
        let mut wildcards = Vec::new();
        for path in paths {
            match split(path) {
                Some((before, _, after)) => wildcards.push((model.insert(0, before)?, after)),
                None => {
                    model.insert(0, path)?;
                }
            }
        }
        // What a wildcard asks, it asks of the named elements too.
        loop {
            let before = model.nodes.len();
            for (node, after) in &wildcards {
                let children: Vec<usize> = model.nodes[*node].children.values().copied().collect();
                for child in children {
                    model.insert(child, after)?;
                }
            }
            if model.nodes.len() == before {
                return Ok(model);
            }
        }
    }

    fn insert(&mut self, from: usize, steps: &[Step]) -> Result<usize, OverBudget> {
        let mut at = from;
        for step in steps {
            let fresh = self.nodes.len();
            let next = *self.nodes[at].children.entry(step.clone()).or_insert(fresh);
            if next == fresh {
                if fresh == MAX_NODES {
                    return Err(OverBudget);
                }
                self.nodes.push(Node::new(Some((at, step.clone())), Allowed::Anything));
            }
            at = next;
        }
        Ok(at)
    }

    pub(super) fn find(&self, from: usize, steps: &[Step]) -> Option<usize> {
        steps.iter().try_fold(from, |at, step| self.nodes[at].children.get(step).copied())
    }

    /// What an expression says of the messages.
    pub(super) fn expression(&mut self, expr: &Expr, doubts: &[Doubtful]) -> Formula {
        match expr {
            Expr::All(parts, _) => {
                Formula::All(parts.iter().map(|part| self.expression(part, doubts)).collect())
            }
            Expr::Any(parts, _) => {
                Formula::Any(parts.iter().map(|part| self.expression(part, doubts)).collect())
            }
            Expr::Clause(clause) => self.clause(clause, doubts),
            Expr::Empty(_) => self.reading(Reading::NoClause, Doubt::EmptyBraces),
        }
    }

    fn clause(&mut self, clause: &Clause, doubts: &[Doubtful]) -> Formula {
        let inside = |doubtful: &&Doubtful| {
            !doubtful.doubt.settled_by_acceptance()
                && clause.span.start <= doubtful.span.start
                && doubtful.span.end <= clause.span.end
        };
        let not_equal = |operand: &Operand| match operand {
            Operand::Regex(..) => Some(Doubt::NotEqualRegex),
            _ if clause.selector.path.has_wildcard() => Some(Doubt::NotEqualWildcard),
            _ => None,
        };
        let doubt = match &clause.test {
            Test::Compare(Comparison::NotEqual, operand) => not_equal(operand),
            Test::NotExists if clause.selector.path.has_wildcard() => {
                Some(Doubt::NotExistsWildcard)
            }
            _ => None,
        };
        let doubt = doubt.or_else(|| doubts.iter().find(inside).map(|doubtful| doubtful.doubt));
        if let Some(doubt) = doubt {
            return self.reading(Reading::Clause(clause.clone()), doubt);
        }
        let ask = Ask::Test(clause.test.clone());
        let path = &clause.selector.path.0[..];
        let Some((before, over, after)) = split(path) else {
            return self.find(0, path).map_or_else(Formula::never, |node| self.ask(node, &ask));
        };
        let Some(node) = self.find(0, before) else {
            return Formula::never();
        };
        let mut parts = Vec::new();
        for (step, child) in self.nodes[node].children.clone() {
            let Some(value) = self.find(child, after) else {
                continue;
            };
            let part = self.ask(value, &ask);
            parts.push(match (over, step) {
                (Over::Members, Step::Index(_)) => {
                    let reading = Reading::MembersOfArray(clause.clone());
                    Formula::All(vec![self.reading(reading, Doubt::MembersOfArray), part])
                }
                _ => part,
            });
        }
        parts.push(self.element(node, ElementTest { over, steps: after.to_vec(), ask }));
        Formula::Any(parts)
    }

    /// What is asked of an element, where the messages of the model are elements.
    pub(super) fn element_question(&mut self, test: &ElementTest) -> Formula {
        self.find(0, &test.steps).map_or_else(Formula::never, |node| self.ask(node, &test.ask))
    }

    /// What is asked of the value at a node.
    fn ask(&mut self, node: usize, ask: &Ask) -> Formula {
        match ask {
            Ask::Test(Test::Compare(Comparison::Equal, operand)) => self.equal(node, operand),
            Ask::Test(Test::Compare(Comparison::NotEqual, operand)) => Formula::All(vec![
                self.atom(node, SelfTest::Text),
                self.equal(node, operand).negated(),
            ]),
            Ask::Test(Test::Compare(comparison, Operand::Number(number, _))) => {
                self.atom(node, SelfTest::Order(*comparison, number.clone()))
            }
            Ask::Test(Test::Compare(..)) => Formula::never(),
            Ask::Test(Test::NotExists) => self.atom(node, SelfTest::Missing),
            Ask::Test(Test::IsNull) => self.is(node, Word::Null),
            Ask::Test(Test::IsTrue) => self.is(node, Word::True),
            Ask::Test(Test::IsFalse) => self.is(node, Word::False),
            Ask::Is(word) => self.word(node, *word),
            Ask::Holds(word) => self.holds(node, *word),
        }
    }

    /// A `*` inside a text is a wildcard in some readings only.
    fn equal(&mut self, node: usize, operand: &Operand) -> Formula {
        let equal = self.atom(node, SelfTest::Equal(operand.clone()));
        let Operand::Text(glob, _) = operand else {
            return equal;
        };
        let doubt = match glob.shape() {
            GlobShape::Contains(_) => Doubt::DoubleWildcard,
            GlobShape::Inner => Doubt::InnerWildcard,
            GlobShape::Exact(_)
            | GlobShape::Anything
            | GlobShape::Prefix(_)
            | GlobShape::Suffix(_) => return equal,
        };
        let reading = self.reading(Reading::Wildcard(node, operand.clone()), doubt);
        Formula::All(vec![equal, reading])
    }

    /// IS NULL is true of null and of an array that holds null; of an array of such arrays, and of
    /// the like for TRUE and FALSE, it is not established.
    fn is(&mut self, node: usize, word: Word) -> Formula {
        let direct: Vec<usize> = self.indexed(node);
        let mut held: Vec<Formula> =
            direct.iter().map(|element| self.word(*element, word)).collect();
        held.push(self.of_array(node, Ask::Is(word)));
        let mut deeper: Vec<Formula> =
            direct.iter().map(|element| self.holds(*element, word)).collect();
        deeper.push(self.of_array(node, Ask::Holds(word)));
        let mut sure = vec![self.word(node, word)];
        if word == Word::Null {
            sure.append(&mut held);
        } else {
            deeper.append(&mut held);
        }
        let reading = self.reading(Reading::IsOnArray(node, word), Doubt::IsOnArray);
        sure.push(Formula::All(vec![Formula::Any(deeper), reading]));
        Formula::Any(sure)
    }

    /// Whether the value is an array with the word in it, at any depth.
    fn holds(&mut self, node: usize, word: Word) -> Formula {
        let mut parts = Vec::new();
        for element in self.indexed(node) {
            parts.push(self.word(element, word));
            parts.push(self.holds(element, word));
        }
        // Arrays three deep give the same answers as arrays two deep.
        parts.push(self.of_array(node, Ask::Is(word)));
        Formula::Any(parts)
    }

    fn of_array(&mut self, node: usize, ask: Ask) -> Formula {
        self.element(node, ElementTest { over: Over::OfArray, steps: Vec::new(), ask })
    }

    fn word(&mut self, node: usize, word: Word) -> Formula {
        self.atom(
            node,
            match word {
                Word::Null => SelfTest::Null,
                Word::True => SelfTest::True,
                Word::False => SelfTest::False,
            },
        )
    }

    fn indexed(&self, node: usize) -> Vec<usize> {
        let children = self.nodes[node].children.iter();
        children
            .filter(|(step, _)| matches!(step, Step::Index(_)))
            .map(|(_, child)| *child)
            .collect()
    }

    fn atom(&mut self, node: usize, test: SelfTest) -> Formula {
        let answer = place(&mut self.nodes[node].tests, test);
        Formula::Atom(Atom { variable: node, answer })
    }

    fn element(&mut self, node: usize, test: ElementTest) -> Formula {
        let answer = place(&mut self.nodes[node].elements, test);
        Formula::Atom(Atom { variable: self.nodes.len() + node, answer })
    }

    fn reading(&mut self, reading: Reading, doubt: Doubt) -> Formula {
        let place = place(&mut self.readings, (reading, doubt));
        Formula::Atom(Atom { variable: 2 * self.nodes.len() + place, answer: 0 })
    }

    /// Finds the cells, when everything has been asked.
    pub(super) fn settle(&mut self) -> Result<(), OverBudget> {
        let mut variables = Vec::new();
        for node in &self.nodes {
            let goes_on = !node.children.is_empty() || !node.elements.is_empty();
            variables.push(of_values(&node.tests, node.allowed, goes_on)?);
        }
        for node in &self.nodes {
            variables.push(elements::cells(&node.elements)?);
        }
        for (_, doubt) in &self.readings {
            variables.push(Cells::new(vec![Cell {
                truth: vec![Match::Uncertain(*doubt)],
                shape: Shape::Reading,
                doubt: None,
                single: None,
            }])?);
        }
        self.variables = variables;
        Ok(())
    }
}

impl Node {
    const fn new(parent: Option<(usize, Step)>, allowed: Allowed) -> Self {
        Self { parent, children: BTreeMap::new(), tests: Vec::new(), allowed, elements: Vec::new() }
    }

    /// Whether it may be an array, or an object.
    pub(super) const fn may_be(&self, container: Container) -> bool {
        match self.allowed {
            Allowed::Anything | Allowed::Present => true,
            Allowed::Text(_) => false,
            Allowed::Object => matches!(container, Container::Object),
        }
    }
}

/// Where something stands in a list; it is added if it is not there.
fn place<T: PartialEq>(list: &mut Vec<T>, wanted: T) -> usize {
    match list.iter().position(|known| *known == wanted) {
        Some(at) => at,
        None => {
            list.push(wanted);
            list.len() - 1
        }
    }
}

/// The steps before a wildcard, what it leads to, and the steps after it.
fn split(path: &[Step]) -> Option<(&[Step], Over, &[Step])> {
    let at = path.iter().position(|step| matches!(step, Step::AnyElement | Step::AnyMember))?;
    let over = if path[at] == Step::AnyElement { Over::Elements } else { Over::Members };
    Some((&path[..at], over, &path[at + 1..]))
}
