// Package webhook lets outside systems send findings by HTTP: it proves who
// sends a call and names its delivery, so that a copy of it does nothing.
//
// In: settings and secrets as manifest.yaml declares them, and calls. Out: a
// connector.Receiver.
//
// What must stay true:
//   - there is no webhook without a secret, and nothing is compared with one but
//     in constant time;
//   - what is signed is what is read: the very bytes of the body, with the time
//     and the id where the scheme has them; a signed time counts for five
//     minutes;
//   - two secrets are good while one replaces the other;
//   - a delivery's key is made of proven things only, so that nobody can pass an
//     old call off as a new one by a header.
//
// It opens no connection and owns no table.
package webhook
