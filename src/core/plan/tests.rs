//! What wishes become: whole calls, in words that a shell gives back unchanged.

use proptest::prelude::*;
use serde_json::{Value, json};

use super::*;
use crate::selector::{EventSelectors, Recorded, RecordedEvent, records};
use crate::snapshot::{MetricFilter, Observed, Scenario, Snapshot};

const ALARMS: &str = "[targets.\"123456789012/eu-west-1\".alarms.seen";
const TRAIL: &str = "arn:aws:cloudtrail:eu-west-1:123456789012:trail/audit-trail";
const TOPIC: &str = "arn:aws:sns:eu-west-1:123456789012:security-alerts";
const KEY: &str = "arn:aws:kms:eu-west-1:123456789012:key/0f1e2d3c-4b5a-4697-8879-6a5b4c3d2e1f";
const ROLE: &str = "arn:aws:iam::123456789012:role/trail-to-logs";
const BUCKET: &str = "audit-trail-logs-123456789012";

pub(super) fn arn(text: &str) -> Arn {
    text.parse().unwrap()
}

pub(super) fn here() -> Target {
    Target::try_from("123456789012/eu-west-1".to_owned()).unwrap()
}

pub(super) fn changed(scenario: &str) -> Snapshot {
    Scenario::from_toml(scenario).unwrap().apply(&Snapshot::healthy()).unwrap()
}

fn set_alarm(set: AlarmSetting) -> Intent {
    Intent::SetAlarm { target: here(), alarm: "secret-read".to_owned(), set }
}

fn set_filter(set: FilterSetting) -> Intent {
    Intent::SetMetricFilter {
        target: here(),
        log_group: "audit-trail".to_owned(),
        filter: "secret-read".to_owned(),
        set,
    }
}

fn statement() -> Value {
    json!({"Sid": "Added", "Effect": "Allow", "Principal": {"Service": "cloudwatch.amazonaws.com"},
        "Action": "sns:Publish", "Resource": TOPIC})
}

fn management() -> Intent {
    Intent::RecordManagementEvents { trail: arn(TRAIL), home_region: "eu-west-1".to_owned() }
}

fn deliver(role: Option<&str>) -> Intent {
    Intent::DeliverTo {
        trail: arn(TRAIL),
        home_region: "eu-west-1".to_owned(),
        log_group_arn: "arn:aws:logs:eu-west-1:123456789012:log-group:audit-trail:*".to_owned(),
        role_arn: role.map(arn),
    }
}

fn allow_key(key: &str) -> Intent {
    Intent::AllowInKeyPolicy { target: here(), key: key.to_owned(), statement: statement() }
}

/// The only step, which must have one command.
fn one(intents: &[Intent], snapshot: &Snapshot) -> AwsCommand {
    let steps = commands(intents, snapshot);
    assert_eq!(steps.len(), 1, "{steps:?}");
    assert_eq!(steps[0].commands.len(), 1, "{steps:?}");
    assert_eq!(steps[0].intents, (0..intents.len()).collect::<Vec<_>>());
    steps[0].commands[0].clone()
}

/// The only step, which must have no command.
fn by_hand(intents: &[Intent], snapshot: &Snapshot) -> String {
    let steps = commands(intents, snapshot);
    assert_eq!(steps.len(), 1, "{steps:?}");
    assert_eq!(steps[0].commands, [], "{steps:?}");
    steps[0].says.clone()
}

/// The values behind an option.
fn option(command: &AwsCommand, name: &str) -> Option<Vec<String>> {
    let words = command.words();
    if let Some(word) = words.iter().find_map(|word| word.strip_prefix(&format!("{name}="))) {
        return Some(vec![word.to_owned()]);
    }
    let start = words.iter().position(|word| word == name)?;
    let values = words[start + 1..].iter().take_while(|word| !word.starts_with("--"));
    Some(values.cloned().collect())
}

fn text(command: &AwsCommand, name: &str) -> String {
    let values = option(command, name).unwrap_or_else(|| panic!("no {name} in {command}"));
    assert_eq!(values.len(), 1, "{name} in {command}");
    values[0].clone()
}

fn parsed(command: &AwsCommand, name: &str) -> Value {
    serde_json::from_str(&text(command, name)).unwrap()
}

/// One wish of every kind.
fn every_intent() -> Vec<Intent> {
    let home_region = "eu-west-1".to_owned();
    vec![
        Intent::StartLogging { trail: arn(TRAIL), home_region: home_region.clone() },
        Intent::RecordAllRegions { trail: arn(TRAIL), home_region },
        management(),
        deliver(Some(ROLE)),
        deliver(None),
        Intent::CreateTrail { target: here() },
        Intent::CreateLogGroup { target: here(), log_group: "/aws/trail".to_owned() },
        Intent::TrustService { role: arn(ROLE), service: "cloudtrail.amazonaws.com".to_owned() },
        Intent::AllowRole { role: arn(ROLE), statement: statement() },
        Intent::AllowInBucketPolicy {
            target: here(),
            bucket: BUCKET.to_owned(),
            statement: statement(),
        },
        set_filter(FilterSetting::Pattern("{ $.a = \"b\" }".to_owned())),
        set_alarm(AlarmSetting::Statistic("Sum".to_owned())),
        Intent::EnableAlarmActions { target: here(), alarm: "secret-read".to_owned() },
        Intent::ResetAlarm { target: here(), alarm: "it's \"read\"".to_owned() },
        Intent::DeleteMuteRule { target: here(), rule: "night's watch".to_owned() },
        Intent::NotifyFromComposite {
            target: here(),
            alarm: "any-read".to_owned(),
            topic: TOPIC.to_owned(),
        },
        Intent::CreateTopic { topic: arn(TOPIC) },
        Intent::AllowInTopicPolicy { topic: arn(TOPIC), statement: statement() },
        Intent::RemoveTopicKey { topic: arn(TOPIC) },
        allow_key(KEY),
        Intent::CancelKeyDeletion { target: here(), key: KEY.to_owned() },
        Intent::EnableKey { target: here(), key: KEY.to_owned() },
        Intent::Subscribe { topic: arn(TOPIC), protocol: "email".to_owned(), endpoint: None },
        Intent::RemoveFilterPolicy {
            topic: arn(TOPIC),
            subscription: arn(&format!("{TOPIC}:5d7c6e1a-0b2f-4f0e-9a53-2f1f6a1d9c11")),
        },
        Intent::RestoreSecret {
            secret: arn(
                "arn:aws:secretsmanager:eu-west-1:123456789012:secret:TopSecretInfo-a1B2c3",
            ),
        },
    ]
}

const COMPOSITE: &str = r#"
[targets."123456789012/eu-west-1".alarms.seen.CompositeAlarms.any-read]
AlarmName = "any-read"
AlarmArn = "arn:aws:cloudwatch:eu-west-1:123456789012:alarm:any-read"
AlarmDescription = "Somebody's read"
AlarmRule = "ALARM(\"secret-read\") OR ALARM(\"other\")"
ActionsEnabled = false
AlarmActions = ["arn:aws:sns:eu-west-1:123456789012:other"]
OKActions = ["arn:aws:sns:eu-west-1:123456789012:calm"]
InsufficientDataActions = ["arn:aws:sns:eu-west-1:123456789012:quiet"]
StateValue = "OK"
ActionsSuppressor = "maintenance"
ActionsSuppressorWaitPeriod = 10
ActionsSuppressorExtensionPeriod = 20
"#;

#[test]
fn every_wish_becomes_commands() {
    let snapshot = changed(COMPOSITE);
    for intent in every_intent() {
        let steps = commands(std::slice::from_ref(&intent), &snapshot);
        assert_eq!(steps.len(), 1, "{intent:?}");
        assert!(!steps[0].commands.is_empty(), "{intent:?}: {}", steps[0].says);
        assert!(steps[0].says.ends_with('.'), "{}", steps[0].says);
        for command in &steps[0].commands {
            let global = command.words()[1] == "iam";
            let region = option(command, "--region");
            assert_eq!(region, (!global).then(|| vec!["eu-west-1".to_owned()]), "{command}");
        }
    }
}

#[test]
fn every_wish_is_in_exactly_one_step_and_steps_come_in_the_order_aws_needs() {
    let mut intents = every_intent();
    let snapshot = changed(COMPOSITE);
    let in_order = |steps: &[Step]| -> Vec<String> {
        let commands = steps.iter().flat_map(|step| &step.commands);
        commands.map(ToString::to_string).collect()
    };
    let first = commands(&intents, &snapshot);
    let mut fulfilled: Vec<usize> = first.iter().flat_map(|step| step.intents.clone()).collect();
    fulfilled.sort_unstable();
    assert_eq!(fulfilled, (0..intents.len()).collect::<Vec<_>>());
    intents.reverse();
    assert_eq!(in_order(&first), in_order(&commands(&intents, &snapshot)));
    let place = |operation: &str| {
        let commands = first.iter().flat_map(|step| &step.commands);
        let mut operations = commands.map(|command| command.words()[2].clone());
        operations.position(|word| word == operation).unwrap_or_else(|| panic!("{operation}"))
    };
    for (earlier, later) in [
        ("create-log-group", "update-trail"),
        ("update-assume-role-policy", "update-trail"),
        ("put-role-policy", "update-trail"),
        ("put-bucket-policy", "create-trail"),
        ("create-trail", "start-logging"),
        ("put-metric-filter", "put-metric-alarm"),
        ("create-topic", "set-topic-attributes"),
        ("create-topic", "put-metric-alarm"),
        ("create-topic", "subscribe"),
        ("cancel-key-deletion", "enable-key"),
        ("enable-key", "put-key-policy"),
    ] {
        assert!(place(earlier) < place(later), "{earlier} after {later}");
    }
}

const FULL_ALARM: &str = r#"
[targets."123456789012/eu-west-1".alarms.seen.MetricAlarms.secret-read]
AlarmDescription = "It's read: \"now\" $HOME `id` \\"
ActionsEnabled = false
OKActions = ["arn:aws:sns:eu-west-1:123456789012:calm"]
InsufficientDataActions = ["arn:aws:sns:eu-west-1:123456789012:quiet", "arn:aws:sns:eu-west-1:123456789012:calm"]
Unit = "Count"
Dimensions = [{Name = "Where", Value = "a, b=c \"d\""}]
DatapointsToAlarm = 1
EvaluateLowSampleCountPercentile = "ignore"
"#;

#[test]
fn settings_of_one_alarm_are_one_call_that_keeps_the_rest() {
    let wishes = [
        set_alarm(AlarmSetting::Period(300)),
        set_alarm(AlarmSetting::Threshold {
            operator: "GreaterThanThreshold".to_owned(),
            threshold: 0.5,
        }),
        set_alarm(AlarmSetting::Evaluate { periods: 2, datapoints: 1 }),
        set_alarm(AlarmSetting::TreatMissingData("ignore".to_owned())),
        set_alarm(AlarmSetting::Notify { topic: Some("arn:aws:sns:x:1:new".to_owned()) }),
        set_alarm(AlarmSetting::Notify { topic: Some("arn:aws:sns:x:1:new".to_owned()) }),
    ];
    let command = one(&wishes, &changed(FULL_ALARM));
    assert_eq!(
        command.words(),
        [
            "aws",
            "cloudwatch",
            "put-metric-alarm",
            "--region",
            "eu-west-1",
            "--alarm-name",
            "secret-read",
            "--alarm-description",
            "It's read: \"now\" $HOME `id` \\",
            "--no-actions-enabled",
            "--ok-actions",
            "arn:aws:sns:eu-west-1:123456789012:calm",
            "--alarm-actions",
            TOPIC,
            "arn:aws:sns:x:1:new",
            "--insufficient-data-actions",
            "arn:aws:sns:eu-west-1:123456789012:quiet",
            "arn:aws:sns:eu-west-1:123456789012:calm",
            "--namespace",
            "SecurityMetrics",
            "--metric-name",
            "SecretIsAccessed",
            "--statistic",
            "Sum",
            "--dimensions",
            r#"[{"Name":"Where","Value":"a, b=c \"d\""}]"#,
            "--period",
            "300",
            "--unit",
            "Count",
            "--evaluation-periods",
            "2",
            "--datapoints-to-alarm",
            "1",
            "--threshold",
            "0.5",
            "--comparison-operator",
            "GreaterThanThreshold",
            "--treat-missing-data",
            "ignore",
            "--evaluate-low-sample-count-percentile",
            "ignore",
        ]
    );
}

#[test]
fn an_untouched_alarm_is_sent_back_as_it_is() {
    let command = one(&[set_alarm(AlarmSetting::Period(60))], &Snapshot::healthy());
    assert_eq!(
        command.to_string(),
        "aws cloudwatch put-metric-alarm --region eu-west-1 --alarm-name secret-read \
         --alarm-description 'A secret was read' \
         --alarm-actions arn:aws:sns:eu-west-1:123456789012:security-alerts \
         --namespace SecurityMetrics --metric-name SecretIsAccessed --statistic Sum --period 60 \
         --evaluation-periods 1 --threshold 1 --comparison-operator GreaterThanOrEqualToThreshold \
         --treat-missing-data notBreaching"
    );
}

#[test]
fn the_metric_replaces_dimensions_unit_and_metric_math() {
    let metric = AlarmSetting::Metric { namespace: "N".to_owned(), name: "M".to_owned() };
    let command = one(&[set_alarm(metric.clone())], &changed(FULL_ALARM));
    assert_eq!(option(&command, "--dimensions"), None);
    assert_eq!(option(&command, "--unit"), None);
    assert_eq!(text(&command, "--metric-name"), "M");
    let command = one(&[set_alarm(metric)], &changed(MATH));
    assert_eq!(option(&command, "--metrics"), None);
    assert_eq!(text(&command, "--statistic"), "Sum");
    assert_eq!(text(&command, "--period"), "60");
}

const MATH: &str = r#"
remove = [
  "/targets/123456789012~1eu-west-1/alarms/seen/MetricAlarms/secret-read/MetricName",
  "/targets/123456789012~1eu-west-1/alarms/seen/MetricAlarms/secret-read/Namespace",
  "/targets/123456789012~1eu-west-1/alarms/seen/MetricAlarms/secret-read/Statistic",
  "/targets/123456789012~1eu-west-1/alarms/seen/MetricAlarms/secret-read/Period",
]
[targets."123456789012/eu-west-1".alarms.seen.MetricAlarms.secret-read]
Metrics = [
  {Id = "e1", Expression = "FILL(m1, 0)", Label = "reads", ReturnData = true},
  {Id = "m1", ReturnData = false, AccountId = "210987654321", MetricStat = {Period = 300, Stat = "Average", Unit = "Count", Metric = {Namespace = "N", MetricName = "M", Dimensions = [{Name = "a", Value = "b"}]}}},
]
"#;

#[test]
fn metric_math_is_kept_whole_and_its_only_metric_is_set() {
    let wishes =
        [set_alarm(AlarmSetting::Statistic("Sum".to_owned())), set_alarm(AlarmSetting::Period(60))];
    let command = one(&wishes, &changed(MATH));
    assert_eq!(option(&command, "--statistic"), None);
    assert_eq!(option(&command, "--period"), None);
    assert_eq!(
        parsed(&command, "--metrics"),
        json!([
            {"Id": "e1", "Expression": "FILL(m1, 0)", "Label": "reads", "ReturnData": true},
            {"Id": "m1", "ReturnData": false, "AccountId": "210987654321", "MetricStat": {
                "Period": 60, "Stat": "Sum", "Unit": "Count", "Metric": {
                    "Namespace": "N", "MetricName": "M",
                    "Dimensions": [{"Name": "a", "Value": "b"}]}}},
        ])
    );
}

#[test]
fn a_statistic_replaces_an_extended_one() {
    let mut snapshot = Snapshot::healthy();
    let alarms = snapshot.targets.get_mut(&here()).unwrap().alarms.seen_mut().unwrap();
    let alarm = alarms.metric_alarms.get_mut("secret-read").unwrap();
    alarm.statistic = None;
    alarm.extended_statistic = Some("p99".to_owned());
    alarm.evaluate_low_sample_count_percentile = Some("ignore".to_owned());
    let kept = one(&[set_alarm(AlarmSetting::Period(60))], &snapshot);
    assert_eq!(text(&kept, "--extended-statistic"), "p99");
    assert_eq!(text(&kept, "--evaluate-low-sample-count-percentile"), "ignore");
    let set = one(&[set_alarm(AlarmSetting::Statistic("Sum".to_owned()))], &snapshot);
    assert_eq!(text(&set, "--statistic"), "Sum");
    assert_eq!(option(&set, "--extended-statistic"), None);
    assert_eq!(option(&set, "--evaluate-low-sample-count-percentile"), None);
}

#[test]
fn fields_that_are_not_read_are_never_dropped() {
    let scenario = format!("{ALARMS}.MetricAlarms.secret-read]\nunread = [\"EvaluationInterval\"]");
    let says =
        by_hand(&[set_alarm(AlarmSetting::Statistic("Sum".to_owned()))], &changed(&scenario));
    assert_eq!(
        says,
        "PutMetricAlarm would drop EvaluationInterval of alarm secret-read, which secmon does not \
         read. Set Statistic Sum by hand, in the console or where the alarm is defined."
    );
}

#[test]
fn a_new_alarm_counts_one_event_in_a_minute() {
    let set = |set| Intent::SetAlarm { target: here(), alarm: "-new".to_owned(), set };
    let wishes = [
        set(AlarmSetting::Metric { namespace: "N".to_owned(), name: "M".to_owned() }),
        set(AlarmSetting::Notify { topic: None }),
    ];
    let steps = commands(&wishes, &Snapshot::healthy());
    assert_eq!(steps[0].needs, ["TOPIC_ARN: the topic to notify"]);
    assert_eq!(
        steps[0].commands[0].to_string(),
        "aws cloudwatch put-metric-alarm --region eu-west-1 --alarm-name=-new \
         --alarm-actions TOPIC_ARN --namespace N --metric-name M --statistic Sum --period 60 \
         --evaluation-periods 1 --datapoints-to-alarm 1 --threshold 1 \
         --comparison-operator GreaterThanOrEqualToThreshold --treat-missing-data notBreaching"
    );
    let steps = commands(&[set(AlarmSetting::Period(60))], &Snapshot::healthy());
    assert_eq!(steps[0].needs.len(), 2, "{steps:?}");
}

#[test]
fn a_composite_alarm_is_sent_back_whole() {
    let wishes = [
        Intent::NotifyFromComposite {
            target: here(),
            alarm: "any-read".to_owned(),
            topic: TOPIC.to_owned(),
        },
        Intent::EnableAlarmActions { target: here(), alarm: "any-read".to_owned() },
    ];
    let command = one(&wishes[..1], &changed(COMPOSITE));
    assert_eq!(
        command.words()[3..],
        [
            "--region",
            "eu-west-1",
            "--alarm-name",
            "any-read",
            "--alarm-description",
            "Somebody's read",
            "--alarm-rule",
            "ALARM(\"secret-read\") OR ALARM(\"other\")",
            "--no-actions-enabled",
            "--ok-actions",
            "arn:aws:sns:eu-west-1:123456789012:calm",
            "--alarm-actions",
            "arn:aws:sns:eu-west-1:123456789012:other",
            TOPIC,
            "--insufficient-data-actions",
            "arn:aws:sns:eu-west-1:123456789012:quiet",
            "--actions-suppressor",
            "maintenance",
            "--actions-suppressor-wait-period",
            "10",
            "--actions-suppressor-extension-period",
            "20",
        ]
    );
    let both = one(&wishes, &changed(COMPOSITE));
    assert_eq!(option(&both, "--no-actions-enabled"), None);
    by_hand(
        &[Intent::SetAlarm {
            target: here(),
            alarm: "any-read".to_owned(),
            set: AlarmSetting::Period(60),
        }],
        &changed(COMPOSITE),
    );
}

#[test]
fn enabling_actions_goes_with_other_settings_or_alone() {
    let enable = Intent::EnableAlarmActions { target: here(), alarm: "secret-read".to_owned() };
    let alone = one(std::slice::from_ref(&enable), &changed(FULL_ALARM));
    assert_eq!(
        alone.to_string(),
        "aws cloudwatch enable-alarm-actions --region eu-west-1 --alarm-names secret-read"
    );
    let both = one(&[enable, set_alarm(AlarmSetting::Period(60))], &changed(FULL_ALARM));
    assert_eq!(both.words()[2], "put-metric-alarm");
    assert_eq!(option(&both, "--no-actions-enabled"), None);
}

#[test]
fn an_alarm_takes_no_sixth_action() {
    let wishes: Vec<Intent> = (1..=5)
        .map(|number| {
            let topic = Some(format!("arn:aws:sns:eu-west-1:123456789012:t{number}"));
            set_alarm(AlarmSetting::Notify { topic })
        })
        .collect();
    assert!(by_hand(&wishes, &Snapshot::healthy()).contains("has 5 AlarmActions"));
    one(&wishes[..4], &Snapshot::healthy());
}

#[test]
fn a_metric_filter_is_sent_back_whole() {
    let snapshot = changed(
        r#"
[targets."123456789012/eu-west-1".metric_filters.seen.audit-trail.secret-read]
applyOnTransformedLogs = true
fieldSelectionCriteria = '@aws.region = "eu-west-1"'
emitSystemFieldDimensions = ["@aws.account", "@aws.region"]
[[targets."123456789012/eu-west-1".metric_filters.seen.audit-trail.secret-read.metricTransformations]]
metricName = "SecretIsAccessed"
metricNamespace = "SecurityMetrics"
metricValue = "$.n"
unit = "Count"
dimensions = {User = "$.userIdentity.arn"}
"#,
    );
    let pattern = r#"{ ($.a = "it's \"x\"") && ($.b = $c) }"#;
    let command = one(&[set_filter(FilterSetting::Pattern(pattern.to_owned()))], &snapshot);
    assert_eq!(
        command.words()[3..],
        [
            "--region",
            "eu-west-1",
            "--log-group-name",
            "audit-trail",
            "--filter-name",
            "secret-read",
            "--filter-pattern",
            pattern,
            "--metric-transformations",
            "[{\"metricName\":\"SecretIsAccessed\",\"metricNamespace\":\"SecurityMetrics\",\
             \"metricValue\":\"$.n\",\
             \"dimensions\":{\"User\":\"$.userIdentity.arn\"},\"unit\":\"Count\"}]",
            "--apply-on-transformed-logs",
            "--field-selection-criteria",
            "@aws.region = \"eu-west-1\"",
            "--emit-system-field-dimensions",
            "@aws.account",
            "@aws.region",
        ]
    );
    let metric = || "SecretIsAccessed".to_owned();
    let wishes = [
        FilterSetting::MetricValue { metric: metric(), value: "1".to_owned() },
        FilterSetting::DefaultValue { metric: metric(), value: Some(0.0) },
        FilterSetting::NoDimensions { metric: metric() },
    ];
    let command = one(&wishes.map(set_filter), &snapshot);
    assert_eq!(
        text(&command, "--metric-transformations"),
        "[{\"metricName\":\"SecretIsAccessed\",\"metricNamespace\":\"SecurityMetrics\",\
         \"metricValue\":\"1\",\"defaultValue\":0,\"unit\":\"Count\"}]"
    );
    let zero = FilterSetting::DefaultValue { metric: metric(), value: Some(0.0) };
    assert_eq!(
        by_hand(&[set_filter(zero)], &snapshot),
        "A metric has either a defaultValue or dimensions, and metric SecretIsAccessed of filter \
         secret-read has the dimensions User: choose by hand which of them stays, then set \
         defaultValue 0."
    );
    let other = FilterSetting::DefaultValue { metric: "Other".to_owned(), value: None };
    by_hand(&[set_filter(other)], &snapshot);
}

#[test]
fn what_a_metric_filter_has_too_much_is_taken_away_and_the_rest_stays() {
    let snapshot = changed(
        r#"
[targets."123456789012/eu-west-1".metric_filters.seen.audit-trail.secret-read]
applyOnTransformedLogs = true
fieldSelectionCriteria = '@aws.region = "us-east-1"'
emitSystemFieldDimensions = ["@aws.account"]
[[targets."123456789012/eu-west-1".metric_filters.seen.audit-trail.secret-read.metricTransformations]]
metricName = "SecretIsAccessed"
metricNamespace = "SecurityMetrics"
metricValue = "1"
unit = "Count"
"#,
    );
    let filter = |snapshot: &Snapshot| {
        let filters = snapshot.at(&here()).metric_filters.seen().unwrap();
        filters["audit-trail"]["secret-read"].clone()
    };
    let before = filter(&snapshot);
    let without = |set: FilterSetting, option: &str| {
        let [step] = &commands(&[set_filter(set)], &snapshot)[..] else { panic!() };
        let [write] = &step.writes[..] else { panic!("{step:?}") };
        let all = ["--apply-on-transformed-logs", "--field-selection-criteria"];
        for other in all.into_iter().chain(["--emit-system-field-dimensions"]) {
            let is_there = write.command().words().iter().any(|word| word == other);
            assert_eq!(is_there, other != option, "{other}: {}", write.command());
        }
        let mut after = snapshot.clone();
        write.apply_to(&mut after);
        let Undo { writes, remnant } = write.undo(&snapshot);
        assert_eq!(remnant, None);
        let put = filter(&after);
        writes[0].apply_to(&mut after);
        assert_eq!(filter(&after), before);
        (step.says.clone(), put)
    };
    let (says, put) =
        without(FilterSetting::NoSystemFieldDimensions, "--emit-system-field-dimensions");
    assert_eq!(
        says,
        "Sets no emitSystemFieldDimensions of metric filter secret-read; the rest of it stays."
    );
    let expected = MetricFilter { emit_system_field_dimensions: Vec::new(), ..before.clone() };
    assert_eq!(put, expected);
    let (_, put) = without(FilterSetting::NoFieldSelection, "--field-selection-criteria");
    assert_eq!(put, MetricFilter { field_selection_criteria: None, ..before.clone() });
    let (says, put) = without(FilterSetting::EventsAsTheyCame, "--apply-on-transformed-logs");
    assert_eq!(put, MetricFilter { apply_on_transformed_logs: false, ..before.clone() });
    assert_eq!(
        says,
        "Sets applyOnTransformedLogs false of metric filter secret-read; the rest of it stays."
    );
}

/// The account with a rule that has these targets.
fn with_rule(targets: &str, more: &str) -> Snapshot {
    changed(&format!(
        r#"
[targets."123456789012/eu-west-1".event_rules.seen.reads]
Name = "reads"
Arn = "arn:aws:events:eu-west-1:123456789012:rule/reads"
EventPattern = '{{"source":["aws.secretsmanager"]}}'
State = "ENABLED"
targets = {targets}
{more}
"#
    ))
}

#[test]
fn a_rule_gets_one_more_target_and_the_others_stay() {
    let add = |topic: Option<&str>| Intent::AddRuleTarget {
        target: here(),
        rule: "reads".to_owned(),
        topic: topic.map(str::to_owned),
    };
    let queue = |id: &str| format!(r#"{id} = {{ Arn = "arn:aws:sqs:eu-west-1:123456789012:q" }}"#);
    let snapshot = with_rule(&format!("{{ seen = {{ {} }} }}", queue("secmon")), "");
    let [step] = &commands(&[add(Some(TOPIC))], &snapshot)[..] else { panic!() };
    assert_eq!(
        step.commands[0].to_string(),
        format!(
            "aws events put-targets --region eu-west-1 --rule reads --targets \
             '[{{\"Id\":\"secmon-2\",\"Arn\":\"{TOPIC}\"}}]'"
        )
    );
    assert_eq!(step.needs, Vec::<String>::new());
    let mut after = snapshot.clone();
    step.writes[0].apply_to(&mut after);
    let targets = |snapshot: &Snapshot| {
        let rules = snapshot.at(&here()).event_rules.seen().unwrap();
        rules["reads"].targets.seen().unwrap().clone()
    };
    assert_eq!(targets(&after).keys().collect::<Vec<_>>(), ["secmon", "secmon-2"]);
    assert_eq!(targets(&after)["secmon-2"].arn, TOPIC);
    let write = step.writes[0].clone();
    let change = Change::of(write, step.says.clone(), &snapshot, &after).unwrap();
    assert_eq!(change.resource.to_string(), "target secmon-2 of event rule reads");
    assert_eq!(change.before, Observed::Absent);
    assert_eq!(change.after, Observed::Seen(json!({ "Arn": TOPIC })));
    assert_eq!(change.asks, [Consent::Mail].into());
    let [back] = &change.undo.writes[..] else { panic!("{change:?}") };
    assert_eq!(
        back.command().to_string(),
        "aws events remove-targets --region eu-west-1 --rule reads --ids secmon-2"
    );
    back.apply_to(&mut after);
    assert_eq!(targets(&after), targets(&snapshot));

    let steps = commands(&[add(None)], &snapshot);
    assert_eq!(steps[0].needs, ["TOPIC_ARN: the topic to notify"]);
    let five: Vec<String> = ["a", "b", "c", "d", "e"].into_iter().map(queue).collect();
    let full = with_rule(&format!("{{ seen = {{ {} }} }}", five.join(", ")), "");
    assert!(by_hand(&[add(Some(TOPIC))], &full).starts_with("Event rule reads has 5 targets,"));
    let managed = with_rule("{ seen = {} }", "ManagedBy = \"config.amazonaws.com\"");
    assert!(by_hand(&[add(Some(TOPIC))], &managed).contains("managed by config.amazonaws.com"));
    for hidden in [with_rule("\"denied: events:ListTargetsByRule\"", ""), Snapshot::healthy()] {
        assert!(by_hand(&[add(Some(TOPIC))], &hidden).contains("were not read"));
    }
    // What takes the place of a target that was not seen whole is not taken back.
    let over = Write::PutTargets {
        target: here(),
        rule: "reads".to_owned(),
        id: "secmon".to_owned(),
        arn: TOPIC.to_owned(),
    };
    assert!(over.undo(&snapshot).remnant.unwrap().contains("not brought back"));
}

#[test]
fn a_new_filter_feeds_the_metric_that_the_alarm_of_the_plan_watches() {
    let new = |set| Intent::SetMetricFilter {
        target: here(),
        log_group: "other".to_owned(),
        filter: "reads".to_owned(),
        set,
    };
    let pattern = || new(FilterSetting::Pattern("{ $.a = 1 }".to_owned()));
    let default =
        FilterSetting::DefaultValue { metric: "SecretIsAccessed".to_owned(), value: Some(0.0) };
    let metric = |snapshot: &Snapshot, intents: &[Intent]| {
        let steps = commands(intents, snapshot);
        let value = parsed(&steps[0].commands[0], "--metric-transformations");
        format!(
            "{} {}",
            value[0]["metricNamespace"].as_str().unwrap(),
            value[0]["metricName"].as_str().unwrap()
        )
    };
    let alarm = set_alarm(AlarmSetting::Metric { namespace: "N".to_owned(), name: "M".to_owned() });
    let snapshot = changed(&format!("{ALARMS}.MetricAlarms.secret-read]\nNamespace = \"Mine\""));
    assert_eq!(metric(&snapshot, &[pattern(), alarm]), "N M");
    assert_eq!(metric(&snapshot, &[pattern(), new(default)]), "Mine SecretIsAccessed");
    assert_eq!(metric(&snapshot, &[pattern()]), "SecurityMetrics reads");
}

fn widened(selectors: Value) -> (Value, bool) {
    let mut snapshot = Snapshot::healthy();
    let trail = snapshot.targets.get_mut(&here()).unwrap().trail_mut(&arn(TRAIL)).unwrap();
    trail.selectors = Observed::Seen(serde_json::from_value(selectors).unwrap());
    let command = one(&[management()], &snapshot);
    let (name, option) = match option(&command, "--event-selectors") {
        Some(_) => ("EventSelectors", "--event-selectors"),
        None => ("AdvancedEventSelectors", "--advanced-event-selectors"),
    };
    let sent = parsed(&command, option);
    let selectors: EventSelectors = serde_json::from_value(json!({ name: sent })).unwrap();
    let event = RecordedEvent::secret_read("GetSecretValue");
    let recorded = matches!(records(&selectors, &event), Recorded::Yes { .. });
    (sent, recorded)
}

#[test]
fn selectors_of_data_events_stay_when_management_events_are_recorded() {
    let data = json!({"ReadWriteType": "WriteOnly", "IncludeManagementEvents": true,
        "ExcludeManagementEventSources": ["kms.amazonaws.com"],
        "DataResources": [{"Type": "AWS::S3::Object", "Values": ["arn:aws:s3:::b/"]}]});
    let all = json!({"ReadWriteType": "All", "IncludeManagementEvents": true});
    let without_kms = json!({"ReadWriteType": "All", "IncludeManagementEvents": true,
        "ExcludeManagementEventSources": ["kms.amazonaws.com"]});
    let mut widest = data.clone();
    widest["ReadWriteType"] = json!("All");
    let cases = [
        (json!({"EventSelectors": [{"ReadWriteType": "WriteOnly"}]}), json!([all])),
        (json!({"EventSelectors": [{"IncludeManagementEvents": false}, data]}), json!([all, data])),
        (json!({"EventSelectors": [data]}), json!([without_kms, data])),
        (
            json!({"EventSelectors": [data, data, data, data, data]}),
            json!([widest, data, data, data, data]),
        ),
        (json!({}), json!([all])),
    ];
    for (before, after) in cases {
        assert_eq!(widened(before.clone()), (after, true), "{before}");
    }
}

#[test]
fn advanced_selectors_stay_and_the_one_of_management_events_is_widened() {
    let data = json!({"Name": "d", "FieldSelectors": [
        {"Field": "eventCategory", "Equals": ["Data"]},
        {"Field": "resources.type", "Equals": ["AWS::S3::Object"]}]});
    let management = json!({"Name": "Management events", "FieldSelectors": [
        {"Field": "eventCategory", "Equals": ["Management"]}]});
    let narrow = json!({"Name": "m", "FieldSelectors": [
        {"Field": "eventCategory", "Equals": ["Management"]},
        {"Field": "readOnly", "Equals": ["false"]},
        {"Field": "eventSource", "NotEquals": ["kms.amazonaws.com", "secretsmanager.amazonaws.com"]}]});
    let wide = json!({"Name": "m", "FieldSelectors": [
        {"Field": "eventCategory", "Equals": ["Management"]},
        {"Field": "eventSource", "NotEquals": ["kms.amazonaws.com"]}]});
    let only = json!({"Name": "Management events", "FieldSelectors": [
        {"Field": "eventCategory", "Equals": ["Management"]},
        {"Field": "eventSource", "Equals": ["iam.amazonaws.com"]}]});
    for (before, after) in [
        (json!([data]), json!([data, management])),
        (json!([data, narrow]), json!([data, wide])),
        (json!([only, data]), json!([management, data])),
    ] {
        let selectors = json!({"AdvancedEventSelectors": before});
        assert_eq!(widened(selectors), (after, true), "{before}");
    }
}

#[test]
fn a_trail_is_updated_once_with_group_and_role_together() {
    let regions =
        Intent::RecordAllRegions { trail: arn(TRAIL), home_region: "eu-west-1".to_owned() };
    let snapshot = changed(&format!(
        "[targets.\"123456789012/eu-west-1\".trails.seen.\"{TRAIL}\"]\n\
         IncludeGlobalServiceEvents = false"
    ));
    let command = one(&[regions, deliver(Some(ROLE))], &snapshot);
    assert_eq!(
        command.to_string(),
        format!(
            "aws cloudtrail update-trail --region eu-west-1 --name {TRAIL} --is-multi-region-trail \
             --include-global-service-events --cloud-watch-logs-log-group-arn \
             'arn:aws:logs:eu-west-1:123456789012:log-group:audit-trail:*' \
             --cloud-watch-logs-role-arn {ROLE}"
        )
    );
}

#[test]
fn a_missing_delivery_role_is_made_first_with_no_more_than_it_needs() {
    let steps = commands(&[deliver(None)], &Snapshot::healthy());
    let [create, permit, update] = &steps[0].commands[..] else { panic!("{steps:?}") };
    let name = "CloudTrailRoleForCloudWatchLogs_audit-trail";
    assert_eq!(text(create, "--role-name"), name);
    assert_eq!(text(permit, "--role-name"), name);
    assert_eq!(
        parsed(permit, "--policy-document")["Statement"][0]["Resource"],
        json!(["arn:aws:logs:eu-west-1:123456789012:log-group:audit-trail:log-stream:\
                123456789012_CloudTrail_eu-west-1*"])
    );
    assert_eq!(
        text(update, "--cloud-watch-logs-role-arn"),
        format!("arn:aws:iam::123456789012:role/{name}")
    );
    assert!(steps[0].says.contains("made first"), "{}", steps[0].says);
    let organization = changed(&format!(
        "[targets.\"123456789012/eu-west-1\".trails.seen.\"{TRAIL}\"]\nIsOrganizationTrail = true"
    ));
    let steps = commands(&[deliver(None)], &organization);
    assert_eq!(steps[0].needs.len(), 1);
    assert!(steps[0].commands[1].to_string().contains("log-stream:ORGANIZATION_ID_*"));
    let organization = changed(&format!(
        "[targets.\"123456789012/eu-west-1\"]\norganization.seen.Id = \"o-a1b2c3d4e5\"\n\
         [targets.\"123456789012/eu-west-1\".trails.seen.\"{TRAIL}\"]\nIsOrganizationTrail = true"
    ));
    let steps = commands(&[deliver(None)], &organization);
    assert_eq!(steps[0].needs, [""; 0]);
    assert!(steps[0].commands[1].to_string().contains("log-stream:o-a1b2c3d4e5_*"));
}

#[test]
fn a_new_trail_has_a_bucket_that_admits_it_and_is_started() {
    let steps = commands(&[Intent::CreateTrail { target: here() }], &Snapshot::healthy());
    let operations: Vec<_> = steps[0].commands.iter().map(|c| c.words()[2].clone()).collect();
    assert_eq!(operations, ["create-bucket", "put-bucket-policy", "create-trail", "start-logging"]);
    let bucket = text(&steps[0].commands[2], "--s3-bucket-name");
    let name = text(&steps[0].commands[2], "--name");
    let policy = text(&steps[0].commands[1], "--policy");
    let policy = crate::policy::PolicyDocument::parse(&policy).unwrap();
    let source = format!("arn:aws:cloudtrail:eu-west-1:123456789012:trail/{name}");
    let request = crate::policy::Request::new(
        crate::policy::Principal::service("cloudtrail.amazonaws.com"),
        "s3:PutObject",
        format!("arn:aws:s3:::{bucket}/AWSLogs/123456789012/CloudTrail/x.json.gz"),
    )
    .with("aws:SourceArn", source)
    .with("s3:x-amz-acl", "bucket-owner-full-control");
    assert!(crate::policy::evaluate(&[("", &policy)], &request).is_allowed());
    assert_eq!(
        text(&steps[0].commands[0], "--create-bucket-configuration"),
        "LocationConstraint=eu-west-1"
    );
    let virginia = Target::try_from("123456789012/us-east-1".to_owned()).unwrap();
    let steps = commands(&[Intent::CreateTrail { target: virginia }], &Snapshot::healthy());
    assert_eq!(option(&steps[0].commands[0], "--create-bucket-configuration"), None);
    let unknown = Target::try_from("unknown/eu-west-1".to_owned()).unwrap();
    let steps = commands(&[Intent::CreateTrail { target: unknown }], &Snapshot::healthy());
    assert_eq!(steps[0].needs, ["ACCOUNT_ID: the twelve digits of the account"]);
}

/// Wishes about documents, with the option that holds the new document.
fn document_wishes() -> [(Intent, &'static str); 4] {
    let topic = Intent::AllowInTopicPolicy { topic: arn(TOPIC), statement: statement() };
    let bucket = Intent::AllowInBucketPolicy {
        target: here(),
        bucket: BUCKET.to_owned(),
        statement: statement(),
    };
    let trust = Intent::TrustService { role: arn(ROLE), service: "s.amazonaws.com".to_owned() };
    [
        (topic, "--attribute-value"),
        (bucket, "--policy"),
        (allow_key(KEY), "--policy"),
        (trust, "--policy-document"),
    ]
}

#[test]
fn a_statement_is_added_once_and_the_others_stay() {
    let snapshot = Snapshot::healthy();
    let before = [1, 2, 2, 1];
    for ((intent, name), before) in document_wishes().into_iter().zip(before) {
        let command = one(&[intent.clone(), intent], &snapshot);
        let document = parsed(&command, name);
        let statements = document["Statement"].as_array().unwrap();
        assert_eq!(statements.len(), before + 1, "{command}");
        assert!(command.to_string().contains(" '{\""), "{command}");
    }
    let topic = one(&[document_wishes()[0].0.clone()], &snapshot);
    let attributes = snapshot.targets[&here()].topics[&arn(TOPIC)].attributes.seen().unwrap();
    let mut expected: Value = serde_json::from_str(attributes.policy.as_deref().unwrap()).unwrap();
    expected["Statement"].as_array_mut().unwrap().push(statement());
    assert_eq!(parsed(&topic, "--attribute-value"), expected);
}

#[test]
fn a_document_that_was_not_seen_is_never_written() {
    let mut snapshot = Snapshot::healthy();
    let denied = || Observed::Denied { action: "x:Read".to_owned() };
    let seen = snapshot.targets.get_mut(&here()).unwrap();
    seen.topics.get_mut(&arn(TOPIC)).unwrap().attributes = denied().map(|()| unreachable!());
    seen.buckets.get_mut(BUCKET).unwrap().policy = denied().map(|()| unreachable!());
    seen.keys.get_mut(KEY).unwrap().policy = denied().map(|()| unreachable!());
    let role = seen.roles.get_mut(&arn(ROLE)).unwrap();
    role.role = denied().map(|()| unreachable!());
    role.inline_policies = denied().map(|()| unreachable!());
    seen.alarms = denied().map(|()| unreachable!());
    seen.metric_filters = denied().map(|()| unreachable!());
    seen.trail_mut(&arn(TRAIL)).unwrap().selectors = denied().map(|()| unreachable!());
    let mut wishes = document_wishes().map(|(intent, _)| intent).to_vec();
    wishes.push(Intent::AllowRole { role: arn(ROLE), statement: statement() });
    for wish in &wishes {
        let says = by_hand(std::slice::from_ref(wish), &snapshot);
        assert!(says.contains("was not read: x:Read was denied;"), "{says}");
        assert!(says.contains("\"Effect\":\"Allow\""), "{says}");
    }
    wishes.push(set_alarm(AlarmSetting::Period(60)));
    wishes.push(set_filter(FilterSetting::Pattern("{ $.a = 1 }".to_owned())));
    wishes.push(management());
    let mut nothing = Snapshot::healthy();
    nothing.targets.clear();
    for wish in wishes {
        by_hand(std::slice::from_ref(&wish), &snapshot);
        by_hand(&[wish], &nothing);
    }
}

#[test]
fn a_damaged_document_is_never_written() {
    let mut snapshot = Snapshot::healthy();
    let seen = snapshot.targets.get_mut(&here()).unwrap();
    seen.keys.get_mut(KEY).unwrap().policy = Observed::Seen("{".to_owned());
    assert!(by_hand(&[allow_key(KEY)], &snapshot).starts_with("No statement can be added"));
}

#[test]
fn a_bucket_without_a_policy_gets_one() {
    let mut snapshot = Snapshot::healthy();
    let seen = snapshot.targets.get_mut(&here()).unwrap();
    seen.buckets.get_mut(BUCKET).unwrap().policy = Observed::Absent;
    let command = one(&[document_wishes()[1].0.clone()], &snapshot);
    let expected = json!({"Version": "2012-10-17", "Statement": [statement()]});
    assert_eq!(parsed(&command, "--policy"), expected);
}

/// S3 refuses calls that are sent to another Region than the bucket's.
#[test]
fn a_bucket_is_written_in_its_own_region() {
    let mut snapshot = Snapshot::healthy();
    let bucket = snapshot.targets.get_mut(&here()).unwrap().buckets.get_mut(BUCKET).unwrap();
    bucket.region = Some("eu-central-1".parse().unwrap());
    let before = bucket.policy.clone();
    let [step] = &commands(&[document_wishes()[1].0.clone()], &snapshot)[..] else { panic!() };
    let [write] = &step.writes[..] else { panic!("{step:?}") };
    assert_eq!(text(&write.command(), "--region"), "eu-central-1");
    assert_eq!(write.target().unwrap().to_string(), "123456789012/eu-central-1");

    let mut after = snapshot.clone();
    write.apply_to(&mut after);
    let targets: Vec<&Target> = after.targets.keys().collect();
    assert_eq!(targets, [&here()], "it is known where the trail is, as before");
    let policy = after.at(&here()).buckets[BUCKET].policy.seen().unwrap();
    assert!(policy.contains("\"Added\""), "{policy}");
    let change = Change::of(write.clone(), step.says.clone(), &snapshot, &after).unwrap();
    assert_eq!(change.resource.target(), &write.target().unwrap());
    assert_ne!(change.before, change.after);
    let [back] = &change.undo.writes[..] else { panic!("{change:?}") };
    assert_eq!(text(&back.command(), "--region"), "eu-central-1");
    back.apply_to(&mut after);
    assert_eq!(after.at(&here()).buckets[BUCKET].policy, before);
}

#[test]
fn a_key_is_written_under_its_arn_whatever_it_was_called() {
    let mut snapshot = Snapshot::healthy();
    let keys = &mut snapshot.targets.get_mut(&here()).unwrap().keys;
    let key = keys.remove(KEY).unwrap();
    keys.insert("alias/alerts".to_owned(), key.clone());
    keys.insert("0f1e2d3c-4b5a-4697-8879-6a5b4c3d2e1f".to_owned(), key);
    let command = one(
        &[allow_key("alias/alerts"), allow_key("0f1e2d3c-4b5a-4697-8879-6a5b4c3d2e1f")],
        &snapshot,
    );
    assert_eq!(text(&command, "--key-id"), KEY);
    assert_eq!(text(&command, "--policy-name"), "default");
    let enable = Intent::EnableKey { target: here(), key: "alias/alerts".to_owned() };
    assert_eq!(text(&one(&[enable], &snapshot), "--key-id"), KEY);
    let unknown = Intent::EnableKey { target: here(), key: "alias/unknown".to_owned() };
    by_hand(&[unknown], &snapshot);
    let keys = &mut snapshot.targets.get_mut(&here()).unwrap().keys;
    let alias = keys.get_mut("alias/alerts").unwrap();
    alias.metadata.seen_mut().unwrap().key_manager = Some("AWS".to_owned());
    keys.retain(|name, _| name == "alias/alerts");
    assert!(by_hand(&[allow_key("alias/alerts")], &snapshot).contains("managed by AWS"));
}

#[test]
fn a_role_policy_has_a_name_of_its_own() {
    let allow = Intent::AllowRole { role: arn(ROLE), statement: statement() };
    let command = one(&[allow.clone(), allow.clone()], &Snapshot::healthy());
    assert_eq!(text(&command, "--policy-name"), "secmon-delivery");
    let expected = json!({"Version": "2012-10-17", "Statement": [statement()]});
    assert_eq!(parsed(&command, "--policy-document"), expected);
    let taken = changed(&format!(
        "[targets.\"123456789012/eu-west-1\".roles.\"{ROLE}\".inline_policies.seen]\n\
         Secmon-Delivery = \"denied: x\"\nsecmon-delivery-2 = \"denied: x\""
    ));
    assert_eq!(text(&one(&[allow], &taken), "--policy-name"), "secmon-delivery-3");
}

#[test]
fn topics_and_subscriptions() {
    let snapshot = Snapshot::healthy();
    let line = |intent| one(&[intent], &snapshot).to_string();
    assert_eq!(
        line(Intent::RemoveTopicKey { topic: arn(TOPIC) }),
        format!(
            "aws sns set-topic-attributes --region eu-west-1 --topic-arn {TOPIC} \
             --attribute-name KmsMasterKeyId --attribute-value ''"
        )
    );
    let subscription = format!("{TOPIC}:5d7c6e1a-0b2f-4f0e-9a53-2f1f6a1d9c11");
    assert_eq!(
        line(Intent::RemoveFilterPolicy { topic: arn(TOPIC), subscription: arn(&subscription) }),
        format!(
            "aws sns set-subscription-attributes --region eu-west-1 \
             --subscription-arn {subscription} --attribute-name FilterPolicy --attribute-value '{{}}'"
        )
    );
    let subscribe = |endpoint: Option<&str>| Intent::Subscribe {
        topic: arn(TOPIC),
        protocol: "email".to_owned(),
        endpoint: endpoint.map(str::to_owned),
    };
    let steps = commands(&[subscribe(None)], &snapshot);
    assert_eq!(steps[0].needs, ["EMAIL_ADDRESS: the address to be told"]);
    assert_eq!(text(&steps[0].commands[0], "--notification-endpoint"), "EMAIL_ADDRESS");
    let steps = commands(&[subscribe(Some("o'neill@example.org"))], &snapshot);
    assert_eq!(steps[0].needs, Vec::<String>::new());
    assert_eq!(text(&steps[0].commands[0], "--notification-endpoint"), "o'neill@example.org");
}

#[test]
fn another_account_is_named() {
    let topic = arn("arn:aws:sns:us-east-1:210987654321:security-alerts");
    let steps = commands(&[Intent::CreateTopic { topic }], &Snapshot::healthy());
    assert!(steps[0].says.ends_with("Use credentials of account 210987654321."), "{steps:?}");
    assert_eq!(text(&steps[0].commands[0], "--region"), "us-east-1");
    let steps = commands(&[Intent::CreateTopic { topic: arn(TOPIC) }], &Snapshot::healthy());
    assert!(!steps[0].says.contains("credentials"), "{steps:?}");
}

#[test]
fn values_that_would_be_mangled_go_into_json() {
    for (name, json) in [
        ("bell\u{7}", r#"{"logGroupName":"bell\u0007"}"#),
        ("escape\u{1b}[2J", r#"{"logGroupName":"escape\u001b[2J"}"#),
        ("two\nlines", r#"{"logGroupName":"two\nlines"}"#),
        ("c1\u{9b}x", r#"{"logGroupName":"c1\u009bx"}"#),
        ("\u{202e}x", r#"{"logGroupName":"\u202ex"}"#),
        ("file:///etc/passwd", r#"{"logGroupName":"file:///etc/passwd"}"#),
        ("fileb://x", r#"{"logGroupName":"fileb://x"}"#),
        ("https://x", r#"{"logGroupName":"https://x"}"#),
    ] {
        let intent = Intent::CreateLogGroup { target: here(), log_group: name.to_owned() };
        let command = one(&[intent], &Snapshot::healthy());
        let expected = format!(
            "aws logs create-log-group --region eu-west-1 --cli-input-json {}",
            command::quote(json)
        );
        assert_eq!(command.to_string(), expected);
        let sent = parsed(&command, "--cli-input-json");
        assert_eq!(sent, json!({ "logGroupName": name }));
    }
    let description = format!("{ALARMS}.MetricAlarms.secret-read]\nAlarmDescription = 'https://x'");
    let command = one(&[set_alarm(AlarmSetting::Period(60))], &changed(&description));
    assert_eq!(parsed(&command, "--cli-input-json"), json!({"AlarmDescription": "https://x"}));
    let subscribe = |endpoint: &str| Intent::Subscribe {
        topic: arn(TOPIC),
        protocol: "https".to_owned(),
        endpoint: Some(endpoint.to_owned()),
    };
    let command = one(&[subscribe("https://x")], &Snapshot::healthy());
    assert_eq!(text(&command, "--notification-endpoint"), "https://x");
    let command = one(&[subscribe("\n")], &Snapshot::healthy());
    assert_eq!(parsed(&command, "--cli-input-json"), json!({"Endpoint": "\n"}));
}

#[test]
fn nothing_in_a_list_is_mistaken_for_anything_else() {
    for name in ["file://x", "[x]", "--x", "a\nb", "{", ""] {
        let enable = Intent::EnableAlarmActions { target: here(), alarm: name.to_owned() };
        let command = one(&[enable], &Snapshot::healthy());
        assert_eq!(parsed(&command, "--alarm-names"), json!([name]));
    }
}

#[test]
fn a_region_that_is_none_makes_no_command() {
    let topic = arn("arn:aws:sns:$(id) x:123456789012:t");
    let says = by_hand(&[Intent::RemoveTopicKey { topic }], &Snapshot::healthy());
    assert_eq!(
        says,
        "No command can be shown, because an ARN names no Region. By hand: Takes the encryption \
         key off topic t."
    );
}

#[test]
fn wrapped_lines_break_between_options_and_read_the_same() {
    let command = one(&[set_alarm(AlarmSetting::Period(60))], &Snapshot::healthy());
    let wrapped = command.wrapped(80);
    assert_eq!(
        wrapped,
        "aws cloudwatch put-metric-alarm --region eu-west-1 --alarm-name secret-read \\\n    \
         --alarm-description 'A secret was read' \\\n    \
         --alarm-actions arn:aws:sns:eu-west-1:123456789012:security-alerts \\\n    \
         --namespace SecurityMetrics --metric-name SecretIsAccessed --statistic Sum \\\n    \
         --period 60 --evaluation-periods 1 --threshold 1 \\\n    \
         --comparison-operator GreaterThanOrEqualToThreshold \\\n    \
         --treat-missing-data notBreaching"
    );
    assert!(wrapped.lines().all(|line| line.chars().count() <= 80), "{wrapped}");
}

/// Words that hurt: quotes, expansions, continuations, options, JSON, other scripts.
fn hostile() -> impl Strategy<Value = String> {
    let pieces = prop::sample::select(vec![
        "'", "\"", "'\\''", "\\", "\\\n", "\n", "\t", "$", "$(id)", "`id`", "${HOME}", "!!", "*",
        "?", "[", "]", "{", "}", "~", "#", "&", "|", ";", "<", ">", "(", ")", " ", "-", "--", "=",
        "--name", "é", "秘密", "🔑", "a", "B", "0", "file://", "%", "^", ",", "@", "\u{202e}",
        "\u{1b}", "\u{7f}", "\r", "\0", "https://",
    ]);
    prop_oneof![prop::collection::vec(pieces, 0..8).prop_map(|pieces| pieces.concat()), "\\PC*",]
}

proptest! {
    #[test]
    fn a_shell_reads_back_every_word(name in hostile(), pattern in hostile(), more in hostile()) {
        let snapshot = Snapshot::healthy();
        let wishes = [
            Intent::SetMetricFilter {
                target: here(),
                log_group: more.clone(),
                filter: name.clone(),
                set: FilterSetting::Pattern(pattern.clone()),
            },
            Intent::SetAlarm {
                target: here(),
                alarm: name.clone(),
                set: AlarmSetting::Notify { topic: Some(more.clone()) },
            },
            Intent::SetAlarm {
                target: here(),
                alarm: name.clone(),
                set: AlarmSetting::Metric { namespace: more.clone(), name: pattern.clone() },
            },
            Intent::EnableAlarmActions { target: here(), alarm: more.clone() },
            Intent::Subscribe {
                topic: arn(TOPIC),
                protocol: "email".to_owned(),
                endpoint: Some(more.clone()),
            },
            Intent::AllowInTopicPolicy { topic: arn(TOPIC), statement: json!({"Sid": pattern}) },
        ];
        for step in commands(&wishes, &snapshot) {
            for command in &step.commands {
                let words = command.words();
                prop_assert!(!command.to_string().contains(|c: char| c.is_control()));
                prop_assert_eq!(shell_words::split(&command.to_string()), Ok(words.clone()));
                prop_assert_eq!(shell_words::split(&command.wrapped(60)), Ok(words.clone()));
                // Nothing that came from outside can be taken for an option.
                let known = ["--log-group-name", "--filter-name", "--alarm-name"];
                for (index, word) in words.iter().enumerate() {
                    if known.contains(&word.as_str()) {
                        prop_assert!(!words[index + 1].starts_with('-'), "{:?}", words);
                    }
                }
            }
        }
    }

    #[test]
    fn one_word_is_one_word(word in hostile()) {
        prop_assert_eq!(shell_words::split(&command::quote(&word)), Ok(vec![word]));
    }
}
