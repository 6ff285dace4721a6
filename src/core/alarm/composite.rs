//! Why a composite alarm is in its state.
//!
//! Captured 2026-09-14; the reason after an update is from a published answer of `DescribeAlarms`.

use jiff::Timestamp;
use serde::Serialize;

use super::{AlarmState, wire};
use crate::snapshot::Arn;

/// A child that a composite alarm's state goes back to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Child {
    /// Its ARN.
    pub arn: Arn,
    /// Its state.
    pub state: ChildState,
}

/// The state of a child.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct ChildState {
    /// The state.
    pub value: AlarmState,
    /// Since when.
    #[serde(serialize_with = "wire::serialize_moment")]
    pub timestamp: Timestamp,
}

/// What made a composite alarm's rule be evaluated.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cause<'a> {
    /// The alarm was created.
    Created,
    /// Its rule was changed.
    Updated,
    /// This child changed its state.
    Transition(&'a Child),
}

/// `StateReason` of a composite alarm.
pub fn composite_reason(alarm: &Arn, state: AlarmState, cause: Cause<'_>) -> String {
    match cause {
        Cause::Created => format!("{alarm} was created and its alarm rule evaluates to {state}"),
        Cause::Updated => {
            format!("{alarm} was updated and its new alarm rule evaluates to {state}")
        }
        Cause::Transition(child) => format!(
            "{} transitioned to {} at {}",
            child.arn,
            child.state.value,
            wire::long_moment(child.state.timestamp)
        ),
    }
}

/// `StateReasonData` of a composite alarm.
pub fn composite_reason_data(triggering: &[Child]) -> String {
    #[derive(Serialize)]
    #[serde(rename_all = "camelCase")]
    struct Data<'a> {
        triggering_alarms: &'a [Child],
    }
    wire::json(&Data { triggering_alarms: triggering })
}
