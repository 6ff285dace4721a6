//! What AWS itself says of a pattern, whatever the account holds.

use std::collections::BTreeMap;
use std::sync::Mutex;

use jiff::Timestamp;
use secmon_core::route::What;
use tokio::time::Instant;

use super::logs;
use super::place::{Place, Run};
use crate::connect::Session;
use crate::error::Trouble;
use crate::permissions::Call;

#[cfg(test)]
mod tests;

/// What AWS says of a pattern.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PatternTest {
    /// AWS's time of the answer, if it told.
    pub at: Option<Timestamp>,
    /// One answer for each message, or why AWS refuses the pattern, in its words.
    pub answer: Result<Vec<MessageTest>, String>,
}

/// What AWS says of a pattern and one message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum MessageTest {
    /// It matches.
    Match {
        /// `extractedValues`, which only space-delimited patterns have.
        extracted: BTreeMap<String, String>,
    },
    /// It does not.
    NoMatch,
}

/// Why AWS did not answer.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum AskError {
    /// The permission is missing.
    #[error("AWS denies {action} to these credentials: `secmon iam-policy` prints what to allow")]
    Denied {
        /// The IAM action.
        action: String,
    },
    /// The credentials themselves are refused.
    #[error("AWS refuses the credentials: {reason}")]
    Refused {
        /// In AWS's words.
        reason: String,
    },
    /// Anything else.
    #[error("{reason}")]
    Failed {
        /// What went wrong, in AWS's words where it said any.
        reason: String,
    },
}

impl From<Trouble> for AskError {
    fn from(trouble: Trouble) -> Self {
        match trouble {
            Trouble::Denied { action } => Self::Denied { action },
            Trouble::Refused { reason } => Self::Refused { reason },
            Trouble::Failed { reason } => Self::Failed { reason },
            Trouble::Absent => Self::Failed {
                reason: format!("{}: AWS knows of no such thing", Call::TestMetricFilter.name()),
            },
        }
    }
}

impl Session {
    /// How many messages [`Session::test_metric_filter`] takes. AWS takes no empty ones.
    pub const MESSAGES: usize = logs::MESSAGES;

    /// Asks AWS which of some messages a pattern matches, in one call of `TestMetricFilter`. Within
    /// [`Session::MESSAGES`]; a run of calls goes no faster than AWS allows.
    ///
    /// # Errors
    ///
    /// If AWS does not answer. That it refuses the pattern is an answer.
    pub async fn test_metric_filter(
        &self,
        pattern: &str,
        messages: &[String],
    ) -> Result<PatternTest, AskError> {
        const NOWHERE: &str = "no Region to ask in";
        let asked = self.asked.first();
        let asked = asked.ok_or_else(|| AskError::Failed { reason: NOWHERE.to_owned() })?;
        let run = Run {
            session: self,
            deadline: Instant::now() + self.timeout,
            denied: Mutex::default(),
            refused: Mutex::default(),
        };
        let what =
            What::TestMetricFilter { pattern: pattern.to_owned(), messages: BTreeMap::new() };
        let place = Place {
            run: &run,
            target: asked.target.clone(),
            who: self.who(&asked.target.account, &what),
            now: Timestamp::UNIX_EPOCH,
        };
        self.wire.forget_date();
        let answer = logs::test_messages(&place, pattern, messages.to_vec()).await?;
        Ok(PatternTest { at: self.wire.date(), answer })
    }

    /// The Region that is asked.
    pub fn region(&self) -> Option<&str> {
        self.asked.first().map(|asked| asked.target.region.as_str())
    }
}
