//! What the elements of an array, or the members of an object, can be together.

use super::Unknown;
use super::cells::{Allowed, Cell, Cells, Container, Shape};
use super::formula::Formula;
use super::model::{ElementTest, Model, Over};
use super::product::OverBudget;
use super::solve::Mode;
use crate::pattern::{Doubt, Match};

/// A selector has at most one wildcard and a pattern three: of two patterns that is six, and IS
/// NULL and the like on the same value add a few.
const MAX_TESTS: usize = 8;

/// Every set of questions that some elements answer with yes and all others with no.
pub(super) fn cells(tests: &[ElementTest]) -> Result<Cells, OverBudget> {
    let none = Cell {
        truth: vec![Match::No; tests.len()],
        shape: Shape::Elements(None, Vec::new()),
        doubt: None,
        single: None,
    };
    let mut cells = vec![none];
    if tests.is_empty() {
        return Cells::new(cells);
    }
    if tests.len() > MAX_TESTS {
        return Err(OverBudget);
    }
    let paths = tests.iter().map(|test| &test.steps[..]);
    let mut model = Model::new(Allowed::Present, paths, &[])?;
    let formulas: Vec<Formula> = tests.iter().map(|test| model.element_question(test)).collect();
    model.settle()?;
    for container in [Container::Array, Container::Object] {
        // What is asked of elements of arrays is not asked of members of objects.
        let asked: Vec<usize> = (0..tests.len())
            .filter(|at| container == Container::Array || tests[*at].over != Over::OfArray)
            .collect();
        for set in 1..1_usize << asked.len() {
            let (yes, no): (Vec<_>, Vec<_>) =
                asked.iter().enumerate().partition(|(bit, _)| set >> bit & 1 == 1);
            let yes: Vec<usize> = yes.into_iter().map(|(_, at)| *at).collect();
            let others = no.into_iter().map(|(_, at)| formulas[*at].clone().negated());
            let others: Vec<Formula> = others.collect();
            let truth = (0..tests.len()).map(|at| match (yes.contains(&at), tests[at].over) {
                (false, _) => Match::No,
                (true, Over::Members) if container == Container::Array => {
                    Match::Uncertain(Doubt::MembersOfArray)
                }
                (true, _) => Match::Yes,
            });
            if let Some((elements, doubt)) = find(&model, &formulas, &yes, &others)? {
                cells.push(Cell {
                    truth: truth.collect(),
                    shape: Shape::Elements(Some(container), elements),
                    doubt,
                    single: None,
                });
            }
        }
    }
    Cells::new(cells)
}

/// Elements in JSON, and why it is not certain what they answer.
type Elements = (Vec<String>, Option<Unknown>);

/// Elements that answer all of `yes`, none of which answers one of the others, and the doubt if
/// that is not certain.
fn find(
    model: &Model,
    formulas: &[Formula],
    yes: &[usize],
    others: &[Formula],
) -> Result<Option<Elements>, OverBudget> {
    let wanted = |questions: &[usize]| {
        let yes = questions.iter().map(|at| formulas[*at].clone());
        Formula::All(yes.chain(others.iter().cloned()).collect())
    };
    let one = |mode, questions: &[usize]| -> Result<_, OverBudget> {
        let Some(found) = model.solve(mode, &wanted(questions))? else {
            return Ok(None);
        };
        let doubt = model.doubt(mode, &found);
        let json = model.witness(mode, &found).ok_or(OverBudget)?;
        Ok(Some((json, doubt)))
    };
    for mode in [Mode::Proven, Mode::Possible] {
        if let Some((json, doubt)) = one(mode, yes)? {
            return Ok(Some((vec![json], doubt.or(mode.doubt()))));
        }
        let mut elements = Vec::new();
        let mut doubts = None;
        for at in yes {
            let Some((json, doubt)) = one(mode, &[*at])? else {
                break;
            };
            elements.push(json);
            doubts = doubts.or(doubt);
        }
        if elements.len() == yes.len() {
            return Ok(Some((elements, doubts.or(mode.doubt()))));
        }
    }
    Ok(None)
}
