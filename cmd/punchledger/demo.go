package main

import (
	"crypto/sha256"
	"encoding/binary"
	"math/rand/v2"

	"github.com/google/uuid"
)

type demoCmd struct {
	People int    `help:"How many people." default:"120"`
	Days   int    `help:"How many days." default:"90"`
	Seed   uint64 `help:"The same seed writes the same company." default:"1"`
	Until  string `help:"Last day of the story." default:"2026-10-31" placeholder:"DATE"`
}

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
