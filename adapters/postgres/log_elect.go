package postgres

import (
	"context"
	"errors"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/punchledger/punchledger/eventstore"
)

// election is a wish to be the writer.
type election struct {
	ctx  context.Context
	err  error
	done chan struct{}
}

// Elect makes this process the writer for as long as the log is open, or returns a *NotWriterError. When another process becomes the
// writer nevertheless - because the connection was lost, and that one was quicker - every append is a *FencedError from then on: what
// this process has read is no longer all that there is.
func (l *Log) Elect(ctx context.Context) error {
	e := &election{ctx: ctx, done: make(chan struct{})}
	select {
	case l.elections <- e:
	case <-ctx.Done():
		return ctx.Err()
	case <-l.ended:
		return ErrLogClosed
	}
	<-e.done
	return l.wrap(ctx, "become the writer of the log", e.err)
}

// Fenced waits until another process has taken over from this one, which Elect had made the writer, and returns that *FencedError;
// nil when the context ends.
func (l *Log) Fenced(ctx context.Context) error {
	select {
	case <-l.fenced:
		return l.whom
	case <-ctx.Done():
		return nil
	}
}

// Trouble is why this process could not write when it tried last, which an elected writer does every second; nil where it could. It
// waits for nothing.
func (l *Log) Trouble() error {
	if err := l.trouble.Load(); err != nil {
		return *err
	}
	return nil
}

// Writer is the process that writes the log; there is none now where it returns false.
func (l *Log) Writer(ctx context.Context) (h Holder, there bool, err error) {
	h, _, err = holder(ctx, l.pool)
	if err == nil {
		err = l.pool.QueryRow(ctx, `SELECT EXISTS (SELECT 1 FROM pg_locks l JOIN pg_database d ON d.oid = l.database
WHERE l.locktype = 'advisory' AND d.datname = current_database() AND l.classid = $1::int8::oid AND l.objid = $2::int8::oid AND l.granted)`,
			int64(l.space), int64(logLock)).Scan(&there)
	}
	return h, there, l.wrap(ctx, "ask who writes the log", err)
}

// one is what a row is asked from.
type one interface {
	QueryRow(ctx context.Context, sql string, args ...any) pgx.Row
}

// holder reads who was elected last.
func holder(ctx context.Context, db one) (h Holder, writer uuid.UUID, err error) {
	err = db.QueryRow(ctx, "SELECT writer, machine, process, since FROM epoch").Scan(&writer, &h.Machine, &h.Process, &h.Since)
	return h, writer, err
}

// Leave notes in the log that another one goes on where it ends, so that nobody writes or reads it for the ledger any more; empty takes
// that back.
func (l *Log) Leave(ctx context.Context, to string) error {
	_, err := l.pool.Exec(ctx, "UPDATE epoch SET moved_to = $1", to)
	return l.wrap(ctx, "note where the log went", err)
}

// stays refuses a log that was left.
func (l *Log) stays(ctx context.Context, db one) error {
	var to string
	if err := db.QueryRow(ctx, "SELECT moved_to FROM epoch").Scan(&to); err != nil {
		return l.wrap(ctx, "read where the log is", err)
	}
	if to != "" && !l.left {
		return &LeftError{l.where, to}
	}
	return nil
}

// session is the writing of this process: a connection that holds the lock of the log, and what is known of its end. All that is
// written goes through it, so that whatever ends the lock also ends what was under way.
type session struct {
	log     *Log
	conn    *pgx.Conn
	elected bool
	lasting bool // this process is the writer until another one is
	epoch   int64
	head    eventstore.Cursor
	streams map[string]eventstore.Revision
}

// logLock elects the writer.
const logLock = 1<<20 + 2

// How long the database has for an answer to the writer, and how often an idle writer looks whether it still is one.
const (
	answerWithin = 30 * time.Second
	lookEvery    = time.Second
)

// end gives the lock up. It is free when end returns, if the database still answers: the next command may follow at once.
func (s *session) end() {
	if s.conn != nil {
		within, cancel := context.WithTimeout(context.Background(), time.Second)
		defer cancel()
		if s.elected {
			_, _ = s.conn.Exec(within, "SELECT pg_advisory_unlock($1, $2)", s.log.space, logLock) // else it ends with the session
		}
		_ = s.conn.Close(within) // the database ends the session in any case
	}
	s.conn, s.elected = nil, false
}

// stand answers an election.
func (s *session) stand(e *election) {
	defer close(e.done)
	if e.err = s.elect(e.ctx); e.err == nil {
		s.lasting = true
		s.fares(nil)
		return
	}
	s.end()
}

// look notices that this process is no longer the writer, and takes the lock again where the connection was lost and nobody else has it.
func (s *session) look() {
	ctx, cancel := context.WithTimeout(context.Background(), answerWithin)
	defer cancel()
	err := s.elect(ctx)
	if err == nil {
		var now int64
		if err = s.conn.QueryRow(ctx, "SELECT number FROM epoch").Scan(&now); err == nil && now != s.epoch {
			err = errEpoch
		}
	}
	if err != nil {
		err = s.failed(ctx, err, false)
	}
	s.fares(err)
}

// fares notes how an elected writer fares.
func (s *session) fares(err error) {
	if doubt, ok := errors.AsType[*InDoubtError](err); ok { // of one append; to all others it is away
		err = &LogUnreachableError{doubt.Where, doubt.Err}
	}
	if err == nil {
		s.log.trouble.Store(nil)
		return
	}
	s.log.trouble.Store(&err)
}

// errEpoch says that the epoch in which this process was elected has ended.
var errEpoch = errors.New("another epoch of the log has begun")

// elect makes this process the writer, or returns a *NotWriterError; a *FencedError where it was one for good and another has been since.
func (s *session) elect(ctx context.Context) (err error) {
	if s.log.whom != nil {
		return s.log.whom
	}
	if s.elected {
		return nil
	}
	if s.conn == nil {
		if s.conn, err = pgx.ConnectConfig(ctx, s.log.pool.Config().ConnConfig); err != nil {
			return err
		}
	}
	var free bool
	if err := s.conn.QueryRow(ctx, "SELECT pg_try_advisory_lock($1, $2)", s.log.space, logLock).Scan(&free); err != nil {
		return err
	}
	h, last, err := holder(ctx, s.conn)
	switch {
	case err != nil:
		return err
	case s.lasting && last != s.log.self:
		s.log.whom = &FencedError{s.log.where, h}
		close(s.log.fenced)
		return s.log.whom
	case !free && s.lasting:
		return &LogUnreachableError{s.log.where, errors.New("the database has not noticed yet that the former connection has ended")}
	case !free:
		return &NotWriterError{s.log.where, h}
	}
	if err := s.log.stays(ctx, s.conn); err != nil {
		return err
	}
	here := s.log.here
	if err := s.conn.QueryRow(ctx, "UPDATE epoch SET number = number + 1, writer = $1, machine = $2, process = $3, since = now() RETURNING number",
		s.log.self, here.Machine, here.Process).Scan(&s.epoch); err != nil {
		return err
	}
	var head int64
	if err := s.conn.QueryRow(ctx, "SELECT coalesce(max(position), 0) FROM event").Scan(&head); err != nil {
		return err
	}
	s.head, s.streams, s.elected = eventstore.Cursor(head), map[string]eventstore.Revision{}, true
	return nil
}

// failed says what an error means for the appends that met it. Where the statement that stores had been sent, an error that is not the
// database's own leaves it open whether it was carried out.
func (s *session) failed(ctx context.Context, err error, sent bool) error {
	where := s.log.where
	if errors.Is(err, errEpoch) {
		return s.passed(ctx)
	}
	s.end()
	if sent && (codeOf(err) == "" || unreachable(err)) {
		return &InDoubtError{where, err}
	}
	if errors.Is(err, context.DeadlineExceeded) {
		return &LogUnreachableError{where, err}
	}
	return s.log.wrap(context.Background(), "append", err)
}

// passed says what has become of a writer whose epoch has ended.
func (s *session) passed(ctx context.Context) error {
	h, _, err := holder(ctx, s.conn)
	s.end()
	if err == nil && s.lasting {
		if err = s.elect(ctx); err != nil {
			s.end()
		} else {
			err = errEpoch // it was ours, and is again
		}
	}
	if err != nil {
		return s.log.wrap(context.Background(), "append", err)
	}
	return &NotWriterError{s.log.where, h}
}
