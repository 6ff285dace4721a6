//! One or two expressions over one model, and what is asked about them.

use super::Unknown;
use super::cells::Allowed;
use super::formula::Formula;
use super::model::Model;
use super::product::OverBudget;
use super::solve::{Decided, Mode};
use crate::pattern::{Clause, Doubtful, Expr, FilterPattern, Match, Pattern};

/// Expressions whose messages are compared.
#[derive(Debug)]
pub(super) struct Problem {
    model: Model,
    formulas: Vec<Formula>,
    evaluators: Vec<FilterPattern>,
}

/// What is known of some messages.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Region {
    /// There are none, under any reading.
    Empty,
    /// This is one of them, as the evaluator confirms.
    Witness(String),
    /// Whether there are any is not known.
    Unknown(Unknown),
}

impl Problem {
    /// The expressions, each with the doubts of its pattern, over all JSON objects in which what
    /// is known is as it is known.
    pub(super) fn new(
        sides: &[(&Expr, &[Doubtful])],
        known: &[(&str, Allowed)],
    ) -> Result<Self, OverBudget> {
        let clauses: Vec<&Clause> = sides.iter().flat_map(|(expr, _)| expr.clauses()).collect();
        let paths = clauses.iter().map(|clause| &clause.selector.path.0[..]);
        let mut model = Model::new(Allowed::Object, paths, known)?;
        let formulas = sides.iter().map(|(expr, doubts)| model.expression(expr, doubts)).collect();
        model.settle()?;
        let evaluators = sides.iter().map(|(expr, doubts)| {
            let left = doubts.iter().filter(|doubtful| !doubtful.doubt.settled_by_acceptance());
            let pattern = Pattern::Json((*expr).clone());
            FilterPattern::new(String::new(), pattern, left.copied().collect())
        });
        Ok(Self { model, formulas, evaluators: evaluators.collect() })
    }

    fn formula(&self, wanted: &[bool]) -> Formula {
        let sides = self.formulas.iter().cloned().zip(wanted);
        let parts = sides.map(|(formula, yes)| if *yes { formula } else { formula.negated() });
        Formula::All(parts.collect())
    }

    /// The messages that each expression matches or does not match, as wanted.
    pub(super) fn region(&self, wanted: &[bool]) -> Region {
        let formula = self.formula(wanted);
        let mut reason = None;
        match self.model.solve(Mode::Proven, &formula) {
            Ok(Some(decided)) => match self.model.witness(Mode::Proven, &decided) {
                Some(message) => match self.confirm(&message, wanted) {
                    Ok(()) => return Region::Witness(message),
                    Err(unconfirmed) => reason = Some(unconfirmed),
                },
                None => reason = Some(Unknown::Budget),
            },
            Ok(None) => {}
            Err(OverBudget) => reason = Some(Unknown::Budget),
        }
        match self.model.solve(Mode::Possible, &formula) {
            Ok(None) => Region::Empty,
            Ok(Some(decided)) => Region::Unknown(
                reason
                    .or_else(|| self.model.doubt(Mode::Possible, &decided))
                    .unwrap_or(Unknown::Budget),
            ),
            Err(OverBudget) => Region::Unknown(Unknown::Budget),
        }
    }

    /// Asks the evaluator about a message that was found.
    fn confirm(&self, message: &str, wanted: &[bool]) -> Result<(), Unknown> {
        for (evaluator, yes) in self.evaluators.iter().zip(wanted) {
            let answer = evaluator.test(message);
            if answer == Match::from(*yes) {
                continue;
            }
            #[cfg(test)]
            UNCONFIRMED.with(|count| count.set(count.get() + 1));
            // What nobody foresaw: numbers that differ by less than doubles do, say.
            return Err(match answer {
                Match::Uncertain(doubt) => Unknown::Doubt(doubt),
                Match::Yes | Match::No => Unknown::Unconfirmed,
            });
        }
        Ok(())
    }

    /// The cells of every message that the first expression does not match, whatever the reading.
    pub(super) fn each_miss(
        &self,
        mut found: impl FnMut(&Model, &Decided) -> bool,
    ) -> Result<(), OverBudget> {
        let formula = self.formula(&[false]);
        self.model.each_solution(Mode::Possible, &formula, |decided| found(&self.model, decided))
    }
}

#[cfg(test)]
std::thread_local! {
    /// How often the evaluator did not confirm what was found.
    pub(super) static UNCONFIRMED: std::cell::Cell<usize> = const { std::cell::Cell::new(0) };
}
