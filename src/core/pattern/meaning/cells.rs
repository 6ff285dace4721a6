//! The kinds of value that one selector can lead to, as far as the pattern tells them apart.

use std::cmp::Ordering;
use std::collections::BTreeSet;

use super::Unknown;
use super::product::OverBudget;
use super::values::{Value, Values};
use crate::pattern::{Comparison, Doubt, Match, Number, Operand};

/// One answer about a value itself, whatever is inside it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum SelfTest {
    /// It is a string or a number: comparisons see nothing else.
    Text,
    /// It equals this.
    Equal(Operand),
    /// It is a number below, above, … this one.
    Order(Comparison, Number),
    /// It is null.
    Null,
    /// It is true.
    True,
    /// It is false.
    False,
    /// There is none.
    Missing,
}

/// What may stand at a selector.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Allowed {
    /// Anything, or nothing.
    Anything,
    /// Anything.
    Present,
    /// A string, such as this one.
    Text(&'static str),
    /// An object.
    Object,
}

/// What a cell stands for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Shape {
    /// No value.
    Absent,
    /// A value without values inside, in JSON.
    Leaf(String),
    /// An array or an object; what is inside is up to other variables.
    Container(Container),
    /// Elements of the value at another selector that no selector names, in JSON.
    Elements(Option<Container>, Vec<String>),
    /// A reading of what is not established.
    Reading,
}

/// What values stand in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Container {
    Array,
    Object,
}

/// All values that give the same answers.
#[derive(Debug, Clone)]
pub(super) struct Cell {
    /// The answers.
    pub(super) truth: Vec<Match>,
    /// One of the values.
    pub(super) shape: Shape,
    /// Why it is not certain that there is such a value.
    pub(super) doubt: Option<Unknown>,
    /// The string, where it is the only value of the cell.
    pub(super) single: Option<String>,
}

/// The cells of one variable.
#[derive(Debug, Clone, Default)]
pub(super) struct Cells {
    /// Values the evaluator can be asked about, with its answers.
    pub(super) proven: Vec<Cell>,
    /// Every value under every reading of AWS's behaviour: no answer is uncertain.
    pub(super) possible: Vec<Cell>,
}

/// More uncertain answers about one value than this are not gone through one by one.
const MAX_UNCERTAIN: usize = 8;

impl Cells {
    /// Sorts cells into those that prove and those that are possible.
    pub(super) fn new(cells: Vec<Cell>) -> Result<Self, OverBudget> {
        let mut sorted = Self::default();
        let mut known = BTreeSet::new();
        for cell in cells.iter().filter(|cell| cell.doubt.is_none()) {
            if known.insert(key(cell)) {
                sorted.proven.push(cell.clone());
            }
        }
        known.clear();
        let mut readings = Vec::new();
        for cell in cells {
            readings.extend(read(cell)?);
        }
        // Those without doubt first, so that they are the ones that are kept.
        readings.sort_by_key(|cell: &Cell| cell.doubt.is_some());
        readings.retain(|cell| known.insert(key(cell)));
        sorted.possible = readings;
        Ok(sorted)
    }
}

/// Cells of the same key are the same to every pattern that is looked at.
fn key(cell: &Cell) -> (Vec<u8>, u8) {
    let truth = cell.truth.iter().map(|answer| match answer {
        Match::No => 0,
        Match::Yes => 1,
        Match::Uncertain(_) => 2,
    });
    let shape = match &cell.shape {
        Shape::Absent => 0,
        Shape::Leaf(_) | Shape::Reading => 1,
        Shape::Container(Container::Array) => 2,
        Shape::Container(Container::Object) => 3,
        Shape::Elements(None, _) => 4,
        Shape::Elements(Some(Container::Array), _) => 5,
        Shape::Elements(Some(Container::Object), _) => 6,
    };
    (truth.collect(), shape)
}

/// The cell with each uncertain answer once yes and once no.
fn read(cell: Cell) -> Result<Vec<Cell>, OverBudget> {
    let uncertain: Vec<(usize, Doubt)> = cell
        .truth
        .iter()
        .enumerate()
        .filter_map(|(at, answer)| match answer {
            Match::Uncertain(doubt) => Some((at, *doubt)),
            _ => None,
        })
        .collect();
    if uncertain.len() > MAX_UNCERTAIN {
        return Err(OverBudget);
    }
    let readings = (0..1_usize << uncertain.len()).map(|reading| {
        let mut cell = cell.clone();
        for (bit, (at, doubt)) in uncertain.iter().enumerate() {
            cell.truth[*at] = Match::from(reading >> bit & 1 == 1);
            cell.doubt = cell.doubt.or(Some(Unknown::Doubt(*doubt)));
        }
        cell
    });
    Ok(readings.collect())
}

/// All that can stand at a selector; `goes_on` tells whether others lead into it.
pub(super) fn of_values(
    tests: &[SelfTest],
    allowed: Allowed,
    goes_on: bool,
) -> Result<Cells, OverBudget> {
    let mut operands: Vec<Operand> = Vec::new();
    let mut numbers: Vec<Number> = Vec::new();
    for test in tests {
        match test {
            SelfTest::Equal(operand) => operands.push(operand.clone()),
            SelfTest::Order(_, number) => numbers.push(number.clone()),
            _ => {}
        }
    }
    let sample = match allowed {
        Allowed::Text(sample) => sample,
        _ => "other",
    };
    let values = Values::new(&operands, &numbers, sample.to_owned())?;
    let plain = |is: &dyn Fn(&SelfTest) -> bool, shape: Shape| Cell {
        truth: tests.iter().map(|test| Match::from(is(test))).collect(),
        shape,
        doubt: None,
        single: None,
    };
    let container = |container, json: &str| {
        let leaf = Shape::Leaf(json.to_owned());
        plain(&|_| false, if goes_on { Shape::Container(container) } else { leaf })
    };
    if allowed == Allowed::Object {
        return Cells::new(vec![container(Container::Object, "{}")]);
    }
    let mut cells = Vec::new();
    if allowed == Allowed::Anything {
        cells.push(plain(&|test| *test == SelfTest::Missing, Shape::Absent));
    }
    let bounds = values.bounds(&numbers);
    let (strings, digits) = values.all()?;
    for value in strings {
        let json = serde_json::to_string(&value.text).unwrap_or_default();
        cells.push(text_cell(tests, &bounds, &value, json));
    }
    if matches!(allowed, Allowed::Text(_)) {
        return Cells::new(cells);
    }
    for value in digits {
        cells.push(text_cell(tests, &bounds, &value, value.text.clone()));
    }
    cells.push(plain(&|test| *test == SelfTest::Null, Shape::Leaf("null".to_owned())));
    cells.push(plain(&|test| *test == SelfTest::True, Shape::Leaf("true".to_owned())));
    cells.push(plain(&|test| *test == SelfTest::False, Shape::Leaf("false".to_owned())));
    cells.push(container(Container::Object, "{}"));
    cells.push(container(Container::Array, "[]"));
    Cells::new(cells)
}

fn text_cell(tests: &[SelfTest], bounds: &[Option<usize>], value: &Value, json: String) -> Cell {
    let (mut equal, mut bounds) = (value.equal.iter(), bounds.iter());
    let truth = tests.iter().map(|test| match test {
        SelfTest::Text => Match::Yes,
        SelfTest::Equal(_) => equal.next().copied().unwrap_or(Match::No),
        SelfTest::Order(comparison, _) => {
            let bound = bounds.next().copied().flatten();
            let order = bound.and_then(|bound| value.orders.get(bound));
            Match::from(order.is_some_and(|order| holds(*comparison, *order)))
        }
        SelfTest::Null | SelfTest::True | SelfTest::False | SelfTest::Missing => Match::No,
    });
    Cell {
        truth: truth.collect(),
        shape: Shape::Leaf(json),
        doubt: value.doubt.map(Unknown::Doubt),
        single: value.single.then(|| value.text.clone()),
    }
}

const fn holds(comparison: Comparison, order: Ordering) -> bool {
    match comparison {
        Comparison::Equal => order.is_eq(),
        Comparison::NotEqual => order.is_ne(),
        Comparison::Less => order.is_lt(),
        Comparison::LessOrEqual => order.is_le(),
        Comparison::Greater => order.is_gt(),
        Comparison::GreaterOrEqual => order.is_ge(),
    }
}
