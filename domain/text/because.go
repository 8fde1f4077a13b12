package text

import (
	"maps"
	"strings"
)

// Because says why a punch has a reason in one sentence, found under because; a code without one has its words under reasons. Codes
// among the arguments get their words.
func (c *Catalogue) Because(code string, args map[string]string) string {
	key := "because." + code
	if !c.Has(key) {
		return c.Text("reasons."+code, args)
	}
	said := maps.Clone(args)
	for _, name := range []string{"missing", "limit"} {
		var out []string
		for word := range strings.SplitSeq(args[name], ", ") {
			if c.Has("because." + word) {
				word = c.Text("because."+word, nil)
			}
			out = append(out, word)
		}
		if said != nil {
			said[name] = strings.Join(out, ", ")
		}
	}
	return c.Text(key, said)
}
