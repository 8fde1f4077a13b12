package esdb

import (
	"context"
	"encoding/json"
	"net"
	"net/http"
	"strconv"

	"github.com/EventStore/EventStore-Client-Go/v4/protos/gossip"
	server_features "github.com/EventStore/EventStore-Client-Go/v4/protos/serverfeatures"
	"github.com/EventStore/EventStore-Client-Go/v4/protos/shared"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/peer"
)

// Endpoint is where a node is reached.
type Endpoint struct {
	Host string
	Port uint16
}

func (e Endpoint) String() string { return net.JoinHostPort(e.Host, strconv.Itoa(int(e.Port))) }

// Member is a node of a cluster.
type Member struct {
	Endpoint
	Leads bool
}

// featuresService says which methods there are.
type featuresService struct {
	server_features.UnimplementedServerFeaturesServer
	s *Server
}

// GetSupportedMethods implements the protocol. Anybody may ask.
func (f *featuresService) GetSupportedMethods(context.Context, *shared.Empty) (*server_features.SupportedMethods, error) {
	out := &server_features.SupportedMethods{EventStoreServerVersion: Version}
	add := func(service string, methods ...string) {
		for _, m := range methods {
			out.Methods = append(out.Methods, &server_features.SupportedMethod{ServiceName: service, MethodName: m})
		}
	}
	add("event_store.client.streams.streams", "read", "append", "delete", "tombstone", "batchappend")
	if !f.s.opts.ReadOnly {
		add("event_store.client.persistent_subscriptions.persistentsubscriptions", "restartsubsystem")
		for _, m := range []string{"create", "update", "delete", "read", "getinfo", "replayparked", "list"} {
			out.Methods = append(out.Methods, &server_features.SupportedMethod{
				ServiceName: "event_store.client.persistent_subscriptions.persistentsubscriptions", MethodName: m, Features: []string{"stream", "all"},
			})
		}
	}
	add("event_store.client.gossip.gossip", "read")
	add("event_store.client.server_features.serverfeatures", "getsupportedmethods")
	return out, nil
}

// gossipService names the nodes.
type gossipService struct {
	gossip.UnimplementedGossipServer
	s *Server
}

// Read implements the protocol. Anybody may ask.
func (g *gossipService) Read(ctx context.Context, _ *shared.Empty) (*gossip.ClusterInfo, error) {
	members := g.s.opts.Members
	if len(members) == 0 {
		members = []Member{{Endpoint: reachedAt(ctx), Leads: true}}
	}
	out := &gossip.ClusterInfo{}
	for _, m := range members {
		state := gossip.MemberInfo_Follower
		if m.Leads {
			state = gossip.MemberInfo_Leader
		}
		out.Members = append(out.Members, &gossip.MemberInfo{
			InstanceId: structuredID(g.s.id), TimeStamp: ticks(g.s.opts.Now()), State: state, IsAlive: true,
			HttpEndPoint: &gossip.EndPoint{Address: m.Host, Port: uint32(m.Port)},
		})
	}
	return out, nil
}

// reachedAt returns the address under which a caller found the server: what it asked for, or else where the connection ended.
func reachedAt(ctx context.Context) Endpoint {
	if asked := metadata.ValueFromIncomingContext(ctx, ":authority"); len(asked) > 0 {
		if e, ok := parseEndpoint(asked[0]); ok {
			return e
		}
	}
	if p, ok := peer.FromContext(ctx); ok && p.LocalAddr != nil {
		if e, ok := parseEndpoint(p.LocalAddr.String()); ok {
			return e
		}
	}
	return Endpoint{Host: "localhost", Port: 2113}
}

func parseEndpoint(text string) (Endpoint, bool) {
	host, port, err := net.SplitHostPort(text)
	if err != nil {
		return Endpoint{}, false
	}
	n, err := strconv.ParseUint(port, 10, 16)
	return Endpoint{Host: host, Port: uint16(n)}, err == nil && n > 0
}

// pages are what is asked over HTTP on the same port: whether the server lives, and what it is.
func (s *Server) pages() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /health/live", func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusNoContent) })
	mux.HandleFunc("GET /health/ready", func(w http.ResponseWriter, r *http.Request) {
		if _, err := s.opts.Log.Head(r.Context()); err != nil {
			w.WriteHeader(http.StatusServiceUnavailable)
			return
		}
		w.WriteHeader(http.StatusNoContent)
	})
	mux.HandleFunc("GET /info", func(w http.ResponseWriter, _ *http.Request) {
		state := "leader"
		if s.opts.Leader != nil {
			state = "follower"
		}
		writeJSON(w, map[string]any{"esVersion": Version, "state": state, "features": map[string]bool{"projections": false}})
	})
	mux.HandleFunc("GET /gossip", func(w http.ResponseWriter, r *http.Request) {
		var members []map[string]any
		for _, m := range s.opts.Members {
			members = append(members, map[string]any{
				"httpEndPointIp": m.Host, "httpEndPointPort": m.Port, "isAlive": true, "state": map[bool]string{true: "Leader", false: "Follower"}[m.Leads],
			})
		}
		if members == nil {
			at, _ := parseEndpoint(r.Host)
			members = []map[string]any{{"httpEndPointIp": at.Host, "httpEndPointPort": at.Port, "isAlive": true, "state": "Leader"}}
		}
		writeJSON(w, map[string]any{"members": members})
	})
	return mux
}

func writeJSON(w http.ResponseWriter, v any) {
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(v) // whoever asked has gone
}
