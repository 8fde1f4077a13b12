package place

import (
	"strconv"
	"strings"
)

// Unit is a unit of length by its sign.
type Unit string

// The units that lengths may be written in.
const (
	Metre        Unit = "m"
	Kilometre    Unit = "km"
	Foot         Unit = "ft"
	Mile         Unit = "mi"
	NauticalMile Unit = "nmi"
)

// Metres returns the length of one unit, 0 for an unknown one.
func (u Unit) Metres() float64 {
	switch u {
	case Metre:
		return 1
	case Kilometre:
		return 1000
	case Foot:
		return 0.3048
	case Mile:
		return 1609.344
	case NauticalMile:
		return 1852
	}
	return 0
}

// ParseLength reads a length such as 150m or 500ft and returns metres.
func ParseLength(s string) (metres float64, ok bool) {
	digits := strings.TrimRight(s, "abcdefghijklmnopqrstuvwxyz")
	unit := Unit(s[len(digits):]).Metres()
	v, err := strconv.ParseFloat(strings.TrimSpace(digits), 64)
	return v * unit, err == nil && unit > 0 && v >= 0 && v < 1e9
}

// number writes a coordinate or length as it was given.
func number(v float64) string { return strconv.FormatFloat(v, 'f', -1, 64) }
