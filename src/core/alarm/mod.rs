//! What a CloudWatch alarm makes of one read of a secret.
//!
//! Four steps, each on its own: [`sample`](crate::pattern::sample()) is what one log event adds to a metric, [`Samples`] what
//! a [`Statistic`] makes of a period's samples, [`Limit`] compares it with the threshold, and
//! [`Window`] evaluates datapoints to an [`AlarmState`] or plays a whole scene.
//!
//! ```
//! use secmon_core::alarm::{Samples, Statistic, StatisticValue};
//!
//! // One read among 40 events of a minute, by a filter with metricValue 1 and defaultValue 0.
//! let minute = Samples { reads: 1, value: 1.0, others: 39, default: Some(0.0) };
//! assert_eq!(minute.statistic(Statistic::Sum), StatisticValue::Known(1.0));
//! assert_eq!(minute.statistic(Statistic::Average), StatisticValue::Known(0.025));
//! ```
//!
//! What is not covered is an [`Unclear`] or [`StatisticValue::Unclear`], never a guess: metric
//! math, anomaly bands, trimmed statistics, percentiles that fall between two samples.
//!
//! Sources: [evaluation](https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarm-evaluation.html),
//! [missing data](https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarms-and-missing-data.html),
//! and captures of real alarms of 2026-09, cited where they are used.

use crate::snapshot::MetricAlarm;

mod assumptions;
mod composite;
mod distribution;
mod evaluator;
mod event;
pub mod history;
mod limit;
mod math;
mod notification;
mod reason;
mod region;
mod series;
mod statistic;
#[cfg(test)]
mod tests;
mod window;
mod wire;

pub use assumptions::{Assumptions, EvaluationRange, NewestPeriod};
pub use composite::{Cause, Child, ChildState, composite_reason, composite_reason_data};
pub use evaluator::{Evaluation, Evaluator};
pub use event::state_change_event;
pub use limit::{Limit, Operator};
pub use math::{Expression, Sign};
pub use notification::{Notification, Transition};
pub(crate) use notification::{alarm_body, composite_body};
pub use reason::{EvaluatedDatapoint, ReasonData, StateReason};
pub(crate) use region::long_name;
pub use series::{Series, SeriesPoint, StorageResolution};
pub use statistic::{Samples, Statistic, StatisticValue};
pub use window::{AlarmState, Played, Scene, Slot, TreatMissingData, Window};

/// A setting of an alarm that is not modelled: a sentence without a full stop.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct Unclear(pub String);

impl Unclear {
    fn setting<T>(alarm: &MetricAlarm, what: impl std::fmt::Display) -> Result<T, Self> {
        Err(Self(format!("alarm {} {what}", alarm.alarm_name)))
    }
}
