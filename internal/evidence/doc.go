// Package evidence keeps files and their custody: hashed while they come in,
// kept once for each tenant under their content, and every touch recorded.
//
// In: bytes from people, mails and programs, and the ticket that they belong
// to. Out: pieces of evidence, their bytes again, safe looks at them, and
// archives that hold malware under a password.
//
// What must stay true:
//   - a file is answered for only when its bytes are durable and so is the row
//     that can open them; bytes are never written inside a transaction;
//   - the row of a piece of evidence and its journal entry commit together, in
//     the stream of the ticket; so does every entry of custody, before the first
//     byte goes out;
//   - a blob lies sealed under a key of its own, which is sealed in the
//     database: what scans the disk finds nothing to run, and deleting the row
//     erases the bytes wherever copies of them are;
//   - the place of a blob is chosen here and is never an input of a caller;
//   - what cannot be shown safely is not shown: text hides nothing, a picture
//     is made again from its pixels, an archive is listed and never unpacked to
//     the disk, and nothing is handed out as something that a browser runs;
//   - bytes that are missing or changed are told, and never repaired in silence.
//
// Tables owned: blob, evidence, evidence_settings. The package knows of a ticket
// only its id; the ports in Config say the rest.
package evidence
