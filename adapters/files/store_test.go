package files_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/punchledger/punchledger/adapters/files"
)

func TestBlobs(t *testing.T) {
	b := files.Blobs{Dir: filepath.Join(t.TempDir(), files.Folder)}
	names, err := b.Names()
	require.NoError(t, err)
	require.Empty(t, names, "a folder that is not there holds nothing")
	name, err := b.Put([]byte("sealed"))
	require.NoError(t, err)
	again, err := b.Put([]byte("sealed"))
	require.NoError(t, err)
	require.Equal(t, name, again)
	content, err := b.Get(name)
	require.NoError(t, err)
	require.Equal(t, "sealed", string(content))
	for _, wrong := range []string{"", "../ledger.db", name[:63], files.NameOf([]byte("other"))} {
		_, err := b.Get(wrong)
		require.Error(t, err, wrong)
	}
	require.NoError(t, os.WriteFile(filepath.Join(b.Dir, "7.partial"), []byte("half"), 0o600))
	require.NoError(t, os.WriteFile(filepath.Join(b.Dir, "notes.txt"), []byte("mine"), 0o600))
	strange, err := b.Strange()
	require.NoError(t, err)
	require.Equal(t, []string{"7.partial", "notes.txt"}, strange)
	require.NoError(t, b.Remove("7.partial"))
	require.Error(t, b.Remove("notes.txt"), "what somebody else has put there")
	require.Error(t, b.Remove("../blobs/"+name))
	require.NoError(t, b.Remove(name))
	names, err = b.Names()
	require.NoError(t, err)
	require.Empty(t, names)
}

func TestAFolderThatCannotBeWrittenIsAnError(t *testing.T) {
	file := filepath.Join(t.TempDir(), "file")
	require.NoError(t, os.WriteFile(file, nil, 0o600))
	_, err := files.Blobs{Dir: filepath.Join(file, "blobs")}.Put([]byte("x"))
	require.Error(t, err)
}
