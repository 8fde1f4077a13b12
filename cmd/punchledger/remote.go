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

	"github.com/punchledger/punchledger/adapters/sqlite"
	"github.com/punchledger/punchledger/domain"
)

// A writing command that meets a running server hands itself over through the server's socket in the data folder, which only
// the server's own user can open. The server runs it with the caller's working directory and language.

// handover is the one line that a command sends.
type handover struct {
	Args []string `json:"args"`
	Dir  string   `json:"dir"`
	Lang string   `json:"lang"`
	KEK  string   `json:"kek"`
}

// frame is a line of the reply: output, messages, and at last the exit code.
type frame struct {
	Out  []byte `json:"out,omitempty"`
	Err  []byte `json:"err,omitempty"`
	Exit *int   `json:"exit,omitempty"`
}

// exitError carries the exit code of a command that a server ran; its messages have been printed.
type exitError struct{ code int }

func (e *exitError) Error() string { return fmt.Sprintf("exit %d", e.code) }

func socketPath(data string) string { return filepath.Join(data, "punchledger.sock") }

// forward runs this command in the process that holds the ledger.
func (c *console) forward(locked *sqlite.LockedError) error {
	var dialer net.Dialer
	conn, err := dialer.DialContext(c.ctx, "unix", socketPath(c.cfg.Data))
	if errors.Is(err, os.ErrNotExist) { // not a server: another command, which ends soon
		return fmt.Errorf("%w, which is no server; try again when it has ended", locked)
	}
	if err != nil {
		return fmt.Errorf("%w (its socket does not answer: %w)", locked, err)
	}
	defer conn.Close()
	stop := context.AfterFunc(c.ctx, func() { conn.Close() })
	defer stop()
	if err := json.NewEncoder(conn).Encode(handover{Args: c.Args, Dir: c.Dir, Lang: c.cfg.Lang, KEK: c.cfg.KEK}); err != nil {
		return fmt.Errorf("hand the command to the server: %w", err)
	}
	replies := json.NewDecoder(conn)
	for {
		var f frame
		if err := replies.Decode(&f); err != nil {
			return fmt.Errorf("the server went away before the command ended; run it again, it does nothing twice: %w", err)
		}
		if _, err := c.Out.Write(f.Out); err != nil {
			return err
		}
		if _, err := c.Err.Write(f.Err); err != nil {
			return err
		}
		if f.Exit != nil {
			if *f.Exit == exitDone {
				return nil
			}
			return &exitError{*f.Exit}
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
func answerCommands(ctx context.Context, l net.Listener, w *writer, getenv func(string) string) error {
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
			answerOne(ctx, conn, w, getenv)
		})
	}
}

func answerOne(ctx context.Context, conn net.Conn, w *writer, getenv func(string) string) {
	line, err := bufio.NewReader(io.LimitReader(conn, 1<<20)).ReadBytes('\n')
	if err != nil {
		return // the caller went away before it said what it wanted
	}
	out := &frames{enc: json.NewEncoder(conn)}
	var h handover
	code := exitUsage
	if err := json.Unmarshal(line, &h); err == nil {
		code = runOn(ctx, invocation{
			Args: h.Args, Dir: h.Dir, Getenv: handed(h, getenv),
			In: eof{}, Out: frameWriter{out, false}, Err: frameWriter{out, true},
		}, w)
	}
	out.send(frame{Exit: &code})
}

// handed gives a command the caller's settings where they had come from its environment.
func handed(h handover, getenv func(string) string) func(string) string {
	return func(name string) string {
		switch name {
		case "PUNCHLEDGER_LANG":
			return h.Lang
		case "PUNCHLEDGER_KEK":
			return h.KEK
		}
		return getenv(name)
	}
}

type frames struct {
	mu  sync.Mutex
	enc *json.Encoder
}

// send ignores errors: a caller that has gone away does not stop its command half way.
func (f *frames) send(v frame) {
	f.mu.Lock()
	defer f.mu.Unlock()
	_ = f.enc.Encode(v)
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
