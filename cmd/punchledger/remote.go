package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"path/filepath"
	"sync"
	"syscall"
	"time"

	"github.com/google/uuid"

	"github.com/punchledger/punchledger/adapters/sqlite"
	"github.com/punchledger/punchledger/domain"
)

// A writing command that meets a running server hands itself over through the server's socket in the data folder, which only
// the server's own user can open. The server runs it with the caller's working directory and settings, on its own ledger.

// handover is the one line that a command sends.
type handover struct {
	Args []string          `json:"args"`
	Dir  string            `json:"dir"`
	Env  map[string]string `json:"env"` // settings of the caller's environment; the server's own are not looked at
}

// How long a server waits for a caller: for the line that says what it wants, and until it has taken a piece of the answer.
const (
	lineWithin  = 10 * time.Second
	frameWithin = 30 * time.Second
)

// frame is a line of the reply: output, messages, and at last the exit code.
type frame struct {
	Out  []byte `json:"out,omitempty"`
	Err  []byte `json:"err,omitempty"`
	Exit *int   `json:"exit,omitempty"`
}

// exitError carries the exit code of a command whose messages have been printed, by a server that ran it for example.
type exitError struct{ code int }

func (e *exitError) Error() string { return fmt.Sprintf("exit %d", e.code) }

func socketPath(data string) string { return filepath.Join(data, "punchledger.sock") }

// forward runs this command, the whole of it, in the process that holds the ledger. It returns an *exitError, or why that failed.
func (c *console) forward(locked *sqlite.LockedError) error {
	var dialer net.Dialer
	conn, err := dialer.DialContext(c.ctx, "unix", socketPath(c.cfg.Data))
	if errors.Is(err, os.ErrNotExist) { // not a server: another command, which ends soon
		return locked
	}
	if err != nil { // a server that is just beginning, or that has died while another command writes
		return fmt.Errorf("%w (its socket does not answer: %w)", locked, err)
	}
	return c.converse(conn)
}

// handOver runs this command in the server that holds the ledger, if there is one. A command that evaluates for long before it writes
// asks first, so that only one of the two evaluates; done is false where this process is to go on by itself.
func (c *console) handOver() (done bool, err error) {
	if c.server != nil {
		return false, nil
	}
	var dialer net.Dialer
	conn, err := dialer.DialContext(c.ctx, "unix", socketPath(c.cfg.Data))
	if err != nil { // nobody answers: whoever holds the ledger is met when it is written
		return false, nil
	}
	return true, c.converse(conn)
}

// converse sends this command and passes on what comes back.
func (c *console) converse(conn net.Conn) error {
	defer conn.Close()
	stop := context.AfterFunc(c.ctx, func() { conn.Close() })
	defer stop()
	if c.cfg.RequestID == "" { // so that it can be run again when the answer does not come
		c.cfg.RequestID = uuid.NewString()
		c.env["PUNCHLEDGER_REQUEST_ID"] = c.cfg.RequestID
	}
	broken := func(err error) error {
		return errors.Join(domain.NewError(domain.Conflict, "server_gone", "flag", "--request-id "+c.cfg.RequestID), err)
	}
	if err := json.NewEncoder(conn).Encode(handover{Args: c.Args, Dir: c.Dir, Env: c.env}); err != nil {
		return broken(err)
	}
	replies := json.NewDecoder(conn)
	for {
		var f frame
		if err := replies.Decode(&f); err != nil {
			return broken(err)
		}
		if _, err := c.Out.Write(f.Out); err != nil {
			return err
		}
		if _, err := c.Err.Write(f.Err); err != nil {
			return err
		}
		if f.Exit != nil {
			return &exitError{*f.Exit} // also where all went well: what comes after in the caller has been done over there
		}
	}
}

// listen opens the server's socket; a socket that a dead process left is replaced. The caller holds the ledger's lock.
func listen(ctx context.Context, data string) (net.Listener, error) {
	path := socketPath(data)
	if err := os.Remove(path); err != nil && !errors.Is(err, os.ErrNotExist) {
		return nil, fmt.Errorf("replace the socket of an earlier server: %w", err)
	}
	var lc net.ListenConfig
	l, err := lc.Listen(ctx, "unix", path)
	if errors.Is(err, syscall.EINVAL) {
		return nil, domain.NewError(domain.Invalid, "socket_too_long", "path", path)
	}
	if err != nil {
		return nil, fmt.Errorf("open the socket for other commands: %w", err)
	}
	if err := os.Chmod(path, 0o600); err != nil {
		return nil, errors.Join(err, l.Close())
	}
	return l, nil
}

// answerCommands runs the commands that come through the socket until its listener is closed, and waits for those under way.
// When ctx ends, connections that have not said what they want are closed; a command that is under way is finished.
func answerCommands(ctx context.Context, l net.Listener, w *writer) error {
	var busy sync.WaitGroup
	defer busy.Wait()
	for {
		conn, err := l.Accept()
		if errors.Is(err, net.ErrClosed) {
			return nil
		}
		if err != nil {
			return fmt.Errorf("accept a command: %w", err)
		}
		busy.Go(func() {
			defer conn.Close()
			answerOne(ctx, conn, w)
		})
	}
}

func answerOne(ctx context.Context, conn net.Conn, w *writer) {
	listening := context.AfterFunc(ctx, func() { conn.Close() })
	if err := conn.SetReadDeadline(time.Now().Add(lineWithin)); err != nil {
		return
	}
	line, err := bufio.NewReader(io.LimitReader(conn, 1<<20)).ReadBytes('\n')
	if !listening() || err != nil {
		return // the caller went away before it said what it wanted, or the server did
	}
	if err := conn.SetReadDeadline(time.Time{}); err != nil {
		return
	}
	caller, gone := context.WithCancel(ctx)
	defer gone()
	go func() { // a caller says nothing more, and closes when it is stopped
		_, _ = io.Copy(io.Discard, conn)
		gone()
	}()
	out := &frames{conn: conn, enc: json.NewEncoder(conn)}
	var h handover
	code := exitUsage
	if err := json.Unmarshal(line, &h); err == nil {
		c := newConsole(context.WithoutCancel(ctx), invocation{
			Args: h.Args, Dir: h.Dir, Getenv: func(name string) string { return h.Env[name] },
			In: eof{}, Out: frameWriter{out, false}, Err: frameWriter{out, true},
		}, w)
		c.asked = caller
		code = c.exitCode(c.execute())
	}
	out.send(frame{Exit: &code})
}

type frames struct {
	mu   sync.Mutex
	conn net.Conn
	enc  *json.Encoder
	gone bool
}

// send gives up on a caller that has gone away or takes nothing any more; its command is not stopped half way.
func (f *frames) send(v frame) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.gone {
		return
	}
	f.gone = errors.Join(f.conn.SetWriteDeadline(time.Now().Add(frameWithin)), f.enc.Encode(v)) != nil
}

type frameWriter struct {
	to  *frames
	err bool
}

func (w frameWriter) Write(p []byte) (int, error) {
	if w.err {
		w.to.send(frame{Err: p})
	} else {
		w.to.send(frame{Out: p})
	}
	return len(p), nil
}

type eof struct{}

func (eof) Read([]byte) (int, error) { return 0, io.EOF }
