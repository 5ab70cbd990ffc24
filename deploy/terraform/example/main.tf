# A feed in the home Region, read by a role. Take the external id from Tocsin.

variable "external_id" {
  type      = string
  sensitive = true
}

variable "tocsin_arn" {
  description = "The IAM principal that Tocsin runs as."
  type        = string
}

module "tocsin" {
  source                = "../tocsin"
  trusted_principal_arn = var.tocsin_arn
  external_id           = var.external_id
}

output "queue_url" {
  value = module.tocsin.queue_url
}

output "role_arn" {
  value = module.tocsin.role_arn
}
