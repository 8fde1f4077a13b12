package main

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"math"
	"math/rand/v2"
	"net/http"
	"net/url"
	"os"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"
)

// strain is what a scenario under load showed.
type strain struct {
	name     string
	asked    float64 // punches a second that were to be sent
	answered float64 // punches a second that were accepted
	took     []time.Duration
	faults   map[string]int
	lag      []time.Duration // from the answer until the views show it; nil where there are no views
	cpu      time.Duration   // of the server for each punch, until the views had all
	goal     string
}

var strainColumns = []string{
	"under load", "punches", "asked", "accepted", "errors", "p50", "p99", "p99.9", "max", "in the views: p50", "p99", "max", "server's CPU a punch", "goal",
}

func (s strain) cells() []string {
	errs := 0
	for _, n := range s.faults {
		errs += n
	}
	return []string{
		s.name, fmt.Sprint(len(s.took)), fmt.Sprintf("%.0f/s", s.asked), fmt.Sprintf("%.0f/s", s.answered), fmt.Sprint(errs),
		at(s.took, 0.5), at(s.took, 0.99), at(s.took, 0.999), at(s.took, 1), at(s.lag, 0.5), at(s.lag, 0.99), at(s.lag, 1),
		s.cpu.Round(time.Microsecond).String(), s.goal,
	}
}

func (s strain) String() string { return strings.Join(s.cells(), " | ") }

// at is the value below which a share of sorted times lies.
func at(sorted []time.Duration, share float64) string {
	if len(sorted) == 0 {
		return ""
	}
	return sorted[min(len(sorted)-1, int(share*float64(len(sorted))))].Round(10 * time.Microsecond).String()
}

// strained adds up a plan that was fired.
func strained(name string, plan []shot, seen []sight, cpu time.Duration) strain {
	s := strain{name: name, faults: map[string]int{}}
	last, good := time.Duration(0), 0
	for i := range plan {
		x := &plan[i]
		last = max(last, x.at, x.at+x.took)
		s.took = append(s.took, x.took)
		if x.fault != "" {
			s.faults[x.fault]++
			continue
		}
		good++
		if n, ok := slices.BinarySearchFunc(seen, x.position, func(v sight, p uint64) int { return cmp.Compare(v.position, p) }); ok || n < len(seen) {
			s.lag = append(s.lag, max(0, seen[n].when.Sub(x.answered)))
		}
	}
	slices.Sort(s.took)
	slices.Sort(s.lag)
	s.asked = float64(len(plan)) / plan[len(plan)-1].at.Seconds()
	s.answered = float64(good) / last.Seconds()
	s.cpu = cpu / time.Duration(max(1, good))
	return s
}

// sight is a moment at which the views showed a position.
type sight struct {
	when     time.Time
	position uint64
}

// lookEvery is how exactly the lag of the views is known.
const lookEvery = 20 * time.Millisecond

// watch looks where the views are until stop is closed.
func watch(ctx context.Context, address string, stop <-chan struct{}) (seen []sight, err error) {
	l := &line{address: address}
	defer l.hangUp()
	for {
		h, err := l.ask(ctx, request(http.MethodGet, "/readyz", address, personnel, nil))
		if err != nil {
			return seen, err
		}
		p, err := strconv.ParseUint(h.position, 10, 64)
		if err != nil {
			return seen, fmt.Errorf("/readyz says %d and no position", h.status)
		}
		if len(seen) == 0 || p > seen[len(seen)-1].position {
			seen = append(seen, sight{time.Now(), p})
		}
		select {
		case <-stop:
			return seen, nil
		case <-time.After(lookEvery):
		}
	}
}

// underLoad measures the program as phones and screens meet it: over HTTP, in a process of its own, while punches come when they come.
func (b *bench) underLoad(ctx context.Context) error {
	steady := fmt.Sprintf("load: signed punches, %.0f a second for %s", b.rate, b.lasting)
	shift := fmt.Sprintf("load: shift start of %d people in a minute", b.staff)
	if !b.only.MatchString(steady) && !b.only.MatchString(shift) {
		return nil
	}
	c, err := b.theCompany(ctx)
	if err != nil {
		return err
	}
	if b.only.MatchString(shift) {
		if err := b.shiftStart(ctx, c, shift); err != nil {
			return err
		}
	}
	if !b.only.MatchString(steady) {
		return nil
	}
	if err := b.steady(ctx, c, steady); err != nil {
		return err
	}
	if err := b.naively(ctx, c, steady+", anchor"); err != nil {
		return err
	}
	ours, anchor := b.strains[len(b.strains)-2], b.strains[len(b.strains)-1]
	b.noteLoad("for each punch the program uses %.1f times the CPU of the anchor, which verifies the same signatures and inserts the same bodies, each "+
		"durable in a transaction of its own, and neither knows who asks nor keeps order, seals, evaluates, or gives receipts",
		float64(ours.cpu)/float64(anchor.cpu))
	return nil
}

// busy is how many phones punch in the steady scenario, in turn.
const busy = 4000

// evenly plans punches at a rate.
func (b *bench) evenly(phones int) []shot {
	plan := make([]shot, int(b.rate*b.lasting.Seconds()))
	for i := range plan {
		plan[i].at, plan[i].phone = time.Duration(float64(i)/b.rate*float64(time.Second)), i%min(busy, phones)
	}
	return plan
}

func (b *bench) steady(ctx context.Context, c *company, name string) error {
	return b.serving(ctx, c, name, b.evenly(len(c.phones)), "2,000/s, CPU ≤ 250µs", nil)
}

// shiftStart lets everybody punch once, most of them around the beginning of the shift, and fetch a ticket for the next time without a
// network. Meanwhile somebody asks every second who is in.
func (b *bench) shiftStart(ctx context.Context, c *company, name string) error {
	const minute, deviation = 60.0, 10.0
	random := rand.New(rand.NewPCG(1, 2))
	plan := make([]shot, len(c.phones))
	for i := range plan {
		at := math.Mod(math.Abs(minute/2+deviation*random.NormFloat64()), minute)
		plan[i].at, plan[i].phone = time.Duration(at*float64(time.Second)), i
	}
	slices.SortFunc(plan, func(x, y shot) int { return cmp.Compare(x.at, y.at) })
	var mu sync.Mutex
	tickets := latency{name: name + ", a ticket after each punch"}
	board := latency{name: name + ", who is in, asked every second"}
	wrong := 0
	ticket := func(l *line, phone int) {
		p := c.phones[phone]
		query := url.Values{"device": {p.Device}, "boot": {p.Boot}, "mono_ms": {strconv.FormatInt(1000, 10)}}
		began := time.Now()
		h, err := l.ask(ctx, request(http.MethodGet, "/v1/tickets?"+query.Encode(), l.address, p.Emp, nil))
		took := time.Since(began)
		l.hangUp()
		mu.Lock()
		defer mu.Unlock()
		if err != nil || h.status != http.StatusOK {
			wrong++
		}
		tickets.took = append(tickets.took, took)
	}
	err := b.serving(ctx, c, name, plan, "", &meanwhile{then: ticket, board: &board})
	if err != nil {
		return err
	}
	b.alsoWaited(tickets, board)
	if wrong > 0 {
		b.noteLoad("%s: %d tickets were not given", name, wrong)
	}
	return nil
}

// meanwhile is what else is asked while punches come.
type meanwhile struct {
	then  func(l *line, phone int) // after each punch
	board *latency
}

// ask asks who is in, every second, until stop is closed.
func (m *meanwhile) ask(ctx context.Context, address string, stop <-chan struct{}) error {
	l := &line{address: address}
	defer l.hangUp()
	for {
		began := time.Now()
		h, err := l.ask(ctx, request(http.MethodGet, "/v1/presence?limit=50", address, personnel, nil))
		if err != nil {
			return err
		}
		if h.status != http.StatusOK {
			return fmt.Errorf("/v1/presence says %d", h.status)
		}
		m.board.took = append(m.board.took, time.Since(began))
		select {
		case <-stop:
			return nil
		case <-time.After(time.Second):
		}
	}
}

// serving fires a plan at the real program.
func (b *bench) serving(ctx context.Context, c *company, name string, plan []shot, goal string, also *meanwhile) (err error) {
	p, err := start(ctx, b.dir, c.program, "serve", "--data", c.dir, "--listen", "127.0.0.1:0")
	if err != nil {
		return err
	}
	defer func() {
		if stopped := p.stop(); err == nil {
			err = stopped
		}
	}()
	begin := b.ready(c, plan)
	load, before, mine := loadAverage(), time.Duration(0), cpuSeconds()
	if before, err = p.cpu(); err != nil {
		return err
	}
	stop, over := make(chan struct{}), make(chan struct{})
	var seen []sight
	var watched, asked error
	var then func(*line, int)
	var beside sync.WaitGroup
	beside.Go(func() { seen, watched = watch(ctx, p.address, over) })
	if also != nil {
		then = also.then
		beside.Go(func() { asked = also.ask(ctx, p.address, stop) })
	}
	fire(ctx, p.address, c.phones, plan, begin, then)
	close(stop)
	shown := p.shown(ctx, plan)
	after, failed := p.cpu()
	close(over)
	beside.Wait()
	for _, e := range []error{ctx.Err(), shown, failed, watched, asked} {
		if e != nil {
			return fmt.Errorf("%s: %w; the server said: %s", name, e, p.said())
		}
	}
	s := strained(name, plan, seen, after-before)
	s.goal = goal
	b.strained(s)
	b.noteLoad("%s: load average before %s; the generator used %.0f%% of a core, the server %s of memory", name, load,
		100*(cpuSeconds()-mine)/time.Since(begin).Seconds(), p.memoryUsed())
	return nil
}

// ready signs the punches and returns when the first one is due.
func (b *bench) ready(c *company, plan []shot) time.Time {
	const perPunch = 150 * time.Microsecond // to sign
	begin := time.Now().Add(time.Second + time.Duration(len(plan))*perPunch)
	sign(c.phones, plan, begin)
	if now := time.Now(); now.After(begin) {
		begin = now.Add(100 * time.Millisecond)
	}
	return begin
}

// shown waits until the views show the last punch of a plan.
func (p *process) shown(ctx context.Context, plan []shot) error {
	last := uint64(0)
	for i := range plan {
		last = max(last, plan[i].position)
	}
	l := &line{address: p.address}
	defer l.hangUp()
	for range 6000 {
		h, err := l.ask(ctx, request(http.MethodGet, "/readyz", p.address, personnel, nil))
		if err != nil {
			return err
		}
		if at, err := strconv.ParseUint(h.position, 10, 64); err == nil && at >= last {
			time.Sleep(2 * lookEvery) // so that who watches has seen it as well
			return nil
		}
		time.Sleep(100 * time.Millisecond)
	}
	return fmt.Errorf("the views do not come to position %d within ten minutes", last)
}

// said is the end of the server's log.
func (p *process) said() string {
	text, err := os.ReadFile(p.log.Name())
	if err != nil {
		return err.Error()
	}
	return string(text[max(0, len(text)-500):])
}

func (b *bench) noteLoad(format string, args ...any) {
	b.loadNotes = append(b.loadNotes, fmt.Sprintf(format, args...))
	fmt.Fprintln(b.out, b.loadNotes[len(b.loadNotes)-1])
}

func (b *bench) alsoWaited(list ...latency) {
	b.beside = append(b.beside, list...)
	for _, l := range list {
		fmt.Fprintln(b.out, l.String())
	}
}

func (b *bench) strained(s strain) {
	b.strains = append(b.strains, s)
	fmt.Fprintln(b.out, s.String())
	for _, fault := range slices.Sorted(maps.Keys(s.faults)) {
		b.noteLoad("%s: %d times %q", s.name, s.faults[fault], fault)
	}
}
