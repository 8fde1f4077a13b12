package esdb

import (
	"fmt"
	"math"
	"strconv"
	"time"

	"github.com/EventStore/EventStore-Client-Go/v4/protos/persistent"
	"github.com/EventStore/EventStore-Client-Go/v4/protos/shared"
)

// groupKey names a persistent subscription: a group of consumers of a stream, or of allStreams.
type groupKey struct{ stream, name string }

const allStreams = "$all"

func (k groupKey) String() string { return k.stream + "::" + k.name }

func (k groupKey) all() bool { return k.stream == allStreams }

// Strategies say which consumer gets an event.
const (
	roundRobin          = "RoundRobin"
	dispatchToSingle    = "DispatchToSingle"
	pinned              = "Pinned"
	pinnedByCorrelation = "PinnedByCorrelation"
)

// groupSettings is what a group was created with, as it is stored. A time of 0 is none.
type groupSettings struct {
	ResolveLinks     bool         `json:"resolve_links"`
	ExtraStatistics  bool         `json:"extra_statistics"`
	MaxRetries       int32        `json:"max_retry_count"`
	MinCheckpoint    int32        `json:"min_checkpoint_count"`
	MaxCheckpoint    int32        `json:"max_checkpoint_count"`
	MaxConsumers     int32        `json:"max_subscriber_count"` // 0 is any number
	LiveBuffer       int32        `json:"live_buffer_size"`
	ReadBatch        int32        `json:"read_batch_size"`
	Buffer           int32        `json:"history_buffer_size"`
	TimeoutMS        int64        `json:"message_timeout_ms"`
	CheckpointEachMS int64        `json:"checkpoint_after_ms"`
	Strategy         string       `json:"consumer_strategy"`
	Start            string       `json:"start_from"` // as clients are told: a revision, "C:1/P:1", or -1
	From             uint64       `json:"from"`       // where that was, when the group was created
	Filter           *filterEntry `json:"filter,omitempty"`
}

// filterEntry is a filter as it is stored.
type filterEntry struct {
	ByStream bool     `json:"by_stream"`
	Regex    string   `json:"regex,omitempty"`
	Prefix   []string `json:"prefix,omitempty"`
}

// GetRegex implements expression.
func (f *filterEntry) GetRegex() string { return f.Regex }

// GetPrefix implements expression.
func (f *filterEntry) GetPrefix() []string { return f.Prefix }

func (f *filterEntry) compile() (*filter, error) {
	if f == nil {
		return nil, nil
	}
	return newFilter(f.ByStream, f, defaultWindow, 1)
}

// timeout is how long a consumer may take.
func (g *groupSettings) timeout() time.Duration { return time.Duration(g.TimeoutMS) * time.Millisecond }

func (g *groupSettings) checkpointEach() time.Duration {
	return time.Duration(g.CheckpointEachMS) * time.Millisecond
}

// sizes are the settings that requests to create and to change a group have in common.
//
//nolint:interfacebloat // two generated messages have these methods in common
type sizes interface {
	GetResolveLinks() bool
	GetExtraStatistics() bool
	GetMaxRetryCount() int32
	GetMinCheckpointCount() int32
	GetMaxCheckpointCount() int32
	GetMaxSubscriberCount() int32
	GetLiveBufferSize() int32
	GetReadBatchSize() int32
	GetHistoryBufferSize() int32
	GetMessageTimeoutTicks() int64
	GetMessageTimeoutMs() int32
	GetCheckpointAfterTicks() int64
	GetCheckpointAfterMs() int32
}

// Limits of what a group keeps in memory.
const (
	defaultBuffer = 500
	maxBuffer     = 10_000
)

const ticksPerMillisecond = ticksPerSecond / 1000

func readSizes(s sizes, strategy string) (groupSettings, error) {
	out := groupSettings{
		ResolveLinks: s.GetResolveLinks(), ExtraStatistics: s.GetExtraStatistics(), MaxRetries: s.GetMaxRetryCount(),
		MinCheckpoint: s.GetMinCheckpointCount(), MaxCheckpoint: s.GetMaxCheckpointCount(), MaxConsumers: s.GetMaxSubscriberCount(),
		LiveBuffer: s.GetLiveBufferSize(), ReadBatch: s.GetReadBatchSize(), Buffer: s.GetHistoryBufferSize(),
		TimeoutMS:        int64(s.GetMessageTimeoutMs()) + s.GetMessageTimeoutTicks()/ticksPerMillisecond,
		CheckpointEachMS: int64(s.GetCheckpointAfterMs()) + s.GetCheckpointAfterTicks()/ticksPerMillisecond,
		Strategy:         strategy,
	}
	for name, n := range map[string]int64{
		"max retry count": int64(out.MaxRetries), "min checkpoint count": int64(out.MinCheckpoint), "max checkpoint count": int64(out.MaxCheckpoint),
		"max subscriber count": int64(out.MaxConsumers), "live buffer size": int64(out.LiveBuffer), "read batch size": int64(out.ReadBatch),
		"history buffer size": int64(out.Buffer), "message timeout": out.TimeoutMS, "checkpoint after": out.CheckpointEachMS,
	} {
		if n < 0 {
			return out, badRequest("the %s of a persistent subscription is %d; it is at least 0", name, n)
		}
	}
	if out.MaxCheckpoint > 0 && out.MinCheckpoint > out.MaxCheckpoint {
		return out, badRequest("the min checkpoint count of a persistent subscription is above its max checkpoint count")
	}
	if out.Buffer == 0 {
		out.Buffer = defaultBuffer
	}
	out.Buffer = min(out.Buffer, maxBuffer)
	return out, nil
}

func readStrategy(name string, older int32) (string, error) {
	switch name {
	case roundRobin, dispatchToSingle, pinned, pinnedByCorrelation:
		return name, nil
	case "":
		if older < 0 || int(older) >= 3 {
			return "", badRequest("there is no strategy %d", older)
		}
		return []string{dispatchToSingle, roundRobin, pinned}[older], nil
	}
	return "", badRequest("there is no strategy %s: there are %s, %s, %s and %s", name, roundRobin, dispatchToSingle, pinned, pinnedByCorrelation)
}

// place is where a group begins, as a request says it.
type place struct {
	end bool
	at  uint64
}

func (p place) text(k groupKey) string {
	switch {
	case k.all() && p.end:
		return "C:-1/P:-1"
	case k.all():
		return positionText(p.at)
	case p.end:
		return "-1"
	}
	return strconv.FormatUint(p.at, 10)
}

func positionText(at uint64) string { return fmt.Sprintf("C:%d/P:%d", at, at) }

// readCreate reads a request to create a group, from clients that know the older fields alone too.
func readCreate(o *persistent.CreateReq_Options) (k groupKey, p place, g groupSettings, err error) {
	k.name = o.GetGroupName()
	strategy, err := readStrategy(o.GetSettings().GetConsumerStrategy(), int32(o.GetSettings().GetNamedConsumerStrategy())) //nolint:staticcheck // what older clients send
	if err != nil {
		return k, p, g, err
	}
	if g, err = readSizes(o.GetSettings(), strategy); err != nil {
		return k, p, g, err
	}
	switch v := o.GetStreamOption().(type) {
	case *persistent.CreateReq_Options_All:
		k.stream = allStreams
		switch at := v.All.GetAllOption().(type) {
		case *persistent.CreateReq_AllOptions_Position:
			p.at = at.Position.GetCommitPosition()
		case *persistent.CreateReq_AllOptions_End:
			p.end = true
		}
		g.Filter, err = readGroupFilter(v.All.GetFilter())
		return k, p, g, err
	case *persistent.CreateReq_Options_Stream:
		switch at := v.Stream.GetRevisionOption().(type) {
		case *persistent.CreateReq_StreamOptions_Revision:
			p.at = at.Revision
		case *persistent.CreateReq_StreamOptions_End:
			p.end = true
		}
		k.stream, err = parseStream(v.Stream.GetStreamIdentifier())
		return k, p, g, err
	}
	p.at = o.GetSettings().GetRevision() //nolint:staticcheck // what older clients send
	p.end = p.at == math.MaxUint64
	k.stream, err = parseStream(o.GetStreamIdentifier()) //nolint:staticcheck // what older clients send
	return k, p, g, err
}

func readGroupFilter(f *persistent.CreateReq_AllOptions_FilterOptions) (*filterEntry, error) {
	var out *filterEntry
	switch by := f.GetFilter().(type) {
	case *persistent.CreateReq_AllOptions_FilterOptions_StreamIdentifier:
		out = &filterEntry{ByStream: true, Regex: by.StreamIdentifier.GetRegex(), Prefix: by.StreamIdentifier.GetPrefix()}
	case *persistent.CreateReq_AllOptions_FilterOptions_EventType:
		out = &filterEntry{Regex: by.EventType.GetRegex(), Prefix: by.EventType.GetPrefix()}
	}
	_, err := out.compile()
	return out, err
}

// readUpdate reads a request to change a group.
func readUpdate(o *persistent.UpdateReq_Options) (k groupKey, p place, g groupSettings, err error) {
	k.name = o.GetGroupName()
	strategy, err := readStrategy("", int32(o.GetSettings().GetNamedConsumerStrategy()))
	if err != nil {
		return k, p, g, err
	}
	if g, err = readSizes(o.GetSettings(), strategy); err != nil {
		return k, p, g, err
	}
	switch v := o.GetStreamOption().(type) {
	case *persistent.UpdateReq_Options_All:
		k.stream = allStreams
		switch at := v.All.GetAllOption().(type) {
		case *persistent.UpdateReq_AllOptions_Position:
			p.at = at.Position.GetCommitPosition()
		case *persistent.UpdateReq_AllOptions_End:
			p.end = true
		}
		return k, p, g, nil
	case *persistent.UpdateReq_Options_Stream:
		switch at := v.Stream.GetRevisionOption().(type) {
		case *persistent.UpdateReq_StreamOptions_Revision:
			p.at = at.Revision
		case *persistent.UpdateReq_StreamOptions_End:
			p.end = true
		}
		k.stream, err = parseStream(v.Stream.GetStreamIdentifier())
		return k, p, g, err
	}
	p.at = o.GetSettings().GetRevision() //nolint:staticcheck // what older clients send
	p.end = p.at == math.MaxUint64
	k.stream, err = parseStream(o.GetStreamIdentifier()) //nolint:staticcheck // what older clients send
	return k, p, g, err
}

// keyOf reads the name of a group where a request names a stream, or all of them.
func keyOf(stream *shared.StreamIdentifier, all *shared.Empty, name string) (groupKey, error) {
	if all != nil {
		return groupKey{allStreams, name}, nil
	}
	s, err := parseStream(stream)
	return groupKey{s, name}, err
}
