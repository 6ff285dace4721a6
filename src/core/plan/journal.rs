//! The journal of what was changed: one JSON line per step, so that a kill at any moment leaves
//! enough to go on from, or to take back.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use jiff::Timestamp;

use super::way_back::{concerns_one_resource, lies_between};
use super::{Change, Resource, Write};
use crate::snapshot::{AccountId, Asked, Observed, Snapshot};

#[cfg(test)]
mod tests;

/// The version of the journal's file format.
pub const JOURNAL_VERSION: u32 = 1;

/// One line.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
#[expect(clippy::large_enum_variant, reason = "one at a time is written and read")]
pub enum Line {
    /// The first line.
    Journal {
        /// [`JOURNAL_VERSION`].
        version: u32,
        /// The account that is changed.
        account: AccountId,
        /// When.
        started: Timestamp,
        /// The command that changes it, such as `setup`.
        command: String,
        /// What was asked about.
        asked: Vec<Asked>,
    },
    /// A call is about to be made.
    About {
        /// Its number in the journal, from 0.
        step: usize,
        /// The change.
        change: Change,
    },
    /// It was made.
    Done {
        /// Its number.
        step: usize,
        /// The resource's configuration as it was seen after it.
        after: Observed<Value>,
    },
    /// It was not made.
    Failed {
        /// Its number.
        step: usize,
        /// Why.
        reason: String,
    },
    /// It is about to be taken back.
    Undoing {
        /// Its number.
        step: usize,
    },
    /// It was taken back.
    Undone {
        /// Its number.
        step: usize,
    },
}

impl Line {
    /// The line as it is written, with its end.
    pub fn to_json(&self) -> String {
        let mut text = serde_json::to_string(self).unwrap_or_default();
        text.push('\n');
        text
    }
}

/// A journal, read.
#[derive(Debug, Clone, PartialEq)]
pub struct Journal {
    /// The account that was changed.
    pub account: AccountId,
    /// When.
    pub started: Timestamp,
    /// The command that changed it.
    pub command: String,
    /// What was asked about.
    pub asked: Vec<Asked>,
    /// The steps, in order.
    pub steps: Vec<JournalStep>,
}

/// One step of a journal.
#[derive(Debug, Clone, PartialEq)]
pub struct JournalStep {
    /// Its number.
    pub step: usize,
    /// The change.
    pub change: Change,
    /// What became of it.
    pub state: StepState,
    /// Whether the program ended while it took it back.
    pub is_undoing: bool,
    /// How later steps, which are taken back with it, left its resource.
    pub also: Vec<Observed<Value>>,
}

/// What became of a step.
#[derive(Debug, Clone, PartialEq)]
pub enum StepState {
    /// The program ended before it was known.
    Unknown,
    /// Made.
    Done {
        /// The resource's configuration as it was seen after it.
        after: Observed<Value>,
    },
    /// Not made.
    Failed,
    /// Made, and taken back.
    Undone,
}

/// A journal that cannot be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum JournalError {
    /// A line is no line of a journal.
    #[error("line {line}: {message}")]
    Line {
        /// From 1.
        line: usize,
        /// What is wrong.
        message: String,
    },
    /// There is nothing in it.
    #[error("it is empty: nothing was changed")]
    Empty,
    /// Written by another version of secmon.
    #[error("journal version {0} is not version {JOURNAL_VERSION}, the one this secmon reads")]
    Version(u32),
}

impl Journal {
    /// The steps that may be taken back, newest first.
    ///
    /// What was set on a bucket, log group, trail, role or topic that the same journal made is not
    /// taken back by itself: it goes with it, at the turn of what was set last, and where that stays,
    /// because it holds or serves something, it keeps who may read it, how long it is kept, and with
    /// what it is encrypted.
    pub fn open(&self) -> Vec<JournalStep> {
        let mut open: Vec<JournalStep> = Vec::new();
        for step in self.steps.iter().rev().filter(|step| step.is_open()) {
            let made =
                self.steps.iter().find(|other| other.makes_what_holds(&step.change.resource));
            match made {
                None => open.push(step.clone()),
                Some(made) if !made.is_open() || open.iter().any(|it| it.step == made.step) => {}
                Some(made) => open.push(self.with_what_was_set(made)),
            }
        }
        open
    }

    /// The step that made something, taken back with what was set on it.
    fn with_what_was_set(&self, made: &JournalStep) -> JournalStep {
        let mut step = JournalStep { also: self.left(made), ..made.clone() };
        if let Write::CreateRole { .. } = made.change.write {
            // IAM deletes no role that has policies.
            let set = self.steps.iter().rev().filter(|it| {
                it.change.resource == made.change.resource && it.step != made.step && it.is_open()
            });
            let mut writes: Vec<Write> = set.flat_map(|it| it.change.undo.writes.clone()).collect();
            writes.append(&mut step.change.undo.writes);
            step.change.undo.writes = writes;
        }
        step
    }

    /// How the other steps of this journal left what one of them made.
    fn left(&self, made: &JournalStep) -> Vec<Observed<Value>> {
        let of_it = self.steps.iter().filter(|step| step.change.resource == made.change.resource);
        of_it
            .flat_map(|step| match &step.state {
                StepState::Done { after } => vec![after.clone(), step.change.after.clone()],
                StepState::Unknown | StepState::Failed | StepState::Undone => {
                    vec![step.change.after.clone()]
                }
            })
            .collect()
    }

    /// Reads a journal. The last line may have been cut by a kill: what it was about was not begun.
    pub fn parse(text: &str) -> Result<Self, JournalError> {
        let mut lines = Vec::new();
        for (index, line) in text.lines().enumerate() {
            match serde_json::from_str::<Line>(line) {
                Ok(parsed) => lines.push((index + 1, parsed)),
                Err(_) if !text.ends_with('\n') && index + 1 == text.lines().count() => {}
                Err(error) => {
                    return Err(JournalError::Line { line: index + 1, message: error.to_string() });
                }
            }
        }
        let mut lines = lines.into_iter();
        let (account, started, command, asked) = match lines.next() {
            Some((
                _,
                Line::Journal { version: JOURNAL_VERSION, account, started, command, asked },
            )) => (account, started, command, asked),
            Some((_, Line::Journal { version, .. })) => return Err(JournalError::Version(version)),
            Some((line, _)) => {
                return Err(JournalError::Line {
                    line,
                    message: "no beginning of a journal".into(),
                });
            }
            None => return Err(JournalError::Empty),
        };
        let mut steps: Vec<JournalStep> = Vec::new();
        for (line, parsed) in lines {
            let wrong = |message: String| JournalError::Line { line, message };
            let (step, state) = match parsed {
                Line::Journal { .. } => return Err(wrong("a journal begins once".to_owned())),
                Line::About { step, change } if step == steps.len() => {
                    concerns_one_resource(&change).map_err(wrong)?;
                    steps.push(JournalStep {
                        step,
                        change,
                        state: StepState::Unknown,
                        is_undoing: false,
                        also: Vec::new(),
                    });
                    continue;
                }
                Line::About { step, .. } => {
                    return Err(wrong(format!("step {step} is out of order")));
                }
                Line::Done { step, after } => (step, Some(StepState::Done { after })),
                Line::Failed { step, .. } => (step, Some(StepState::Failed)),
                Line::Undoing { step } => (step, None),
                Line::Undone { step } => (step, Some(StepState::Undone)),
            };
            let Some(known) = steps.get_mut(step) else {
                return Err(wrong(format!("step {step} was not begun")));
            };
            known.is_undoing = state.is_none();
            known.state = state.unwrap_or_else(|| known.state.clone());
        }
        Ok(Self { account, started, command, asked, steps })
    }
}

/// How a resource stands to a step that is to be taken back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    /// As it was before the step: there is nothing to take back.
    AsBefore,
    /// As the step left it.
    AsLeft,
    /// Otherwise: somebody has changed it since.
    Changed,
    /// It cannot be seen.
    Unseen,
}

impl JournalStep {
    /// Whether it was made, or may have been, and was not taken back.
    pub fn is_open(&self) -> bool {
        match self.state {
            StepState::Unknown | StepState::Done { .. } => true,
            StepState::Failed => self.is_of_two_calls(),
            StepState::Undone => false,
        }
    }

    /// Whether it makes this bucket, log group, trail, role or topic.
    fn makes_what_holds(&self, resource: &Resource) -> bool {
        let makes = matches!(
            self.change.write,
            Write::CreateBucket { .. }
                | Write::CreateLogGroup { .. }
                | Write::CreateTrail { .. }
                | Write::CreateRole { .. }
                | Write::CreateTopic { .. }
        );
        makes && self.change.resource == *resource && self.state != StepState::Failed
    }

    /// Whether it makes two calls, of which the first may have been made where the step failed.
    pub fn is_of_two_calls(&self) -> bool {
        matches!(self.change.write, Write::CreateKey { .. })
    }

    /// Whether the calls that take the step back lead, in an account in which its resource is seen like
    /// this, to what the step says was there before, as far as they change anything.
    pub fn leads_back(&self, seen: &Snapshot) -> bool {
        // It goes after a while only.
        if matches!(self.change.write, Write::CreateSecret { .. }) {
            return true;
        }
        let value = |observed: &Observed<Value>| match observed {
            Observed::Seen(value) => Some(value.clone()),
            Observed::Absent => Some(Value::Null),
            Observed::NotAsked | Observed::Denied { .. } | Observed::Failed { .. } => None,
        };
        let resource = &self.change.resource;
        let mut then = seen.clone();
        self.change.undo.writes.iter().for_each(|write| write.apply_to(&mut then));
        let now = value(&resource.configuration(seen));
        let (then, before) = (value(&resource.configuration(&then)), value(&self.change.before));
        match (now, then, before) {
            (Some(now), Some(then), Some(before)) => lies_between(&before, &now, &then),
            _ => false,
        }
    }

    /// How a resource that is configured like this stands to the step.
    pub fn standing(&self, now: &Observed<Value>) -> Standing {
        let left = match &self.state {
            StepState::Done { after: after @ (Observed::Seen(_) | Observed::Absent) } => after,
            _ => &self.change.after,
        };
        match now {
            // An alarm's state is no setting: there is nothing to see.
            _ if self.change.before == self.change.after => Standing::AsLeft,
            now if *now == *left || *now == self.change.after => Standing::AsLeft,
            now if self.also.contains(now) => Standing::AsLeft,
            now if *now == self.change.before => Standing::AsBefore,
            Observed::Seen(_) | Observed::Absent => Standing::Changed,
            Observed::NotAsked | Observed::Denied { .. } | Observed::Failed { .. } => {
                Standing::Unseen
            }
        }
    }
}
