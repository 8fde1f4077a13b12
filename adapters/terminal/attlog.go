package terminal

import (
	"io"
	"strconv"
	"strings"
)

// usbFields is how many fields a line of a USB dump has: badge, time, terminal, state, verify code, work code.
const usbFields = 6

// maxBadge is more digits than any terminal prints.
const maxBadge = 64

type attlog struct {
	common
	usb bool
}

func openATTLOG(r io.ReadSeeker, o Options, c common) (*Reader, error) {
	layout, found, err := chooseLayout(r, o)
	if err != nil {
		return nil, err
	}
	a := attlog{common: c, usb: layout == LayoutUSB}
	return &Reader{src: newSource(r, utf8Encoding()), parse: a.parse, found: []Finding{found}}, nil
}

func (a attlog) parse(raw rawLine, yield func(Line, *Bad) bool) bool {
	fields := strings.Split(raw.text, "\t")
	if a.usb {
		if len(fields) < usbFields {
			bad := newBad(raw, 0, ReasonTooFew, "fields", strconv.Itoa(len(fields)), "want", strconv.Itoa(usbFields))
			return yield(Line{}, bad)
		}
		return yield(a.record(raw, fields, 0, []string{fields[0], fields[1], fields[3], fields[4], fields[5]}))
	}
	if isKeyed(fields) {
		return yield(a.keyed(raw, fields))
	}
	if len(fields) == 1 {
		// Some gateways turn tabs into blanks; the time is then two words.
		f := strings.Fields(raw.text)
		if len(f) < 3 {
			return yield(Line{}, newBad(raw, 0, ReasonTooFew, "fields", strconv.Itoa(len(f)), "want", "2"))
		}
		return yield(a.record(raw, nil, 0, append([]string{f[0], f[1] + " " + f[2]}, f[3:]...)))
	}
	return a.glued(raw, fields, yield)
}

// glued reads one record, or several of equal length that share a line.
func (a attlog) glued(raw rawLine, fields []string, yield func(Line, *Bad) bool) bool {
	var times []int
	for i, f := range fields {
		if looksLikeStamp(f) {
			times = append(times, i)
		}
	}
	if len(times) < 2 {
		return yield(a.record(raw, fields, 0, fields))
	}
	width := times[1] - times[0]
	if width < 2 || len(fields) != width*len(times) {
		return yield(Line{}, newBad(raw, columnOf(fields, times[1]), ReasonGlued))
	}
	for i, at := range times {
		if at != i*width+1 {
			return yield(Line{}, newBad(raw, columnOf(fields, at), ReasonGlued))
		}
	}
	for i := range times {
		l, bad := a.record(raw, fields, i*width, fields[i*width:(i+1)*width])
		l.Part = i + 1
		if !yield(l, bad) {
			return false
		}
	}
	return true
}

// columnOf returns where the field of that index starts. Without fields, as for lines with blanks, it is 0.
func columnOf(fields []string, index int) int {
	if index >= len(fields) {
		return 0
	}
	at := 1
	for _, f := range fields[:index] {
		at += column(f, len(f))
	}
	return at
}

// record reads values in the order badge, time, state, verify code, work code; what is missing after the time is not known.
// The first of values stands at fields[start]; in a USB dump the terminal's number stands between time and state.
func (a attlog) record(raw rawLine, fields []string, start int, values []string) (Line, *Bad) {
	at := func(i int) int {
		if a.usb && i >= 2 {
			i++
		}
		return columnOf(fields, start+i)
	}
	badge, bad := readBadge(raw, values[0], at(0))
	if bad != nil {
		return Line{}, bad
	}
	l := Line{Badge: badge}
	var reason string
	if l.Wall, reason = stamp(strings.TrimSpace(values[1])); reason != "" {
		return Line{}, newBad(raw, at(1), reason, "value", values[1])
	}
	for i, into := range []**int{&l.Status, &l.Verify} {
		if 2+i >= len(values) {
			continue
		}
		v, ok := code(values[2+i])
		if !ok {
			return Line{}, newBad(raw, at(2+i), ReasonNumber, "field", [...]string{"state", "verify"}[i], "value", values[2+i])
		}
		*into = v
	}
	if len(values) > 4 {
		l.WorkCode = strings.TrimSpace(values[4])
	}
	l.Dir = stateDirection(l.Status)
	return a.finish(raw, l, at(1))
}

// readBadge checks a badge number and takes the blanks off it.
func readBadge(raw rawLine, value string, column int) (string, *Bad) {
	badge := strings.TrimSpace(value)
	switch {
	case badge == "":
		return "", newBad(raw, column, ReasonNoBadge)
	case len(badge) > maxBadge:
		return "", newBad(raw, column, ReasonBadge, "value", badge, "limit", strconv.Itoa(maxBadge))
	}
	return badge, nil
}

// code reads a small number; an empty one is not known.
func code(s string) (*int, bool) {
	s = strings.TrimSpace(s)
	if s == "" {
		return nil, true
	}
	v, digits, rest := number(s, 5)
	if digits == 0 || rest != "" {
		return nil, false
	}
	return &v, true
}

// isKeyed recognises the dialect of access control terminals: time=...	pin=...
func isKeyed(fields []string) bool {
	key, _, ok := strings.Cut(fields[0], "=")
	return ok && key != "" && strings.IndexFunc(key, func(r rune) bool { return r < 'a' || r > 'z' }) < 0
}

// keyed reads a line by its keys, in any order. Keys that say nothing about a punch (card, mask, temperature) are let pass.
func (a attlog) keyed(raw rawLine, fields []string) (Line, *Bad) {
	values := map[string]string{}
	places := map[string]int{}
	for i, f := range fields {
		k, v, _ := strings.Cut(f, "=")
		k = strings.ToLower(strings.TrimSpace(k))
		if _, twice := values[k]; twice {
			return Line{}, newBad(raw, columnOf(fields, i), ReasonDuplicateKey, "key", k)
		}
		values[k], places[k] = strings.TrimSpace(v), columnOf(fields, i)
	}
	badge := values["pin"]
	if badge == "0" { // a door event without a person
		badge = ""
	}
	badge, bad := readBadge(raw, badge, places["pin"])
	if bad != nil {
		return Line{}, bad
	}
	l := Line{Badge: badge, Ref: values["index"]}
	var reason string
	if l.Wall, reason = stamp(values["time"]); reason != "" {
		return Line{}, newBad(raw, places["time"], reason, "value", values["time"])
	}
	for i, into := range []**int{&l.Status, &l.Verify, &l.Event} {
		key := [...]string{"inoutstatus", "verifytype", "event"}[i]
		v, ok := code(values[key])
		if !ok {
			return Line{}, newBad(raw, places[key], ReasonNumber, "field", key, "value", values[key])
		}
		*into = v
	}
	// Here 2 says that the reader has no direction, unlike in ATTLOG lines.
	if l.Dir = Auto; l.Status != nil && *l.Status < 2 {
		l.Dir = stateDirection(l.Status)
	}
	return a.finish(raw, l, places["time"])
}
