//! What one read does to the metric of the chain, as the checks of the alarm judge it.
//!
//! Each of these checks judges one setting and takes the others for right: where another check
//! already says that a setting is wrong, the value that mends it stands in. So two faults are named
//! as two, and one fault is named once. An alarm that goes to ALARM after one read as it is, whatever
//! its settings look like, is accused by none of them.
//!
//! The scene, what feeds it and its words belong together: hence its lines.

use secmon_core::alarm::{
    AlarmState, BURST, Feed, Limit, Operator, Reads, Rehearsed, Samples, Statistic, StatisticValue,
    Unclear, Window, rehearse,
};
use secmon_core::finding::{Stop, Unseen};
use secmon_core::pattern::{Sample, sample};
use secmon_core::route::Context;
use secmon_core::snapshot::{MetricAlarm, MetricTransformation};

use self::feeds::{Fed, Level};

mod feeds;
#[cfg(test)]
pub(crate) mod tests;

pub(crate) use feeds::Other;

/// One read, and the period it falls into.
#[derive(Clone)]
pub(crate) struct OneRead<'a> {
    /// The alarm.
    pub(crate) alarm: &'a MetricAlarm,
    /// What the filter adds to its metric.
    pub(crate) metric: &'a MetricTransformation,
    /// Seconds of the period, as far as samples of a metric filter go: they stand by the minute.
    pub(crate) period: u32,
    /// What one read adds.
    pub(crate) value: f64,
    /// What every other event adds.
    pub(crate) default: Option<f64>,
    fed: Fed<'a>,
}

/// What the alarm of a chain makes of reads, with everything that feeds its metric.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct OfReads {
    /// Of one read.
    pub one: Rehearsed,
    /// Of two, a minute apart.
    pub two: Rehearsed,
    /// Of [`BURST`] in one minute.
    pub burst: Rehearsed,
    /// Events of the log group in a minute, where that is known.
    pub events: Option<f64>,
}

/// What the alarm of a chain makes of reads; `None` where that is not known.
pub fn of_reads(context: &Context<'_>) -> Option<OfReads> {
    let read = one_read(context).ok()?;
    let play = |reads| read.play(read.alarm, By::All, reads).ok();
    Some(OfReads {
        one: play(Reads::One)?,
        two: play(Reads::TwoAMinuteApart)?,
        burst: play(Reads::Burst)?,
        events: read.fed.own().events,
    })
}

/// Why it is not certain what a setting does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Doubt {
    /// A percentile lies between two samples.
    Percentile,
    /// It depends on how many other events there are, which is not known.
    Traffic,
}

/// Which filters' samples count.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum By {
    /// Those of the chain's filter, and of other metrics that the alarm needs.
    Chain,
    /// Those of every filter.
    All,
}

/// One read in the chain's metric.
pub(crate) fn one_read<'a>(context: &Context<'a>) -> Result<OneRead<'a>, Stop> {
    let alarm = context.alarm()?;
    let metric = context.transformation()?;
    let value = value_of(metric);
    let default = metric.default_value.map(|default| if default < value { default } else { 0.0 });
    let fed = Fed::of(context, alarm, metric)?;
    let period = match fed.math() {
        Some(math) => math.window().period,
        None => Window::of(alarm).map_or(60, |window| window.period),
    };
    Ok(OneRead { alarm, metric, period: period.max(60), value, default, fed })
}

/// What one read adds to a metric; 1 where `filter counts one per event` says that it is wrong.
pub(crate) fn value_of(metric: &MetricTransformation) -> f64 {
    match sample(&metric.metric_value, "") {
        Sample::Number(value) if value > 0.0 => value,
        _ => 1.0,
    }
}

impl<'a> OneRead<'a> {
    /// The other filters that feed the same metric.
    pub(crate) fn others(&self) -> &[Other<'a>] {
        self.fed.others()
    }

    /// Whether the chain's filter takes every event for a read.
    pub(crate) fn counts_everything(&self) -> bool {
        self.fed.counts_everything()
    }

    /// The statistic that is configured; `None`: the alarm computes with metric math.
    pub(crate) fn configured(&self) -> Result<Option<Statistic>, Stop> {
        match self.fed.math() {
            Some(_) => Ok(None),
            None => {
                Statistic::of(self.alarm).map(Some).map_err(|error| unclear(self.alarm, &error))
            }
        }
    }

    /// A statistic in words, or the metric math in its place.
    pub(crate) fn named(&self, statistic: Option<Statistic>) -> String {
        match statistic {
            Some(statistic) => statistic.to_string(),
            None => {
                let queries = self.alarm.metrics.iter();
                let returned = queries.clone().find(|query| query.return_data != Some(false));
                let returned = returned.or(self.alarm.metrics.first());
                let stat = returned.and_then(|query| query.metric_stat.as_ref());
                let stat = stat.map(|stat| stat.stat.clone());
                let text = returned.and_then(|query| query.expression.clone());
                stat.or(text).unwrap_or_default()
            }
        }
    }

    /// How many events a period has by which something is shown: the account's own, or an example.
    fn shown(&self) -> f64 {
        self.fed.levels()[0].own * f64::from(self.period) / 60.0
    }

    fn samples(&self, level: Level, reads: f64) -> Samples {
        let events = match (level.steady, reads > 0.0) {
            (true, _) => level.own * f64::from(self.period) / 60.0,
            (false, true) => level.own,
            (false, false) => return Samples::default(),
        };
        // At least the read itself.
        let company = if reads > 0.0 { level.company } else { 0.0 };
        let events = events.round().max(1.0) + company;
        let default = self.default.map(|default| (default, events - reads));
        Samples::of([(self.value, reads)].into_iter().chain(default))
    }

    /// The period with the read, by which something is shown.
    pub(crate) fn with(&self) -> Samples {
        self.samples(self.fed.levels()[0], 1.0)
    }

    /// The same period without the read.
    pub(crate) fn without(&self) -> Samples {
        self.samples(self.fed.levels()[0], 0.0)
    }

    /// What the alarm makes of samples by a statistic; `None`: by its metric math.
    pub(crate) fn value(&self, samples: &Samples, statistic: Option<Statistic>) -> StatisticValue {
        self.fed.value(self.metric, samples, statistic)
    }

    /// Whether a statistic with a limit tells the period with the read from one without, among as
    /// many other events as there are.
    pub(crate) fn tells(&self, statistic: Option<Statistic>, limit: Limit) -> Result<bool, Doubt> {
        let breaches = |value| match value {
            StatisticValue::Known(value) => Ok(limit.is_breached_by(value)),
            StatisticValue::Missing => Ok(false),
            StatisticValue::Unclear => Err(Doubt::Percentile),
        };
        let mut told = Vec::new();
        for level in self.fed.levels() {
            let with = self.samples(*level, 1.0);
            if self.is_low(statistic, &with) {
                told.push(false);
                continue;
            }
            let with = breaches(self.value(&with, statistic))?;
            let without = breaches(self.value(&self.samples(*level, 0.0), statistic))?;
            told.push(with && !without);
        }
        let first = told.first().copied().unwrap_or(false);
        told.iter().all(|one| *one == first).then_some(first).ok_or(Doubt::Traffic)
    }

    /// Whether a percentile keeps the state because it has too few samples.
    fn is_low(&self, statistic: Option<Statistic>, samples: &Samples) -> bool {
        let ignores = self.alarm.evaluate_low_sample_count_percentile.as_deref() == Some("ignore");
        let needed = statistic.and_then(Statistic::samples_needed);
        ignores && needed.is_some_and(|needed| samples.count() < needed)
    }

    /// Whether it is the small number of samples that keeps a percentile from counting.
    pub(crate) fn reaches_but_is_low(&self, statistic: Option<Statistic>, limit: Limit) -> bool {
        let with = self.with();
        let reaches = match self.value(&with, statistic) {
            StatisticValue::Known(value) => limit.is_breached_by(value),
            StatisticValue::Missing | StatisticValue::Unclear => true,
        };
        reaches && self.is_low(statistic, &with)
    }

    /// The limit that mends: what one read makes by this statistic.
    pub(crate) fn mended_limit(&self, statistic: Option<Statistic>) -> Limit {
        let number = |value| match value {
            StatisticValue::Known(value) => Some(value),
            StatisticValue::Missing | StatisticValue::Unclear => None,
        };
        let with = number(self.value(&self.with(), statistic));
        let without = number(self.value(&self.without(), statistic));
        let operator = match (with, without) {
            (Some(with), Some(without)) if with < without => Operator::LessOrEqual,
            _ => Operator::GreaterOrEqual,
        };
        let threshold = match statistic {
            Some(_) if self.fed.math().is_none() => self.value,
            _ => with.unwrap_or(self.value),
        };
        Limit { operator, threshold }
    }

    /// The alarm's limit, or, where no sum of one read reaches it, the one that mends it.
    pub(crate) fn limit_for_statistic(&self) -> Limit {
        let sum = Some(Statistic::Sum);
        let configured = Limit::of(self.alarm).ok();
        let fits = configured.filter(|limit| self.tells(sum, *limit) == Ok(true));
        // Math with other statistics may fit where sums do not.
        let own = || {
            let math = self.fed.math().is_some();
            configured.filter(|limit| math && self.tells(None, *limit) == Ok(true))
        };
        fits.or_else(own).unwrap_or_else(|| self.mended_limit(sum))
    }

    /// Whether the statistic counts reads, given a threshold that is right. `Sum` always does.
    pub(crate) fn counts(&self, statistic: Option<Statistic>) -> Result<bool, Doubt> {
        match statistic {
            Some(Statistic::Sum) => Ok(true),
            _ => self.tells(statistic, self.limit_for_statistic()),
        }
    }

    /// The alarm's statistic, or `Sum` where it is wrong or unclear.
    pub(crate) fn right_statistic(&self) -> Option<Statistic> {
        match self.configured() {
            Ok(configured) if self.counts(configured) == Ok(true) => configured,
            _ => Some(Statistic::Sum),
        }
    }

    /// Whether the alarm's limit is reached by one read and not without, given a statistic that is
    /// right.
    pub(crate) fn reaches(&self, limit: Limit) -> Result<bool, Doubt> {
        self.tells(self.right_statistic(), limit)
    }

    /// The same with a default value of 0, where another keeps the limit from telling anything.
    pub(crate) fn with_zero_default(&self, limit: Limit) -> Option<Self> {
        let default = self.default.filter(|default| *default != 0.0);
        default.filter(|_| self.reaches(limit) != Ok(true))?;
        Some(Self { default: Some(0.0), ..self.clone() })
    }

    /// The alarm with this statistic; as it is where it is the configured one.
    pub(crate) fn with_statistic(&self, statistic: Option<Statistic>) -> MetricAlarm {
        let mut alarm = self.alarm.clone();
        let Some(statistic) = statistic else { return alarm };
        if self.configured().is_ok_and(|configured| configured == Some(statistic)) {
            return alarm;
        }
        alarm.evaluate_low_sample_count_percentile = None;
        match alarm.metrics.is_empty() {
            true => {
                (alarm.statistic, alarm.extended_statistic) = (Some(statistic.to_string()), None);
            }
            false => {
                let stats = alarm.metrics.iter_mut().filter_map(|query| query.metric_stat.as_mut());
                stats.for_each(|stat| stat.stat = statistic.to_string());
            }
        }
        alarm
    }

    /// The read and the alarm with everything right that makes datapoints: statistic, limit, default
    /// value. How the alarm looks at its datapoints is as it is.
    pub(crate) fn with_right_datapoints(&self) -> (Self, MetricAlarm) {
        let configured = Limit::of(self.alarm).ok();
        let zeroed = configured.and_then(|limit| self.with_zero_default(limit));
        let read = zeroed.unwrap_or_else(|| self.clone());
        let statistic = read.right_statistic();
        let mut alarm = read.with_statistic(statistic);
        if configured.is_none_or(|limit| read.reaches(limit) != Ok(true)) {
            set_limit(&mut alarm, read.mended_limit(statistic));
        }
        (read, alarm)
    }

    /// Plays reads through an alarm, among as many other events as there are.
    pub(crate) fn play(
        &self,
        alarm: &MetricAlarm,
        by: By,
        reads: Reads,
    ) -> Result<Rehearsed, Unclear> {
        let mut played = Vec::new();
        for level in self.fed.levels() {
            let feeds: Vec<Feed> = self.fed.feeds(*level, by, (self.value, self.default));
            played.push(rehearse(alarm, &feeds, reads)?);
        }
        Rehearsed::agreed(&played).ok_or_else(|| Unclear("there is nothing to play".to_owned()))
    }

    /// Whether one read takes the alarm to ALARM, as it is and with all that feeds its metric.
    pub(crate) fn fires_as_it_is(&self) -> bool {
        // What the evaluator makes of a percentile between two samples is not established.
        let unclear = match self.configured() {
            Ok(statistic) => self.value(&self.with(), statistic) == StatisticValue::Unclear,
            Err(_) => true,
        };
        let played = self.play(self.alarm, By::All, Reads::One);
        !unclear && played.is_ok_and(|played| played.fires == Some(true))
    }

    /// " Two reads a minute apart …": what more reads make of an alarm that one does not take to
    /// ALARM; nothing where it is there all the time, or where it is not certain.
    pub(crate) fn more_reads(&self, alarm: &MetricAlarm) -> String {
        let fires = |reads| {
            let played = self.play(alarm, By::Chain, reads).ok()?;
            played.fires.filter(|_| played.rests != Some(AlarmState::Alarm))
        };
        match (fires(Reads::TwoAMinuteApart), fires(Reads::Burst)) {
            (Some(true), Some(true)) => {
                format!(" Two reads a minute apart fire it, and so do {BURST} in one minute.")
            }
            (Some(true), Some(false)) => {
                format!(" Two reads a minute apart fire it, {BURST} in one minute do not.")
            }
            (Some(false), Some(true)) => {
                format!(
                    " Two reads a minute apart do not fire it either, {BURST} in one minute do."
                )
            }
            (Some(false), Some(false)) => {
                format!(" Two reads a minute apart or {BURST} in one minute do not fire it either.")
            }
            _ => String::new(),
        }
    }

    /// "One read among 40 events in a minute", or "One read" where other events add nothing.
    pub(crate) fn scene(&self) -> String {
        match self.default {
            Some(_) => format!("One read among {}", self.events()),
            None => "One read".to_owned(),
        }
    }

    /// "40 events in a minute", marked where that is an example.
    pub(crate) fn events(&self) -> String {
        let say = if self.fed.own().events.is_some() { "" } else { "say " };
        format!("{say}{} events in {}", self.shown().round(), span(self.period))
    }

    /// How many events other than the read the period has.
    pub(crate) fn other_events(&self) -> f64 {
        self.shown().round() - 1.0
    }

    /// Whether every number of events that matters is known.
    pub(crate) fn is_traffic_known(&self) -> bool {
        self.fed.is_traffic_known()
    }

    /// What is not certain, and why.
    pub(crate) fn doubt(&self, what: String, doubt: Doubt) -> Unseen {
        match doubt {
            Doubt::Percentile => {
                Unseen::because(what, "AWS does not say how it interpolates between two samples")
            }
            Doubt::Traffic => self.fed.unseen(what),
        }
    }
}

/// Sets the limit of an alarm.
pub(crate) fn set_limit(alarm: &mut MetricAlarm, limit: Limit) {
    alarm.comparison_operator = Some(limit.operator.name().to_owned());
    alarm.threshold = Some(limit.threshold);
}

/// A value of a statistic in words.
pub(crate) fn say(value: StatisticValue) -> String {
    match value {
        StatisticValue::Known(value) => number(value),
        StatisticValue::Missing => "missing".to_owned(),
        StatisticValue::Unclear => "unclear".to_owned(),
    }
}

/// A number with four digits that tell something: nobody needs 0.024390243902439025.
pub(crate) fn number(value: f64) -> String {
    if value == 0.0 || !value.is_finite() {
        return value.to_string();
    }
    let digits = 3 - value.abs().log10().floor() as i32;
    let scale = 10_f64.powi(digits.clamp(0, 12));
    let rounded = (value * scale).round() / scale;
    if rounded == 0.0 { value.to_string() } else { rounded.to_string() }
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
    let reason = format!("{unclear}, which secmon does not evaluate");
    Stop::Unseen(Unseen::because(about(alarm), reason))
}

/// "whether one read takes alarm secret-read to ALARM".
pub(crate) fn about(alarm: &MetricAlarm) -> String {
    format!("whether one read takes alarm {} to ALARM", alarm.alarm_name)
}
