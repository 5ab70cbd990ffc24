// Package finding is what detectors say, in one shape, once.
//
// In: bodies in the formats of detectors (ASFF, OCSF, what the services of AWS
// publish themselves, and what a mapping makes of anything else), from the queue
// of a connection, out of a bucket (ScanObject) or over HTTP, through the same
// door (Decode). Out: one
// normal form, kept once per identity with its revisions, and a Taken for the
// room that decides whether a ticket is opened.
//
// What must stay true:
//   - nothing is lost: what cannot be read goes to quarantine with its reason
//     and its bytes; the originals of every revision are kept compressed, until
//     retention removes those of a finding that never had a ticket (Expire…),
//     of which the row and what tells the same thing again stay;
//   - the same thing said twice changes counters only. Three levels tell: the
//     event's id; the finding's identity; its content without volatile fields
//     (never the pair of id and update time, which some producers change
//     without saying anything new, and others leave alone when they do);
//   - a revision older than what is stored is kept, and changes nothing;
//   - decoding is pure: text from an attacker is only ever data here.
//
// Tables owned: finding, original, quarantine. The package decides nothing about
// tickets; its caller passes that decision in (Decide).
package finding
