// Package api is the HTTP face of Tocsin: /api/v1 with its OpenAPI description,
// the live stream, the health and metrics endpoints, and the built web UI.
//
// In: HTTP requests. Out: calls of the rooms' functions on behalf of a
// principal, JSON, and problem+json (RFC 9457) for everything that is not a
// success.
//
// What must stay true:
//   - every route is closed unless its registration says otherwise (route.go);
//     a route that does not say who may call it stops New, and the public ones
//     equal a list that a test holds;
//   - who asks is decided here, once, and travels in the context (db.As);
//   - bodies are strict: no duplicate keys, no other casing, no unknown field,
//     no unknown query parameter; lists are never null;
//   - the text of an internal error stays in the log.
//
// The package owns no table and holds no SQL and no rules of the trade.
package api
