package payroll

import (
	"bytes"
	"cmp"
	"compress/flate"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"sync"

	"github.com/punchledger/punchledger/domain"
	"github.com/punchledger/punchledger/eventstore"
)

// Pins serves pages of pinned positions while the ledger goes on. Where the views are at the position, it reads them; when more pages
// will be asked for, it keeps what the window holds, packed, so that they need not be computed again. What is kept is bounded by
// Bytes: what was put away is computed anew, with the same rows, by Past. It is safe for concurrent use.
type Pins struct {
	// Live runs f on one moment of the views, at the position that it names.
	Live func(ctx context.Context, f func(eventstore.Position, Source) error) error
	// Past runs f on the views as they were at a position; it may take as long as a rebuild.
	Past  func(ctx context.Context, at eventstore.Position, f func(Source) error) error
	Bytes int // DefaultPinned when 0

	mu   sync.Mutex
	kept []*pinned // used last comes last
}

// DefaultPinned is how much is kept: some 10,000 months of people.
const DefaultPinned = 64 << 20

// Page returns the page of a cursor; one without position is pinned to where the views are now.
func (p *Pins) Page(ctx context.Context, c Cursor, only func(employee string) bool) (page Page, err error) {
	if k := p.find(&c); k != nil {
		return PageOf(ctx, k, c, only)
	}
	live := false
	err = p.live(ctx, &c, func(s Source) error {
		live = true
		page, err = PageOf(ctx, s, c, only)
		if err == nil && page.Next != "" {
			_, err = p.keep(ctx, &c, s)
		}
		return err
	})
	if live || err != nil {
		return page, err
	}
	k, err := p.pin(ctx, &c)
	if err != nil {
		return page, err
	}
	return PageOf(ctx, k, c, only)
}

// Diff returns what has become of the rows of a cursor since a position.
func (p *Pins) Diff(ctx context.Context, since eventstore.Position, c Cursor, only func(employee string) bool) (Difference, error) {
	after, err := p.pin(ctx, &c)
	if err != nil {
		return Difference{}, err
	}
	earlier := c
	earlier.Position = since
	before, err := p.pin(ctx, &earlier)
	if err != nil {
		return Difference{}, err
	}
	d, err := Diff(ctx, before, after, c, only)
	d.Since, d.Position = since, c.Position
	return d, err
}

// live runs f where the views are at the cursor's position, which is made theirs where it has none.
func (p *Pins) live(ctx context.Context, c *Cursor, f func(Source) error) error {
	return p.Live(ctx, func(at eventstore.Position, s Source) error {
		if c.Position == 0 {
			c.Position = at
		}
		if c.Position != at {
			return nil
		}
		return f(s)
	})
}

// pin returns what the window holds at the cursor's position, packed.
func (p *Pins) pin(ctx context.Context, c *Cursor) (k *pinned, err error) {
	if k = p.find(c); k != nil {
		return k, nil
	}
	take := func(s Source) (err error) {
		k, err = p.keep(ctx, c, s)
		return err
	}
	if err := p.live(ctx, c, take); err != nil || k != nil {
		return k, err
	}
	return k, p.Past(ctx, c.Position, take)
}

func (p *Pins) find(c *Cursor) *pinned {
	p.mu.Lock()
	defer p.mu.Unlock()
	i := slices.IndexFunc(p.kept, func(k *pinned) bool { return k.position == c.Position && k.from == c.From && k.to == c.To })
	if i < 0 || c.Position == 0 {
		return nil
	}
	k := p.kept[i]
	p.kept = append(slices.Delete(p.kept, i, i+1), k)
	return k
}

// keep packs what the window holds and puts away what has not been used for the longest time.
func (p *Pins) keep(ctx context.Context, c *Cursor, s Source) (*pinned, error) {
	k, err := pack(ctx, s, c)
	if err != nil {
		return nil, err
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.kept = append(p.kept, k)
	limit, total := cmp.Or(p.Bytes, DefaultPinned), 0
	for i, x := range slices.Backward(p.kept) {
		if total += x.bytes; total > limit && i < len(p.kept)-1 {
			p.kept = slices.Delete(p.kept, 0, i+1)
			break
		}
	}
	return k, nil
}

// pinned is a window of one position, packed by employee. It implements Source.
type pinned struct {
	position eventstore.Position
	from, to domain.Date
	people   []packed // in order
	bytes    int
}

type packed struct {
	employee string
	data     []byte // deflated JSON of content
}

type content struct {
	Parts []Part `json:"parts"`
	Terms []Term `json:"terms"`
}

func pack(ctx context.Context, s Source, c *Cursor) (*pinned, error) {
	k := &pinned{position: c.Position, from: c.From, to: c.To}
	z, err := flate.NewWriter(io.Discard, flate.BestSpeed)
	if err != nil {
		return nil, err
	}
	var now content
	flush := func() error {
		if len(now.Parts) == 0 {
			return nil
		}
		employee := now.Parts[0].Employee
		if now.Terms, err = s.Terms(ctx, employee); err != nil {
			return err
		}
		var b bytes.Buffer
		z.Reset(&b)
		if err := errors.Join(json.NewEncoder(z).Encode(now), z.Close()); err != nil {
			return fmt.Errorf("pack the rows of %s: %w", employee, err)
		}
		k.people = append(k.people, packed{employee, bytes.Clone(b.Bytes())})
		k.bytes += b.Len() + len(employee)
		now.Parts = now.Parts[:0]
		return nil
	}
	err = s.Parts(ctx, Query{From: c.From, To: c.To}, func(p Part) error {
		if len(now.Parts) > 0 && now.Parts[0].Employee != p.Employee {
			if err := flush(); err != nil {
				return err
			}
		}
		now.Parts = append(now.Parts, p)
		return nil
	})
	return k, errors.Join(err, flush())
}

func (k *pinned) open(i int) (out content, err error) {
	z := flate.NewReader(bytes.NewReader(k.people[i].data))
	err = errors.Join(json.NewDecoder(z).Decode(&out), z.Close())
	return out, err
}

func (k *pinned) index(employee string) (int, bool) {
	return slices.BinarySearchFunc(k.people, employee, func(p packed, e string) int { return cmp.Compare(p.employee, e) })
}

// Parts implements Reader for the window that was packed.
func (k *pinned) Parts(_ context.Context, q Query, yield func(Part) error) error {
	first, _ := k.index(cmp.Or(q.Employee, q.After))
	for i := first; i < len(k.people); i++ {
		if q.Employee != "" && k.people[i].employee != q.Employee {
			break
		}
		c, err := k.open(i)
		if err != nil {
			return err
		}
		for _, p := range c.Parts {
			if p.Date < q.From || q.To != 0 && p.Date > q.To {
				continue
			}
			if err := yield(p); err != nil {
				return err
			}
		}
	}
	return nil
}

// Terms implements Source.
func (k *pinned) Terms(_ context.Context, employee string) ([]Term, error) {
	i, ok := k.index(employee)
	if !ok {
		return nil, nil
	}
	c, err := k.open(i)
	return c.Terms, err
}
