package zone

import (
	"archive/zip"
	"bytes"
	"crypto/sha256"
	_ "embed"
	"encoding/hex"
	"fmt"
	"io"
	"sync"
	"time"

	"github.com/punchledger/punchledger/domain"
)

//go:embed zoneinfo.zip
var embedded []byte

// EmbeddedVersion is the release of the IANA time zone database in the embedded archive.
const EmbeddedVersion = "2025c"

// Archive is one release of the time zone database, loaded by content. It is safe for concurrent use.
type Archive struct {
	version string
	sum     string
	files   map[string]*zip.File
	zones   sync.Map // name -> *Zone
}

// Embedded returns the archive that is shipped in the binary.
var Embedded = sync.OnceValue(func() *Archive {
	a, err := Open(EmbeddedVersion, embedded)
	if err != nil {
		panic(fmt.Sprintf("zone: the embedded archive cannot be read: %v", err))
	}
	return a
})

// Open reads a zip archive of compiled zone files, as Go ships it.
func Open(version string, data []byte) (*Archive, error) {
	r, err := zip.NewReader(bytes.NewReader(data), int64(len(data)))
	if err != nil {
		return nil, fmt.Errorf("read zone archive %s: %w", version, err)
	}
	sum := sha256.Sum256(data)
	a := &Archive{version: version, sum: hex.EncodeToString(sum[:]), files: make(map[string]*zip.File, len(r.File))}
	for _, f := range r.File {
		a.files[f.Name] = f
	}
	return a, nil
}

// Version returns the release of the time zone database, such as 2025c.
func (a *Archive) Version() string { return a.version }

// SHA256 returns the hash of the archive's bytes in hexadecimal.
func (a *Archive) SHA256() string { return a.sum }

// Zone returns the zone of an IANA name. An unknown name is a *domain.Error with code unknown_tz.
func (a *Archive) Zone(name string) (*Zone, error) {
	if z, ok := a.zones.Load(name); ok {
		return z.(*Zone), nil
	}
	f, ok := a.files[name]
	if !ok || name == "" || f.FileInfo().IsDir() {
		return nil, domain.NewError(domain.Invalid, "unknown_tz", "tz", name)
	}
	rc, err := f.Open()
	if err != nil {
		return nil, fmt.Errorf("open zone %s: %w", name, err)
	}
	defer rc.Close()
	data, err := io.ReadAll(rc)
	if err != nil {
		return nil, fmt.Errorf("read zone %s: %w", name, err)
	}
	loc, err := time.LoadLocationFromTZData(name, data)
	if err != nil {
		return nil, fmt.Errorf("parse zone %s: %w", name, err)
	}
	z, _ := a.zones.LoadOrStore(name, newZone(name, loc))
	return z.(*Zone), nil
}
