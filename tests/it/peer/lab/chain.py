"""boto3 builds the whole chain on the lab, reads the secret and finds the mail; then breaks it in many ways.

Run against `secmon lab serve empty`, with the variables that it prints. One line a way, `ok` or what
is wrong; exits 1 if anything is. Every way starts from the whole chain: the secret is read, no mail
may arrive, and AWS's own traces of that failure must be there.
"""

import json
import os
import sys
import time
import urllib.request

import boto3
from botocore.config import Config

ENDPOINT = os.environ["AWS_ENDPOINT_URL"]
REGION = os.environ["AWS_DEFAULT_REGION"]
SECRET = "TopSecretInfo"
MAIL = "soc@example.org"
MINUTE = 60
PATTERN = (
    '{ ($.eventSource = "secretsmanager.amazonaws.com") && '
    '(($.eventName = "GetSecretValue") || ($.eventName = "BatchGetSecretValue")) }'
)
METRIC = {"Namespace": "SecurityMetrics", "MetricName": "SecretIsAccessed"}
CONFIG = Config(retries={"total_max_attempts": 1}, connect_timeout=5, read_timeout=60)

session = boto3.Session()
cloudtrail = session.client("cloudtrail", config=CONFIG)
cloudwatch = session.client("cloudwatch", config=CONFIG)
iam = session.client("iam", config=CONFIG)
kms = session.client("kms", config=CONFIG)
logs = session.client("logs", config=CONFIG)
s3 = session.client("s3", config=CONFIG)
secretsmanager = session.client("secretsmanager", config=CONFIG)
sns = session.client("sns", config=CONFIG)
sts = session.client("sts", config=CONFIG)
ACCOUNT = sts.get_caller_identity()["Account"]
TRAIL = f"arn:aws:cloudtrail:{REGION}:{ACCOUNT}:trail/audit"
GROUP = f"arn:aws:logs:{REGION}:{ACCOUNT}:log-group:audit:*"
TOPIC = f"arn:aws:sns:{REGION}:{ACCOUNT}:alerts"


def lab(path, body=None, method=None):
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(f"{ENDPOINT}/_lab{path}", data, method=method)
    return json.load(urllib.request.urlopen(request, timeout=120))


def advance(seconds):
    lab("/advance", {"seconds": seconds})


def now():
    return lab("")["now"]


def policy(*statements):
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)})


def allow(service, actions, resource, **conditions):
    statement = {"Effect": "Allow", "Principal": {"Service": f"{service}.amazonaws.com"}, "Action": actions}
    if resource:
        statement["Resource"] = resource
    return statement | ({"Condition": conditions} if conditions else {})


def put_filter(pattern):
    transformation = {"metricValue": "1", "defaultValue": 0.0}
    transformation |= {"metricNamespace": METRIC["Namespace"], "metricName": METRIC["MetricName"]}
    logs.put_metric_filter(
        logGroupName="audit", filterName="secret-read", filterPattern=pattern, metricTransformations=[transformation]
    )


def put_alarm(**changes):
    alarm = METRIC | {
        "AlarmName": "secret-read",
        "Statistic": "Sum",
        "Period": 60,
        "EvaluationPeriods": 1,
        "Threshold": 1.0,
        "ComparisonOperator": "GreaterThanOrEqualToThreshold",
        "TreatMissingData": "notBreaching",
        "AlarmActions": [TOPIC],
    }
    cloudwatch.put_metric_alarm(**(alarm | changes))


def role_policy(group="audit"):
    streams = f"arn:aws:logs:{REGION}:{ACCOUNT}:log-group:{group}:log-stream:*"
    statement = {"Effect": "Allow", "Action": ["logs:CreateLogStream", "logs:PutLogEvents"], "Resource": streams}
    iam.put_role_policy(RoleName="trail", PolicyName="deliver", PolicyDocument=policy(statement))


def build():
    bucket = f"audit-{ACCOUNT}"
    s3.create_bucket(Bucket=bucket, CreateBucketConfiguration={"LocationConstraint": REGION})
    owned = {"StringEquals": {"s3:x-amz-acl": "bucket-owner-full-control"}}
    acl = allow("cloudtrail", "s3:GetBucketAcl", f"arn:aws:s3:::{bucket}")
    put = allow("cloudtrail", "s3:PutObject", f"arn:aws:s3:::{bucket}/AWSLogs/{ACCOUNT}/*", **owned)
    s3.put_bucket_policy(Bucket=bucket, Policy=policy(acl, put))
    logs.create_log_group(logGroupName="audit")
    trust = policy(allow("cloudtrail", "sts:AssumeRole", None))
    role = iam.create_role(RoleName="trail", AssumeRolePolicyDocument=trust)["Role"]["Arn"]
    role_policy()
    cloudtrail.create_trail(
        Name="audit",
        S3BucketName=bucket,
        IsMultiRegionTrail=True,
        CloudWatchLogsLogGroupArn=GROUP,
        CloudWatchLogsRoleArn=role,
    )
    cloudtrail.start_logging(Name=TRAIL)
    put_filter(PATTERN)
    sns.create_topic(Name="alerts")
    put_alarm()
    sns.subscribe(TopicArn=TOPIC, Protocol="email", Endpoint=MAIL)
    confirmed = lab("/confirm", {"endpoint": f"email:{MAIL}"})["confirmed"]
    assert len(confirmed) == 1, confirmed
    # Events of a trail's first minute are lost.
    advance(10 * MINUTE)


def mails(since):
    """The alarm's mails since a time."""
    inbox = lab(f"/inbox?endpoint=email:{MAIL}")["mails"]
    return [mail for mail in inbox if mail["at"] >= since and mail["kind"] == "Notification"]


def read_and_wait():
    """Reads the secret; the time at which it was read, and the mails of the next quarter of an hour."""
    since = now()
    arn = secretsmanager.describe_secret(SecretId=SECRET)["ARN"]
    assert secretsmanager.get_secret_value(SecretId=arn)["ARN"] == arn
    advance(15 * MINUTE)
    return since, [mail for mail in mails(since) if mail["subject"].startswith("ALARM")]


def mail_is_told():
    _, told = read_and_wait()
    assert len(told) == 1, f"{len(told)} mails: {told}"
    mail = told[0]
    assert 'ALARM: "secret-read"' in mail["subject"], mail["subject"]
    assert mail["topic"] == TOPIC, mail
    # An email carries the text that CloudWatch writes for people, an email-json SNS's JSON.
    assert "secret-read" in mail["body"] and "ALARM" in mail["body"], mail["body"]


def json_is_told():
    subscription = {"TopicArn": TOPIC, "Protocol": "email-json", "Endpoint": "siem@example.org"}
    sns.subscribe(**subscription)
    lab("/confirm", {"endpoint": "email-json:siem@example.org"})
    since, _ = read_and_wait()
    inbox = lab("/inbox?endpoint=email-json:siem@example.org")["mails"]
    bodies = [json.loads(mail["body"]) for mail in inbox if mail["at"] >= since]
    alarms = [json.loads(body["Message"]) for body in bodies if body["Type"] == "Notification"]
    states = [(alarm["AlarmName"], alarm["OldStateValue"], alarm["NewStateValue"]) for alarm in alarms]
    assert ("secret-read", "OK", "ALARM") in states, states
    assert alarms[0]["Trigger"]["MetricName"] == METRIC["MetricName"], alarms[0]


# What AWS shows of a failure.


def total(since, statistic="Sum", **metric):
    """Of every datapoint of a metric since a time; None where there is no datapoint."""
    metric = metric or METRIC
    answer = cloudwatch.get_metric_statistics(
        StartTime=since, EndTime=now(), Period=60, Statistics=[statistic], **metric
    )
    values = [point[statistic] for point in answer["Datapoints"]]
    combine = sum if statistic == "Sum" else max
    return combine(values) if values else None


def of_topic(since, name):
    dimensions = [{"Name": "TopicName", "Value": "alerts"}]
    return total(since, Namespace="AWS/SNS", MetricName=name, Dimensions=dimensions)


def history(since, kind):
    answer = cloudwatch.describe_alarm_history(AlarmName="secret-read", StartDate=since, HistoryItemType=kind)
    return [item["HistorySummary"] for item in answer["AlarmHistoryItems"]]


def went_into_alarm(since):
    updates = history(since, "StateUpdate")
    assert any("to ALARM" in update for update in updates), updates


def nothing_counted(since):
    assert total(since) in (None, 0.0), total(since)
    assert history(since, "StateUpdate") == [], history(since, "StateUpdate")


def delivery_fails(since):
    status = cloudtrail.get_trail_status(Name=TRAIL)
    assert status["IsLogging"] is True, status
    assert status.get("LatestCloudWatchLogsDeliveryError"), status
    assert status.get("LatestDeliveryError") is None, status


def delivery_fails_and_nothing_is_counted(since):
    delivery_fails(since)
    nothing_counted(since)


def trail_is_stopped(since):
    status = cloudtrail.get_trail_status(Name=TRAIL)
    assert status["IsLogging"] is False and "StopLoggingTime" in status, status
    nothing_counted(since)


def read_is_not_recorded(since):
    found = logs.filter_log_events(logGroupName="audit", filterPattern=PATTERN)
    assert found["events"] == [], found["events"]
    # Event history keeps what trails leave out.
    attribute = {"AttributeKey": "EventName", "AttributeValue": "GetSecretValue"}
    events = cloudtrail.lookup_events(LookupAttributes=[attribute])["Events"]
    assert len(events) == 1, events
    nothing_counted(since)


def read_drowns(since):
    assert total(since) == 1.0, total(since)
    highest = total(since, "Average")
    assert 0 < highest < 1, highest
    assert history(since, "StateUpdate") == [], history(since, "StateUpdate")


def counted_without_alarm(since):
    assert total(since) == 1.0, total(since)
    assert history(since, "StateUpdate") == [], history(since, "StateUpdate")


def no_action_was_run(since):
    went_into_alarm(since)
    assert history(since, "Action") == [], history(since, "Action")
    assert cloudwatch.describe_alarms(AlarmNames=["secret-read"])["MetricAlarms"][0]["ActionsEnabled"] is False


def mute_rule_is_active(since):
    went_into_alarm(since)
    rules = cloudwatch.list_alarm_mute_rules()["AlarmMuteRuleSummaries"]
    assert [rule["Status"] for rule in rules] == ["ACTIVE"], rules
    assert not any("Successfully" in summary for summary in history(since, "Action"))


def action_failed(since):
    went_into_alarm(since)
    assert f"Failed to execute action {TOPIC}" in history(since, "Action"), history(since, "Action")
    assert of_topic(since, "NumberOfMessagesPublished") in (None, 0.0)


def published_to_nobody(since):
    assert f"Successfully executed action {TOPIC}" in history(since, "Action"), history(since, "Action")
    assert of_topic(since, "NumberOfMessagesPublished") == 1.0, of_topic(since, "NumberOfMessagesPublished")
    assert of_topic(since, "NumberOfNotificationsDelivered") in (None, 0.0)


def filtered_out(since):
    published_to_nobody(since)
    name = "NumberOfNotificationsFilteredOut-NoMessageAttributes"
    assert of_topic(since, name) == 1.0, of_topic(since, name)


def told_of_the_end_only(since):
    went_into_alarm(since)
    subjects = [mail["subject"] for mail in mails(since)]
    assert len(subjects) == 1 and subjects[0].startswith("OK"), subjects


# The ways to break it.


def mute():
    hour = int(now()[11:13])
    schedule = {"Expression": f"cron(0 {hour} * * *)", "Duration": "PT4H", "Timezone": "UTC"}
    rule = {"Name": "maintenance", "Rule": {"Schedule": schedule}, "MuteTargets": {"AlarmNames": ["secret-read"]}}
    cloudwatch.put_alarm_mute_rule(**rule)


def encrypt(key):
    sns.set_topic_attributes(TopicArn=TOPIC, AttributeName="KmsMasterKeyId", AttributeValue=key)


def own_key():
    root = {"AWS": f"arn:aws:iam::{ACCOUNT}:root"}
    administration = {"Effect": "Allow", "Principal": root, "Action": "kms:*", "Resource": "*"}
    use = allow("cloudwatch", ["kms:Decrypt", "kms:GenerateDataKey*"], "*")
    key = kms.create_key(Policy=policy(administration, use))["KeyMetadata"]["KeyId"]
    encrypt(key)
    return key


def disable_key():
    key = own_key()
    mail_is_told()
    kms.disable_key(KeyId=key)
    # SNS goes on with a data key for some minutes.


def refuse_by_key():
    root = {"AWS": f"arn:aws:iam::{ACCOUNT}:root"}
    administration = {"Effect": "Allow", "Principal": root, "Action": "kms:*", "Resource": "*"}
    encrypt(kms.create_key(Policy=policy(administration))["KeyMetadata"]["KeyId"])


def subscription():
    return sns.list_subscriptions_by_topic(TopicArn=TOPIC)["Subscriptions"][0]["SubscriptionArn"]


def select_writes():
    selector = {"ReadWriteType": "WriteOnly", "IncludeManagementEvents": True, "DataResources": []}
    cloudtrail.put_event_selectors(TrailName=TRAIL, EventSelectors=[selector])


def trust_another():
    trust = policy(allow("ec2", "sts:AssumeRole", None))
    iam.update_assume_role_policy(RoleName="trail", PolicyDocument=trust)


def admit_events_only():
    admitted = policy(allow("events", "sns:Publish", TOPIC))
    sns.set_topic_attributes(TopicArn=TOPIC, AttributeName="Policy", AttributeValue=admitted)


def filter_on_attributes():
    wanted = {"AttributeName": "FilterPolicy", "AttributeValue": '{"severity": ["high"]}'}
    sns.set_subscription_attributes(SubscriptionArn=subscription(), **wanted)


DESCRIBES = '{ $.eventName = "DescribeSecrets" }'
BY_NAME = f'{{ ($.eventName = "GetSecretValue") && ($.requestParameters.secretId = "{SECRET}") }}'

WAYS = [
    ("the trail is stopped", lambda: cloudtrail.stop_logging(Name=TRAIL), trail_is_stopped),
    ("the trail records writes only", select_writes, read_is_not_recorded),
    ("the role may write elsewhere only", lambda: role_policy("other"), delivery_fails_and_nothing_is_counted),
    ("the role trusts another service", trust_another, delivery_fails_and_nothing_is_counted),
    ("the log group is deleted", lambda: logs.delete_log_group(logGroupName="audit"), delivery_fails),
    ("the pattern asks for other events", lambda: put_filter(DESCRIBES), nothing_counted),
    ("the pattern compares the ARN with a name", lambda: put_filter(BY_NAME), nothing_counted),
    ("Average instead of Sum", lambda: put_alarm(Statistic="Average"), read_drowns),
    ("more than one read", lambda: put_alarm(ComparisonOperator="GreaterThanThreshold"), counted_without_alarm),
    ("three datapoints", lambda: put_alarm(EvaluationPeriods=3), counted_without_alarm),
    ("actions are disabled", lambda: cloudwatch.disable_alarm_actions(AlarmNames=["secret-read"]), no_action_was_run),
    ("the topic is told of OK only", lambda: put_alarm(AlarmActions=[], OKActions=[TOPIC]), told_of_the_end_only),
    ("a mute rule is active", mute, mute_rule_is_active),
    ("the topic's policy admits another service", admit_events_only, action_failed),
    ("the topic is encrypted with AWS's key", lambda: encrypt("alias/aws/sns"), action_failed),
    ("the topic's key does not admit CloudWatch", refuse_by_key, action_failed),
    ("the topic's key is disabled", disable_key, action_failed),
    ("nobody is subscribed", lambda: sns.unsubscribe(SubscriptionArn=subscription()), published_to_nobody),
    ("the subscription filters by attributes", filter_on_attributes, filtered_out),
]


def run(what, act):
    try:
        act()
    except Exception as error:  # Whatever it is, the other ways are still worth knowing.
        print(f"WRONG  {what}: {type(error).__name__}: {error}")
        return 1
    print(f"ok     {what}")
    return 0


def broken(whole, act, trace):
    def go():
        lab("/state", whole, "PUT")
        act()
        advance(10 * MINUTE)
        since, told = read_and_wait()
        assert told == [], f"{len(told)} mails arrived"
        trace(since)

    return go


def main():
    began = time.monotonic()
    wrong = run("the chain is built", build)
    if wrong:
        return 1
    whole = lab("/state")
    wrong += run("a read is told by mail", mail_is_told)
    wrong += run("the state is put back", lambda: lab("/state", whole, "PUT"))
    wrong += run("a read is told as JSON", json_is_told)
    for what, act, trace in WAYS:
        wrong += run(what, broken(whole, act, trace))
    lab("/state", whole, "PUT")
    wrong += run("whole again, it tells", mail_is_told)
    print(f"ok     {len(WAYS)} ways in {time.monotonic() - began:.0f} s")
    return 1 if wrong else 0


sys.exit(main())
