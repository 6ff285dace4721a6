# Written by secmon for account 123456789012, seen 2026-01-05T10:12:00Z.
# Is somebody told when TopSecretInfo is read (123456789012/eu-west-1)? Before: NO. After: YES.
#
# Read it first, and what `terraform plan` says.
# `terraform destroy` would take away all of it, what is imported as well.

terraform {
  required_version = ">= 1.5"

  required_providers {
    aws = {
      "source"  = "hashicorp/aws"
      "version" = ">= 6.0"
    }
  }
}

provider "aws" {
  region              = "eu-west-1"
  allowed_account_ids = ["123456789012"]
}

# Makes the bucket.
# Note: log files: USD 0.023 per GB and month in us-east-1
# Agree first: cost (costs money), create (makes something).
resource "aws_s3_bucket" "cloudtrail_logs_123456789012_eu_west_1" {
  bucket = "cloudtrail-logs-123456789012-eu-west-1"
}

# Keeps the bucket private.
# Agree first: create (makes something).
resource "aws_s3_bucket_public_access_block" "cloudtrail_logs_123456789012_eu_west_1" {
  bucket                  = aws_s3_bucket.cloudtrail_logs_123456789012_eu_west_1.bucket
  block_public_acls       = true
  ignore_public_acls      = true
  block_public_policy     = true
  restrict_public_buckets = true
}

# Encrypts the bucket.
# Agree first: create (makes something).
resource "aws_s3_bucket_server_side_encryption_configuration" "cloudtrail_logs_123456789012_eu_west_1" {
  bucket = aws_s3_bucket.cloudtrail_logs_123456789012_eu_west_1.bucket

  rule {
    apply_server_side_encryption_by_default {
      sse_algorithm = "AES256"
    }
  }
}

# Lets log files expire.
# Agree first: create (makes something).
resource "aws_s3_bucket_lifecycle_configuration" "cloudtrail_logs_123456789012_eu_west_1" {
  bucket = aws_s3_bucket.cloudtrail_logs_123456789012_eu_west_1.bucket

  rule {
    id     = "expire-log-files"
    status = "Enabled"

    filter {
      prefix = "AWSLogs/"
    }

    expiration {
      days = 365
    }
  }
}

# Lets CloudTrail write to the bucket.
# Agree first: widen (permits more).
resource "aws_s3_bucket_policy" "cloudtrail_logs_123456789012_eu_west_1" {
  bucket = aws_s3_bucket.cloudtrail_logs_123456789012_eu_west_1.bucket
  policy = jsonencode({
    "Version" = "2012-10-17"
    "Statement" = [
      {
        "Sid"    = "Write"
        "Effect" = "Allow"
        "Principal" = {
          "Service" = "cloudtrail.amazonaws.com"
        }
        "Action"   = ["s3:PutObject"]
        "Resource" = "arn:aws:s3:::cloudtrail-logs-123456789012-eu-west-1/AWSLogs/123456789012/*"
        "Condition" = {
          "StringEquals" = {
            "aws:PrincipalTag/who" = "$${aws:PrincipalTag/who}"
          }
        }
      },
    ]
  })
}

# Makes the trail.
# Note: the first copy of management events in a Region is free; each further copy costs USD 2.00 per 100,000 events
# Agree first: cost (costs money), create (makes something).
# Starts the trail.
# Lets the trail deliver to the group.
# Note: CloudTrail events into CloudWatch Logs: USD 0.50 per GB in us-east-1
# Agree first: cost (costs money).
resource "aws_cloudtrail" "management_events" {
  name                          = "management-events"
  s3_bucket_name                = aws_s3_bucket.cloudtrail_logs_123456789012_eu_west_1.bucket
  is_multi_region_trail         = true
  is_organization_trail         = false
  include_global_service_events = true
  enable_log_file_validation    = true
  enable_logging                = true
  cloud_watch_logs_group_arn    = "${aws_cloudwatch_log_group.secmon_trail.arn}:*"
  cloud_watch_logs_role_arn     = aws_iam_role.CloudTrailRoleForCloudWatchLogs_management_events.arn
  tags = {
    "made-by" = "secmon"
  }
  depends_on = [
    aws_s3_bucket_policy.cloudtrail_logs_123456789012_eu_west_1,
    aws_iam_role_policy.CloudTrailRoleForCloudWatchLogs_management_events_write_log_group,
  ]
}

# Makes the log group.
# Note: log storage: USD 0.03 per GB and month in us-east-1, until its retention ends
# Agree first: cost (costs money), create (makes something).
# Keeps its events for a year.
resource "aws_cloudwatch_log_group" "secmon_trail" {
  name              = "/secmon/trail"
  log_group_class   = "STANDARD"
  retention_in_days = 365
  tags = {
    "made-by" = "secmon"
  }
}

# Makes the role.
# Agree first: create (makes something).
resource "aws_iam_role" "CloudTrailRoleForCloudWatchLogs_management_events" {
  name = "CloudTrailRoleForCloudWatchLogs_management-events"
  assume_role_policy = jsonencode({
    "Version" = "2012-10-17"
    "Statement" = [
      {
        "Effect" = "Allow"
        "Principal" = {
          "Service" = "cloudtrail.amazonaws.com"
        }
        "Action" = "sts:AssumeRole"
      },
    ]
  })
  tags = {
    "made-by" = "secmon"
  }
}

# Lets the role write to the group.
# Agree first: widen (permits more).
resource "aws_iam_role_policy" "CloudTrailRoleForCloudWatchLogs_management_events_write_log_group" {
  name = "write-log-group"
  role = aws_iam_role.CloudTrailRoleForCloudWatchLogs_management_events.name
  policy = jsonencode({
    "Version" = "2012-10-17"
    "Statement" = [
      {
        "Effect"   = "Allow"
        "Action"   = ["logs:CreateLogStream", "logs:PutLogEvents"]
        "Resource" = ["arn:aws:logs:eu-west-1:123456789012:log-group:/secmon/trail:log-stream:*"]
      },
    ]
  })
}

# Makes the filter.
# Agree first: create (makes something).
resource "aws_cloudwatch_log_metric_filter" "secret_read" {
  name           = "secret-read"
  log_group_name = aws_cloudwatch_log_group.secmon_trail.name
  pattern        = "{ ($.eventName = \"GetSecretValue\") }"

  metric_transformation {
    name          = "SecretIsAccessed"
    namespace     = "SecurityMetrics"
    value         = "1"
    default_value = "0"
  }
}

# Makes the topic.
# Agree first: create (makes something).
resource "aws_sns_topic" "secmon_alerts" {
  name = "secmon-alerts"
  tags = {
    "made-by" = "secmon"
  }
}

# Makes the alarm.
# Note: USD 0.10 per month and alarm in us-east-1
# Agree first: cost (costs money), create (makes something).
resource "aws_cloudwatch_metric_alarm" "secret_read" {
  alarm_name          = "secret-read"
  alarm_description   = "A secret was read"
  actions_enabled     = true
  alarm_actions       = [aws_sns_topic.secmon_alerts.arn]
  namespace           = "SecurityMetrics"
  metric_name         = "SecretIsAccessed"
  statistic           = "Sum"
  period              = 60
  evaluation_periods  = 1
  comparison_operator = "GreaterThanOrEqualToThreshold"
  threshold           = 1
  treat_missing_data  = "notBreaching"
  tags = {
    "made-by" = "secmon"
  }
}

# Subscribes soc@example.org.
# Agree first: mail (sends mail).
resource "aws_sns_topic_subscription" "secmon_alerts_soc_example_org" {
  topic_arn = aws_sns_topic.secmon_alerts.arn
  protocol  = "email"
  endpoint  = "soc@example.org"
}

# By hand:
# - Confirm the subscription in the mail to soc@example.org.
