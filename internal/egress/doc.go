// Package egress is the only door outwards: nothing else in the program opens
// an outgoing socket to an address that a person, a playbook or a message
// named.
//
// In: a host name or an address from anyone, and the prefixes the operator
// allowed (TOCSIN_EGRESS_ALLOW, or one connection's own list). Out: a
// connection to an address that was judged, or fault.Denied naming the address
// and how to allow it.
//
// What must stay true:
//   - the address that is dialled is the one that was judged: a name is
//     resolved once per dial, every answer is judged, and one refused answer
//     refuses the name, so a name server cannot change its mind in between;
//   - whatever is not plainly a public unicast address is refused unless a
//     prefix names it;
//   - an address that carries another one (NAT64, 6to4) is judged twice
//     (so an IPv6-only network with DNS64 allows 64:ff9b::/96 and still cannot
//     reach the private addresses behind it);
//   - the environment's proxy variables are never read.
//
// The package owns no table, reads no configuration and never limits how much
// of an answer is read: callers do.
package egress
