//! Would AWS let this request through, as far as these policy documents decide it?
//!
//! Covers what the alert chain needs: topic, key and bucket policies asked by a service principal,
//! and the policies of CloudTrail's delivery role.
//!
//! ```
//! use secmon_core::policy::{Decision, PolicyDocument, Request, evaluate};
//!
//! let topic = "arn:aws:sns:eu-west-1:123456789012:security-alerts";
//! let alarm = "arn:aws:cloudwatch:eu-west-1:123456789012:alarm:secret-read";
//! let policy = PolicyDocument::parse(
//!     r#"{
//!         "Version": "2012-10-17",
//!         "Statement": {
//!             "Sid": "AllowEvents",
//!             "Effect": "Allow",
//!             "Principal": {"Service": "events.amazonaws.com"},
//!             "Action": "sns:Publish",
//!             "Resource": "*"
//!         }
//!     }"#,
//! )?;
//! let decision = evaluate(&[("", &policy)], &Request::alarm_publishes(alarm, topic));
//! assert!(!decision.is_allowed());
//! assert_eq!(
//!     decision.to_string(),
//!     "no statement allows it (nearest: statement 1 \"AllowEvents\" allows only \
//!      events.amazonaws.com, not cloudwatch.amazonaws.com)",
//! );
//! # Ok::<(), secmon_core::policy::PolicyError>(())
//! ```
//!
//! # Rules
//!
//! A deny that applies beats every allow; without an allow the answer is no
//! ([evaluation logic](https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic.html)).
//! What is not known is never guessed: it makes the answer [`Decision::Unknown`] unless the answer
//! is the same either way.
//!
//! # Edge cases
//!
//! - Documents given together are evaluated as one. That is right for all the policies of one role.
//!   It is not the rule for a role *and* a resource, for service control policies, permissions
//!   boundaries or session policies: evaluate those apart and combine the answers.
//! - A statement without `Principal` applies to everybody: in an identity policy that is the
//!   identity it is attached to. A resource policy cannot be saved without one.
//! - An account as principal delegates to that account: its identities need a policy of their own
//!   besides ([principals](https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_principal.html)).
//! - In `Resource` a `*` runs across colons, in `ArnLike` it does not.

mod condition;
mod document;
mod grant;
mod key_grant;
mod matching;
mod request;
mod truth;
mod wildcard;

#[cfg(test)]
mod tests;

use std::fmt;

pub use document::{PolicyDocument, PolicyError};
pub use grant::{
    alarms_may_publish, alarms_may_use_key, allow_statement, events_may_use_key, rule_may_publish,
    service_statement,
};
pub use key_grant::evaluate_key;
pub use request::{KeyValue, Principal, Request};
pub use truth::Doubt;

use document::Effect;
use truth::Truth;

/// The statement that decided.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StatementRef {
    /// Name of the policy it stands in; `None` where there is but one policy.
    pub policy: Option<String>,
    /// Its place in that policy, counted from 1.
    pub number: usize,
    /// Its `Sid`, if it has one.
    pub sid: Option<String>,
}

impl fmt::Display for StatementRef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "statement {}", self.number)?;
        if let Some(sid) = &self.sid {
            write!(f, " \"{sid}\"")?;
        }
        match &self.policy {
            Some(policy) => write!(f, " of policy {policy}"),
            None => Ok(()),
        }
    }
}

/// The allowing statement that came closest to applying.
///
/// Its `Display` is a sentence without a full stop: `statement 1 "x" allows only
/// events.amazonaws.com, not cloudwatch.amazonaws.com`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Nearest {
    /// The statement.
    pub by: StatementRef,
    /// Why it does not apply; completes a sentence that begins with the statement.
    pub reason: String,
}

impl fmt::Display for Nearest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.by, self.reason)
    }
}

/// The answer of a set of policies.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Decision {
    /// Some statement allows it and none denies it.
    Allowed {
        /// The first that allows it.
        by: StatementRef,
    },
    /// A statement denies it, whatever others allow.
    Denied {
        /// The first that denies it.
        by: StatementRef,
    },
    /// No statement allows it, and none can.
    NotAllowed {
        /// The allowing statement that came closest; `None` if nothing at all is allowed.
        nearest: Option<Nearest>,
    },
    /// It hangs on something that is not known.
    Unknown {
        /// What is not known.
        doubt: Doubt,
        /// The statement that asks for it.
        by: StatementRef,
    },
}

impl Decision {
    /// True only for a certain yes.
    pub fn is_allowed(&self) -> bool {
        matches!(self, Decision::Allowed { .. })
    }
}

impl fmt::Display for Decision {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Decision::Allowed { by } => write!(f, "allowed by {by}"),
            Decision::Denied { by } => write!(f, "denied by {by}"),
            Decision::NotAllowed { nearest: None } => f.write_str("no statement allows it"),
            Decision::NotAllowed { nearest: Some(nearest) } => {
                write!(f, "no statement allows it (nearest: {nearest})")
            }
            Decision::Unknown { doubt, by } => write!(f, "unknown: {doubt} in {by}"),
        }
    }
}

/// Evaluates named policies together. An empty name stays out of what is printed.
///
/// A deny that may apply leaves the answer unknown only where something may be allowed at all:
/// where nothing is, the answer is no either way, [`Decision::NotAllowed`].
pub fn evaluate(policies: &[(&str, &PolicyDocument)], request: &Request) -> Decision {
    decide(policies, None, request)
}

/// As [`evaluate`], where something beside the policies may allow the request already.
fn decide(
    policies: &[(&str, &PolicyDocument)],
    mut allowed: Option<StatementRef>,
    request: &Request,
) -> Decision {
    let mut maybe_allowed = None;
    let mut maybe_denied = None;
    let mut nearest: Option<(u32, Nearest)> = None;
    for (policy, document) in policies {
        for (index, statement) in document.statements.iter().enumerate() {
            let by = || StatementRef {
                policy: Some((*policy).to_owned()).filter(|name| !name.is_empty()),
                number: index + 1,
                sid: statement.sid.clone(),
            };
            let found = matching::statement(statement, document, request);
            match (statement.effect, found.truth) {
                (Effect::Deny, Truth::Yes) => return Decision::Denied { by: by() },
                (Effect::Deny, Truth::Unknown(doubt)) => {
                    maybe_denied.get_or_insert_with(|| (doubt, by()));
                }
                (Effect::Deny, Truth::No) => {}
                (Effect::Allow, Truth::Yes) => {
                    allowed.get_or_insert_with(by);
                }
                (Effect::Allow, Truth::Unknown(doubt)) => {
                    maybe_allowed.get_or_insert_with(|| (doubt, by()));
                }
                (Effect::Allow, Truth::No) => {
                    if nearest.as_ref().is_none_or(|(best, _)| found.closeness > *best) {
                        let reason = found.misses.join(", and ");
                        nearest = Some((found.closeness, Nearest { by: by(), reason }));
                    }
                }
            }
        }
    }
    let nearest = nearest.map(|(_, nearest)| nearest);
    match (allowed, maybe_allowed, maybe_denied) {
        (None, None, _) => Decision::NotAllowed { nearest },
        (_, _, Some((doubt, by))) | (None, Some((doubt, by)), None) => {
            Decision::Unknown { doubt, by }
        }
        (Some(by), _, None) => Decision::Allowed { by },
    }
}
