package main

import (
	"fmt"
	"io"
	"regexp"
	"strings"

	"github.com/punchledger/punchledger/domain/ruleset"
)

type rulesDiffCmd struct {
	Before string `arg:"" help:"File, pack, ID@VERSION or ID@DRAFT."`
	After  string `arg:"" help:"File, pack, ID@VERSION or ID@DRAFT."`
}

func (cmd *rulesDiffCmd) Run(c *console) error {
	before, err := c.documentOrVersion(cmd.Before)
	if err != nil {
		return err
	}
	after, err := c.documentOrVersion(cmd.After)
	if err != nil {
		return err
	}
	if c.cfg.Output == "table" {
		return c.diffInWords(before, after)
	}
	t, err := c.table("rule", "before", "after")
	if err != nil {
		return err
	}
	changes, err := ruleset.Diff(before, after)
	if err != nil {
		return err
	}
	for _, x := range changes {
		if err := t.add(x, x.Pointer, x.Before, x.After); err != nil {
			return err
		}
	}
	return t.end()
}

// diffInWords writes a sentence for each change, with its path in brackets.
func (c *console) diffInWords(before, after *ruleset.Document) error {
	sentences, err := ruleset.DiffWords(before, after)
	if err != nil {
		return err
	}
	for _, s := range sentences {
		if _, err := io.WriteString(c.Out, c.changeInWords(s)+" ["+s.Pointer+"]\n"); err != nil {
			return fmt.Errorf("write: %w", err)
		}
	}
	if len(sentences) == 0 {
		c.say("cli.rules_same")
	}
	return nil
}

// changeInWords says one change.
func (c *console) changeInWords(s ruleset.Sentence) string {
	last, what := s.Places[len(s.Places)-1], c.placesInWords(s.Places)
	return c.t("rules.change."+string(s.Kind), "what", what, "before", brief(c.valueInWords(last, s.Before)), "after", brief(c.valueInWords(last, s.After)))
}

// placesInWords names a place of a document, the innermost key first.
func (c *console) placesInWords(places []ruleset.Place) string {
	what := ""
	for i, p := range places {
		if i == 0 && p.Item == "" && len(places) > 1 { // a section says nothing that its keys do not
			continue
		}
		name := c.placeName(p)
		if what != "" {
			name = c.t("rules.of", "inner", name, "outer", what)
		}
		what = name
	}
	return what
}

// brief cuts what would hide the sentence around it; the machine forms have all of it.
func brief(s string) string {
	const most = 160
	if r := []rune(s); len(r) > most {
		return string(r[:most]) + " …"
	}
	return s
}

// placeName is the name of a key, or of one of its entries.
func (c *console) placeName(p ruleset.Place) string {
	key := "rules." + p.Name()
	if p.Item == "" {
		return c.t(key)
	}
	item := p.Item
	if p.WordItems {
		item = c.vocabulary(item)
	}
	return c.t(key+".entry", "item", item)
}

// vocabulary is a word of the vocabulary in the user's language.
func (c *console) vocabulary(word string) string {
	if key := "rules.value." + word; c.text.Has(key) {
		return c.t(key)
	}
	return word
}

// valueInWords writes a value under a key: lists with commas, mappings key by key.
func (c *console) valueInWords(p ruleset.Place, v ruleset.Value) string {
	switch {
	case v.Span && len(v.Items) == 2:
		return v.Items[0].Text + "-" + v.Items[1].Text
	case len(v.Items) > 0:
		parts := make([]string, len(v.Items))
		for i, item := range v.Items {
			parts[i] = c.valueInWords(p, item)
			if len(item.Items)+len(item.Fields) > 1 && !item.Span {
				parts[i] = "(" + parts[i] + ")"
			}
		}
		return strings.Join(parts, ", ")
	case len(v.Fields) > 0:
		parts := make([]string, len(v.Fields))
		for i, f := range v.Fields {
			parts[i] = c.fieldInWords(p, f)
		}
		return strings.Join(parts, "; ")
	case v.Length:
		return c.length(v.Text)
	case p.Words, v.Text == "rest" && (p.Type == "schedule" || p.Type == "rotate"), v.Text == "legal_rest": // which no shift may be called
		return c.vocabulary(v.Text)
	case v.Text == "":
		return c.t("rules.empty")
	}
	return v.Text
}

// fieldInWords writes one key of a mapping; free keys stand for themselves.
func (c *console) fieldInWords(outer ruleset.Place, f ruleset.Field) string {
	name, at := f.Item, f.Place
	if f.Type == "" {
		at = outer
		if outer.WordItems {
			name = c.vocabulary(name)
		}
	} else {
		name = c.placeName(f.Place)
	}
	value := c.valueInWords(at, f.Value)
	if len(f.Value.Fields) > 1 {
		value = "(" + value + ")"
	}
	return name + " " + value
}

var lengthPart = regexp.MustCompile(`(\d+)([hms])`)

// length writes a length of a document, such as 1h30m, with the units of the user's language.
func (c *console) length(s string) string {
	var parts []string
	for _, m := range lengthPart.FindAllStringSubmatch(s, -1) {
		parts = append(parts, c.t("rules.length."+m[2], "n", m[1]))
	}
	if c.text.Lang() == "en" {
		return strings.Join(parts, "")
	}
	return strings.Join(parts, " ")
}
