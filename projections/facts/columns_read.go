package facts

import (
	"encoding/binary"
	"fmt"
	"slices"
	"strings"

	jsonv2 "github.com/go-json-experiment/json"
	"github.com/google/uuid"

	"github.com/punchledger/punchledger/domain"
	"github.com/punchledger/punchledger/domain/attendance"
)

// UnmarshalBinary implements encoding.BinaryUnmarshaler.
func (m *Month) UnmarshalBinary(data []byte) error {
	*m = Month{}
	return m.decode(data, true)
}

// decode reads a month and adds its punches to those that m has; without events they have no ids of events, which only sources and
// traces name.
func (m *Month) decode(data []byte, events bool) error {
	r := columns{data: data}
	if r.byte() != columnsFormat {
		return errColumns
	}
	n, had := r.count(), len(m.Punches)
	words := r.words()
	if n > 0 {
		m.Punches = slices.Grow(m.Punches, n)[:had+n]
	}
	p := m.Punches[had:]
	clear(p)
	r.numbers(p)
	r.repeated(p, words)
	r.names(p, events)
	r.changes(p, words)
	if r.failed {
		return errColumns
	}
	if len(r.data) == 0 {
		return nil
	}
	var tail rest
	if err := jsonv2.Unmarshal(r.data, &tail); err != nil {
		return fmt.Errorf("%w: %w", errColumns, err)
	}
	m.Credits, m.Waivers = append(m.Credits, tail.Credits...), append(m.Waivers, tail.Waivers...)
	m.Disputed = append(m.Disputed, tail.Disputed...)
	return nil
}

// punchesIn is how many punches a month in columns says it has, which may be more than it holds if it is not one.
func punchesIn(data []byte) int {
	if len(data) == 0 {
		return 0
	}
	r := columns{data: data[1:]}
	return r.count()
}

// earliestIn reads of a month in columns only when its first punch was, if it has any.
func earliestIn(data []byte) (first domain.Seconds, some bool, err error) {
	r := columns{data: data}
	if r.byte() != columnsFormat {
		return 0, false, errColumns
	}
	n, at := r.count(), domain.Seconds(0)
	r.words()
	for i := range n {
		at += domain.Seconds(r.signed())
		if i == 0 || at < first {
			first = at
		}
	}
	if r.failed {
		return 0, false, errColumns
	}
	return first, n > 0, nil
}

// columns reads what AppendBinary wrote; after a fault it reads zeros.
type columns struct {
	data   []byte
	failed bool
}

func (r *columns) fail() {
	r.failed, r.data = true, nil
}

func (r *columns) byte() byte {
	if len(r.data) == 0 {
		r.fail()
		return 0
	}
	b := r.data[0]
	r.data = r.data[1:]
	return b
}

func (r *columns) unsigned() uint64 {
	v, n := binary.Uvarint(r.data)
	if n <= 0 {
		r.fail()
		return 0
	}
	r.data = r.data[n:]
	return v
}

func (r *columns) signed() int64 {
	v, n := binary.Varint(r.data)
	if n <= 0 {
		r.fail()
		return 0
	}
	r.data = r.data[n:]
	return v
}

// count reads a number of things of which each takes a byte at least.
func (r *columns) count() int {
	v := r.unsigned()
	if v > uint64(len(r.data)) {
		r.fail()
		return 0
	}
	return int(v)
}

func (r *columns) bytes(n int) []byte {
	if n > len(r.data) {
		r.fail()
		return nil
	}
	b := r.data[:n]
	r.data = r.data[n:]
	return b
}

func (r *columns) words() []string {
	list := make([]string, 1, 8)
	for n := r.count(); n > 0 && !r.failed; n-- {
		list = append(list, string(r.bytes(r.count())))
	}
	return list
}

func (r *columns) word(words []string) string {
	i := r.unsigned()
	if i >= uint64(len(words)) {
		r.fail()
		return ""
	}
	return words[i]
}

func (r *columns) numbers(p []attendance.Punch) {
	var at, position domain.Seconds
	for i := range p {
		at += domain.Seconds(r.signed())
		p[i].At = at
	}
	for i := range p {
		position += domain.Seconds(r.signed())
		p[i].Position = position
	}
	for i := range p {
		if r.byte() != 0 {
			p[i].Received = p[i].At + domain.Seconds(r.signed())
		}
	}
	for i := range p {
		s := r.byte()
		p[i].State, p[i].Added = attendance.PunchState(s&^addedBit), s&addedBit != 0
	}
}

func (r *columns) repeated(p []attendance.Punch, words []string) {
	if len(p) == 0 {
		return
	}
	for _, c := range repeated {
		each := r.byte() != 0
		word := ""
		if !each {
			if word = r.word(words); word == "" {
				continue
			}
		}
		for i := range p {
			if each {
				word = r.word(words)
			}
			c.set(&p[i], word)
		}
	}
}

// names reads the ids into one text, of which each is a part: a month is read with few allocations.
func (r *columns) names(p []attendance.Punch, events bool) {
	var all strings.Builder
	all.Grow(40 * len(p)) // most ids are UUIDs
	before := ""
	for i := range p {
		shared := r.unsigned()
		if shared > uint64(len(before)) {
			r.fail()
			return
		}
		begin := all.Len()
		all.WriteString(before[:shared])
		all.Write(r.bytes(r.count()))
		before = all.String()[begin:]
		p[i].ID = before
	}
	for i := range p {
		if e := r.event(events); events {
			p[i].Event = e
		}
	}
}

func (r *columns) event(wanted bool) string {
	if r.byte() == 0 {
		return string(r.bytes(r.count()))
	}
	b := r.bytes(16)
	if !wanted || b == nil {
		return ""
	}
	return uuid.UUID(b).String()
}

func (r *columns) changes(p []attendance.Punch, words []string) {
	for n := r.count(); n > 0 && !r.failed; n-- {
		i := r.unsigned()
		if i >= uint64(len(p)) {
			r.fail()
			return
		}
		q := &p[i]
		q.FirstAt = domain.Seconds(r.signed())
		q.FirstDir, q.VoidedWith = attendance.Direction(r.word(words)), r.word(words)
		for k := r.count(); k > 0 && !r.failed; k-- {
			q.Reasons = append(q.Reasons, r.word(words))
		}
		for k := r.count(); k > 0 && !r.failed; k-- {
			q.Changed = append(q.Changed, r.event(true))
		}
	}
}
