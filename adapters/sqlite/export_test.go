package sqlite

// Raise raises errors one after the other, as two parts of a writer may, and returns what callers see.
func Raise(fatal func(error), errs ...error) []error {
	f := newFailure("ledger.db", fatal)
	var out []error
	for _, err := range errs {
		out = append(out, f.raise(err))
	}
	return append(out, f.check())
}

// Announce ends waiting at l with an error, as its watcher does.
func Announce(l *Log, err error) { l.announce(err) }
