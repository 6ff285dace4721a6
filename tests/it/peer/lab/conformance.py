"""Calls every operation of the lab once through botocore and checks what botocore makes of the answer.

`AWS_ENDPOINT_URL=http://127.0.0.1:4599 python3 conformance.py MODELS` prints one line an operation,
`ok` or what is wrong, and exits 1 if anything is. MODELS is src/lab/serve/model: an operation there
that nothing here calls is wrong too. CloudWatch is called in each protocol that botocore speaks.
"""

import datetime
import json
import os
import pathlib
import sys
import urllib.request

import botocore.session
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError
from botocore.loaders import Loader
from botocore.validate import ParamValidator

ENDPOINT = os.environ["AWS_ENDPOINT_URL"]
ACCOUNT = "123456789012"
REGION = "eu-west-1"
# botocore's names of the services, by the files of the models.
SERVICES = {"monitoring": "cloudwatch"}

wrong = 0
called = set()


class OneProtocol(Loader):
    """Lets CloudWatch speak one protocol."""

    protocol = None

    def load_service_model(self, service_name, type_name, api_version=None):
        model = super().load_service_model(service_name, type_name, api_version)
        if self.protocol and service_name == "cloudwatch" and type_name == "service-2":
            metadata = dict(model["metadata"], protocol=self.protocol, protocols=[self.protocol])
            model = dict(model, metadata=metadata)
        return model


def session(protocol=None):
    made = botocore.session.get_session()
    loader = OneProtocol()
    loader.protocol = protocol
    made.register_component("data_loader", loader)
    made.set_credentials(f"AKIA{ACCOUNT}LAB", "secret")
    return made


def client(service, made):
    retries = {"total_max_attempts": 1}
    s3 = {"addressing_style": "path"}
    config = Config(retries=retries, s3=s3, parameter_validation=True, connect_timeout=5, read_timeout=10)
    return made.create_client(service, region_name=REGION, endpoint_url=ENDPOINT, config=config)


class Caller:
    """Calls operations of one service and prints what came of it."""

    def __init__(self, service, protocol=None):
        self.service = service
        self.name = service if protocol is None else f"{service} {protocol}"
        self.client = client(service, session(protocol))
        self.methods = {name: method for method, name in self.client.meta.method_to_api_mapping.items()}

    def __call__(self, operation, expect=None, **params):
        global wrong
        called.add((self.service, operation))
        line = f"{self.name}:{operation}"
        try:
            answer = getattr(self.client, self.methods[operation])(**params)
        except ClientError as error:
            code = error.response["Error"]["Code"]
            if expect is not None and code in expect:
                print(f"ok     {line} ({code})")
            else:
                wrong += 1
                print(f"WRONG  {line}: {error}")
            return Nothing()
        except (BotoCoreError, ValueError, KeyError, TypeError) as error:
            wrong += 1
            print(f"WRONG  {line}: {type(error).__name__}: {error}")
            return Nothing()
        problems = self.problems(operation, answer)
        if expect is not None and None not in expect:
            problems.append(f"no error, not {expect}")
        if problems:
            wrong += 1
            print(f"WRONG  {line}: {'; '.join(problems)}")
        else:
            print(f"ok     {line}")
        return answer

    def problems(self, operation, answer):
        """What the model says is wrong with an answer as botocore read it."""
        metadata = answer.get("ResponseMetadata", {})
        # botocore's CBOR forgets the id where an operation has no output.
        headers = metadata.get("HTTPHeaders", {})
        identified = {"x-amzn-requestid", "x-amz-request-id"} & headers.keys()
        found = [] if identified else ["no request id"]
        if not 200 <= metadata.get("HTTPStatusCode", 0) < 300:
            found.append(f"status {metadata.get('HTTPStatusCode')}")
        shape = self.client.meta.service_model.operation_model(operation).output_shape
        if shape is None:
            return found
        told = {name: value for name, value in answer.items() if name != "ResponseMetadata"}
        for name, member in shape.members.items():
            if member.serialization.get("streaming") and name in told:
                told[name] = told[name].read()
                answer[name] = told[name]
        report = ParamValidator().validate(as_text(told, shape), shape)
        if report.has_errors():
            found.append(report.generate_report().replace("\n", ", "))
        found.extend(enum_problems(told, shape, ""))
        return found


def enum_problems(value, shape, path):
    """Values that an enumeration does not have; ParamValidator does not look."""
    if shape.type_name == "structure":
        for name, member in shape.members.items():
            if name in value:
                yield from enum_problems(value[name], member, f"{path}.{name}")
    elif shape.type_name == "list":
        for item in value:
            yield from enum_problems(item, shape.member, f"{path}[]")
    elif shape.type_name == "map":
        for key, item in value.items():
            yield from enum_problems(item, shape.value, f"{path}[{key}]")
    elif shape.type_name == "string" and shape.enum and value not in shape.enum:
        yield f"{path} is {value!r}"


def as_text(value, shape):
    """An answer with IAM's policies as text again: botocore reads them."""
    if shape.type_name == "structure":
        members = shape.members
        return {name: as_text(item, members[name]) if name in members else item for name, item in value.items()}
    if shape.type_name == "list":
        return [as_text(item, shape.member) for item in value]
    if shape.name == "policyDocumentType" and isinstance(value, dict):
        return json.dumps(value)
    return value


class Nothing(dict):
    """Stands for the answer of a call that failed: everything in it is `missing`."""

    def __missing__(self, key):
        return Nothing()

    def __str__(self):
        return "missing"


def check(what, value, expected):
    """Something beyond the model that must be so."""
    global wrong
    if value == expected:
        print(f"ok     {what}")
    else:
        wrong += 1
        print(f"WRONG  {what} is {value!r}, not {expected!r}")


def text(value):
    """A name or ARN from an answer, also where there is none."""
    return value if isinstance(value, str) else "missing-missing-missing-missing"


def advance(seconds):
    body = json.dumps({"seconds": seconds}).encode()
    urllib.request.urlopen(urllib.request.Request(f"{ENDPOINT}/_lab/advance", body), timeout=60).read()


def state():
    return json.load(urllib.request.urlopen(f"{ENDPOINT}/_lab", timeout=10))


TRUST = {
    "Version": "2012-10-17",
    "Statement": [
        {"Effect": "Allow", "Principal": {"Service": "cloudtrail.amazonaws.com"}, "Action": "sts:AssumeRole"},
        {"Effect": "Allow", "Principal": {"AWS": f"arn:aws:iam::{ACCOUNT}:root"}, "Action": "sts:AssumeRole"},
    ],
}
DELIVER = {
    "Version": "2012-10-17",
    "Statement": [
        {"Effect": "Allow", "Action": ["logs:CreateLogStream", "logs:PutLogEvents"], "Resource": "*"}
    ],
}
BOUNDARY = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}


def iam():
    call = Caller("iam")
    role = call("CreateRole", RoleName="trail", AssumeRolePolicyDocument=json.dumps(TRUST), Tags=[{"Key": "a", "Value": "b"}])
    call("GetRole", RoleName="trail")
    call("ListRoles")
    call("UpdateRole", RoleName="trail", Description="delivers", MaxSessionDuration=7200)
    call("UpdateAssumeRolePolicy", RoleName="trail", PolicyDocument=json.dumps(TRUST))
    call("PutRolePolicy", RoleName="trail", PolicyName="deliver", PolicyDocument=json.dumps(DELIVER))
    answer = call("GetRolePolicy", RoleName="trail", PolicyName="deliver")
    check("iam:GetRolePolicy's document", answer["PolicyDocument"], DELIVER)
    call("ListRolePolicies", RoleName="trail")
    call("TagRole", RoleName="trail", Tags=[{"Key": "c", "Value": "d"}])
    call("ListRoleTags", RoleName="trail")
    call("UntagRole", RoleName="trail", TagKeys=["c"])
    policy = call("CreatePolicy", PolicyName="all", PolicyDocument=json.dumps(BOUNDARY))
    arn = text(policy["Policy"]["Arn"])
    call("GetPolicy", PolicyArn=arn)
    call("ListPolicies", Scope="Local")
    call("TagPolicy", PolicyArn=arn, Tags=[{"Key": "c", "Value": "d"}])
    call("ListPolicyTags", PolicyArn=arn)
    version = call("CreatePolicyVersion", PolicyArn=arn, PolicyDocument=json.dumps(BOUNDARY))
    version = text(version["PolicyVersion"]["VersionId"])
    call("GetPolicyVersion", PolicyArn=arn, VersionId="v1")
    call("ListPolicyVersions", PolicyArn=arn)
    call("SetDefaultPolicyVersion", PolicyArn=arn, VersionId="v2" if version.startswith("missing") else version)
    call("DeletePolicyVersion", PolicyArn=arn, VersionId="v1")
    call("AttachRolePolicy", RoleName="trail", PolicyArn=arn)
    call("ListAttachedRolePolicies", RoleName="trail")
    call("PutRolePermissionsBoundary", RoleName="trail", PermissionsBoundary=arn)
    call("DeleteRolePermissionsBoundary", RoleName="trail")
    call("ListAccountAliases")
    sts = Caller("sts")
    sts("GetCallerIdentity")
    given = sts("AssumeRole", RoleArn=text(role["Role"]["Arn"]), RoleSessionName="lab")["Credentials"]
    assumed = session()
    keys = ["AccessKeyId", "SecretAccessKey", "SessionToken"]
    assumed.set_credentials(*(text(given[key]) for key in keys))
    arn_now = client("sts", assumed).get_caller_identity()["Arn"]
    check("sts:GetCallerIdentity of a session", arn_now, f"arn:aws:sts::{ACCOUNT}:assumed-role/trail/lab")
    sts("GetSessionToken")
    call("DetachRolePolicy", RoleName="trail", PolicyArn=arn)
    call("DeletePolicy", PolicyArn=arn)
    return call, text(role["Role"]["Arn"])


def kms():
    call = Caller("kms")
    key = text(call("CreateKey", Description="alerts", Tags=[{"TagKey": "a", "TagValue": "b"}])["KeyMetadata"]["KeyId"])
    call("DescribeKey", KeyId=key)
    call("ListKeys")
    policy = text(call("GetKeyPolicy", KeyId=key)["Policy"])
    call("ListKeyPolicies", KeyId=key)
    call("PutKeyPolicy", KeyId=key, Policy=policy)
    call("CreateAlias", AliasName="alias/alerts", TargetKeyId=key)
    call("UpdateAlias", AliasName="alias/alerts", TargetKeyId=key)
    call("ListAliases")
    call("DisableKey", KeyId=key)
    call("EnableKey", KeyId=key)
    call("EnableKeyRotation", KeyId=key)
    call("GetKeyRotationStatus", KeyId=key)
    call("DisableKeyRotation", KeyId=key)
    grant = call("CreateGrant", KeyId=key, GranteePrincipal=f"arn:aws:iam::{ACCOUNT}:role/trail", Operations=["Decrypt"])
    call("ListGrants", KeyId=key)
    call("RevokeGrant", KeyId=key, GrantId=text(grant["GrantId"]))
    call("TagResource", KeyId=key, Tags=[{"TagKey": "c", "TagValue": "d"}])
    call("ListResourceTags", KeyId=key)
    call("UntagResource", KeyId=key, TagKeys=["c"])
    call("UpdateKeyDescription", KeyId=key, Description="more alerts")
    call("ScheduleKeyDeletion", KeyId=key, PendingWindowInDays=7)
    call("CancelKeyDeletion", KeyId=key)
    call("EnableKey", KeyId=key)
    call("DeleteAlias", AliasName="alias/alerts")
    return key


def s3():
    call = Caller("s3")
    bucket = {"Bucket": "trail-files"}
    call("CreateBucket", **bucket, CreateBucketConfiguration={"LocationConstraint": REGION})
    call("HeadBucket", **bucket)
    call("ListBuckets")
    call("GetBucketLocation", **bucket)
    arn = "arn:aws:s3:::trail-files"
    service = {"Service": "cloudtrail.amazonaws.com"}
    policy = {
        "Version": "2012-10-17",
        "Statement": [
            {"Effect": "Allow", "Principal": service, "Action": "s3:GetBucketAcl", "Resource": arn},
            {"Effect": "Allow", "Principal": service, "Action": "s3:PutObject", "Resource": f"{arn}/*"},
        ],
    }
    call("PutBucketPolicy", **bucket, Policy=json.dumps(policy))
    call("GetBucketPolicy", **bucket)
    call("GetBucketPolicyStatus", **bucket)
    call("GetBucketAcl", **bucket)
    call("PutBucketAcl", **bucket, ACL="private", expect=[None, "AccessControlListNotSupported"])
    public = {"BlockPublicAcls": True, "IgnorePublicAcls": True, "BlockPublicPolicy": True, "RestrictPublicBuckets": True}
    call("PutPublicAccessBlock", **bucket, PublicAccessBlockConfiguration=public)
    call("GetPublicAccessBlock", **bucket)
    rule = {"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "AES256"}}
    call("PutBucketEncryption", **bucket, ServerSideEncryptionConfiguration={"Rules": [rule]})
    call("GetBucketEncryption", **bucket)
    call("PutBucketVersioning", **bucket, VersioningConfiguration={"Status": "Enabled"})
    call("GetBucketVersioning", **bucket)
    rule = {"ID": "old", "Status": "Enabled", "Filter": {"Prefix": "AWSLogs/"}, "Expiration": {"Days": 30}}
    call("PutBucketLifecycleConfiguration", **bucket, LifecycleConfiguration={"Rules": [rule]})
    call("GetBucketLifecycleConfiguration", **bucket)
    call("DeleteBucketLifecycle", **bucket)
    call("PutBucketTagging", **bucket, Tagging={"TagSet": [{"Key": "a", "Value": "b & c"}]})
    call("GetBucketTagging", **bucket)
    call("DeleteBucketTagging", **bucket)
    call("PutBucketOwnershipControls", **bucket, OwnershipControls={"Rules": [{"ObjectOwnership": "BucketOwnerEnforced"}]})
    call("GetBucketOwnershipControls", **bucket)
    call("GetBucketRequestPayment", **bucket)
    body = bytes(range(256))
    call("PutObject", **bucket, Key="a/b c+d.bin", Body=body, ContentType="text/plain", Metadata={"colour": "red"})
    answer = call("GetObject", **bucket, Key="a/b c+d.bin")
    check("s3:GetObject's body", answer["Body"], body)
    check("s3:GetObject's metadata", answer["Metadata"], {"colour": "red"})
    head = call("HeadObject", **bucket, Key="a/b c+d.bin")
    check("s3:HeadObject's length", head["ContentLength"], len(body))
    call("ListObjectsV2", **bucket, Prefix="a/")
    call("ListObjects", **bucket, Delimiter="/")
    call("DeleteObject", **bucket, Key="a/b c+d.bin")
    call("PutObject", **bucket, Key="e", Body=b"")
    call("DeleteObjects", **bucket, Delete={"Objects": [{"Key": "e"}, {"Key": "never"}]})
    return call


def s3_end(call):
    bucket = {"Bucket": "trail-files"}
    call("DeletePublicAccessBlock", **bucket)
    call("DeleteBucketPolicy", **bucket)
    call("CreateBucket", Bucket="soon-gone", CreateBucketConfiguration={"LocationConstraint": REGION})
    call("DeleteBucket", Bucket="soon-gone")


def logs(key):
    call = Caller("logs")
    group = {"logGroupName": "trail"}
    arn = f"arn:aws:logs:{REGION}:{ACCOUNT}:log-group:trail"
    call("CreateLogGroup", **group, tags={"a": "b"})
    call("DescribeLogGroups", logGroupNamePrefix="tr")
    call("PutRetentionPolicy", **group, retentionInDays=90)
    call("DeleteRetentionPolicy", **group)
    key_arn = f"arn:aws:kms:{REGION}:{ACCOUNT}:key/{key}"
    # The key's default policy does not admit Logs.
    call("AssociateKmsKey", **group, kmsKeyId=key_arn, expect=[None, "InvalidParameterException", "AccessDeniedException"])
    call("DisassociateKmsKey", **group)
    call("CreateLogStream", **group, logStreamName="stream")
    call("DescribeLogStreams", **group)
    metric = {"metricName": "Reads", "metricNamespace": "Lab", "metricValue": "1", "defaultValue": 0.0}
    call("PutMetricFilter", **group, filterName="reads", filterPattern="{ $.eventName = GetSecretValue }", metricTransformations=[metric])
    call("DescribeMetricFilters", **group)
    call("TestMetricFilter", filterPattern="{ $.a = 1 }", logEventMessages=['{"a": 1}', '{"a": 2}'])
    now = int(moment(state()["now"]) * 1000)
    event = {"timestamp": now, "message": json.dumps({"eventName": "GetSecretValue"})}
    call("PutLogEvents", **group, logStreamName="stream", logEvents=[event])
    advance(60)
    call("GetLogEvents", **group, logStreamName="stream", startFromHead=True)
    call("FilterLogEvents", **group, filterPattern="{ $.eventName = GetSecretValue }")
    call("TagResource", resourceArn=arn, tags={"c": "d"})
    call("ListTagsForResource", resourceArn=arn)
    call("UntagResource", resourceArn=arn, tagKeys=["c"])
    call("TagLogGroup", **group, tags={"e": "f"})
    call("ListTagsLogGroup", **group)
    call("UntagLogGroup", **group, tags=["e"])
    call("PutTransformer", logGroupIdentifier="trail", transformerConfig=[{"parseJSON": {}}])
    call("GetTransformer", logGroupIdentifier="trail")
    call("DeleteTransformer", logGroupIdentifier="trail")
    protection = {
        "Name": "lab",
        "Description": "",
        "Version": "2021-06-01",
        "Statement": [
            {"Sid": "a", "DataIdentifier": ["arn:aws:dataprotection::aws:data-identifier/EmailAddress"], "Operation": {"Audit": {"FindingsDestination": {}}}},
            {"Sid": "b", "DataIdentifier": ["arn:aws:dataprotection::aws:data-identifier/EmailAddress"], "Operation": {"Deidentify": {"MaskConfig": {}}}},
        ],
    }
    call("PutAccountPolicy", policyName="lab", policyDocument=json.dumps(protection), policyType="DATA_PROTECTION_POLICY", scope="ALL")
    call("DescribeAccountPolicies", policyType="DATA_PROTECTION_POLICY")
    call("DeleteAccountPolicy", policyName="lab", policyType="DATA_PROTECTION_POLICY")
    return call


def moment(text):
    return datetime.datetime.fromisoformat(text.replace("Z", "+00:00")).timestamp()


def logs_end(call):
    call("DeleteMetricFilter", logGroupName="trail", filterName="reads")
    call("DeleteLogStream", logGroupName="trail", logStreamName="stream")
    call("DeleteLogGroup", logGroupName="trail")


def sns():
    call = Caller("sns")
    topic = text(call("CreateTopic", Name="alerts", Tags=[{"Key": "a", "Value": "b"}])["TopicArn"])
    call("ListTopics")
    call("GetTopicAttributes", TopicArn=topic)
    call("SetTopicAttributes", TopicArn=topic, AttributeName="DisplayName", AttributeValue="Alerts & more")
    call("Subscribe", TopicArn=topic, Protocol="email", Endpoint="soc@example.org", ReturnSubscriptionArn=True)
    call("ListSubscriptions")
    call("ListSubscriptionsByTopic", TopicArn=topic)
    advance(5)
    inbox = json.load(urllib.request.urlopen(f"{ENDPOINT}/_lab/inbox?endpoint=email:soc@example.org", timeout=10))
    token = next((mail["token"] for mail in inbox["mails"] if mail.get("token")), "missing")
    subscription = call("ConfirmSubscription", TopicArn=topic, Token=token)
    subscription = text(subscription["SubscriptionArn"])
    call("GetSubscriptionAttributes", SubscriptionArn=subscription)
    call("SetSubscriptionAttributes", SubscriptionArn=subscription, AttributeName="FilterPolicy", AttributeValue='{"a": ["b"]}')
    value = {"DataType": "String", "StringValue": "b"}
    call("Publish", TopicArn=topic, Message="a <b> & ü", Subject="hello", MessageAttributes={"a": value})
    call("AddPermission", TopicArn=topic, Label="other", AWSAccountId=["111122223333"], ActionName=["Publish"])
    call("RemovePermission", TopicArn=topic, Label="other")
    call("TagResource", ResourceArn=topic, Tags=[{"Key": "c", "Value": "d"}])
    call("ListTagsForResource", ResourceArn=topic)
    call("UntagResource", ResourceArn=topic, TagKeys=["c"])
    call("GetSMSSandboxAccountStatus")
    call("GetSMSAttributes")
    call("ListSMSSandboxPhoneNumbers")
    call("CheckIfPhoneNumberIsOptedOut", phoneNumber="+33123456789")
    call("Unsubscribe", SubscriptionArn=subscription)
    return call, topic


def cloudwatch(protocol, topic):
    call = Caller("cloudwatch", protocol)
    arn = f"arn:aws:cloudwatch:{REGION}:{ACCOUNT}:alarm"
    call(
        "PutMetricAlarm",
        AlarmName="reads",
        Namespace="Lab",
        MetricName="Reads",
        Statistic="Sum",
        Period=60,
        EvaluationPeriods=1,
        Threshold=1.0,
        ComparisonOperator="GreaterThanOrEqualToThreshold",
        TreatMissingData="notBreaching",
        AlarmActions=[topic],
        Tags=[{"Key": "a", "Value": "b"}],
    )
    call("PutCompositeAlarm", AlarmName="any", AlarmRule="ALARM(reads)")
    call("DescribeAlarms", AlarmTypes=["MetricAlarm", "CompositeAlarm"])
    call("DescribeAlarmsForMetric", Namespace="Lab", MetricName="Reads")
    call("DisableAlarmActions", AlarmNames=["reads"])
    call("EnableAlarmActions", AlarmNames=["reads"])
    reason = {"StateReason": "trying <it> & out", "StateReasonData": '{"a": 1}'}
    call("SetAlarmState", AlarmName="reads", StateValue="ALARM", **reason)
    advance(1)
    call("DescribeAlarmHistory", AlarmName="reads")
    now = moment(state()["now"])
    datum = {"MetricName": "Reads", "Value": 1.5, "Timestamp": now, "Dimensions": [{"Name": "d", "Value": "e"}]}
    series = {"MetricName": "Reads", "Values": [1.0, 2.0], "Counts": [3.0, 4.0], "Timestamp": now}
    call("PutMetricData", Namespace="Lab", MetricData=[datum, series])
    advance(120)
    span = {"StartTime": now - 600, "EndTime": now + 120}
    call("GetMetricStatistics", Namespace="Lab", MetricName="Reads", Period=60, Statistics=["Sum", "Average"], **span)
    metric = {"Namespace": "Lab", "MetricName": "Reads"}
    query = {"Id": "m", "MetricStat": {"Metric": metric, "Period": 60, "Stat": "Sum"}}
    call("GetMetricData", MetricDataQueries=[query], **span)
    call("ListMetrics", Namespace="Lab")
    call("TagResource", ResourceARN=f"{arn}:reads", Tags=[{"Key": "c", "Value": "d"}])
    call("ListTagsForResource", ResourceARN=f"{arn}:reads")
    call("UntagResource", ResourceARN=f"{arn}:reads", TagKeys=["c"])
    schedule = {"Expression": "cron(0 2 * * *)", "Duration": "PT1H"}
    call("PutAlarmMuteRule", Name="night", Rule={"Schedule": schedule}, MuteTargets={"AlarmNames": ["reads"]})
    call("GetAlarmMuteRule", AlarmMuteRuleName="night")
    call("ListAlarmMuteRules")
    call("DeleteAlarmMuteRule", AlarmMuteRuleName="night")
    call("PutDashboard", DashboardName="lab", DashboardBody='{"widgets": []}')
    call("GetDashboard", DashboardName="lab")
    call("ListDashboards")
    call("DeleteDashboards", DashboardNames=["lab"])
    call("DeleteAlarms", AlarmNames=["any"])
    call("DeleteAlarms", AlarmNames=["reads"])


def cloudtrail(role):
    call = Caller("cloudtrail")
    group = f"arn:aws:logs:{REGION}:{ACCOUNT}:log-group:trail:*"
    trail = call(
        "CreateTrail",
        Name="org-trail",
        S3BucketName="trail-files",
        IsMultiRegionTrail=True,
        CloudWatchLogsLogGroupArn=group,
        CloudWatchLogsRoleArn=role,
    )
    arn = text(trail["TrailARN"])
    call("UpdateTrail", Name="org-trail", EnableLogFileValidation=True)
    call("DescribeTrails")
    call("GetTrail", Name="org-trail")
    call("ListTrails")
    call("StartLogging", Name="org-trail")
    call("GetTrailStatus", Name="org-trail")
    selector = {"ReadWriteType": "All", "IncludeManagementEvents": True, "DataResources": []}
    call("PutEventSelectors", TrailName="org-trail", EventSelectors=[selector])
    call("GetEventSelectors", TrailName="org-trail")
    call("GetInsightSelectors", TrailName="org-trail", expect=[None, "InsightNotEnabledException"])
    call("AddTags", ResourceId=arn, TagsList=[{"Key": "a", "Value": "b"}])
    call("ListTags", ResourceIdList=[arn])
    call("RemoveTags", ResourceId=arn, TagsList=[{"Key": "a"}])
    return call


def cloudtrail_end(call):
    call("LookupEvents", LookupAttributes=[{"AttributeKey": "EventName", "AttributeValue": "GetSecretValue"}])
    call("StopLogging", Name="org-trail")
    call("DeleteTrail", Name="org-trail")


def secretsmanager():
    call = Caller("secretsmanager")
    secret = {"SecretId": "TopSecretInfo"}
    call("CreateSecret", Name="TopSecretInfo", SecretString="hello", Tags=[{"Key": "a", "Value": "b"}])
    call("DescribeSecret", **secret)
    call("GetSecretValue", **secret)
    call("BatchGetSecretValue", SecretIdList=["TopSecretInfo"])
    call("ListSecrets")
    call("PutSecretValue", **secret, SecretBinary=b"\x00\x01")
    call("ListSecretVersionIds", **secret)
    call("UpdateSecret", **secret, Description="the one")
    policy = {
        "Version": "2012-10-17",
        "Statement": [{"Effect": "Allow", "Principal": {"AWS": f"arn:aws:iam::{ACCOUNT}:root"}, "Action": "secretsmanager:GetSecretValue", "Resource": "*"}],
    }
    call("PutResourcePolicy", **secret, ResourcePolicy=json.dumps(policy))
    call("GetResourcePolicy", **secret)
    call("DeleteResourcePolicy", **secret)
    call("TagResource", **secret, Tags=[{"Key": "c", "Value": "d"}])
    call("UntagResource", **secret, TagKeys=["c"])
    call("ReplicateSecretToRegions", **secret, AddReplicaRegions=[{"Region": "eu-central-1"}])
    call("RemoveRegionsFromReplication", **secret, RemoveReplicaRegions=["eu-central-1"])
    call("GetRandomPassword", PasswordLength=20)
    call("DeleteSecret", **secret, RecoveryWindowInDays=7)
    call("RestoreSecret", **secret)


def organizations():
    call = Caller("organizations")
    call("DescribeOrganization", expect=["AWSOrganizationsNotInUseException"])
    # No operation here makes an organisation, but the lab's state may hold one.
    world = json.load(urllib.request.urlopen(f"{ENDPOINT}/_lab/state", timeout=60))
    members = [ACCOUNT, "111122223333"]
    world["organization"] = {"id": "o-a1b2c3d4e5", "management": ACCOUNT, "members": members}
    body = json.dumps(world).encode()
    put = urllib.request.Request(f"{ENDPOINT}/_lab/state", body, method="PUT")
    urllib.request.urlopen(put, timeout=60).read()
    call("DescribeOrganization")
    call("ListAccounts")
    call("DescribeAccount", AccountId=ACCOUNT)
    call("ListDelegatedAdministrators")
    call("ListRoots")


def events():
    call = Caller("events")
    arn = f"arn:aws:events:{REGION}:{ACCOUNT}:rule/reads"
    pattern = json.dumps({"source": ["aws.secretsmanager"]})
    call("PutRule", Name="reads", EventPattern=pattern, Tags=[{"Key": "a", "Value": "b"}])
    call("DescribeRule", Name="reads")
    call("ListRules")
    call("DisableRule", Name="reads")
    call("EnableRule", Name="reads")
    topic = f"arn:aws:sns:{REGION}:{ACCOUNT}:alerts"
    call("PutTargets", Rule="reads", Targets=[{"Id": "1", "Arn": topic}])
    call("ListTargetsByRule", Rule="reads")
    call("ListRuleNamesByTarget", TargetArn=topic)
    call("DescribeEventBus")
    call("ListEventBuses")
    call("PutEvents", Entries=[{"Source": "lab", "DetailType": "try", "Detail": "{}"}])
    call("TagResource", ResourceARN=arn, Tags=[{"Key": "c", "Value": "d"}])
    call("ListTagsForResource", ResourceARN=arn)
    call("UntagResource", ResourceARN=arn, TagKeys=["c"])
    call("RemoveTargets", Rule="reads", Ids=["1"])
    call("DeleteRule", Name="reads")


def sqs():
    call = Caller("sqs")
    url = text(call("CreateQueue", QueueName="mails", Attributes={"VisibilityTimeout": "1"}, tags={"a": "b"})["QueueUrl"])
    call("GetQueueUrl", QueueName="mails")
    call("ListQueues")
    call("GetQueueAttributes", QueueUrl=url, AttributeNames=["All"])
    call("SetQueueAttributes", QueueUrl=url, Attributes={"VisibilityTimeout": "2"})
    call("SendMessage", QueueUrl=url, MessageBody="hello", MessageAttributes={"a": {"DataType": "String", "StringValue": "b"}})
    message = call("ReceiveMessage", QueueUrl=url, MessageAttributeNames=["All"], AttributeNames=["All"])
    messages = message["Messages"] or [Nothing()]
    call("DeleteMessage", QueueUrl=url, ReceiptHandle=text(messages[0]["ReceiptHandle"]))
    call("TagQueue", QueueUrl=url, Tags={"c": "d"})
    call("ListQueueTags", QueueUrl=url)
    call("PurgeQueue", QueueUrl=url)
    call("DeleteQueue", QueueUrl=url)


def errors():
    """Codes and statuses of errors, as botocore reads them."""
    missing = f"arn:aws:sns:{REGION}:{ACCOUNT}:missing"
    alarm = f"arn:aws:cloudwatch:{REGION}:{ACCOUNT}:alarm:missing"
    cases = [
        ("cloudtrail", "GetTrail", {"Name": "missing"}, "TrailNotFoundException", 400),
        ("logs", "DescribeLogStreams", {"logGroupName": "missing"}, "ResourceNotFoundException", 400),
        ("logs", "CreateLogGroup", {"logGroupName": "a b"}, "InvalidParameterException", 400),
        ("sns", "GetTopicAttributes", {"TopicArn": missing}, "NotFound", 404),
        ("iam", "GetRole", {"RoleName": "missing"}, "NoSuchEntity", 404),
        ("secretsmanager", "DescribeSecret", {"SecretId": "missing"}, "ResourceNotFoundException", 400),
        ("kms", "DescribeKey", {"KeyId": "alias/missing"}, "NotFoundException", 400),
        ("s3", "GetBucketPolicy", {"Bucket": "missing"}, "NoSuchBucket", 404),
        ("s3", "GetObject", {"Bucket": "trail-files", "Key": "missing"}, "NoSuchKey", 404),
        ("s3", "HeadBucket", {"Bucket": "missing"}, "404", 404),
        ("sqs", "GetQueueUrl", {"QueueName": "missing"}, "AWS.SimpleQueueService.NonExistentQueue", 400),
        ("events", "DescribeRule", {"Name": "missing"}, "ResourceNotFoundException", 400),
    ]
    cases = [(service, None, *rest) for service, *rest in cases]
    for protocol in ["smithy-rpc-v2-cbor", "json", "query"]:
        cases += [
            ("cloudwatch", protocol, "SetAlarmState", {"AlarmName": "missing", "StateValue": "OK", "StateReason": "a"}, "ResourceNotFound", 404),
            ("cloudwatch", protocol, "ListTagsForResource", {"ResourceARN": alarm}, "ResourceNotFoundException", 404),
            ("cloudwatch", protocol, "DescribeAlarms", {"NextToken": "bad"}, "InvalidNextToken", 400),
        ]
    for service, protocol, operation, params, code, status in cases:
        call = Caller(service, protocol)
        try:
            getattr(call.client, call.methods[operation])(**params)
            answer = None
        except ClientError as error:
            answer = (error.response["Error"]["Code"], error.response["ResponseMetadata"]["HTTPStatusCode"])
        check(f"{call.name}:{operation}'s error", answer, (code, status))


def main():
    iam_call, role = iam()
    key = kms()
    s3_call = s3()
    logs_call = logs(key)
    sns_call, topic = sns()
    trail_call = cloudtrail(role)
    for protocol in ["smithy-rpc-v2-cbor", "json", "query"]:
        cloudwatch(protocol, topic)
    secretsmanager()
    events()
    organizations()
    sqs()
    errors()
    advance(900)
    cloudtrail_end(trail_call)
    logs_end(logs_call)
    s3_end(s3_call)
    sns_call("DeleteTopic", TopicArn=topic)
    iam_call("DeleteRolePolicy", RoleName="trail", PolicyName="deliver")
    iam_call("DeleteRole", RoleName="trail")

    global wrong
    for file in sorted(pathlib.Path(sys.argv[1]).glob("*.json")):
        service = SERVICES.get(file.stem, file.stem)
        for operation in json.loads(file.read_text())["operations"]:
            if (service, operation) not in called:
                wrong += 1
                print(f"WRONG  {service}:{operation} is never called")
    print(f"{len(called)} operations, {wrong} wrong")
    sys.exit(1 if wrong else 0)


main()
