package eventstore_test

import (
	"crypto/sha256"
	"encoding/json"
	"os"
	"testing"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/punchledger/punchledger/eventstore"
)

type vector struct {
	Name       string                `json:"name"`
	Stream     string                `json:"stream"`
	Revision   eventstore.Revision   `json:"revision"`
	ID         uuid.UUID             `json:"id"`
	Type       string                `json:"type"`
	Metadata   []byte                `json:"metadata_base64"`
	Data       []byte                `json:"data_base64"`
	Commitment eventstore.Commitment `json:"commitment"`
}

func vectors(t *testing.T) []vector {
	t.Helper()
	b, err := os.ReadFile("testdata/commitments.json")
	require.NoError(t, err)
	var out []vector
	require.NoError(t, json.Unmarshal(b, &out))
	require.GreaterOrEqual(t, len(out), 8)
	return out
}

// spelled writes every byte of the hashed text one by one, so that it shares nothing with Commit but SHA-256.
func spelled(v vector) eventstore.Commitment {
	var text []byte
	length := func(n int) { text = append(text, byte(n>>24), byte(n>>16), byte(n>>8), byte(n)) }
	length(len(v.Stream))
	text = append(text, v.Stream...)
	for shift := 56; shift >= 0; shift -= 8 {
		text = append(text, byte(v.Revision>>shift))
	}
	text = append(text, v.ID[:]...)
	length(len(v.Type))
	text = append(text, v.Type...)
	length(len(v.Metadata))
	text = append(text, v.Metadata...)
	length(len(v.Data))
	text = append(text, v.Data...)
	sum := sha256.Sum256(text)
	return eventstore.Commitment(append([]byte{0x01}, sum[:]...))
}

func TestCommitmentVectors(t *testing.T) {
	for _, v := range vectors(t) {
		t.Run(v.Name, func(t *testing.T) {
			e := eventstore.Event{ID: v.ID, Type: v.Type, Metadata: v.Metadata, Data: v.Data}
			require.Equal(t, v.Commitment, eventstore.Commit(v.Stream, v.Revision, e))
			require.Equal(t, v.Commitment, spelled(v))
		})
	}
}

func TestCommitmentsOfTheVectorsDiffer(t *testing.T) {
	seen := map[eventstore.Commitment]string{}
	for _, v := range vectors(t) {
		require.NotContains(t, seen, v.Commitment, "%s has the commitment of %s", v.Name, seen[v.Commitment])
		seen[v.Commitment] = v.Name
	}
}

func TestCommitmentText(t *testing.T) {
	c := vectors(t)[0].Commitment
	text, err := c.MarshalText()
	require.NoError(t, err)
	require.Len(t, text, 44)
	var back eventstore.Commitment
	require.NoError(t, back.UnmarshalText(text))
	require.Equal(t, c, back)

	for name, bad := range map[string]string{
		"empty": "", "too short": string(text[:40]), "not base64url": "+" + string(text[1:]), "padded": string(text) + "=",
	} {
		t.Run(name+" is refused", func(t *testing.T) {
			var c eventstore.Commitment
			require.Error(t, c.UnmarshalText([]byte(bad)))
		})
	}
	t.Run("too long is refused", func(t *testing.T) {
		var c eventstore.Commitment
		require.Error(t, c.UnmarshalText([]byte(string(text)+"AAAA")))
	})
}

func TestEventIDDependsOnStreamCommandAndNumber(t *testing.T) {
	id := eventstore.EventID("timecard-e1-202610", "c1", 0)
	require.Equal(t, id, eventstore.EventID("timecard-e1-202610", "c1", 0))
	require.NotEqual(t, id, eventstore.EventID("timecard-e1-202611", "c1", 0))
	require.NotEqual(t, id, eventstore.EventID("timecard-e1-202610", "c2", 0))
	require.NotEqual(t, id, eventstore.EventID("timecard-e1-202610", "c1", 1))
	require.Equal(t, uuid.Version(5), id.Version())
}
