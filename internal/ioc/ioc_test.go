package ioc

import (
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// short writes matches as "type value [guards]", which reads well in a table.
func short(matches []Match) []string {
	out := []string{}
	for _, m := range matches {
		line := string(m.Type) + " " + m.Value
		if len(m.Guards) > 0 {
			line += " [" + strings.Join(m.Guards, " ") + "]"
		}
		out = append(out, line)
	}
	return out
}

func TestExtractReadsWhatPeopleWrite(t *testing.T) {
	t.Parallel()
	sha256 := strings.Repeat("ab01", 16)
	onion3 := "duckduckgogg42xjoc72x3sjasowoarfbgcmvfimaftt6twagswzczad.onion"
	tests := []struct {
		name, text string
		want       []string
	}{
		{"a plain address in a sentence", "Traffic to 8.8.8.8.", []string{"ipv4 8.8.8.8"}},
		{"an address with a port", "from 8.8.4.4:4444,", []string{"ipv4 8.8.4.4"}},
		{"a defanged address", "1[.]1[.]1[.]1 and 9(.)9(.)9(.)9 and 8\\.8\\.8\\.8", []string{"ipv4 1.1.1.1", "ipv4 9.9.9.9", "ipv4 8.8.8.8"}},
		{"a network", "block 198.18.5.9/15 now", []string{"cidr 198.18.0.0/15 [reserved]"}},
		{"private, loopback and documentation addresses are guarded", "10.1.2.3 127.0.0.1 169.254.169.254 100.64.0.1 192.0.2.1",
			[]string{"ipv4 10.1.2.3 [private]", "ipv4 127.0.0.1 [loopback]", "ipv4 169.254.169.254 [link-local]", "ipv4 100.64.0.1 [shared]", "ipv4 192.0.2.1 [documentation]"}},
		{"a version number is guarded", "nginx version 1.20.1.4, v10.2.0.1 and Chrome/120.0.0.0",
			[]string{"ipv4 1.20.1.4 [version-like]", "ipv4 10.2.0.1 [private version-like]", "ipv4 120.0.0.0 [version-like]"}},
		{"object ids and leading zeros are no addresses", "1.3.6.1.4.1 and 01.02.03.04 and 256.1.1.1", nil},
		{"IPv6 in its forms", "2606:4700::1111, fe80::1%eth0, [2001:db8::1]:443 and ::1", []string{"ipv6 2606:4700::1111", "ipv6 fe80::1 [link-local]", "ipv6 2001:db8::1 [documentation]", "ipv6 ::1 [loopback]"}},
		{"a mapped IPv4 address is IPv4", "::ffff:8.8.8.8", []string{"ipv4 8.8.8.8"}},
		{"times, MAC addresses and C++ names are no IPv6", "12:34:56 00:1b:44:11:3a:b7 std::vector a::b", nil},
		{"a domain with a capital and a full stop", "It called Evil-Site.co.uk.", []string{"domain evil-site.co.uk"}},
		{"a defanged domain", "evil[.]com, bad[dot]ru, ugly (dot) info, worse[.net", []string{"domain evil.com", "domain bad.ru", "domain ugly.info", "domain worse.net"}},
		{"a suffix alone and an unknown top level are no domains", "co.uk file.txt Node.js e.g. i.e. EC2.2 S3.11", nil},
		{"a file name is guarded unless defanged", "ran setup.py and install[.]sh", []string{"domain setup.py [file-name-like]", "domain install.sh"}},
		{"code is guarded", "Console.Read foo.bar( com.acme.app", []string{"domain console.read [code-like]", "domain foo.bar [code-like]", "domain com.acme.app [package-like]"}},
		{"the provider's own names are guarded", "lambda.amazonaws.com docs.aws.amazon.com sqs.eu-west-1.amazonaws.com loot.s3.amazonaws.com",
			[]string{"domain lambda.amazonaws.com [provider]", "domain docs.aws.amazon.com [provider]", "domain sqs.eu-west-1.amazonaws.com [provider]", "domain loot.s3.amazonaws.com"}},
		{"foreign letters become punycode", "bücher.de and 访问evil.com下载", []string{"domain xn--bcher-kva.de [idn]", "domain evil.com"}},
		{"a URL and its host", "see hxxps://Evil[.]com:8443/A(b)?x=1#f).", []string{"url https://evil.com:8443/A(b)?x=1#f", "domain evil.com"}},
		{"URL defanging in full", `hXXp[:]//a[.]evil[.]com/x meow://evil.com http:\\evil.com`, []string{"url http://a.evil.com/x", "domain a.evil.com", "url http://evil.com", "domain evil.com", "url http://evil.com", "domain evil.com"}},
		{"a URL with an address", "http://8.8.8.8/x and https://[2606:4700::1]/", []string{"url http://8.8.8.8/x", "ipv4 8.8.8.8", "url https://[2606:4700::1]/", "ipv6 2606:4700::1"}},
		{"a URL inside", "http://localhost:8080/x http://jenkins/y", []string{"url http://localhost:8080/x [loopback]", "url http://jenkins/y [internal-name]"}},
		{"a URL glued to a word", "link=http://evil.com/a;next", []string{"url http://evil.com/a;next", "domain evil.com"}},
		{"a URL without a scheme", "get evil.com/payload.sh?x=1, and/or src/main.rs/x", []string{"url evil.com/payload.sh?x=1 [no-scheme]", "domain evil.com", "domain main.rs [file-name-like]"}},
		{"user names in a URL do not hide the host", "http://www.google.com@evil.com/", []string{"url http://www.google.com@evil.com/", "domain evil.com"}},
		{"e-mail addresses", "mailto:Bob@Evil.com, ann[at]evil[.]com, joe (at) evil (dot) com", []string{"email bob@evil.com", "email ann@evil.com", "email joe@evil.com"}},
		{"hashes by length", "d41d8cd98f00b204e9800998ecf8427e sha256:" + strings.ToUpper(sha256), []string{"md5 d41d8cd98f00b204e9800998ecf8427e", "sha256 " + sha256}},
		{"SHA-1 and SHA-512", strings.Repeat("0a", 20) + " " + strings.Repeat("0a", 64), []string{"sha1 " + strings.Repeat("0a", 20), "sha512 " + strings.Repeat("0a", 64)}},
		{"fillers and longer hex are no hashes", strings.Repeat("0", 32) + " " + strings.Repeat("ab", 17), nil},
		{"a CVE, also with a long dash", "CVE-2024-3094 cve‑2021‑44228 CVE-1985-1 CVE-2024-12", []string{"cve CVE-2024-3094", "cve CVE-2021-44228"}},
		{"ATT&CK techniques", "T1059.001, T1078 (Valid Accounts), t1078, T9999", []string{"technique T1059.001", "technique T1078"}},
		{"an ARN in quotes", `"arn:aws:iam::111122223333:role/Admin", arn:aws-cn:s3:::b/k.`, []string{"arn arn:aws:iam::111122223333:role/Admin", "arn arn:aws-cn:s3:::b/k"}},
		{"an account only where the text says so", "account 111122223333 paid 999988887777 times", []string{"aws_account 111122223333"}},
		{"AWS key ids", "AKIAIOSFODNN7EXAMPLE used AKIA234567ABCDEFGHIJ; AIDACKCEVSQ6C2EXAMPLE", []string{"aws_key_id AKIAIOSFODNN7EXAMPLE [example]", "aws_key_id AKIA234567ABCDEFGHIJ", "aws_key_id AIDACKCEVSQ6C2EXAMPLE [example]"}},
		{"an onion address with its checksum", "http://" + onion3 + "/ and expyuzz4wqqyqhjn.onion", []string{"url http://" + onion3 + "/", "onion " + onion3, "onion expyuzz4wqqyqhjn.onion"}},
		{"an onion address with a wrong checksum is none", strings.Replace(onion3, "duck", "luck", 1), nil},
		{"zero-width characters hide nothing", "ev\u200bil.com", []string{"domain evil.com"}},
		{"decoys of real reports", "240.445 bytes on 12.03.2024, obama128b, [filename] at 10:20", nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			want := tt.want
			if want == nil {
				want = []string{}
			}
			got := Extract(tt.text, 0)
			if diff := cmp.Diff(want, short(got)); diff != "" {
				t.Errorf("Extract(%q) (-want +got):\n%s", tt.text, diff)
			}
			checkPlaces(t, tt.text, got)
		})
	}
}

// checkPlaces holds what every answer must keep, whatever the input.
func checkPlaces(t *testing.T, text string, matches []Match) {
	t.Helper()
	last := -1
	for _, m := range matches {
		if m.Offset < 0 || m.Raw == "" || m.Offset+len(m.Raw) > len(text) || text[m.Offset:m.Offset+len(m.Raw)] != m.Raw {
			t.Fatalf("raw %q is not at %d of %q", m.Raw, m.Offset, text)
		}
		if m.Value == "" || m.Type == "" || m.Guards == nil {
			t.Fatalf("incomplete match %+v", m)
		}
		if m.Offset < last {
			t.Fatalf("matches out of order at %d in %q", m.Offset, text)
		}
		last = m.Offset
	}
}

func TestRawKeepsTheDefangedForm(t *testing.T) {
	t.Parallel()
	text := "go to hxxp://evil[.]com/x now"
	got := Extract(text, 0)
	if len(got) != 2 || got[0].Raw != "hxxp://evil[.]com/x" || got[0].Offset != 6 || got[1].Raw != "evil[.]com" {
		t.Fatalf("got %+v", got)
	}
}

func TestExtractStopsAtTheLimit(t *testing.T) {
	t.Parallel()
	text := strings.Repeat("8.8.8.8 ", 50)
	if got := len(Extract(text, 7)); got != 7 {
		t.Errorf("got %d matches, want 7", got)
	}
	if got := len(Extract(text, 0)); got != 50 {
		t.Errorf("without a limit got %d matches, want 50", got)
	}
}

func TestClassifyTakesTheWholeValue(t *testing.T) {
	t.Parallel()
	tests := []struct {
		value string
		want  Type
	}{
		{"8.8.8.8", IPv4}, {"8[.]8[.]8[.]8", IPv4}, {" 2001:db8::1 ", IPv6}, {"10.0.0.0/8", CIDR},
		{"evil.com", Domain}, {"hxxp://evil[.]com/x", URL}, {"evil.com/x", URL}, {"bob[@]evil.com", Email},
		{"d41d8cd98f00b204e9800998ecf8427e", MD5}, {"CVE-2024-3094", CVE}, {"T1059", Technique},
		{"arn:aws:s3:::bucket", ARN}, {"111122223333", AWSAccount}, {"AKIAIOSFODNN7EXAMPLE", AWSKeyID},
		{"expyuzz4wqqyqhjn.onion", Onion}, {"main.rs", Domain},
		{"", ""}, {"hello", ""}, {"evil.com and more", ""}, {"8.8.8.8:53", ""}, {"1.2.3", ""}, {"arn:aws:s3:::b x", ""},
	}
	for _, tt := range tests {
		got, ok := Classify(tt.value)
		if got != tt.want || ok != (tt.want != "") {
			t.Errorf("Classify(%q) = %q, %v, want %q", tt.value, got, ok, tt.want)
		}
	}
}

func TestIsPublicIP(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]bool{
		"8.8.8.8": true, "203.0.113.9": true, "2606:4700::1": true, "::ffff:8.8.8.8": true, "2001:db8::5": true,
		"10.0.0.1": false, "172.31.0.1": false, "172.32.0.1": true, "192.168.1.1": false, "127.0.0.1": false,
		"169.254.169.254": false, "100.64.0.1": false, "100.128.0.1": true, "0.0.0.0": false, "224.0.0.1": false,
		"255.255.255.255": false, "198.18.0.1": false, "::1": false, "fe80::1": false, "fd00:ec2::254": false,
		"::ffff:10.0.0.1": false, "ff02::1": false, "100::1": false,
	} {
		if got := IsPublicIP(netip.MustParseAddr(text)); got != want {
			t.Errorf("IsPublicIP(%s) = %v, want %v", text, got, want)
		}
	}
	if IsPublicIP(netip.Addr{}) {
		t.Error("the zero address is not public")
	}
}

// TestWorkIsLinear feeds the shapes that made other extractors quadratic: with
// eight times the text, eight times the work is right and 64 times is wrong.
func TestWorkIsLinear(t *testing.T) {
	t.Parallel()
	for _, unit := range []string{"a.", "[.]", "1.", "http://", "((((", "a@", "::", "hxxp", "arn:aws:", "é", "/a", "[dot] ", "{", "a.com/", ")", "http://a.com/)"} {
		small, large := cost(unit, 1<<14), cost(unit, 1<<17)
		if large > 30*small && large > 200*time.Millisecond {
			t.Errorf("%q: %v for 16 KiB, %v for 128 KiB", unit, small, large)
		}
	}
}

// cost is the best of three runs, which a busy machine disturbs least.
func cost(unit string, size int) time.Duration {
	text := strings.Repeat(unit, size/len(unit))
	best := time.Hour
	for range 3 {
		start := time.Now()
		Extract(text, 0)
		best = min(best, time.Since(start))
	}
	return best
}

func FuzzExtract(f *testing.F) {
	for _, seed := range []string{
		"see hxxp://evil[.]com/x, 1.2.3.4:80 and bob[at]evil[.]com", "a[", "h", "[.", "::", "http://[", "http://[]", "http://[::1",
		"arn:aws:", "v1.2.3.4", "\xff\xfe", "é.com", "访问evil.com下载", " [dot] ", "a [dot] b", "1.2.3.4/99", "fe80::1%", "x@@y.com",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		checkPlaces(t, text, Extract(text, 0))
		if got := Extract(text, 3); len(got) > 3 {
			t.Fatalf("limit 3 gave %d", len(got))
		}
		typ, value, ok := Canonical(text)
		if !ok {
			return
		}
		again, same, ok := Canonical(value)
		if !ok || again != typ || same != value {
			t.Fatalf("canonical form %q (%s) of %q reads as %q (%s, %v)", value, typ, text, same, again, ok)
		}
	})
}

func BenchmarkExtract(b *testing.B) {
	text := strings.Repeat("EC2 instance i-99999999 is communicating with evil[.]com (198.51.100.7) over TCP port 443. See https://docs.example.net/x for help, version 1.2.3. ", 40)
	b.SetBytes(int64(len(text)))
	b.ReportAllocs()
	for b.Loop() {
		Extract(text, 0)
	}
}
