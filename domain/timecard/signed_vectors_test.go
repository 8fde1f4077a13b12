package timecard_test

import (
	"encoding/json"
	"flag"
	"os"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/punchledger/punchledger/domain"
	"github.com/punchledger/punchledger/domain/place"
	"github.com/punchledger/punchledger/domain/timecard"
	"github.com/punchledger/punchledger/domain/timecard/signedtest"
)

var update = flag.Bool("update", false, "write the vectors of docs/punch-vectors.json anew")

// vector is one punch with what becomes of it, for those who write clients.
type vector struct {
	Name       string            `json:"name"`
	PublicKey  string            `json:"public_key"`
	KeyID      string            `json:"key_id"`
	ReceivedAt domain.Instant    `json:"received_at"`
	Envelope   timecard.Envelope `json:"envelope"`
	Body       string            `json:"body"` // the exact bytes that are signed
	Hash       string            `json:"hash"` // of them
	Want       wanted            `json:"want"`
}

type wanted struct {
	Verifies      bool                `json:"verifies"`
	EffectiveAt   domain.Instant      `json:"effective_at"`
	TimeSource    timecard.TimeSource `json:"time_source"`
	TimeClass     string              `json:"time_class"`
	UncertaintyMS int64               `json:"uncertainty_ms"`
	OffsetMS      int64               `json:"offset_ms"`
	Reasons       []string            `json:"reasons"`
}

const vectorsFile = "../../docs/punch-vectors.json"

// TestVectors keeps what other clients rely on: the bytes, hashes and signatures, and what the ledger makes of them.
func TestVectors(t *testing.T) {
	if *update {
		b, err := json.MarshalIndent(makeVectors(t), "", "  ")
		require.NoError(t, err)
		require.NoError(t, os.WriteFile(vectorsFile, append(b, '\n'), 0o644))
	}
	var vectors []vector
	b, err := os.ReadFile(vectorsFile)
	require.NoError(t, err)
	require.NoError(t, json.Unmarshal(b, &vectors))
	require.Len(t, vectors, len(makeVectors(t)))
	for _, v := range vectors {
		t.Run(v.Name, func(t *testing.T) {
			s, err := signedtest.Open(v.Envelope)
			require.NoError(t, err)
			require.Equal(t, v.Body, string(s.Bytes))
			require.Equal(t, v.Hash, s.Hash)
			key, err := place.ParseKey(v.PublicKey)
			require.NoError(t, err)
			require.Equal(t, v.KeyID, key.ID)
			require.Equal(t, v.Want.Verifies, key.Verify(s.Bytes, s.Signature))
			require.Equal(t, v.Want, becomes(t, v))
		})
	}
}

func becomes(t *testing.T, v vector) wanted {
	t.Helper()
	p, _ := enrolled("d1")
	p.PublicKey = v.PublicKey
	c, _, err := arrive(t, v.Envelope, receiving(p), v.ReceivedAt)
	require.NoError(t, err)
	d := c.Details
	return wanted{
		Verifies: d.Key != "", EffectiveAt: d.EffectiveAt, TimeSource: d.TimeSource, TimeClass: d.TimeClass, UncertaintyMS: d.UncertaintyMS,
		OffsetMS: d.OffsetMS, Reasons: append([]string{}, d.Reasons...),
	}
}

func makeVectors(t *testing.T) []vector {
	t.Helper()
	hour := domain.Hour.Instant()
	var out []vector
	add := func(name string, receivedAt domain.Instant, build func(p *signedtest.Phone) timecard.Envelope) {
		p, _ := enrolled("d1")
		e := build(p)
		s, err := signedtest.Open(e)
		require.NoError(t, err)
		key, err := place.ParseKey(p.PublicKey)
		require.NoError(t, err)
		v := vector{
			Name: name, PublicKey: p.PublicKey, KeyID: key.ID, ReceivedAt: receivedAt, Envelope: e, Body: string(s.Bytes), Hash: s.Hash,
		}
		v.Want = becomes(t, v)
		out = append(out, v)
	}
	add("Ed25519, sent at once", noon+40, func(p *signedtest.Phone) timecard.Envelope {
		return p.Sent(p.Punch(noon, timecard.In), noon)
	})
	add("P-256 with the lower s, sent at once", noon+40, func(p *signedtest.Phone) timecard.Envelope {
		return p.Sent(p.P256(true).Punch(noon, timecard.In), noon)
	})
	add("P-256 with the higher s is no signature", noon+40, func(p *signedtest.Phone) timecard.Envelope {
		return p.Sent(p.P256(false).Punch(noon, timecard.In), noon)
	})
	add("kept for three hours", noon+3*hour, func(p *signedtest.Phone) timecard.Envelope {
		return p.Sent(p.Punch(noon, timecard.In), noon+3*hour)
	})
	add("kept, the device was restarted, its clock is 90 s ahead", noon+3*hour, func(p *signedtest.Phone) timecard.Envelope {
		p.Offset = 90_000
		e := p.Punch(noon, timecard.In)
		p.Reboot(noon + hour)
		return p.Sent(e, noon+3*hour)
	})
	add("nothing but the device's clock", noon+hour, func(p *signedtest.Phone) timecard.Envelope {
		return p.Punch(noon, timecard.In)
	})
	add("the second punch names the first", noon+40, func(p *signedtest.Phone) timecard.Envelope {
		p.Punch(noon-hour, timecard.In)
		return p.Sent(p.Punch(noon, timecard.Out), noon)
	})
	add("with a place object", noon+40, func(p *signedtest.Phone) timecard.Envelope {
		object := `{"salt":"AAECAwQFBgcICQoLDA0ODw","lat_e7":399042000,"lon_e7":1164074000,"accuracy_m":30,"crs":"wgs84"}`
		return p.Sent(p.Seal(p.Body(noon, timecard.In), []byte(object)), noon)
	})
	return out
}
