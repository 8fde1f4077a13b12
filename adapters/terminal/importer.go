package terminal

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/punchledger/punchledger/domain"
	"github.com/punchledger/punchledger/domain/place"
	"github.com/punchledger/punchledger/domain/timecard"
	"github.com/punchledger/punchledger/domain/zone"
	"github.com/punchledger/punchledger/eventstore/ledger"
)

// The verdicts of rows.
const (
	VerdictAccepted   = "accepted"
	VerdictHeld       = "held"
	VerdictRejected   = "rejected"
	VerdictDuplicate  = "duplicate"      // the ledger has the row already, or the file has it twice
	VerdictUnknown    = "unknown_person" // waits in quarantine
	VerdictClockReset = "clock_reset"    // waits in quarantine: the clock had lost its time
	VerdictBad        = "bad_row"
)

// Importer brings the lines of a clock export into the ledger.
type Importer struct {
	Ledger   *ledger.Ledger
	MAC      func(badge string) string // what stands for a badge number in the log
	NewID    func() string
	Now      func() time.Time
	Actor    domain.Actor
	Device   string // enrolled on first use, as an import source
	Zone     string // in which the file's clock ran
	Format   string
	FileName string
	SHA256   string // of the file, in hexadecimal
	DryRun   bool   // decide and count, write nothing
	Progress func(rows int)
}

// Report is what became of a file: a verdict for every row.
type Report struct {
	Batch  string         `json:"batch,omitempty"` // empty when nothing was added
	Rows   int            `json:"rows"`
	Counts map[string]int `json:"counts"`
	Bad    []Bad          `json:"bad,omitempty"`
	Reset  []Bad          `json:"clock_reset,omitempty"` // rows from before the floor, kept in quarantine
	Found  []Finding      `json:"found,omitempty"`
}

// workers is how many timecards are written at once, so that the log commits them together.
const workers = 32

// chunk is how many punches one append holds: far below the limit of every log.
const chunk = 250

// Run reads all lines, then records them. Rows of one timecard keep their order. Every row has a verdict; a bad row does not stop
// the rest. Running the same file again adds nothing.
func (im *Importer) Run(ctx context.Context, lines *Reader) (Report, error) {
	p := &plan{
		importer: im, report: Report{Counts: map[string]int{}, Found: lines.Found()},
		cards: map[string][]timecard.RecordPunch{}, received: domain.InstantOf(im.Now()), batch: "b" + strings.ReplaceAll(im.NewID(), "-", ""),
		seen: map[string]bool{},
	}
	var err error
	if p.zone, err = zone.Embedded().Zone(im.Zone); err != nil {
		return p.report, err
	}
	if err := im.enrol(ctx); err != nil {
		return p.report, err
	}
	if im.Ledger.Directory().Device(im.Device).Exists() {
		p.device = im.Device
	}
	for line, bad := range lines.Lines() {
		p.row(line, bad)
	}
	if err := lines.Err(); err != nil {
		return p.report, err
	}
	if err := p.record(ctx); err != nil {
		return p.report, err
	}
	return p.report, p.close(ctx)
}

// enrol makes the device known where it is not.
func (im *Importer) enrol(ctx context.Context) error {
	d := im.Ledger.Directory().Device(im.Device)
	if d.Exists() || im.DryRun {
		return nil
	}
	_, err := im.Ledger.Do(ctx, ledger.Request{
		ID: "enrol:" + im.Device, Actor: im.Actor, Command: place.EnrolDevice{Device: im.Device, Kind: place.Import, TZ: im.Zone},
	})
	return err
}

// plan is the work of one file.
type plan struct {
	importer *Importer
	zone     *zone.Zone
	received domain.Instant
	batch    string
	device   string // empty in a dry run with one that is not enrolled yet: nothing is held against it
	report   Report
	cards    map[string][]timecard.RecordPunch // by stream, in the file's order
	order    []string
	unknown  []place.UnknownPunch
	seen     map[string]bool // rows that go to quarantine
	last     domain.Seconds  // effective time of the row before: orders a repeated hour

	mu    sync.Mutex
	added int
}

// row judges one line as far as it can be judged alone.
func (p *plan) row(line Line, bad *Bad) {
	p.report.Rows++
	if bad != nil && !bad.Held() {
		p.report.Counts[VerdictBad]++
		p.report.Bad = append(p.report.Bad, *bad)
		return
	}
	at, reasons := p.effective(line)
	mac := p.importer.MAC(cmp.Or(line.Badge, line.Employee))
	id := p.identity(line, mac)
	if bad != nil {
		p.report.Reset = append(p.report.Reset, *bad)
		p.quarantine(line, mac, id, at, VerdictClockReset)
		return
	}
	p.last = at
	emp, known := line.Employee, p.importer.Ledger.Directory().Employee(line.Employee).Exists()
	if emp == "" {
		emp, known = p.importer.Ledger.Directory().BadgeHolder(mac, p.importer.Device, p.zone.DateOf(at))
	}
	if !known {
		p.quarantine(line, mac, id, at, VerdictUnknown)
		return
	}
	d := timecard.PunchDetails{
		Emp: emp, Punch: id, Dir: timecard.Direction(line.Dir), ClaimedAt: line.Wall, ClaimedOffset: p.zone.Offset(at),
		ReceivedAt: p.received, EffectiveAt: at.Instant(), TimeSource: p.source(), Device: p.device,
		Channel: timecard.ChannelImport, Place: timecard.PlaceOffice, Reasons: reasons,
		Sealed: timecard.Evidence{Note: domain.NewSecret(domain.ClassText, line.Note)},
		Batch:  p.batch, Line: line.Number, Status: line.Status, Verify: line.Verify, WorkCode: workCode(line.WorkCode),
	}
	if line.DeviceSeq != nil {
		d.DeviceSeq = *line.DeviceSeq
	}
	stream := d.Card().Stream()
	if p.cards[stream] == nil {
		p.order = append(p.order, stream)
	}
	p.cards[stream] = append(p.cards[stream], timecard.RecordPunch{Details: d})
}

func (p *plan) source() timecard.TimeSource {
	if p.importer.Format == ATTLOG {
		return timecard.TerminalTime
	}
	return timecard.Declared
}

func workCode(s string) *int {
	n, err := strconv.Atoi(s)
	if err != nil {
		return nil
	}
	return &n
}

// effective resolves the wall clock of a line. In a repeated hour the order of the file decides; a time that the clock jumped over
// counts as the instant of the jump and says so.
func (p *plan) effective(line Line) (domain.Seconds, []string) {
	if line.Offset != "" {
		if t, err := time.Parse(time.RFC3339, line.Wall+line.Offset); err == nil {
			return domain.Seconds(t.Unix()), nil
		}
	}
	t, err := time.Parse("2006-01-02T15:04:05", line.Wall)
	if err != nil {
		panic(fmt.Sprintf("terminal: line %d has the time %q", line.Number, line.Wall)) // the reader has checked it
	}
	wall := domain.Seconds(t.Unix())
	at := p.zone.Occurrences(wall)
	switch {
	case len(at) == 0:
		date := domain.DateOfUnix(wall)
		return p.zone.Start(date, wall-date.Unix()), []string{"wall_in_gap"}
	case len(at) > 1 && p.last > at[0] && p.last <= at[1]: // a later row before it says nothing: the file has another order
		return at[1], nil
	}
	return at[0], nil
}

// identity names a row: the file's own id or the device's number where there is one, else what the terminal wrote. The badge enters
// by its MAC, so that nobody guesses it from the name.
func (p *plan) identity(line Line, mac string) string {
	who := mac
	if line.Employee != "" {
		who = line.Employee
	}
	key := []string{p.importer.Device, who, line.Wall, line.Offset, string(line.Dir)}
	switch {
	case line.Ref != "":
		key = []string{p.importer.Device, "ref", line.Ref}
	case line.DeviceSeq != nil:
		key = []string{p.importer.Device, "seq", strconv.FormatInt(*line.DeviceSeq, 10)}
	case line.Status != nil:
		key[4] = strconv.Itoa(*line.Status)
	}
	sum := sha256.Sum256([]byte(strings.Join(key, "\x00")))
	return "p" + hex.EncodeToString(sum[:15])
}

func (p *plan) quarantine(line Line, mac, id string, at domain.Seconds, why string) {
	if _, waits := p.importer.Ledger.Directory().Quarantined(id); waits || p.seen[id] {
		p.report.Counts[VerdictDuplicate]++
		return
	}
	p.seen[id] = true
	p.report.Counts[why]++
	badge := cmp.Or(line.Badge, line.Employee)
	p.unknown = append(p.unknown, place.UnknownPunch{
		Row: id, Badge: badge, BadgeMAC: mac, ClaimedAt: line.Wall, ClaimedOffset: p.zone.Offset(at), EffectiveAt: at.Instant(),
		TimeSource: string(p.source()), Dir: string(line.Dir), Batch: p.batch, Line: line.Number,
		Status: line.Status, Verify: line.Verify, WorkCode: workCode(line.WorkCode), Why: why,
	})
}

// record writes what was planned, many timecards at a time.
func (p *plan) record(ctx context.Context) error {
	g, ctx := errgroup.WithContext(ctx)
	g.SetLimit(workers)
	for _, stream := range p.order {
		g.Go(func() error {
			for punches := range slices.Chunk(p.cards[stream], chunk) {
				if err := p.punches(ctx, punches); err != nil {
					return fmt.Errorf("record %s: %w", stream, err)
				}
			}
			return nil
		})
	}
	for rows := range slices.Chunk(p.unknown, chunk) {
		if p.device == "" { // its rows have their verdict, and nowhere to wait
			p.done(len(rows), ledger.Receipt{}, nil)
			continue
		}
		g.Go(func() error {
			r, err := p.do(ctx, place.QuarantinePunches{Device: p.importer.Device, ReceivedAt: p.received, Rows: rows})
			p.done(len(rows), r, nil)
			return err
		})
	}
	return g.Wait()
}

func (p *plan) punches(ctx context.Context, punches []timecard.RecordPunch) error {
	r, err := p.do(ctx, timecard.RecordPunches{Punches: punches})
	if err != nil {
		return err
	}
	counts := map[string]int{VerdictDuplicate: len(punches) - len(r.Events)}
	for _, e := range r.Events {
		switch e.Event.(type) {
		case timecard.PunchAccepted:
			counts[VerdictAccepted]++
		case timecard.PunchHeld:
			counts[VerdictHeld]++
		case timecard.PunchRejected:
			counts[VerdictRejected]++
		}
	}
	p.done(len(punches), r, counts)
	return nil
}

func (p *plan) do(ctx context.Context, c ledger.Command) (ledger.Receipt, error) {
	return p.importer.Ledger.Do(ctx, ledger.Request{
		ID: p.importer.NewID(), Command: c, Actor: p.importer.Actor, Correlation: p.batch, DryRun: p.importer.DryRun,
	})
}

func (p *plan) done(rows int, r ledger.Receipt, counts map[string]int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.added += len(r.Events)
	for verdict, n := range counts {
		if n > 0 {
			p.report.Counts[verdict] += n
		}
	}
	if p.importer.Progress != nil {
		p.importer.Progress(rows)
	}
}

// close records the batch, if it added anything.
func (p *plan) close(ctx context.Context) error {
	if p.added == 0 || p.importer.DryRun {
		return nil
	}
	p.report.Batch = p.batch
	bad := make([]place.BadRow, 0, len(p.report.Bad))
	for _, b := range p.report.Bad {
		bad = append(bad, place.BadRow{Line: b.Line, Column: b.Column, Reason: b.Reason})
	}
	_, err := p.do(ctx, place.RecordImportBatch{
		Batch: p.batch, Device: p.importer.Device, FileSHA256: p.importer.SHA256, FileName: p.importer.FileName,
		Format: p.importer.Format, Zone: p.importer.Zone, ReceivedAt: p.received, Counts: p.report.Counts, Bad: bad, BadTotal: len(bad),
	})
	return err
}

// Attribute records the punches that waited for a badge, now that somebody holds it, and returns how many. A punch is recorded
// first and attributed then, so that a crash between the two leaves it waiting, and the next run finds it recorded.
func (im *Importer) Attribute(ctx context.Context, badgeMAC string) (int, error) {
	n := 0
	for _, q := range im.Ledger.Directory().Waiting(badgeMAC) {
		if q.Why != VerdictUnknown {
			continue
		}
		d := waitingDetails(q)
		var ok bool
		local := domain.DateOfUnix(q.EffectiveAt.Seconds() + q.ClaimedOffset)
		if d.Emp, ok = im.Ledger.Directory().BadgeHolder(badgeMAC, q.Device, local); !ok {
			continue
		}
		_, err := im.Ledger.Do(ctx, ledger.Request{
			ID: "attribute:" + q.Row, Actor: im.Actor, Correlation: q.Batch, Command: timecard.RecordPunches{Punches: []timecard.RecordPunch{{Details: d}}},
		})
		if err != nil {
			return n, fmt.Errorf("record row %s: %w", q.Row, err)
		}
		_, err = im.Ledger.Do(ctx, ledger.Request{
			ID: "attributed:" + q.Row, Actor: im.Actor, Correlation: q.Batch,
			Command: place.AttributePunches{Device: q.Device, ReceivedOn: domain.DateOfUnix(q.ReceivedAt.Seconds()), Rows: []string{q.Row}, Emp: d.Emp},
		})
		if err != nil {
			return n, fmt.Errorf("attribute row %s: %w", q.Row, err)
		}
		n++
	}
	return n, nil
}

func waitingDetails(q place.PunchQuarantined) timecard.PunchDetails {
	return timecard.PunchDetails{
		Punch: q.Row, Dir: timecard.Direction(q.Dir), ClaimedAt: q.ClaimedAt, ClaimedOffset: q.ClaimedOffset, ReceivedAt: q.ReceivedAt,
		EffectiveAt: q.EffectiveAt, TimeSource: timecard.TimeSource(q.TimeSource), Device: q.Device, DeviceSeq: q.DeviceSeq,
		Channel: timecard.ChannelImport, Place: timecard.PlaceOffice, Batch: q.Batch, Line: q.Line,
		Status: q.Status, Verify: q.Verify, WorkCode: q.WorkCode,
	}
}
