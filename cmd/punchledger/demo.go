package main

import (
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"math/rand/v2"
	"time"

	"github.com/google/uuid"

	"github.com/punchledger/punchledger/domain"
)

type demoCmd struct {
	People int    `help:"How many people." default:"120"`
	Days   int    `help:"How many days." default:"90"`
	Seed   uint64 `help:"The same seed writes the same company." default:"1"`
	Until  string `help:"Last day of the story." default:"2026-10-31" placeholder:"DATE"`
}

// Bounds of a sample company: enough to try things out, and a story clock inside the zone archive.
const (
	demoMaxPeople = 5000
	demoMinDays   = 7
	demoMaxDays   = 400
)

var demoFirst, demoLast = domain.NewDate(2021, 1, 1), domain.NewDate(2099, 12, 31)

// Run writes the sample company and prints its tour.
func (cmd *demoCmd) Run(c *console) error {
	until, err := cmd.check()
	if err != nil {
		return err
	}
	b, err := begin(c.cfg.Data, c.cfg.KEK)
	if err != nil {
		return err
	}
	defer b.abandon()
	s, err := newSample(c, cmd, until)
	if err != nil {
		return err
	}
	if s.w, err = openParts(c.ctx, opening{
		data: c.cfg.Data, log: c.cfg.LogAt, kek: c.cfg.KEK, sign: c.cfg.SignKey, parts: c.parts(), now: s.clock.now, seeded: newSeeded(cmd.Seed), create: true,
	}); err != nil {
		return err
	}
	if err := errors.Join(s.write(), s.w.Close()); err != nil {
		return fmt.Errorf("write the sample company: %w", err)
	}
	if err := errors.Join(b.finish(), c.claimParts()); err != nil {
		return err
	}
	return s.tour().print(c)
}

// check returns the last day of the story.
func (cmd *demoCmd) check() (domain.Date, error) {
	until, err := optionalDate("until", cmd.Until)
	if err != nil {
		return 0, err
	}
	for _, x := range []struct {
		flag, want string
		ok         bool
	}{
		{"--people", fmt.Sprintf("1 to %d", demoMaxPeople), 1 <= cmd.People && cmd.People <= demoMaxPeople},
		{"--days", fmt.Sprintf("%d to %d", demoMinDays, demoMaxDays), demoMinDays <= cmd.Days && cmd.Days <= demoMaxDays},
		{"--until", fmt.Sprintf("%s to %s", demoFirst, demoLast), demoFirst <= until && until <= demoLast},
	} {
		if !x.ok {
			return 0, domain.NewError(domain.Invalid, "out_of_bounds", "field", x.flag, "want", x.want)
		}
	}
	return until, nil
}

// storyClock is the clock of the story: it stands where the act that is being written stands.
type storyClock struct{ at domain.Instant }

func (k *storyClock) now() time.Time { return k.at.Time() }

// seeded draws ids and salts from a seed, so that the same demo is written twice. It is for the demo only.
type seeded struct{ rng *rand.ChaCha8 }

func newSeeded(seed uint64) *seeded {
	var b [8]byte
	binary.BigEndian.PutUint64(b[:], seed)
	return &seeded{rand.NewChaCha8(sha256.Sum256(b[:]))}
}

// Read implements io.Reader.
func (s *seeded) Read(p []byte) (int, error) { return s.rng.Read(p) }

// id returns the next id.
func (s *seeded) id() string { return uuid.Must(uuid.NewRandomFromReader(s)).String() }
