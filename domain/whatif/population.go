package whatif

import (
	"cmp"
	"crypto/sha256"
	"encoding/binary"
	"slices"
)

// Has reports whether somebody is in the population, samples apart: whoever is in one of the groups, at one of the sites, has one of
// the tags or is one of the employees named; everybody where none is named.
func (p Population) Has(w Who) bool {
	if len(p.Groups)+len(p.Sites)+len(p.Tags)+len(p.Employees) == 0 {
		return true
	}
	return slices.Contains(p.Groups, w.Group) || slices.Contains(p.Sites, w.Site) || slices.Contains(p.Employees, w.Emp) ||
		slices.ContainsFunc(w.Tags, func(tag string) bool { return slices.Contains(p.Tags, tag) })
}

// Partial reports whether people are left out whom the candidate would govern: such a replay shows what to expect and cannot be adopted.
func (p Population) Partial() bool {
	return len(p.Sites)+len(p.Tags)+len(p.Employees) > 0 || p.Sample != nil
}

// Order returns the employees in the order in which the sample draws them: by the SHA-256 of seed and id. The same seed draws the
// same people, however many others there are.
func (s Sample) Order(employees []string) []string {
	key := func(emp string) [sha256.Size]byte {
		return sha256.Sum256(append(binary.BigEndian.AppendUint64(nil, uint64(s.Seed)), emp...))
	}
	type drawn struct {
		emp string
		key [sha256.Size]byte
	}
	list := make([]drawn, len(employees))
	for i, emp := range employees {
		list[i] = drawn{emp, key(emp)}
	}
	slices.SortFunc(list, func(a, b drawn) int { return cmp.Or(slices.Compare(a.key[:], b.key[:]), cmp.Compare(a.emp, b.emp)) })
	out := make([]string, len(list))
	for i := range list {
		out[i] = list[i].emp
	}
	return out
}
