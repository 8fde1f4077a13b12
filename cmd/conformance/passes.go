package main

import (
	"bufio"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"regexp"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/punchledger/punchledger/adapters/esdb"
	"github.com/punchledger/punchledger/adapters/esdb/fixture"
	"github.com/punchledger/punchledger/adapters/sqlite"
	"github.com/punchledger/punchledger/eventstore"
)

// pass is one way in which the tests are run.
type pass struct {
	name    string
	secure  bool
	cluster bool
	tests   []string          // of -test.run; all without
	without map[string]string // top-level tests that are not run, and why
}

const noProjections = "projections in JavaScript run inside EventStoreDB; this server has none"

var passes = []pass{
	{name: "insecure", without: map[string]string{
		"TestProjections": noProjections,
		"TestPlugins":     "certificates of users need TLS: they are in the run with TLS",
	}},
	{name: "TLS", secure: true, without: map[string]string{"TestProjections": noProjections}},
	{name: "cluster", secure: true, cluster: true, tests: []string{"^TestStreams$/^ClusterTests$", "^TestPlugins$"}},
}

// ports are where the cluster tests look for its nodes.
var ports = []uint16{2111, 2112, 2113}

// pass runs the tests in one way, each top-level test on servers of its own.
func (m *module) pass(ctx context.Context, p pass, s settings, out io.Writer) (*report, error) {
	tests := p.tests
	if len(tests) == 0 {
		listed, err := output(ctx, m.dir, m.binary, "-test.list", ".")
		if err != nil {
			return nil, err
		}
		for name := range strings.FieldsSeq(listed) {
			if p.without[name] == "" {
				tests = append(tests, "^"+name+"$")
			}
		}
	}
	r := &report{skipped: p.without}
	for _, name := range tests {
		if s.only != "" {
			if ok, err := regexp.MatchString(s.only, name); err != nil || !ok {
				continue
			}
		}
		if err := m.one(ctx, p, name, s, r, out); err != nil {
			return nil, err
		}
	}
	return r, nil
}

// saidLines is how much of what was printed before a failure is shown.
const saidLines = 20

// one runs one test on fresh servers.
func (m *module) one(ctx context.Context, p pass, name string, s settings, r *report, out io.Writer) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	env, stop, err := m.serve(ctx, p)
	if err != nil {
		return err
	}
	cmd := exec.CommandContext(ctx, m.binary, "-test.v", "-test.timeout", "5m", "-test.run", name)
	cmd.Dir, cmd.Env = m.dir, append(os.Environ(), env...)
	lines, err := cmd.StdoutPipe()
	if err != nil {
		return err
	}
	cmd.Stderr = io.Discard
	if s.verbose {
		cmd.Stderr = out
	}
	if err := cmd.Start(); err != nil {
		return err
	}
	scan := bufio.NewScanner(lines)
	scan.Buffer(nil, 1<<20)
	var said []string
	for scan.Scan() {
		if r.line(scan.Text()) == failed {
			r.said = append(r.said, said...)
			said = nil
		}
		if said = append(said, scan.Text()); len(said) > saidLines {
			said = said[1:]
		}
		if s.verbose {
			fmt.Fprintln(out, scan.Text())
		}
	}
	if err := cmd.Wait(); err != nil && !errors.As(err, new(*exec.ExitError)) {
		return err
	}
	return errors.Join(scan.Err(), stop())
}

// serve starts the servers of one test and returns where they are.
func (m *module) serve(ctx context.Context, p pass) (env []string, stop func() error, err error) {
	g := &group{}
	ctx, g.cancel = context.WithCancel(ctx)
	dir, err := os.MkdirTemp("", "conformance-log-")
	if err != nil {
		return nil, nil, err
	}
	g.dir = dir
	store, err := sqlite.OpenLog(dir+"/ledger.db", sqlite.LogOptions{MaxAppendBytes: esdb.StoreBytes})
	if err != nil {
		return nil, nil, err
	}
	g.log = store
	empty := esdb.FromStore(store, nobodys, time.Now)
	if err := putUser(ctx, empty); err != nil {
		return nil, nil, err
	}
	env = []string{fmt.Sprintf("EVENTSTORE_INSECURE=%t", !p.secure), fmt.Sprintf("CLUSTER=%t", p.cluster)}
	if p.cluster {
		return env, g.stop, m.serveCluster(ctx, g, p, empty)
	}
	records, err := populated(m.resources)
	if err != nil {
		return nil, nil, err
	}
	for name, log := range map[string]esdb.Log{"ESDB_EMPTY": empty, "ESDB_POPULATED": fixture.New(records, time.Now)} {
		addr, err := m.start(ctx, g, p, esdb.Options{Log: log}, "localhost:0")
		if err != nil {
			return nil, nil, err
		}
		_, port, _ := net.SplitHostPort(addr)
		env = append(env, name+"=localhost:"+port)
	}
	return env, g.stop, nil
}

// serveCluster starts three nodes that show the same log: one leads, and the others send writers there.
func (m *module) serveCluster(ctx context.Context, g *group, p pass, log esdb.Log) error {
	var members []esdb.Member
	for i, port := range ports {
		members = append(members, esdb.Member{Endpoint: esdb.Endpoint{Host: "localhost", Port: port}, Leads: i == 0})
	}
	for _, member := range members {
		opts := esdb.Options{Log: log, Members: members}
		if !member.Leads {
			opts.Leader = &members[0].Endpoint
		}
		if _, err := m.start(ctx, g, p, opts, member.String()); err != nil {
			return errors.Join(err, g.stop())
		}
	}
	return nil
}

func (m *module) start(ctx context.Context, g *group, p pass, opts esdb.Options, at string) (string, error) {
	opts.Now = time.Now
	if p.secure {
		opts.TLS = &tls.Config{Certificates: []tls.Certificate{m.certs.node}, MinVersion: tls.VersionTLS12}
		opts.Users, opts.ClientCAs = users{}, m.certs.ca
	}
	s, err := esdb.New(opts)
	if err != nil {
		return "", err
	}
	l, err := new(net.ListenConfig).Listen(ctx, "tcp", at)
	if err != nil {
		return "", err
	}
	g.running.Go(func() {
		if err := s.Serve(ctx, l); err != nil {
			g.failed(err)
		}
	})
	return l.Addr().String(), nil
}

// group is the servers of one test.
type group struct {
	cancel  context.CancelFunc
	running sync.WaitGroup
	log     *sqlite.Log
	dir     string

	mu  sync.Mutex
	err error
}

func (g *group) failed(err error) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.err = errors.Join(g.err, err)
}

func (g *group) stop() error {
	g.cancel()
	g.running.Wait()
	return errors.Join(g.err, g.log.Close(), os.RemoveAll(g.dir))
}

func nobodys(string) bool { return false }

// putUser writes the event by which the tests see that there are users.
func putUser(ctx context.Context, log esdb.Log) error {
	_, err := log.Append(ctx, "$users", 0, []esdb.Proposed{{
		Event: eventstore.Event{ID: eventstore.EventID("$users", "", 0), Type: "$User", Data: []byte("admin")},
	}})
	return err
}

// users are those that the official tests know.
type users struct{}

var known = []esdb.User{{Name: "admin", Roles: []string{esdb.RoleAdmins}}}

// Authenticate implements esdb.Users.
func (u users) Authenticate(name, password string) (esdb.User, bool) {
	user, ok := u.Named(name)
	return user, ok && password == "changeit"
}

// Named implements esdb.Users.
func (users) Named(name string) (esdb.User, bool) {
	i := slices.IndexFunc(known, func(u esdb.User) bool { return u.Name == name })
	if i < 0 {
		return esdb.User{}, false
	}
	return known[i], true
}
