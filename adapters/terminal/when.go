package terminal

import (
	"strings"
	"time"
)

// moment collects a date and a time of day while they are read.
type moment struct {
	year, month, day     int
	hour, minute, second int
	offset               string
}

// validDate reports whether the calendar has the date.
func (m moment) validDate() bool {
	if m.year < 1 || m.year > 9999 || m.month < 1 || m.month > 12 || m.day < 1 {
		return false
	}
	return m.day <= time.Date(m.year, time.Month(m.month)+1, 0, 0, 0, 0, 0, time.UTC).Day()
}

func (m moment) validTime() bool { return m.hour < 24 && m.minute < 60 && m.second < 60 }

// wall returns 2006-01-02T15:04:05.
func (m moment) wall() string {
	b := []byte("0000-00-00T00:00:00")
	put := func(at, width, v int) {
		for i := at + width - 1; i >= at; i-- {
			b[i] = byte('0' + v%10)
			v /= 10
		}
	}
	put(0, 4, m.year)
	put(5, 2, m.month)
	put(8, 2, m.day)
	put(11, 2, m.hour)
	put(14, 2, m.minute)
	put(17, 2, m.second)
	return string(b)
}

// stamp reads 2006-01-02 15:04:05, digit by digit: anything else is broken. A reason names what is wrong.
func stamp(s string) (wall, reason string) {
	const shape = "dddd-dd-dd dd:dd:dd"
	var m moment
	into := [...]*int{&m.year, &m.month, &m.day, &m.hour, &m.minute, &m.second}
	at := 0
	for i := range len(shape) {
		fault := ReasonDate
		if i > len("dddd-dd-dd") {
			fault = ReasonTime
		}
		switch {
		case i >= len(s):
			return "", fault
		case shape[i] != 'd':
			if s[i] != shape[i] {
				return "", fault
			}
			at++
		case s[i] < '0' || s[i] > '9':
			return "", fault
		default:
			*into[at] = *into[at]*10 + int(s[i]-'0')
		}
	}
	switch {
	case !m.validDate():
		return "", ReasonDate
	case len(s) != len(shape) || !m.validTime():
		return "", ReasonTime
	}
	return m.wall(), ""
}

// number takes one to limit digits from the front of s.
func number(s string, limit int) (v, digits int, rest string) {
	for digits < len(s) && digits < limit && s[digits] >= '0' && s[digits] <= '9' {
		v = v*10 + int(s[digits]-'0')
		digits++
	}
	return v, digits, s[digits:]
}

// cutAny takes the first of the given marks that s starts with.
func cutAny(s string, marks ...string) (mark, rest string) {
	for _, m := range marks {
		if after, ok := strings.CutPrefix(s, m); ok {
			return m, after
		}
	}
	return "", s
}

// date reads a date at the front of s. Year first and day.month.year speak for themselves; with slashes or dashes and the
// year last, order (mdy or dmy) must say which is which.
func (m *moment) date(s, order string) (rest, reason string) {
	a, an, s := number(s, 4)
	sep, s := cutAny(s, "-", "/", ".", "年")
	b, bn, s := number(s, 2)
	second := sep
	if sep == "年" {
		second = "月"
	}
	if sep == "" || an == 0 || bn == 0 || !strings.HasPrefix(s, second) {
		return s, ReasonDate
	}
	c, cn, s := number(s[len(second):], 4)
	if sep == "年" {
		_, s = cutAny(s, "日")
	}
	switch {
	case an == 4 && (cn == 1 || cn == 2):
		m.year, m.month, m.day = a, b, c
	case an > 2 || cn != 4 || sep == "年":
		return s, ReasonDate
	case sep == "." || order == "dmy":
		m.day, m.month, m.year = a, b, c
	case order == "mdy":
		m.month, m.day, m.year = a, b, c
	default:
		return s, ReasonAmbiguousDate
	}
	if !m.validDate() {
		return s, ReasonDate
	}
	return s, ""
}

// clock reads a time of day with an optional fraction, which is cut, and an optional offset at the front of s.
func (m *moment) clock(s string) (rest, reason string) {
	h, hn, s := number(s, 2)
	mark, s := cutAny(s, ":", "时", "時", "点")
	mi, mn, s := number(s, 2)
	if hn == 0 || mn == 0 || mark == "" {
		return s, ReasonTime
	}
	m.hour, m.minute = h, mi
	if mark != ":" {
		_, s = cutAny(s, "分")
	}
	mark, after := cutAny(s, ":")
	if sec, sn, left := number(after, 2); sn > 0 && (mark == ":" || strings.HasPrefix(left, "秒")) {
		m.second = sec
		_, s = cutAny(left, "秒")
		if fraction, ok := strings.CutPrefix(s, "."); ok {
			_, digits, left := number(fraction, 9)
			if digits == 0 {
				return s, ReasonTime
			}
			s = left
		}
	}
	if !m.validTime() {
		return s, ReasonTime
	}
	return m.zone(strings.TrimLeft(s, " "))
}

// zone reads Z or +08:00 at the front of s, if there is one.
func (m *moment) zone(s string) (rest, reason string) {
	mark, after := cutAny(s, "Z", "+", "-")
	switch mark {
	case "":
		return s, ""
	case "Z":
		m.offset = "Z"
		return after, ""
	}
	h, hn, after := number(after, 2)
	colon, after := cutAny(after, ":")
	mi, mn, after := number(after, 2)
	if hn != 2 || mn != 2 || colon == "" || h > 14 || mi > 59 {
		return s, ReasonTime
	}
	m.offset = s[:len("+08:00")]
	return after, ""
}

// half is which half of the day a time without one is in.
type half int

const (
	noHalf half = iota
	morning
	afternoon
)

var halves = []struct {
	word string
	half half
}{
	{"上午", morning},
	{"下午", afternoon},
	{"午前", morning},
	{"午後", afternoon},
	{"A.M.", morning},
	{"P.M.", afternoon},
	{"AM", morning},
	{"PM", afternoon},
}

// wide are characters that input methods leave in exports, with what they stand for.
var wide = strings.NewReplacer("：", ":", "／", "/", "－", "-", "　", " ", "\u00a0", " ", "\u202f", " ")

// weekdays stand between date and time in some exports and say nothing new.
var weekdays = strings.NewReplacer("星期一", "", "星期二", "", "星期三", "", "星期四", "", "星期五", "", "星期六", "",
	"星期日", "", "星期天", "", "周一", "", "周二", "", "周三", "", "周四", "", "周五", "", "周六", "", "周日", "")

// tidy prepares a text of a spreadsheet for reading.
func tidy(s string) (string, half) {
	s = strings.ToUpper(weekdays.Replace(wide.Replace(s)))
	found := noHalf
	for _, h := range halves {
		if before, after, ok := strings.Cut(s, h.word); ok {
			s, found = before+" "+after, h.half
			break
		}
	}
	return strings.TrimSpace(s), found
}

// to24 turns the hour of a half into the hour of the day.
func (m *moment) to24(h half) bool {
	switch {
	case h == noHalf:
		return true
	case m.hour > 12 && h == morning, m.hour > 23:
		return false
	case m.hour == 12 && h == morning:
		m.hour = 0
	case m.hour < 12 && h == afternoon: // 下午 14:05 is written as well, and means what it says
		m.hour += 12
	}
	return true
}

// timestamp reads date and time in one text.
func timestamp(s, order string) (m moment, reason string) {
	s, h := tidy(s)
	rest, reason := m.date(s, order)
	if reason != "" {
		return m, reason
	}
	_, rest = cutAny(rest, "T")
	rest = strings.TrimSpace(rest)
	if rest, reason = m.clock(rest); reason != "" {
		return m, reason
	}
	if strings.TrimSpace(rest) != "" || !m.to24(h) {
		return m, ReasonTime
	}
	return m, ""
}

// dateOnly reads a date; a midnight after it, as spreadsheets write one, is no harm.
func (m *moment) dateOnly(s, order string) string {
	s, _ = tidy(s)
	rest, reason := m.date(s, order)
	if reason != "" {
		return reason
	}
	switch strings.TrimSpace(rest) {
	case "", "0:00", "00:00", "0:00:00", "00:00:00", "T00:00:00":
		return ""
	}
	return ReasonDate
}

// timeOnly reads a time of day.
func (m *moment) timeOnly(s string) string {
	s, h := tidy(s)
	rest, reason := m.clock(s)
	if reason == "" && (strings.TrimSpace(rest) != "" || !m.to24(h)) {
		reason = ReasonTime
	}
	return reason
}
