// Package esdb serves a log over the EventStoreDB gRPC protocol, so that official clients in any language can read it, follow it and,
// where they may, append to it (docs/esdb.md).
//
// It knows streams and bytes and no word of attendance. Every error that reaches a client is one that official clients know.
package esdb

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"log/slog"
	"sync"
	"time"

	"github.com/EventStore/EventStore-Client-Go/v4/protos/gossip"
	"github.com/EventStore/EventStore-Client-Go/v4/protos/persistent"
	server_features "github.com/EventStore/EventStore-Client-Go/v4/protos/serverfeatures"
	"github.com/EventStore/EventStore-Client-Go/v4/protos/streams"
	"github.com/google/uuid"
	"google.golang.org/grpc"
	"google.golang.org/grpc/keepalive"

	"github.com/punchledger/punchledger/eventstore"
)

// Version is what the server says of itself. Clients choose by it what they ask for.
const Version = "24.10.0"

// MaxAppendBytes is the limit of one append: types, metadata and data of all its events.
const MaxAppendBytes = eventstore.MaxAppendBytes

// Options say what is served, and to whom.
type Options struct {
	Log Log

	// Owns reports whether a stream belongs to the ledger: only users with RoleLedger append to it, and nobody deletes it or sets its
	// metadata. Nil owns nothing.
	Owns func(stream string) bool
	// ReadOnly refuses every change.
	ReadOnly bool

	// TLS is nil for a plain listener. Users is nil where whoever reaches the listener may do everything, which is for loopback
	// addresses alone. ClientCAs, where given, signs certificates whose common name is a user.
	TLS       *tls.Config
	Users     Users
	ClientCAs *x509.CertPool

	// Members are the nodes that gossip names; without any, the server names itself alone, as the leader, at the address where it was
	// asked. Leader is where changes are made, nil at the leader itself.
	Members []Member
	Leader  *Endpoint

	Now    func() time.Time
	Logger *slog.Logger
}

// Server answers over the protocol. It is made by New and runs in Serve.
type Server struct {
	opts Options
	id   uuid.UUID
	grpc *grpc.Server

	tails  tails
	locks  keyed
	groups groups

	stopping chan struct{} // closed when Serve ends: whoever follows is sent away
	stopOnce sync.Once
}

// pingsAllowed is how often a client without calls under way may ask whether the server is still there; official clients do every ten seconds.
const pingsAllowed = time.Second

// maxCalls bounds the calls under way on one connection, subscriptions among them.
const maxCalls = 4096

// maxMessage is above what a client may send in one message and stay within MaxAppendBytes.
const maxMessage = 4 << 20

// New returns a server that Serve runs.
func New(opts Options) (*Server, error) {
	if opts.Log == nil || opts.Now == nil {
		return nil, errors.New("a server of the EventStoreDB protocol needs a log and a clock")
	}
	if opts.Owns == nil {
		opts.Owns = func(string) bool { return false }
	}
	if opts.Logger == nil {
		opts.Logger = slog.New(slog.DiscardHandler)
	}
	s := &Server{opts: opts, id: uuid.New(), stopping: make(chan struct{})}
	s.grpc = grpc.NewServer(
		grpc.Creds(handed{}), grpc.ForceServerCodecV2(newRawCodec()),
		grpc.MaxRecvMsgSize(maxMessage), grpc.MaxConcurrentStreams(maxCalls),
		grpc.KeepaliveEnforcementPolicy(keepalive.EnforcementPolicy{MinTime: pingsAllowed, PermitWithoutStream: true}),
		grpc.ChainUnaryInterceptor(s.guardUnary),
		grpc.ChainStreamInterceptor(s.guardStream),
	)
	s.groups.s = s
	persistent.RegisterPersistentSubscriptionsServer(s.grpc, &persistentService{s: s})
	streams.RegisterStreamsServer(s.grpc, &streamsService{s: s})
	server_features.RegisterServerFeaturesServer(s.grpc, &featuresService{s: s})
	gossip.RegisterGossipServer(s.grpc, &gossipService{s: s})
	return s, nil
}
