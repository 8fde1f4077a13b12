// Package cluster runs a private PostgreSQL for tests and measurements: a cluster in a temporary folder, reached through a socket
// there, gone when it is stopped. It is no way to keep anything.
package cluster

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"syscall"
	"time"

	"github.com/jackc/pgx/v5"
)

// Cluster is a PostgreSQL that runs.
type Cluster struct {
	dir     string
	server  *os.Process
	ended   chan struct{}
	version string
}

// superuser may do everything, without a password, for whoever reaches the socket.
const superuser = "owner"

// Start makes a cluster and starts it with settings such as shared_buffers=1GB. The server refuses to run as root: then the user
// postgres of Debian's package runs it. It ends with this process, however that ends.
func Start(ctx context.Context, settings ...string) (_ *Cluster, err error) {
	bin, err := programs()
	if err != nil {
		return nil, err
	}
	c := &Cluster{}
	if c.dir, err = os.MkdirTemp("", "punchledger-pg-"); err != nil {
		return nil, err
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, c.Stop())
		}
	}()
	as, err := unprivileged(c.dir)
	if err != nil {
		return nil, err
	}
	data := filepath.Join(c.dir, "data")
	initdb := exec.CommandContext(ctx, filepath.Join(bin, "initdb"), "-D", data, "-U", superuser, "-A", "trust", "-E", "UTF8", "--locale=C")
	initdb.SysProcAttr, initdb.Dir = as, c.dir
	if out, err := initdb.CombinedOutput(); err != nil {
		return nil, fmt.Errorf("initdb: %w: %s", err, out)
	}
	args := []string{"-D", data, "-k", c.dir, "-c", "listen_addresses="}
	for _, s := range settings {
		args = append(args, "-c", s)
	}
	server := exec.CommandContext(context.WithoutCancel(ctx), filepath.Join(bin, "postgres"), args...) // ended by Stop
	server.SysProcAttr, server.Dir = as, c.dir
	if err := c.run(server); err != nil {
		return nil, err
	}
	return c, c.await(ctx)
}

// run starts the server and waits for its end, from a thread that lives as long: the kernel stops the server when it ends.
func (c *Cluster) run(server *exec.Cmd) error {
	server.SysProcAttr.Pdeathsig = syscall.SIGINT
	started := make(chan error)
	c.ended = make(chan struct{})
	go func() {
		runtime.LockOSThread()
		defer runtime.UnlockOSThread()
		defer close(c.ended)
		err := server.Start()
		c.server = server.Process
		started <- err
		if err == nil {
			_ = server.Wait() // its exit status says nothing that matters now
		}
	}()
	return <-started
}

// programs finds the folder of the server's programs.
func programs() (string, error) {
	if path, err := exec.LookPath("initdb"); err == nil {
		return filepath.Dir(path), nil
	}
	found, err := filepath.Glob("/usr/lib/postgresql/*/bin/initdb")
	if err != nil || len(found) == 0 {
		return "", errors.Join(err, errors.New("PostgreSQL is not installed: `make test` and `make bench` install Debian's package postgresql when they run as root"))
	}
	slices.Sort(found)
	return filepath.Dir(found[len(found)-1]), nil
}

// unprivileged gives dir to the user postgres where we are root, and says how to run as that user.
func unprivileged(dir string) (*syscall.SysProcAttr, error) {
	if os.Geteuid() != 0 {
		return &syscall.SysProcAttr{}, nil
	}
	u, err := user.Lookup("postgres")
	if err != nil {
		return nil, err
	}
	uid, err := strconv.Atoi(u.Uid)
	if err != nil {
		return nil, err
	}
	gid, err := strconv.Atoi(u.Gid)
	if err != nil {
		return nil, err
	}
	return &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}}, os.Chown(dir, uid, gid)
}

// Version is that of the server.
func (c *Cluster) Version() string { return c.version }

// Address is the URL of a database of the cluster, for its superuser; postgres is one that is always there.
func (c *Cluster) Address(database string) string {
	u := url.URL{Scheme: "postgres", User: url.User(superuser), Path: "/" + database, RawQuery: url.Values{"host": {c.dir}}.Encode()}
	return u.String()
}

// Connect opens a connection to the database postgres.
func (c *Cluster) Connect(ctx context.Context) (*pgx.Conn, error) {
	return pgx.Connect(ctx, c.Address("postgres"))
}

// Create makes an empty database and returns its address.
func (c *Cluster) Create(ctx context.Context, database string) (string, error) {
	conn, err := c.Connect(ctx)
	if err != nil {
		return "", err
	}
	_, err = conn.Exec(ctx, "CREATE DATABASE "+pgx.Identifier{database}.Sanitize())
	return c.Address(database), errors.Join(err, conn.Close(ctx))
}

// await waits until the server answers.
func (c *Cluster) await(ctx context.Context) error {
	pause := time.NewTicker(50 * time.Millisecond)
	defer pause.Stop()
	var last error
	for {
		conn, err := c.Connect(ctx)
		if err == nil {
			err = conn.QueryRow(ctx, "SHOW server_version").Scan(&c.version)
			return errors.Join(err, conn.Close(ctx))
		}
		last = err
		select {
		case <-ctx.Done():
			return errors.Join(ctx.Err(), last)
		case <-c.ended:
			return fmt.Errorf("PostgreSQL ended before it answered: %w", last)
		case <-pause.C:
		}
	}
}

// Stop ends the server, whatever is connected, and removes the cluster.
func (c *Cluster) Stop() error {
	var err error
	if c.server != nil {
		if err = c.server.Signal(syscall.SIGINT); errors.Is(err, os.ErrProcessDone) {
			err = nil
		}
		<-c.ended
	}
	return errors.Join(err, os.RemoveAll(c.dir))
}
