import type { Rule } from "./draft";

/** The rules of a new installation; default-rules.test.ts holds them to internal/ticket/policy.go. */
export const defaultRules: readonly Rule[] = [
  { name: "Not active, or suppressed", match: "active:false", then: "record", enabled: true },
  { name: "Checks that need a person to look", match: "result:manual,passed,not_available", then: "record", enabled: true },
  { name: "Detections, medium and above", match: "class:detection,data_security severity>=medium", then: "open", enabled: true },
  { name: "Failed controls, high and above", match: "class:compliance result:failed severity>=high", then: "open", enabled: true },
  { name: "Vulnerabilities, high and above", match: "class:vulnerability severity>=high", then: "open", enabled: true },
];
