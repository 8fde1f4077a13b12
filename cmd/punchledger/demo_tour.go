package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/punchledger/punchledger/domain"
)

// tour is what the sample company prints: twelve commands to copy, each with a line of what one will see.
type tour struct {
	Data    string     `json:"data"`
	People  int        `json:"people"`
	From    string     `json:"from"`
	To      string     `json:"to"`
	Stories []tourNote `json:"stories"`
	Tour    []tourStop `json:"tour"`
}

// tourNote says where a story is.
type tourNote struct {
	Story    string `json:"story"`
	Employee string `json:"emp"`
	Date     string `json:"date"`
}

type tourStop struct {
	Command string `json:"command"`
	Text    string `json:"text"`
}

// stop is a candidate for the tour: a command and the key of what it says, about a story or about the company.
type stop struct{ about, key, command string }

// demoStops are taken in this order until there are enough; a stop about a story that is not told is passed by.
var demoStops = []stop{
	{"forgotten", "forgotten", "days --employee {emp} --from {monday} --to {friday}"},
	{"forgotten", "as_of", "why {emp} {date} --as-of {next_day}T17:00:00Z"},
	{"dst_night", "dst_night", "why {emp} {date}"},
	{"guard", "guard", "rows --employee {emp} --from {date} --to 2026-10-08"},
	{"wrong_clock", "wrong_clock", "days --employee {emp} --from {monday} --to {friday} --as-of 2026-10-12T00:00:00Z"},
	{"request_open", "request", "requests --employee {emp} && {punchledger} preview {emp} correction --at {date}T18:06 --dir out --request {request}"},
	{"held_waiting", "held", "punch reasons {emp} {punch}"},
	{"late_approval", "late_approval", "rows --employee {emp} --from {date} --to {date} --as-of 2026-10-18T00:00:00Z"},
	{"month_end", "month_end", "why {emp} {date}"},
	{"transfer", "transfer", "days --employee {emp} --from {monday} --to {friday}"},
	{"", "people", "people list"},
	{"", "days", "days --from {last_week} --to {until}"},
	{"", "anomalies", "anomalies --from {last_week} --to {until}"},
	{"", "rows", "rows --from {last_week} --to {until}"},
	{"", "log", "log stats"},
	{"", "rights", "access list"},
	{"", "register", "register"},
}

// demoSights is how many of demoStops are shown; verification and the replay follow.
const demoSights = 7

// closing ends the tour: the whole ledger is checked, then a change of rules is tried on what happened, adopted and published.
var closing = []stop{
	{"", "verify", "verify"},
	{"", "candidate", "rules show cn-bj-office | sed 's/late: {grace: 5m,/late: {grace: 10m,/; /id: b2/,/flags/d' > grace10.yaml"},
	{"", "replay", "replay --rules grace10.yaml --from {from}"},
	{
		"", "adopt", `replay --rules grace10.yaml --from {from} --record --output json | sed -n 's/^  "replay": "\(.*\)",$/\1/p' > replay.id` +
			" && {punchledger} replay adopt $(cat replay.id)",
	},
	{"", "publish", "rules publish grace10.yaml --from {from} --replay $(cat replay.id)"},
}

// tour chooses the stops for what was told.
func (s *sample) tour() tour {
	out := tour{Data: s.c.cfg.Data, People: len(s.people), From: s.from.String(), To: s.until.String(), Stories: []tourNote{}}
	for _, t := range s.told {
		out.Stories = append(out.Stories, tourNote{t.id, t.p.id, t.date.String()})
	}
	for _, x := range demoStops {
		if t := s.about(x.about); len(out.Tour) < demoSights && (t != nil || x.about == "") {
			out.Tour = append(out.Tour, s.stop(x, t))
		}
	}
	for _, x := range closing {
		out.Tour = append(out.Tour, s.stop(x, nil))
	}
	return out
}

// stop fills in the places of a command.
func (s *sample) stop(x stop, t *told) tourStop {
	self := s.program()
	places := []string{
		"{punchledger}", self, "{from}", s.from.String(), "{until}", s.until.String(), "{last_week}", (s.until - 6).String(),
	}
	var args []string
	if t != nil {
		monday := t.date - (domain.Date(t.date.Weekday())+6)%7
		places = append(places, "{emp}", t.p.id, "{date}", t.date.String(), "{next_day}", (t.date + 1).String(),
			"{punch}", t.firstPunch(), "{request}", t.request, "{monday}", monday.String(), "{friday}", (monday + 4).String())
		args = []string{"emp", t.p.id, "date", t.date.String()}
	}
	return tourStop{
		Command: strings.NewReplacer(places...).Replace("{punchledger} " + x.command),
		Text:    s.c.t("cli.tour."+x.key, args...),
	}
}

// program is how the user calls this program on this ledger.
func (s *sample) program() string {
	name := "punchledger"
	if strings.ContainsRune(os.Args[0], filepath.Separator) && filepath.Base(os.Args[0]) == name {
		name = os.Args[0]
	}
	call := quoted(name) + " --data " + quoted(s.c.cfg.Data)
	if s.c.cfg.KEK != filepath.Clean(s.c.cfg.Data)+".kek" {
		call += " --kek " + quoted(s.c.cfg.KEK)
	}
	if lang := s.c.text.Lang(); lang != "en" {
		call += " --lang " + lang
	}
	return call
}

// quoted makes a word safe for a shell.
func quoted(word string) string {
	if word != "" && !strings.ContainsFunc(word, unsafe) {
		return word
	}
	return "'" + strings.ReplaceAll(word, "'", `'\''`) + "'"
}

func unsafe(r rune) bool {
	return r < 0x80 && !('a' <= r && r <= 'z' || 'A' <= r && r <= 'Z' || '0' <= r && r <= '9' || strings.ContainsRune("/._-+:@%,=", r))
}

func (t tour) print(c *console) error {
	if c.cfg.Output == "json" {
		return printJSON(c.Out, t)
	}
	c.say("cli.demo.written", "people", fmt.Sprint(t.People), "from", t.From, "to", t.To, "data", t.Data)
	fmt.Fprintln(c.Out, c.t("cli.tour.intro"))
	for i, x := range t.Tour {
		if _, err := fmt.Fprintf(c.Out, "\n%2d  %s\n    %s\n", i+1, x.Text, x.Command); err != nil {
			return err
		}
	}
	return nil
}
