package main

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
)

// badAPITable is docs/bad-input-api.md.
func badAPITable(rows map[string]apiAnswer) string {
	var b strings.Builder
	b.WriteString(badAPIIntroduction)
	n := 0
	for _, family := range badAPIFamilies {
		fmt.Fprintf(&b, "\n## %s\n\n| # | given | request | status | code | answer | recorded |\n|---|---|---|---|---|---|---|\n", family.title)
		for i := range family.cases {
			n++
			c := &family.cases[i]
			a := rows[c.name]
			stored := "nothing"
			if len(a.events) > 0 {
				stored = strings.Join(a.events, ", ")
			}
			status := fmt.Sprint(a.status)
			if a.status == 0 {
				status = "the line is cut"
			}
			fmt.Fprintf(&b, "| %d | %s | %s | %s | %s | %s | %s |\n", n, cell(c.name, 200), c.request(), status, a.problem.Code, a.inShort(), stored)
		}
	}
	fmt.Fprintf(&b, "\n%d cases.\n", n)
	return b.String()
}

const badAPIIntroduction = `# Bad input over HTTP

What the API answers to requests that it cannot use. A test sends each row to a served ledger in both languages and looks at status, code and sentences; at the log, which gains what the last column says
and nothing else; at the folder, in which no file appears but those of evidence that is taken; and at a good request, which is answered as before. The table is written by ` + "`make golden`" + ` from that test
(` + "`cmd/punchledger/bad_api_*_test.go`" + `). What the command line says is in [bad-input.md](bad-input.md), what all answers have in common in [api.md](api.md).

Rows that end with 2xx are odd, and all the same what somebody may send: texts are kept as they came and read back as they were kept; a punch against which something speaks is recorded with what that is.
Characters that nobody sees are shown by their numbers, such as ` + "`\\u202e`" + `. Where there is no code, the head was no HTTP, and the answer is that of the transport.
`

// madeUp are the parts of answers that are others in each run.
var madeUp = regexp.MustCompile(`[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}`)

// request is a case as the table shows it.
func (c *badRequest) request() string {
	if c.wire != "" {
		return "`" + cell(c.given, 120) + "`"
	}
	method := c.method
	if method == "" {
		method = "GET"
		if c.body != "" {
			method = "POST"
		}
	}
	out := "`" + cell(method+" "+c.path, 100) + "`"
	for i := 0; i+1 < len(c.header); i += 2 {
		out += "<br>`" + cell(c.header[i]+": "+strings.ReplaceAll(c.header[i+1], "KEPT:", "…"), 100) + "`"
	}
	switch {
	case c.given != "" && c.given != c.name:
		out += "<br>`" + cell(c.given, 120) + "`"
	case c.body != "":
		out += "<br>`" + cell(c.body, 120) + "`"
	}
	return out
}

// inShort is what an answer says.
func (a *apiAnswer) inShort() string {
	if a.problem.Code == "" {
		return ""
	}
	out := cell(madeUp.ReplaceAllString(a.problem.Title, "…")+" "+madeUp.ReplaceAllString(a.problem.Detail, "…"), 400)
	var faults []string
	for _, f := range a.problem.Errors {
		fault := cell(f.Detail, 100)
		if f.Pointer != "" {
			fault = "`" + cell(f.Pointer, 60) + "`: " + fault
		}
		if !slices.Contains(faults, fault) && len(faults) < 3 {
			faults = append(faults, fault)
		}
	}
	return strings.Join(append([]string{out}, faults...), "<br>")
}
