package relay_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/punchledger/punchledger/eventstore"
	"github.com/punchledger/punchledger/projections/relay"
)

func TestAnEventBecomesACloudEvent(t *testing.T) {
	h := newHouse(t)
	rec := h.log()[1]
	meta, err := rec.DecodeMetadata()
	require.NoError(t, err)
	m, err := relay.Envelope("test.example", rec)
	require.NoError(t, err)
	require.Equal(t, []string{rec.ID.String(), "employee", "EmployeeRegistered", "employee-e1"}, []string{m.ID, m.Category, m.Type, m.Key})
	var got map[string]any
	require.NoError(t, json.Unmarshal(m.Body, &got))
	data := got["data"].(map[string]any)
	delete(got, "data")
	require.Equal(t, map[string]any{
		"specversion": "1.0", "id": rec.ID.String(), "source": "test.example", "type": "EmployeeRegistered", "subject": "employee-e1",
		"time": meta.RecordedAt.String(), "datacontenttype": "application/json", "position": "2", "revision": "1",
		"schema": strconv.Itoa(meta.Schema), "partitionkey": "employee-e1", "correlationid": meta.Correlation, "causationid": meta.Causation,
	}, got)
	require.Equal(t, map[string]any{"sealed": "identity"}, data["name"])
	require.Equal(t, "2026-01-01", data["hired_on"])
	require.NotContains(t, string(m.Body), "Canary")
}

// Every event type that was ever released, with every field filled in.
func TestNoMessageHoldsWhatWasSealed(t *testing.T) {
	files, err := filepath.Glob("../../domain/*/testdata/events/*.json")
	require.NoError(t, err)
	require.Greater(t, len(files), 50)
	sealed := 0
	for _, file := range files {
		data, err := os.ReadFile(file)
		require.NoError(t, err)
		name, schema, _ := strings.Cut(strings.TrimSuffix(filepath.Base(file), ".json"), ".")
		rec := eventstore.Record{Stream: "timecard-x-202610", Revision: 1, Position: 1}
		rec.ID, rec.Type, rec.Data = uuid.New(), name, data
		rec.Metadata = []byte(`{"schema":` + schema + `,"$correlationId":"c","$causationId":"c"}`)
		m, err := relay.Envelope("test.example", rec)
		require.NoError(t, err, file)
		n := strings.Count(string(data), `"key_commitment"`)
		require.Equal(t, n, strings.Count(string(m.Body), `{"sealed":"`), file)
		require.NotContains(t, string(m.Body), "key_commitment", file)
		require.NotContains(t, string(m.Body), `"box"`, file)
		sealed += n
		if n == 0 {
			var got struct{ Data json.RawMessage }
			require.NoError(t, json.Unmarshal(m.Body, &got))
			require.JSONEq(t, string(data), string(got.Data), file)
		}
	}
	require.Greater(t, sealed, 10)
}
