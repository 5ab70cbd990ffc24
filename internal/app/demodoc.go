package app

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"strconv"
	"strings"
	"time"
)

// obj and arr are JSON as it is written down here.
type (
	obj = map[string]any
	arr = []any
)

// demoJSON writes a document; maps of plain values always marshal.
func demoJSON(v any) []byte {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	_ = e.Encode(v)
	return bytes.TrimSpace(b.Bytes())
}

// demoHex is n hexadecimal digits that belong to a key.
func demoHex(key string, n int) string {
	sum := sha256.Sum256([]byte("tocsin demo " + key))
	return hex.EncodeToString(sum[:])[:n]
}

// demoUUID is an id as EventBridge gives one to an event.
func demoUUID(key string) string {
	h := demoHex(key, 32)
	return strings.Join([]string{h[:8], h[8:12], h[12:16], h[16:20], h[20:]}, "-")
}

// demoKeyID is an access key id of nobody: the right letters, drawn anew.
func demoKeyID(prefix, key string) string {
	const letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"
	sum := sha256.Sum256([]byte("tocsin demo key " + key))
	id := []byte(prefix)
	for _, c := range sum[:16] {
		id = append(id, letters[c%32])
	}
	return string(id)
}

func stamp(t time.Time) string { return t.UTC().Format("2006-01-02T15:04:05.000Z") }

// demoPlace is an account and a region of the company.
type demoPlace struct{ account, name, region string }

const (
	frankfurt = "eu-central-1"
	dublin    = "eu-west-1"
	virginia  = "us-east-1"
)

// The accounts of the company. The numbers are those of AWS's own examples.
func inProd(region string) demoPlace {
	return demoPlace{"444455556666", "larkfield-prod", region}
}

func inData(region string) demoPlace {
	return demoPlace{"555566667777", "larkfield-data", region}
}

func inStaging(region string) demoPlace {
	return demoPlace{"333344445555", "larkfield-staging", region}
}

func inShared(region string) demoPlace {
	return demoPlace{"222233334444", "larkfield-shared", region}
}

func inSecurity(region string) demoPlace {
	return demoPlace{"111122223333", "larkfield-security", region}
}

func demoAccounts() []func(region string) demoPlace {
	return []func(string) demoPlace{inProd, inData, inStaging, inShared, inSecurity}
}

// arn names something in the place.
func (p demoPlace) arn(service, resource string) string {
	return "arn:aws:" + service + ":" + p.region + ":" + p.account + ":" + resource
}

// global names something that has no region.
func (p demoPlace) global(service, resource string) string {
	return "arn:aws:" + service + "::" + p.account + ":" + resource
}

// envelope is an EventBridge event; nth tells the messages of one finding apart.
func (p demoPlace) envelope(source, detailType, key string, s demoSaid, detail any) []byte {
	return demoJSON(obj{
		"version": "0", "id": demoUUID(key + " message " + strconv.Itoa(s.nth)), "detail-type": detailType, "source": source,
		"account": p.account, "region": p.region, "time": stamp(s.at.Add(-4 * time.Second).Truncate(time.Second)),
		"resources": arr{}, "detail": detail,
	})
}

// demoParty is somebody on the other side. Addresses are of the ranges for
// documentation (RFC 5737), so are the numbers of their networks (RFC 5398).
type demoParty struct {
	ip, country, city, org string
	asn                    int
}

func partyHosting() demoParty {
	return demoParty{"203.0.113.47", "Netherlands", "Amsterdam", "Example Hosting", 64500}
}

func partyScanner() demoParty {
	return demoParty{"198.51.100.23", "United States", "Ashburn", "Example Scanning Project", 64511}
}

func partyTor() demoParty {
	return demoParty{"198.51.100.77", "Germany", "Nuremberg", "Example Relay Association", 64502}
}

func partyPool() demoParty {
	return demoParty{"203.0.113.133", "Finland", "Helsinki", "Example Colocation", 64503}
}

func partyPentest() demoParty {
	return demoParty{"192.0.2.44", "Belgium", "Ghent", "Example Assurance", 64504}
}

func partyLisbon() demoParty {
	return demoParty{"192.0.2.150", "Portugal", "Lisbon", "Example Telecom", 64505}
}

func (p demoParty) details() obj {
	return obj{
		"ipAddressV4": p.ip, "country": obj{"countryName": p.country}, "city": obj{"cityName": p.city},
		"organization": obj{"asn": strconv.Itoa(p.asn), "asnOrg": p.org, "isp": p.org, "org": p.org},
		"geoLocation":  obj{"lat": 0, "lon": 0},
	}
}

// Names of the other side that come back in the story.
const (
	poolDomain    = "eu.pool.hashvault.example.net"
	controlDomain = "cdn.update-checker.example.org"
	tunnelDomain  = "q7f3a1.t.metrics-relay.example.com"
)
