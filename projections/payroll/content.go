package payroll

import (
	"fmt"
	"strconv"
	"unicode/utf8"
)

// content returns the canonical JSON of the row without its hash. It is written member by member, since every row of a pull and
// of a fingerprint needs it.
func (r Row) content() []byte {
	w := object{out: make([]byte, 0, 768)}
	w.open()
	w.optional("basis", r.Basis)
	w.optional("calendar", r.Calendar)
	w.text("class", r.Class)
	w.text("code", r.Code)
	if r.Count != 0 {
		w.number("count", int64(r.Count))
	}
	w.text("date", r.Date.String())
	w.optional("days", r.Days)
	if d := r.Dims; d.Site != "" || d.Cost != "" || d.Job != "" || d.Place != "" {
		w.name("dims")
		w.open()
		w.optional("cost", d.Cost)
		w.optional("job", d.Job)
		w.optional("place", d.Place)
		w.optional("site", d.Site)
		w.close('}')
	}
	w.text("employee", r.Employee)
	w.text("hours", r.Hours)
	w.text("kind", r.Kind)
	w.number("minutes", int64(r.Minutes))
	w.text("rate", r.Rate)
	w.text("row_id", r.RowID)
	w.name("rulesets")
	list(&w, r.Rulesets, func(s Ruleset) {
		w.open()
		w.text("hash", s.Hash)
		w.text("id", s.ID)
		w.number("version", int64(s.Version))
		w.close('}')
	})
	w.number("seconds", int64(r.Seconds))
	w.name("sources")
	list(&w, r.Sources, w.quoted)
	w.close('}')
	return w.out[:len(w.out)-1]
}

// object writes canonical JSON with a comma after every value; the end of an object or list takes the last one away.
type object struct{ out []byte }

func (w *object) open() { w.out = append(w.out, '{') }

func (w *object) close(bracket byte) {
	if last := len(w.out) - 1; w.out[last] == ',' {
		w.out = w.out[:last]
	}
	w.out = append(w.out, bracket, ',')
}

func (w *object) name(name string) {
	w.out = append(append(append(w.out, '"'), name...), '"', ':')
}

func (w *object) text(name, s string) {
	w.name(name)
	w.quoted(s)
}

func (w *object) optional(name, s string) {
	if s != "" {
		w.text(name, s)
	}
}

func (w *object) quoted(s string) {
	for i := range len(s) {
		if c := s[i]; c < ' ' || c == '"' || c == '\\' || c >= utf8.RuneSelf {
			w.value(s)
			return
		}
	}
	w.out = append(append(append(w.out, '"'), s...), '"', ',')
}

// maxExact is the largest integer below which a double, which is what canonical numbers are, has every integer.
const maxExact = 1 << 53

func (w *object) number(name string, n int64) {
	w.name(name)
	if n < -maxExact || n > maxExact {
		w.value(n)
		return
	}
	w.out = append(strconv.AppendInt(w.out, n, 10), ',')
}

// value leaves a text or number that is rare to the general way.
func (w *object) value(v any) {
	b, err := Canonical(v)
	if err != nil {
		panic(fmt.Sprintf("payroll: a row cannot be encoded: %v", err))
	}
	w.out = append(append(w.out, b...), ',')
}

func list[T any](w *object, values []T, write func(T)) {
	if values == nil {
		w.out = append(w.out, "null,"...)
		return
	}
	w.out = append(w.out, '[')
	for _, v := range values {
		write(v)
	}
	w.close(']')
}
