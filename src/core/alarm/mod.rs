//! How CloudWatch alarms evaluate, and what they write and send about it.
//!
//! One engine, several users. An [`Evaluator`] takes the [`Series`] of each metric and a moment, and
//! says which state follows and why, in AWS's words. The simulated account evaluates alarms with it
//! over time; the checks ask what becomes of a read of a secret, and [`rehearse`] plays it. For the
//! arithmetic in their words [`sample`](crate::pattern::sample()) is what one log event adds to a
//! metric, [`Samples`] are those of a period, a [`Statistic`] makes a value of them and [`Limit`]
//! compares it with the threshold. [`history`], [`Notification`] and [`state_change_event`] are what
//! an alarm writes and sends.
//!
//! ```
//! use secmon_core::alarm::{
//!     AlarmState, Assumptions, Evaluator, Series, Statistic, StatisticValue, Samples,
//!     StorageResolution,
//! };
//! use secmon_core::snapshot::Snapshot;
//!
//! // One read among 40 events of a minute, by a filter with metricValue 1 and defaultValue 0.
//! let minute = Samples::of([(1.0, 1.0), (0.0, 39.0)]);
//! assert_eq!(minute.statistic(Statistic::Sum), StatisticValue::Known(1.0));
//! assert_eq!(minute.statistic(Statistic::Average), StatisticValue::Known(0.025));
//!
//! // The same minute as the alarm of a healthy account sees it: Sum >= 1 in one of one minutes.
//! let snapshot = Snapshot::healthy();
//! let alarms = snapshot.targets.values().find_map(|target| target.alarms.seen());
//! let alarm = &alarms.ok_or("no alarms")?.metric_alarms["secret-read"];
//! let mut series = Series::default();
//! series.insert("2026-01-05T10:12:31Z".parse()?, StorageResolution::Standard, "None", 1.0, 1.0);
//! series.insert("2026-01-05T10:12:40Z".parse()?, StorageResolution::Standard, "None", 0.0, 39.0);
//! let evaluator = Evaluator::of(alarm, Assumptions::default())?;
//! let at = "2026-01-05T10:13:07.55Z".parse()?;
//! let found = evaluator.evaluate(|_| Some(&series), at, AlarmState::Ok);
//! assert_eq!(found.state, AlarmState::Alarm);
//! assert_eq!(
//!     found.why.ok_or("kept")?.reason,
//!     "Threshold Crossed: 1 datapoint [1.0 (05/01/26 10:12:00)] was greater than or equal to \
//!      the threshold (1.0).",
//! );
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # Rules
//!
//! - An alarm looks back on more periods than N: three times as many, captured at periods of 10 s.
//!   Datapoints win over what stands in for missing ones; see [`Window::evaluate`].
//! - The newest period ended at least 10 s before, captured at periods of 10 s, with metric math
//!   just before. Periods of a minute and more end at a full minute, whatever their length.
//! - It evaluates every 10 s for periods below a minute, else every minute; every hour, up to the
//!   full hour, if N periods are more than a day.
//! - What no capture or page settles is a setting of [`Assumptions`], or of [`Publication`].
//!
//! What is not covered is an [`Unclear`] or [`StatisticValue::Unclear`], never a guess: functions in
//! metric math, anomaly bands, trimmed statistics, clocks of a named time zone; for the checks also
//! percentiles that fall between two samples.
//!
//! Sources: [evaluation](https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarm-evaluation.html),
//! [missing data](https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarms-and-missing-data.html),
//! [evaluation window](https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarm-evaluation-window.html),
//! and captures and published histories of real alarms, cited where they are used.

use crate::snapshot::MetricAlarm;

mod assumptions;
mod composite;
mod evaluator;
mod event;
pub mod history;
mod limit;
mod math;
mod message_body;
mod notification;
mod reason;
mod region;
mod rehearsal;
mod samples;
mod series;
mod statistic;
#[cfg(test)]
mod tests;
mod window;
mod wire;

pub use assumptions::{Assumptions, EvaluationRange, NewestPeriod, Publication};
pub use composite::{Cause, Child, ChildState, composite_reason, composite_reason_data};
pub use evaluator::{Evaluation, Evaluator, takes_period};
pub use event::state_change_event;
pub use limit::{Limit, Operator};
pub use math::{Expression, Sign};
pub(crate) use message_body::{alarm_body, composite_body};
pub use notification::{Notification, Transition};
pub use reason::{EvaluatedDatapoint, ReasonData, StateReason};
pub(crate) use region::long_name;
pub use rehearsal::{BURST, Feed, Reads, Rehearsed, rehearse};
pub use samples::Samples;
pub use series::{Series, SeriesPoint, StorageResolution};
pub use statistic::{Statistic, StatisticValue};
pub use window::{AlarmState, Slot, TreatMissingData, Window};

/// A setting of an alarm that is not modelled: a sentence without a full stop.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct Unclear(pub String);

impl Unclear {
    fn setting<T>(alarm: &MetricAlarm, what: impl std::fmt::Display) -> Result<T, Self> {
        Err(Self(format!("alarm {} {what}", alarm.alarm_name)))
    }
}
