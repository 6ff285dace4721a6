#!/bin/sh
# Written by secmon for account 123456789012, seen 2026-01-05T10:12:00Z.
# Is somebody told when TopSecretInfo is read (123456789012/eu-west-1)? Before: NO. After: YES.
#
# Read it before you run it. It needs the AWS CLI, version 2, and stops at the first error;
# what was done until then stays done: then plan again rather than run this again.
# shellcheck disable=SC2016
set -eu

AWS_PAGER=''
export AWS_PAGER

account=$(aws sts get-caller-identity --query Account --output text)
if [ "$account" != 123456789012 ]; then
    printf 'This is for account 123456789012, and the credentials are for %s.\n' "$account" >&2
    exit 1
fi

# Runs a command again while it answers "Access denied": a new role takes a while to work.
patiently() {
    tries=0
    while ! answer=$("$@" 2>&1); do
        tries=$((tries + 1))
        case $answer in
            *"Access denied"*) ;;
            *) tries=12 ;;
        esac
        if [ "$tries" -ge 12 ]; then
            printf '%s\n' "$answer" >&2
            return 1
        fi
        sleep 5
    done
    printf '%s\n' "$answer"
}

# 1. Makes the bucket.
# Note: log files: USD 0.023 per GB and month in us-east-1
# Agree first: cost (costs money), create (makes something).
aws s3api create-bucket --region eu-west-1 --bucket cloudtrail-logs-123456789012-eu-west-1 \
    --create-bucket-configuration LocationConstraint=eu-west-1

# 2. Keeps the bucket private.
# Agree first: create (makes something).
aws s3api put-public-access-block --region eu-west-1 \
    --bucket cloudtrail-logs-123456789012-eu-west-1 \
    --public-access-block-configuration '{"BlockPublicAcls":true,"IgnorePublicAcls":true,"BlockPublicPolicy":true,"RestrictPublicBuckets":true}'

# 3. Encrypts the bucket.
# Agree first: create (makes something).
aws s3api put-bucket-encryption --region eu-west-1 --bucket cloudtrail-logs-123456789012-eu-west-1 \
    --server-side-encryption-configuration '{"Rules":[{"ApplyServerSideEncryptionByDefault":{"SSEAlgorithm":"AES256"}}]}'

# 4. Lets log files expire.
# Agree first: create (makes something).
aws s3api put-bucket-lifecycle-configuration --region eu-west-1 \
    --bucket cloudtrail-logs-123456789012-eu-west-1 \
    --lifecycle-configuration '{"Rules":[{"ID":"expire-log-files","Status":"Enabled","Filter":{"Prefix":"AWSLogs/"},"Expiration":{"Days":365}}]}'

# 5. Lets CloudTrail write to the bucket.
# Agree first: widen (permits more).
aws s3api put-bucket-policy --region eu-west-1 --bucket cloudtrail-logs-123456789012-eu-west-1 \
    --policy '{"Version":"2012-10-17","Statement":[{"Sid":"Write","Effect":"Allow","Principal":{"Service":"cloudtrail.amazonaws.com"},"Action":["s3:PutObject"],"Resource":"arn:aws:s3:::cloudtrail-logs-123456789012-eu-west-1/AWSLogs/123456789012/*","Condition":{"StringEquals":{"aws:PrincipalTag/who":"${aws:PrincipalTag/who}"}}}]}'

# 6. Makes the trail.
# Note: the first copy of management events in a Region is free; each further copy costs USD 2.00 per 100,000 events
# Agree first: cost (costs money), create (makes something).
aws cloudtrail create-trail --region eu-west-1 --name management-events \
    --s3-bucket-name cloudtrail-logs-123456789012-eu-west-1 --is-multi-region-trail \
    --enable-log-file-validation --tags-list '[{"Key":"made-by","Value":"secmon"}]'

# 7. Starts the trail.
aws cloudtrail start-logging --region eu-west-1 \
    --name arn:aws:cloudtrail:eu-west-1:123456789012:trail/management-events

# 8. Makes the log group.
# Note: log storage: USD 0.03 per GB and month in us-east-1, until its retention ends
# Agree first: cost (costs money), create (makes something).
aws logs create-log-group --region eu-west-1 --log-group-name /secmon/trail \
    --tags '{"made-by":"secmon"}'

# 9. Keeps its events for a year.
aws logs put-retention-policy --region eu-west-1 --log-group-name /secmon/trail \
    --retention-in-days 365

# 10. Makes the role.
# Agree first: create (makes something).
aws iam create-role --role-name CloudTrailRoleForCloudWatchLogs_management-events \
    --assume-role-policy-document '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Service":"cloudtrail.amazonaws.com"},"Action":"sts:AssumeRole"}]}' \
    --tags '[{"Key":"made-by","Value":"secmon"}]'

# 11. Lets the role write to the group.
# Agree first: widen (permits more).
aws iam put-role-policy --role-name CloudTrailRoleForCloudWatchLogs_management-events \
    --policy-name write-log-group \
    --policy-document '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":["logs:CreateLogStream","logs:PutLogEvents"],"Resource":["arn:aws:logs:eu-west-1:123456789012:log-group:/secmon/trail:log-stream:*"]}]}'

# 12. Lets the trail deliver to the group.
# Note: CloudTrail events into CloudWatch Logs: USD 0.50 per GB in us-east-1
# Agree first: cost (costs money).
patiently aws cloudtrail update-trail --region eu-west-1 \
    --name arn:aws:cloudtrail:eu-west-1:123456789012:trail/management-events \
    --cloud-watch-logs-log-group-arn 'arn:aws:logs:eu-west-1:123456789012:log-group:/secmon/trail:*' \
    --cloud-watch-logs-role-arn arn:aws:iam::123456789012:role/CloudTrailRoleForCloudWatchLogs_management-events

# 13. Makes the filter.
# Agree first: create (makes something).
aws logs put-metric-filter --region eu-west-1 --log-group-name /secmon/trail \
    --filter-name secret-read --filter-pattern '{ ($.eventName = "GetSecretValue") }' \
    --metric-transformations '[{"metricName":"SecretIsAccessed","metricNamespace":"SecurityMetrics","metricValue":"1","defaultValue":0}]'

# 14. Makes the topic.
# Agree first: create (makes something).
aws sns create-topic --region eu-west-1 --name secmon-alerts \
    --tags '[{"Key":"made-by","Value":"secmon"}]'

# 15. Makes the alarm.
# Note: USD 0.10 per month and alarm in us-east-1
# Agree first: cost (costs money), create (makes something).
aws cloudwatch put-metric-alarm --region eu-west-1 --alarm-name secret-read \
    --alarm-description 'A secret was read' \
    --alarm-actions arn:aws:sns:eu-west-1:123456789012:secmon-alerts --namespace SecurityMetrics \
    --metric-name SecretIsAccessed --statistic Sum --period 60 --evaluation-periods 1 \
    --threshold 1 --comparison-operator GreaterThanOrEqualToThreshold \
    --treat-missing-data notBreaching --tags '[{"Key":"made-by","Value":"secmon"}]'

# 16. Subscribes soc@example.org.
# Agree first: mail (sends mail).
aws sns subscribe --region eu-west-1 --topic-arn arn:aws:sns:eu-west-1:123456789012:secmon-alerts \
    --protocol email --notification-endpoint soc@example.org

# By hand:
# - Confirm the subscription in the mail to soc@example.org.
