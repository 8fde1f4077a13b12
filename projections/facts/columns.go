package facts

import (
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"slices"

	jsonv2 "github.com/go-json-experiment/json"
	"github.com/google/uuid"

	"github.com/punchledger/punchledger/domain"
	"github.com/punchledger/punchledger/domain/attendance"
)

// columnsFormat is the first byte of a month in columns, the layout of docs/punch-cache.md.
const columnsFormat = 1

// errColumns says that a stored month is not in the layout that this build writes.
var errColumns = errors.New("not a month in columns")

// rest is what a month holds besides punches; there is little of it.
type rest struct {
	Credits  []attendance.Credit `json:"credits,omitempty"`
	Waivers  []attendance.Waiver `json:"waivers,omitempty"`
	Disputed []domain.Date       `json:"disputed,omitempty"`
}

// texts numbers the short texts of a month, which repeat from punch to punch; the empty one is 0.
type texts struct {
	list []string
	at   map[string]uint64
}

func newTexts() *texts { return &texts{list: []string{""}, at: map[string]uint64{"": 0}} }

func (t *texts) number(s string) uint64 {
	n, ok := t.at[s]
	if !ok {
		n = uint64(len(t.list))
		t.at[s], t.list = n, append(t.list, s)
	}
	return n
}

// repeated are the columns of texts that repeat, in the order in which they are stored.
var repeated = [...]struct {
	of  func(*attendance.Punch) string
	set func(*attendance.Punch, string)
}{
	{func(p *attendance.Punch) string { return string(p.Dir) }, func(p *attendance.Punch, s string) { p.Dir = attendance.Direction(s) }},
	{func(p *attendance.Punch) string { return p.TimeSource }, func(p *attendance.Punch, s string) { p.TimeSource = s }},
	{func(p *attendance.Punch) string { return p.Place }, func(p *attendance.Punch, s string) { p.Place = s }},
	{func(p *attendance.Punch) string { return p.Site }, func(p *attendance.Punch, s string) { p.Site = s }},
	{func(p *attendance.Punch) string { return p.Job }, func(p *attendance.Punch, s string) { p.Job = s }},
	{func(p *attendance.Punch) string { return p.Cost }, func(p *attendance.Punch, s string) { p.Cost = s }},
	{func(p *attendance.Punch) string { return p.Device }, func(p *attendance.Punch, s string) { p.Device = s }},
}

const addedBit = 0x80

// AppendBinary implements encoding.BinaryAppender: the month in columns.
func (m *Month) AppendBinary(b []byte) ([]byte, error) {
	words := newTexts()
	body := m.appendNumbers(nil)
	body = m.appendRepeated(body, words)
	body = m.appendNames(body)
	body, err := m.appendChanges(body, words)
	if err != nil {
		return nil, err
	}
	b = append(b, columnsFormat)
	b = binary.AppendUvarint(b, uint64(len(m.Punches)))
	b = binary.AppendUvarint(b, uint64(len(words.list)-1))
	for _, s := range words.list[1:] {
		b = appendText(b, s)
	}
	return append(b, body...), nil
}

func appendText(b []byte, s string) []byte {
	return append(binary.AppendUvarint(b, uint64(len(s))), s...)
}

// appendNumbers writes times and positions as differences to the punch before, the age at receipt, and the state.
func (m *Month) appendNumbers(b []byte) []byte {
	var at, position domain.Seconds
	for i := range m.Punches {
		b = binary.AppendVarint(b, int64(m.Punches[i].At-at))
		at = m.Punches[i].At
	}
	for i := range m.Punches {
		b = binary.AppendVarint(b, int64(m.Punches[i].Position-position))
		position = m.Punches[i].Position
	}
	for i := range m.Punches {
		p := &m.Punches[i]
		if p.Received == 0 {
			b = append(b, 0)
			continue
		}
		b = binary.AppendVarint(append(b, 1), int64(p.Received-p.At))
	}
	for i := range m.Punches {
		s := byte(m.Punches[i].State)
		if m.Punches[i].Added {
			s |= addedBit
		}
		b = append(b, s)
	}
	return b
}

// appendRepeated writes each column as one number where all its texts are equal, which most columns of a month are.
func (m *Month) appendRepeated(b []byte, words *texts) []byte {
	for _, c := range repeated {
		same := true
		for i := range m.Punches {
			same = same && c.of(&m.Punches[i]) == c.of(&m.Punches[0])
		}
		switch {
		case len(m.Punches) == 0:
		case same:
			b = binary.AppendUvarint(append(b, 0), words.number(c.of(&m.Punches[0])))
		default:
			b = append(b, 1)
			for i := range m.Punches {
				b = binary.AppendUvarint(b, words.number(c.of(&m.Punches[i])))
			}
		}
	}
	return b
}

// appendNames writes the ids of punches by what they share with the one before, and the ids of their events as 16 bytes each.
func (m *Month) appendNames(b []byte) []byte {
	before := ""
	for i := range m.Punches {
		id, n := m.Punches[i].ID, 0
		for n < min(len(id), len(before)) && id[n] == before[n] {
			n++
		}
		b = appendText(binary.AppendUvarint(b, uint64(n)), id[n:])
		before = id
	}
	for i := range m.Punches {
		b = appendEvent(b, m.Punches[i].Event)
	}
	return b
}

// appendEvent writes the id of an event: 1 and its 16 bytes, or 0 and any other text.
func appendEvent(b []byte, s string) []byte {
	if id, err := uuid.Parse(s); err == nil && id.String() == s {
		return append(append(b, 1), id[:]...)
	}
	return appendText(append(b, 0), s)
}

// changed is what few punches have: a first time or direction, reasons, later events.
func changed(p *attendance.Punch) bool {
	return p.FirstAt != 0 || p.FirstDir != "" || p.VoidedWith != "" || len(p.Reasons) > 0 || len(p.Changed) > 0
}

func (m *Month) appendChanges(b []byte, words *texts) ([]byte, error) {
	n := 0
	for i := range m.Punches {
		if changed(&m.Punches[i]) {
			n++
		}
	}
	b = binary.AppendUvarint(b, uint64(n))
	for i := range m.Punches {
		p := &m.Punches[i]
		if !changed(p) {
			continue
		}
		b = binary.AppendVarint(binary.AppendUvarint(b, uint64(i)), int64(p.FirstAt))
		b = binary.AppendUvarint(binary.AppendUvarint(b, words.number(string(p.FirstDir))), words.number(p.VoidedWith))
		b = binary.AppendUvarint(b, uint64(len(p.Reasons)))
		for _, r := range p.Reasons {
			b = binary.AppendUvarint(b, words.number(r))
		}
		b = binary.AppendUvarint(b, uint64(len(p.Changed)))
		for _, e := range p.Changed {
			b = appendEvent(b, e)
		}
	}
	if len(m.Credits)+len(m.Waivers)+len(m.Disputed) == 0 {
		return b, nil
	}
	tail, err := json.Marshal(rest{m.Credits, m.Waivers, m.Disputed})
	return append(b, tail...), err
}

// UnmarshalBinary implements encoding.BinaryUnmarshaler.
func (m *Month) UnmarshalBinary(data []byte) error { return m.decode(data, true) }

// decode reads a month; without events the punches have no ids of events, which only sources and traces name.
func (m *Month) decode(data []byte, events bool) error {
	r := columns{data: data}
	if r.byte() != columnsFormat {
		return errColumns
	}
	n := r.count()
	words := r.words()
	*m = Month{Punches: slices.Grow(m.Punches[:0], n)[:n]}
	clear(m.Punches)
	r.numbers(m.Punches)
	r.repeated(m.Punches, words)
	r.names(m.Punches, events)
	r.changes(m.Punches, words)
	if n == 0 {
		m.Punches = nil
	}
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
	m.Credits, m.Waivers, m.Disputed = tail.Credits, tail.Waivers, tail.Disputed
	return nil
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
	ids := make([]byte, 0, 24*len(p))
	ends := make([]int, len(p))
	before := 0
	for i := range p {
		shared, begin := int(min(r.unsigned(), 1<<20)), len(ids)
		if shared > begin-before {
			r.fail()
			return
		}
		ids = append(append(ids, ids[before:before+shared]...), r.bytes(r.count())...)
		before, ends[i] = begin, len(ids)
	}
	all, begin := string(ids), 0
	for i, end := range ends {
		p[i].ID, begin = all[begin:end], end
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
