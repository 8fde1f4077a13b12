package month

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/punchledger/punchledger/domain"
	"github.com/punchledger/punchledger/domain/schedule"
)

// Cells of a month are stored together and packed, since a grid reads those of everybody.

const (
	bitSettled = 1 << iota
	bitPending
	bitCorrected
	bitBlocks
)

// Pack returns the bytes of cells of one month, which are in the order of their dates.
func Pack(cells []Cell) []byte {
	b := make([]byte, 0, 32*len(cells))
	for i := range cells {
		c := &cells[i]
		bits := byte(0)
		for n, set := range [...]bool{c.Settled, c.Pending, c.Corrected, c.Blocks} {
			if set {
				bits |= 1 << n
			}
		}
		b = append(b, byte(c.Date-c.Date.MonthStart()), byte(c.Kind), bits)
		for _, n := range [...]int64{
			int64(c.Open), int64(c.Planned), int64(c.Present), int64(c.Counted), int64(c.Overtime), int64(c.Leave), int64(c.Late), int64(c.Early),
			int64(c.Absent),
		} {
			b = binary.AppendVarint(b, n)
		}
		b = appendText(appendText(b, c.Shift), strings.Join(c.Flags, " "))
	}
	return b
}

func appendText(b []byte, s string) []byte {
	return append(binary.AppendUvarint(b, uint64(len(s))), s...)
}

var errPacked = errors.New("the cells of a month end too early")

// Unpack reads what Pack has written for the month that begins at first. Shifts and flags that words knows are not made again.
func Unpack(b []byte, first domain.Date, words map[string]string) ([]Cell, error) {
	cells := make([]Cell, 0, 31)
	for len(b) > 0 {
		if len(b) < 3 {
			return nil, errPacked
		}
		bits := b[2]
		c := Cell{
			Date: first + domain.Date(b[0]), Kind: schedule.Kind(b[1]), Settled: bits&bitSettled != 0, Pending: bits&bitPending != 0,
			Corrected: bits&bitCorrected != 0, Blocks: bits&bitBlocks != 0,
		}
		b = b[3:]
		var n [9]int64
		for i := range n {
			v, size := binary.Varint(b)
			if size <= 0 {
				return nil, errPacked
			}
			n[i], b = v, b[size:]
		}
		c.Open, c.Absent = int(n[0]), int(n[8])
		for i, field := range [...]*domain.Seconds{&c.Planned, &c.Present, &c.Counted, &c.Overtime, &c.Leave, &c.Late, &c.Early} {
			*field = domain.Seconds(n[i+1])
		}
		var flags string
		for _, field := range [...]*string{&c.Shift, &flags} {
			v, size := binary.Uvarint(b)
			if size <= 0 || uint64(len(b)-size) < v {
				return nil, errPacked
			}
			*field, b = word(words, b[size:size+int(v)]), b[size+int(v):]
		}
		if flags != "" {
			c.Flags = strings.Split(flags, " ")
		}
		cells = append(cells, c)
	}
	return cells, nil
}

// word returns the text of b, of which there are few.
func word(words map[string]string, b []byte) string {
	if s, ok := words[string(b)]; ok {
		return s
	}
	s := string(b)
	if words != nil {
		words[s] = s
	}
	return s
}

// Repacked is a packed month that changed; it is empty where no cells are left.
type Repacked struct {
	First  domain.Date // of the month
	Packed []byte
}

// Repack replaces the cells of [from, to] by others, which lie there in the order of their dates, and returns the months that change by it, in
// order. Stored has the packed months that touch the range, by their first days.
func Repack(stored map[domain.Date][]byte, from, to domain.Date, others []Cell) (changed []Repacked, err error) {
	byMonth := map[domain.Date][]Cell{}
	for _, c := range others {
		first := c.Date.MonthStart()
		byMonth[first] = append(byMonth[first], c)
	}
	months := slices.Collect(maps.Keys(stored))
	months = append(months, slices.Collect(maps.Keys(byMonth))...)
	slices.Sort(months)
	for _, first := range slices.Compact(months) {
		old, err := Unpack(stored[first], first, nil)
		if err != nil {
			return nil, fmt.Errorf("the month %s: %w", first, err)
		}
		if packed := Pack(splice(old, from, to, byMonth[first])); !bytes.Equal(packed, stored[first]) {
			changed = append(changed, Repacked{first, packed})
		}
	}
	return changed, nil
}

// splice returns cells with those of [from, to] replaced by others, which lie there. Both are in the order of their dates.
func splice(cells []Cell, from, to domain.Date, others []Cell) []Cell {
	out := make([]Cell, 0, len(cells)+len(others))
	for _, c := range cells {
		if c.Date < from {
			out = append(out, c)
		}
	}
	out = append(out, others...)
	for _, c := range cells {
		if c.Date > to {
			out = append(out, c)
		}
	}
	return out
}
