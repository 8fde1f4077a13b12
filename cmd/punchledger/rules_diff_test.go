package main

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"testing"
	"unicode"

	"github.com/stretchr/testify/require"

	"github.com/punchledger/punchledger/domain/ruleset"
	"github.com/punchledger/punchledger/domain/text"
)

// mutants returns copies of a JSON value that each differ in one place: a value changed, or a key left out. Their names are pointers.
func mutants(v any, at string, put func(any) any, found func(name string, doc any) bool) {
	switch x := v.(type) {
	case map[string]any:
		for _, key := range slices.Sorted(maps.Keys(x)) {
			without := maps.Clone(x)
			delete(without, key)
			found(at+"/"+key+" left out", put(without))
			mutants(x[key], at+"/"+key, func(v any) any {
				changed := maps.Clone(x)
				changed[key] = v
				return put(changed)
			}, found)
		}
	case []any:
		for i := range x {
			mutants(x[i], at+"/"+strconv.Itoa(i), func(v any) any {
				changed := slices.Clone(x)
				changed[i] = v
				return put(changed)
			}, found)
		}
	case string:
		for _, other := range []string{x + "x", "61m", "07:07", "2031-01-01", "99:99"} {
			if found(at+" = "+other, put(other)) {
				return
			}
		}
	case float64:
		found(at+" + 1", put(x+1))
	case bool:
		found(at+" turned", put(!x))
	}
}

// Every key of every pack, changed or left out, is one sentence in each language, made of words.
func TestEveryChangedKeyIsOneSentence(t *testing.T) {
	t.Parallel()
	consoles := []*console{{text: text.Lookup("en"), cfg: &Config{}}, {text: text.Lookup("zh"), cfg: &Config{}}}
	tried := 0
	for _, pack := range ruleset.Packs() {
		short := *pack
		short.Examples = pack.Examples[:1]
		pack := &short
		data, err := pack.JSON()
		require.NoError(t, err)
		var tree any
		require.NoError(t, json.Unmarshal(data, &tree))
		mutants(tree, "", func(v any) any { return v }, func(name string, doc any) bool {
			changed, err := json.Marshal(doc)
			require.NoError(t, err)
			after, err := ruleset.ParseStored(changed)
			if err != nil { // a text that its key does not take
				return false
			}
			sentences, err := ruleset.DiffWords(pack, after)
			require.NoError(t, err)
			if len(sentences) == 0 { // what was left out is what it is without
				return false
			}
			// Another id is an entry less and an entry more; a section that must be there is left out key by key.
			if !strings.Contains(name, "/id") && !strings.HasSuffix(name, "left out") {
				require.Len(t, sentences, 1, "%s: %s: %v", pack.ID, name, sentences)
			}
			tried++
			for _, s := range sentences {
				for _, c := range consoles {
					said := c.changeInWords(s)
					require.NotContains(t, said, "rules.", "%s: %s", pack.ID, name)
					require.NotContains(t, said, "{", "%s: %s", pack.ID, name)
					require.NotContains(t, said, s.Pointer)
					require.True(t, hasHan(said) || c.text.Lang() == "en", "%s: %s", name, said)
					require.True(t, !hasHan(said) || c.text.Lang() != "en" || hasHan(fmt.Sprint(s)), "%s: %s", name, said)
				}
			}
			return true
		})
	}
	require.Greater(t, tried, 1000)
}

func hasHan(s string) bool {
	return strings.ContainsFunc(s, func(r rune) bool { return unicode.Is(unicode.Han, r) })
}

func TestEveryKeyAndWordOfTheVocabularyHasAName(t *testing.T) {
	vocabulary := ruleset.Vocabulary()
	require.Greater(t, len(vocabulary), 190)
	var schema any
	require.NoError(t, json.Unmarshal(ruleset.Schema(), &schema))
	for _, lang := range text.Languages() {
		c := text.Lookup(lang)
		for key, entries := range vocabulary {
			require.True(t, c.Has("rules."+key), "%s: rules.%s", lang, key)
			require.Equal(t, entries, c.Has("rules."+key+".entry"), "%s: rules.%s.entry", lang, key)
		}
		for _, word := range enumerated(schema) {
			require.True(t, c.Has("rules.value."+word), "%s: rules.value.%s", lang, word)
		}
	}
}

// enumerated lists the words of all lists of words in a schema.
func enumerated(schema any) []string {
	var out []string
	switch x := schema.(type) {
	case map[string]any:
		words, _ := x["enum"].([]any)
		for _, w := range words {
			out = append(out, fmt.Sprint(w))
		}
		for _, v := range x {
			out = append(out, enumerated(v)...)
		}
	case []any:
		for _, v := range x {
			out = append(out, enumerated(v)...)
		}
	}
	return out
}

func TestThereIsASentenceForEachChange(t *testing.T) {
	packs := ruleset.Packs()
	for i := range packs {
		before, after := packs[i], packs[(i+1)%len(packs)]
		changes, err := ruleset.Diff(before, after)
		require.NoError(t, err)
		sentences, err := ruleset.DiffWords(before, after)
		require.NoError(t, err)
		require.Len(t, sentences, len(changes))
		for j := range changes {
			require.Equal(t, changes[j].Pointer, sentences[j].Pointer)
		}
	}
}

func TestChangesInWords(t *testing.T) {
	pack, ok := ruleset.Pack("cn-bj-office")
	require.True(t, ok)
	source, _ := ruleset.PackSource("cn-bj-office")
	for _, x := range []struct{ name, from, to, en, zh string }{
		{"a grace", "late: {grace: 5m", "late: {grace: 10m", "grace for late arrivals: 5m -> 10m", "迟到的宽限：由 5 分钟 改为 10 分钟"},
		{
			"a rate", `OT_150: {class: base, rate: "1.50"`, `OT_150: {class: base, rate: "1.60"`, "rate for pay code OT_150: 1.50 -> 1.60",
			"薪资项 OT_150的倍率：由 1.50 改为 1.60",
		},
		{
			"a minimum", "min: 30m", "min: 1h", "minimum for overtime rule workday: 30m -> 1h", "加班规则 workday的起算时长：由 30 分钟 改为 1 小时",
		},
		{"a word", "late: approved, off", "late: always, off", "counting of time after the plan: when approved -> always", "计划后时间的计入方式：由 经审批 改为 总是"},
		{"a plan", "fri: D", "fri: rest", "plan of Friday: D -> rest", "周五 排班：由 D 改为 休息日"},
	} {
		t.Run(x.name, func(t *testing.T) {
			require.Contains(t, string(source), x.from)
			after, err := ruleset.Parse([]byte(strings.Replace(string(source), x.from, x.to, 1)), "after")
			require.NoError(t, err)
			sentences, err := ruleset.DiffWords(pack, after)
			require.NoError(t, err)
			require.Len(t, sentences, 1)
			for lang, want := range map[string]string{"en": x.en, "zh": x.zh} {
				c := &console{text: text.Lookup(lang), cfg: &Config{}}
				require.Equal(t, want, c.changeInWords(sentences[0]))
			}
		})
	}
}
