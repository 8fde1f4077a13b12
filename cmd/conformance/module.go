package main

import (
	"bytes"
	"context"
	_ "embed"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

const client = "github.com/EventStore/EventStore-Client-Go/v4"

//go:embed shim.txt
var shim []byte

// module is the folder in which the official tests are built and run.
type module struct {
	dir       string // esdb/, resources/test/, certs/
	resources string
	binary    string
	certs     *certificates
}

// prepare puts the official tests and the certificates that they look for into dir, and builds them.
func prepare(ctx context.Context, dir string) (*module, error) {
	source, err := output(ctx, "", "go", "list", "-m", "-f", "{{.Dir}} {{.Version}}", client)
	if err != nil {
		return nil, err
	}
	from, version, _ := strings.Cut(strings.TrimSpace(source), " ")
	if from == "" {
		return nil, fmt.Errorf("the module %s is not there: go mod download", client)
	}
	m := &module{dir: filepath.Join(dir, "esdb"), resources: filepath.Join(dir, "resources", "test"), binary: filepath.Join(dir, "tests")}
	for _, d := range []string{m.dir, m.resources} {
		if err := os.MkdirAll(d, 0o700); err != nil {
			return nil, err
		}
	}
	if err := copyFiles(filepath.Join(from, "esdb", "*_test.go"), m.dir); err != nil {
		return nil, err
	}
	if err := copyFiles(filepath.Join(from, "resources", "test", "*"), m.resources); err != nil {
		return nil, err
	}
	if err := os.WriteFile(filepath.Join(m.dir, "containers_test.go"), shim, 0o600); err != nil {
		return nil, err
	}
	if m.certs, err = writeCertificates(filepath.Join(dir, "certs")); err != nil {
		return nil, err
	}
	return m, m.build(ctx, dir, from, version)
}

// build builds the tests with the versions of libraries that the client itself names.
func (m *module) build(ctx context.Context, dir, from, version string) error {
	theirs, err := os.ReadFile(filepath.Join(from, "go.mod"))
	if err != nil {
		return err
	}
	_, requires, _ := strings.Cut(string(theirs), "require (")
	own := fmt.Sprintf("module conformance\n\ngo 1.21\n\nrequire %s %s\n\nrequire (%s", client, version, requires)
	if err := os.WriteFile(filepath.Join(dir, "go.mod"), []byte(own), 0o600); err != nil {
		return err
	}
	sums, err := os.ReadFile(filepath.Join(from, "go.sum"))
	if err != nil {
		return err
	}
	if err := os.WriteFile(filepath.Join(dir, "go.sum"), sums, 0o600); err != nil {
		return err
	}
	_, err = output(ctx, dir, "go", "test", "-mod=mod", "-c", "-o", m.binary, "./esdb")
	return err
}

func copyFiles(pattern, to string) error {
	files, err := filepath.Glob(pattern)
	if err != nil {
		return err
	}
	if len(files) == 0 {
		return fmt.Errorf("%s: nothing is there", pattern)
	}
	for _, f := range files {
		text, err := os.ReadFile(f)
		if err != nil {
			return err
		}
		if err := os.WriteFile(filepath.Join(to, filepath.Base(f)), text, 0o600); err != nil {
			return err
		}
	}
	return nil
}

// output runs a command and returns what it printed.
func output(ctx context.Context, dir, name string, args ...string) (string, error) {
	cmd := exec.CommandContext(ctx, name, args...)
	cmd.Dir = dir
	var out, problems bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &problems
	if err := cmd.Run(); err != nil {
		return "", fmt.Errorf("%s %s: %w\n%s", name, strings.Join(args, " "), err, problems.String())
	}
	return out.String(), nil
}
