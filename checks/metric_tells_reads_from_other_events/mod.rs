//! metric tells reads from other events

use secmon_core::alarm::{AlarmState, Reads, Rehearsed, Statistic};
use secmon_core::finding::{Effect, Finding, Judged, Outcome, Severity, Stage, Stop};
use secmon_core::plan::{AlarmSetting, Intent};
use secmon_core::route::{Context, Link};
use secmon_core::snapshot::MetricAlarm;

use crate::Check;
use crate::one_read::{By, Doubt, OneRead, Other, about, one_read, unclear};
use crate::pattern_answers::{list, set_pattern};

#[cfg(test)]
mod tests;

pub(crate) static CHECK: Check = Check {
    id: "metric-tells-reads-from-other-events",
    stage: Stage::Metric,
    title: "metric tells reads from other events",
    severity: Severity::Critical,
    effect: Effect::Breaks,
    needs: &[Link::Filter, Link::Alarm],
    changed_by: &["PutMetricFilter", "PutMetricAlarm"],
    failures: &["A2"],
    page: include_str!("README.md"),
    run,
};

fn run(context: &Context<'_>) -> Judged {
    let read = one_read(context)?;
    let beside: Vec<&Other<'_>> = read.others().iter().filter(|other| other.is_beside()).collect();
    if beside.is_empty() && !read.counts_everything() {
        return Ok(Outcome::Pass);
    }
    // What the alarm's settings make of the chain's filter alone is judged by other checks.
    let (right, mut alarm) = read.with_right_datapoints();
    let play = |alarm: &MetricAlarm, by| {
        right.play(alarm, by, Reads::One).map_err(|error| unclear(read.alarm, &error))
    };
    if play(&alarm, By::Chain)?.fires != Some(true) {
        (alarm.evaluation_periods, alarm.datapoints_to_alarm) = (Some(1), Some(1));
        alarm.treat_missing_data = Some("notBreaching".to_owned());
    }
    let played = play(&alarm, By::All)?;
    match played.fires {
        Some(true) => Ok(Outcome::Pass),
        Some(false) if read.fires_as_it_is() => Ok(Outcome::Pass),
        Some(false) => {
            let finding =
                Finding::new(&read.metric.metric_name, message(context, &read, &alarm, &played)?);
            // Sums do not mind a default of 0.
            let sums = read.with_statistic(Some(Statistic::Sum));
            let finding = match play(&sums, By::All)?.fires {
                Some(true) => {
                    let id = context.alarm_id()?;
                    finding.field("Statistic", read.named(read.configured()?), "Sum").change(
                        Intent::SetAlarm {
                            target: id.target.clone(),
                            alarm: id.name.clone(),
                            set: AlarmSetting::Statistic("Sum".to_owned()),
                        },
                    )
                }
                _ if read.counts_everything() => {
                    let wanted = &context.entry.pattern;
                    let pattern = &context.filter()?.filter_pattern;
                    let finding = finding.field("filterPattern", pattern, wanted);
                    finding.change(set_pattern(context, wanted)?)
                }
                _ => finding.manual(format!(
                    "Let {} feed another metric than {}, or take its defaultValue away.",
                    names(&beside),
                    read.metric.metric_name
                )),
            };
            Ok(Outcome::fail(finding))
        }
        None => Ok(Outcome::Unknown(read.doubt(about(read.alarm), Doubt::Traffic))),
    }
}

/// "filter a and filter b".
fn names(others: &[&Other<'_>]) -> String {
    let names = others.iter().map(|other| format!("filter {}", other.filter.filter_name));
    list(&names.collect::<Vec<_>>())
}

fn message(
    context: &Context<'_>,
    read: &OneRead<'_>,
    alarm: &MetricAlarm,
    played: &Rehearsed,
) -> Result<String, Stop> {
    let metric = format!("{}/{}", read.metric.metric_namespace, read.metric.metric_name);
    let everything = |name: &str, added: f64, group: &str| {
        format!("filter {name} adds {added} for every event of log group {group}")
    };
    let id = context.filter_id()?;
    let own = read.counts_everything();
    let own = own.then(|| everything(&id.name, read.value, &id.log_group));
    let beside = read.others().iter().filter(|other| other.is_beside()).filter_map(|other| {
        let added = other.per_event()?;
        let (name, group) = (&other.filter.filter_name, other.log_group);
        Some(match other.counts_everything {
            true => everything(name, added, group),
            false => format!(
                "filter {name} adds its defaultValue {added} for every event of log group {group} \
                 that it does not match"
            ),
        })
    });
    let adding: Vec<String> = own.into_iter().chain(beside).collect();
    let name = &alarm.alarm_name;
    let named = read.named(read.right_statistic());
    let becomes = match played.rests {
        Some(AlarmState::Alarm) => format!(
            "that alone keeps alarm {name} in ALARM by its {named}, and a read changes nothing"
        ),
        _ => format!("with that alarm {name} does not see one read by its {named}"),
    };
    Ok(format!("Metric {metric} has more than reads in it: {}; {becomes}.", list(&adding)))
}
