//! alarm threshold is reached by one event

use secmon_core::alarm::{Limit, StatisticValue};
use secmon_core::finding::{Effect, Finding, Judged, Outcome, Severity, Stage};
use secmon_core::plan::{AlarmSetting, FilterSetting, Intent};
use secmon_core::route::{Context, Link};

use crate::Check;
use crate::one_read::{OneRead, number, one_read, say, set_limit, span, unclear};

#[cfg(test)]
mod tests;

pub(crate) static CHECK: Check = Check {
    id: "alarm-threshold-is-reached-by-one-event",
    stage: Stage::Alarm,
    title: "alarm threshold is reached by one event",
    severity: Severity::Critical,
    effect: Effect::Breaks,
    needs: &[Link::Filter, Link::Alarm],
    changed_by: &["PutMetricAlarm", "PutMetricFilter"],
    failures: &["A1"],
    page: include_str!("README.md"),
    run,
};

fn run(context: &Context<'_>) -> Judged {
    let read = one_read(context)?;
    let limit = Limit::of(read.alarm).map_err(|error| unclear(read.alarm, &error))?;
    match read.reaches(limit) {
        Ok(true) => Ok(Outcome::Pass),
        Ok(false) if read.fires_as_it_is() => Ok(Outcome::Pass),
        Ok(false) => {
            let finding = Finding::new(&read.alarm.alarm_arn, message(&read, limit));
            mend(context, &read, limit, finding).map(Outcome::fail)
        }
        Err(doubt) => {
            Ok(Outcome::Unknown(read.doubt(format!("whether one read reaches {limit}"), doubt)))
        }
    }
}

fn message(read: &OneRead<'_>, limit: Limit) -> String {
    let statistic = read.right_statistic();
    let configured = read.configured().ok();
    let with = say(read.value(&read.with(), statistic));
    let without = read.value(&read.without(), statistic);
    let (name, period) = (&read.alarm.alarm_name, span(read.period));
    let named = read.named(statistic);
    match without {
        StatisticValue::Known(quiet) if limit.is_breached_by(quiet) => format!(
            "Alarm {name} is in ALARM at {named} {limit} in {period}; without any read {} with \
             defaultValue {} make {} already, one read makes {with}.",
            read.events(),
            read.default.unwrap_or_default(),
            number(quiet)
        ),
        _ => {
            let even = match configured {
                Some(configured) if configured != statistic => format!(" even as {named}"),
                _ => String::new(),
            };
            let stated = read.named(configured.unwrap_or(statistic));
            let mut alarm = read.with_statistic(statistic);
            set_limit(&mut alarm, limit);
            let more = read.more_reads(&alarm);
            format!(
                "Alarm {name} is in ALARM at {stated} {limit} in {period}; one read makes \
                 {with}{even}.{more}"
            )
        }
    }
}

/// A default value other than 0 shifts every sum: where only that is in the way, it goes.
fn mend(
    context: &Context<'_>,
    read: &OneRead<'_>,
    limit: Limit,
    finding: Finding,
) -> Result<Finding, secmon_core::finding::Stop> {
    let zeroed = read.with_zero_default(limit);
    if zeroed.is_some_and(|zeroed| zeroed.reaches(limit) == Ok(true)) {
        let filter = context.filter_id()?;
        let default = read.default.unwrap_or_default();
        return Ok(finding.field("defaultValue", default, 0).change(Intent::SetMetricFilter {
            target: filter.target.clone(),
            log_group: filter.log_group.clone(),
            filter: filter.name.clone(),
            set: FilterSetting::DefaultValue {
                metric: read.metric.metric_name.clone(),
                value: Some(0.0),
            },
        }));
    }
    let (id, mended) = (context.alarm_id()?, read.mended_limit(read.right_statistic()));
    let expected = format!("{} {}", mended.operator, number(mended.threshold));
    Ok(finding.field("Threshold", limit, expected).change(Intent::SetAlarm {
        target: id.target.clone(),
        alarm: id.name.clone(),
        set: AlarmSetting::Threshold {
            operator: mended.operator.name().to_owned(),
            threshold: mended.threshold,
        },
    }))
}
