package esdb

import (
	"regexp"
	"slices"
	"strings"

	"github.com/EventStore/EventStore-Client-Go/v4/protos/streams"
)

// filter chooses records of the whole log by stream or type.
type filter struct {
	byStream bool
	prefixes []string
	pattern  *regexp.Regexp
	interval uint64 // records looked at between checkpoints
}

// defaultWindow is how many records a search looks at where the client does not say.
const defaultWindow = 32

// expression is a pattern or several prefixes; messages of both services have one.
type expression interface {
	GetRegex() string
	GetPrefix() []string
}

func parseFilter(f *streams.ReadReq_Options_FilterOptions) (*filter, error) {
	window := uint64(defaultWindow)
	if m, ok := f.GetWindow().(*streams.ReadReq_Options_FilterOptions_Max); ok {
		if window = uint64(m.Max); window == 0 {
			return nil, badRequest("the window of a filter is at least 1")
		}
	}
	switch by := f.GetFilter().(type) {
	case *streams.ReadReq_Options_FilterOptions_StreamIdentifier:
		return newFilter(true, by.StreamIdentifier, window, f.GetCheckpointIntervalMultiplier())
	case *streams.ReadReq_Options_FilterOptions_EventType:
		return newFilter(false, by.EventType, window, f.GetCheckpointIntervalMultiplier())
	}
	return nil, badRequest("a filter says whether it is for streams or for types")
}

func newFilter(byStream bool, e expression, window uint64, multiplier uint32) (*filter, error) {
	if multiplier == 0 {
		return nil, badRequest("the checkpoint interval of a filter is at least 1")
	}
	out := &filter{byStream: byStream, prefixes: e.GetPrefix(), interval: window * uint64(multiplier)}
	if text := e.GetRegex(); text != "" {
		var err error
		if out.pattern, err = regexp.Compile(text); err != nil {
			// Clients write patterns of .NET; to guess what one means would be to send the wrong events.
			return nil, badRequest("the pattern of the filter is not understood here: %v", err)
		}
	}
	if out.pattern == nil && len(out.prefixes) == 0 {
		return nil, badRequest("a filter has a pattern or prefixes")
	}
	return out, nil
}

// wants reports whether a record passes.
func (f *filter) wants(r *Record) bool {
	text := r.Type
	if f.byStream {
		text = r.Stream
	}
	if f.pattern != nil {
		return f.pattern.MatchString(text)
	}
	return slices.ContainsFunc(f.prefixes, func(p string) bool { return strings.HasPrefix(text, p) })
}
