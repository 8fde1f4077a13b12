package pay

import (
	"cmp"
	"fmt"
	"math/big"
	"regexp"
	"strings"

	"github.com/punchledger/punchledger/domain"
)

// Number is an exact rational number: an amount of money, a rate or a factor. The zero value is 0. A Number never changes.
type Number struct{ r *big.Rat }

// Rounding says which of the two nearest values of so many digits is taken. Of negative numbers, up is away from zero and down towards it.
type Rounding uint8

// The ways of rounding.
const (
	HalfUp   Rounding = iota // the nearer; of a half, the one farther from zero
	HalfEven                 // the nearer; of a half, the one whose last digit is even
	HalfDown                 // the nearer; of a half, the one nearer to zero
	Down                     // towards zero
	Up                       // away from zero
)

// maxDigits bounds what Parse reads: an amount is no number of thousands of digits.
const maxDigits = 40

var decimal = regexp.MustCompile(`^-?[0-9]+(\.[0-9]+)?$`)

// Parse reads a decimal such as 12.50 or -3. An exponent, a group separator or a currency is an error.
func Parse(s string) (Number, error) {
	if len(s) <= maxDigits && decimal.MatchString(s) {
		if r, ok := new(big.Rat).SetString(s); ok {
			return Number{r}, nil
		}
	}
	return Number{}, domain.NewError(domain.Invalid, "invalid_field", "field", "amount", "problem", "not_a_decimal")
}

// Whole returns n.
func Whole(n int64) Number { return Number{big.NewRat(n, 1)} }

// Ratio returns a divided by b, which must not be 0.
func Ratio(a, b int64) Number { return Number{big.NewRat(a, b)} }

func (n Number) rat() *big.Rat {
	if n.r == nil {
		return new(big.Rat)
	}
	return n.r
}

// Plus returns n + m.
func (n Number) Plus(m Number) Number { return Number{new(big.Rat).Add(n.rat(), m.rat())} }

// Minus returns n - m.
func (n Number) Minus(m Number) Number { return Number{new(big.Rat).Sub(n.rat(), m.rat())} }

// Times returns n * m.
func (n Number) Times(m Number) Number { return Number{new(big.Rat).Mul(n.rat(), m.rat())} }

// Over returns n / m, and 0 where m is 0: nothing was worked, so that there is no rate.
func (n Number) Over(m Number) Number {
	if m.Sign() == 0 {
		return Number{}
	}
	return Number{new(big.Rat).Quo(n.rat(), m.rat())}
}

// Sign returns -1, 0 or 1.
func (n Number) Sign() int { return n.rat().Sign() }

// Cmp returns -1, 0 or 1 as n is less than m, equal to it or more.
func (n Number) Cmp(m Number) int { return n.rat().Cmp(m.rat()) }

// Greater returns the greater of two computations, as laws have it that give the worker whichever is more.
func Greater(a, b Number) Number {
	if a.Cmp(b) < 0 {
		return b
	}
	return a
}

// Round returns n with so many digits after the point.
func (n Number) Round(digits int, way Rounding) Number {
	scale := new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(digits)), nil)
	scaled := new(big.Rat).Mul(n.rat(), new(big.Rat).SetInt(scale))
	whole, rest := new(big.Int).QuoRem(scaled.Num(), scaled.Denom(), new(big.Int))
	twice := new(big.Int).Lsh(new(big.Int).Abs(rest), 1)
	if rest.Sign() != 0 && way.away(twice.Cmp(scaled.Denom()), whole.Bit(0) == 1) {
		whole.Add(whole, big.NewInt(int64(scaled.Sign())))
	}
	return Number{new(big.Rat).SetFrac(whole, scale)}
}

// away reports whether a value between two of so many digits goes to the one farther from zero. half is how it compares with their middle,
// odd is of the last digit of the nearer to zero.
func (w Rounding) away(half int, odd bool) bool {
	switch w {
	case Up:
		return true
	case HalfUp:
		return half >= 0
	case HalfEven:
		return half > 0 || half == 0 && odd
	case HalfDown:
		return half > 0
	case Down:
	}
	return false
}

// Text returns n as a decimal with exactly so many digits after the point.
func (n Number) Text(digits int, way Rounding) string {
	return n.Round(digits, way).rat().FloatString(digits)
}

// Short returns the text without zeros at its end: 2.50 is 2.5 and 3.00 is 3.
func (n Number) Short(digits int, way Rounding) string {
	s := n.Text(digits, way)
	if strings.Contains(s, ".") {
		s = strings.TrimRight(strings.TrimRight(s, "0"), ".")
	}
	return s
}

// Hours returns a length in hours, exactly.
func Hours(s domain.Seconds) Number { return Ratio(int64(s), int64(domain.Hour)) }

// DecimalHours returns a length in hours of so many digits. 1,234 seconds are 0.34 hours of two digits; paying by that is paying 1,224
// seconds, so a sum of amounts by it may differ from the amount of the sum.
func DecimalHours(s domain.Seconds, digits int, way Rounding) Number {
	return Hours(s).Round(digits, way)
}

// HoursText returns DecimalHours as a text with exactly so many digits, at most 6. It is the one that exports print hours by.
func HoursText(s domain.Seconds, digits int, way Rounding) string {
	scale := int64(1)
	for range digits {
		scale *= 10
	}
	scaled, hour := int64(s)*scale, int64(domain.Hour)
	whole, rest, sign := scaled/hour, scaled%hour, ""
	if scaled < 0 {
		whole, rest = -whole, -rest
	}
	if rest > 0 && way.away(cmp.Compare(2*rest, hour), whole%2 == 1) {
		whole++
	}
	if scaled < 0 && whole > 0 {
		sign = "-"
	}
	if digits == 0 {
		return fmt.Sprintf("%s%d", sign, whole)
	}
	return fmt.Sprintf("%s%d.%0*d", sign, whole/scale, digits, whole%scale)
}

// Seconds returns a number of hours in seconds, rounded to whole ones.
func (n Number) Seconds(way Rounding) domain.Seconds {
	return domain.Seconds(n.Times(Whole(int64(domain.Hour))).Round(0, way).rat().Num().Int64())
}

// For returns what a length of time earns at a rate per hour, not rounded.
func For(s domain.Seconds, rate Number) Number { return Hours(s).Times(rate) }
