//! What one read does to the metric of the chain, as the checks of the alarm judge it.
//!
//! Each of these checks judges one setting and takes the others for right: where another check
//! already says that a setting is wrong, the value that mends it stands in. So two faults are named
//! as two, and one fault is named once.

use secmon_core::alarm::{Limit, Operator, Samples, Statistic, StatisticValue, Unclear, Window};
use secmon_core::finding::{Stop, Unseen};
use secmon_core::pattern::{Sample, sample};
use secmon_core::route::Context;
use secmon_core::snapshot::{MetricAlarm, MetricTransformation};

#[cfg(test)]
pub(crate) mod tests;

/// One read, and the period it falls into.
#[derive(Clone, Copy)]
pub(crate) struct OneRead<'a> {
    /// The alarm.
    pub(crate) alarm: &'a MetricAlarm,
    /// What the filter adds to its metric.
    pub(crate) metric: &'a MetricTransformation,
    /// The samples of the period with the read.
    pub(crate) samples: Samples,
    /// Seconds of the period.
    pub(crate) period: u32,
    /// Whether the number of events is only an example.
    is_example: bool,
}

/// How many events a minute has where the group's traffic is not known or has stopped.
const EXAMPLE: f64 = 40.0;

/// One read in the chain's metric.
pub(crate) fn one_read<'a>(context: &Context<'a>) -> Result<OneRead<'a>, Stop> {
    let alarm = context.alarm()?;
    let metric = context.transformation()?;
    if !alarm.metrics.is_empty() {
        let reason = "it computes its value with metric math, which secmon does not evaluate";
        return Err(unknown(alarm, reason));
    }
    // Metric filters report once a minute: a shorter period holds a whole minute or nothing.
    let period = Window::of(alarm).map_or(60, |window| window.period.max(60));
    let (events, is_example) = match events_a_minute(context)? {
        Some(events) => (events, false),
        None => (EXAMPLE, true),
    };
    let value = value_of(metric);
    let default = metric.default_value.map(|default| if default < value { default } else { 0.0 });
    // A float that is too large becomes the largest number, which is as good here.
    let others = (events * f64::from(period) / 60.0).round() as u32 - 1;
    let samples = Samples { reads: 1, value, others, default };
    Ok(OneRead { alarm, metric, samples, period, is_example })
}

/// What one read adds to a metric; 1 where `filter counts one per event` says that it is wrong.
pub(crate) fn value_of(metric: &MetricTransformation) -> f64 {
    match sample(&metric.metric_value, "") {
        Sample::Number(value) if value > 0.0 => value,
        _ => 1.0,
    }
}

/// Events in the group's median minute of the last hour, or in its busiest where that is at least
/// two: a read never comes quite alone, for instance `kms:Decrypt` comes with it.
fn events_a_minute(context: &Context<'_>) -> Result<Option<f64>, Stop> {
    let filter = context.filter_id()?;
    let seen = context.snapshot.at(&filter.target).incoming_log_events.get(&filter.log_group);
    let datapoints = seen.and_then(|seen| seen.seen()).into_iter().flatten();
    let mut minutes: Vec<f64> = datapoints.filter_map(|datapoint| datapoint.sum).collect();
    minutes.sort_by(f64::total_cmp);
    let candidates = [minutes.get(minutes.len() / 2), minutes.last()];
    Ok(candidates.into_iter().flatten().copied().find(|events| (2.0..1e9).contains(events)))
}

impl OneRead<'_> {
    /// Whether a statistic with a limit tells the period with the read from one without. `None`
    /// where the statistic's value is unclear.
    fn tells(&self, statistic: Statistic, limit: Limit) -> Option<bool> {
        let with = limit.breaches(statistic, self.samples)?;
        let without = limit.breaches(statistic, self.samples.without_reads())?;
        Some(with && !without)
    }

    /// The alarm's limit, or, where no sum of one read reaches it, the one that mends it.
    pub(crate) fn limit_for_statistic(&self) -> Limit {
        let configured = Limit::of(self.alarm).ok();
        let fits = configured.filter(|limit| self.tells(Statistic::Sum, *limit) == Some(true));
        fits.unwrap_or(Limit { operator: Operator::GreaterOrEqual, threshold: self.samples.value })
    }

    /// Whether the statistic counts reads, given a threshold that is right. `Sum` always does.
    pub(crate) fn counts(&self, statistic: Statistic) -> Option<bool> {
        match statistic {
            Statistic::Sum => Some(true),
            _ => self.tells(statistic, self.limit_for_statistic()),
        }
    }

    /// The alarm's statistic, or `Sum` where it is wrong or unclear.
    pub(crate) fn right_statistic(&self) -> Statistic {
        let configured = Statistic::of(self.alarm).ok();
        let counts = configured.filter(|statistic| self.counts(*statistic) == Some(true));
        counts.unwrap_or(Statistic::Sum)
    }

    /// Whether the alarm's limit is reached by one read and not without, given a statistic that is
    /// right.
    pub(crate) fn reaches(&self, limit: Limit) -> Option<bool> {
        self.tells(self.right_statistic(), limit)
    }

    /// "One read among 40 events in a minute", or "One read" where other events add nothing.
    pub(crate) fn scene(&self) -> String {
        match self.samples.default {
            Some(_) => format!("One read among {}", self.events()),
            None => "One read".to_owned(),
        }
    }

    /// "40 events in a minute", marked where that is an example.
    pub(crate) fn events(&self) -> String {
        let say = if self.is_example { "say " } else { "" };
        let events = f64::from(self.samples.others) + 1.0;
        format!("{say}{events} events in {}", span(self.period))
    }
}

/// A value of a statistic in words.
pub(crate) fn say(value: StatisticValue) -> String {
    match value {
        StatisticValue::Known(value) => value.to_string(),
        StatisticValue::Missing => "missing".to_owned(),
        StatisticValue::Unclear => "unclear".to_owned(),
    }
}

/// "a minute", "5 minutes", "24 hours".
pub(crate) fn span(seconds: u32) -> String {
    match seconds {
        60 => "a minute".to_owned(),
        3600 => "an hour".to_owned(),
        _ if seconds.is_multiple_of(3600) => format!("{} hours", seconds / 3600),
        _ if seconds.is_multiple_of(60) => format!("{} minutes", seconds / 60),
        _ => format!("{seconds} s"),
    }
}

/// What an alarm does with a read is unknown, because of a setting that is not modelled.
pub(crate) fn unclear(alarm: &MetricAlarm, unclear: &Unclear) -> Stop {
    unknown(alarm, format!("{unclear}, which secmon does not evaluate"))
}

fn unknown(alarm: &MetricAlarm, reason: impl Into<String>) -> Stop {
    let what = format!("whether one read takes alarm {} to ALARM", alarm.alarm_name);
    Stop::Unseen(Unseen::because(what, reason))
}
