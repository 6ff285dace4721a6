//! How long things take. The defaults are what was captured on AWS in 2026-09 or is documented; where
//! only bounds were captured, a value within them.

use serde::{Deserialize, Serialize};

/// Delays and rates, in seconds unless said otherwise.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Settings {
    /// From a call to its event in Event history. Captured: absent at 72 s, there at 103 s.
    pub event_history: f64,
    /// From a call to its event in the trail's log group. Captured: 105 s.
    pub log_group_delivery: f64,
    /// From a call to its event's log file in the trail's bucket. Captured: files come some five
    /// minutes apart; the first came after 38 s once and after 408 s once.
    pub log_file_delivery: f64,
    /// For how long a trail that was just started loses events. Captured: one sent after 1 s was
    /// lost, one sent after 132 s was not.
    pub trail_warm_up: f64,
    /// From an alarm's state change to its action. Captured: 55 ms.
    pub alarm_action: f64,
    /// How long a subscription can be confirmed. Documented: two days.
    pub confirmation: f64,
    /// After how long an unconfirmed subscription is gone. Documented: three days.
    pub unconfirmed: f64,
    /// How long SNS goes on with a data key after the key was disabled. Documented: 5 minutes.
    pub data_key_reuse: f64,
    /// How long the confirmed subscriptions of a deleted topic go on receiving what is published to
    /// a new one of the same name. Captured: at 38 s and at 74 s they still did.
    pub deleted_topic: f64,
    /// How many events of the rest of the account there are in a minute, by `account/region`.
    pub traffic: std::collections::BTreeMap<secmon_core::snapshot::Target, u32>,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            event_history: 100.0,
            log_group_delivery: 105.0,
            log_file_delivery: 300.0,
            trail_warm_up: 60.0,
            alarm_action: 0.055,
            confirmation: 2.0 * 86_400.0,
            unconfirmed: 3.0 * 86_400.0,
            data_key_reuse: 300.0,
            deleted_topic: 120.0,
            traffic: std::collections::BTreeMap::new(),
        }
    }
}
