package attendance

import "github.com/punchledger/punchledger/domain"

// Lists of intervals below are sorted and do not overlap. Results are appended to dst, so that scratch memory is reused.

func appendMinus(dst, a, b []Interval) []Interval {
	for _, x := range a {
		from := x.From
		for _, y := range b {
			if y.To <= from || y.From >= x.To {
				continue
			}
			if y.From > from {
				dst = append(dst, Interval{from, y.From})
			}
			from = max(from, y.To)
		}
		if from < x.To {
			dst = append(dst, Interval{from, x.To})
		}
	}
	return dst
}

func appendBoth(dst, a, b []Interval) []Interval {
	for _, x := range a {
		for _, y := range b {
			if from, to := max(x.From, y.From), min(x.To, y.To); from < to {
				dst = append(dst, Interval{from, to})
			}
		}
	}
	return dst
}

// insert adds x to a list and joins what touches.
func insert(list []Interval, x Interval) []Interval {
	if x.To <= x.From {
		return list
	}
	n := 0
	for _, y := range list {
		if y.To < x.From || y.From > x.To {
			list[n] = y
			n++
			continue
		}
		x = Interval{min(x.From, y.From), max(x.To, y.To)}
	}
	list = append(list[:n], x)
	for i := n; i > 0 && list[i].From < list[i-1].From; i-- {
		list[i], list[i-1] = list[i-1], list[i]
	}
	return list
}

func length(list []Interval) domain.Seconds {
	var s domain.Seconds
	for _, x := range list {
		s += x.To - x.From
	}
	return s
}

// overlap is the length that a and b share.
func overlap(a []Interval, b Interval) domain.Seconds {
	var s domain.Seconds
	for _, x := range a {
		if from, to := max(x.From, b.From), min(x.To, b.To); from < to {
			s += to - from
		}
	}
	return s
}
