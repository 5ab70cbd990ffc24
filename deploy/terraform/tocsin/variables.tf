variable "name" {
  description = "Begins the names of everything that is made."
  type        = string
  default     = "tocsin"
  validation {
    condition     = can(regex("^[a-z][a-z0-9-]{1,30}$", var.name))
    error_message = "Small letters, digits and dashes, at most 31."
  }
}

variable "sources" {
  description = "What is sent: securityhub, securityhub_v2, guardduty, malware, inspector, macie, access_analyzer, health, security_ir."
  type        = set(string)
  default     = ["securityhub", "securityhub_v2", "guardduty", "malware", "macie", "access_analyzer", "health", "security_ir"]
  validation {
    condition     = length(setsubtract(var.sources, ["securityhub", "securityhub_v2", "guardduty", "malware", "inspector", "macie", "access_analyzer", "health", "security_ir"])) == 0
    error_message = "One of securityhub, securityhub_v2, guardduty, malware, inspector, macie, access_analyzer, health, security_ir."
  }
}

variable "organization_id" {
  description = "Lets this organization's accounts forward their events to this bus; empty for none."
  type        = string
  default     = ""
  validation {
    condition     = can(regex("^$|^o-[a-z0-9]{10,32}$", var.organization_id))
    error_message = "Empty, or an id such as o-a1b2c3d4e5."
  }
}

variable "trusted_principal_arn" {
  description = "The IAM principal that Tocsin runs as; empty makes no role."
  type        = string
  default     = ""
}

variable "external_id" {
  description = "The external id that Tocsin shows. Required with trusted_principal_arn."
  type        = string
  default     = ""
  sensitive   = true
  validation {
    condition     = var.external_id == "" || length(var.external_id) >= 16
    error_message = "At least 16 characters: take the one that Tocsin shows."
  }
}

variable "write_back" {
  description = "Lets the role write to Security Hub what became of a finding."
  type        = bool
  default     = true
}

variable "custom_action" {
  description = "Makes the custom action \"Send to Tocsin\" in Security Hub."
  type        = bool
  default     = false
}
