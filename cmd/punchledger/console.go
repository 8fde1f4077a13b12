package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"
	"unicode/utf8"

	"github.com/alecthomas/kong"
	"golang.org/x/term"

	"github.com/punchledger/punchledger/adapters/sqlite"
	"github.com/punchledger/punchledger/domain"
	"github.com/punchledger/punchledger/domain/ruleset"
	"github.com/punchledger/punchledger/domain/text"
	"github.com/punchledger/punchledger/eventstore"
)

// Exit codes: the command was carried out; the answer is no; the usage or the input is wrong.
const (
	exitDone  = 0
	exitNo    = 1
	exitUsage = 2
)

// invocation is everything a command takes from its surroundings. A server runs the writing commands of others with theirs.
type invocation struct {
	Args     []string
	Dir      string // working directory, for relative paths
	Getenv   func(string) string
	In       io.Reader
	Out, Err io.Writer
	Terminal bool             // Err is a terminal: progress may be shown
	Now      func() time.Time // nil is the system's clock
}

// console is what a running command works with.
type console struct {
	invocation
	ctx     context.Context
	asked   context.Context // of a command that a server runs: it ends when who asked has gone away, or the server is stopped
	cfg     *Config
	text    *text.Catalogue
	server  *writer                                 // set when this process serves: writing commands of others run on it
	env     map[string]string                       // settings that came from the environment
	measure func(eventstore.Store) eventstore.Store // of a server: what its appends go through
	bars    io.Writer                               // where progress draws, which Err does not let through
}

// errNo says that a command was carried out and its answer is no; what it found has been printed.
var errNo = errors.New("the answer is no")

// run parses the arguments, runs the command and returns its exit code.
func run(ctx context.Context, inv invocation) int { return runOn(ctx, inv, nil) }

func runOn(ctx context.Context, inv invocation, server *writer) int {
	c := newConsole(ctx, inv, server)
	return c.exitCode(c.execute())
}

func newConsole(ctx context.Context, inv invocation, server *writer) *console {
	if inv.Now == nil {
		inv.Now = time.Now
	}
	c := &console{invocation: inv, ctx: ctx, cfg: &Config{}, server: server, env: map[string]string{}, bars: inv.Err}
	c.Err = guarded{inv.Err}
	c.text = text.Lookup(languageOf(c.Args, c.Getenv)) // until the command line has been read
	return c
}

// execute parses the arguments and runs the command. Help that was asked for is an *exitError, as it has been printed.
func (c *console) execute() error {
	exit := -1
	parser, err := kong.New(c.cfg,
		kong.Name("punchledger"), kong.Description("An event-sourced attendance ledger: every figure can be explained, replayed and verified."),
		kong.Writers(c.Out, c.Err), kong.Exit(func(code int) { exit = code }), kong.UsageOnError(),
		kong.ConfigureHelp(kong.HelpOptions{Compact: true}), kong.Resolvers(environment(c.setting)),
	)
	if err != nil {
		return fmt.Errorf("read the definition of the commands: %w", err)
	}
	for _, a := range c.Args { // the parser would put other characters in the place of such bytes
		if !utf8.ValidString(a) {
			return domain.NewError(domain.Invalid, "usage_not_text", "argument", a)
		}
	}
	parsed, err := parse(parser, c.Args, &exit)
	if exit >= 0 { // help was asked for
		return &exitError{exit}
	}
	if err != nil {
		return usageRefusal(err)
	}
	c.text = text.Lookup(c.cfg.Lang)
	if c.server != nil { // which knows its ledger, whatever the caller calls it
		c.cfg.Data, c.cfg.KEK, c.cfg.SignKey = c.server.data, c.server.kek, c.server.signing.file
		c.cfg.LogAt, c.cfg.Views = c.server.logAt, c.server.database
		c.cfg.Vault, c.cfg.State = c.server.parts.vault, c.server.parts.state
	}
	c.cfg.Data = c.path(c.cfg.Data)
	if isBackup(c.cfg.Data) { // it is of files, wherever the ledger was
		c.cfg.Vault, c.cfg.State = "", ""
	}
	if c.cfg.KEK == "" {
		c.cfg.KEK = filepath.Clean(c.cfg.Data) + ".kek"
	}
	c.cfg.KEK = c.path(c.cfg.KEK)
	if c.cfg.SignKey == "" {
		c.cfg.SignKey = filepath.Clean(c.cfg.Data) + ".sign"
	}
	c.cfg.SignKey = c.path(c.cfg.SignKey)
	if err := cmp.Or(
		checkLogAddress(c.cfg.LogAt), checkViewsAddress(c.cfg.Views), checkPartAddress("--vault", c.cfg.Vault), checkPartAddress("--state", c.cfg.State),
	); err != nil {
		return err
	}
	return parsed.Run(c)
}

// parse turns the panic with which kong leaves after printing help into a return.
func parse(p *kong.Kong, args []string, exit *int) (ctx *kong.Context, err error) {
	type helped struct{}
	p.Exit = func(code int) {
		*exit = code
		panic(helped{})
	}
	defer func() {
		if r := recover(); r != nil {
			if _, ok := r.(helped); !ok {
				panic(r)
			}
		}
	}()
	return p.Parse(args)
}

// exitCode reports err in the user's language and maps it to an exit code.
func (c *console) exitCode(err error) int {
	var forwarded *exitError
	switch {
	case err == nil:
		return exitDone
	case errors.Is(err, errNo):
		return exitNo
	case errors.As(err, &forwarded):
		return forwarded.code
	}
	if document, ok := errors.AsType[*ruleset.ProblemsError](err); ok {
		for _, p := range document.Problems {
			fmt.Fprintln(c.Err, c.located(document.Name, p))
		}
	}
	m := c.text.Error(text.ShownError(refusal(err)))
	fmt.Fprintln(c.Err, "punchledger:", m.What)
	fmt.Fprintln(c.Err, m.Safe, m.Do)
	return exitUsage
}

// setting returns a variable of the environment and remembers it, for the server that may run the command.
func (c *console) setting(name string) string {
	v := c.Getenv(name)
	if v != "" {
		c.env[name] = v
	}
	return v
}

// sentence says an error in the user's language, in one piece.
func (c *console) sentence(err error) string {
	m := c.text.Error(text.ShownError(refusal(err)))
	return m.What + " " + m.Do
}

// path makes a path absolute from the caller's working directory.
func (c *console) path(p string) string {
	if p == "-" || filepath.IsAbs(p) {
		return p
	}
	return filepath.Join(c.Dir, p)
}

// say writes a message of the catalogue to standard error.
func (c *console) say(key string, args ...string) {
	fmt.Fprintln(c.Err, c.t(key, args...))
}

// t returns a text of the catalogue; args are alternating names and values.
func (c *console) t(key string, args ...string) string {
	m := make(map[string]string, len(args)/2)
	for i := 0; i+1 < len(args); i += 2 {
		m[args[i]] = args[i+1]
	}
	return c.text.Text(key, text.ShownArgs(m))
}

// word is the user's word for a value, whose texts stand under prefix; in CSV, which machines read, it is the value itself.
func (c *console) word(prefix, value string) string {
	if c.cfg.Output == "csv" {
		return value
	}
	return c.t(prefix + value)
}

// writing runs f on the open ledger: this process's own when it serves, else one it opens. When another process holds the
// ledger, the whole command is carried out by that process and writing returns its exit.
func (c *console) writing(f func(*writer) error) error {
	if c.server != nil {
		if err := c.server.checkClock(c); err != nil {
			return err
		}
		return f(c.server.repeatable(c.cfg.RequestID))
	}
	w, err := openWriter(c)
	if locked, ok := errors.AsType[*sqlite.LockedError](err); ok {
		return c.forward(locked)
	}
	if err != nil {
		return err
	}
	return errors.Join(f(w.repeatable(c.cfg.RequestID)), w.Close())
}

// evaluating is the console of what is only read, however long that takes: it ends when nobody waits for it any more.
func (c *console) evaluating() *console {
	out := *c
	if c.asked != nil {
		out.ctx = c.asked
	}
	return &out
}

func workingDir() string {
	dir, err := os.Getwd()
	if err != nil {
		return "."
	}
	return dir
}

func isTerminal(f *os.File) bool { return term.IsTerminal(int(f.Fd())) }
