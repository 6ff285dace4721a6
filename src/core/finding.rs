//! What a check says: outcomes, findings, and what stood in the way of an answer.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::plan::Intent;
use crate::snapshot::Observed;

/// What a check answers: an outcome, or why it could not look.
pub type Judged = Result<Outcome, Stop>;

/// The answer of a check that could look.
#[derive(Debug, Clone, PartialEq)]
pub enum Outcome {
    /// The claim holds.
    Pass,
    /// The claim does not hold.
    Fail(Vec<Finding>),
    /// Everything was seen, and still nobody can tell.
    Unknown(Unseen),
    /// The claim is about something this chain does not use; a reason in words.
    NotApplicable(String),
}

/// Why a check could not look.
#[derive(Debug, Clone, PartialEq)]
pub enum Stop {
    /// Something could not be seen: the status is unknown.
    Unseen(Unseen),
    /// What it must look at does not exist: the check is skipped, and this says why.
    Skipped(String),
}

/// Something that could not be seen.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Unseen {
    /// What, as a phrase: "the key policy of topic security-alerts".
    pub what: String,
    /// The IAM action that was denied, if that is why.
    pub denied: Option<String>,
    /// Why, in words.
    pub reason: String,
    /// What it would mean if it were broken, and how to see it.
    pub hint: Option<String>,
}

/// What is wrong with one resource.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Finding {
    /// The resource: its ARN where it has one, else its name.
    pub resource: String,
    /// Sentences, resource first, observed against expected.
    pub message: String,
    /// How bad this one is, where that is not the same for all findings of the check.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub severity: Option<Severity>,
    /// Of evidence: the last link where things went well, and the next one, where they did not. A
    /// fault that a check of the settings finds between the two is its cause.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub between: Option<(Stage, Stage)>,
    /// Observed against expected, field by field.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub evidence: Vec<Evidence>,
    /// Texts to be passed on exactly as they are.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub quotes: Vec<Quote>,
    /// What mends it; alternatives are not listed, steps are.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub fix: Vec<Fix>,
}

/// A text to be passed on exactly as it is, such as a pattern and an event for a report.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Quote {
    /// What it is, in a word.
    pub what: String,
    /// The text.
    pub text: String,
}

/// One field, as it is and as it should be.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Evidence {
    /// AWS's name of the field, such as `Statistic`.
    pub field: String,
    /// What it is.
    pub observed: String,
    /// What it should be.
    pub expected: String,
}

/// One step that mends a finding.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Fix {
    /// A change to a resource.
    Change(Intent),
    /// Something only a human can do, in words.
    Manual(String),
}

impl Fix {
    /// The wish, if it is one.
    pub fn intent(&self) -> Option<&Intent> {
        match self {
            Self::Change(intent) => Some(intent),
            Self::Manual(_) => None,
        }
    }
}

/// How bad it is when a claim does not hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Severity {
    /// Worth knowing.
    Informational,
    /// Costs something, some day.
    Low,
    /// Some reads, or some readers, are missed.
    Medium,
    /// Alerts are lost under circumstances.
    High,
    /// Nobody is told.
    Critical,
}

/// What a failed claim does to the chain.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Effect {
    /// Nobody is told: the verdict is NO.
    Breaks,
    /// The alert still comes: a warning.
    Degrades,
    /// Evidence that nobody is told: the verdict is NO. Evidence that was seen and stays in doubt
    /// makes it CANNOT TELL. To be without evidence costs nothing, because the verdict stands on
    /// what the other checks saw.
    Disproves,
}

/// The link of the chain a check belongs to, in chain order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Stage {
    /// Whose credentials.
    Identity,
    /// The secret.
    Secret,
    /// The trail.
    Trail,
    /// From the trail to the log group.
    Delivery,
    /// The metric filter.
    Filter,
    /// From the filter to the alarm.
    Metric,
    /// The alarm.
    Alarm,
    /// The EventBridge rule, where one replaces filter and alarm.
    Rule,
    /// The topic.
    Topic,
    /// The subscription.
    Subscription,
    /// What has been seen to work.
    Proof,
}

impl Stage {
    /// All stages in chain order.
    pub const ALL: [Self; 11] = [
        Self::Identity,
        Self::Secret,
        Self::Trail,
        Self::Delivery,
        Self::Filter,
        Self::Metric,
        Self::Alarm,
        Self::Rule,
        Self::Topic,
        Self::Subscription,
        Self::Proof,
    ];

    /// The word people read.
    pub fn name(self) -> &'static str {
        match self {
            Self::Identity => "identity",
            Self::Secret => "secret",
            Self::Trail => "trail",
            Self::Delivery => "delivery",
            Self::Filter => "filter",
            Self::Metric => "metric",
            Self::Alarm => "alarm",
            Self::Rule => "rule",
            Self::Topic => "topic",
            Self::Subscription => "subscription",
            Self::Proof => "proof",
        }
    }
}

impl fmt::Display for Severity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Informational => "informational",
            Self::Low => "low",
            Self::Medium => "medium",
            Self::High => "high",
            Self::Critical => "critical",
        })
    }
}

impl fmt::Display for Stage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

impl Outcome {
    /// A failure of one finding.
    pub fn fail(finding: Finding) -> Self {
        Self::Fail(vec![finding])
    }
}

impl Finding {
    /// A finding about a resource.
    pub fn new(resource: impl fmt::Display, message: impl Into<String>) -> Self {
        Self {
            resource: resource.to_string(),
            message: message.into(),
            severity: None,
            between: None,
            evidence: Vec::new(),
            quotes: Vec::new(),
            fix: Vec::new(),
        }
    }

    /// Says how bad this one is.
    #[must_use]
    pub fn severity(mut self, severity: Severity) -> Self {
        self.severity = Some(severity);
        self
    }

    /// Says which stretch of the chain broke: after `last`, before `next`.
    #[must_use]
    pub fn between(mut self, last: Stage, next: Stage) -> Self {
        self.between = Some((last, next));
        self
    }

    /// Adds a field as it is and as it should be.
    #[must_use]
    pub fn field(
        mut self,
        field: &str,
        observed: impl fmt::Display,
        expected: impl fmt::Display,
    ) -> Self {
        self.evidence.push(Evidence {
            field: field.to_owned(),
            observed: observed.to_string(),
            expected: expected.to_string(),
        });
        self
    }

    /// Adds a text to be passed on exactly as it is.
    #[must_use]
    pub fn quote(mut self, what: &str, text: impl Into<String>) -> Self {
        self.quotes.push(Quote { what: what.to_owned(), text: text.into() });
        self
    }

    /// Adds a change that mends it.
    #[must_use]
    pub fn change(mut self, intent: Intent) -> Self {
        self.fix.push(Fix::Change(intent));
        self
    }

    /// Adds a step for a human.
    #[must_use]
    pub fn manual(mut self, step: impl Into<String>) -> Self {
        self.fix.push(Fix::Manual(step.into()));
        self
    }
}

impl Unseen {
    /// Something that is unknown for a reason in words.
    pub fn because(what: impl Into<String>, reason: impl Into<String>) -> Self {
        Self { what: what.into(), denied: None, reason: reason.into(), hint: None }
    }

    /// Adds what it would mean if it were broken.
    #[must_use]
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }
}

/// The value that was read, or the reason why a check must stop here.
///
/// Denied, failed and never asked make the check unknown; absent makes it skipped, because what it
/// must look at does not exist. A check whose claim is that the thing exists matches
/// [`Observed::Absent`] itself first.
pub fn look<T>(observed: &Observed<T>, what: impl Into<String>) -> Result<&T, Stop> {
    let what = what.into();
    match observed {
        Observed::Seen(value) => Ok(value),
        Observed::Absent => Err(Stop::Skipped(format!("{what} does not exist"))),
        Observed::Denied { action } => Err(Stop::Unseen(Unseen {
            reason: format!("{action} was denied"),
            denied: Some(action.clone()),
            what,
            hint: None,
        })),
        Observed::Failed { reason } => Err(Stop::Unseen(Unseen::because(what, reason.clone()))),
        Observed::NotAsked => Err(Stop::Unseen(Unseen::because(what, "it was not read"))),
    }
}

impl Stop {
    /// Adds what it would mean if the unseen thing were broken.
    #[must_use]
    pub fn hint(self, hint: impl Into<String>) -> Self {
        match self {
            Self::Unseen(unseen) => Self::Unseen(unseen.hint(hint)),
            skipped @ Self::Skipped(_) => skipped,
        }
    }
}
