# The finding feed of Tocsin: EventBridge rules, an encrypted queue with a dead-letter queue, and the role
# that reads it. The same as deploy/cloudformation/tocsin-feed.yaml, for those who use Terraform. Deploy it
# where findings come together: the Security Hub and GuardDuty administrator account, in the home Region.

data "aws_caller_identity" "here" {}
data "aws_partition" "here" {}
data "aws_region" "here" {}

locals {
  account = data.aws_caller_identity.here.account_id
  # No rule filters on severity or state: a finding that falls from HIGH to LOW, or is resolved, would keep
  # its old face in Tocsin for ever. The ticketing policy filters.
  patterns = {
    securityhub     = { source = ["aws.securityhub"], detail-type = ["Security Hub Findings - Imported", "Security Hub Findings - Custom Action", "Security Hub Insight Results"] }
    securityhub_v2  = { source = ["aws.securityhub"], detail-type = ["Findings Imported V2"] }
    guardduty       = { source = ["aws.guardduty"], detail-type = ["GuardDuty Finding"] }
    malware         = { source = ["aws.guardduty"], detail-type = ["GuardDuty Malware Protection Object Scan Result"] }
    inspector       = { source = ["aws.inspector2"], detail-type = ["Inspector2 Finding"] }
    macie           = { source = ["aws.macie"], detail-type = ["Macie Finding"] }
    access_analyzer = { source = ["aws.access-analyzer"], detail-type = ["Access Analyzer Finding", "Unused Access Finding for IAM entities", "Internal Access Finding"] }
    health          = { source = ["aws.health"], detail-type = ["AWS Health Event", "AWS Health Abuse Event"], detail = { service = ["ABUSE", "RISK"] } }
    security_ir     = { source = ["aws.security-ir"], detail-type = ["Case Created", "Case Updated", "Case Comment Added", "Case Comment Updated", "Case Closed"] }
  }
}

# A key of its own: EventBridge cannot write to a queue under alias/aws/sqs.
resource "aws_kms_key" "feed" {
  description         = "${var.name}: findings on their way to Tocsin"
  enable_key_rotation = true
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      { Sid = "AccountDecidesByIam", Effect = "Allow", Principal = { AWS = "arn:${data.aws_partition.here.partition}:iam::${local.account}:root" }, Action = "kms:*", Resource = "*" },
      { Sid = "EventBridgeWritesToTheQueue", Effect = "Allow", Principal = { Service = "events.amazonaws.com" }, Action = ["kms:GenerateDataKey", "kms:Decrypt"], Resource = "*", Condition = { StringEquals = { "aws:SourceAccount" = local.account } } },
    ]
  })
}

# What could not be delivered, and what was received ten times and never deleted. It should stay empty.
resource "aws_sqs_queue" "dead" {
  name                      = "${var.name}-dead"
  message_retention_seconds = 1209600
  kms_master_key_id         = aws_kms_key.feed.arn
}

# Fourteen days is how long Tocsin may be down without losing a finding.
resource "aws_sqs_queue" "feed" {
  name                       = "${var.name}-feed"
  visibility_timeout_seconds = 120
  receive_wait_time_seconds  = 20
  message_retention_seconds  = 1209600
  kms_master_key_id          = aws_kms_key.feed.arn
  redrive_policy             = jsonencode({ deadLetterTargetArn = aws_sqs_queue.dead.arn, maxReceiveCount = 10 })
}

resource "aws_sqs_queue_policy" "these_rules" {
  for_each  = { feed = aws_sqs_queue.feed, dead = aws_sqs_queue.dead }
  queue_url = each.value.id
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      { Sid = "OnlyTheseRulesSend", Effect = "Allow", Principal = { Service = "events.amazonaws.com" }, Action = "sqs:SendMessage", Resource = each.value.arn, Condition = { ArnEquals = { "aws:SourceArn" = [for r in aws_cloudwatch_event_rule.source : r.arn] } } },
      { Sid = "TlsOnly", Effect = "Deny", Principal = "*", Action = "sqs:*", Resource = each.value.arn, Condition = { Bool = { "aws:SecureTransport" = "false" } } },
    ]
  })
}

resource "aws_cloudwatch_event_rule" "source" {
  for_each      = var.sources
  name          = "${var.name}-${replace(each.key, "_", "-")}"
  description   = "${each.key} for Tocsin"
  event_pattern = jsonencode(local.patterns[each.key])
}

resource "aws_cloudwatch_event_target" "queue" {
  for_each  = aws_cloudwatch_event_rule.source
  rule      = each.value.name
  target_id = "tocsin"
  arn       = aws_sqs_queue.feed.arn
  dead_letter_config {
    arn = aws_sqs_queue.dead.arn
  }
  retry_policy {
    maximum_event_age_in_seconds = 86400
    maximum_retry_attempts       = 185
  }
}

resource "aws_cloudwatch_event_permission" "organization" {
  count        = var.organization_id == "" ? 0 : 1
  principal    = "*"
  statement_id = "${var.name}-organization"
  condition {
    type  = "StringEquals"
    key   = "aws:PrincipalOrgID"
    value = var.organization_id
  }
}

resource "aws_iam_role" "feed" {
  count                = var.trusted_principal_arn == "" ? 0 : 1
  name                 = "${var.name}-feed"
  description          = "Reads the finding queue of Tocsin, and writes back what became of findings"
  max_session_duration = 3600
  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      { Sid = "OnlyWithTheExternalId", Effect = "Allow", Principal = { AWS = var.trusted_principal_arn }, Action = "sts:AssumeRole", Condition = { StringEquals = { "sts:ExternalId" = var.external_id } } },
      { Sid = "SessionsNameThePersonBehindThem", Effect = "Allow", Principal = { AWS = var.trusted_principal_arn }, Action = ["sts:TagSession", "sts:SetSourceIdentity"] },
    ]
  })
  lifecycle {
    precondition {
      condition     = var.external_id != ""
      error_message = "A role needs the external id that Tocsin shows."
    }
  }
}

resource "aws_iam_role_policy" "feed" {
  count = length(aws_iam_role.feed)
  name  = "feed"
  role  = aws_iam_role.feed[0].id
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = concat([
      { Sid = "ReadTheQueue", Effect = "Allow", Action = ["sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:ChangeMessageVisibility", "sqs:GetQueueAttributes", "sqs:GetQueueUrl"], Resource = aws_sqs_queue.feed.arn },
      { Sid = "WatchTheDeadLetterQueue", Effect = "Allow", Action = ["sqs:GetQueueAttributes", "sqs:GetQueueUrl"], Resource = aws_sqs_queue.dead.arn },
      { Sid = "ReadWhatIsEncrypted", Effect = "Allow", Action = ["kms:Decrypt"], Resource = aws_kms_key.feed.arn },
      { Sid = "FindWhatTheQueueLost", Effect = "Allow", Action = ["securityhub:GetFindings", "securityhub:GetFindingHistory", "securityhub:DescribeHub"], Resource = "*" },
      ], var.write_back ? [
      { Sid = "WriteBack", Effect = "Allow", Action = ["securityhub:BatchUpdateFindings"], Resource = "*" },
    ] : [])
  })
}

resource "aws_securityhub_action_target" "send" {
  count       = var.custom_action ? 1 : 0
  name        = "Send to Tocsin"
  identifier  = "SendToTocsin"
  description = "Opens a ticket in Tocsin"
}
