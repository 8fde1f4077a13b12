package main

import (
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestTheTourOfTheAPI runs docs/tour-api.sh as its reader does. It needs sh, curl and openssl.
func TestTheTourOfTheAPI(t *testing.T) {
	script, err := filepath.Abs("../../docs/tour-api.sh")
	require.NoError(t, err)
	c := exec.CommandContext(t.Context(), "sh", script)
	c.Dir = t.TempDir()
	said, err := c.CombinedOutput()
	require.NoError(t, err, "%s", said)
	require.Contains(t, string(said), "Every step was answered as it should be.")
}
