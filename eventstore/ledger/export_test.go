package ledger

// MACContent is what the MAC of a command covers, for the tests that keep its form.
var MACContent = macContent
