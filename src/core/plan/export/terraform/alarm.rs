//! Metric filters and alarms.

use serde_json::Value;

use super::blocks::{Draft, draft, placed};
use super::hcl::{Attribute, Body, Hcl, plain};
use crate::snapshot::Target;

pub(super) fn filter(
    target: &Target,
    log_group: &str,
    name: &str,
    (before, after): (Option<&Value>, &Value),
) -> Result<Draft, &'static str> {
    // What it does not know it would neither set nor take away.
    const UNKNOWN: [&str; 2] = ["fieldSelectionCriteria", "emitSystemFieldDimensions"];
    let is_set = |filter: &Value| UNKNOWN.iter().any(|field| !filter[field].is_null());
    if is_set(after) || before.is_some_and(is_set) {
        return Err("the provider knows no field selection of metric filters");
    }
    let of_group = Hcl::Of(Attribute {
        kind: "aws_cloudwatch_log_group",
        name: "name",
        value: placed(target, log_group),
        otherwise: log_group.to_owned(),
        suffix: "",
    });
    let mut body = Body::default();
    body.set("name", Hcl::text(name))
        .set("log_group_name", of_group)
        .copy(after, &[("filterPattern", "pattern")]);
    let on_transformed = &after["applyOnTransformedLogs"];
    if *on_transformed == true || before.is_some_and(|it| it["applyOnTransformedLogs"] == true) {
        body.set("apply_on_transformed_logs", Hcl::Expression(on_transformed.to_string()));
    }
    let metrics = after["metricTransformations"].as_array().map_or(&[][..], Vec::as_slice);
    for metric in metrics {
        let mut inner = Body::default();
        let names =
            [("metricName", "name"), ("metricNamespace", "namespace"), ("metricValue", "value")];
        inner.copy(metric, &names);
        // The provider takes it as text, so that there can be none.
        let default = metric["defaultValue"].as_number();
        inner.maybe("default_value", default.map(|number| Hcl::text(plain(number))));
        inner.copy(metric, &[("unit", "unit")]);
        inner.maybe("dimensions", map(&metric["dimensions"]));
        body.block("metric_transformation", inner);
    }
    Ok(draft("aws_cloudwatch_log_metric_filter", name, format!("{log_group}:{name}"), body))
}

/// An object of texts.
fn map(object: &Value) -> Option<Hcl> {
    let fields = object.as_object().filter(|fields| !fields.is_empty())?;
    let fields = fields.iter().filter_map(|(name, value)| Some((name, Hcl::from_json(value)?)));
    Some(Hcl::Map(fields.map(|(name, value)| (name.clone(), value)).collect()))
}

/// An alarm on a metric or on other alarms.
pub(super) fn alarm(
    name: &str,
    after: &Value,
    before: Option<&Value>,
    tags: Option<Hcl>,
) -> Result<Draft, &'static str> {
    if after["AlarmName"].is_null() {
        return Err("the provider knows no alarms on log queries");
    }
    if !after["unread"].is_null() {
        return Err("secmon does not read all of the alarm");
    }
    let mut body = Body::default();
    body.set("alarm_name", Hcl::text(name)).copy(
        after,
        &[("AlarmDescription", "alarm_description"), ("ActionsEnabled", "actions_enabled")],
    );
    for (theirs, ours) in [
        ("AlarmActions", "alarm_actions"),
        ("OKActions", "ok_actions"),
        ("InsufficientDataActions", "insufficient_data_actions"),
    ] {
        let actions = after[theirs].as_array().map_or(&[][..], Vec::as_slice);
        if !actions.is_empty() {
            let topics = actions.iter().filter_map(Value::as_str);
            let topics = topics.map(|action| Hcl::of("aws_sns_topic", "arn", action));
            body.set(ours, Hcl::List(topics.collect()));
        }
    }
    let kind = match after["AlarmRule"].is_null() {
        true => {
            metric(&mut body, after)?;
            "aws_cloudwatch_metric_alarm"
        }
        false => {
            // The provider makes the alarm anew for it, and what builds on the alarm forbids that.
            if before.is_some_and(|was| was["ActionsEnabled"] != after["ActionsEnabled"]) {
                return Err("the provider would delete the composite alarm and make it anew");
            }
            composite(&mut body, after);
            "aws_cloudwatch_composite_alarm"
        }
    };
    body.maybe("tags", tags);
    Ok(Draft { ignore: vec!["tags"], ..draft(kind, name, name, body) })
}

fn metric(body: &mut Body, after: &Value) -> Result<(), &'static str> {
    if !after["EvaluationWindow"]["WallClockWindow"].is_null() {
        return Err("the provider knows no windows by the clock");
    }
    body.copy(after, &[("Namespace", "namespace"), ("MetricName", "metric_name")]);
    body.maybe("dimensions", dimensions(&after["Dimensions"])).copy(
        after,
        &[
            ("Statistic", "statistic"),
            ("ExtendedStatistic", "extended_statistic"),
            ("Period", "period"),
            ("Unit", "unit"),
            ("EvaluationPeriods", "evaluation_periods"),
            ("DatapointsToAlarm", "datapoints_to_alarm"),
            ("ComparisonOperator", "comparison_operator"),
            ("Threshold", "threshold"),
            ("ThresholdMetricId", "threshold_metric_id"),
            ("TreatMissingData", "treat_missing_data"),
            ("EvaluateLowSampleCountPercentile", "evaluate_low_sample_count_percentiles"),
        ],
    );
    for query in after["Metrics"].as_array().map_or(&[][..], Vec::as_slice) {
        let mut inner = Body::default();
        inner.copy(
            query,
            &[
                ("Id", "id"),
                ("Expression", "expression"),
                ("Label", "label"),
                ("Period", "period"),
                ("AccountId", "account_id"),
                ("ReturnData", "return_data"),
            ],
        );
        if query["ReturnData"].is_null() {
            // True is CloudWatch's default, and false the provider's.
            inner.set("return_data", Hcl::Expression("true".to_owned()));
        }
        let stat = &query["MetricStat"];
        if !stat.is_null() {
            let mut metric = Body::default();
            let names = [("Namespace", "namespace"), ("MetricName", "metric_name")];
            metric
                .copy(&stat["Metric"], &names)
                .maybe("dimensions", dimensions(&stat["Metric"]["Dimensions"]))
                .copy(stat, &[("Period", "period"), ("Stat", "stat"), ("Unit", "unit")]);
            inner.block("metric", metric);
        }
        body.block("metric_query", inner);
    }
    Ok(())
}

fn dimensions(list: &Value) -> Option<Hcl> {
    let list = list.as_array().filter(|list| !list.is_empty())?;
    let each = list.iter().filter_map(|one| {
        Some((one["Name"].as_str()?.to_owned(), Hcl::text(one["Value"].as_str()?)))
    });
    Some(Hcl::Map(each.collect()))
}

fn composite(body: &mut Body, after: &Value) {
    body.copy(after, &[("AlarmRule", "alarm_rule")]);
    if !after["ActionsSuppressor"].is_null() {
        let mut suppressor = Body::default();
        suppressor.copy(
            after,
            &[
                ("ActionsSuppressor", "alarm"),
                ("ActionsSuppressorExtensionPeriod", "extension_period"),
                ("ActionsSuppressorWaitPeriod", "wait_period"),
            ],
        );
        body.block("actions_suppressor", suppressor);
    }
}
