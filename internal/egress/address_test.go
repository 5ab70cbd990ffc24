package egress

import (
	"context"
	"net"
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"tocsin/internal/fault"
)

// spelling is one way to write a destination and what a guard without an
// allow list says about it; "" means it would be dialled.
type spelling struct{ host, because string }

func spellings() []spelling {
	return []spelling{
		{"1.1.1.1", ""},
		{"8.8.8.8", ""},
		{"2606:4700:4700::1111", ""},
		{"2a00:1450:4001:81b::200e", ""},
		// closed ranges, written plainly
		{"127.0.0.1", "loopback"},
		{"127.255.255.254", "loopback"},
		{"::1", "loopback"},
		{"0:0:0:0:0:0:0:1", "loopback"},
		{"0.0.0.0", "unspecified"},
		{"::", "unspecified"},
		{"0.1.2.3", "this network"},
		{"10.0.0.1", "private"},
		{"172.16.0.1", "private"},
		{"172.31.255.255", "private"},
		{"192.168.1.1", "private"},
		{"100.64.0.1", "CGNAT"},
		{"100.127.255.255", "CGNAT"},
		{"169.254.1.1", "link-local"},
		{"169.254.169.254", "metadata"},
		{"169.254.170.2", "metadata"},
		{"100.100.100.200", "metadata"},
		{"192.0.0.192", "metadata"},
		{"168.63.129.16", "metadata"},
		{"fd00:ec2::254", "metadata"},
		{"fd00:0ec2:0000:0000:0000:0000:0000:0254", "metadata"},
		{"FD00:EC2::254", "metadata"},
		{"fd12:3456::1", "unique local"},
		{"fc00::1", "unique local"},
		{"fe80::1", "link-local"},
		{"febf::1", "link-local"},
		{"fec0::1", "site-local"},
		{"224.0.0.1", "multicast"},
		{"239.255.255.255", "multicast"},
		{"ff02::1", "multicast"},
		{"240.0.0.1", "reserved"},
		{"255.255.255.255", "reserved"},
		{"192.0.0.1", "reserved"},
		{"192.0.2.1", "documentation"},
		{"198.51.100.7", "documentation"},
		{"203.0.113.9", "documentation"},
		{"2001:db8::1", "documentation"},
		{"3fff::1", "documentation"},
		{"198.18.0.1", "benchmarking"},
		{"100::1", "reserved"},
		{"4000::1", "reserved"},
		{"8000::1", "reserved"},
		{"2001:10::1", "reserved"},
		{"64:ff9b:1::a00:1", "NAT64"},
		// addresses inside addresses
		{"::ffff:127.0.0.1", "IPv4-mapped"},
		{"::ffff:7f00:1", "IPv4-mapped"},
		{"::FFFF:169.254.169.254", "IPv4-mapped"},
		{"0:0:0:0:0:ffff:a9fe:a9fe", "IPv4-mapped"},
		{"::ffff:8.8.8.8", "IPv4-mapped"},
		{"::127.0.0.1", "IPv4-compatible"},
		{"::a9fe:a9fe", "IPv4-compatible"},
		{"64:ff9b::7f00:1", "NAT64"},
		{"64:ff9b::169.254.169.254", "NAT64"},
		{"64:ff9b::8.8.8.8", "NAT64"},
		{"2002:7f00:1::", "6to4"},
		{"2002:a9fe:a9fe::1", "6to4"},
		{"192.88.99.1", "6to4"},
		{"2001:0:a9fe:a9fe::", "Teredo"},
		// zone ids
		{"fe80::1%eth0", "zone id"},
		{"::1%lo", "zone id"},
		{"2606:4700:4700::1111%1", "zone id"},
		// spellings that some resolvers take for an address
		{"2130706433", "unusual spelling"},
		{"2852039166", "unusual spelling"},
		{"134744072", "unusual spelling"},
		{"0x7f000001", "unusual spelling"},
		{"0X7F000001", "unusual spelling"},
		{"0x7f.0.0.1", "unusual spelling"},
		{"0x7f.0x0.0x0.0x1", "unusual spelling"},
		{"127.0.0.0x1", "unusual spelling"},
		{"0177.0.0.1", "unusual spelling"},
		{"0177.0.0.01", "unusual spelling"},
		{"017700000001", "unusual spelling"},
		{"127.1", "unusual spelling"},
		{"127.0.1", "unusual spelling"},
		{"127.0.0.01", "unusual spelling"},
		{"127.0.0.1.", "unusual spelling"},
		{"169.254.169.254.", "unusual spelling"},
		{"1.1.1.1.", "unusual spelling"},
		{"256.256.256.256", "unusual spelling"},
		{"127.0.0.1.0x", "unusual spelling"},
		{"example.42", "unusual spelling"},
		// not names at all
		{"", "not a host name"},
		{".", "not a host name"},
		{"..", "not a host name"},
		{"a..b", "not a host name"},
		{"exa mple.com", "not a host name"},
		{"example.com/", "not a host name"},
		{"user@example.com", "not a host name"},
		{"example.com\x00.evil", "not a host name"},
		{"%31%32%37.0.0.1", "not a host name"},
		{"①②⑦.⓪.⓪.①", "not a host name"},
		{"127。0。0。1", "not a host name"},
		{strings.Repeat("a", 64) + ".com", "not a host name"},
		{strings.Repeat("a.", 127) + "com", "not a host name"},
		// names, by what they resolve to
		{"public.test", ""},
		{"public.test.", ""},
		{"PUBLIC.test", ""},
		{"localhost", "loopback"},
		{"localhost.", "loopback"},
		{"private.test", "private"},
		{"mapped.test", "metadata"},
		{"nat64.test", "NAT64"},
		{"zoned.test", "zone id"},
		{"mixed.test", "loopback"},
		{"mixed-last.test", "link-local"},
		{"169.254.169.254.nip.test", "metadata"},
		{"nobody.test", "does not resolve"},
		{"empty.test", "has no address"},
	}
}

// names is the resolver of the tests: fixed answers, no network.
func names(_ context.Context, host string) ([]netip.Addr, error) {
	table := map[string]string{
		"public.test": "8.8.8.8 2606:4700:4700::1111", "localhost": "127.0.0.1 ::1", "private.test": "10.1.2.3",
		"mapped.test": "::ffff:169.254.169.254", "nat64.test": "64:ff9b::a00:1", "zoned.test": "fe80::1%eth0",
		"mixed.test": "8.8.8.8 127.0.0.1", "mixed-last.test": "8.8.8.8 1.1.1.1 2606:4700:4700::1111 fe80::1",
		"169.254.169.254.nip.test": "169.254.169.254", "empty.test": "",
	}
	text, ok := table[strings.TrimSuffix(strings.ToLower(host), ".")]
	if !ok {
		return nil, &net.DNSError{Err: "no such host", Name: host, IsNotFound: true}
	}
	var addrs []netip.Addr
	for f := range strings.FieldsSeq(text) {
		addrs = append(addrs, netip.MustParseAddr(f))
	}
	return addrs, nil
}

func TestEverySpellingIsJudgedByWhatItMeans(t *testing.T) {
	t.Parallel()
	g := New(Config{Resolve: names})
	for _, s := range spellings() {
		t.Run(s.host, func(t *testing.T) {
			t.Parallel()
			_, err := g.vet(t.Context(), s.host)
			if s.because == "" {
				if err != nil {
					t.Fatalf("refused: %v", err)
				}
				return
			}
			if err == nil || !strings.Contains(err.Error(), s.because) {
				t.Fatalf("got %v, want a refusal because of %q", err, s.because)
			}
			if strings.Contains(s.because, "resolve") || strings.Contains(s.because, "no address") {
				return
			}
			if f := fault.As(err); f == nil || f.Code != fault.Denied || f.Slug != "egress-refused" {
				t.Fatalf("got %#v, want fault.Denied with slug egress-refused", err)
			}
		})
	}
}

func TestARefusalNamesTheAddressAndHowToAllowIt(t *testing.T) {
	t.Parallel()
	_, err := New(Config{Resolve: names}).DialContext(t.Context(), "tcp", "private.test:443")
	want := `"private.test" is not dialled: address 10.1.2.3 is a private address: to allow it, add 10.1.2.3/32 to TOCSIN_EGRESS_ALLOW or to the connection's allowed addresses`
	if err == nil || err.Error() != want {
		t.Fatalf("got  %v\nwant %s", err, want)
	}
	if got := fault.As(err).Extra["address"]; got != "10.1.2.3" {
		t.Fatalf("extra address is %v", got)
	}
}

func TestAnAllowedPrefixOpensExactlyWhatItNames(t *testing.T) {
	t.Parallel()
	tests := []struct {
		allow, host string
		ok          bool
	}{
		{"127.0.0.1", "127.0.0.1", true},
		{"127.0.0.1", "127.0.0.2", false},
		{"127.0.0.0/8", "127.9.9.9", true},
		{"127.0.0.0/8", "::1", false},
		{"127.0.0.0/8, ::1/128", "localhost", true},
		{"127.0.0.0/8", "localhost", false},
		{"127.0.0.0/8", "::ffff:127.0.0.1", true},
		{"127.0.0.0/8", "2130706433", false},
		{"10.0.0.0/8", "private.test", true},
		{"10.0.0.0/8", "169.254.169.254", false},
		{"169.254.0.0/16", "169.254.169.254", true},
		{"fe80::/10", "fe80::1%eth0", false},
		{"64:ff9b::/96", "64:ff9b::808:808", true},
		{"64:ff9b::/96", "64:ff9b::a00:1", false},
		{"64:ff9b::/96,10.0.0.0/8", "64:ff9b::a00:1", true},
		{"2002::/16", "2002:7f00:1::", false},
		{"", "10.0.0.1", false},
	}
	for _, tt := range tests {
		t.Run(tt.allow+" for "+tt.host, func(t *testing.T) {
			t.Parallel()
			allow, err := ParseAllow(tt.allow)
			if err != nil {
				t.Fatal(err)
			}
			for name, g := range map[string]*Guard{
				"installation": New(Config{Resolve: names, Allow: allow}),
				"connection":   New(Config{Resolve: names}).With(allow),
			} {
				if _, err := g.vet(t.Context(), tt.host); (err == nil) != tt.ok {
					t.Errorf("%s list: got %v, want allowed=%v", name, err, tt.ok)
				}
			}
		})
	}
}

func TestWithLeavesOtherGuardsAsTheyWere(t *testing.T) {
	t.Parallel()
	prefix := func(text string) []netip.Prefix { return []netip.Prefix{netip.MustParsePrefix(text)} }
	base := New(Config{})
	for i := range 5 { // grown step by step, the list has room to spare
		base = base.With([]netip.Prefix{netip.PrefixFrom(netip.AddrFrom4([4]byte{10, 0, 0, byte(i)}), 32)})
	}
	one, other := base.With(prefix("127.0.0.1/32")), base.With(prefix("192.168.0.1/32"))
	for _, tt := range []struct {
		g    *Guard
		host string
		ok   bool
	}{
		{base, "127.0.0.1", false},
		{base, "10.0.0.4", true},
		{one, "127.0.0.1", true},
		{one, "192.168.0.1", false},
		{other, "192.168.0.1", true},
		{other, "127.0.0.1", false},
	} {
		if _, err := tt.g.vet(t.Context(), tt.host); (err == nil) != tt.ok {
			t.Errorf("%s: got %v, want allowed=%v", tt.host, err, tt.ok)
		}
	}
}

func TestParseAllow(t *testing.T) {
	t.Parallel()
	tests := []struct{ name, in, want, fails string }{
		{"nothing", "", "", ""},
		{"blanks and empty parts are skipped", " , 10.0.0.0/8 ,, ", "10.0.0.0/8", ""},
		{"a single address is its own prefix", "127.0.0.1,::1", "127.0.0.1/32 ::1/128", ""},
		{"everything", "0.0.0.0/0,::/0", "0.0.0.0/0 ::/0", ""},
		{"host bits are refused with both readings", "10.0.0.5/8", "", "write 10.0.0.0/8, or 10.0.0.5 alone"},
		{"a name", "localhost", "", "not an address or a CIDR prefix"},
		{"a zone", "fe80::1%eth0", "", "not an address or a CIDR prefix"},
		{"a zoned prefix", "fe80::%eth0/10", "", "not an address or a CIDR prefix"},
		{"a mapped prefix", "::ffff:10.0.0.0/104", "", "write it as IPv4"},
		{"a mapped address", "::ffff:10.0.0.1", "", "not an address or a CIDR prefix"},
		{"too many bits", "10.0.0.0/33", "", "not an address or a CIDR prefix"},
		{"an octal spelling", "0177.0.0.1", "", "not an address or a CIDR prefix"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			got, err := ParseAllow(tt.in)
			if tt.fails != "" {
				if !fault.Is(err, fault.Invalid) || !strings.Contains(err.Error(), tt.fails) {
					t.Fatalf("got %v, want Invalid with %q", err, tt.fails)
				}
				return
			}
			var texts []string
			for _, p := range got {
				texts = append(texts, p.String())
			}
			if diff := cmp.Diff(tt.want, strings.Join(texts, " ")); err != nil || diff != "" {
				t.Fatalf("err %v, diff %s", err, diff)
			}
		})
	}
}

func TestOnlyTCPToAProperPortIsDialled(t *testing.T) {
	t.Parallel()
	g := New(Config{Resolve: names, Allow: []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")}, DialTimeout: time.Second})
	for _, tt := range []struct{ network, address, because string }{
		{"udp", "127.0.0.1:53", "only tcp"},
		{"unix", "/var/run/docker.sock", "only tcp"},
		{"tcp", "127.0.0.1", "not host:port"},
		{"tcp", "127.0.0.1:0", "not a port"},
		{"tcp", "127.0.0.1:65536", "not a port"},
		{"tcp", "127.0.0.1:http", "not a port"},
		{"tcp", "127.0.0.1:-1", "not a port"},
		{"tcp", ":80", "not a host name"},
		{"tcp6", "127.0.0.1:80", "no tcp6 address"},
	} {
		t.Run(tt.network+" "+tt.address, func(t *testing.T) {
			t.Parallel()
			conn, err := g.DialContext(t.Context(), tt.network, tt.address)
			if err == nil {
				conn.Close()
			}
			if err == nil || !strings.Contains(err.Error(), tt.because) {
				t.Fatalf("got %v, want %q", err, tt.because)
			}
		})
	}
}
