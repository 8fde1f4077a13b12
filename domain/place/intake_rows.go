package place

import (
	"cmp"
	"slices"
)

// Row is a punch in quarantine. Emp is the employee it was attributed to, and empty while it waits.
type Row struct {
	Punch PunchQuarantined
	Emp   string
}

// Rows holds rows by their ids. It is immutable: adding to it makes another one that shares almost everything with it, as a file
// may bring a hundred thousand rows into one stream and each of them is one step of the fold.
type Rows struct {
	layers [][]*Row // each by row id and longer than the one after it; of equal ids the one in the later layer holds
}

func byID(a, b *Row) int { return cmp.Compare(a.Punch.Row, b.Punch.Row) }

// Get returns the row of an id.
func (r Rows) Get(id string) (Row, bool) {
	for _, layer := range slices.Backward(r.layers) {
		i, ok := slices.BinarySearchFunc(layer, id, func(x *Row, id string) int { return cmp.Compare(x.Punch.Row, id) })
		if ok {
			return *layer[i], true
		}
	}
	return Row{}, false
}

// All returns every row, by id.
func (r Rows) All() []Row {
	var merged []*Row
	for _, layer := range r.layers {
		merged = merge(merged, layer)
	}
	out := make([]Row, len(merged))
	for i, x := range merged {
		out[i] = *x
	}
	return out
}

func (r Rows) with(x Row) Rows {
	layer, n := []*Row{&x}, len(r.layers)
	for n > 0 && len(r.layers[n-1]) <= len(layer) {
		layer = merge(r.layers[n-1], layer)
		n--
	}
	return Rows{layers: append(slices.Clip(r.layers[:n]), layer)}
}

// merge returns the rows of both, by id; of equal ids the newer one.
func merge(older, newer []*Row) []*Row {
	out := make([]*Row, 0, len(older)+len(newer))
	for len(older) > 0 && len(newer) > 0 {
		c := byID(older[0], newer[0])
		if c < 0 {
			out, older = append(out, older[0]), older[1:]
			continue
		}
		if c == 0 {
			older = older[1:]
		}
		out, newer = append(out, newer[0]), newer[1:]
	}
	return append(append(out, older...), newer...)
}
