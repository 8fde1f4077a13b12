package metrics_test

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/punchledger/punchledger/adapters/metrics"
	"github.com/punchledger/punchledger/eventstore"
	"github.com/punchledger/punchledger/eventstore/memory"
	"github.com/punchledger/punchledger/eventstore/storetest"
	"github.com/punchledger/punchledger/projections/relay"
)

// lines are those of the text of m that begin so.
func lines(t *testing.T, m *metrics.Metrics, begin string) []string {
	t.Helper()
	text, kind, err := m.Text(t.Context())
	require.NoError(t, err)
	require.Contains(t, kind, "text/plain; version=0.0.4")
	var out []string
	for line := range strings.Lines(string(text)) {
		if strings.HasPrefix(line, begin) {
			out = append(out, strings.TrimSpace(line))
		}
	}
	return out
}

func event(kind string) eventstore.Event {
	return eventstore.Event{ID: uuid.New(), Type: kind, Metadata: []byte(`{}`), Data: []byte(`{}`)}
}

func TestAppendsAreCountedOnceTheyAreDurable(t *testing.T) {
	m := metrics.New("test")
	s := m.Store(memory.New())
	_, ok := s.(eventstore.Ordered)
	require.True(t, ok, "a store with one writer stays one")
	first := []eventstore.Event{event("PunchAccepted"), event("PunchHeld"), event("SomethingElse")}
	for range 2 { // the second one repeats the first
		_, err := s.Append(t.Context(), "timecard-e1-202610", 0, first...)
		require.NoError(t, err)
	}
	_, err := s.Append(t.Context(), "timecard-e1-202610", 7, event("PunchRejected"))
	require.Error(t, err)
	_, err = s.(eventstore.Ordered).AppendInOrder(t.Context(), "timecard-e1-202610", 3, func() ([]eventstore.Event, error) {
		return []eventstore.Event{event("PunchAdded")}, nil
	})
	require.NoError(t, err)
	_, err = s.(eventstore.Ordered).AppendInOrder(t.Context(), "timecard-e1-202610", 4, func() ([]eventstore.Event, error) {
		return nil, errors.New("nothing was built")
	})
	require.Error(t, err)
	require.Equal(t, []string{"punchledger_appended_events_total 4"}, lines(t, m, "punchledger_appended_events_total"))
	require.Equal(t, []string{
		`punchledger_punches_total{outcome="accepted"} 1`, `punchledger_punches_total{outcome="added"} 1`,
		`punchledger_punches_total{outcome="held"} 1`, `punchledger_punches_total{outcome="rejected"} 0`,
	}, lines(t, m, "punchledger_punches_total"))
	require.Equal(t, []string{
		`punchledger_append_seconds_count{result="conflict"} 1`, `punchledger_append_seconds_count{result="failed"} 1`,
		`punchledger_append_seconds_count{result="repeated"} 1`, `punchledger_append_seconds_count{result="stored"} 2`,
	}, lines(t, m, "punchledger_append_seconds_count"))
}

// What is measured is the store that it was.
func TestStore(t *testing.T) {
	storetest.Run(t, func(t *testing.T) eventstore.Store { t.Helper(); return metrics.New("test").Store(memory.New()) })
}

func TestRequestsAreCountedByRouteAndClass(t *testing.T) {
	m := metrics.New("test")
	m.Answered("GET /v1/employees/{emp}", 200, 3*time.Millisecond)
	m.Answered("GET /v1/employees/{emp}", 304, time.Millisecond)
	m.Answered("", 404, time.Millisecond)
	m.Answered("", 0, time.Millisecond)
	require.Equal(t, []string{
		`punchledger_http_requests_total{class="2xx",route="GET /v1/employees/{emp}"} 1`,
		`punchledger_http_requests_total{class="3xx",route="GET /v1/employees/{emp}"} 1`,
		`punchledger_http_requests_total{class="4xx",route="none"} 1`,
		`punchledger_http_requests_total{class="none",route="none"} 1`,
	}, lines(t, m, "punchledger_http_requests_total"))
	require.Contains(t, lines(t, m, "punchledger_http_request_seconds_bucket"),
		`punchledger_http_request_seconds_bucket{route="GET /v1/employees/{emp}",le="0.0025"} 1`)
}

// publisher takes what its errors say, one after the other.
type publisher struct{ errs []error }

func (p *publisher) Publish(context.Context, relay.Message) error {
	err := p.errs[0]
	p.errs = p.errs[1:]
	return err
}

func (p *publisher) Close() error { return nil }

func TestMessagesAreCountedByKindOfEndpoint(t *testing.T) {
	m := metrics.New("test")
	away := &relay.UnavailableError{Problem: errors.New("secret-host refuses")}
	p := m.Publisher(metrics.Webhook, &publisher{[]error{nil, away, errors.New("no"), context.Canceled}})
	require.NoError(t, p.Publish(t.Context(), relay.Message{}))
	require.ErrorIs(t, p.Publish(t.Context(), relay.Message{}), error(away))
	require.Error(t, p.Publish(t.Context(), relay.Message{}))
	gone, cancel := context.WithCancel(t.Context())
	cancel()
	require.Error(t, p.Publish(gone, relay.Message{}))
	require.Equal(t, []string{
		`punchledger_relay_messages_total{kind="webhook",result="refused"} 1`,
		`punchledger_relay_messages_total{kind="webhook",result="taken"} 1`,
		`punchledger_relay_messages_total{kind="webhook",result="unreachable"} 1`,
	}, lines(t, m, `punchledger_relay_messages_total{kind="webhook"`))
	require.Len(t, lines(t, m, "punchledger_relay_messages_total"), 9, "what never happened counts from nought")
}

func TestTheStateIsThatOfTheLastLook(t *testing.T) {
	m := metrics.New("test")
	require.Empty(t, lines(t, m, "punchledger_views"), "nobody looks")
	head, at := uint64(120), time.Date(2026, 10, 31, 2, 30, 0, 0, time.UTC)
	s := metrics.State{
		Head: &head, Views: &metrics.Views{Shards: []metrics.Shard{{Position: 120}, {Position: 100, Behind: 1500 * time.Millisecond}}},
		Disk: &metrics.Disk{Free: 10, Size: 40}, Clock: &metrics.Clock{Believed: true, Behind: time.Second}, BackedUp: &at,
		Poisoned: map[string]int{metrics.Kafka: 3},
	}
	m.Watch(func(context.Context) metrics.State { return s })
	require.Equal(t, []string{
		`punchledger_views_lag_events{shard="0"} 0`, `punchledger_views_lag_events{shard="1"} 20`,
		`punchledger_views_lag_seconds{shard="0"} 0`, `punchledger_views_lag_seconds{shard="1"} 1.5`,
		`punchledger_views_position{shard="0"} 120`, `punchledger_views_position{shard="1"} 100`, "punchledger_views_up 1",
	}, lines(t, m, "punchledger_views"))
	require.Equal(t, []string{"punchledger_disk_free_bytes 10", "punchledger_disk_size_bytes 40"}, lines(t, m, "punchledger_disk"))
	require.Equal(t, []string{"punchledger_clock_behind_seconds 1", "punchledger_clock_believed 1"}, lines(t, m, "punchledger_clock"))
	require.Equal(t, []string{"punchledger_last_backup_timestamp_seconds 1.7934138e+09"}, lines(t, m, "punchledger_last_backup"))
	require.Equal(t, []string{`punchledger_relay_poisoned_events{kind="kafka"} 3`}, lines(t, m, "punchledger_relay_poisoned"))
	s = metrics.State{Views: &metrics.Views{}}
	require.Equal(t, []string{"punchledger_views_up 0"}, lines(t, m, "punchledger_views"), "they cannot be read")
	require.Empty(t, lines(t, m, "punchledger_disk"))
}

// Of this process there are the runtime's figures and ours, and nothing that a library registers for everybody.
func TestNothingElseIsShown(t *testing.T) {
	ours := regexp.MustCompile(`^(# (HELP|TYPE) )?(punchledger|go|process)_`)
	for _, line := range lines(t, metrics.New("test"), "") {
		require.Regexp(t, ours, line)
	}
}

func TestAProcessOfItsOwnAnswersForItsMetrics(t *testing.T) {
	h := metrics.New("1.2.3").Handler()
	for path, want := range map[string]struct {
		status int
		text   string
	}{
		"/livez": {200, `{"status":"ok"}`}, "/metrics": {200, `punchledger_build_info{version="1.2.3"} 1`}, "/": {404, ""}, "/debug/pprof/": {404, ""},
	} {
		w := httptest.NewRecorder()
		h.ServeHTTP(w, httptest.NewRequestWithContext(t.Context(), http.MethodGet, path, http.NoBody))
		require.Equal(t, want.status, w.Code, path)
		require.Contains(t, w.Body.String(), want.text, path)
	}
}
