package ruleset

import "github.com/punchledger/punchledger/domain"

// Grid is a rounding grid; Every 0 rounds nothing.
type Grid struct {
	Every, Within, Grace domain.Seconds
	Dir                  RoundDir
	WholeMinutes         bool
	PerInterval          bool // of totals: each interval is rounded on its own
	Near                 Near
	At                   domain.Seconds // a time of day or a length, for NearValue
	Pointer              string
}

// Near is what the condition of a grid is measured from.
type Near uint8

// What a condition can be measured from.
const (
	NearEdges Near = iota // either edge of the plan
	NearStart
	NearEnd
	NearValue // Grid.At
)

// Apply rounds a length or a wall clock value to the grid.
func (g Grid) Apply(v domain.Seconds) domain.Seconds {
	if g.Every <= 0 {
		return v
	}
	half := g.Every // doubled, as twice the rest is compared with it
	if g.WholeMinutes {
		v -= floorMod(v, domain.Minute)
		half -= half % (2 * domain.Minute)
	}
	rest := floorMod(v, g.Every)
	up := false
	switch {
	case rest == 0:
		return v
	case g.Dir == RoundUp:
		up = rest > g.Grace
	case g.Dir == RoundDown:
		up = g.Every-rest <= g.Grace
	case g.Dir == RoundNearest:
		up = 2*rest >= half
	case g.Dir == RoundNearestDown:
		up = 2*rest > half
	}
	if up {
		return v - rest + g.Every
	}
	return v - rest
}

func floorMod(v, n domain.Seconds) domain.Seconds { return ((v % n) + n) % n }

// Holds reports whether a length is near enough for the grid.
func (g Grid) Holds(length domain.Seconds) bool {
	return g.Near != NearValue || max(length-g.At, g.At-length) <= g.Within
}

// AdjustStep is a step that moves the times between which work is counted.
type AdjustStep uint8

// The steps.
const (
	AdjustSnap AdjustStep = iota
	AdjustPunch
	AdjustBreaks
	AdjustWorked
)
