// Package seal keeps keys and sealed values: envelope encryption of what must
// stay secret, and of what must be possible to erase.
//
// In: the key file, plain bytes, and the transaction in which they are stored.
// Out: sealed bytes that open only for the same tenant and the same place, and
// commitments that outlive an erased text.
//
// A key-encryption key from outside the data directory wraps the data keys of
// each tenant. The newest data key seals secrets, and a key per journal stream;
// the stream's key seals the private text of that stream. Erasing deletes the
// stream's key, and nothing else has to be found. A key made from the data key
// signs what leaves the house and comes back, such as links.
//
// Either kind of key is rotated while everything works: another key-encryption
// key wraps the same data keys anew, and under another data key the sealed
// values are sealed again, some at a time, wherever a room says that it has any
// (Column). What was sealed before opens until then.
//
// Formats, first byte is the version (1):
//
//	sealed value:  1 | n | n bytes key id | nonce 12 | ciphertext | tag 16
//	wrapped key:   1 | nonce 12 | ciphertext 32 | tag 16
//	erasable text: 1 | 8 bytes stream key id | nonce 12 | ciphertext | tag 16,
//	               whose plain text is r (32 bytes) and then the text
//
// What must stay true: a key that was made in a transaction is never kept past
// that transaction, since it may roll back; no key is ever printed; every
// sealed value is bound to its tenant and place by its additional data.
//
// Tables owned: data_key, stream_key, key_ring, key_holder, reseal. The package does not know what it seals.
package seal
