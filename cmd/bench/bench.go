package main

import (
	"context"
	"fmt"
	"io"

	"github.com/punchledger/punchledger/adapters/postgres/cluster"
)

// bench is one run.
type bench struct {
	settings
	dir     string // removed at the end
	out     io.Writer
	folders int
	schemas int              // of the private PostgreSQL
	pg      *cluster.Cluster // started when the first row asks for it
	office  *office          // built when the first row asks for it
	company *company         // likewise
	// histories are the punch caches by years, built when a row asks for them.
	histories map[int]*history
	began     shares // before anything was measured

	rows      []row
	latencies []latency
	notes     []string

	whatIfNotes []string

	strains   []strain
	beside    []latency // of what else was asked under load
	loadNotes []string
}

// measure runs everything that the settings ask for.
func (b *bench) measure(ctx context.Context) error {
	for _, line := range b.surroundings() {
		fmt.Fprintln(b.out, line)
	}
	for _, part := range []func(context.Context) error{b.disk, b.appends, b.evaluations, b.reads, b.replays, b.whatIfs, b.views, b.databases, b.protocol, b.relaying, b.growth, b.underLoad} {
		if err := part(ctx); err != nil {
			return err
		}
	}
	return nil
}

// database returns the private PostgreSQL.
func (b *bench) database(ctx context.Context) (*cluster.Cluster, error) {
	if b.pg == nil {
		pg, err := cluster.Start(ctx, postgresSettings...)
		if err != nil {
			return nil, err
		}
		b.pg = pg
	}
	return b.pg, nil
}

// stop ends what the run has started.
func (b *bench) stop() {
	if b.pg == nil {
		return
	}
	if err := b.pg.Stop(); err != nil {
		fmt.Fprintln(b.out, "stop PostgreSQL:", err)
	}
}
