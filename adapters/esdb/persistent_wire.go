package esdb

import (
	"strconv"

	"github.com/EventStore/EventStore-Client-Go/v4/protos/persistent"
)

// toConsumer gives an event the form in which consumers get it.
func (f idForm) toConsumer(d delivery) *persistent.ReadResp {
	v := d.view
	out := &persistent.ReadResp_ReadEvent{
		Position: &persistent.ReadResp_ReadEvent_CommitPosition{CommitPosition: v.original().Position},
		Count:    &persistent.ReadResp_ReadEvent_RetryCount{RetryCount: d.retries},
	}
	if v.event != nil {
		out.Event = f.toConsumed(v.event)
	}
	if v.link != nil {
		out.Link = f.toConsumed(v.link)
	}
	return &persistent.ReadResp{Content: &persistent.ReadResp_Event{Event: out}}
}

func (f idForm) toConsumed(r *Record) *persistent.ReadResp_ReadEvent_RecordedEvent {
	e := f.toRecorded(r)
	return &persistent.ReadResp_ReadEvent_RecordedEvent{
		Id: e.GetId(), StreamIdentifier: e.GetStreamIdentifier(), StreamRevision: e.GetStreamRevision(),
		PreparePosition: e.GetPreparePosition(), CommitPosition: e.GetCommitPosition(),
		Metadata: e.GetMetadata(), CustomMetadata: e.GetCustomMetadata(), Data: e.GetData(),
	}
}

// info says how a group stands.
func (g *group) info() *persistent.SubscriptionInfo {
	g.mu.Lock()
	defer g.mu.Unlock()
	text := func(at uint64) string {
		if g.key.all() {
			return positionText(at)
		}
		return strconv.FormatUint(at, 10)
	}
	out := &persistent.SubscriptionInfo{
		EventSource: g.key.stream, GroupName: g.key.name, Status: "Live", TotalItems: g.total,
		StartFrom: g.set.Start, ResolveLinkTos: g.set.ResolveLinks, ExtraStatistics: g.set.ExtraStatistics,
		MessageTimeoutMilliseconds: int32(g.set.TimeoutMS), MaxRetryCount: g.set.MaxRetries,
		LiveBufferSize: g.set.LiveBuffer, BufferSize: g.set.Buffer, ReadBatchSize: g.set.ReadBatch,
		CheckPointAfterMilliseconds: int32(g.set.CheckpointEachMS), MinCheckPointCount: g.set.MinCheckpoint, MaxCheckPointCount: g.set.MaxCheckpoint,
		ReadBufferCount: int32(len(g.ready)), RetryBufferCount: int32(len(g.again)),
		TotalInFlightMessages: int32(g.flying), OutstandingMessagesCount: int32(g.flying),
		NamedConsumerStrategy: g.set.Strategy, MaxSubscriberCount: g.set.MaxConsumers,
		ParkedMessageCount: max(0, int64(g.parkedNext)-int64(g.replayed)),
	}
	if g.saved > g.set.From {
		out.LastCheckpointedEventPosition = text(g.saved - 1)
	}
	if g.next > g.set.From {
		out.LastKnownEventPosition = text(g.known)
	}
	for _, c := range g.consumers {
		out.Connections = append(out.Connections, &persistent.SubscriptionInfo_ConnectionInfo{
			From: c.from, Username: c.user, TotalItems: c.total, AvailableSlots: int32(c.size - c.flying),
			InFlightMessages: int32(c.flying), ConnectionName: c.id,
		})
	}
	return out
}
