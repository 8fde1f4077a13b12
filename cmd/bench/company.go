package main

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"path/filepath"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/punchledger/punchledger/adapters/sqlite"
	"github.com/punchledger/punchledger/domain"
	"github.com/punchledger/punchledger/domain/access"
	"github.com/punchledger/punchledger/domain/place"
	"github.com/punchledger/punchledger/eventstore/ledger"
	"github.com/punchledger/punchledger/eventstore/vault"
)

// company is a ledger whose people have phones, and are logged in on them.
type company struct {
	program, dir string
	phones       []*phone
}

// Where everybody punches, in ten-millionths of a degree.
const gateLat, gateLon = 399_042_123, 1_164_074_000

// personnel may ask who is in.
const personnel = "hr"

// theCompany returns the ledger of all scenarios under load.
func (b *bench) theCompany(ctx context.Context) (*company, error) {
	if b.company != nil {
		return b.company, nil
	}
	program, err := b.program(ctx)
	if err != nil {
		return nil, err
	}
	c := &company{program: program, dir: filepath.Join(b.dir, "company")}
	staff, now := filepath.Join(b.dir, "company.csv"), time.Now()
	if err := writeStaff(staff, b.staff, now.AddDate(0, 0, -1).Format(time.DateOnly)); err != nil {
		return nil, err
	}
	o := office{program: program, dir: c.dir}
	for _, args := range [][]string{
		{"init"},
		{"rules", "publish", "cn-bj-office", "--from", "2026-01-01"},
		{"groups", "add", "office"},
		{"groups", "bind", "office", "cn-bj-office", "--from", "2026-01-01"},
		{"sites", "add", "gate", "--name", "Gate", "--tz", "Asia/Shanghai"},
		{"people", "import", staff},
	} {
		if err := o.command(ctx, args...); err != nil {
			return nil, err
		}
	}
	if err := c.equip(ctx, b.staff, domain.InstantOf(now)); err != nil {
		return nil, fmt.Errorf("give phones to %d people: %w", b.staff, err)
	}
	b.company = c
	b.noteLoad("%d people with a confirmed phone each, half with keys of P-256, inside the fence of a site; rules cn-bj-office; each has a session and was last seen %s ago; the log of requests is written to a file", b.staff, lastSeen)
	return c, nil
}

// equip gives everybody a phone and a session on it. The program's own commands would take a process for each.
func (c *company) equip(ctx context.Context, staff int, now domain.Instant) (err error) {
	l, origin, done, err := openLedger(ctx, c.dir)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, done()) }()
	do := func(id string, command ledger.Command) error {
		_, err := l.Do(ctx, ledger.Request{ID: id, Command: command, Actor: domain.Actor{Kind: domain.ActorAdmin, ID: "admin"}})
		return err
	}
	fence := place.Fence{
		ID: "f1", Shape: place.Circle, CRS: place.WGS84, Points: []place.Point{{Lat: gateLat / 1e7, Lon: gateLon / 1e7}}, RadiusM: 200,
	}
	today := domain.DateOfUnix(now.Seconds())
	err = errors.Join(
		do("fence", place.SetFences{Site: "gate", Version: 1, EffectiveFrom: now - 10*domain.Day.Instant(), Fences: []place.Fence{fence}}),
		do("grant", access.GrantAccess{
			Principal: personnel, Grant: "g1", Role: access.HR, From: today - 1, To: today + 30, Purpose: "bench", ActorID: "admin", AtMachine: true,
		}))
	if err != nil {
		return err
	}
	var g errgroup.Group
	g.SetLimit(64)
	for n := range staff {
		emp := employee(n)
		p, err := newPhone(origin, "d."+emp, emp, n%2 == 1)
		if err != nil {
			return err
		}
		p.BootedAt = now - domain.Day.Instant()
		c.phones = append(c.phones, p)
		g.Go(func() error {
			return errors.Join(
				do("enrol."+emp, place.EnrolDevice{Device: p.Device, Kind: place.Phone, PublicKey: p.PublicKey}),
				do("bind."+emp, place.BindDevice{Device: p.Device, Emp: emp, Now: now}),
				do("confirm."+emp, place.ConfirmDevice{Device: p.Device, By: "admin", How: "in_person", Now: now}))
		})
	}
	if err := g.Wait(); err != nil {
		return err
	}
	return c.logIn(ctx, now)
}

func employee(n int) string { return fmt.Sprintf("e%05d", n) }

// openLedger opens a ledger for writing as the program does.
func openLedger(ctx context.Context, dir string) (l *ledger.Ledger, origin string, done func() error, err error) {
	log, err := sqlite.OpenLog(filepath.Join(dir, "ledger.db"), sqlite.LogOptions{})
	if err != nil {
		return nil, "", nil, err
	}
	done = log.Close
	epoch, err := vault.LoadEpochKey(dir + ".kek")
	if err != nil {
		return nil, "", nil, errors.Join(err, done())
	}
	keys, err := sqlite.OpenVault(filepath.Join(dir, "vault.db"), sqlite.VaultOptions{})
	if err != nil {
		return nil, "", nil, errors.Join(err, done())
	}
	done = func() error { return errors.Join(keys.Close(), log.Close()) }
	sealer, err := vault.New(ctx, keys, epoch, vault.Options{})
	if err == nil {
		l, err = ledger.Open(ctx, ledger.Options{Store: log, Codec: ledger.NewCodec(), Sealer: sealer})
	}
	if err != nil {
		return nil, "", nil, errors.Join(err, done())
	}
	return l, l.Directory().Org().Origin, done, nil
}

// lastSeen is how long ago the phones were used when the load begins: some hours, as when a shift starts.
const lastSeen = 5 * time.Hour

// logIn keeps a session for everybody, as adapters/identity does: to hash a password for each would take minutes.
func (c *company) logIn(ctx context.Context, now domain.Instant) (err error) {
	state, err := sqlite.OpenState(filepath.Join(c.dir, "state.db"), sqlite.StateOptions{Create: true})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, state.Close()) }()
	var g errgroup.Group
	g.SetLimit(64)
	g.Go(func() error { return keepSession(ctx, state, personnel, now, now) })
	for _, p := range c.phones {
		g.Go(func() error { return keepSession(ctx, state, p.Emp, now, now-domain.Instant(lastSeen.Milliseconds())) })
	}
	return g.Wait()
}

func keepSession(ctx context.Context, state *sqlite.State, who string, now, seen domain.Instant) error {
	body, err := json.Marshal(access.Session{
		ID: who, Principal: who, CreatedAt: seen, AuthenticatedAt: seen, SeenAt: seen, Client: "bench", Strong: true, Confirmed: true,
		Methods: []access.CredentialKind{access.Passkey}, Credentials: []string{who},
	})
	if err != nil {
		return err
	}
	key := sha256.Sum256([]byte("session:" + sessionOf(who)))
	_, err = state.Put(ctx, access.Entry{
		Kind: access.SessionEntry, Key: hex.EncodeToString(key[:]), Principal: who, Body: body,
		ExpiresAt: now + domain.Instant(access.EmployeeAbsolute.Milliseconds()),
	})
	return err
}

// sessionOf is the secret of somebody's session.
func sessionOf(who string) string {
	sum := sha256.Sum256([]byte("session of " + who))
	return base64.RawURLEncoding.EncodeToString(sum[:])
}
