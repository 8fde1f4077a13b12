package timecard

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/punchledger/punchledger/domain"
)

// Ticket is what a device fetches while it is online: a punch that names it was made after it was issued. The ledger signs it and
// keeps no list: whatever comes back is verified by its signature alone.
type Ticket struct {
	Origin     string
	Nonce      string // 128 random bits in base64url
	Emp        string // empty for a device that is nobody's
	Device     string
	IssuedAt   domain.Instant
	ExpiresAt  domain.Instant
	Position   uint64 // of the last event that the ledger had, with its commitment
	Commitment string
	Next       int64  // the order number that the ledger expects next
	Boot       string // as the device named it when it asked; empty if it did not
	MonoMS     int64
}

// TicketLife is how long a ticket is fresh. An older one still proves its instant, but less well.
const TicketLife = 72 * domain.Hour

const (
	ticketNonce = 22 // of 16 bytes in base64url
	maxTicket   = 1024
	ticketTitle = "punchledger ticket v1"
)

// Text returns the text that is signed: one line each, in this order.
func (t Ticket) Text() string {
	return fmt.Sprintf("%s\n%s\nnonce %s\nemp %s\ndevice %s\nissued_at %s\nexpires_at %s\nposition %d\ncommitment %s\nnext %d\nboot %s\nmono_ms %d\n",
		ticketTitle, t.Origin, t.Nonce, dash(t.Emp), t.Device, t.IssuedAt, t.ExpiresAt, t.Position, dash(t.Commitment), t.Next, dash(t.Boot), t.MonoMS)
}

// ParseTicket reads the text of a ticket. It must be verified before.
func ParseTicket(text string) (Ticket, error) {
	var t Ticket
	l, err := linesOf(text, ticketTitle,
		"nonce", "emp", "device", "issued_at", "expires_at", "position", "commitment", "next", "boot", "mono_ms")
	if err != nil {
		return t, err
	}
	t.Origin, t.Nonce, t.Emp, t.Device = l.next(), l.next(), undash(l.next()), l.next()
	t.IssuedAt, t.ExpiresAt = l.instant(), l.instant()
	t.Position, t.Commitment = uint64(l.number()), undash(l.next())
	t.Next, t.Boot, t.MonoMS = l.number(), undash(l.next()), l.number()
	return t, l.err
}

// Check asks that a ticket can be written as text and read again.
func (t Ticket) Check() error {
	var f fields
	f.OptionalID("emp", t.Emp)
	f.ID("device", t.Device)
	f.That(t.Boot == "" || word(t.Boot, "_-."), "boot", "not_a_word")
	f.That(0 <= t.MonoMS && t.MonoMS <= maxCount, "mono_ms", "out_of_range")
	return f.First
}

// dash stands for what is not there.
func dash(s string) string {
	if s == "" {
		return "-"
	}
	return s
}

func undash(s string) string {
	if s == "-" {
		return ""
	}
	return s
}

// lines are the values of a signed text, the origin first.
type lines struct {
	values []string
	err    error
}

// linesOf takes a text apart: the title, the origin, and one line for each name.
func linesOf(text, title string, names ...string) (*lines, error) {
	wrong := domain.NewError(domain.Invalid, "invalid_field", "field", "note", "problem", "not_this_note")
	all := strings.Split(text, "\n")
	if len(all) != len(names)+3 || all[0] != title || all[len(all)-1] != "" {
		return nil, wrong
	}
	out := &lines{values: []string{all[1]}}
	for i, name := range names {
		v, ok := strings.CutPrefix(all[i+2], name+" ")
		if !ok || v == "" {
			return nil, wrong
		}
		out.values = append(out.values, v)
	}
	return out, nil
}

func (l *lines) next() string {
	v := l.values[0]
	l.values = l.values[1:]
	return v
}

func (l *lines) instant() (at domain.Instant) {
	if err := at.UnmarshalText([]byte(l.next())); err != nil && l.err == nil {
		l.err = err
	}
	return at
}

func (l *lines) number() int64 {
	n, err := strconv.ParseInt(l.next(), 10, 64)
	if err != nil && l.err == nil {
		l.err = err
	}
	return n
}
