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

	"github.com/punchledger/punchledger/domain"
	"github.com/punchledger/punchledger/domain/place"
	"github.com/punchledger/punchledger/domain/timecard"
	"github.com/punchledger/punchledger/domain/zone"
	"github.com/punchledger/punchledger/eventstore"
	"github.com/punchledger/punchledger/eventstore/ledger"
)

// The verdicts of rows.
const (
	VerdictAccepted   = "accepted"
	VerdictHeld       = "held"
	VerdictRejected   = "rejected"
	VerdictDuplicate  = "duplicate"      // the ledger has the row already, or the file has it twice
	VerdictConflict   = "conflict"       // the ledger, or the file, has the row with another time or direction
	VerdictUnknown    = "unknown_person" // waits in quarantine
	VerdictClockReset = "clock_reset"    // waits in quarantine: the clock had lost its time
	VerdictBad        = "bad_row"
)

// ReasonConflict stands on the lines of VerdictConflict.
const ReasonConflict = "conflict"

// ReasonClockFix stands on a punch that was recorded with the time that a correction of its clock gives.
const ReasonClockFix = "clock_fix"

// Importer brings the lines of a clock export into the ledger.
type Importer struct {
	Ledger *ledger.Ledger
	// Store and Codec read the log that Ledger writes. Without them a row that a timecard holds with other content counts as a
	// duplicate, a row is looked for in its own month only, and batches are known on the day of their receipt only.
	Store eventstore.Store
	Codec *eventstore.Codec
	// Open opens the notes of rows in quarantine for their timecards. Without it they stay in quarantine.
	Open     func(ctx context.Context, stream, eventType string, s domain.Secret) ([]byte, error)
	MAC      func(badge string) string // what stands for a badge number in the log
	NewID    func() string
	Now      func() time.Time
	Actor    domain.Actor
	Device   string // enrolled on first use, as an import source
	Zone     string // in which the file's clock ran
	Format   string
	FileName string
	Size     int64  // of the file in bytes, or a guess
	Scratch  string // folder for what does not fit into memory; the system's when empty
	PartRows int    // rows held in memory at once; a number that suits most machines when 0
	SHA256   string // of the file, in hexadecimal
	DryRun   bool   // decide and count, write nothing
	// Recorded hears of every receipt that holds events as soon as it is durable, one at a time; may be nil.
	Recorded func(ledger.Receipt)
	// Fixes are the corrections of a device's clock that hold; those that were recorded when nil.
	Fixes func(device string) []place.ClockFix
	// Holder says who holds a badge on a date; as recorded when nil.
	Holder func(badgeMAC, device string, date domain.Date) (emp string, known bool)
	// Correlation joins what Attribute writes with the act that it is part of; else it is the import of the rows.
	Correlation string
	Progress    func(rows int)
}

// Report is what became of a file: a verdict for every row.
type Report struct {
	Batch     string         `json:"batch,omitempty"` // empty when nothing was added
	Rows      int            `json:"rows"`
	Counts    map[string]int `json:"counts"`
	Bad       []Bad          `json:"bad,omitempty"`         // the first thousand, as of the lists below; Counts has all
	Reset     []Bad          `json:"clock_reset,omitempty"` // rows from before the floor, kept in quarantine
	Conflicts []Bad          `json:"conflicts,omitempty"`   // rows that the ledger, or a line before, holds with other content
	Judged    []Judged       `json:"judged,omitempty"`      // punches that are held or rejected
	Found     []Finding      `json:"found,omitempty"`
}

// Judged is a punch that the ledger recorded and does not count.
type Judged struct {
	Line    int      `json:"line"`
	Emp     string   `json:"emp"`
	Verdict string   `json:"verdict"` // held or rejected
	Reasons []string `json:"reasons"`
}

// workers is how many timecards are written at once, so that the log commits them together.
const workers = 32

// chunk is how many punches one append holds: far below the limit of every log.
const chunk = 250

// Run reads all lines, then records them, a large file part by part. Rows of one timecard keep their order within a part. Every row has a verdict; a bad row does not stop
// the rest. Running the same file again adds nothing, and after an interruption what was missing.
func (im *Importer) Run(ctx context.Context, lines *Reader) (Report, error) {
	p := &plan{
		importer: im, report: Report{Counts: map[string]int{}, Found: lines.Found()},
		cards: map[string][]timecard.RecordPunch{}, received: domain.InstantOf(im.Now()), seen: map[string]holding{},
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
	p.past = im.waiting()
	for line, bad := range lines.Lines() {
		if err := p.read(line, bad); err != nil {
			return p.report, err
		}
	}
	if err := lines.Err(); err != nil {
		return p.report, err
	}
	if err := p.work(ctx); err != nil {
		return p.report, err
	}
	p.report.Bad, p.report.Reset, p.report.Conflicts = first(p.report.Bad), first(p.report.Reset), first(p.report.Conflicts)
	slices.SortFunc(p.report.Judged, func(a, b Judged) int { return cmp.Compare(a.Line, b.Line) })
	return p.report, p.close(ctx)
}

// enrol makes the device known where it is not. A known one keeps its zone: read in another, every time of the file would be wrong.
func (im *Importer) enrol(ctx context.Context) error {
	d := im.Ledger.Directory().Device(im.Device)
	if d.Exists() && d.TZ != "" && d.TZ != im.Zone {
		return domain.NewError(domain.Conflict, "zone_differs", "device", im.Device, "enrolled", d.TZ, "given", im.Zone)
	}
	if d.Exists() || im.DryRun {
		return nil
	}
	r, err := im.Ledger.Do(ctx, ledger.Request{
		ID: "enrol:" + im.Device, Actor: im.Actor, Command: place.EnrolDevice{Device: im.Device, Kind: place.Import, TZ: im.Zone},
	})
	if err == nil && im.Recorded != nil {
		im.Recorded(r)
	}
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
	rows     []row // of the part that is in memory
	parts    *spill
	packed   packer
	macs     map[string]string
	past     history
	cards    map[string][]timecard.RecordPunch // by stream, in the file's order
	order    []string
	unknown  []place.UnknownPunch
	seen     map[string]holding // rows of the file so far
	known    int                // rows that need no writing
	last     domain.Seconds     // effective time of the row before: orders a repeated hour

	mu    sync.Mutex
	added int
}

// row is a line with what it says by itself.
type row struct {
	Line
	bad     *Bad // the clock had lost its time
	mac     string
	id      string
	told    domain.Seconds // the instant that the clock told
	at      domain.Seconds // the instant that counts
	claimed domain.Seconds // offset from UTC that its time was read with
	reasons []string
}

// read takes a line as far as it can be understood alone.
func (p *plan) read(line Line, bad *Bad) error {
	p.report.Rows++
	if bad != nil && !bad.Held() {
		p.report.Counts[VerdictBad]++
		p.report.Bad = listed(p.report.Bad, *bad)
		return nil
	}
	r := row{Line: line, bad: bad, mac: p.macOf(cmp.Or(line.Badge, line.Employee))}
	r.at, r.claimed, r.reasons = p.effective(line)
	r.told = r.at
	r.id = p.importer.identity(line, r.mac)
	if bad == nil {
		p.last = r.at
	}
	return p.take(r)
}

// judge plans what is to be written of a row, if anything is.
func (p *plan) judge(r *row) {
	fixed := p.correct(r)
	if r.bad != nil && !fixed {
		p.report.Reset = listed(p.report.Reset, *r.bad)
	}
	if p.holds(r) {
		return
	}
	if r.bad != nil && !fixed {
		p.quarantine(r, VerdictClockReset)
		return
	}
	emp, known := p.owner(r)
	if !known {
		p.quarantine(r, VerdictUnknown)
		return
	}
	d := timecard.PunchDetails{
		Emp: emp, Punch: r.id, Dir: timecard.Direction(r.Dir), ClaimedAt: r.Wall, ClaimedOffset: r.claimed,
		ReceivedAt: p.received, EffectiveAt: r.at.Instant(), TimeSource: p.source(), Device: p.device, DeviceSeq: r.seq(),
		Channel: timecard.ChannelImport, Place: timecard.PlaceOffice, Reasons: r.reasons,
		Sealed: timecard.Evidence{Note: domain.NewSecret(domain.ClassText, r.Note)},
		Batch:  p.batch, Line: r.Number, Status: r.Status, Verify: r.Verify, WorkCode: workCode(r.WorkCode),
	}
	stream := d.Card().Stream()
	if p.cards[stream] == nil {
		p.order = append(p.order, stream)
	}
	p.cards[stream] = append(p.cards[stream], timecard.RecordPunch{Details: d})
}

// correct gives a row the time of a correction that was recorded for its clock before: a file may come again, or late.
func (p *plan) correct(r *row) bool {
	if p.device == "" {
		return false
	}
	fix, ok := p.importer.fixFor(p.device, r.seq(), p.batch, int64(r.Number), r.claimedAt())
	if ok {
		r.at = fix.Corrected(r.claimedAt()).Seconds()
		r.reasons = append(slices.Clone(r.reasons), ReasonClockFix)
	}
	return ok
}

// holds reports whether a row stands in the file or the ledger already, and counts it then.
func (p *plan) holds(r *row) bool {
	held, ok := p.seen[r.id]
	if !ok {
		held, ok = p.past.rows[r.id]
	}
	if !ok {
		held, ok = p.waits(r)
	}
	if !ok {
		p.seen[r.id] = r.holding()
		return false
	}
	p.seen[r.id] = holding{at: held.at, dir: held.dir, wall: held.wall}
	verdict := VerdictDuplicate
	switch {
	case !held.same(r):
		verdict = VerdictConflict
		p.conflict(r, held)
	case held.batch == p.batch && held.line == r.Number && !p.past.batches[p.batch].recorded:
		verdict = held.verdict // this import was interrupted after it
	}
	p.report.Counts[verdict]++
	p.known++
	return true
}

func (p *plan) conflict(r *row, held holding) {
	p.report.Conflicts = listed(p.report.Conflicts, Bad{
		Line: r.Number, Reason: ReasonConflict, Args: map[string]string{"at": held.at.String(), "dir": held.dir}, Raw: printable(r.Raw),
	})
}

// waits returns what quarantine holds of a row. One whose owner is known by now is recorded, unless it has other content.
func (p *plan) waits(r *row) (holding, bool) {
	held, waiting := p.past.waiting[r.id]
	owner, quarantined := p.importer.Ledger.Directory().Quarantined(r.id)
	if !quarantined || !waiting && owner == "" { // not there, or taken back with its import
		return holding{}, false
	}
	if !waiting { // it was attributed: its timecard tells
		held = r.holding()
	}
	if _, known := p.owner(r); known && r.bad == nil && held.same(r) {
		return holding{}, false
	}
	return held, true
}

// owner returns whose a row is.
func (p *plan) owner(r *row) (emp string, known bool) {
	if r.Employee != "" {
		return r.Employee, p.importer.Ledger.Directory().Employee(r.Employee).Exists()
	}
	return p.importer.Ledger.Directory().BadgeHolder(r.mac, p.importer.Device, p.zone.DateOf(r.at))
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

// effective resolves the wall clock of a line, and returns the offset that it was read with. In a repeated hour the order of the
// file decides; a time that the clock jumped over counts as the instant of the jump and says so.
func (p *plan) effective(line Line) (at, offset domain.Seconds, reasons []string) {
	if line.Offset != "" {
		if t, err := time.Parse(time.RFC3339, line.Wall+line.Offset); err == nil {
			_, east := t.Zone()
			return domain.Seconds(t.Unix()), domain.Seconds(east), nil
		}
	}
	t, err := time.Parse("2006-01-02T15:04:05", line.Wall)
	if err != nil {
		panic(fmt.Sprintf("terminal: line %d has the time %q", line.Number, line.Wall)) // the reader has checked it
	}
	wall := domain.Seconds(t.Unix())
	both := p.zone.Occurrences(wall)
	switch {
	case len(both) == 0:
		date := domain.DateOfUnix(wall)
		at, reasons = p.zone.Start(date, wall-date.Unix()), []string{"wall_in_gap"}
	case len(both) > 1 && p.last > both[0] && p.last <= both[1]: // a later row before it says nothing: the file has another order
		at = both[1]
	default:
		at = both[0]
	}
	return at, p.zone.Offset(at), reasons
}

// identity names a row: the file's own id or the device's number where there is one, else what the terminal wrote, never what was
// made of it: the same row is the same however the file is read. The badge enters by its MAC, so that nobody guesses it from the name.
func (im *Importer) identity(line Line, mac string) string {
	key := []string{im.Device, cmp.Or(line.Employee, mac), line.Wall, line.Offset}
	switch {
	case line.Ref != "":
		key = []string{im.Device, "ref", line.Ref}
	case line.DeviceSeq != nil:
		key = []string{im.Device, "seq", strconv.FormatInt(*line.DeviceSeq, 10)}
	case line.Status != nil:
		key = append(key, strconv.Itoa(*line.Status))
	}
	sum := sha256.Sum256([]byte(strings.Join(key, "\x00")))
	return "p" + hex.EncodeToString(sum[:15])
}

func (p *plan) quarantine(r *row, why string) {
	p.report.Counts[why]++
	p.unknown = append(p.unknown, place.UnknownPunch{
		Row: r.id, DeviceSeq: r.seq(), Badge: cmp.Or(r.Badge, r.Employee), BadgeMAC: r.mac,
		ClaimedAt: r.Wall, ClaimedOffset: r.claimed, EffectiveAt: r.at.Instant(), TimeSource: string(p.source()), Dir: string(r.Dir),
		Batch: p.batch, Line: r.Number, Status: r.Status, Verify: r.Verify, WorkCode: workCode(r.WorkCode),
		Note: domain.NewSecret(domain.ClassText, r.Note), Reasons: r.reasons, Why: why,
	})
}

func (r *row) seq() int64 {
	if r.DeviceSeq == nil {
		return 0
	}
	return *r.DeviceSeq
}
