//! When an alarm looks at its metric, and what it makes of it.
//!
//! An alarm whose metric has no sample within what it looks back on, and whose state agrees with
//! that, is at rest: it is evaluated again when a sample arrives or somebody changes something.

use jiff::{SignedDuration, Timestamp};
use secmon_core::alarm::{
    AlarmState, Assumptions, EvaluationRange, Evaluator, NewestPeriod, Statistic,
};
use secmon_core::snapshot::{Metric, MetricAlarm, Target};

use super::{MetricKey, StoredAlarm};
use crate::world::World;
use crate::world::agenda::Due;
use crate::world::hypothesis::Hypothesis;

pub(in crate::world) static ALARM_EVALUATION_RANGE: Hypothesis = Hypothesis {
    id: "alarm-evaluation-range",
    question: "How far back does an alarm with a period of a minute or more look?",
    settings: &[
        ("three-times", "Three times its evaluation periods."),
        ("two-more", "Two periods more than its evaluation periods."),
    ],
    known: "Three times at a period of 10 s (captured 2026-09-14), which published histories of \
            minute alarms fit; AWS's page has an example with two more.",
};

pub(in crate::world) static ALARM_NEWEST_PERIOD: Hypothesis = Hypothesis {
    id: "alarm-newest-period",
    question: "How long must the newest period have ended that such an alarm looks at?",
    settings: &[
        ("ended", "It has just ended."),
        ("ended-ten-seconds-ago", "At least ten seconds."),
        ("ended-a-minute-ago", "At least a minute."),
    ],
    known: "Ten seconds at a period of 10 s (captured 2026-09-14). Published histories of minute \
            alarms have newest periods that ended 5.5 s to 8 s before; one skips a period.",
};

pub(in crate::world) static ALARM_NOT_MODELLED: Hypothesis = Hypothesis {
    id: "alarm-not-modelled",
    question: "What does an alarm do whose evaluation is not modelled when its metric gets samples?",
    settings: &[
        ("quiet", "It keeps its state."),
        ("fires", "It goes to ALARM, and to OK when there are no samples any more."),
    ],
    known: "Bands of anomaly detection, trimmed statistics, functions in metric math and clocks of \
            named time zones are not evaluated.",
};

/// How often an alarm is looked at that cannot be evaluated, in seconds.
const UNCLEAR_INTERVAL: i64 = 60;

impl World {
    /// An alarm's scheduled look at its metric.
    pub(in crate::world) fn evaluate_alarm(&mut self, target: &Target, name: &str) {
        let alarm = match self.alarm(target, name) {
            Some(StoredAlarm::Metric(alarm)) => alarm.clone(),
            Some(StoredAlarm::Log(_)) => return self.calm_log_alarm(target, name),
            Some(StoredAlarm::Composite(_)) | None => return,
        };
        match Evaluator::of(&alarm, self.assumptions()) {
            Ok(evaluator) => self.evaluate(target, &alarm, &evaluator),
            Err(_) => self.evaluate_unclear(target, &alarm),
        }
    }

    fn evaluate(&mut self, target: &Target, alarm: &MetricAlarm, evaluator: &Evaluator) {
        let name = &alarm.alarm_name;
        let old: AlarmState = alarm.state_value.parse().unwrap_or(AlarmState::InsufficientData);
        let samples = |metric: &Metric| self.series(target, metric);
        let evaluation = evaluator.evaluate(samples, self.now, old);
        let since = seconds_before(self.now, evaluator.looks_back());
        let quiet = evaluator.metrics().all(|metric| !self.has_samples(target, metric, since));
        if quiet && evaluation.state == old {
            let metrics: Vec<MetricKey> = evaluator.metrics().map(MetricKey::from).collect();
            self.rest(target, name, metrics);
            return;
        }
        if !quiet {
            self.ask_about_assumptions(target, alarm, old, evaluation.state);
        }
        self.schedule(target, name, Some(evaluator));
        if let (Some(why), true) = (evaluation.why, evaluation.state != old) {
            let data = why.data.to_json();
            self.change_state(target, name, evaluation.state, why.reason, Some(data));
        }
    }

    fn assumptions(&self) -> Assumptions {
        let range = self.hypotheses.setting(&ALARM_EVALUATION_RANGE);
        let newest = self.hypotheses.setting(&ALARM_NEWEST_PERIOD);
        Assumptions {
            evaluation_range: match range {
                "two-more" => EvaluationRange::TwoMore,
                _ => EvaluationRange::ThreeTimes,
            },
            newest_period: match newest {
                "ended-ten-seconds-ago" => NewestPeriod::EndedTenSecondsAgo,
                "ended-a-minute-ago" => NewestPeriod::EndedAMinuteAgo,
                _ => NewestPeriod::Ended,
            },
        }
    }

    /// Notes which assumptions decide: those that lead to another state if they are wrong.
    fn ask_about_assumptions(
        &mut self,
        target: &Target,
        alarm: &MetricAlarm,
        old: AlarmState,
        found: AlarmState,
    ) {
        let assumed = self.assumptions();
        let differs = |assumptions: Assumptions| {
            let Ok(evaluator) = Evaluator::of(alarm, assumptions) else { return false };
            let samples = |metric: &Metric| self.series(target, metric);
            evaluator.evaluate(samples, self.now, old).state != found
        };
        let known =
            |hypothesis: &'static Hypothesis| self.hypotheses.consulted.contains(hypothesis.id);
        let range = !known(&ALARM_EVALUATION_RANGE)
            && EvaluationRange::ALL
                .iter()
                .filter(|range| **range != assumed.evaluation_range)
                .any(|range| differs(Assumptions { evaluation_range: *range, ..assumed }));
        let newest = !known(&ALARM_NEWEST_PERIOD)
            && NewestPeriod::ALL
                .iter()
                .filter(|newest| **newest != assumed.newest_period)
                .any(|newest| differs(Assumptions { newest_period: *newest, ..assumed }));
        if range {
            self.hypotheses.consult(&ALARM_EVALUATION_RANGE);
        }
        if newest {
            self.hypotheses.consult(&ALARM_NEWEST_PERIOD);
        }
    }

    fn evaluate_unclear(&mut self, target: &Target, alarm: &MetricAlarm) {
        let of_queries = alarm.metrics.iter().filter_map(|query| query.metric_stat.as_ref());
        let mut metrics: Vec<Metric> = of_queries.map(|stat| stat.metric.clone()).collect();
        if metrics.is_empty() {
            metrics.push(Metric {
                namespace: alarm.namespace.clone(),
                metric_name: alarm.metric_name.clone(),
                dimensions: alarm.dimensions.clone(),
            });
        }
        let name = &alarm.alarm_name;
        let period = i64::from(alarm.period.unwrap_or(300));
        let looks_back = period * i64::from(alarm.evaluation_periods.unwrap_or(1));
        // A sample stands at the start of its minute.
        let since = seconds_before(self.now, looks_back + 2 * UNCLEAR_INTERVAL);
        let old: AlarmState = alarm.state_value.parse().unwrap_or(AlarmState::InsufficientData);
        let has_samples = metrics.iter().any(|metric| self.has_samples(target, metric, since));
        let fires = |world: &mut Self| world.hypotheses.consult(&ALARM_NOT_MODELLED) == "fires";
        let new = match (has_samples, old) {
            (true, _) if fires(self) => AlarmState::Alarm,
            (false, AlarmState::Alarm) if fires(self) => AlarmState::Ok,
            _ => old,
        };
        if !has_samples && new == old {
            self.rest(target, name, metrics.iter().map(MetricKey::from).collect());
            return;
        }
        self.schedule(target, name, None);
        let reason = "The lab does not evaluate this alarm and takes any sample for a breach";
        self.change_state(target, name, new, reason.to_owned(), None);
    }

    /// The metrics of alarms whose periods are shorter than a minute.
    pub(in crate::world) fn metrics_looked_at_below_a_minute(
        &self,
        target: &Target,
    ) -> Vec<Metric> {
        let alarms = self.place(target).cloudwatch.alarms.values();
        let below = alarms.filter_map(|alarm| match alarm {
            StoredAlarm::Metric(alarm) if alarm.period.is_none_or(|period| period < 60) => {
                let evaluator = Evaluator::of(alarm, Assumptions::default()).ok()?;
                (evaluator.window().period < 60).then_some(evaluator)
            }
            _ => None,
        });
        let metrics = below.map(|evaluator| evaluator.metrics().cloned().collect::<Vec<_>>());
        metrics.flatten().collect()
    }

    fn has_samples(&self, target: &Target, metric: &Metric, since: Timestamp) -> bool {
        let counted = |series: &secmon_core::alarm::Series| {
            series.datapoint(since, u32::MAX, None, Statistic::SampleCount).is_some()
        };
        self.series(target, metric).is_some_and(counted)
    }

    fn rest(&mut self, target: &Target, name: &str, metrics: Vec<MetricKey>) {
        let cloudwatch = &mut self.place_mut(target).cloudwatch;
        for key in metrics {
            cloudwatch.metrics.entry(key).or_default().waiting.insert(name.to_owned());
        }
        self.workings(target, name).at_rest = true;
    }

    /// Puts an alarm that is at rest on the agenda again.
    pub(in crate::world) fn wake_alarm(&mut self, target: &Target, name: &str) {
        let Some(StoredAlarm::Metric(alarm)) = self.alarm(target, name) else { return };
        let evaluator = Evaluator::of(alarm, self.assumptions()).ok();
        if self.workings(target, name).at_rest {
            self.workings(target, name).at_rest = false;
            self.schedule(target, name, evaluator.as_ref());
        }
    }

    fn schedule(&mut self, target: &Target, name: &str, evaluator: Option<&Evaluator>) {
        let phase = SignedDuration::from_millis(self.workings(target, name).phase);
        let next = match evaluator {
            Some(evaluator) => evaluator.next_after(self.now, phase),
            None => seconds_before(self.now, -UNCLEAR_INTERVAL),
        };
        let due = Due::EvaluateAlarm { target: target.clone(), alarm: name.to_owned() };
        self.agenda.put(next, due);
    }
}

fn seconds_before(at: Timestamp, seconds: i64) -> Timestamp {
    let bound = if seconds < 0 { Timestamp::MAX } else { Timestamp::MIN };
    at.checked_sub(SignedDuration::from_secs(seconds)).unwrap_or(bound)
}
