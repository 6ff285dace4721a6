//! `GetMetricData`.

use std::collections::BTreeMap;

use jiff::Timestamp;
use secmon_core::alarm::{Expression, Statistic};
use secmon_core::snapshot::{MetricDataQuery, MetricStat, Target};
use serde::Deserialize;
use serde_json::{Value, json};

use super::metric::starts;
use super::{paged, refused};
use crate::world::World;
use crate::world::call::{ApiError, Call};

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Input {
    metric_data_queries: Vec<MetricDataQuery>,
    start_time: Timestamp,
    end_time: Timestamp,
    scan_by: Option<String>,
    max_datapoints: Option<usize>,
}

/// By moment.
type Points = BTreeMap<Timestamp, f64>;

impl World {
    /// Queries of metrics, and sums, differences, products and quotients of them. Functions and
    /// searches are refused.
    ///
    /// A page may end within a query, whose status is then `PartialData`: AWS does so too, with
    /// pages that hold nothing at all (captured 2026-09-14).
    pub(super) fn get_metric_data(&mut self, call: &Call) -> Result<Value, ApiError> {
        let input: Input = call.input()?;
        let mut points: Vec<Points> = Vec::new();
        let mut messages: Vec<Vec<Value>> = Vec::new();
        for query in &input.metric_data_queries {
            match &query.metric_stat {
                Some(stat) => {
                    let (found, units) =
                        self.points(&call.target, stat, input.start_time, input.end_time)?;
                    points.push(found);
                    messages.push(units);
                }
                None => {
                    points.push(Points::new());
                    messages.push(Vec::new());
                }
            }
        }
        let queries = &input.metric_data_queries;
        for (place, query) in queries.iter().enumerate() {
            if query.metric_stat.is_none() {
                points[place] = computed(query, queries, &points)?;
            }
        }
        let descending = input.scan_by.as_deref() != Some("TimestampAscending");
        let returned = |place: &usize| queries[*place].return_data != Some(false);
        let mut all: Vec<(usize, Timestamp, f64)> = Vec::new();
        for place in (0..queries.len()).filter(returned) {
            let of_query = points[place].iter().map(|(at, value)| (place, *at, *value));
            match descending {
                true => all.extend(of_query.rev()),
                false => all.extend(of_query),
            }
        }
        let (page, next) = paged(call, all, input.max_datapoints.unwrap_or(100_800))?;
        let unfinished = page.last().map(|(place, ..)| *place).filter(|_| next.is_some());
        let mut results = Vec::new();
        for place in (0..queries.len()).filter(returned) {
            let of_query = page.iter().filter(|(other, ..)| *other == place);
            let (at, values): (Vec<Timestamp>, Vec<f64>) =
                of_query.map(|(_, at, value)| (*at, *value)).unzip();
            let partial = unfinished.is_some_and(|last| place >= last);
            results.push(json!({
                "Id": queries[place].id,
                "Label": label(&queries[place]),
                "Timestamps": at,
                "Values": values,
                "StatusCode": if partial { "PartialData" } else { "Complete" },
                "Messages": messages[place],
            }));
        }
        let mut answer = json!({"MetricDataResults": results, "Messages": []});
        if let Some(next) = next {
            answer["NextToken"] = json!(next);
        }
        Ok(answer)
    }

    fn points(
        &self,
        target: &Target,
        stat: &MetricStat,
        from: Timestamp,
        to: Timestamp,
    ) -> Result<(Points, Vec<Value>), ApiError> {
        let Some(statistic) = Statistic::named(&stat.stat) else {
            let message = format!("The value {} for parameter Stat is not supported.", stat.stat);
            return Err(super::invalid_value(message));
        };
        let period = u32::try_from(stat.period).unwrap_or(0);
        if period == 0 {
            return Err(refused("Period must be a positive number"));
        }
        let Some(series) = self.series(target, &stat.metric) else {
            return Ok((Points::new(), Vec::new()));
        };
        let unit = stat.unit.as_deref();
        let found = starts(from, to, period).filter_map(|start| {
            let point = series.datapoint(start, period, unit, statistic)?;
            Some((start, point.value))
        });
        let units = series.units();
        let mixed = unit.is_none() && units.len() > 1;
        let text = format!("Multiple units returned: '[{}]'", units.join(", "));
        let messages = match mixed {
            true => vec![json!({"Code": "MultipleUnits", "Value": text})],
            false => Vec::new(),
        };
        Ok((found.collect(), messages))
    }
}

fn computed(
    query: &MetricDataQuery,
    queries: &[MetricDataQuery],
    points: &[Points],
) -> Result<Points, ApiError> {
    let text = query.expression.as_deref().unwrap_or_default();
    let mut steps = 1_000_u32;
    let expression = parsed(text, 0, queries, &mut steps).ok_or_else(|| {
        refused(format!("Error in expression '{}': the lab does not compute {text}", query.id))
    })?;
    let moments = points.iter().flat_map(BTreeMap::keys).copied();
    let moments: std::collections::BTreeSet<Timestamp> = moments.collect();
    let value = |at: &Timestamp| {
        expression.value(&|place| points.get(place).and_then(|points| points.get(at)).copied())
    };
    Ok(moments.iter().filter_map(|at| Some((*at, value(at)?))).collect())
}

fn parsed(
    text: &str,
    depth: u32,
    queries: &[MetricDataQuery],
    steps: &mut u32,
) -> Option<Expression> {
    Expression::parse(text, depth, &mut |id, depth| {
        *steps = steps.checked_sub(1)?;
        let place = queries.iter().position(|query| query.id == id)?;
        match &queries[place].expression {
            None => Some(Expression::Metric(place)),
            Some(inner) => parsed(inner, depth, queries, steps),
        }
    })
}

fn label(query: &MetricDataQuery) -> String {
    let of_metric = || query.metric_stat.as_ref().and_then(|stat| stat.metric.metric_name.clone());
    query.label.clone().or_else(of_metric).unwrap_or_else(|| query.id.clone())
}
