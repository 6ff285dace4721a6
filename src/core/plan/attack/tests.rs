use super::*;
use crate::plan::TrailSettings;
use crate::plan::tests::{arn, changed, here};
use crate::snapshot::Observed;

#[test]
fn whoever_watches_trails_is_told_of() {
    let watching = changed(
        r#"
[targets."123456789012/eu-west-1".metric_filters.seen.audit-trail.trail-changes]
logGroupName = "audit-trail"
filterName = "trail-changes"
filterPattern = '{ ($.eventName = CreateTrail) || ($.eventName = UpdateTrail) || ($.eventName = DeleteTrail) || ($.eventName = StartLogging) || ($.eventName = StopLogging) }'
metricTransformations = [{ metricName = "TrailChanges", metricNamespace = "CIS", metricValue = "1" }]

[targets."123456789012/eu-west-1".alarms.seen.MetricAlarms.trail-changes]
AlarmName = "trail-changes"
AlarmArn = "arn:aws:cloudwatch:eu-west-1:123456789012:alarm:trail-changes"
ActionsEnabled = true
Namespace = "CIS"
MetricName = "TrailChanges"
StateValue = "OK"

[targets."123456789012/eu-west-1".event_rules]
seen = { trails = { Name = "trails", Arn = "arn:aws:events:eu-west-1:123456789012:rule/trails", State = "ENABLED", EventPattern = '{"source":["aws.cloudtrail"],"detail":{"eventName":["StopLogging"]}}' }, off = { Name = "off", Arn = "arn:aws:events:eu-west-1:123456789012:rule/off", State = "DISABLED", EventPattern = '{"source":["aws.cloudtrail"]}' } }
"#,
    );
    let stop = Write::StopLogging {
        trail: arn("arn:aws:cloudtrail:eu-west-1:123456789012:trail/audit-trail"),
        home_region: "eu-west-1".to_owned(),
    };
    let says = looks_like_an_attack([&stop], &watching);
    assert_eq!(says.len(), 3, "{says:#?}");
    assert!(says[0].starts_with("Alarm trail-changes (123456789012/eu-west-1) counts StopLogging"));
    assert!(says[1].starts_with("EventBridge rule trails takes StopLogging"));
    assert!(says[2].starts_with("GuardDuty reports StopLogging"));
    // Fewer events are no stopped trail.
    let fewer = Write::UpdateTrail {
        trail: arn("arn:aws:cloudtrail:eu-west-1:123456789012:trail/audit-trail"),
        home_region: "eu-west-1".to_owned(),
        set: TrailSettings { is_multi_region_trail: Some(false), ..TrailSettings::default() },
    };
    let says = looks_like_an_attack([&fewer], &watching);
    assert_eq!(says.len(), 1, "{says:#?}");
    assert!(says[0].contains("counts UpdateTrail"), "{says:#?}");
    // Alarms concern nobody but trails.
    let rest = Write::DeleteAlarms { target: here(), alarm: "secret-read".to_owned() };
    assert_eq!(looks_like_an_attack([&rest], &watching), Vec::<String>::new());
    // What was not seen is said.
    let mut unseen = watching.clone();
    unseen.targets.get_mut(&here()).unwrap().alarms = Observed::Denied { action: "x".to_owned() };
    let says = looks_like_an_attack([&stop], &unseen);
    assert!(says[0].contains("was not seen"), "{says:#?}");
    let empty = Snapshot::empty(watching.taken_at);
    assert_eq!(reads_of_watchers([&stop], &empty).len(), 3);
    assert_eq!(reads_of_watchers([&rest], &empty).len(), 0);
}
