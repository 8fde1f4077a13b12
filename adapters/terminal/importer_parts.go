package terminal

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"maps"
	"slices"
	"strings"

	"github.com/punchledger/punchledger/domain"
	"github.com/punchledger/punchledger/domain/timecard"
)

// partRows is how many rows are held in memory. A file with more is put aside in parts, by the identities of its rows, and worked off
// part by part: what repeats or contradicts a row has the same identity, and so lies in the same part.
const partRows = 50_000

// spread is into how many parts one that is still too large is spread.
const spread = 16

// take keeps a row in memory, or in its part.
func (p *plan) take(r row) error {
	if p.parts == nil && len(p.rows) < cmp.Or(p.importer.PartRows, partRows) {
		p.rows = append(p.rows, r)
		return nil
	}
	if p.parts == nil {
		n := min(max(int(p.importer.Size/40)/(cmp.Or(p.importer.PartRows, partRows)/2), spread), 2048)
		var err error
		if p.parts, err = newSpill(p.importer.Scratch, n); err != nil {
			return err
		}
		for i := range p.rows {
			p.putAside(p.parts, &p.rows[i], 0)
		}
		p.rows = nil
	}
	p.putAside(p.parts, &r, 0)
	return p.parts.failed
}

func (p *plan) putAside(s *spill, r *row, depth int) {
	p.packed.b = p.packed.b[:0]
	r.pack(&p.packed)
	s.add(bucketOf(r.id, depth, len(s.buckets)), p.packed.b)
}

// work judges and records all rows, part by part.
func (p *plan) work(ctx context.Context) (err error) {
	if p.parts == nil {
		ids := make(map[string]bool, len(p.rows))
		for i := range p.rows {
			ids[p.rows[i].id] = true
		}
		if err := p.importer.scan(ctx, &p.past, func(id string, _ []byte) bool { return ids[id] }, p.past.take); err != nil {
			return err
		}
		p.batch = p.past.batch(p.importer.Device, p.importer.SHA256)
		return p.part(ctx)
	}
	known, err := newSpill(p.importer.Scratch, len(p.parts.buckets))
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, known.close(), p.parts.close()) }()
	mine := []byte(`"device":"` + p.importer.Device + `"`)
	err = p.importer.scan(ctx, &p.past, func(_ string, data []byte) bool {
		return bytes.Contains(data, mine) || bytes.Contains(data, []byte(`"batch":"`))
	}, func(k knownRow) {
		p.packed.b = p.packed.b[:0]
		k.pack(&p.packed)
		known.add(bucketOf(k.id, 0, len(known.buckets)), p.packed.b)
	})
	if err != nil {
		return err
	}
	p.batch = p.past.batch(p.importer.Device, p.importer.SHA256)
	for n := range p.parts.buckets {
		if err := p.bucket(ctx, p.parts, n, 0, func(take func(knownRow)) error {
			return known.read(n, func(b []byte) { take(unpackKnown(b)) })
		}); err != nil {
			return err
		}
		p.parts.drop(n)
		known.drop(n)
	}
	return nil
}

// bucket works off one bucket, or spreads it further when it is too large: one badge may fill a file.
func (p *plan) bucket(ctx context.Context, s *spill, n, depth int, known func(func(knownRow)) error) (err error) {
	const enough = 4 // rows of one identity cannot be spread; they are few, or repeat and are dropped below
	if s.buckets[n].count > cmp.Or(p.importer.PartRows, partRows) && depth < enough {
		finer, err := newSpill(p.importer.Scratch, spread)
		if err != nil {
			return err
		}
		defer func() { err = errors.Join(err, finer.close()) }()
		err = s.read(n, func(b []byte) {
			u := unpacker{b}
			finer.add(bucketOf(u.text(), depth+1, spread), b)
		})
		for i := 0; i < spread && err == nil; i++ {
			err = p.bucket(ctx, finer, i, depth+1, known)
		}
		return err
	}
	p.rows = p.rows[:0]
	crowded := s.buckets[n].count > cmp.Or(p.importer.PartRows, partRows)
	places := map[string]int{}
	err = s.read(n, func(b []byte) {
		u := unpacker{b}
		id := u.text()
		at, again := places[id]
		if again && crowded {
			p.repeated(unpackRow(b), p.rows[at].holding())
			return
		}
		places[id] = len(p.rows)
		r := unpackRow(b)
		r.mac = p.macOf(cmp.Or(r.Badge, r.Employee)) // known from the badge, and longer than the rest of the row
		p.rows = append(p.rows, r)
	})
	if err != nil {
		return err
	}
	p.past.rows = map[string]holding{}
	err = known(func(k knownRow) {
		if _, mine := places[k.id]; mine {
			p.past.take(k)
		}
	})
	if err != nil {
		return err
	}
	return p.part(ctx)
}

// repeated counts a row of which a file is full: only the first one is kept, and the others are compared with it.
func (p *plan) repeated(r row, first holding) {
	if !first.same(&r) {
		p.conflict(&r, first)
		p.report.Counts[VerdictConflict]++
	} else {
		p.report.Counts[VerdictDuplicate]++
	}
	p.known++
}

// part judges and records the rows in memory.
func (p *plan) part(ctx context.Context) error {
	p.cards, p.order, p.unknown, p.seen = map[string][]timecard.RecordPunch{}, nil, nil, map[string]holding{}
	for i := range p.rows {
		p.judge(&p.rows[i])
	}
	err := p.record(ctx)
	p.known = 0
	return err
}

// maxListed is how many lines of a kind a report names; it counts all of them.
const maxListed = 1000

// listed adds a line to a list that keeps the first ones of the file.
func listed(list []Bad, b Bad) []Bad {
	if list = append(list, b); len(list) >= 2*maxListed {
		list = first(list)
	}
	return list
}

func first(list []Bad) []Bad {
	slices.SortStableFunc(list, func(a, b Bad) int { return cmp.Compare(a.Line, b.Line) })
	return list[:min(len(list), maxListed)]
}

func (r *row) pack(p *packer) {
	p.text(r.id)
	for _, s := range []string{r.Badge, r.Employee, r.Wall, r.Offset, string(r.Dir), r.WorkCode, r.Note, r.Raw, strings.Join(r.reasons, " ")} {
		p.text(s)
	}
	for _, n := range []int64{int64(r.Number), int64(r.Part), int64(r.told), int64(r.at), int64(r.claimed)} {
		p.int(n)
	}
	p.optional(r.Status)
	p.optional(r.Verify)
	if r.DeviceSeq == nil {
		p.int(0)
	} else {
		p.int(1)
		p.int(*r.DeviceSeq)
	}
	if r.bad == nil {
		p.int(0)
		return
	}
	p.int(int64(1 + len(r.bad.Args)))
	p.int(int64(r.bad.Column))
	p.text(r.bad.Reason)
	for _, k := range slices.Sorted(maps.Keys(r.bad.Args)) {
		p.text(k)
		p.text(r.bad.Args[k])
	}
}

func unpackRow(b []byte) row {
	u := unpacker{b}
	var r row
	r.id = u.text()
	var dir, reasons string
	for _, into := range []*string{&r.Badge, &r.Employee, &r.Wall, &r.Offset, &dir, &r.WorkCode, &r.Note, &r.Raw, &reasons} {
		*into = u.text()
	}
	r.Dir = Direction(dir)
	if reasons != "" {
		r.reasons = strings.Fields(reasons)
	}
	r.Number, r.Part = int(u.int()), int(u.int())
	r.told, r.at, r.claimed = domain.Seconds(u.int()), domain.Seconds(u.int()), domain.Seconds(u.int())
	r.Status, r.Verify = u.optional(), u.optional()
	if u.int() == 1 {
		seq := u.int()
		r.DeviceSeq = &seq
	}
	if n := u.int(); n > 0 {
		r.bad = &Bad{Line: r.Number, Column: int(u.int()), Reason: u.text(), Args: map[string]string{}, Raw: printable(r.Raw)}
		for range n - 1 {
			k := u.text()
			r.bad.Args[k] = u.text()
		}
	}
	return r
}

// knownRow is one thing that the log says of a row: that it was recorded, or taken back with its import.
type knownRow struct {
	id   string
	gone bool
	held holding
}

func (k knownRow) pack(p *packer) {
	p.text(k.id)
	if k.gone {
		p.int(1)
		return
	}
	p.int(0)
	p.int(int64(k.held.at))
	p.int(int64(k.held.line))
	for _, s := range []string{k.held.dir, k.held.wall, k.held.verdict, k.held.batch} {
		p.text(s)
	}
}

func unpackKnown(b []byte) knownRow {
	u := unpacker{b}
	k := knownRow{id: u.text(), gone: u.int() == 1}
	if k.gone {
		return k
	}
	k.held.at, k.held.line = domain.Instant(u.int()), int(u.int())
	for _, into := range []*string{&k.held.dir, &k.held.wall, &k.held.verdict, &k.held.batch} {
		*into = u.text()
	}
	return k
}

// macOf returns what stands for a badge in the log; a file names few badges many times.
func (p *plan) macOf(badge string) string {
	if mac, ok := p.macs[badge]; ok {
		return mac
	}
	const kept = 10_000
	if len(p.macs) >= kept || p.macs == nil {
		p.macs = map[string]string{}
	}
	p.macs[badge] = p.importer.MAC(badge)
	return p.macs[badge]
}
