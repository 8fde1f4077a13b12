package ruleset_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/punchledger/punchledger/domain/ruleset"
)

func TestPacks(t *testing.T) {
	ids := make([]string, 0, 6)
	for _, p := range ruleset.Packs() {
		ids = append(ids, p.ID)
		t.Run(p.ID, func(t *testing.T) {
			stored, err := p.JSON()
			require.NoError(t, err)
			back, err := ruleset.ParseStored(stored)
			require.NoError(t, err)
			require.Equal(t, p, back, "a stored document reads back as it was")
			for _, x := range ruleset.Lint(p) { // which agreement it is, only the employer knows
				require.Equal(t, "lint.authority_vague", x.Code)
				require.Equal(t, "works_agreement", p.Authority.Kind)
			}
			require.NotEmpty(t, p.Title["zh"])
			require.NotEmpty(t, p.Title["en"])
			require.NotNil(t, p.Authority)
			require.GreaterOrEqual(t, len(p.Examples), 5)
			if p.Jurisdiction != "" {
				require.NotEmpty(t, p.Sources)
			}
			if p.Calendar != "" {
				_, ok := ruleset.Calendar(p.Calendar)
				require.True(t, ok)
			}
		})
	}
	require.Equal(t, []string{"cn-bj-office", "cn-sh-rnd", "de-by-plant", "flex-open", "jp-tokyo-office", "us-ca-hourly"}, ids)
	_, ok := ruleset.Pack("none")
	require.False(t, ok)
}
