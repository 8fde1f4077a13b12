// Package metrics counts and measures what a process does, for Prometheus.
//
// No label holds anything of a person, an id or a text that somebody wrote: labels are templates of routes, classes of statuses, outcomes,
// kinds of endpoints and numbers of shards. There is one registry for each Metrics and none for the process, so nothing that a library
// counts comes along unseen.
package metrics

import (
	"bytes"
	"context"
	"fmt"
	"regexp"
	"strconv"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/common/expfmt"
)

// latencies are the upper ends of the classes of durations, in seconds: from a flush of a fast disk to what nobody waits for.
var latencies = []float64{.0005, .001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10}

// Metrics is what one process counts. It is safe for concurrent use.
type Metrics struct {
	registry *prometheus.Registry

	appended prometheus.Counter
	appends  *prometheus.HistogramVec
	punches  *prometheus.CounterVec
	requests *prometheus.CounterVec
	answers  *prometheus.HistogramVec
	relayed  *prometheus.CounterVec

	mu    sync.Mutex // one look at a time: it is written into the gauges below
	look  func(ctx context.Context) State
	state gauges
}

// New returns the metrics of a process of a build. Nothing is looked at until Watch.
func New(build string) *Metrics {
	m := &Metrics{
		registry: prometheus.NewRegistry(),
		appended: prometheus.NewCounter(prometheus.CounterOpts{
			Name: "punchledger_appended_events_total", Help: "Events that this process has appended.",
		}),
		appends: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name: "punchledger_append_seconds", Help: "From the wish to append until it is durable, by how it ended.", Buckets: latencies,
		}, []string{"result"}),
		punches: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "punchledger_punches_total", Help: "Punches that were recorded, by what became of them at once.",
		}, []string{"outcome"}),
		requests: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "punchledger_http_requests_total", Help: "Requests that were answered, by route and class of status.",
		}, []string{"route", "class"}),
		answers: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name: "punchledger_http_request_seconds", Help: "From the head of a request to the end of its answer.", Buckets: latencies,
		}, []string{"route"}),
		relayed: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "punchledger_relay_messages_total", Help: "Attempts to hand an event to a receiver, by kind of endpoint and how they ended.",
		}, []string{"kind", "result"}),
		state: newGauges(),
	}
	about := prometheus.NewGauge(prometheus.GaugeOpts{
		Name: "punchledger_build_info", Help: "1, with the build that evaluates.", ConstLabels: prometheus.Labels{"version": build},
	})
	about.Set(1)
	m.registry.MustRegister(
		collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}),
		about, m.appended, m.appends, m.punches, m.requests, m.answers, m.relayed,
	)
	m.state.register(m.registry)
	m.begin()
	return m
}

// begin makes the series that there will be, so that they count from nought: a rate has no gap at the first failure.
func (m *Metrics) begin() {
	for _, r := range results {
		m.appends.WithLabelValues(r)
	}
	for _, o := range outcomes {
		m.punches.WithLabelValues(o)
	}
	for _, k := range kinds {
		for _, r := range []string{taken, refused, unreachable} {
			m.relayed.WithLabelValues(k, r)
		}
	}
}

// Watch says how the state of things is found out that is looked at with each reading.
func (m *Metrics) Watch(look func(ctx context.Context) State) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.look = look
}

// Answered counts a request. Route is the template of its path, empty where there is none.
func (m *Metrics) Answered(route string, status int, took time.Duration) {
	if route == "" {
		route = "none"
	}
	m.requests.WithLabelValues(route, class(status)).Inc()
	m.answers.WithLabelValues(route).Observe(took.Seconds())
}

// class is 2xx, 4xx and so on; none where nothing was answered.
func class(status int) string {
	if status < 100 || status > 599 {
		return "none"
	}
	return strconv.Itoa(status/100) + "xx"
}

// Text looks at the state of things and writes everything in the text format of Prometheus, with the type of its content.
func (m *Metrics) Text(ctx context.Context) (text []byte, contentType string, err error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.look != nil {
		m.state.set(m.look(ctx))
	}
	families, err := m.registry.Gather()
	if err != nil {
		return nil, "", fmt.Errorf("gather metrics: %w", err)
	}
	format := expfmt.NewFormat(expfmt.TypeTextPlain)
	var out bytes.Buffer
	to := expfmt.NewEncoder(&out, format)
	for _, f := range families {
		if err := to.Encode(f); err != nil {
			return nil, "", fmt.Errorf("write %s: %w", f.GetName(), err)
		}
	}
	return out.Bytes(), string(format), nil
}

// Names are those of everything that can be shown of this program, whether or not it is shown now.
func (m *Metrics) Names() []string {
	described := make(chan *prometheus.Desc)
	go func() {
		defer close(described)
		m.registry.Describe(described)
	}()
	var out []string
	for d := range described {
		if name := descName.FindStringSubmatch(d.String()); name != nil {
			out = append(out, name[1])
		}
	}
	return out
}

// descName finds the name in the text of a description, which has no other way to tell it.
var descName = regexp.MustCompile(`fqName: "([^"]+)"`)
