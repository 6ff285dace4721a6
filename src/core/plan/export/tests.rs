//! Plans in the words of other tools. `UPDATE=1` writes the files in `tests` anew.

use proptest::prelude::*;
use serde_json::{Value, json};

use super::terraform::hcl::quoted;
use super::*;
use crate::plan::{PLAN_VERSION, Tags, TrailSettings, Write};
use crate::report::Verdict;
use crate::selector::EventSelectors;
use crate::snapshot::{
    Arn, Bucket, Dimension, MetricAlarm, MetricFilter, MetricTransformation, Observed, Scenario,
    Snapshot, Target, Topic,
};

const TRAIL: &str = "arn:aws:cloudtrail:eu-west-1:123456789012:trail/management-events";
const AUDIT_TRAIL: &str = "arn:aws:cloudtrail:eu-west-1:123456789012:trail/audit-trail";
const ROLE: &str =
    "arn:aws:iam::123456789012:role/CloudTrailRoleForCloudWatchLogs_management-events";
const GROUP: &str = "arn:aws:logs:eu-west-1:123456789012:log-group:/secmon/trail:*";
const TOPIC: &str = "arn:aws:sns:eu-west-1:123456789012:secmon-alerts";
const ALERTS: &str = "arn:aws:sns:eu-west-1:123456789012:security-alerts";
const BUCKET: &str = "cloudtrail-logs-123456789012-eu-west-1";
const KEY: &str = "arn:aws:kms:eu-west-1:123456789012:key/0f1e2d3c-4b5a-4697-8879-6a5b4c3d2e1f";

fn arn(text: &str) -> Arn {
    text.parse().unwrap()
}

fn at(region: &str) -> Target {
    Target::try_from(format!("123456789012/{region}")).unwrap()
}

fn here() -> Target {
    at("eu-west-1")
}

fn tags() -> Tags {
    Tags::from([("made-by".to_owned(), "secmon".to_owned())])
}

/// The plan of these calls, one after the other.
fn plan(snapshot: &Snapshot, writes: Vec<(&str, Write)>) -> Plan {
    let (mut now, mut changes) = (snapshot.clone(), Vec::new());
    for (says, write) in writes {
        let mut after = now.clone();
        write.apply_to(&mut after);
        changes.push(Change::of(write, says.to_owned(), &now, &after).unwrap());
        now = after;
    }
    Plan {
        version: PLAN_VERSION,
        account: "123456789012".parse().unwrap(),
        taken_at: snapshot.taken_at,
        asked: snapshot.asked.clone(),
        before: vec![Verdict::No],
        after: vec![Verdict::Yes],
        changes,
        by_hand: vec!["Confirm the subscription in the mail to soc@example.org.".to_owned()],
    }
}

fn changed(scenario: &str) -> Snapshot {
    Scenario::from_toml(scenario).unwrap().apply(&Snapshot::healthy()).unwrap()
}

/// An account without any of the chain.
fn empty() -> Snapshot {
    let mut snapshot = Snapshot::healthy();
    let seen = snapshot.targets.get_mut(&here()).unwrap();
    seen.trails = Observed::Seen(Default::default());
    seen.log_groups = Observed::Seen(Default::default());
    seen.metric_filters = Observed::Seen(Default::default());
    seen.alarms = Observed::Seen(Default::default());
    let reason = "GetBucketPolicy: NoSuchBucket: The specified bucket does not exist".to_owned();
    let none = Bucket::with_policy(Observed::Failed { reason });
    seen.buckets = [(BUCKET.to_owned(), none)].into();
    seen.roles.clear();
    let none = Topic {
        attributes: Observed::Absent,
        subscriptions: Observed::Absent,
        counters: Default::default(),
    };
    seen.topics = [(arn(TOPIC), none)].into();
    snapshot
}

fn statement(resource: &str) -> String {
    json!({"Version": "2012-10-17", "Statement": [{
        "Sid": "Write",
        "Effect": "Allow",
        "Principal": {"Service": "cloudtrail.amazonaws.com"},
        "Action": ["s3:PutObject"],
        "Resource": resource,
        "Condition": {"StringEquals": {"aws:PrincipalTag/who": "${aws:PrincipalTag/who}"}},
    }]})
    .to_string()
}

fn filter() -> MetricFilter {
    MetricFilter {
        filter_name: "secret-read".to_owned(),
        log_group_name: "/secmon/trail".to_owned(),
        filter_pattern: "{ ($.eventName = \"GetSecretValue\") }".to_owned(),
        metric_transformations: vec![MetricTransformation {
            metric_name: "SecretIsAccessed".to_owned(),
            metric_namespace: "SecurityMetrics".to_owned(),
            metric_value: "1".to_owned(),
            default_value: Some(0.0),
            dimensions: Default::default(),
            unit: None,
        }],
        creation_time: None,
        apply_on_transformed_logs: false,
        field_selection_criteria: None,
        emit_system_field_dimensions: Vec::new(),
    }
}

/// The alarm of the healthy account.
fn alarm() -> MetricAlarm {
    let snapshot = Snapshot::healthy();
    let alarms = snapshot.at(&here()).alarms.seen().unwrap();
    alarms.metric_alarms["secret-read"].clone()
}

fn chain() -> Vec<(&'static str, Write)> {
    let trust = json!({"Version": "2012-10-17", "Statement": [{
        "Effect": "Allow",
        "Principal": {"Service": "cloudtrail.amazonaws.com"},
        "Action": "sts:AssumeRole",
    }]});
    let write_group = json!({"Version": "2012-10-17", "Statement": [{
        "Effect": "Allow",
        "Action": ["logs:CreateLogStream", "logs:PutLogEvents"],
        "Resource": ["arn:aws:logs:eu-west-1:123456789012:log-group:/secmon/trail:log-stream:*"],
    }]});
    let mut alarm = alarm();
    alarm.alarm_actions = vec![TOPIC.to_owned()];
    let (target, bucket) = (here(), BUCKET.to_owned());
    vec![
        (
            "Makes the bucket.",
            Write::CreateBucket { target: target.clone(), bucket: bucket.clone() },
        ),
        (
            "Keeps the bucket private.",
            Write::PutPublicAccessBlock { target: target.clone(), bucket: bucket.clone() },
        ),
        (
            "Encrypts the bucket.",
            Write::PutBucketEncryption { target: target.clone(), bucket: bucket.clone() },
        ),
        (
            "Lets log files expire.",
            Write::PutBucketLifecycleConfiguration {
                target: target.clone(),
                bucket: bucket.clone(),
                days: 365,
            },
        ),
        (
            "Lets CloudTrail write to the bucket.",
            Write::PutBucketPolicy {
                target: target.clone(),
                bucket: bucket.clone(),
                policy: statement(&format!("arn:aws:s3:::{BUCKET}/AWSLogs/123456789012/*")),
            },
        ),
        ("Makes the trail.", Write::CreateTrail { trail: arn(TRAIL), bucket, tags: tags() }),
        (
            "Starts the trail.",
            Write::StartLogging { trail: arn(TRAIL), home_region: "eu-west-1".to_owned() },
        ),
        (
            "Makes the log group.",
            Write::CreateLogGroup {
                target: target.clone(),
                log_group: "/secmon/trail".to_owned(),
                tags: tags(),
            },
        ),
        (
            "Keeps its events for a year.",
            Write::PutRetentionPolicy {
                target: target.clone(),
                log_group: "/secmon/trail".to_owned(),
                retention_in_days: 365,
            },
        ),
        (
            "Makes the role.",
            Write::CreateRole {
                role: arn(ROLE),
                trust: trust.to_string(),
                permissions_boundary: None,
                tags: tags(),
            },
        ),
        (
            "Lets the role write to the group.",
            Write::PutRolePolicy {
                role: arn(ROLE),
                policy: "write-log-group".to_owned(),
                document: write_group.to_string(),
            },
        ),
        (
            "Lets the trail deliver to the group.",
            Write::UpdateTrail {
                trail: arn(TRAIL),
                home_region: "eu-west-1".to_owned(),
                set: TrailSettings {
                    cloud_watch_logs_log_group_arn: Some(GROUP.to_owned()),
                    cloud_watch_logs_role_arn: Some(ROLE.to_owned()),
                    ..TrailSettings::default()
                },
            },
        ),
        ("Makes the filter.", Write::PutMetricFilter { target: target.clone(), filter: filter() }),
        ("Makes the topic.", Write::CreateTopic { topic: arn(TOPIC), tags: tags() }),
        (
            "Makes the alarm.",
            Write::PutMetricAlarm { target, alarm: Box::new(alarm), tags: tags() },
        ),
        (
            "Subscribes soc@example.org.",
            Write::Subscribe {
                topic: arn(TOPIC),
                protocol: "email".to_owned(),
                endpoint: "soc@example.org".to_owned(),
            },
        ),
    ]
}

const MATH: &str = r#"
[targets."123456789012/eu-west-1".alarms.seen.CompositeAlarms.any-read]
AlarmName = "any-read"
AlarmArn = "arn:aws:cloudwatch:eu-west-1:123456789012:alarm:any-read"
AlarmRule = "ALARM(\"secret-read\")"
ActionsEnabled = true
StateValue = "OK"
ActionsSuppressor = "maintenance"
ActionsSuppressorWaitPeriod = 10
ActionsSuppressorExtensionPeriod = 20
[targets."123456789012/eu-west-1".alarms.seen.MetricAlarms.math]
AlarmName = "math"
AlarmArn = "arn:aws:cloudwatch:eu-west-1:123456789012:alarm:math"
ActionsEnabled = false
StateValue = "OK"
EvaluationPeriods = 1
Threshold = 0.5
ComparisonOperator = "GreaterThanThreshold"
Metrics = [
  {Id = "e1", Expression = "FILL(m1, 0)", Label = "reads", ReturnData = true},
  {Id = "m1", ReturnData = false, MetricStat = {Period = 300, Stat = "Sum", Metric = {Namespace = "N", MetricName = "M", Dimensions = [{Name = "a", Value = "b"}]}}},
]
[targets."123456789012/eu-west-1".event_rules.seen.reads]
Name = "reads"
Arn = "arn:aws:events:eu-west-1:123456789012:rule/reads"
EventPattern = "{\"source\":[\"aws.secretsmanager\"]}"
State = "DISABLED"
targets = { seen = {} }
"#;

/// Changes of what is there: of each, a part.
fn changes(snapshot: &Snapshot) -> Vec<(&'static str, Write)> {
    let target = here();
    let seen = snapshot.at(&target);
    let mut statistic = alarm();
    statistic.statistic = Some("Maximum".to_owned());
    statistic.dimensions =
        vec![Dimension { name: "Where".to_owned(), value: "100 %{x} ${y}\n\"z\"\\".to_owned() }];
    let alarms = seen.alarms.seen().unwrap();
    let mut composite = alarms.composite_alarms["any-read"].clone();
    composite.alarm_actions = vec![ALERTS.to_owned()];
    let mut rule = seen.event_rules.seen().unwrap()["reads"].clone();
    rule.state = Some("ENABLED_WITH_ALL_CLOUDTRAIL_MANAGEMENT_EVENTS".to_owned());
    let selectors: EventSelectors = serde_json::from_value(json!({"AdvancedEventSelectors": [
        {"Name": "Management events", "FieldSelectors": [
            {"Field": "eventCategory", "Equals": ["Management"]},
            {"Field": "eventSource", "NotEquals": ["kms.amazonaws.com"]},
        ]},
    ]}))
    .unwrap();
    vec![
        (
            "Lets trail audit-trail deliver to the group.",
            Write::UpdateTrail {
                trail: arn(AUDIT_TRAIL),
                home_region: "eu-west-1".to_owned(),
                set: TrailSettings {
                    cloud_watch_logs_log_group_arn: Some(GROUP.to_owned()),
                    sns_topic_name: Some(ALERTS.to_owned()),
                    ..TrailSettings::default()
                },
            },
        ),
        (
            "Lets trail audit-trail record management events.",
            Write::PutEventSelectors {
                trail: arn(AUDIT_TRAIL),
                home_region: "eu-west-1".to_owned(),
                selectors,
            },
        ),
        (
            "Sets Statistic Maximum of alarm secret-read; the rest of it stays.",
            Write::PutMetricAlarm {
                target: target.clone(),
                alarm: Box::new(statistic),
                tags: Tags::new(),
            },
        ),
        (
            "Switches the actions of alarm math on.",
            Write::EnableAlarmActions { target: target.clone(), alarm: "math".to_owned() },
        ),
        (
            "Lets alarm any-read notify the topic.",
            Write::PutCompositeAlarm { target: target.clone(), alarm: Box::new(composite) },
        ),
        (
            "Lets CloudWatch publish to the topic.",
            Write::SetTopicAttributes {
                topic: arn(ALERTS),
                attribute: "Policy".to_owned(),
                value: statement(ALERTS),
            },
        ),
        (
            "Takes the encryption key off the topic.",
            Write::SetTopicAttributes {
                topic: arn(ALERTS),
                attribute: "KmsMasterKeyId".to_owned(),
                value: String::new(),
            },
        ),
        (
            "Lets CloudWatch use the key.",
            Write::PutKeyPolicy {
                target: target.clone(),
                key: KEY.to_owned(),
                policy: statement("*"),
            },
        ),
        ("Switches rule reads on.", Write::PutRule { target: target.clone(), rule }),
        (
            "Lets the rule notify the topic.",
            Write::PutTargets {
                target: target.clone(),
                rule: "reads".to_owned(),
                id: "secmon".to_owned(),
                arn: ALERTS.to_owned(),
            },
        ),
        (
            "Keeps the group's events for 90 days.",
            Write::PutRetentionPolicy {
                target: target.clone(),
                log_group: "audit-trail".to_owned(),
                retention_in_days: 90,
            },
        ),
        (
            "Takes the filter policy off the subscription.",
            Write::SetSubscriptionAttributes {
                topic: arn(ALERTS),
                subscription: arn(&format!("{ALERTS}:5d7c6e1a-0b2f-4f0e-9a53-2f1f6a1d9c11")),
                attribute: "FilterPolicy".to_owned(),
                value: "{}".to_owned(),
            },
        ),
        (
            "Lets CloudTrail assume the role.",
            Write::UpdateAssumeRolePolicy {
                role: arn("arn:aws:iam::123456789012:role/trail-to-logs"),
                document: statement("*"),
            },
        ),
        (
            "Shows the reads on a dashboard.",
            Write::PutDashboard {
                target: target.clone(),
                dashboard: "reads".to_owned(),
                body: r#"{"widgets":[{"type":"text","width":1.5e1,"properties":{}}]}"#.to_owned(),
            },
        ),
        (
            "Sets alarm secret-read to OK, until its next evaluation.",
            Write::SetAlarmState {
                target,
                alarm: "secret-read".to_owned(),
                state: "OK".to_owned(),
                reason: "reset".to_owned(),
            },
        ),
    ]
}

fn changes_plan() -> Plan {
    let snapshot = changed(MATH);
    let changes = changes(&snapshot);
    plan(&snapshot, changes)
}

#[expect(clippy::disallowed_methods, reason = "UPDATE=1 writes what the tests compare with")]
fn is_golden(name: &str, golden: &str, text: &str) {
    if std::env::var_os("UPDATE").is_some() && golden != text {
        let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR"));
        std::fs::write(path.join("plan/export/tests").join(name), text).unwrap();
        return;
    }
    assert_eq!(golden, text, "{name}: UPDATE=1 cargo test");
}

#[test]
fn a_whole_chain_is_a_script() {
    let script = export(&plan(&empty(), chain()), Export::Cli).unwrap();
    is_golden("chain.sh", include_str!("tests/chain.sh"), &script);
}

#[test]
fn a_whole_chain_is_a_terraform_configuration() {
    let text = export(&plan(&empty(), chain()), Export::Terraform).unwrap();
    is_golden("chain.tf", include_str!("tests/chain.tf"), &text);
}

#[test]
fn a_whole_chain_is_a_template() {
    let text = export(&plan(&empty(), chain()), Export::Cloudformation).unwrap();
    is_golden("chain.json", include_str!("tests/chain.json"), &text);
}

#[test]
fn what_was_there_is_imported_and_written_whole() {
    let text = export(&changes_plan(), Export::Terraform).unwrap();
    is_golden("changes.tf", include_str!("tests/changes.tf"), &text);
}

#[test]
fn a_stack_changes_nothing_that_was_there() {
    let snapshot = changed(MATH);
    let mut writes = changes(&snapshot);
    writes.retain(|(_, write)| !matches!(write, Write::PutDashboard { .. }));
    assert_eq!(
        export(&plan(&snapshot, writes.clone()), Export::Cloudformation),
        Err(ExportError::NothingForCloudformation),
    );
    let topic = arn(TOPIC);
    let made = writes.len();
    writes.push(("Makes the topic.", Write::CreateTopic { topic, tags: Tags::new() }));
    let template = template(&plan(&snapshot, writes));
    assert_eq!(
        template["Resources"],
        json!({"SecmonAlertsTopic": {
            "Type": "AWS::SNS::Topic",
            "Properties": {"TopicName": "secmon-alerts"},
        }})
    );
    let left = template["Metadata"]["secmon:NotInThisTemplate"].as_array().unwrap();
    assert_eq!(left.len(), made);
    assert_eq!(left[0]["Does"][0], "Lets trail audit-trail deliver to the group.");
    assert_eq!(left[0]["Why"], "it is there already, and a new stack cannot change it");
    let command = left[0]["Command"].as_str().unwrap();
    assert!(command.starts_with("aws cloudtrail update-trail --region eu-west-1 "), "{command}");
}

fn template(plan: &Plan) -> Value {
    serde_json::from_str(&export(plan, Export::Cloudformation).unwrap()).unwrap()
}

#[test]
fn a_region_has_a_provider_and_a_stack_has_one_region() {
    let topic = |name: &str, region: &str| {
        let topic = Arn::of_resource("sns", &at(region), name);
        ("Makes a topic.", Write::CreateTopic { topic, tags: Tags::new() })
    };
    let writes = vec![topic("a", "eu-west-1"), topic("a", "us-east-1"), topic("b", "us-east-1")];
    let plan = plan(&Snapshot::healthy(), writes);
    let text = export(&plan, Export::Terraform).unwrap();
    let provider = "provider \"aws\" {\n  alias               = \"us_east_1\"\n  region              \
                    = \"us-east-1\"\n  allowed_account_ids = [\"123456789012\"]\n}\n";
    assert!(text.contains(provider), "{text}");
    let block = "resource \"aws_sns_topic\" \"a-2\" {\n  provider = aws.us_east_1\n  name     = \
                 \"a\"\n}\n";
    assert!(text.contains(block), "{text}");
    let template = template(&plan);
    assert_eq!(template["Metadata"]["secmon:Region"], "us-east-1");
    let left = &template["Metadata"]["secmon:NotInThisTemplate"];
    assert_eq!(left[0]["Why"], "it is in eu-west-1, and a stack has one Region, here us-east-1");
    assert_eq!(left[1], Value::Null);
}

/// Terraform neither sets nor takes away what its provider does not know.
#[test]
fn fields_of_a_filter_that_terraform_does_not_know_are_told() {
    let group =
        "[targets.\"123456789012/eu-west-1\".metric_filters.seen.audit-trail.secret-read]\n";
    let exported = |field: &str| {
        let snapshot = changed(&format!("{group}{field}"));
        let filters = snapshot.at(&here()).metric_filters.seen().unwrap();
        let mut filter = filters["audit-trail"]["secret-read"].clone();
        filter.field_selection_criteria = None;
        filter.emit_system_field_dimensions.clear();
        filter.apply_on_transformed_logs = false;
        let write = ("Mends it.", Write::PutMetricFilter { target: here(), filter });
        let topic = ("x", Write::CreateTopic { topic: arn(TOPIC), tags: Tags::new() });
        export(&plan(&snapshot, vec![write, topic]), Export::Terraform).unwrap()
    };
    for field in [
        "fieldSelectionCriteria = '@aws.region = \"x\"'",
        "emitSystemFieldDimensions = [\"@aws.region\"]",
    ] {
        let text = exported(field);
        assert!(!text.contains("aws_cloudwatch_log_metric_filter"), "{text}");
        assert!(text.contains("# aws logs put-metric-filter"), "{text}");
    }
    let text = exported("applyOnTransformedLogs = true");
    let filter = "name                      = \"secret-read\"";
    assert!(text.contains(filter), "{text}");
    assert!(text.contains("apply_on_transformed_logs = false"), "{text}");
}

#[test]
fn a_bucket_is_written_with_the_provider_of_its_region() {
    let bucket = "audit-trail-logs-123456789012".to_owned();
    let policy = statement("*");
    let writes = vec![
        (
            "Starts the trail.",
            Write::StartLogging { trail: arn(AUDIT_TRAIL), home_region: "eu-west-1".to_owned() },
        ),
        ("Lets it write.", Write::PutBucketPolicy { target: at("eu-central-1"), bucket, policy }),
    ];
    let plan = plan(&changed(""), writes);
    let script = export(&plan, Export::Cli).unwrap();
    assert!(script.contains("aws s3api put-bucket-policy --region eu-central-1"), "{script}");
    let text = export(&plan, Export::Terraform).unwrap();
    let block = "resource \"aws_s3_bucket_policy\" \"audit_trail_logs_123456789012\" {\n  provider \
                 = aws.eu_central_1\n  bucket ";
    assert!(text.contains(block), "{text}");
    assert!(text.contains("alias               = \"eu_central_1\""), "{text}");
}

#[test]
fn what_the_plan_makes_is_not_imported() {
    let (topic, role) = (arn(TOPIC), arn(ROLE));
    let value = statement(TOPIC);
    let document = statement("*");
    let trust = document.clone();
    let mut writes = vec![
        ("x", Write::CreateTopic { topic: topic.clone(), tags: Tags::new() }),
        ("x", Write::SetTopicAttributes { topic, attribute: "Policy".to_owned(), value }),
        (
            "x",
            Write::CreateRole {
                role: role.clone(),
                trust: trust.clone(),
                permissions_boundary: None,
                tags: Tags::new(),
            },
        ),
        ("x", Write::UpdateAssumeRolePolicy { role: role.clone(), document: trust }),
        (
            "x",
            Write::PutRolePolicy { role, policy: "write".to_owned(), document: document.clone() },
        ),
    ];
    let text = export(&plan(&empty(), writes.clone()), Export::Terraform).unwrap();
    assert!(!text.contains("import {"), "{text}");
    assert!(!text.contains("lifecycle {"), "{text}");
    let policy = "write-log-group".to_owned();
    let role = arn("arn:aws:iam::123456789012:role/trail-to-logs");
    writes.push(("x", Write::PutRolePolicy { role, policy, document }));
    let text = export(&plan(&changed(""), writes.split_off(5)), Export::Terraform).unwrap();
    let import = "import {\n  to = aws_iam_role_policy.trail_to_logs_write_log_group\n  id = \
                  \"trail-to-logs:write-log-group\"\n}\n";
    assert!(text.contains(import), "{text}");
}

#[test]
fn another_accounts_change_is_told_and_not_run() {
    let topic = arn("arn:aws:sns:eu-west-1:210987654321:theirs");
    let mut writes = vec![("Makes their topic.", Write::CreateTopic { topic, tags: Tags::new() })];
    let theirs = plan(&Snapshot::healthy(), writes.clone());
    let script = export(&theirs, Export::Cli).unwrap();
    let said = "# Not run here, because it is in account 210987654321:\n# aws sns create-topic ";
    assert!(script.contains(said), "{script}");
    assert!(!script.contains("\naws sns"), "{script}");
    assert_eq!(export(&theirs, Export::Terraform), Err(ExportError::NothingForTerraform));
    writes.push(("Makes ours.", Write::CreateTopic { topic: arn(TOPIC), tags: Tags::new() }));
    let both = plan(&Snapshot::healthy(), writes);
    let text = export(&both, Export::Terraform).unwrap();
    assert!(text.contains("Terraform, because it is in account 210987654321."), "{text}");
    assert_eq!(template(&both)["Resources"].as_object().unwrap().len(), 1);
}

#[test]
fn a_comment_never_ends_early() {
    let says = "Makes x.\nrm -rf /\r\u{2028}\u{1b}[2J";
    let mut plan = plan(&empty(), vec![(says, chain().remove(0).1)]);
    plan.by_hand = vec![says.to_owned()];
    plan.changes[0].notes = vec![says.to_owned()];
    for form in Export::ALL {
        let text = export(&plan, form).unwrap();
        assert!(!text.lines().any(|line| line.starts_with("rm")), "{form}: {text}");
        assert!(!text.chars().any(|c| c != '\n' && steers_terminal(c)), "{form}: {text}");
    }
}

#[test]
fn no_text_becomes_a_reference_to_a_secret() {
    let mut alarm = alarm();
    alarm.alarm_name = "new".to_owned();
    alarm.alarm_description = Some("{{resolve:secretsmanager:TopSecretInfo}}".to_owned());
    let target = here();
    let put = Write::PutMetricAlarm { target, alarm: Box::new(alarm), tags: Tags::new() };
    let plan = plan(&Snapshot::healthy(), vec![("Makes an alarm.", put)]);
    assert_eq!(export(&plan, Export::Cloudformation), Err(ExportError::NothingForCloudformation));
}

#[test]
fn what_the_provider_would_do_wrong_is_a_command() {
    let snapshot = changed(MATH);
    let disable = Write::DisableAlarmActions { target: here(), alarm: "any-read".to_owned() };
    let text = export(&plan(&snapshot, vec![("x", disable)]), Export::Terraform);
    assert_eq!(text, Err(ExportError::NothingForTerraform));
    let mut selecting = filter();
    selecting.field_selection_criteria = Some("@aws.account = 123456789012".to_owned());
    let put = Write::PutMetricFilter { target: here(), filter: selecting };
    let text = export(&plan(&snapshot, vec![("x", put)]), Export::Terraform);
    assert_eq!(text, Err(ExportError::NothingForTerraform));
}

#[test]
fn forms_have_names() {
    for form in Export::ALL {
        assert_eq!(form.name().parse(), Ok(form));
    }
    assert_eq!(
        "pulumi".parse::<Export>(),
        Err("`pulumi` is none of cli, terraform, cloudformation".to_owned())
    );
}

#[test]
fn a_plan_without_account_or_changes_is_not_written() {
    let mut plan = plan(&empty(), Vec::new());
    assert_eq!(export(&plan, Export::Cli), Err(ExportError::NoChanges));
    plan.account = AccountId::unknown();
    assert_eq!(export(&plan, Export::Cli), Err(ExportError::UnknownAccount));
}

/// What Terraform makes of a text in quotes; nothing where it would evaluate some of it.
fn unquoted(text: &str) -> Option<String> {
    let inner = text.strip_prefix('"')?.strip_suffix('"')?;
    let mut chars = inner.chars().peekable();
    let mut read = String::new();
    while let Some(c) = chars.next() {
        match c {
            '"' | '\n' => return None,
            '\\' => match chars.next()? {
                'n' => read.push('\n'),
                'r' => read.push('\r'),
                't' => read.push('\t'),
                c @ ('"' | '\\') => read.push(c),
                'u' => {
                    let digits: String = chars.by_ref().take(4).collect();
                    read.push(char::from_u32(u32::from_str_radix(&digits, 16).ok()?)?);
                }
                _ => return None,
            },
            '$' | '%' if chars.peek() == Some(&'{') => return None,
            '$' | '%' if chars.peek() == Some(&c) => {
                chars.next();
                // Two signs before anything but a brace are never written.
                chars.next_if_eq(&'{')?;
                read.extend([c, '{']);
            }
            _ => read.push(c),
        }
    }
    Some(read)
}

fn hostile() -> impl Strategy<Value = String> {
    let pieces = prop::sample::select(vec![
        "$", "%", "${", "%{", "$${", "%%{", "{", "}", "\"", "\\", "\\u", "n", "\n", "\r", "\t",
        "'", "`", "~", "#", "é", "秘密", "🔑", "\0", "\u{1b}", "\u{202e}", "\u{7f}", "a", " ",
    ]);
    prop_oneof![prop::collection::vec(pieces, 0..9).prop_map(|pieces| pieces.concat()), "\\PC*"]
}

proptest! {
    #[test]
    fn terraform_reads_back_every_text(text in hostile()) {
        let quoted = quoted(&text);
        prop_assert!(!quoted.contains(steers_terminal));
        prop_assert_eq!(unquoted(&quoted), Some(text));
    }

    #[test]
    fn every_form_carries_every_name_and_document(name in hostile(), text in hostile()) {
        let mut alarm = alarm();
        alarm.alarm_name = name.clone();
        alarm.alarm_description = Some(text.clone());
        let document = json!({"Version": "2012-10-17", "Id": text, "Statement": []}).to_string();
        let plan = plan(&empty(), vec![
            (name.as_str(), Write::PutMetricAlarm {
                target: here(), alarm: Box::new(alarm), tags: [(name.clone(), text.clone())].into(),
            }),
            (text.as_str(), Write::CreateTopic { topic: arn(TOPIC), tags: Tags::new() }),
            ("x", Write::SetTopicAttributes {
                topic: arn(TOPIC), attribute: "Policy".to_owned(), value: document.clone(),
            }),
        ]);
        let hcl = export(&plan, Export::Terraform).unwrap();
        let value = |attribute: &str| {
            let line = hcl.lines().find(|line| line.trim_start().starts_with(attribute)).unwrap();
            unquoted(line.split_once(" = ").unwrap().1)
        };
        prop_assert_eq!(value("alarm_name"), Some(name.clone()));
        prop_assert_eq!(value("alarm_description"), Some(text.clone()));
        prop_assert_eq!(value("\"Id\""), Some(text.clone()));
        let resources = template(&plan)["Resources"].clone();
        let resources = resources.as_object().unwrap();
        let of = |kind: &str| {
            resources.values().find(|resource| resource["Type"] == kind).unwrap()["Properties"].clone()
        };
        let made = of("AWS::CloudWatch::Alarm");
        prop_assert_eq!(&made["AlarmName"], &json!(name));
        prop_assert_eq!(&made["AlarmDescription"], &json!(text));
        let document: Value = serde_json::from_str(&document).unwrap();
        prop_assert_eq!(&of("AWS::SNS::TopicPolicy")["PolicyDocument"], &document);
        for id in resources.keys() {
            prop_assert!(!id.is_empty() && id.chars().all(|c| c.is_ascii_alphanumeric()), "{}", id);
        }
        // A shell that reads the script gets each command, whatever the comments say.
        let script = export(&plan, Export::Cli).unwrap();
        let words = shell_words::split(&script).unwrap();
        for change in &plan.changes {
            let command = change.write.command().words();
            prop_assert!(words.windows(command.len()).any(|words| words == command), "{}", script);
        }
    }
}
