// Package slack tells people in Slack, and takes back the buttons they press.
//
// In: a bot token and a signing secret as manifest.yaml declares them, letters,
// and the calls that Slack makes when somebody presses a button. Out: messages
// by chat.postMessage, one thread a ticket, and connector.Actions.
//
// What must stay true:
//   - words of attackers are shown as plain text: they mention nobody, link
//     nowhere and call no channel;
//   - a call is Slack's only with a signature over its very bytes, compared in
//     constant time before anything is read, not older than five minutes, and
//     counted once;
//   - an answer to a call goes to a host of Slack's, whatever the call says.
//
// It keeps nothing but the signatures of the last minutes, in memory: a call
// replayed within five minutes to another node, after a restart or after the
// connection was changed is known only by what its button did the first time. It
// owns no table.
package slack
