package main

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"strings"
	"unicode/utf8"

	"github.com/punchledger/punchledger/adapters/terminal"
	"github.com/punchledger/punchledger/domain"
	"github.com/punchledger/punchledger/domain/text"
	"github.com/punchledger/punchledger/eventstore/ledger"
)

type importCmd struct {
	Punches importPunchesCmd `cmd:"" help:"Import a clock export: csv, attlog or jsonl."`
	List    importListCmd    `cmd:"" help:"List imports: what came when, and what was taken back."`
	Void    importVoidCmd    `cmd:"" help:"Take an import back; its file may be imported again."`
	Waiting importWaitingCmd `cmd:"" help:"List badges for whose punches nobody was named yet."`
}

type importPunchesCmd struct {
	File      string            `arg:"" help:"File."`
	Format    string            `required:"" enum:"csv,attlog,jsonl" help:"csv, attlog or jsonl."`
	Device    string            `required:"" help:"Id of the clock; it is enrolled when it is new."`
	Timezone  string            `required:"" help:"Zone in which its clock ran, such as Asia/Shanghai."`
	DryRun    bool              `help:"Count verdicts and write nothing."`
	Layout    string            `enum:"auto,usb,push" default:"auto" help:"attlog: usb (USB dump), push (body of the push protocol) or auto."`
	Direction string            `enum:"state,none" default:"state" help:"Whether the state key of the clock is believed."`
	MinDate   string            `help:"Rows before this date come from a clock that lost its time (default 2005-01-01; none: no floor)."`
	Columns   map[string]string `help:"csv: our column=the file's, such as badge=工号;time=打卡时间;dir=类型." placeholder:"OURS=THEIRS"`
	Delimiter string            `help:"csv: , ; or tab."`
	Encoding  string            `enum:",utf-8,gb18030" default:"" help:"csv: utf-8 or gb18030; found out when left out."`
	DateOrder string            `enum:",mdy,dmy" default:"" help:"csv: order of dates such as 10/08/2026."`
	DirMap    map[string]string `help:"csv: further words for directions, such as 签到=in." placeholder:"WORD=DIR"`
}

func (cmd *importPunchesCmd) Run(c *console) error {
	f, err := c.open(cmd.File)
	if err != nil {
		return err
	}
	defer f.Close()
	sum := sha256.New()
	size, err := io.Copy(sum, f)
	if err != nil {
		return fmt.Errorf("read %s: %w", cmd.File, err)
	}
	if _, err := f.Seek(0, io.SeekStart); err != nil {
		return err
	}
	options, err := cmd.options()
	if err != nil {
		return err
	}
	lines, err := terminal.Open(f, options)
	if err != nil {
		return err
	}
	return c.writing(func(w *writer) error {
		if err := w.settle(c); err != nil {
			return err
		}
		bar := newProgress(c, c.t("cli.importing"))
		bar.of(size / 40) // a guess of the number of rows, so that the bar moves
		im := w.importer(c)
		im.Device, im.Zone, im.Format, im.FileName = cmd.Device, cmd.Timezone, cmd.Format, filepath.Base(cmd.File)
		im.Size, im.Scratch = size, c.cfg.Data
		im.SHA256, im.DryRun, im.Progress = hex.EncodeToString(sum.Sum(nil)), cmd.DryRun, bar.add
		var unsaid error
		im.Recorded = func(r ledger.Receipt) { unsaid = errors.Join(unsaid, c.acknowledge(r)) }
		report, err := im.Run(c.ctx, lines)
		bar.done()
		if err = errors.Join(err, unsaid); err != nil {
			return err
		}
		if err := cmd.print(c, report); err != nil || cmd.DryRun {
			return err
		}
		return w.turnDue(c.ctx)
	})
}

func (cmd *importPunchesCmd) options() (terminal.Options, error) {
	o := terminal.Options{
		Format: cmd.Format, FileName: filepath.Base(cmd.File), Layout: cmd.Layout, IgnoreDirection: cmd.Direction == "none",
		MinDate: cmd.MinDate, Columns: cmd.Columns, Encoding: cmd.Encoding, DateOrder: cmd.DateOrder,
	}
	switch cmd.Delimiter {
	case "":
	case "tab", `\t`:
		o.Delimiter = '\t'
	default:
		if utf8.RuneCountInString(cmd.Delimiter) != 1 {
			return o, domain.NewError(domain.Invalid, "bad_option", "option", "delimiter", "value", cmd.Delimiter, "want", `, ; \t`)
		}
		o.Delimiter = []rune(cmd.Delimiter)[0]
	}
	for word, dir := range cmd.DirMap {
		d, ok := terminal.ParseDirection(dir)
		if !ok {
			return o, domain.NewError(domain.Invalid, "bad_option", "option", "dir-map", "value", word+"="+dir, "want", "in, out, auto, break_out, break_in")
		}
		if o.Directions == nil {
			o.Directions = map[string]terminal.Direction{}
		}
		o.Directions[word] = d
	}
	return o, nil
}

// importer returns an importer that acts for the user.
func (w *writer) importer(c *console) *terminal.Importer { return w.attributor(c.actor()) }

// attributor returns an importer that acts for somebody.
func (w *writer) attributor(by domain.Actor) *terminal.Importer {
	return &terminal.Importer{
		Ledger: w.ledger, Store: w.log, Codec: w.codec, Open: w.vault.Open, MAC: w.badgeMAC, NewID: w.newID, Now: w.now, Actor: by, Correlation: w.actID,
	}
}

// attribute records what waited for a badge, or for any with an empty one.
func (w *writer) attribute(c *console, badgeMAC string) (terminal.Attributed, error) {
	return w.importer(c).Attribute(c.ctx, badgeMAC)
}

func (cmd *importPunchesCmd) print(c *console, r terminal.Report) error {
	for _, f := range r.Found {
		fmt.Fprintln(c.Err, c.text.Text("found."+f.Code, text.ShownArgs(f.Args)))
	}
	if c.cfg.Output == "json" {
		return printJSON(c.Out, r)
	}
	for _, list := range [][]terminal.Bad{r.Bad, r.Reset, r.Conflicts} {
		for _, b := range list {
			place := fmt.Sprintf("%s:%d", text.Shown(cmd.File), b.Line)
			if b.Column > 0 { // else it is the whole line
				place += fmt.Sprintf(":%d", b.Column)
			}
			fmt.Fprintf(c.Err, "%s: %s: %s\n", place, c.text.Text("reasons."+b.Reason, text.ShownArgs(b.Args)), text.Shown(strings.TrimSpace(b.Raw)))
		}
	}
	for _, j := range r.Judged {
		reasons := make([]string, 0, len(j.Reasons))
		for _, why := range j.Reasons {
			reasons = append(reasons, c.t("reasons."+why))
		}
		fmt.Fprintf(c.Err, "%s:%d: %s: %s (%s)\n", text.Shown(cmd.File), j.Line, c.t("labels.verdict."+j.Verdict), strings.Join(reasons, ", "), j.Emp)
	}
	t, err := c.table("verdict", ">lines")
	if err != nil {
		return err
	}
	for _, verdict := range []string{
		terminal.VerdictAccepted, terminal.VerdictHeld, terminal.VerdictRejected, terminal.VerdictDuplicate,
		terminal.VerdictConflict, terminal.VerdictUnknown, terminal.VerdictClockReset, terminal.VerdictBad,
	} {
		if n := r.Counts[verdict]; n > 0 {
			if err := t.add(nil, c.t("labels.verdict."+verdict), fmt.Sprint(n)); err != nil {
				return err
			}
		}
	}
	if err := t.add(nil, c.t("labels.column.total"), fmt.Sprint(r.Rows)); err != nil {
		return err
	}
	return t.end()
}
