package main

import (
	"fmt"
	"io"
	"path/filepath"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/punchledger/punchledger/domain"
	"github.com/punchledger/punchledger/domain/people"
	"github.com/punchledger/punchledger/domain/place"
	"github.com/punchledger/punchledger/domain/timecard"
	"github.com/punchledger/punchledger/domain/timecard/signedtest"
	"github.com/punchledger/punchledger/eventstore/ledger"
)

// BenchmarkSignedPunches decodes, verifies, records and receipts signed punches on a log of SQLite, each durable when it is
// answered: one of each of 2,000 people and phones at a time, sent by 256 at once.
func BenchmarkSignedPunches(b *testing.B) {
	const staff = 2000
	w, in, phones := signingOffice(b, staff)
	made := make([][]byte, b.N)
	now := domain.InstantOf(time.Now())
	for i := range made {
		p := phones[i%staff]
		e := p.Seal(p.Body(now, timecard.In), []byte(`{"salt":"AAAAAAAAAAAAAAAAAAAAAA","lat_e7":399042123,"lon_e7":1164074000,"accuracy_m":20,"crs":"wgs84"}`))
		made[i] = signedtest.JSON(p.Sent(e, now))
	}
	var next, failed atomic.Int64
	b.SetParallelism(128)
	used := processorTime(b)
	b.ResetTimer()
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			s, err := timecard.DecodeEnvelope(made[next.Add(1)-1])
			if err == nil {
				h := ledger.Handed{
					Actor:   domain.Actor{Kind: domain.ActorEmployee, ID: s.Emp},
					Sender:  timecard.Sender{Emp: s.Emp, Live: true},
					Network: domain.NewSecret(domain.ClassNetwork, "203.0.113.7"),
				}
				err = in.Punch(b.Context(), h, s).Err
			}
			if err != nil {
				failed.Add(1)
			}
		}
	})
	b.StopTimer()
	require.Zero(b, failed.Load())
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "punches/s")
	b.ReportMetric(float64((processorTime(b)-used).Microseconds())/float64(b.N), "cpu-us/punch")
	require.NoError(b, w.Close())
}

// processorTime is what this process has used: beside others on the machine it says more than the time that passed.
func processorTime(b *testing.B) time.Duration {
	b.Helper()
	var u syscall.Rusage
	require.NoError(b, syscall.Getrusage(syscall.RUSAGE_SELF, &u))
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// signingOffice makes a ledger with people and a confirmed phone for each.
func signingOffice(b *testing.B, staff int) (*writer, *ledger.Intake, []*signedtest.Phone) {
	b.Helper()
	dir := filepath.Join(b.TempDir(), "ledger")
	run := func(args ...string) {
		code := run(b.Context(), invocation{
			Args: append(args, "--data", dir), Dir: b.TempDir(), Getenv: func(string) string { return "" }, In: nil, Out: io.Discard, Err: io.Discard,
		})
		require.Zero(b, code, args)
	}
	run("init")
	run("rules", "publish", "cn-bj-office", "--from", "2025-01-01")
	run("groups", "add", "office")
	run("groups", "bind", "office", "cn-bj-office", "--from", "2025-01-01")
	c := newConsole(b.Context(), invocation{Getenv: func(string) string { return "" }, Out: io.Discard, Err: io.Discard}, nil)
	c.cfg.Data, c.cfg.KEK, c.cfg.SignKey, c.cfg.As = dir, dir+".kek", dir+".sign", "admin"
	w, err := openWriter(c)
	require.NoError(b, err)
	in, err := w.taking(c)
	require.NoError(b, err)
	origin := w.ledger.Directory().Org().Origin
	now := domain.InstantOf(time.Now()) - domain.Day.Instant()
	phones := make([]*signedtest.Phone, staff)
	for i := range phones {
		emp, device := fmt.Sprintf("e%d", i), fmt.Sprintf("d%d", i)
		p := signedtest.New(origin, device, emp)
		p.BootedAt = now
		phones[i] = p
		for _, command := range []ledger.Command{
			people.RegisterEmployee{Emp: emp, Name: "x", HiredOn: domain.NewDate(2025, 1, 1), Terms: people.Terms{Group: "office"}},
			place.EnrolDevice{Device: device, Kind: place.Phone, PublicKey: p.PublicKey},
			place.BindDevice{Device: device, Emp: emp, Now: now},
			place.ConfirmDevice{Device: device, By: "admin", How: "in_person", Now: now},
		} {
			_, err := w.do(c, command)
			require.NoError(b, err)
		}
	}
	return w, in, phones
}
