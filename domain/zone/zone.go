// Package zone resolves wall clocks against a zone archive that is shipped in the binary, and holds the releases of the engine.
//
// It never asks the host's zone files and never lets the standard library's date constructor decide what a missing or
// repeated hour means.
package zone

import (
	"sort"
	"time"

	"github.com/punchledger/punchledger/domain"
)

// Zone is one time zone of an Archive: its offsets from UTC between 1900 and 2100. It is immutable and safe for concurrent use.
type Zone struct {
	name   string
	starts []domain.Seconds // instants at which offs[i] begins to hold; starts[0] is the beginning of time
	offs   []domain.Seconds
}

// Name returns the IANA name.
func (z *Zone) Name() string { return z.name }

func newZone(name string, loc *time.Location) *Zone {
	z := &Zone{name: name}
	end := time.Date(2100, 1, 1, 0, 0, 0, 0, time.UTC)
	for t := time.Date(1900, 1, 1, 0, 0, 0, 0, time.UTC).In(loc); t.Before(end); {
		start, next := t.ZoneBounds()
		_, off := t.Zone()
		if n := len(z.offs); n == 0 || z.offs[n-1] != domain.Seconds(off) {
			z.starts = append(z.starts, domain.Seconds(start.Unix()))
			z.offs = append(z.offs, domain.Seconds(off))
		}
		if next.IsZero() {
			break
		}
		if !next.After(t) { // seen at the end of leap years of zones that go on by a rule: the bound is the instant asked for
			next = t.Add(24 * time.Hour)
		}
		t = next
	}
	return z
}

func (z *Zone) index(at domain.Seconds) int {
	if last := len(z.starts) - 1; z.starts[last] <= at {
		return last
	}
	return max(0, sort.Search(len(z.starts), func(i int) bool { return z.starts[i] > at })-1)
}

// Offset returns the zone's offset east of UTC at an instant.
func (z *Zone) Offset(at domain.Seconds) domain.Seconds { return z.offs[z.index(at)] }

// Wall returns the local date and the seconds since local midnight on the clock at an instant.
func (z *Zone) Wall(at domain.Seconds) (domain.Date, domain.Seconds) {
	w := at + z.Offset(at)
	d := domain.DateOfUnix(w)
	return d, w - d.Unix()
}

// DateOf returns the local date at an instant.
func (z *Zone) DateOf(at domain.Seconds) domain.Date {
	d, _ := z.Wall(at)
	return d
}

// Start resolves the wall clock that shows clock seconds after midnight of date (clock may pass 24 h) to an instant.
// In a gap it is the instant of the transition; a repeated time is the earlier one.
func (z *Zone) Start(date domain.Date, clock domain.Seconds) domain.Seconds {
	return z.resolve(date.Unix()+clock, false)
}

// End is Start for ends: a repeated time is the later one.
func (z *Zone) End(date domain.Date, clock domain.Seconds) domain.Seconds {
	return z.resolve(date.Unix()+clock, true)
}

// Midnight returns the instant at which date begins.
func (z *Zone) Midnight(date domain.Date) domain.Seconds { return z.Start(date, 0) }

func (z *Zone) resolve(wall domain.Seconds, later bool) domain.Seconds {
	lo := z.index(wall - domain.Day)
	if lo+1 == len(z.starts) || z.starts[lo+1] > wall+domain.Day { // no offset is a day: no transition is near
		return wall - z.offs[lo]
	}
	hi := z.index(wall + domain.Day)
	found, best := false, domain.Seconds(0)
	for i := lo; i <= hi; i++ {
		at := wall - z.offs[i]
		if z.index(at) != i {
			continue
		}
		if !found || later {
			best = at
		}
		found = true
	}
	if found {
		return best
	}
	for i := lo + 1; i <= hi; i++ { // a gap: the clock jumped over wall at the start of period i
		if z.starts[i]+z.offs[i-1] <= wall && wall < z.starts[i]+z.offs[i] {
			return z.starts[i]
		}
	}
	return wall - z.offs[lo]
}

// Occurrences returns the instants at which the wall clock shows wall (seconds since 1970-01-01 on that clock): none in a gap, two in a repeated hour.
func (z *Zone) Occurrences(wall domain.Seconds) []domain.Seconds {
	var out []domain.Seconds
	for i := z.index(wall - domain.Day); i <= z.index(wall+domain.Day); i++ {
		if at := wall - z.offs[i]; z.index(at) == i {
			out = append(out, at)
		}
	}
	return out
}
