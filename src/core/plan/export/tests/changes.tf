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

# Lets trail audit-trail deliver to the group.
# Note: CloudTrail events into CloudWatch Logs: USD 0.50 per GB in us-east-1
# Agree first: cost (costs money).
# Lets trail audit-trail record management events.
# Note: the first copy of management events in a Region is free; each further copy costs USD 2.00 per 100,000 events
# Agree first: cost (costs money).
import {
  to = aws_cloudtrail.audit_trail
  id = "arn:aws:cloudtrail:eu-west-1:123456789012:trail/audit-trail"
}

resource "aws_cloudtrail" "audit_trail" {
  name                          = "audit-trail"
  s3_bucket_name                = "audit-trail-logs-123456789012"
  is_multi_region_trail         = true
  is_organization_trail         = false
  include_global_service_events = true
  enable_log_file_validation    = true
  enable_logging                = true
  cloud_watch_logs_group_arn    = "arn:aws:logs:eu-west-1:123456789012:log-group:/secmon/trail:*"
  cloud_watch_logs_role_arn     = aws_iam_role.trail_to_logs.arn
  sns_topic_name                = "security-alerts"

  advanced_event_selector {
    name = "Management events"

    field_selector {
      field  = "eventCategory"
      equals = ["Management"]
    }

    field_selector {
      field      = "eventSource"
      not_equals = ["kms.amazonaws.com"]
    }
  }

  lifecycle {
    ignore_changes = [insight_selector, tags]
  }
}

# Sets Statistic Maximum of alarm secret-read; the rest of it stays.
import {
  to = aws_cloudwatch_metric_alarm.secret_read
  id = "secret-read"
}

resource "aws_cloudwatch_metric_alarm" "secret_read" {
  alarm_name        = "secret-read"
  alarm_description = "A secret was read"
  actions_enabled   = true
  alarm_actions     = [aws_sns_topic.security_alerts.arn]
  namespace         = "SecurityMetrics"
  metric_name       = "SecretIsAccessed"
  dimensions = {
    "Where" = "100 %%{x} $${y}\n\"z\"\\"
  }
  statistic           = "Maximum"
  period              = 60
  evaluation_periods  = 1
  comparison_operator = "GreaterThanOrEqualToThreshold"
  threshold           = 1
  treat_missing_data  = "notBreaching"

  lifecycle {
    ignore_changes = [tags]
  }
}

# Switches the actions of alarm math on.
# Agree first: resume (somebody switched it off).
import {
  to = aws_cloudwatch_metric_alarm.math
  id = "math"
}

resource "aws_cloudwatch_metric_alarm" "math" {
  alarm_name          = "math"
  actions_enabled     = true
  evaluation_periods  = 1
  comparison_operator = "GreaterThanThreshold"
  threshold           = 0.5

  metric_query {
    id          = "e1"
    expression  = "FILL(m1, 0)"
    label       = "reads"
    return_data = true
  }

  metric_query {
    id          = "m1"
    return_data = false

    metric {
      namespace   = "N"
      metric_name = "M"
      dimensions = {
        "a" = "b"
      }
      period = 300
      stat   = "Sum"
    }
  }

  lifecycle {
    ignore_changes = [tags]
  }
}

# Lets alarm any-read notify the topic.
# Agree first: mail (sends mail).
import {
  to = aws_cloudwatch_composite_alarm.any_read
  id = "any-read"
}

resource "aws_cloudwatch_composite_alarm" "any_read" {
  alarm_name      = "any-read"
  actions_enabled = true
  alarm_actions   = [aws_sns_topic.security_alerts.arn]
  alarm_rule      = "ALARM(\"secret-read\")"

  actions_suppressor {
    alarm            = "maintenance"
    extension_period = 20
    wait_period      = 10
  }

  lifecycle {
    ignore_changes = [tags]
  }
}

# Lets CloudWatch publish to the topic.
# Agree first: widen (permits more).
import {
  to = aws_sns_topic_policy.security_alerts
  id = "arn:aws:sns:eu-west-1:123456789012:security-alerts"
}

resource "aws_sns_topic_policy" "security_alerts" {
  arn = aws_sns_topic.security_alerts.arn
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
        "Resource" = "arn:aws:sns:eu-west-1:123456789012:security-alerts"
        "Condition" = {
          "StringEquals" = {
            "aws:PrincipalTag/who" = "$${aws:PrincipalTag/who}"
          }
        }
      },
    ]
  })
}

# Takes the encryption key off the topic.
# Agree first: widen (permits more).
import {
  to = aws_sns_topic.security_alerts
  id = "arn:aws:sns:eu-west-1:123456789012:security-alerts"
}

resource "aws_sns_topic" "security_alerts" {
  name = "security-alerts"

  lifecycle {
    ignore_changes = [
      application_failure_feedback_role_arn,
      application_success_feedback_role_arn,
      application_success_feedback_sample_rate,
      archive_policy,
      content_based_deduplication,
      delivery_policy,
      display_name,
      firehose_failure_feedback_role_arn,
      firehose_success_feedback_role_arn,
      firehose_success_feedback_sample_rate,
      http_failure_feedback_role_arn,
      http_success_feedback_role_arn,
      http_success_feedback_sample_rate,
      lambda_failure_feedback_role_arn,
      lambda_success_feedback_role_arn,
      lambda_success_feedback_sample_rate,
      sqs_failure_feedback_role_arn,
      sqs_success_feedback_role_arn,
      sqs_success_feedback_sample_rate,
      tags,
    ]
  }
}

# Lets CloudWatch use the key.
# Agree first: widen (permits more).
import {
  to = aws_kms_key_policy._0f1e2d3c_4b5a_4697_8879_6a5b4c3d2e1f
  id = "0f1e2d3c-4b5a-4697-8879-6a5b4c3d2e1f"
}

resource "aws_kms_key_policy" "_0f1e2d3c_4b5a_4697_8879_6a5b4c3d2e1f" {
  key_id = "0f1e2d3c-4b5a-4697-8879-6a5b4c3d2e1f"
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
        "Resource" = "*"
        "Condition" = {
          "StringEquals" = {
            "aws:PrincipalTag/who" = "$${aws:PrincipalTag/who}"
          }
        }
      },
    ]
  })
}

# Switches rule reads on.
# Agree first: resume (somebody switched it off).
import {
  to = aws_cloudwatch_event_rule.reads
  id = "reads"
}

resource "aws_cloudwatch_event_rule" "reads" {
  name  = "reads"
  state = "ENABLED_WITH_ALL_CLOUDTRAIL_MANAGEMENT_EVENTS"
  event_pattern = jsonencode({
    "source" = ["aws.secretsmanager"]
  })

  lifecycle {
    ignore_changes = [tags]
  }
}

# Lets the rule notify the topic.
# Agree first: mail (sends mail).
resource "aws_cloudwatch_event_target" "reads_secmon" {
  rule      = aws_cloudwatch_event_rule.reads.name
  target_id = "secmon"
  arn       = aws_sns_topic.security_alerts.arn
}

# Keeps the group's events for 90 days.
import {
  to = aws_cloudwatch_log_group.audit_trail
  id = "audit-trail"
}

resource "aws_cloudwatch_log_group" "audit_trail" {
  name              = "audit-trail"
  log_group_class   = "STANDARD"
  retention_in_days = 90

  lifecycle {
    ignore_changes = [tags]
  }
}

# Takes the filter policy off the subscription.
# Agree first: mail (sends mail).
import {
  to = aws_sns_topic_subscription.security_alerts_soc_example_org
  id = "arn:aws:sns:eu-west-1:123456789012:security-alerts:5d7c6e1a-0b2f-4f0e-9a53-2f1f6a1d9c11"
}

resource "aws_sns_topic_subscription" "security_alerts_soc_example_org" {
  topic_arn = aws_sns_topic.security_alerts.arn
  protocol  = "email"
  endpoint  = "soc@example.org"

  lifecycle {
    ignore_changes = [
      delivery_policy,
      raw_message_delivery,
      redrive_policy,
      replay_policy,
      subscription_role_arn,
    ]
  }
}

# Lets CloudTrail assume the role.
# Agree first: widen (permits more).
import {
  to = aws_iam_role.trail_to_logs
  id = "trail-to-logs"
}

resource "aws_iam_role" "trail_to_logs" {
  name = "trail-to-logs"
  assume_role_policy = jsonencode({
    "Version" = "2012-10-17"
    "Statement" = [
      {
        "Sid"    = "Write"
        "Effect" = "Allow"
        "Principal" = {
          "Service" = "cloudtrail.amazonaws.com"
        }
        "Action"   = "s3:PutObject"
        "Resource" = "*"
        "Condition" = {
          "StringEquals" = {
            "aws:PrincipalTag/who" = "$${aws:PrincipalTag/who}"
          }
        }
      },
    ]
  })

  lifecycle {
    ignore_changes = [description, max_session_duration, tags]
  }
}

# Shows the reads on a dashboard.
# Note: USD 3.00 per month and dashboard beyond the first three
# Agree first: cost (costs money), create (makes something).
resource "aws_cloudwatch_dashboard" "reads" {
  dashboard_name = "reads"
  dashboard_body = "{\"widgets\":[{\"type\":\"text\",\"width\":1.5e1,\"properties\":{}}]}"
}

# Sets alarm secret-read to OK, until its next evaluation.
# Not done by Terraform, because a state is no configuration. As a command:
# aws cloudwatch set-alarm-state --region eu-west-1 --alarm-name secret-read --state-value OK --state-reason reset

# By hand:
# - Confirm the subscription in the mail to soc@example.org.
