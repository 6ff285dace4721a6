"""Condenses botocore's service models to what the lab serves.

Run with botocore 1.44.8 (Apache-2.0) installed: `python3 condense.py`. It writes one JSON file a
service beside itself: the operations that the lab plays with their shapes, and the names of all
others, so that the lab can tell what AWS has from what nobody has.
"""

import json
import pathlib

import botocore
from botocore.loaders import Loader

VERSION = "1.44.8"

# The file's name is the service's signing name.
OPERATIONS = {
    ("cloudtrail", "cloudtrail"): """
        CreateTrail UpdateTrail DeleteTrail DescribeTrails GetTrail ListTrails GetTrailStatus
        StartLogging StopLogging GetEventSelectors PutEventSelectors LookupEvents AddTags RemoveTags
        ListTags GetInsightSelectors""",
    ("logs", "logs"): """
        CreateLogGroup DeleteLogGroup DescribeLogGroups PutRetentionPolicy DeleteRetentionPolicy
        AssociateKmsKey DisassociateKmsKey CreateLogStream DescribeLogStreams DeleteLogStream
        PutLogEvents GetLogEvents FilterLogEvents PutMetricFilter DescribeMetricFilters
        DeleteMetricFilter TestMetricFilter TagResource UntagResource ListTagsForResource TagLogGroup
        UntagLogGroup ListTagsLogGroup GetTransformer PutTransformer DeleteTransformer
        DescribeAccountPolicies PutAccountPolicy DeleteAccountPolicy""",
    ("monitoring", "cloudwatch"): """
        PutMetricAlarm PutCompositeAlarm DescribeAlarms DescribeAlarmsForMetric DescribeAlarmHistory
        DeleteAlarms EnableAlarmActions DisableAlarmActions SetAlarmState PutMetricData
        GetMetricStatistics GetMetricData ListMetrics TagResource UntagResource ListTagsForResource
        PutAlarmMuteRule GetAlarmMuteRule ListAlarmMuteRules DeleteAlarmMuteRule PutDashboard
        GetDashboard ListDashboards DeleteDashboards""",
    ("sns", "sns"): """
        CreateTopic DeleteTopic ListTopics GetTopicAttributes SetTopicAttributes Subscribe
        ConfirmSubscription Unsubscribe ListSubscriptions ListSubscriptionsByTopic
        GetSubscriptionAttributes SetSubscriptionAttributes Publish AddPermission RemovePermission
        TagResource UntagResource ListTagsForResource GetSMSSandboxAccountStatus GetSMSAttributes
        ListSMSSandboxPhoneNumbers CheckIfPhoneNumberIsOptedOut""",
    ("secretsmanager", "secretsmanager"): """
        CreateSecret DescribeSecret GetSecretValue BatchGetSecretValue ListSecrets
        ListSecretVersionIds PutSecretValue UpdateSecret DeleteSecret RestoreSecret
        GetResourcePolicy PutResourcePolicy DeleteResourcePolicy TagResource UntagResource
        ReplicateSecretToRegions RemoveRegionsFromReplication GetRandomPassword""",
    ("kms", "kms"): """
        CreateKey DescribeKey ListKeys GetKeyPolicy PutKeyPolicy ListKeyPolicies CreateAlias
        UpdateAlias DeleteAlias ListAliases EnableKey DisableKey ScheduleKeyDeletion
        CancelKeyDeletion EnableKeyRotation DisableKeyRotation GetKeyRotationStatus CreateGrant
        ListGrants RevokeGrant TagResource UntagResource ListResourceTags UpdateKeyDescription""",
    ("iam", "iam"): """
        CreateRole GetRole ListRoles DeleteRole UpdateRole UpdateAssumeRolePolicy PutRolePolicy
        GetRolePolicy ListRolePolicies DeleteRolePolicy AttachRolePolicy DetachRolePolicy
        ListAttachedRolePolicies CreatePolicy GetPolicy ListPolicies DeletePolicy
        CreatePolicyVersion GetPolicyVersion ListPolicyVersions SetDefaultPolicyVersion
        DeletePolicyVersion PutRolePermissionsBoundary DeleteRolePermissionsBoundary TagRole
        UntagRole ListRoleTags TagPolicy ListPolicyTags ListAccountAliases""",
    ("sts", "sts"): "GetCallerIdentity AssumeRole GetSessionToken",
    ("s3", "s3"): """
        CreateBucket DeleteBucket HeadBucket ListBuckets GetBucketLocation GetBucketPolicy
        PutBucketPolicy DeleteBucketPolicy GetBucketPolicyStatus GetBucketAcl PutBucketAcl
        GetPublicAccessBlock PutPublicAccessBlock DeletePublicAccessBlock GetBucketEncryption
        PutBucketEncryption GetBucketVersioning PutBucketVersioning GetBucketLifecycleConfiguration
        PutBucketLifecycleConfiguration DeleteBucketLifecycle GetBucketTagging PutBucketTagging
        DeleteBucketTagging GetBucketOwnershipControls PutBucketOwnershipControls
        GetBucketRequestPayment PutObject GetObject HeadObject DeleteObject DeleteObjects
        ListObjectsV2 ListObjects""",
    ("organizations", "organizations"): """
        DescribeOrganization ListAccounts DescribeAccount ListDelegatedAdministrators ListRoots""",
    ("events", "events"): """
        PutRule DescribeRule ListRules DeleteRule EnableRule DisableRule PutTargets
        ListTargetsByRule RemoveTargets ListRuleNamesByTarget DescribeEventBus ListEventBuses
        PutEvents TagResource UntagResource ListTagsForResource""",
    ("sqs", "sqs"): """
        CreateQueue GetQueueUrl GetQueueAttributes SetQueueAttributes ListQueues DeleteQueue
        SendMessage ReceiveMessage DeleteMessage PurgeQueue TagQueue ListQueueTags""",
}

# Root elements of S3's answers. botocore does not look at them; AWS and its other SDKs do
# (https://docs.aws.amazon.com/AmazonS3/latest/API/, "Response Syntax" of each operation).
ROOTS = {
    "ListBuckets": "ListAllMyBucketsResult",
    "ListObjects": "ListBucketResult",
    "ListObjectsV2": "ListBucketResult",
    "DeleteObjects": "DeleteResult",
    "GetBucketAcl": "AccessControlPolicy",
    "GetBucketLifecycleConfiguration": "LifecycleConfiguration",
    "GetBucketLocation": "LocationConstraint",
    "GetBucketRequestPayment": "RequestPaymentConfiguration",
    "GetBucketTagging": "Tagging",
    "GetBucketVersioning": "VersioningConfiguration",
}

# The codes that SQS had before it spoke JSON (its Smithy model's awsQueryError traits).
QUERY_CODES = {
    "MessageNotInflight": "AWS.SimpleQueueService.MessageNotInflight",
    "PurgeQueueInProgress": "AWS.SimpleQueueService.PurgeQueueInProgress",
    "QueueDeletedRecently": "AWS.SimpleQueueService.QueueDeletedRecently",
    "QueueDoesNotExist": "AWS.SimpleQueueService.NonExistentQueue",
    "QueueNameExists": "QueueAlreadyExists",
    "UnsupportedOperation": "AWS.SimpleQueueService.UnsupportedOperation",
}


def member(name, reference):
    """One member of a structure."""
    kept = {"name": name, "shape": reference["shape"]}
    for ours, theirs in [("wire", "locationName"), ("location", "location")]:
        if theirs in reference:
            kept[ours] = reference[theirs]
    for ours, theirs in [("flattened", "flattened"), ("attribute", "xmlAttribute")]:
        if reference.get(theirs):
            kept[ours] = True
    return kept


def shape(model):
    """One shape, without its documentation."""
    kept = {"type": model["type"]}
    for key in ["required", "enum", "min", "max", "pattern", "payload"]:
        if key in model:
            kept[key] = model[key]
    for key in ["flattened", "sensitive"]:
        if model.get(key):
            kept[key] = True
    if "members" in model:
        kept["members"] = [member(*item) for item in model["members"].items()]
    for key in ["member", "key", "value"]:
        if key in model:
            kept[key] = {"shape": model[key]["shape"]}
            if "locationName" in model[key]:
                kept[key]["wire"] = model[key]["locationName"]
    namespace = model.get("xmlNamespace")
    if isinstance(namespace, dict) and "prefix" in namespace:
        kept["xmlns"] = [namespace["prefix"], namespace["uri"]]
    return kept


def references(model):
    """The shapes that a shape is made of."""
    yield from (item["shape"] for item in model.get("members", {}).values())
    yield from (model[key]["shape"] for key in ["member", "key", "value"] if key in model)


def error(name, model):
    """How an error is told."""
    details = model.get("error", {})
    kept = {"status": details.get("httpStatusCode", 500 if model.get("fault") else 400)}
    code = QUERY_CODES.get(name, details.get("code", name))
    if code != name:
        kept["code"] = code
    if "Message" in model["members"]:
        kept["message"] = "Message"
    if model.get("synthetic"):
        kept["common"] = True
    return kept


def route(operation, shapes):
    """How a request says that it wants an operation of S3."""
    http = operation["http"]
    kept = {"method": http["method"], "uri": http["requestUri"]}
    structure = shapes[operation["input"]["shape"]] if "input" in operation else {}
    needed = [
        [item["location"], item["locationName"]]
        for name, item in structure.get("members", {}).items()
        if name in structure.get("required", []) and item.get("location") in ["querystring", "header"]
    ]
    if needed:
        kept["needs"] = needed
    if "responseCode" in http:
        kept["status"] = http["responseCode"]
    return kept


def condensed(service, names):
    """The model of one service."""
    model = Loader().load_service_model(service, "service-2")
    metadata, shapes = model["metadata"], model["shapes"]
    rest = metadata["protocol"] == "rest-xml"
    played, others, wanted = {}, {}, []
    for name, operation in sorted(model["operations"].items()):
        kept = route(operation, shapes) if rest else {}
        if name not in names:
            others[name] = kept
            continue
        for key in ["input", "output"]:
            if key in operation:
                kept[key] = operation[key]["shape"]
                wanted.append(operation[key]["shape"])
        if "resultWrapper" in operation.get("output", {}):
            kept["wrapper"] = operation["output"]["resultWrapper"]
        if rest and name in ROOTS:
            kept["root"] = ROOTS[name]
        played[name] = kept
    missing = set(names) - set(played)
    assert not missing, f"{service} has no {missing}"
    reached = {}
    while wanted:
        name = wanted.pop()
        if name not in reached:
            reached[name] = shape(shapes[name])
            wanted.extend(references(shapes[name]))
    errors = {name: error(name, item) for name, item in shapes.items() if item.get("exception")}
    head = {
        "source": f"botocore {VERSION}, Apache-2.0, condensed by condense.py",
        "version": metadata["apiVersion"],
    }
    for ours, theirs in [("target", "targetPrefix"), ("json", "jsonVersion"), ("xmlns", "xmlNamespace")]:
        if theirs in metadata:
            head[ours] = metadata[theirs]
    tables = {"operations": played, "others": others, "errors": errors, "shapes": reached}
    return head, tables


def written(head, tables):
    """The file: one operation or shape a line."""
    lines = [f"{json.dumps(key)}: {json.dumps(value)}" for key, value in head.items()]
    for key, table in tables.items():
        rows = [f"{json.dumps(name)}: {json.dumps(row)}" for name, row in sorted(table.items())]
        lines.append(f"{json.dumps(key)}: {{\n" + ",\n".join(rows) + "\n}")
    return "{\n" + ",\n".join(lines) + "\n}\n"


assert botocore.__version__ == VERSION, f"this is botocore {botocore.__version__}"
for (file, service), names in OPERATIONS.items():
    text = written(*condensed(service, names.split()))
    pathlib.Path(__file__).with_name(f"{file}.json").write_text(text)
