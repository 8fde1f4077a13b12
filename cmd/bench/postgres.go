package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/jackc/pgx/v5"
)

// postgres is a private PostgreSQL: a cluster in a temporary folder, reached through a socket there.
type postgres struct {
	dir     string
	command *exec.Cmd
	version string
}

// settings that give the anchor its best: memory, and workers for its queries. Durability is the default: fsync and
// synchronous_commit are on.
var postgresSettings = []string{
	"listen_addresses=", "shared_buffers=1GB", "work_mem=256MB", "effective_cache_size=8GB", "max_wal_size=4GB",
	"max_parallel_workers_per_gather=2", "jit=off", "checkpoint_timeout=30min",
}

// startPostgres makes and starts a cluster.
func startPostgres(ctx context.Context) (_ *postgres, err error) {
	bin, err := postgresFolder()
	if err != nil {
		return nil, err
	}
	p := &postgres{}
	if p.dir, err = os.MkdirTemp("", "punchledger-pg-"); err != nil {
		return nil, err
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, p.stop())
		}
	}()
	as, err := unprivileged(p.dir)
	if err != nil {
		return nil, err
	}
	data := filepath.Join(p.dir, "data")
	initdb := exec.CommandContext(ctx, filepath.Join(bin, "initdb"), "-D", data, "-U", "bench", "-A", "trust", "-E", "UTF8", "--locale=C")
	initdb.SysProcAttr, initdb.Dir = as, p.dir
	if out, err := initdb.CombinedOutput(); err != nil {
		return nil, fmt.Errorf("initdb: %w: %s", err, out)
	}
	args := []string{"-D", data, "-k", p.dir}
	for _, s := range postgresSettings {
		args = append(args, "-c", s)
	}
	p.command = exec.CommandContext(context.WithoutCancel(ctx), filepath.Join(bin, "postgres"), args...) // ended by stop
	p.command.SysProcAttr, p.command.Dir = as, p.dir
	if err := p.command.Start(); err != nil {
		p.command = nil
		return nil, err
	}
	return p, p.await(ctx)
}

// postgresFolder finds the server's programs.
func postgresFolder() (string, error) {
	if path, err := exec.LookPath("initdb"); err == nil {
		return filepath.Dir(path), nil
	}
	found, err := filepath.Glob("/usr/lib/postgresql/*/bin/initdb")
	if err != nil || len(found) == 0 {
		return "", errors.Join(err, errors.New("PostgreSQL is not installed: `make bench` installs Debian's package postgresql when it runs as root"))
	}
	slices.Sort(found)
	return filepath.Dir(found[len(found)-1]), nil
}

// unprivileged gives dir to the user postgres where we are root, whom the server refuses, and says how to run as that user.
func unprivileged(dir string) (*syscall.SysProcAttr, error) {
	if os.Geteuid() != 0 {
		return nil, nil
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

func (p *postgres) connect(ctx context.Context) (*pgx.Conn, error) {
	return pgx.Connect(ctx, "host="+p.dir+" user=bench dbname=postgres")
}

// await waits until the server answers.
func (p *postgres) await(ctx context.Context) error {
	var last error
	for range 300 {
		c, err := p.connect(ctx)
		if err == nil {
			err = c.QueryRow(ctx, "show server_version").Scan(&p.version)
			return errors.Join(err, c.Close(ctx))
		}
		last = err
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(100 * time.Millisecond):
		}
	}
	return fmt.Errorf("PostgreSQL does not answer: %w", last)
}

// stop ends the server and removes its cluster.
func (p *postgres) stop() error {
	var err error
	if p.command != nil {
		err = p.command.Process.Signal(syscall.SIGINT) // fast shutdown
		_ = p.command.Wait()                           // its exit status says nothing that matters now
	}
	return errors.Join(err, os.RemoveAll(p.dir))
}

const postgresEvents = `
DROP TABLE IF EXISTS event;
CREATE TABLE event (position bigint GENERATED ALWAYS AS IDENTITY, stream text NOT NULL, revision bigint NOT NULL, id uuid NOT NULL,
  type text NOT NULL, metadata jsonb NOT NULL, data jsonb NOT NULL, PRIMARY KEY (stream, revision));
CHECKPOINT;`

// inserting appends the same events to a table with a unique (stream, revision): one insert a transaction on a connection for
// each writer, the usual way of an event store on PostgreSQL.
func (b *bench) inserting(writers, n int) side {
	return func(ctx context.Context, _ string) (attempt, error) {
		pg, err := b.database(ctx)
		if err != nil {
			return attempt{}, err
		}
		conns := make([]*pgx.Conn, writers)
		for i := range conns {
			if conns[i], err = pg.connect(ctx); err != nil {
				return attempt{}, err
			}
		}
		for statement := range strings.SplitSeq(strings.TrimSpace(postgresEvents), ";") {
			if _, err := conns[0].Exec(ctx, statement); err != nil {
				return attempt{}, err
			}
		}
		const insert = "INSERT INTO event (stream, revision, id, type, metadata, data) VALUES ($1, $2, $3, $4, $5, $6)"
		return attempt{
			run: func() (float64, error) {
				return share(writers, n, func(w, i int) error {
					stream := streamName(w, i)
					e := punchEvent(stream, i)
					_, err := conns[w].Exec(ctx, insert, stream, i/streamsPerWriter+1, [16]byte(e.ID), e.Type, e.Metadata, e.Data)
					return err
				})
			},
			done: func() error {
				var errs []error
				for _, c := range conns {
					errs = append(errs, c.Close(ctx))
				}
				return errors.Join(errs...)
			},
		}, nil
	}
}
