//! What a filter's pattern makes of events, by two engines: AWS's and secmon's own.
//!
//! AWS answers with `TestMetricFilter` and is believed. Where it did not (denied, failed, never
//! asked, as for a pattern that a plan would set), secmon's own reading counts as far as it is
//! certain. Where both answered and differ, one of them is wrong: AWS is believed all the same, and
//! [`Answer::differs`] says so. Where AWS refuses the pattern itself, secmon's reading counts for
//! nothing.
//!
//! ```
//! use secmon_core::baseline::{BaselineEntry, messages};
//! use secmon_core::engines::{Engines, Own};
//! use secmon_core::snapshot::Snapshot;
//!
//! let snapshot = Snapshot::healthy();
//! let messages = messages(&snapshot, &BaselineEntry::secret_access());
//! // Nobody asked AWS about this pattern.
//! let engines = Engines::of(&snapshot, r#"{ $.eventName = "GetSecretValue" }"#);
//! let answers: Vec<_> = engines.answers(&messages).collect();
//! let (message, answer) = &answers[0];
//! assert_eq!(message.says, "a read in the console (by ARN)");
//! assert!(answer.aws.is_not_asked());
//! assert_eq!(answer.own, Own::Certain(true));
//! assert_eq!(answer.believed(), Some(true));
//! ```

use crate::baseline::Message;
use crate::pattern::{Doubt, FilterPattern, Match, PatternError};
use crate::snapshot::{Observed, PatternTests, Snapshot};

#[cfg(test)]
mod tests;

/// Both engines, ready to be asked about one pattern.
#[derive(Debug)]
pub struct Engines<'a> {
    tests: &'a PatternTests,
    text: &'a str,
    own: Result<FilterPattern, PatternError>,
}

/// What secmon makes of a message by itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Own {
    /// Whether the pattern matches.
    Certain(bool),
    /// What AWS would say is not established.
    Uncertain(Doubt),
    /// secmon refuses the pattern, and AWS holds a filter with it: one of them is wrong.
    Refused,
}

/// What both engines make of one message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    /// What AWS said, or why it did not.
    pub aws: Observed<bool>,
    /// What secmon says.
    pub own: Own,
}

impl<'a> Engines<'a> {
    /// The engines for the pattern of a filter that AWS holds, so that AWS takes the pattern.
    pub fn of(snapshot: &'a Snapshot, pattern: &'a str) -> Self {
        Self {
            tests: &snapshot.pattern_tests,
            text: pattern,
            own: FilterPattern::parse(pattern).map(FilterPattern::accepted),
        }
    }

    /// The pattern as secmon reads it, or why it refuses it.
    pub fn own(&self) -> Result<&FilterPattern, &PatternError> {
        self.own.as_ref()
    }

    /// What both say of each message.
    pub fn answers<'m>(
        &self,
        messages: impl IntoIterator<Item = &'m Message>,
    ) -> impl Iterator<Item = (&'m Message, Answer)> {
        let mut matcher = self.own.as_ref().ok().map(FilterPattern::matcher);
        messages.into_iter().map(move |message| {
            let own = match matcher.as_mut().map(|matcher| matcher.test(&message.text)) {
                Some(Match::Yes) => Own::Certain(true),
                Some(Match::No) => Own::Certain(false),
                Some(Match::Uncertain(doubt)) => Own::Uncertain(doubt),
                None => Own::Refused,
            };
            (message, Answer { aws: self.tests.answer(self.text, message), own })
        })
    }
}

/// How AWS words that a pattern is none, as opposed to whatever else it takes no parameter for.
const REFUSALS: [&str; 6] = [
    "filter pattern",
    "filterPattern",
    "Invalid character(s) in term",
    "Duplicate field",
    "JSON path selector",
    "regular expression",
];

impl Answer {
    /// Whether AWS refuses the pattern.
    pub fn refused_by_aws(&self) -> bool {
        matches!(&self.aws, Observed::Failed { reason }
            if reason.contains("InvalidParameterException")
                && REFUSALS.iter().any(|words| reason.contains(words)))
    }

    /// Whether the message matches, if that is known.
    pub fn believed(&self) -> Option<bool> {
        if self.refused_by_aws() {
            return None;
        }
        match (self.aws.seen(), self.own) {
            (Some(matches), _) => Some(*matches),
            (None, Own::Certain(matches)) => Some(matches),
            (None, Own::Uncertain(_) | Own::Refused) => None,
        }
    }

    /// Whether both are certain and say otherwise.
    pub fn differs(&self) -> bool {
        matches!((self.aws.seen(), self.own), (Some(aws), Own::Certain(own)) if *aws != own)
    }
}
