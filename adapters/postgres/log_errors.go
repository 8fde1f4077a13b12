package postgres

import (
	"context"
	"errors"
	"fmt"
	"time"
)

// Holder is a process that writes a log, or wrote it last.
type Holder struct {
	Machine string
	Process int
	Since   time.Time
}

func (h Holder) String() string {
	return fmt.Sprintf("process %d on %s since %s", h.Process, h.Machine, h.Since.UTC().Format(time.RFC3339))
}

// NotWriterError says that another process writes the log. Nothing was stored.
type NotWriterError struct {
	Where  string
	Holder Holder
}

func (e *NotWriterError) Error() string { return fmt.Sprintf("%s is written by %s", e.Where, e.Holder) }

// FencedError says that this process was the writer and another one has become it since: this one never appends again. Nothing was
// stored.
type FencedError struct {
	Where  string
	Holder Holder
}

func (e *FencedError) Error() string {
	return fmt.Sprintf("this process no longer writes %s: %s does", e.Where, e.Holder)
}

// LogUnreachableError says that the database of a log does not answer. Nothing was stored.
type LogUnreachableError struct {
	Where string
	Err   error
}

func (e *LogUnreachableError) Error() string { return fmt.Sprintf("the log in %s: %v", e.Where, e.Err) }
func (e *LogUnreachableError) Unwrap() error { return e.Err }

// InDoubtError says that the database went away while it stored an append, which may be stored or not. The same append, made again,
// is answered with its first place if it is.
type InDoubtError struct {
	Where string
	Err   error
}

func (e *InDoubtError) Error() string {
	return fmt.Sprintf("the log in %s went away while it stored this: %v", e.Where, e.Err)
}
func (e *InDoubtError) Unwrap() error { return e.Err }

// NoLogError says that there is no log at an address.
type NoLogError struct{ Where string }

func (e *NoLogError) Error() string { return "there is no log in " + e.Where }

// LeftError says that a log was left for another one, which goes on where this one ends.
type LeftError struct{ Where, To string }

func (e *LeftError) Error() string {
	return fmt.Sprintf("the log in %s was moved to %s", e.Where, e.To)
}

// ErrLogClosed is what an append to a closed log returns.
var ErrLogClosed = errors.New("the log is closed")

// wrap says what was tried and where; what the caller has given up says so.
func (l *Log) wrap(ctx context.Context, tried string, err error) error {
	err = wrap(ctx, l.where, tried, err)
	if away, ok := errors.AsType[*UnreachableError](err); ok {
		return &LogUnreachableError{away.Where, away.Err}
	}
	return err
}
