package esdb

import (
	"context"
	"errors"
	"io"
	"math"
	"net"

	"github.com/EventStore/EventStore-Client-Go/v4/protos/persistent"
	"github.com/EventStore/EventStore-Client-Go/v4/protos/shared"
	"github.com/google/uuid"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/peer"
)

// persistentService answers what is asked about persistent subscriptions.
type persistentService struct {
	persistent.UnimplementedPersistentSubscriptionsServer
	s *Server
}

// mayManage says whether the caller may create, change and delete persistent subscriptions, and whether there are any here.
func (v *persistentService) mayManage(ctx context.Context) error {
	if err := v.here(); err != nil {
		return err
	}
	if callerOf(ctx).has(RoleAdmins, RoleOps) {
		return nil
	}
	return accessDenied("persistent subscriptions are managed by users with the role %s or %s", RoleOps, RoleAdmins)
}

// here says whether there are persistent subscriptions: the leader of a log that is written has them.
func (v *persistentService) here() error {
	if v.s.opts.ReadOnly {
		return &fault{
			code: codes.Unimplemented,
			text: "this log is served for reading: it keeps no persistent subscriptions; use catch-up subscriptions",
		}
	}
	if v.s.opts.Leader != nil {
		return notLeader(*v.s.opts.Leader)
	}
	return nil
}

// Create implements the protocol.
func (v *persistentService) Create(ctx context.Context, req *persistent.CreateReq) (*persistent.CreateResp, error) {
	if err := v.mayManage(ctx); err != nil {
		return nil, err
	}
	k, p, set, err := readCreate(req.GetOptions())
	if err == nil {
		err = v.s.groups.create(ctx, k, p, set)
	}
	return &persistent.CreateResp{}, err
}

// Update implements the protocol.
func (v *persistentService) Update(ctx context.Context, req *persistent.UpdateReq) (*persistent.UpdateResp, error) {
	if err := v.mayManage(ctx); err != nil {
		return nil, err
	}
	k, p, set, err := readUpdate(req.GetOptions())
	if err == nil {
		err = v.s.groups.update(ctx, k, p, set)
	}
	return &persistent.UpdateResp{}, err
}

// Delete implements the protocol.
func (v *persistentService) Delete(ctx context.Context, req *persistent.DeleteReq) (*persistent.DeleteResp, error) {
	if err := v.mayManage(ctx); err != nil {
		return nil, err
	}
	o := req.GetOptions()
	k, err := keyOf(o.GetStreamIdentifier(), o.GetAll(), o.GetGroupName())
	if err == nil {
		err = v.s.groups.remove(ctx, k)
	}
	return &persistent.DeleteResp{}, err
}

// ReplayParked implements the protocol.
func (v *persistentService) ReplayParked(ctx context.Context, req *persistent.ReplayParkedReq) (*persistent.ReplayParkedResp, error) {
	if err := v.mayManage(ctx); err != nil {
		return nil, err
	}
	o := req.GetOptions()
	k, err := keyOf(o.GetStreamIdentifier(), o.GetAll(), o.GetGroupName())
	if err != nil {
		return nil, err
	}
	limit := uint64(math.MaxUint64)
	if stop, ok := o.GetStopAtOption().(*persistent.ReplayParkedReq_Options_StopAt); ok {
		if stop.StopAt < 0 {
			return nil, badRequest("the number of parked events to replay is %d", stop.StopAt)
		}
		limit = uint64(stop.StopAt)
	}
	g, err := v.s.groups.get(k)
	if err == nil {
		err = v.s.replay(ctx, g.group, limit)
	}
	return &persistent.ReplayParkedResp{}, err
}

// RestartSubsystem implements the protocol.
func (v *persistentService) RestartSubsystem(ctx context.Context, _ *shared.Empty) (*shared.Empty, error) {
	if err := v.mayManage(ctx); err != nil {
		return nil, err
	}
	return &shared.Empty{}, v.s.groups.restart()
}

// GetInfo implements the protocol.
func (v *persistentService) GetInfo(ctx context.Context, req *persistent.GetInfoReq) (*persistent.GetInfoResp, error) {
	if err := v.mayManage(ctx); err != nil {
		return nil, err
	}
	o := req.GetOptions()
	k, err := keyOf(o.GetStreamIdentifier(), o.GetAll(), o.GetGroupName())
	if err != nil {
		return nil, err
	}
	g, err := v.s.groups.get(k)
	if err != nil {
		return nil, err
	}
	return &persistent.GetInfoResp{SubscriptionInfo: g.info()}, nil
}

// List implements the protocol.
func (v *persistentService) List(ctx context.Context, req *persistent.ListReq) (*persistent.ListResp, error) {
	if err := v.mayManage(ctx); err != nil {
		return nil, err
	}
	stream := ""
	if one := req.GetOptions().GetListForStream(); one != nil {
		k, err := keyOf(one.GetStream(), one.GetAll(), "")
		if err != nil {
			return nil, err
		}
		stream = k.stream
	}
	out := &persistent.ListResp{}
	for _, g := range v.s.groups.list(stream) {
		out.Subscriptions = append(out.Subscriptions, g.info())
	}
	if stream != "" && len(out.Subscriptions) == 0 {
		return nil, noSuchGroup(groupKey{stream: stream})
	}
	return out, nil
}

// Read implements the protocol: it connects a consumer, sends it events, and takes what it says of them.
func (v *persistentService) Read(io persistent.PersistentSubscriptions_ReadServer) error {
	if err := v.here(); err != nil {
		return err
	}
	ctx := io.Context()
	first, err := receiveOr(ctx, io.Recv)
	if err != nil {
		return err
	}
	o := first.GetOptions()
	if o == nil {
		return badRequest("a consumer begins with its options")
	}
	k, err := keyOf(o.GetStreamIdentifier(), o.GetAll(), o.GetGroupName())
	if err != nil {
		return err
	}
	if err := v.mayConsume(ctx, k); err != nil {
		return err
	}
	g, err := v.s.groups.get(k)
	if err != nil {
		return err
	}
	var ids idForm
	if _, ok := o.GetUuidOption().GetContent().(*persistent.ReadReq_Options_UUIDOption_String_); ok {
		ids = idAsText
	}
	c := newConsumer(ctx, int(o.GetBufferSize()))
	if err := g.connect(c); err != nil {
		return err
	}
	defer g.disconnect(c)
	if err := io.Send(&persistent.ReadResp{Content: &persistent.ReadResp_SubscriptionConfirmation_{
		SubscriptionConfirmation: &persistent.ReadResp_SubscriptionConfirmation{SubscriptionId: k.String()},
	}}); err != nil {
		return err
	}
	go v.listen(io, g.group, c)
	for {
		select {
		case d := <-c.items:
			if err := io.Send(ids.toConsumer(d)); err != nil {
				return err
			}
		case err := <-c.dropped:
			return err
		case <-ctx.Done():
			return context.Cause(ctx)
		}
	}
}

func (v *persistentService) mayConsume(ctx context.Context, k groupKey) error {
	if k.all() {
		return mayReadAll(ctx)
	}
	t, err := v.s.load(ctx, k.stream)
	if err != nil {
		return err
	}
	return mayRead(ctx, k.stream, t.rules.acl)
}

func newConsumer(ctx context.Context, size int) *consumer {
	size = min(max(size, 1), maxBuffer)
	c := &consumer{id: uuid.NewString(), size: size, items: make(chan delivery, size), dropped: make(chan error, 1), user: callerOf(ctx).Name}
	if name := metadata.ValueFromIncomingContext(ctx, "connection-name"); len(name) > 0 {
		c.id = name[0] + "/" + c.id
	}
	if p, ok := peer.FromContext(ctx); ok {
		if host, _, err := net.SplitHostPort(p.Addr.String()); err == nil {
			c.from = host
		}
	}
	return c
}

// nackAction is what becomes of an event that a consumer could not deal with.
type nackAction = persistent.ReadReq_Nack_Action

const (
	nackPark = persistent.ReadReq_Nack_Park
	nackSkip = persistent.ReadReq_Nack_Skip
	nackStop = persistent.ReadReq_Nack_Stop
)

// listen takes what a consumer says until it has no more to say.
func (v *persistentService) listen(from persistent.PersistentSubscriptions_ReadServer, g *group, c *consumer) {
	defer func() {
		if p := recover(); p != nil {
			c.drop(v.s.panicked(persistent.PersistentSubscriptions_Read_FullMethodName, p))
		}
	}()
	for {
		req, err := from.Recv()
		if err != nil {
			if errors.Is(err, io.EOF) {
				err = nil
			}
			c.drop(err)
			return
		}
		var ids []*shared.UUID
		switch {
		case req.GetAck() != nil:
			ids = req.GetAck().GetIds()
		case req.GetNack() != nil:
			ids = req.GetNack().GetIds()
		}
		parsed := make([]uuid.UUID, 0, len(ids))
		for _, id := range ids {
			one, err := parseID(id)
			if err != nil {
				c.drop(err)
				return
			}
			parsed = append(parsed, one)
		}
		switch nack := req.GetNack(); {
		case req.GetAck() != nil:
			g.ack(c, parsed)
		case nack.GetAction() == nackStop:
			c.drop(nil)
			return
		case nack != nil:
			g.nack(c, parsed, nack.GetAction(), nack.GetReason())
		}
	}
}
