package pay_test

import (
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/punchledger/punchledger/domain"
	"github.com/punchledger/punchledger/domain/pay"
)

const hour = domain.Hour

func num(t testing.TB, s string) pay.Number {
	t.Helper()
	n, err := pay.Parse(s)
	require.NoError(t, err)
	return n
}

func TestRounding(t *testing.T) {
	ways := []pay.Rounding{pay.HalfUp, pay.HalfEven, pay.HalfDown, pay.Down, pay.Up}
	for _, c := range []struct {
		number string
		digits int
		want   [5]string
	}{
		{"0.125", 2, [5]string{"0.13", "0.12", "0.12", "0.12", "0.13"}},
		{"0.135", 2, [5]string{"0.14", "0.14", "0.13", "0.13", "0.14"}},
		{"-0.125", 2, [5]string{"-0.13", "-0.12", "-0.12", "-0.12", "-0.13"}},
		{"2.501", 0, [5]string{"3", "3", "3", "2", "3"}},
		{"2.5", 0, [5]string{"3", "2", "2", "2", "3"}},
		{"2", 2, [5]string{"2.00", "2.00", "2.00", "2.00", "2.00"}},
	} {
		for i, way := range ways {
			require.Equal(t, c.want[i], num(t, c.number).Text(c.digits, way), "%s to %d digits, way %d", c.number, c.digits, i)
		}
	}
	require.Equal(t, "2.5", num(t, "2.500").Short(3, pay.HalfUp))
	require.Equal(t, "100", num(t, "100").Short(2, pay.HalfUp))
	require.Equal(t, "0", pay.Number{}.Short(2, pay.HalfUp))
}

func TestOnlyDecimalsAreRead(t *testing.T) {
	for _, s := range []string{"", "1e3", "1/3", "1,000", "+1", ".5", "5.", "0x10", "$1", " 1", "12345678901234567890123456789012345678901"} {
		_, err := pay.Parse(s)
		require.Error(t, err, "%q", s)
	}
}

func TestHoursAreExactUntilDigitsAreAsked(t *testing.T) {
	require.Equal(t, "0.34", pay.DecimalHours(1234, 2, pay.HalfUp).Text(2, pay.HalfUp))
	require.Equal(t, domain.Seconds(1224), pay.DecimalHours(1234, 2, pay.HalfUp).Seconds(pay.HalfUp))
	require.Equal(t, "0.1", pay.DecimalHours(10*domain.Minute, 1, pay.Down).Text(1, pay.HalfUp))
	third := pay.Hours(20 * domain.Minute)
	require.Equal(t, 0, third.Plus(third).Plus(third).Cmp(pay.Whole(1)))
}

func TestTheTextOfHoursIsThatOfTheNumber(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := domain.Seconds(rapid.OneOf(rapid.Int64Range(-400000, 400000), rapid.Map(rapid.Int64Range(-4000, 4000), func(n int64) int64 { return n * 18 })).Draw(t, "seconds"))
		digits, way := rapid.IntRange(0, 6).Draw(t, "digits"), pay.Rounding(rapid.IntRange(0, 4).Draw(t, "way"))
		require.Equal(t, pay.Hours(s).Text(digits, way), pay.HoursText(s, digits, way))
	})
}

// The weeks are examples of the sections that they name, or apply them; the arithmetic stands beside those.
func TestWorkweeks(t *testing.T) {
	half := pay.Ratio(3, 2)
	for _, c := range []struct {
		name                       string
		week                       pay.Workweek
		rate, due, total, credited string
	}{
		{
			"778.110(a): 46 hours at 12",
			pay.Workweek{Parts: []pay.Part{{46 * hour, pay.Whole(12)}}, Overtime: []pay.Overtime{{6 * hour, half}}},
			"12.00", "36.00", "588.00", "0.00",
		},
		{
			"778.110(b): a bonus of 46 raises the rate by one",
			pay.Workweek{Parts: []pay.Part{{46 * hour, pay.Whole(12)}}, Included: pay.Whole(46), Overtime: []pay.Overtime{{6 * hour, half}}},
			"13.00", "39.00", "637.00", "0.00",
		},
		{ // 491 + 4 x 7.25 = 520; 520 / 50 = 10.40; 10 x 5.20.
			"778.111(a): 491 by the piece in 46 hours, and four hours of waiting at 7.25",
			pay.Workweek{
				Parts: []pay.Part{{Worked: 46 * hour}, {4 * hour, num(t, "7.25")}}, Pieces: pay.Whole(491), Overtime: []pay.Overtime{{10 * hour, half}},
			},
			"10.40", "52.00", "572.00", "0.00",
		},
		{ // 350 / 35 = 10; 35 to 40 hours at 10, five hours at 15.
			"778.113(a): a salary of 350 for 35 hours, 45 worked",
			pay.Workweek{Parts: []pay.Part{{Worked: 45 * hour}}, Salary: &pay.Salary{Amount: pay.Whole(350), Covers: 35 * hour}, Overtime: []pay.Overtime{{5 * hour, half}}},
			"10.00", "25.00", "475.00", "0.00",
		},
		{ // A short week leaves the salary and its rate as they are.
			"778.113: a salary of 450 for 45 hours, 43 worked",
			pay.Workweek{Parts: []pay.Part{{Worked: 43 * hour}}, Salary: &pay.Salary{Amount: pay.Whole(450), Covers: 45 * hour}, Overtime: []pay.Overtime{{3 * hour, half}}},
			"10.00", "15.00", "465.00", "0.00",
		},
		{ // 600 / 48 = 12.50; eight hours at 6.25.
			"778.114: a salary of 600 for all hours, 48 worked",
			pay.Workweek{Parts: []pay.Part{{Worked: 48 * hour}}, Salary: &pay.Salary{Amount: pay.Whole(600)}, Overtime: []pay.Overtime{{8 * hour, half}}},
			"12.50", "50.00", "650.00", "0.00",
		},
		{ // 32 x 11 + 10 x 9 = 442; 442 / 42 = 10.5238 -> 10.52; 2 x 5.26.
			"778.115: two rates",
			pay.Workweek{Parts: []pay.Part{{32 * hour, pay.Whole(11)}, {10 * hour, pay.Whole(9)}}, Overtime: []pay.Overtime{{2 * hour, half}}},
			"10.52", "10.52", "452.52", "0.00",
		},
		{
			"778.205: two special days supply all overtime",
			pay.Workweek{
				Parts: []pay.Part{{56 * hour, pay.Whole(12)}}, Overtime: []pay.Overtime{{16 * hour, half}},
				Premiums: []pay.Premium{{pay.SpecialDay, 16 * hour, pay.Whole(12), pay.Whole(6)}},
			},
			"12.00", "96.00", "768.00", "96.00",
		},
		{ // A Sunday at 14 is no time and a half: (56 x 12 + 8 x 2) / 56 = 12.2857 -> 12.29; 16 x 6.145.
			"778.203: a smaller premium counts in the rate",
			pay.Workweek{
				Parts: []pay.Part{{56 * hour, pay.Whole(12)}}, Overtime: []pay.Overtime{{16 * hour, half}},
				Premiums: []pay.Premium{{pay.SpecialDay, 8 * hour, pay.Whole(12), pay.Whole(2)}},
			},
			"12.29", "98.32", "786.32", "0.00",
		},
		{
			"778.219: pay for a vacation is no pay for work",
			pay.Workweek{Parts: []pay.Part{{50 * hour, pay.Whole(5)}}, Idle: pay.Whole(240), Overtime: []pay.Overtime{{10 * hour, half}}},
			"5.00", "25.00", "515.00", "0.00",
		},
		{"nothing worked is no rate", pay.Workweek{Overtime: []pay.Overtime{{0, half}}}, "0.00", "0.00", "0.00", "0.00"},
	} {
		t.Run(c.name, func(t *testing.T) {
			c.week.RateDigits = 2
			p := c.week.Compute()
			require.Equal(t, c.rate, p.RegularRate.Text(2, pay.HalfUp), "regular rate")
			require.Equal(t, c.due, p.Due.Text(2, pay.HalfUp), "overtime premium")
			require.Equal(t, c.total, p.Total.Text(2, pay.HalfUp), "total")
			require.Equal(t, c.credited, p.Credited.Text(2, pay.HalfUp), "credited")
		})
	}
}

func TestACallBackPaysItsLeastLengthButOnlyWorkIsHoursWorked(t *testing.T) {
	c := pay.CalledBack(2*hour, 3*hour, pay.Whole(5), pay.Ratio(3, 2))
	require.Equal(t, "22.50", c.Paid.Text(2, pay.HalfUp))
	require.Equal(t, "5.00", c.Premium.Amount().Text(2, pay.HalfUp))
	require.True(t, c.Premium.Creditable())
	require.Equal(t, "7.50", c.Idle.Text(2, pay.HalfUp))
	long := pay.CalledBack(4*hour, 3*hour, pay.Whole(5), pay.Ratio(3, 2))
	require.Equal(t, "30.00", long.Paid.Text(2, pay.HalfUp))
	require.Zero(t, long.Idle.Sign())
}

// Alvarado v. Dart: 15 by 40 plain hours is 0.375; ten overtime hours at 1.5 times that are 5.625.
func TestAFlatBonusIsByPlainHours(t *testing.T) {
	due := pay.FlatBonus(pay.Whole(15), 50*hour, []pay.Overtime{{10 * hour, pay.Ratio(3, 2)}})
	require.Equal(t, "5.625", due.Text(3, pay.HalfUp))
}

func TestAMonthlyWageIsByTwentyOneAndThreeQuarterDays(t *testing.T) {
	require.Equal(t, "20.00", pay.ChinaHourly(pay.Whole(3480)).Text(2, pay.HalfUp))
}

// Hours that are paid by parts come to the same as the sum at the weighted average, no premium that was paid is lost, and nobody gets less
// for a dearer hour.
func TestEveryWeekPaysAtLeastStraightTimeAndWhatOvertimeIsDue(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		w := pay.Workweek{RateDigits: -1, Included: pay.Whole(rapid.Int64Range(0, 500).Draw(t, "bonus"))}
		var worked domain.Seconds
		for range rapid.IntRange(1, 4).Draw(t, "parts") {
			p := pay.Part{Worked: domain.Seconds(rapid.IntRange(1, 40*3600).Draw(t, "worked")), Rate: pay.Ratio(rapid.Int64Range(1, 9999).Draw(t, "cents"), 100)}
			w.Parts = append(w.Parts, p)
			worked += p.Worked
		}
		beyond := max(0, worked-40*hour)
		w.Overtime = []pay.Overtime{{beyond, pay.Ratio(3, 2)}}
		if rapid.Bool().Draw(t, "special") {
			w.Premiums = []pay.Premium{{
				pay.Reason(rapid.IntRange(0, 3).Draw(t, "reason")), min(worked, 8*hour), w.Parts[0].Rate, pay.Whole(rapid.Int64Range(0, 80).Draw(t, "extra")),
			}}
		}
		p := w.Compute()
		require.Equal(t, worked, p.Worked)
		require.GreaterOrEqual(t, p.Total.Cmp(p.Straight), 0)
		require.GreaterOrEqual(t, p.Total.Cmp(p.Straight.Plus(p.Due)), 0, "less than the law wants")
		require.Equal(t, 0, p.Due.Cmp(pay.For(beyond, p.RegularRate.Times(pay.Ratio(1, 2)))))
	})
}
