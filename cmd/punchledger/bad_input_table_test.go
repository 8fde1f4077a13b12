package main

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"

	"github.com/punchledger/punchledger/domain/text"
)

// badInputTable is docs/bad-input.md.
func badInputTable(rows map[string]answered) string {
	var b strings.Builder
	b.WriteString(badInputIntroduction)
	n := 0
	for _, family := range badInputFamilies {
		fmt.Fprintf(&b, "\n## %s\n\n| # | given | command | exit | code | message |\n|---|---|---|---|---|---|\n", family.title)
		for _, c := range family.cases {
			n++
			a := rows[c.name]
			given := cell(c.name, 200)
			if content := c.content(); content != "" {
				given += "<br>`" + cell(content, 120) + "`"
			}
			if c.kept != "" {
				given += "<br>Recorded all the same: " + cell(c.kept, 200)
			}
			message := a.messages
			if a.exit != exitUsage {
				message += a.out
			}
			fmt.Fprintf(&b, "| %d | %s | `%s` | %d | %s | %s |\n", n, given, cell(c.command(), 160), a.exit, a.code, cell(message, 700))
		}
	}
	fmt.Fprintf(&b, "\n%d cases.\n", n)
	return b.String()
}

const badInputIntroduction = `# Bad input

What every command and file reader says to input that it cannot use. The tests run each row in both languages, look for what is wrong, where and how to mend it, and verify the ledger afterwards:
it ends where it ended, unless the row says what is recorded all the same. The table is written by ` + "`make golden`" + ` from those tests (` + "`cmd/punchledger/bad_input_*_test.go`" + `); the ledger lies in the folder ` + "`ledger`" + `.

Exit 2 is a refusal, 1 an answer of no, 0 done ([exit codes](cli.md#exit-codes)). The code is the stable name of the refusal. Characters that a terminal must not be given are shown by their numbers, such as ` + "`\\u202e`" + `.
`

func (c badInput) content() string {
	if c.given != "" {
		return c.given
	}
	for _, name := range slices.Sorted(maps.Keys(c.files)) {
		return c.files[name]
	}
	return ""
}

func (c badInput) command() string {
	words := []string{}
	for _, name := range slices.Sorted(maps.Keys(c.env)) {
		words = append(words, name+"="+c.env[name])
	}
	for _, a := range c.args {
		if a == "" || strings.ContainsAny(a, " ;'\"\\*?#&|<>()") {
			a = `"` + a + `"`
		}
		words = append(words, a)
	}
	return strings.Join(words, " ")
}

// longName is a name of which a message shows the beginning: how much of it depends on the folder of the test.
var longName = regexp.MustCompile(`x{20,}… \(\d+\)`)

// cell is a text as it may stand in a table of Markdown, cut where it is long.
func cell(s string, longest int) string {
	s = longName.ReplaceAllString(strings.TrimRight(s, "\n"), "xxx…")
	if r := []rune(s); len(r) > longest {
		s = string(r[:longest]) + "…"
	}
	var lines []string
	for line := range strings.SplitSeq(s, "\n") {
		lines = append(lines, text.Visible(line))
	}
	return strings.NewReplacer("|", `\|`, "<", "&lt;", "\n", "<br>", "`", "'").Replace(strings.Join(lines, "\n"))
}
