//! The checklist: one folder a claim that a healthy alert chain satisfies.
//!
//! A [`Check`] is data and one function; [`CHECKLIST`] lists all of them in the order in which
//! people read the report. [`run`] judges a snapshot. A check sees a [`Context`] and nothing else: it
//! cannot call AWS and cannot read another check's result.

use secmon_core::baseline::BaselineEntry;
use secmon_core::finding::{Effect, Judged, Severity, Stage};
use secmon_core::report::Report;
use secmon_core::route::{Context, Link, Pins};
use secmon_core::snapshot::Snapshot;

mod evidence;
mod failures;
mod history;
mod judge;
#[cfg(test)]
mod tests;

pub use failures::{FAILURES, Failure, failure};
pub use history::history_to_read;
pub use one_read::{OfReads, of_reads};

mod alarm_actions_are_enabled;
mod alarm_evaluates_one_event;
mod alarm_fires_within_minutes;
mod alarm_is_not_muted;
mod alarm_is_not_stuck_in_alarm;
mod alarm_is_ready_again_within_an_hour;
mod alarm_notifies_a_topic;
mod alarm_recovers_after_an_event;
mod alarm_statistic_counts_events;
mod alarm_threshold_is_reached_by_one_event;
mod alarm_watches_filter_metric;
mod dead_filters;
mod delivery_role_admits_cloudtrail;
mod delivery_role_may_write;
mod filter_can_match;
mod filter_counts_one_per_event;
mod filter_ignores_other_events;
mod filter_matches_its_events;
mod filter_matches_what_it_should;
mod filter_pattern_is_understood;
mod filter_pattern_says_what_it_means;
mod filter_selects_the_secrets_events;
mod last_alarm_action_succeeded;
mod last_alarm_ran_its_actions;
mod last_read_reached_log_group;
mod last_read_was_counted;
mod log_alarm_finds_its_events;
mod log_alarm_fires_on_one_event;
mod log_alarm_is_evaluated;
mod log_alarm_queries_the_log_group;
mod log_group_class_is_standard;
mod log_group_exists;
mod log_group_has_a_metric_filter;
mod log_group_is_where_the_filters_are;
mod log_group_key_is_usable;
mod management_events_are_recorded_once;
mod metric_tells_reads_from_other_events;
mod one_read;
mod pattern_answers;
mod phone_number_takes_messages;
mod rule_answers;
mod rule_ignores_other_events;
mod rule_matches_its_events;
mod rule_matches_what_it_should;
mod rule_receives_read_events;
mod rule_targets_a_topic;
mod secret_exists;
mod secret_is_not_scheduled_for_deletion;
mod subscription_is_confirmed;
mod subscription_passes_alarm_messages;
mod subscription_reaches_a_human;
mod topic_admits_its_publisher;
mod topic_can_send_mail;
mod topic_delivers_its_messages;
mod topic_exists;
mod topic_gets_no_log_file_notifications;
mod topic_has_a_subscription;
mod topic_is_in_the_alarms_region;
mod topic_key_admits_its_publisher;
mod trail_covers_the_region;
mod trail_covers_the_replicas;
mod trail_delivers_to_bucket;
mod trail_delivers_to_log_group;
mod trail_exists;
mod trail_is_logging;
mod trail_names_a_log_group;
mod trail_records_its_events;
mod trail_validates_its_log_files;
mod transformer_keeps_the_filters_fields;

/// One claim of health.
pub struct Check {
    /// The claim in kebab-case, as its folder is in snake_case. Permanent.
    pub id: &'static str,
    /// The link it belongs to.
    pub stage: Stage,
    /// The claim in words, resource first: "trail is logging".
    pub title: &'static str,
    /// How bad it is when the claim does not hold.
    pub severity: Severity,
    /// What it does to the chain then.
    pub effect: Effect,
    /// The links it looks at. It is run once for each combination of them.
    pub needs: &'static [Link],
    /// The API calls that can make the claim false.
    pub changed_by: &'static [&'static str],
    /// Ids of the failures it tells, see [`FAILURES`].
    pub failures: &'static [&'static str],
    /// The page that explains it.
    pub page: &'static str,
    /// Judges the claim.
    pub run: fn(&Context<'_>) -> Judged,
}

/// Every check, in the order in which people read the report.
pub static CHECKLIST: &[&Check] = &[
    &secret_exists::CHECK,
    &secret_is_not_scheduled_for_deletion::CHECK,
    &trail_exists::CHECK,
    &trail_covers_the_region::CHECK,
    &trail_covers_the_replicas::CHECK,
    &trail_is_logging::CHECK,
    &trail_records_its_events::CHECK,
    &trail_names_a_log_group::CHECK,
    &log_group_is_where_the_filters_are::CHECK,
    &trail_validates_its_log_files::CHECK,
    &management_events_are_recorded_once::CHECK,
    &log_group_exists::CHECK,
    &log_group_class_is_standard::CHECK,
    &log_group_key_is_usable::CHECK,
    &delivery_role_admits_cloudtrail::CHECK,
    &delivery_role_may_write::CHECK,
    &trail_delivers_to_log_group::CHECK,
    &trail_delivers_to_bucket::CHECK,
    &log_group_has_a_metric_filter::CHECK,
    &filter_can_match::CHECK,
    &filter_matches_its_events::CHECK,
    &filter_selects_the_secrets_events::CHECK,
    &transformer_keeps_the_filters_fields::CHECK,
    &filter_matches_what_it_should::CHECK,
    &filter_ignores_other_events::CHECK,
    &filter_pattern_says_what_it_means::CHECK,
    &filter_pattern_is_understood::CHECK,
    &filter_counts_one_per_event::CHECK,
    &alarm_watches_filter_metric::CHECK,
    &metric_tells_reads_from_other_events::CHECK,
    &alarm_statistic_counts_events::CHECK,
    &alarm_threshold_is_reached_by_one_event::CHECK,
    &alarm_evaluates_one_event::CHECK,
    &alarm_fires_within_minutes::CHECK,
    &alarm_recovers_after_an_event::CHECK,
    &log_alarm_queries_the_log_group::CHECK,
    &log_alarm_is_evaluated::CHECK,
    &log_alarm_finds_its_events::CHECK,
    &log_alarm_fires_on_one_event::CHECK,
    &alarm_is_ready_again_within_an_hour::CHECK,
    &alarm_is_not_stuck_in_alarm::CHECK,
    &alarm_actions_are_enabled::CHECK,
    &alarm_is_not_muted::CHECK,
    &alarm_notifies_a_topic::CHECK,
    &rule_receives_read_events::CHECK,
    &rule_matches_its_events::CHECK,
    &rule_matches_what_it_should::CHECK,
    &rule_ignores_other_events::CHECK,
    &rule_targets_a_topic::CHECK,
    &topic_exists::CHECK,
    &topic_can_send_mail::CHECK,
    &topic_is_in_the_alarms_region::CHECK,
    &topic_admits_its_publisher::CHECK,
    &topic_key_admits_its_publisher::CHECK,
    &topic_gets_no_log_file_notifications::CHECK,
    &topic_has_a_subscription::CHECK,
    &subscription_is_confirmed::CHECK,
    &subscription_passes_alarm_messages::CHECK,
    &phone_number_takes_messages::CHECK,
    &subscription_reaches_a_human::CHECK,
    &last_read_reached_log_group::CHECK,
    &last_read_was_counted::CHECK,
    &last_alarm_ran_its_actions::CHECK,
    &last_alarm_action_succeeded::CHECK,
    &topic_delivers_its_messages::CHECK,
];

/// Judges a snapshot.
pub fn run(snapshot: &Snapshot, entry: &BaselineEntry, pins: &Pins) -> Report {
    let entries =
        snapshot.asked.iter().map(|asked| judge::judge(snapshot, entry, pins, asked)).collect();
    Report { taken_at: snapshot.taken_at, entries, notes: Vec::new() }
}

/// The check with this id.
pub fn find(id: &str) -> Option<&'static Check> {
    CHECKLIST.iter().find(|check| check.id == id).copied()
}
