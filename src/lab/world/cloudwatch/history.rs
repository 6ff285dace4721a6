//! What alarms did: `DescribeAlarmHistory`.

use jiff::{SignedDuration, Timestamp};
use secmon_core::snapshot::{AlarmHistoryItem, Target};
use serde::Deserialize;
use serde_json::{Value, json};

use super::{StoredItem, listing};
use crate::world::World;
use crate::world::call::{ApiError, Call};

/// How long AWS keeps an item.
const KEPT: SignedDuration = SignedDuration::from_hours(30 * 24);

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Input {
    alarm_name: Option<String>,
    #[serde(default)]
    alarm_types: Vec<String>,
    history_item_type: Option<String>,
    start_date: Option<Timestamp>,
    end_date: Option<Timestamp>,
    scan_by: Option<String>,
}

impl World {
    /// Writes an item into an alarm's history; items that AWS no longer keeps go.
    pub(super) fn note(
        &mut self,
        target: &Target,
        name: &str,
        alarm_type: &str,
        item: AlarmHistoryItem,
    ) {
        let since = self.now.checked_sub(KEPT).unwrap_or(Timestamp::MIN);
        let histories = &mut self.place_mut(target).cloudwatch.histories;
        let items = histories.entry(name.to_owned()).or_default();
        items.retain(|old| old.item.timestamp > since);
        items.push(StoredItem { alarm_type: alarm_type.to_owned(), item });
    }

    /// Composite and log alarms are told only if `AlarmTypes` names them; an unknown alarm has an
    /// empty history (captured 2026-09-14).
    pub(super) fn describe_alarm_history(&mut self, call: &Call) -> Result<Value, ApiError> {
        let input: Input = call.input()?;
        let since = self.now.checked_sub(KEPT).unwrap_or(Timestamp::MIN);
        let asked = |kind: &String| match input.alarm_types.as_slice() {
            [] => kind == "MetricAlarm",
            types => types.contains(kind),
        };
        let wanted = |stored: &StoredItem| {
            let AlarmHistoryItem { timestamp: at, history_item_type, .. } = &stored.item;
            *at > since
                && asked(&stored.alarm_type)
                && input.history_item_type.as_ref().is_none_or(|kind| kind == history_item_type)
                && input.start_date.is_none_or(|start| start <= *at)
                && input.end_date.is_none_or(|end| *at <= end)
        };
        let histories = self.place(&call.target).cloudwatch.histories.iter();
        let named = histories
            .filter(|(name, _)| input.alarm_name.as_ref().is_none_or(|wanted| wanted == *name));
        let items = named.flat_map(|(name, items)| items.iter().map(move |item| (name, item)));
        let mut items: Vec<_> = items.filter(|(_, item)| wanted(item)).collect();
        items.sort_by_key(|(_, stored)| stored.item.timestamp);
        if input.scan_by.as_deref() != Some("TimestampAscending") {
            items.reverse();
        }
        let shown = items.into_iter().map(|(name, stored)| {
            let item = &stored.item;
            json!({
                "AlarmName": name,
                "AlarmType": stored.alarm_type,
                "Timestamp": item.timestamp,
                "HistoryItemType": item.history_item_type,
                "HistorySummary": item.history_summary,
                "HistoryData": item.history_data,
            })
        });
        listing(call, "AlarmHistoryItems", shown.collect(), ("MaxRecords", 100))
    }
}
