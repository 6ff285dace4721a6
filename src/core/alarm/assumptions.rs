//! What neither a page nor a capture settles: settings with a default.

use serde::{Deserialize, Serialize};

/// Open questions about how alarms are evaluated, each with the answer that is taken.
///
/// The default is the answer that most observations speak for.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize,
)]
#[serde(default, deny_unknown_fields)]
pub struct Assumptions {
    /// How far back alarms with a period of a minute or more look.
    pub evaluation_range: EvaluationRange,
    /// How long the newest period of such an alarm must have ended.
    pub newest_period: NewestPeriod,
}

/// How many periods an alarm looks back on, where the period is a minute or more. Below a minute
/// it is three times N, captured 2026-09-14 at a period of 10 s.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize,
)]
#[serde(rename_all = "kebab-case")]
pub enum EvaluationRange {
    /// Three times N, as captured at 10 s. Published histories of minute alarms fit: two points, 5
    /// and 6 minutes old, counted for N = 2 (2023-01-09); N = 3 noticed the end of its data 9
    /// minutes later (2026-08-26).
    #[default]
    ThreeTimes,
    /// N + 2, as in the example of AWS's page on missing data (N = 3, five periods).
    TwoMore,
}

/// How long ago the newest period that is looked at ended, where the period is a minute or more and
/// the alarm watches one metric. Below a minute it is 10 s, captured 2026-09-14; with metric math
/// it is any time, captured the same day.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize,
)]
#[serde(rename_all = "kebab-case")]
pub enum NewestPeriod {
    /// Just now. Published histories have newest periods that had ended 5.5 s, 6.3 s and 8 s before
    /// (2023-06-17, 2025-07-03, 2026-07-17), all at full minutes.
    #[default]
    Ended,
    /// At least 10 s ago, as captured for periods of 10 s.
    EndedTenSecondsAgo,
    /// At least a minute ago: one published history skips a period that had ended 27 s before
    /// (2024-04-23).
    EndedAMinuteAgo,
}

/// When the samples that a metric filter makes of an event can be seen by an alarm. It matters to
/// periods of less than a minute only: all others look at whole minutes.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize,
)]
#[serde(rename_all = "kebab-case")]
pub enum Publication {
    /// As soon as the event arrives.
    #[default]
    AtOnce,
    /// When the minute of the event is over. AWS's page speaks of values that are reported by the
    /// minute (<https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/MonitoringLogData.html>).
    AfterTheMinute,
}

impl Publication {
    /// Every setting.
    pub const ALL: &[Self] = &[Self::AtOnce, Self::AfterTheMinute];

    /// When the samples can be seen that an event of this minute makes, which arrives at a second.
    pub(super) fn seen(self, minute: i64, arrival: i64) -> i64 {
        match self {
            Self::AtOnce => arrival,
            Self::AfterTheMinute => arrival.max(minute.saturating_add(60)),
        }
    }
}

impl EvaluationRange {
    /// Every setting.
    pub const ALL: &[Self] = &[Self::ThreeTimes, Self::TwoMore];

    /// What is assumed, as a sentence.
    pub fn sentence(self) -> &'static str {
        match self {
            Self::ThreeTimes => "An alarm looks back on three times its evaluation periods.",
            Self::TwoMore => "An alarm looks back on two periods more than its evaluation periods.",
        }
    }

    pub(super) fn periods(self, evaluation_periods: u32) -> u32 {
        match self {
            Self::ThreeTimes => evaluation_periods.saturating_mul(3),
            Self::TwoMore => evaluation_periods.saturating_add(2),
        }
    }
}

impl NewestPeriod {
    /// Every setting.
    pub const ALL: &[Self] = &[Self::Ended, Self::EndedTenSecondsAgo, Self::EndedAMinuteAgo];

    /// What is assumed, as a sentence.
    pub fn sentence(self) -> &'static str {
        match self {
            Self::Ended => "The newest period an alarm looks at has just ended.",
            Self::EndedTenSecondsAgo => {
                "The newest period an alarm looks at ended at least ten seconds ago."
            }
            Self::EndedAMinuteAgo => {
                "The newest period an alarm looks at ended at least a minute ago."
            }
        }
    }

    pub(super) fn seconds(self) -> i64 {
        match self {
            Self::Ended => 0,
            Self::EndedTenSecondsAgo => 10,
            Self::EndedAMinuteAgo => 60,
        }
    }
}
