package app

import "slices"

// demoCases is everything that detectors say in the fortnight, except for
// reports that bring many findings at once and what cannot be read.
func demoCases() []demoCase {
	return slices.Concat(
		demoIntrusion(), demoHosts(), demoLogins(), demoChecks(), demoFlaws(), demoSecrets(), demoProbeTickets(),
		minorThreats(), quietControls(), quietFlaws(),
	)
}
