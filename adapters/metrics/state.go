package metrics

import (
	"strconv"
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

// State is what is looked at with each reading. What is nil is not known, and not shown.
type State struct {
	Head     *uint64        // position of the last event that this process knows of
	Views    *Views         // nil: this process has none to look at
	Disk     *Disk          // where the data folder is
	Clock    *Clock         // of a process that writes
	BackedUp *time.Time     // when the newest backup was taken
	Poisoned map[string]int // events in poison queues, by kind of endpoint
}

// Views say how far views have come; without shards they could not be read.
type Views struct{ Shards []Shard }

// Shard is how far a part of the views has come; undivided views are one.
type Shard struct {
	Position uint64
	Behind   time.Duration // since the first event that they do not show was recorded; 0 where they show all
}

// Disk is the room on a file system.
type Disk struct{ Free, Size uint64 }

// Clock is what the ledger thinks of this machine's clock.
type Clock struct {
	Believed bool          // it is not far ahead of the last event
	Behind   time.Duration // how far it is behind the last event
}

// gauges show a State. All are vectors, also those without labels: what is not known has no series.
type gauges struct {
	head, up, position, events, seconds, free, size, believed, behind, backup, poisoned *prometheus.GaugeVec
}

func newGauges() gauges {
	gauge := func(name, help string, labels ...string) *prometheus.GaugeVec {
		return prometheus.NewGaugeVec(prometheus.GaugeOpts{Name: "punchledger_" + name, Help: help}, labels)
	}
	return gauges{
		head:     gauge("log_position", "Position of the last event."),
		up:       gauge("views_up", "1 where the views could be read, else 0."),
		position: gauge("views_position", "Position of the last event that the views show.", "shard"),
		events:   gauge("views_lag_events", "Events that the views do not show yet.", "shard"),
		seconds:  gauge("views_lag_seconds", "Age of the first event that the views do not show yet.", "shard"),
		free:     gauge("disk_free_bytes", "Room left where the data folder is."),
		size:     gauge("disk_size_bytes", "Size of the file system where the data folder is."),
		believed: gauge("clock_believed", "0 where the clock is so far ahead of the last event that nothing is written."),
		behind:   gauge("clock_behind_seconds", "How far the clock is behind the last event."),
		backup:   gauge("last_backup_timestamp_seconds", "When the newest backup was taken, where one is known."),
		poisoned: gauge("relay_poisoned_events", "Events in poison queues, by kind of endpoint.", "kind"),
	}
}

func (g *gauges) all() []*prometheus.GaugeVec {
	return []*prometheus.GaugeVec{g.head, g.up, g.position, g.events, g.seconds, g.free, g.size, g.believed, g.behind, g.backup, g.poisoned}
}

func (g *gauges) register(r *prometheus.Registry) {
	for _, one := range g.all() {
		r.MustRegister(one)
	}
}

// set shows a state in the place of the one before.
func (g *gauges) set(s State) {
	for _, one := range g.all() {
		one.Reset()
	}
	if s.Head != nil {
		g.head.WithLabelValues().Set(float64(*s.Head))
	}
	if s.Views != nil {
		g.views(*s.Views, s.Head)
	}
	if s.Disk != nil {
		g.free.WithLabelValues().Set(float64(s.Disk.Free))
		g.size.WithLabelValues().Set(float64(s.Disk.Size))
	}
	if s.Clock != nil {
		g.believed.WithLabelValues().Set(oneIf(s.Clock.Believed))
		g.behind.WithLabelValues().Set(s.Clock.Behind.Seconds())
	}
	if s.BackedUp != nil {
		g.backup.WithLabelValues().Set(float64(s.BackedUp.UnixMilli()) / 1000)
	}
	for kind, n := range s.Poisoned {
		g.poisoned.WithLabelValues(kind).Set(float64(n))
	}
}

func (g *gauges) views(v Views, head *uint64) {
	g.up.WithLabelValues().Set(oneIf(len(v.Shards) > 0))
	for i, s := range v.Shards {
		shard := strconv.Itoa(i)
		g.position.WithLabelValues(shard).Set(float64(s.Position))
		g.seconds.WithLabelValues(shard).Set(s.Behind.Seconds())
		if head != nil {
			g.events.WithLabelValues(shard).Set(float64(max(*head, s.Position) - s.Position))
		}
	}
}

func oneIf(is bool) float64 {
	if is {
		return 1
	}
	return 0
}
