package terminal

import "strings"

// field is a value of a CSV record and the byte of the record at which it starts.
type field struct {
	text string
	at   int
}

type record []field

func (r record) empty() bool {
	for _, f := range r {
		if strings.TrimSpace(f.text) != "" {
			return false
		}
	}
	return true
}

// fault is what keeps a text from being a record, and the byte where it shows.
type fault struct {
	reason string
	at     int
}

// splitRecord cuts text at the delimiter. A field that starts with a quote ends with one; a doubled quote in it is a quote.
// Elsewhere a quote is a character like any other.
func splitRecord(text, delimiter string) (record, fault) {
	var row record
	at := 0
	for {
		if !strings.HasPrefix(text[at:], `"`) {
			end := strings.Index(text[at:], delimiter)
			if end < 0 {
				return append(row, field{text[at:], at}), fault{}
			}
			row = append(row, field{text[at : at+end], at})
			at += end + len(delimiter)
			continue
		}
		value, end, ok := quoted(text, at+1)
		if !ok {
			return nil, fault{ReasonOpenQuote, at}
		}
		row = append(row, field{value, at})
		if end == len(text) {
			return row, fault{}
		}
		if !strings.HasPrefix(text[end:], delimiter) {
			return nil, fault{ReasonQuote, end}
		}
		at = end + len(delimiter)
	}
}

// quoted reads from the byte after an opening quote to the one after the closing quote.
func quoted(text string, at int) (value string, end int, ok bool) {
	var b strings.Builder
	for {
		i := strings.IndexByte(text[at:], '"')
		if i < 0 {
			return "", 0, false
		}
		b.WriteString(text[at : at+i])
		at += i + 1
		if !strings.HasPrefix(text[at:], `"`) {
			return b.String(), at, true
		}
		b.WriteByte('"')
		at++
	}
}
