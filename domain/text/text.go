// Package text is the one catalogue of texts, in zh-CN and en: labels, reasons, notes, exceptions and errors.
//
// Keys are dotted and stable, values may name arguments as {name}. Both languages have the same keys and the same names.
// It holds words; of numbers it formats only the lengths in notes, and it knows no rule.
package text

import (
	_ "embed"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"

	"github.com/punchledger/punchledger/domain"
)

// The languages.
const (
	Chinese = "zh-CN"
	English = "en"
)

//go:embed zh-CN.json
var chineseJSON []byte

//go:embed en.json
var englishJSON []byte

var catalogues = map[string]func() *Catalogue{
	Chinese: sync.OnceValue(func() *Catalogue { return parse(Chinese, chineseJSON) }),
	English: sync.OnceValue(func() *Catalogue { return parse(English, englishJSON) }),
}

func parse(lang string, data []byte) *Catalogue {
	c := &Catalogue{lang: lang}
	if err := json.Unmarshal(data, &c.texts); err != nil {
		panic(fmt.Sprintf("text: catalogue %s: %v", lang, err))
	}
	return c
}

// Catalogue has the texts of one language. It is safe for use by many goroutines.
type Catalogue struct {
	lang  string
	texts map[string]string
}

// Languages returns the languages that have a catalogue.
func Languages() []string { return []string{Chinese, English} }

// Lookup returns the catalogue for a language tag or locale, such as zh, zh-CN, zh_CN.UTF-8 or en-US: Chinese for every form of
// zh, English for everything else.
func Lookup(lang string) *Catalogue {
	lang = strings.ToLower(lang)
	if lang == "zh" || strings.HasPrefix(lang, "zh-") || strings.HasPrefix(lang, "zh_") {
		return catalogues[Chinese]()
	}
	return catalogues[English]()
}

// Lang returns the language tag of c.
func (c *Catalogue) Lang() string { return c.lang }

// Keys returns all keys that start with prefix, sorted.
func (c *Catalogue) Keys(prefix string) []string {
	return slices.DeleteFunc(slices.Sorted(maps.Keys(c.texts)), func(k string) bool { return !strings.HasPrefix(k, prefix) })
}

// Has reports whether there is a text for key.
func (c *Catalogue) Has(key string) bool {
	_, ok := c.texts[key]
	return ok
}

// missing stands where a text names an argument that was not given.
const missing = "–"

// Text returns the text for key with {name} replaced from args. A key without a text is returned as it is, so that a gap shows
// and never fails.
func (c *Catalogue) Text(key string, args map[string]string) string {
	out, ok := c.texts[key]
	if !ok {
		return key
	}
	out, _ = fill(out, args)
	return out
}

// fill replaces {name}; it also returns the names that the text has. A value is never read for names again.
func fill(text string, args map[string]string) (filled string, names []string) {
	var b strings.Builder
	for {
		before, rest, ok := strings.Cut(text, "{")
		b.WriteString(before)
		if !ok {
			return b.String(), names
		}
		name, after, ok := strings.Cut(rest, "}")
		if !ok {
			b.WriteString("{" + rest)
			return b.String(), names
		}
		names = append(names, name)
		if v := args[name]; v != "" {
			b.WriteString(v)
		} else {
			b.WriteString(missing)
		}
		text = after
	}
}

// Message is an error as a person reads it.
type Message struct {
	What string `json:"what"` // what happened
	Safe string `json:"safe"` // what is safe
	Do   string `json:"do"`   // what to do
}

// String returns the three sentences, one on each line.
func (m Message) String() string { return m.What + "\n" + m.Safe + "\n" + m.Do }

// Error returns the message for err. Arguments that its sentences do not name are listed after the first, so that nothing of
// what the error knows is lost; a code without a text is named.
func (c *Catalogue) Error(err *domain.Error) Message {
	key, args := "errors."+err.Code, err.Args
	if !c.Has(key + ".what") {
		key = "errors.unknown"
		args = maps.Clone(args)
		if args == nil {
			args = map[string]string{}
		}
		args["code"] = err.Code
	}
	if problem := args["problem"]; problem != "" {
		args = maps.Clone(args)
		args["problem"] = c.fault(problem)
	}
	what, named := fill(c.texts[key+".what"], args)
	safe, more := fill(c.texts[key+".safe"], args)
	do, last := fill(c.texts[key+".do"], args)
	named = append(append(named, more...), last...)
	var rest []string
	for _, name := range slices.Sorted(maps.Keys(args)) {
		if args[name] != "" && !slices.Contains(named, name) {
			rest = append(rest, c.argument(name)+" "+args[name])
		}
	}
	if len(rest) > 0 {
		what += c.aside(rest)
	}
	return Message{What: what, Safe: safe, Do: do}
}

// fault returns the words for what is wrong with a field, or the problem as it is when it has no text.
func (c *Catalogue) fault(problem string) string {
	if text, ok := c.texts["faults."+strings.ReplaceAll(problem, " ", "_")]; ok {
		return text
	}
	return problem
}

// argument returns the word for the name of an argument, or the name where it has none.
func (c *Catalogue) argument(name string) string {
	if word, ok := c.texts["labels.arg."+name]; ok {
		return word
	}
	return name
}

// aside puts details in the brackets of the language.
func (c *Catalogue) aside(details []string) string {
	if c.lang == Chinese {
		return "（" + strings.Join(details, "，") + "）"
	}
	return " (" + strings.Join(details, ", ") + ")"
}
