// Package smtp tells people by mail, over a mail server that was set up for it.
//
// In: settings and a password as manifest.yaml declares them, and letters. Out:
// mails in plain text with the same words as HTML beside it, one a letter.
//
// What must stay true:
//   - nothing is said to a server before the connection is encrypted and the
//     server's certificate is proven, except to a machine of this network where
//     somebody chose to go without; a server that no longer offers STARTTLS is
//     told nothing;
//   - words of attackers end up in the text, never in a header's syntax, in an
//     address or in HTML;
//   - the mails of one thread to one address carry the same references, so that
//     a mail program shows them as one conversation, and a mail that is sent
//     twice has the same Message-ID;
//   - "accepted by the server" is all that is ever claimed.
//
// It opens connections only through Config.Dial and owns no table.
package smtp
