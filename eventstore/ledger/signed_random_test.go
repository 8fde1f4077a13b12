package ledger_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/punchledger/punchledger/domain"
	"github.com/punchledger/punchledger/domain/timecard"
	"github.com/punchledger/punchledger/domain/timecard/signedtest"
	"github.com/punchledger/punchledger/eventstore"
	"github.com/punchledger/punchledger/eventstore/ledger"
)

// kept is a punch that a phone made, with what became of it.
type kept struct {
	envelope timecard.Envelope
	emp      string
	phone    int
	sent     bool
	note     string
}

// history is a random history of three phones.
type history struct {
	*rapid.T
	*counter
	phones  []*signedtest.Phone
	kept    []*kept
	uploads int
}

func (s *history) punch() {
	i := rapid.IntRange(0, len(s.phones)-1).Draw(s.T, "phone")
	p := s.phones[i]
	if rapid.IntRange(0, 9).Draw(s.T, "restart") == 0 {
		p.Reboot(s.now)
	}
	if rapid.IntRange(0, 4).Draw(s.T, "ticket") == 0 {
		tk, note, err := s.Ticket(s.t.Context(), p.Emp, p.Device, p.Boot, p.Mono(s.now))
		require.NoError(s.T, err)
		p.Nonce, p.Ticket = tk.Nonce, note
	}
	dir := []timecard.Direction{timecard.In, timecard.Out}[p.N%2]
	s.kept = append(s.kept, &kept{envelope: p.Punch(s.now, dir), emp: p.Emp, phone: i})
}

func (s *history) any() *kept {
	if len(s.kept) == 0 {
		s.punch()
	}
	return s.kept[rapid.IntRange(0, len(s.kept)-1).Draw(s.T, "which")]
}

// settled checks an answer: a genuine punch is always recorded, once, and its receipt never changes.
func (s *history) settled(k *kept, a ledger.Answer) {
	require.NoError(s.T, a.Err)
	require.Equal(s.T, k.sent, a.Repeated, "%s", a.Punch)
	if k.sent {
		require.Equal(s.T, k.note, a.Note)
	}
	require.NotContains(s.T, a.Receipt.Reasons, "chain_broken")
	require.NotContains(s.T, a.Receipt.Reasons, "chain_fork")
	require.NotContains(s.T, a.Receipt.Reasons, "ticket_invalid")
	k.sent, k.note = true, a.Note
}

func (s *history) deliver() {
	k := s.any()
	s.settled(k, s.send(k.emp, s.phones[k.phone].Sent(k.envelope, s.now)))
}

func (s *history) deliverMany() {
	first := s.any()
	var some []*kept
	for _, k := range s.kept {
		if k.phone == first.phone && rapid.Bool().Draw(s.T, "taken") {
			some = append(some, k)
		}
	}
	if len(some) == 0 {
		return
	}
	order := rapid.Permutation(some).Draw(s.T, "order")
	var envelopes []timecard.Envelope
	for _, k := range order {
		envelopes = append(envelopes, s.phones[k.phone].Sent(k.envelope, s.now))
	}
	s.uploads++
	for i, a := range s.upload(first.emp, fmt.Sprintf("up%d", s.uploads), envelopes...) {
		s.settled(order[i], a)
	}
}

// replayElsewhere sends a genuine punch from another account.
func (s *history) replayElsewhere() {
	k := s.any()
	before := s.head()
	other := s.phones[(k.phone+1)%len(s.phones)].Emp
	require.ErrorIs(s.T, s.send(other, k.envelope).Err, &domain.Error{Code: "other_account"})
	require.Equal(s.T, before, s.head(), "nothing is recorded")
}

// forge sends a punch with a number that the phone did not give, signed by nobody who may.
func (s *history) forge() {
	k := s.any()
	forger := *s.phones[k.phone]
	forger.Sign = signedtest.New(origin, "forger", k.emp).Sign
	forger.N, forger.Prev = int64(rapid.IntRange(0, 50).Draw(s.T, "number")), ""
	if forger.N > 0 {
		forger.Prev = strings.Repeat("A", 43)
	}
	a := s.send(k.emp, forger.Punch(s.now, timecard.In))
	if errors.Is(a.Err, &domain.Error{Code: "idempotency_conflict"}) { // the id is taken by the genuine one
		return
	}
	require.NoError(s.T, a.Err)
	require.Equal(s.T, "held", a.Receipt.Outcome)
	require.Contains(s.T, a.Receipt.Reasons, "bad_signature")
}

func (s *history) head() eventstore.Cursor {
	at, err := s.store.Head(s.t.Context())
	require.NoError(s.T, err)
	return at
}

// TestRandomSchedules draws what three phones and their networks may do: keep, send twice, in any order, in parts, interleaved; and
// what others may try. Whatever is sent at last, every genuine punch is in the ledger once.
func TestRandomSchedules(t *testing.T) {
	c := newCounter(t) // one ledger for all schedules; each has people and phones of its own
	n := 0
	rapid.Check(t, func(rt *rapid.T) {
		s := &history{T: rt, counter: c}
		for range 3 {
			n++
			emp := fmt.Sprintf("p%d", n)
			s.must(hire(emp, "2026-03-01", "office"))
			s.phones = append(s.phones, s.phone(fmt.Sprintf("ph%d", n), emp))
		}
		from := s.head()
		for range rapid.IntRange(5, 30).Draw(rt, "steps") {
			s.later(domain.Seconds(rapid.SampledFrom([]int{1, 60, 3600, 90_000}).Draw(rt, "pause")))
			[]func(){s.punch, s.punch, s.punch, s.deliver, s.deliverMany, s.replayElsewhere, s.forge}[rapid.IntRange(0, 6).Draw(rt, "step")]()
		}
		s.later(domain.Minute)
		for _, k := range s.kept {
			if !k.sent {
				s.settled(k, s.send(k.emp, s.phones[k.phone].Sent(k.envelope, s.now)))
			}
		}
		s.allOnce(from)
	})
	other, err := ledger.OpenDirectory(t.Context(), c.store, c.codec)
	require.NoError(t, err)
	for _, id := range other.IDs("device") {
		require.Equal(t, c.Directory().Head(id), other.Head(id), "a restart finds the same heads")
	}
}

// allOnce compares what the log has since a cursor with what was sent.
func (s *history) allOnce(from eventstore.Cursor) {
	recorded := map[string]int{}
	for rec, err := range s.store.ReadAll(s.t.Context(), from) {
		require.NoError(s.T, err)
		d, err := s.codec.DecodeRecord(rec)
		require.NoError(s.T, err)
		p, _ := timecard.Recorded(d.Event)
		if p != nil && !slices.Contains(p.Reasons, "bad_signature") {
			recorded[p.Punch]++
			require.Equal(s.T, p.Hash, hash(p.Signed))
		}
	}
	require.Len(s.T, recorded, len(s.kept))
	for id, n := range recorded {
		require.Equal(s.T, 1, n, id)
	}
	for _, p := range s.phones {
		head := s.Directory().Head(p.Device)
		require.Empty(s.T, head.Gaps, "all has come")
		require.Equal(s.T, p.N, head.N)
	}
}
