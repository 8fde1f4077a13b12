package main

import (
	"errors"
	"fmt"
	"strings"

	"github.com/punchledger/punchledger/adapters/terminal"
	"github.com/punchledger/punchledger/domain"
	"github.com/punchledger/punchledger/domain/bank"
	"github.com/punchledger/punchledger/eventstore/ledger"
)

type banksImportCmd struct {
	File string `arg:"" help:"CSV or XLSX with a header: id or staff_no, bank, balance (40h, 7h30m, -2h); optional date, expires."`
	listFlags
	Date   string `help:"The date of the balances where the list has none; today when left out." placeholder:"DATE"`
	DryRun bool   `help:"Show what each line would do, and write nothing."`
}

// bankColumns are our columns of a list of balances, and what lists call them.
var (
	bankColumns = []string{"id", "staff_no", "bank", "balance", "date", "expires"}
	bankNames   = map[string][]string{
		"id": peopleNames["id"], "staff_no": peopleNames["staff_no"],
		"bank": {"account", "账户", "假期类型", "类型"}, "balance": {"opening", "hours", "余额", "期初余额", "剩余"},
		"date": {"as_of", "as of", "日期", "截止日期"}, "expires": {"expires_on", "valid until", "有效期至", "到期日"},
	}
)

// balanceLine is what a list says of one bank, and what becomes of it.
type balanceLine struct {
	Line    int            `json:"line"`
	ID      string         `json:"emp,omitempty"`
	Bank    string         `json:"bank,omitempty"`
	Date    domain.Date    `json:"date,omitzero"`
	Seconds domain.Seconds `json:"seconds"`
	Expires domain.Date    `json:"expires_on,omitzero"`
	Verdict string         `json:"verdict"`
	Post    string         `json:"post,omitempty"`
	Reason  string         `json:"reason,omitempty"`
	Problem string         `json:"problem,omitempty"`
}

// balancesReport is what banks import prints.
type balancesReport struct {
	Act       string         `json:"act,omitempty"` // by which undo knows it
	DryRun    bool           `json:"dry_run"`
	Added     int            `json:"added"`
	Unchanged int            `json:"unchanged"`
	Refused   int            `json:"refused"`
	Lines     []*balanceLine `json:"lines"`
}

// Run posts opening balances. One that the ledger knows already gives no event; a line that is refused does not stop the rest.
func (cmd *banksImportCmd) Run(c *console) error {
	date, err := optionalDate("date", cmd.Date)
	if err != nil {
		return err
	}
	table, err := cmd.table(c, cmd.File, bankNames, bankColumns, []string{"id", "staff_no"}, []string{"bank"}, []string{"balance"})
	if err != nil {
		return err
	}
	return c.writing(func(w *writer) error {
		w = w.unrepeated()
		acting := *w
		acting.actID = actBanks + "_" + strings.ReplaceAll(w.newID(), "-", "")[:12]
		if date == 0 {
			date = w.today()
		}
		plan := &balances{cmd: cmd, c: c, w: &acting, date: date, seen: map[string]int{}, report: balancesReport{DryRun: cmd.DryRun}}
		if err := plan.read(table); err != nil {
			return err
		}
		if err := plan.print(); err != nil {
			return err
		}
		if !cmd.DryRun {
			if err := w.turnDue(c.ctx); err != nil {
				return err
			}
		}
		if plan.report.Refused > 0 {
			return errNo
		}
		return nil
	})
}

// balances carries a list out, line by line.
type balances struct {
	cmd    *banksImportCmd
	c      *console
	w      *writer
	date   domain.Date
	seen   map[string]int      // person and bank -> line
	byNo   map[string][]string // staff number -> people
	report balancesReport
}

func (p *balances) read(t *terminal.Table) error {
	p.byNo = map[string][]string{}
	d := p.w.ledger.Directory()
	for _, emp := range d.IDs("employee") {
		if a := d.Employee(emp).Assignments(); len(a) > 0 && a[len(a)-1].StaffNo != "" {
			p.byNo[a[len(a)-1].StaffNo] = append(p.byNo[a[len(a)-1].StaffNo], emp)
		}
	}
	for row, bad := range t.Rows() {
		l := &balanceLine{Line: row.Line, Bank: row.Values["bank"], Date: p.date, Verdict: lineNew}
		p.report.Lines = append(p.report.Lines, l)
		if bad == nil {
			bad = p.parse(l, row)
		}
		if bad != nil {
			l.Verdict, l.Reason, l.Problem = lineRefused, bad.Reason, p.c.text.Text("reasons."+bad.Reason, bad.Args)
			continue
		}
		if err := p.post(l); err != nil {
			wrong, ok := errors.AsType[*domain.Error](err)
			if !ok {
				return err
			}
			l.Verdict, l.Reason, l.Problem = lineRefused, wrong.Code, p.c.sentence(wrong)
		}
	}
	return t.Err()
}

// parse reads the cells of a line.
func (p *balances) parse(l *balanceLine, row terminal.TableRow) *terminal.Bad {
	for _, column := range []string{"bank", "balance"} {
		if row.Values[column] == "" {
			return &terminal.Bad{Line: row.Line, Column: row.At[column], Reason: terminal.ReasonMissingKey, Args: map[string]string{"key": column}}
		}
	}
	var bad *terminal.Bad
	if on, wrong := p.cmd.dateIn(row, "date"); wrong != nil {
		return wrong
	} else if on != 0 {
		l.Date = on
	}
	if l.Expires, bad = p.cmd.dateIn(row, "expires"); bad != nil {
		return bad
	}
	l.ID = row.Values["id"]
	if found := p.byNo[row.Values["staff_no"]]; l.ID == "" && len(found) == 1 {
		l.ID = found[0]
	}
	length, negative := strings.CutPrefix(row.Values["balance"], "-")
	amount, err := lengthOfTime("balance", length)
	if err != nil {
		return &terminal.Bad{
			Line: row.Line, Column: row.At["balance"], Reason: "bad_length", Args: map[string]string{"value": row.Values["balance"]}, Raw: row.Raw,
		}
	}
	if l.Seconds = amount; negative {
		l.Seconds = -amount
	}
	return nil
}

// post posts the opening of a line, or asks what would become of it.
func (p *balances) post(l *balanceLine) error {
	key := l.ID + " " + l.Bank
	if first, twice := p.seen[key]; twice {
		return domain.NewError(domain.Conflict, "listed_twice", "line", fmt.Sprint(first))
	}
	p.seen[key] = l.Line
	for _, x := range p.w.ledger.Directory().Bank(l.ID).InForce(l.Bank) {
		if x.Kind == bank.Opening && x.Date == l.Date && x.Seconds == l.Seconds && x.ExpiresOn == l.Expires {
			l.Verdict, l.Post = lineUnchanged, x.Post
			return nil
		}
	}
	c := bank.Post{
		Post: p.w.newPosting(), Bank: l.Bank, Emp: l.ID, Date: l.Date, Seconds: l.Seconds, Kind: bank.Opening, Reason: "opening", Source: "import",
		ExpiresOn: l.Expires, ActorID: p.c.cfg.As,
	}
	r, err := p.w.ledger.Do(p.c.ctx, ledger.Request{
		ID: p.w.commandID(c.Stream()), Command: c, Actor: p.c.actor(), Correlation: p.w.actID, DryRun: p.cmd.DryRun,
	})
	if err != nil || p.cmd.DryRun {
		return err
	}
	l.Post, p.report.Act = c.Post, p.w.actID
	return p.c.acknowledge(r)
}

func (p *balances) print() error {
	r, c := &p.report, p.c
	for _, l := range r.Lines {
		switch l.Verdict {
		case lineNew:
			r.Added++
		case lineUnchanged:
			r.Unchanged++
		default:
			r.Refused++
			fmt.Fprintf(c.Err, "%s:%d: %s\n", p.cmd.File, l.Line, l.Problem)
		}
	}
	key := "cli.banks_imported"
	if r.DryRun {
		key = "cli.banks_would_import"
	}
	c.say(key, "added", fmt.Sprint(r.Added), "unchanged", fmt.Sprint(r.Unchanged), "refused", fmt.Sprint(r.Refused))
	if c.cfg.Output == "json" {
		return printJSON(c.Out, r)
	}
	t, err := c.table(">line", "employee", "bank", "date", ">time", "expires", "state")
	if err != nil {
		return err
	}
	for _, l := range r.Lines {
		err := t.add(l, fmt.Sprint(l.Line), l.ID, l.Bank, l.Date.String(), l.Seconds.HM(), l.Expires.String(), c.word("labels.person.", l.Verdict))
		if err != nil {
			return err
		}
	}
	return t.end()
}
