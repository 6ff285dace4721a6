use secmon_core::report::{Status, Verdict};

use crate::tests::{check, findings, report};

const ID: &str = "topic-gets-no-log-file-notifications";
const TRAIL: &str = "[targets.\"123456789012/eu-west-1\".trails.seen.\"arn:aws:cloudtrail:eu-west-1:123456789012:trail/audit-trail\"]\n";

fn topic_of_the_trail(name: &str) -> String {
    format!("{TRAIL}SnsTopicARN = \"arn:aws:sns:eu-west-1:123456789012:{name}\"\n")
}

#[test]
fn the_alert_still_comes() {
    let shared = topic_of_the_trail("security-alerts");
    assert_eq!(check(ID, &shared).status, Status::Warn);
    assert_eq!(report(&shared).verdict, Verdict::Yes);
}

#[test]
fn a_topic_of_the_trails_own_is_healthy_beside_an_alarm() {
    assert_eq!(check(ID, &topic_of_the_trail("trail-files")).status, Status::Pass);
}

#[test]
fn a_trail_that_is_stopped_sends_nothing() {
    let stopped = format!(
        "{}status = {{ seen = {{ IsLogging = false }} }}\n",
        topic_of_the_trail("security-alerts")
    );
    assert_eq!(check(ID, &stopped).status, Status::Pass);
}

#[test]
fn without_filter_or_alarm_the_first_cause_says_what_the_trails_topic_is() {
    let says = "Trail audit-trail's own topic trail-files tells of log files in S3, not of reads.";
    let no_filter = format!(
        "remove = [\"/targets/123456789012~1eu-west-1/metric_filters/seen/audit-trail\"]\n{}",
        topic_of_the_trail("trail-files")
    );
    assert!(findings("log-group-has-a-metric-filter", &no_filter)[0].ends_with(says));
    let no_alarm = format!(
        "remove = [\"/targets/123456789012~1eu-west-1/alarms/seen/MetricAlarms/secret-read\"]\n{}",
        topic_of_the_trail("trail-files")
    );
    assert!(findings("alarm-watches-filter-metric", &no_alarm)[0].ends_with(says));
    let no_group = format!(
        "remove = [\"/targets/123456789012~1eu-west-1/trails/seen/arn:aws:cloudtrail:eu-west-1:123456789012:trail~1audit-trail/CloudWatchLogsLogGroupArn\"]\n{}",
        topic_of_the_trail("trail-files")
    );
    assert!(findings("trail-names-a-log-group", &no_group)[0].ends_with(says));
}

/// What is said of how many messages come; the trail has these fields besides, and its status.
fn estimate(more: &str) -> String {
    let found = findings(ID, &format!("{}{more}", topic_of_the_trail("security-alerts")));
    let (_, rest) = found[0].split_once("whether a secret was read. ").unwrap();
    rest.split_once(" Alarms drown").unwrap().0.to_owned()
}

const AT: &str = "targets.\"123456789012/eu-west-1\"";
const QUIET: &str =
    "[targets.\"123456789012/eu-west-1\".incoming_log_events]\naudit-trail.seen = []\n";
const MANY: &str = "CloudTrail writes one about every 5 minutes for each Region with events: about 24 × 60 / 5 = 288 messages a day from each, 17 × 288 = 4896 with events in all 17 Regions that every account has. ";

fn status(fields: &str) -> String {
    format!("[{TRAIL_AT}.status.seen]\n{fields}\n")
}

const TRAIL_AT: &str = "targets.\"123456789012/eu-west-1\".trails.seen.\"arn:aws:cloudtrail:eu-west-1:123456789012:trail/audit-trail\"";

#[test]
fn the_bound_follows_from_regions_and_accounts() {
    let bound = |more: &str| estimate(&format!("{more}{QUIET}"));
    let why = "How many really come was not seen, because there was no message yet.";
    assert_eq!(bound(""), format!("{MANY}{why}"));
    assert_eq!(
        bound("IsMultiRegionTrail = false\n"),
        format!(
            "CloudTrail writes one about every 5 minutes while Region eu-west-1 has events: about 24 \
             × 60 / 5 = 288 messages a day. {why}"
        )
    );
    assert_eq!(
        bound("IsMultiRegionTrail = false\nIsOrganizationTrail = true\n"),
        format!(
            "CloudTrail writes one about every 5 minutes for each account with events in Region \
             eu-west-1: about 24 × 60 / 5 = 288 messages a day from each. {why}"
        )
    );
    assert_eq!(
        bound("IsOrganizationTrail = true\n"),
        format!(
            "CloudTrail writes one about every 5 minutes for each account and Region with events: \
             about 24 × 60 / 5 = 288 messages a day from each, 17 × 288 = 4896 from an account with \
             events in all 17 Regions that every account has. {why}"
        )
    );
}

#[test]
fn what_was_seen_lately_is_reckoned_up_to_a_day() {
    let busy = |minutes: &[&str]| {
        let points = minutes
            .iter()
            .map(|minute| format!("{{ Timestamp = \"2026-01-05T{minute}:00Z\", Sum = 3.0 }}"));
        let points = points.collect::<Vec<_>>().join(", ");
        format!("[{AT}.incoming_log_events]\naudit-trail.seen = [{points}]\n")
    };
    // Taken at 10:12.
    let half = busy(&["09:13", "09:16", "09:18", "09:30", "09:45", "10:00", "10:11", "08:00"]);
    assert_eq!(
        estimate(&half),
        format!(
            "{MANY}In the last hour log group audit-trail got events in 6 of 12 intervals of 5 \
             minutes: at that pace 6 × 24 = 144 messages a day at least."
        )
    );
    let last = |time: &str| status(&format!("LatestNotificationTime = \"2026-01-05T{time}:00Z\""));
    assert_eq!(
        estimate(&(last("09:12") + &half)),
        format!(
            "{MANY}The last message is 60 min old: at that pace there are no more than 1440 / 60 = 24 \
             a day."
        )
    );
    assert!(estimate(&(last("10:05") + &half)).ends_with("6 × 24 = 144 messages a day at least."));
    assert_eq!(
        estimate(&(last("10:05") + QUIET)),
        format!(
            "{MANY}How many really come was not seen, because the last message, 7 min ago, says that \
             they come, and not how many."
        )
    );
    let counted = |sum: f64| {
        format!(
            "[{AT}.topics.\"arn:aws:sns:eu-west-1:123456789012:security-alerts\".counters.\
             NumberOfMessagesPublished]\n\
             seen = [{{ Timestamp = \"2026-01-04T16:20:00Z\", Sum = {sum:?} }}]\n"
        )
    };
    assert_eq!(
        estimate(&(last("09:12") + &counted(13.0))),
        format!(
            "{MANY}In the 20 min from 2026-01-04 16:20 UTC the topic counted 13 messages, one of them \
             an alarm's: (13 - 1) × 72 = 864 a day."
        )
    );
    assert!(estimate(&(counted(1.0) + &half)).contains("6 × 24 = 144"), "the alarm's own alone");
}

#[test]
fn what_keeps_them_from_coming_is_said() {
    assert_eq!(
        estimate(&status("LatestNotificationError = \"AuthorizationError\"")),
        format!(
            "{MANY}None comes at present, because SNS refuses them (\"AuthorizationError\"); once it \
             does not, they come."
        )
    );
    assert_eq!(
        estimate(&status("LatestDeliveryError = \"AccessDenied\"")),
        format!(
            "{MANY}None comes at present, because S3 takes no log file (\"AccessDenied\"); once it \
             does, they come."
        )
    );
    let denied = "status = \"denied: cloudtrail:GetTrailStatus\"\n";
    assert_eq!(
        estimate(&format!("{denied}{QUIET}")),
        format!(
            "{MANY}How many really come was not seen, because cloudtrail:GetTrailStatus was denied."
        )
    );
}
