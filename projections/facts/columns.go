package facts

import (
	"encoding/binary"
	"encoding/json"
	"errors"

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
