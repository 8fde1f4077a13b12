package main

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/netip"
	"os"

	"github.com/punchledger/punchledger/adapters/esdb"
	"github.com/punchledger/punchledger/domain"
)

// esdbFlags say how the EventStoreDB protocol is reached.
type esdbFlags struct {
	ESDBListen   string `name:"esdb-listen" help:"Address of the EventStoreDB protocol, such as 127.0.0.1:2113." placeholder:"ADDRESS"`
	ESDBUsers    string `name:"esdb-users" help:"File of the users of the protocol, which esdb-user makes; without TLS nobody is asked." placeholder:"FILE"`
	ESDBClientCA string `name:"esdb-client-ca" help:"Authority (PEM) whose certificates name users of the protocol." placeholder:"FILE"`
}

// feed is how the EventStoreDB protocol is reached; a nil one is not there.
type feed struct {
	address string
	opts    esdb.Options
	door    net.Listener // once it is open
}

// check reads the settings before anything is opened.
func (f *esdbFlags) check(c *console, certFile, keyFile string) (*feed, error) {
	if f.ESDBListen == "" {
		return nil, nil
	}
	host, _, err := net.SplitHostPort(f.ESDBListen)
	if err != nil {
		return nil, wrongValue("--esdb-listen", f.ESDBListen, "not_an_address")
	}
	out := &feed{address: f.ESDBListen, opts: esdb.Options{Now: c.Now, Logger: slog.New(slog.NewTextHandler(c.Err, nil))}}
	if certFile == "" && keyFile == "" {
		if addr, err := netip.ParseAddr(host); host != "localhost" && (err != nil || !addr.IsLoopback()) {
			return nil, domain.NewError(domain.Invalid, "esdb_needs_tls", "address", f.ESDBListen)
		}
		return out, nil
	}
	if f.ESDBUsers == "" {
		return nil, domain.NewError(domain.Invalid, "esdb_needs_users")
	}
	pair, err := tls.LoadX509KeyPair(c.path(certFile), c.path(keyFile))
	if err != nil {
		return nil, domain.NewError(domain.Invalid, "certificate_unreadable", "file", certFile, "problem", err.Error())
	}
	out.opts.TLS = &tls.Config{Certificates: []tls.Certificate{pair}, MinVersion: tls.VersionTLS12}
	if out.opts.Users, err = openRegistry(c.path(f.ESDBUsers)); err != nil {
		return nil, err
	}
	if f.ESDBClientCA != "" {
		out.opts.ClientCAs, err = authority(c.path(f.ESDBClientCA))
	}
	return out, err
}

// openRegistry reads a file of users.
func openRegistry(path string) (*esdb.Registry, error) {
	users, err := esdb.OpenRegistry(path)
	if err != nil {
		return nil, usersRefusal(path, err)
	}
	return users, nil
}

func usersRefusal(path string, err error) error {
	problem := err.Error()
	if wrong, ok := errors.AsType[*esdb.UsersError](err); ok {
		if problem = wrong.Problem; wrong.Line > 0 {
			problem = fmt.Sprintf("%d: %s", wrong.Line, wrong.Problem)
		}
	}
	return domain.NewError(domain.Invalid, "esdb_users_unreadable", "file", path, "problem", problem)
}

func authority(path string) (*x509.CertPool, error) {
	text, err := os.ReadFile(path)
	pool := x509.NewCertPool()
	if err == nil && !pool.AppendCertsFromPEM(text) {
		err = errors.New("no certificate is in it")
	}
	if err != nil {
		return nil, domain.NewError(domain.Invalid, "esdb_authority_unreadable", "file", path, "problem", err.Error())
	}
	return pool, nil
}

// open opens the address and makes the server of a log.
func (f *feed) open(c *console, log esdb.Log, change func(*esdb.Options)) (*esdb.Server, error) {
	f.opts.Log = log
	change(&f.opts)
	server, err := esdb.New(f.opts)
	if err != nil {
		return nil, err
	}
	if f.door, err = new(net.ListenConfig).Listen(c.ctx, "tcp", f.address); err != nil {
		return nil, domain.NewError(domain.Conflict, "esdb_address_not_free", "address", f.address, "problem", err.Error())
	}
	return server, nil
}

// openFor is open for the log of a ledger, which is served for reading. A log that a server keeps is read from that one.
func (f *feed) openFor(c *console, w *writer) (*esdb.Server, error) {
	log, ok := w.log.(esdb.Store)
	if !ok {
		return nil, domain.NewError(domain.Conflict, "log_served_there", "log", logCalled(w.logAt))
	}
	return f.open(c, esdb.FromStore(log, allOwned, c.Now), readOnly)
}

// serve answers until the context ends.
func (f *feed) serve(ctx context.Context, s *esdb.Server) error {
	if err := s.Serve(ctx, f.door); err != nil {
		return fmt.Errorf("serve the EventStoreDB protocol at %s: %w", f.address, err)
	}
	return nil
}

// announce says where the protocol is, and whom it asks nothing.
func (f *feed) announce(c *console) {
	query := "?tls=false"
	if f.opts.TLS != nil {
		query = "?tls=true"
	}
	c.say("cli.esdb_listening", "url", "esdb://"+f.door.Addr().String()+query)
	if f.opts.Users == nil {
		c.say("cli.esdb_asks_nobody")
	}
}

// readOnly serves the log of a ledger that this process writes: what belongs into it comes through its own API.
func readOnly(o *esdb.Options) { o.ReadOnly, o.Owns = true, allOwned }

// allOwned is for the log of a ledger, which holds no streams of others.
func allOwned(string) bool { return true }

type esdbUserCmd struct {
	Name string   `arg:"" help:"Name of the user: small letters, digits, points, hyphens."`
	File string   `required:"" help:"File of the users; it is made where there is none." placeholder:"FILE"`
	Role []string `required:"" help:"What the user may do: reader, ledger, $ops, $admins, or a role of access lists." placeholder:"ROLE"`
}

// madeESDBUser is a user as it is shown, once.
type madeESDBUser struct {
	Name     string   `json:"name"`
	Roles    []string `json:"roles"`
	Password string   `json:"password"`
}

// Run adds a user to a file and prints the password, which is kept nowhere.
func (cmd *esdbUserCmd) Run(c *console) error {
	if !esdb.UserName.MatchString(cmd.Name) {
		return domain.NewError(domain.Invalid, "esdb_user_name", "name", cmd.Name)
	}
	for _, role := range cmd.Role {
		if !esdb.RoleName.MatchString(role) {
			return domain.NewError(domain.Invalid, "esdb_role_name", "role", role)
		}
	}
	path := c.path(cmd.File)
	password, err := esdb.AddUser(path, cmd.Name, cmd.Role)
	if errors.Is(err, esdb.ErrUserExists) {
		return domain.NewError(domain.Conflict, "esdb_user_exists", "name", cmd.Name, "file", path)
	}
	if err != nil {
		return usersRefusal(path, err)
	}
	if c.cfg.Output == "json" {
		return printJSON(c.Out, madeESDBUser{cmd.Name, cmd.Role, password})
	}
	fmt.Fprintln(c.Out, password)
	c.say("cli.esdb_user_made", "name", cmd.Name, "file", path)
	return nil
}
