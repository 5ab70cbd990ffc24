package app

import (
	"strconv"

	"tocsin/internal/ticket"
)

// demoSecret is something that Macie found in an object.
type demoSecret struct {
	kind, severity string
	at             demoPlace
	bucket, object string
	title, about   string
}

func macie(key string, from, to float64, m demoSecret, script demoScript) demoCase {
	uid := m.at.arn("macie2", "finding/"+demoHex("macie "+key, 32))
	return demoCase{
		key: key, uid: uid, from: from, to: to, script: script,
		say: func(s demoSaid) []byte {
			return m.at.envelope("aws.securityhub", "Security Hub Findings - Imported", key, s, obj{"findings": arr{m.document(uid, s)}})
		},
	}
}

func (m demoSecret) document(uid string, s demoSaid) obj {
	d := hubFinding(uid, m.at, s)
	d["ProductArn"] = "arn:aws:securityhub:" + m.at.region + "::product/aws/macie"
	d["ProductName"], d["CompanyName"], d["GeneratorId"] = "Macie", "Amazon", "aws/macie"
	d["Types"] = arr{"Sensitive Data Identifications/PII/SensitiveData:S3Object-" + m.kind}
	d["Severity"] = obj{"Label": m.severity, "Normalized": normalized(m.severity)}
	d["Title"], d["Description"] = m.title, m.about
	d["Resources"] = arr{
		m.at.hubResource("AwsS3Bucket", "arn:aws:s3:::"+m.bucket),
		m.at.hubResource("AwsS3Object", "arn:aws:s3:::"+m.bucket+"/"+m.object),
	}
	if s.gone {
		d["RecordState"] = "ARCHIVED"
	}
	return d
}

// demoSecrets are what Macie found: three open a ticket, the others are kept.
func demoSecrets() []demoCase {
	data, prod := inData(frankfurt), inProd(frankfurt)
	out := []demoCase{
		macie("secret-keys", 10.1, 9.4, demoSecret{
			"Credentials", "HIGH", prod, "larkfield-prod-releases", "storefront/4.11.0/env.tar",
			"The S3 object contains credentials data.", "The object contains 2 AWS secret access keys and 1 OpenSSH private key.",
		}, play().
			ack(5).take(2).tag(1, "storefront").
			worked("env.tar was packed with the developer's .env. Bucket is read by 3 accounts, CloudTrail has 2 reads, both by the deploy role.",
				"Object deleted with all its versions. Both keys disabled.",
				"Keys rotated, private key was for a host that is gone. Pre-commit and pack step check for secrets now.").
			gone(15).
			close(20, ticket.Resolved, "Secrets revoked before anybody but our deploy read them.")),
		macie("secret-cards", 4.9, 3.7, demoSecret{
			"Financial", "MEDIUM", data, "larkfield-data-raw", "returns/2024/refunds-sample.csv",
			"The S3 object contains financial information.", "The object contains 400 credit card numbers.",
		}, play().
			ack(12).take(5).
			note(20, "400 card numbers, every one from the test ranges of the payment provider (4111…, 5555…).").
			move(3, ticket.Analysis, "").
			close(10, ticket.BenignTruePositive, "Test data of the returns team. Numbers are real patterns, no cards.")).byDay(),
		macie("secret-personal", 0.105, 0.1, demoSecret{
			"Personal", "MEDIUM", data, "larkfield-data-landing-eu", "inbox/supplier-0388/drivers.xlsx",
			"The S3 object contains personal information.", "The object contains 213 names, 213 birth dates and 198 driving licence numbers.",
		}, play()),
	}
	for i := range 7 {
		n := strconv.Itoa(i + 1)
		out = append(out, macie("personal-"+n, 13.5, 0.5, demoSecret{
			"Personal", "LOW", data, "larkfield-data-curated-hr", "export/part-" + n + ".parquet",
			"The S3 object contains personal information.", "The object contains " + strconv.Itoa(20+i*13) + " names and mailing addresses.",
		}, play()))
	}
	return out
}
