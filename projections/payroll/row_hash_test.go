package payroll_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"os"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/gowebpki/jcs"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/punchledger/punchledger/domain"
	"github.com/punchledger/punchledger/domain/attendance"
	"github.com/punchledger/punchledger/projections/payroll"
)

// vector is a row as it is published, with its hashes.
type vector struct {
	Name    string          `json:"name"`
	Row     json.RawMessage `json:"row"`
	RowID   string          `json:"row_id"`
	RowHash string          `json:"row_hash"`
}

func readVectors(t *testing.T) []vector {
	t.Helper()
	b, err := os.ReadFile("testdata/row_hash.json")
	require.NoError(t, err)
	var out []vector
	require.NoError(t, json.Unmarshal(b, &out))
	require.NotEmpty(t, out)
	return out
}

func members(t *testing.T, b []byte) map[string]any {
	t.Helper()
	var out map[string]any
	d := json.NewDecoder(bytes.NewReader(b))
	d.UseNumber()
	require.NoError(t, d.Decode(&out))
	return out
}

func hashOf(t *testing.T, label string, v any) string {
	t.Helper()
	b, err := json.Marshal(v)
	require.NoError(t, err)
	b, err = jcs.Transform(b)
	require.NoError(t, err)
	sum := sha256.Sum256([]byte(label + "\n" + string(b)))
	return hex.EncodeToString(sum[:])
}

// TestRowHashVectors computes each hash as an outsider would, who has the published row and knows no type of ours.
func TestRowHashVectors(t *testing.T) {
	for _, v := range readVectors(t) {
		t.Run(v.Name, func(t *testing.T) {
			m := members(t, v.Row)
			require.Equal(t, v.RowID, m["row_id"])
			require.Equal(t, v.RowHash, m["row_hash"])
			for _, name := range []string{"row_hash", "position", "engine"} {
				delete(m, name)
			}
			require.Equal(t, v.RowHash, hashOf(t, "punchledger/row/v1", m))

			var row payroll.Row
			require.NoError(t, json.Unmarshal(v.Row, &row))
			require.Equal(t, v.RowHash, row.Hash())
			row.RowHash = ""
			require.Equal(t, v.RowHash, row.Hash(), "a hash does not cover itself")
		})
	}
}

func TestRowIDVectors(t *testing.T) {
	for _, v := range readVectors(t) {
		t.Run(v.Name, func(t *testing.T) {
			m := members(t, v.Row)
			dims, _ := m["dims"].(map[string]any)
			text := func(of map[string]any, name string) string { s, _ := of[name].(string); return s }
			sum := sha256.Sum256([]byte("punchledger/row_id/v1\n" + strings.Join([]string{
				text(m, "employee"), text(m, "date"), text(m, "code"), text(m, "rate"),
				text(dims, "site"), text(dims, "cost"), text(dims, "job"), text(dims, "place"), text(m, "kind"), "",
			}, "\x00")))
			require.Equal(t, v.RowID, hex.EncodeToString(sum[:16]))
		})
	}
}

func TestMergeGivesTheVectors(t *testing.T) {
	for _, v := range readVectors(t) {
		t.Run(v.Name, func(t *testing.T) {
			var want payroll.Row
			require.NoError(t, json.Unmarshal(v.Row, &want))
			days := 0
			if want.Days != "" {
				days = 500
			}
			rows := payroll.Merge([]payroll.Part{{
				Employee: want.Employee, Day: want.Date, Calendar: want.Calendar, Ruleset: want.Rulesets[0],
				Row: attendance.Row{
					Date: want.Date, Code: want.Code, Class: want.Class, Rate: want.Rate, Basis: want.Basis, Seconds: want.Seconds,
					Days: days, Count: want.Count, Dims: want.Dims, Sources: want.Sources,
				},
			}})
			require.Equal(t, []payroll.Row{want}, rows)
		})
	}
}

func TestAChangedMemberChangesTheRowHash(t *testing.T) {
	v := readVectors(t)[0]
	for name := range members(t, v.Row) {
		if name == "row_hash" {
			continue
		}
		m := members(t, v.Row)
		delete(m, name)
		b, err := json.Marshal(m)
		require.NoError(t, err)
		var row payroll.Row
		require.NoError(t, json.Unmarshal(b, &row))
		require.NotEqual(t, v.RowHash, row.Hash(), name)
	}
}

// TestCanonicalRowsAreRFC8785 compares with the full transformation, also for texts and numbers that the short way leaves to it.
func TestCanonicalRowsAreRFC8785(t *testing.T) {
	word := rapid.OneOf(
		rapid.StringMatching(`[a-z._]{0,6}`), rapid.String(),
		rapid.SampledFrom([]string{`"`, `\`, `\u0041`, "<&>", "\u2028", "\b\f\n\r\t\x00\x7f", "張偉", "👩‍🏭", "\xff", "{", "}", "[,]", "\uffff", "😀"}),
	)
	key := word.Filter(utf8.ValidString) // two that are not valid may become the same key
	row := rapid.Custom(func(t *rapid.T) payroll.Row {
		return payroll.Row{
			RowID: word.Draw(t, "id"), Employee: word.Draw(t, "employee"), Date: domain.Date(rapid.Int32Range(1, 40000).Draw(t, "date")),
			Code: word.Draw(t, "code"), Rate: word.Draw(t, "rate"), Basis: word.Draw(t, "basis"),
			Seconds: domain.Seconds(rapid.Int64().Draw(t, "seconds")), Count: rapid.Int().Draw(t, "count"),
			Dims:     attendance.Dims{Site: word.Draw(t, "site"), Job: word.Draw(t, "job")},
			Sources:  rapid.SliceOfN(word, 0, 3).Draw(t, "sources"),
			Rulesets: []payroll.Ruleset{{ID: word.Draw(t, "ruleset"), Version: rapid.IntRange(-9, 9).Draw(t, "version")}},
		}
	})
	rapid.Check(t, func(t *rapid.T) {
		for _, v := range []any{
			row.Draw(t, "row"),
			rapid.MapOf(key, rapid.SliceOfN(rapid.MapOf(key, rapid.Int()), 0, 3)).Draw(t, "map"),
			rapid.SliceOf(rapid.Float64()).Draw(t, "numbers"),
			rapid.Ptr(rapid.Bool(), true).Draw(t, "word"),
		} {
			b, err := json.Marshal(v)
			require.NoError(t, err)
			want, err := jcs.Transform(b)
			require.NoError(t, err)
			got, err := payroll.Canonical(v)
			require.NoError(t, err)
			require.Equal(t, string(want), string(got))
		}
	})
}

// TestTheHashOfAnyRowCoversItsJSON compares the hash with the published form of rows in which every member has any value.
func TestTheHashOfAnyRowCoversItsJSON(t *testing.T) {
	rows := rapid.Make[payroll.Row]()
	rapid.Check(t, func(r *rapid.T) {
		row := rows.Draw(r, "row")
		row.Date %= 40000 // of years with four digits
		b, err := json.Marshal(row)
		require.NoError(t, err)
		m := members(t, b)
		delete(m, "row_hash")
		require.Equal(t, hashOf(t, "punchledger/row/v1", m), row.Hash())
	})
}
