package esdb

// RawEvent is the encoded answer that shows an event, a link, or both, with ids as text or as numbers.
func RawEvent(event, link *Record, asText bool) []byte {
	return idForm(asText).rawEvent(view{event: event, link: link})
}
