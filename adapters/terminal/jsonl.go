package terminal

import (
	"encoding/json"
	"errors"
	"io"
	"strconv"
	"strings"
	"unicode/utf8"
)

// jsonl reads one object per line. Its keys are badge or emp, at, dir, id, device_seq, name, note, status, verify, work_code.
type jsonl struct {
	common
}

func (p jsonl) parse(raw rawLine, yield func(Line, *Bad) bool) bool {
	values, bad := readObject(raw)
	if bad != nil {
		return yield(Line{}, bad)
	}
	l, bad := values.line()
	if bad != nil {
		return yield(Line{}, bad)
	}
	return yield(p.finish(raw, l, values.at("at")))
}

// member is a value of the object, as text, and where it starts.
type member struct {
	text   string
	number bool
	column int
}

type object struct {
	raw     rawLine
	members map[string]member
}

func (o object) at(key string) int { return o.members[key].column }

var jsonKeys = map[string]bool{
	"badge": true, "emp": true, "at": true, "dir": true, "id": true, "device_seq": true, "name": true, "note": true,
	"status": true, "verify": true, "work_code": true,
}

// readObject reads a flat object of texts and numbers. Columns are where a value starts or, for broken JSON, where that shows.
func readObject(raw rawLine) (object, *Bad) {
	o := object{raw: raw, members: map[string]member{}}
	dec := json.NewDecoder(strings.NewReader(raw.text))
	dec.UseNumber()
	after := func(marks string) int {
		rest := raw.text[min(int(dec.InputOffset()), len(raw.text)):]
		return column(raw.text, len(raw.text)-len(strings.TrimLeft(rest, marks)))
	}
	broken := func(err error) *Bad {
		at := after(" ")
		if s, ok := errors.AsType[*json.SyntaxError](err); ok {
			at = column(raw.text, min(max(int(s.Offset)-1, 0), len(raw.text)))
		}
		return newBad(raw, at, ReasonJSON)
	}
	open, err := dec.Token()
	if err != nil || open != json.Delim('{') {
		return o, broken(err)
	}
	for dec.More() {
		keyAt := after(" \t,")
		key, err := dec.Token()
		if err != nil {
			return o, broken(err)
		}
		name, _ := key.(string)
		if _, twice := o.members[name]; twice {
			return o, newBad(raw, keyAt, ReasonDuplicateKey, "key", name)
		}
		if !jsonKeys[name] {
			return o, newBad(raw, keyAt, ReasonUnknownKey, "key", name)
		}
		at := after(" \t:")
		value, err := dec.Token()
		if err != nil {
			return o, broken(err)
		}
		m, ok := newMember(name, value)
		if !ok {
			return o, newBad(raw, at, ReasonValue, "key", name, "value", m.text)
		}
		m.column = at
		o.members[name] = m
	}
	if _, err := dec.Token(); err != nil {
		return o, broken(err)
	}
	rest := after(" \t")
	if _, err := dec.Token(); !errors.Is(err, io.EOF) {
		return o, newBad(raw, rest, ReasonJSON)
	}
	return o, nil
}

// newMember takes texts, numbers and null. Escapes may smuggle in what no line of text holds; only a note has line ends.
func newMember(name string, value json.Token) (member, bool) {
	switch v := value.(type) {
	case string:
		strange := func(r rune) bool {
			return r == utf8.RuneError || isControl(r) && (name != "note" || r != '\n' && r != '\t')
		}
		return member{text: v}, strings.IndexFunc(v, strange) < 0
	case json.Number:
		return member{text: v.String(), number: true}, true
	case nil:
		return member{}, true
	}
	return member{}, false
}

func (o object) line() (Line, *Bad) {
	var l Line
	for key, into := range map[string]*string{
		"badge": &l.Badge, "emp": &l.Employee, "id": &l.Ref, "name": &l.Name, "note": &l.Note, "work_code": &l.WorkCode,
	} {
		*into = strings.TrimSpace(o.members[key].text)
	}
	if l.Badge == "" && l.Employee == "" {
		return l, newBad(o.raw, o.at("badge"), ReasonMissingKey, "key", "badge")
	}
	if len(l.Badge) > maxBadge {
		return l, newBad(o.raw, o.at("badge"), ReasonBadge, "value", l.Badge, "limit", strconv.Itoa(maxBadge))
	}
	if bad := o.when(&l); bad != nil {
		return l, bad
	}
	return l, o.codes(&l)
}

// when reads RFC 3339, or the same without an offset for local time.
func (o object) when(l *Line) *Bad {
	at, ok := o.members["at"]
	if !ok {
		return newBad(o.raw, 0, ReasonMissingKey, "key", "at")
	}
	const day = "2006-01-02"
	if at.number || len(at.text) <= len(day) || at.text[4] != '-' || !strings.ContainsRune("T ", rune(at.text[len(day)])) {
		return newBad(o.raw, at.column, ReasonValue, "key", "at", "value", at.text)
	}
	m, reason := timestamp(at.text, "")
	if reason != "" {
		return newBad(o.raw, at.column, reason, "value", at.text)
	}
	l.Wall, l.Offset = m.wall(), m.offset
	return nil
}

func (o object) codes(l *Line) *Bad {
	for i, into := range []**int{&l.Status, &l.Verify} {
		key := [...]string{"status", "verify"}[i]
		v, ok := code(o.members[key].text)
		if !ok {
			return newBad(o.raw, o.at(key), ReasonNumber, "field", key, "value", o.members[key].text)
		}
		*into = v
	}
	if seq := o.members["device_seq"]; seq.text != "" {
		v, err := strconv.ParseInt(seq.text, 10, 64)
		if err != nil || v < 0 {
			return newBad(o.raw, seq.column, ReasonNumber, "field", "device_seq", "value", seq.text)
		}
		l.DeviceSeq = &v
	}
	word, stated := o.members["dir"]
	switch d, ok := ParseDirection(word.text); {
	case ok:
		l.Dir = d
	case word.text != "":
		return newBad(o.raw, word.column, ReasonUnknownDirection, "word", word.text)
	case !stated || word.text == "":
		l.Dir = stateDirection(l.Status)
	}
	return nil
}
