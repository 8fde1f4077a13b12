// Package httpapi serves the ledger over HTTP: JSON with an OpenAPI 3.1 document, one authorization choke point, problem+json.
//
// A route is one call of Handle: a Route names method, path, access.Action and object, and the input type says through its method
// About whom the act is about and on which dates; a type without About does not compile. Embed Whose (path {emp}, today), WhoseDays
// (path {emp}, from and to), Myself, Nobody or EachRow, or write an About of your own. The choke point asks access.Allowed before
// the handler runs; a handler of EachRow asks Call.Covers for each row. Writes go through Call.Do, which makes them idempotent.
//
// It holds no rule of attendance and imports no other adapter: cmd gives it the ledger, the views and who asks.
package httpapi
