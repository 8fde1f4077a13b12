package sqlite_test

import (
	"fmt"
	"strings"
	"sync/atomic"
	"testing"

	"golang.org/x/sync/errgroup"

	"github.com/punchledger/punchledger/adapters/sqlite"
	"github.com/punchledger/punchledger/eventstore"
)

// punch has about the size of an accepted punch with its metadata.
func punch(stream string, n int) eventstore.Event {
	return eventstore.Event{
		ID: eventstore.EventID(stream, "c", n), Type: "PunchAccepted",
		Metadata: fmt.Appendf(nil, `{"schema":1,"command_id":"c-%d","salt":"%s","pins":"%s"}`, n, strings.Repeat("s", 43), strings.Repeat("p", 250)),
		Data:     fmt.Appendf(nil, `{"punch_id":"p-%d","direction":"in","evidence":"%s"}`, n, strings.Repeat("e", 200)),
	}
}

// BenchmarkAppend16 appends punches of 16 writers, each over 50 streams of its own in turn, and reports appends per second.
func BenchmarkAppend16(b *testing.B) {
	l := open(b, b.TempDir())
	var next atomic.Int64
	var writers errgroup.Group
	b.ResetTimer()
	for w := range 16 {
		writers.Go(func() error {
			for n := 0; next.Add(1) <= int64(b.N); n++ {
				stream := fmt.Sprintf("timecard-e%d.%d-202610", w, n%50)
				if _, err := l.Append(b.Context(), stream, eventstore.Revision(n/50), punch(stream, n)); err != nil {
					return err
				}
			}
			return nil
		})
	}
	if err := writers.Wait(); err != nil {
		b.Fatal(err)
	}
	b.StopTimer()
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "appends/s")
}

const readRecords = 100_000

func fill(b *testing.B, l *sqlite.Log) {
	b.Helper()
	for i := range readRecords / 100 {
		stream := fmt.Sprintf("timecard-e%d-202610", i)
		events := make([]eventstore.Event, 100)
		for n := range events {
			events[n] = punch(stream, n)
		}
		if _, err := l.Append(b.Context(), stream, 0, events...); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkReadAll reads a log of 100,000 punches and reports records per second.
func BenchmarkReadAll(b *testing.B) {
	l := open(b, b.TempDir())
	fill(b, l)
	b.ReportAllocs()
	for b.Loop() {
		n := 0
		for _, err := range l.ReadAll(b.Context(), 0) {
			if err != nil {
				b.Fatal(err)
			}
			n++
		}
		if n != readRecords {
			b.Fatalf("got %d records, want %d", n, readRecords)
		}
	}
	b.ReportMetric(readRecords*float64(b.N)/b.Elapsed().Seconds(), "records/s")
}
