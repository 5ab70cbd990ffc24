// Package identity knows people and service accounts, their teams and roles,
// how they prove who they are, and what each may do.
//
// In: e-mail addresses, passwords, session secrets and API tokens from the
// edge; the changes that administrators make. Out: a Principal, who is asking
// and what they may do; users and teams for the rooms above.
//
// What must stay true:
//   - a secret is stored only as a hash: argon2id for passwords, SHA-256 for
//     what is random (sessions, tokens, links, recovery codes); the secret of an
//     app for codes, which must be read, is sealed for its person;
//   - what somebody may do is read live, at most a second old, so that whoever
//     is deactivated is cut off everywhere within a second;
//   - a team always has a lead who is active, and one active person always
//     holds tenant-admin;
//   - an unknown account, a wrong password and a deactivated person get the
//     same answer after the same work;
//   - a session of somebody with a second factor may do nothing before one is
//     proven; each proof counts once, and gives the session a new secret;
//   - adding and removing a factor asks for a proof of one, or for the password
//     where there is none: who holds a session for a moment must not keep it;
//   - every change, sign-in and refused sign-in is journaled in the same
//     transaction: ids in data, names and addresses in priv.
//
// Tables owned: tenant, users, user_role, team, team_member, session, token,
// invite, factor, recovery_code, factor_challenge. The package sends no mail, limits no
// network address (api does) and never decides about tickets.
package identity
