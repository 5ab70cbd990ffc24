output "queue_url" {
  description = "The queue to enter in Tocsin."
  value       = aws_sqs_queue.feed.id
}

output "region" {
  description = "The Region to enter in Tocsin."
  value       = data.aws_region.here.name
}

output "dead_letter_queue_url" {
  description = "Should stay empty."
  value       = aws_sqs_queue.dead.id
}

output "role_arn" {
  description = "The role to enter in Tocsin; null where none was made."
  value       = one(aws_iam_role.feed[*].arn)
}

output "bus_arn" {
  description = "For those that forward from other accounts and Regions."
  value       = "arn:${data.aws_partition.here.partition}:events:${data.aws_region.here.name}:${local.account}:event-bus/default"
}
