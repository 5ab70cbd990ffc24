// Package ticket is the heart: the incident, its phase, the person responsible
// for it, its notes and links.
//
// In: findings on their way in (FromFinding), and commands of people. Out: one
// ticket per incident, its phases as visits, and journal entries that every
// later room follows.
//
// What must stay true:
//   - an open ticket has exactly one accountable, active person at every
//     instant; a ticket without an owner has its team's lead. The database
//     holds it, by a key on the person's id and activity;
//   - who takes a ticket stays responsible; taking an owned ticket is refused;
//   - visits of phases tile the life of a ticket from opened_at, without gap
//     or overlap;
//   - state and its journal entry commit together;
//   - what is done with a finding is said by rules that people read and edit
//     (Policy), never by code hidden elsewhere; silence and holding back end,
//     and what they kept from opening a ticket is judged again;
//   - merging moves nothing: it is a link that can be taken away.
//
// Tables owned: ticket, phase_visit, ticket_link, ticket_tag, sighting, search,
// search_tenant, saved_view, policy, policy_version, rule_list, group_key,
// storm. The package never calls the outside world, and removes a ticket only
// when retention says so (Expire).
package ticket
