package esdb

import (
	"context"
	"encoding/json"
	"maps"
	"math"
	"sync"
	"time"

	"github.com/google/uuid"
)

// Types of events that the protocol itself writes.
const (
	typeDeleted  = "$streamDeleted" // the last event of a tombstoned stream
	typeMetadata = "$metadata"
	typeLink     = "$>"
)

// forever is what $tb says of a deleted stream, and the revision under which a tombstone is shown.
const forever = math.MaxInt64

// accessList is who may do what with a stream; nobody named means what holds everywhere.
type accessList struct {
	read, write, remove, metaRead, metaWrite []string
}

// rules are what the metadata of a stream say of it.
type rules struct {
	maxCount       *uint64
	maxAge         *time.Duration
	truncateBefore uint64
	acl            accessList
	all            map[string]json.RawMessage // everything, to be kept when something of it changes
}

func (r rules) deleted() bool { return r.truncateBefore == forever }

// names is a role or several of them.
type names []string

// UnmarshalJSON implements json.Unmarshaler.
func (n *names) UnmarshalJSON(b []byte) error {
	var one string
	if json.Unmarshal(b, &one) == nil {
		*n = names{one}
		return nil
	}
	return json.Unmarshal(b, (*[]string)(n))
}

// parseRules reads stream metadata. What is not metadata says nothing.
func parseRules(data []byte) rules {
	var m struct {
		MaxCount       *uint64 `json:"$maxCount"`
		MaxAge         *int64  `json:"$maxAge"`
		TruncateBefore *uint64 `json:"$tb"`
		ACL            struct {
			Read      names `json:"$r"`
			Write     names `json:"$w"`
			Remove    names `json:"$d"`
			MetaRead  names `json:"$mr"`
			MetaWrite names `json:"$mw"`
		} `json:"$acl"`
	}
	var out rules
	if json.Unmarshal(data, &m) != nil || json.Unmarshal(data, &out.all) != nil {
		return rules{}
	}
	if m.MaxCount != nil && *m.MaxCount > 0 {
		out.maxCount = m.MaxCount
	}
	if m.MaxAge != nil && *m.MaxAge > 0 && *m.MaxAge < int64(math.MaxInt64/time.Second) {
		age := time.Duration(*m.MaxAge) * time.Second
		out.maxAge = &age
	}
	if m.TruncateBefore != nil {
		out.truncateBefore = min(*m.TruncateBefore, forever)
	}
	out.acl = accessList{read: m.ACL.Read, write: m.ACL.Write, remove: m.ACL.Remove, metaRead: m.ACL.MetaRead, metaWrite: m.ACL.MetaWrite}
	return out
}

// with returns the metadata with $tb set.
func (r rules) with(truncateBefore uint64) []byte {
	all := map[string]json.RawMessage{}
	maps.Copy(all, r.all)
	all["$tb"], _ = json.Marshal(truncateBefore) // a number
	out, _ := json.Marshal(all)                  // raw values that were decoded
	return out
}

// tail is what is known of a stream: how many events it has had, whether it is closed for ever, and its rules.
type tail struct {
	next       uint64
	tombstoned bool
	rules      rules
	ids        map[uuid.UUID]uint64 // of the last events, by revision; nil until somebody asks
}

// first returns the revision of the first event that is still shown. Age is judged event by event.
func (t *tail) first() uint64 {
	first := t.rules.truncateBefore
	if n := t.rules.maxCount; n != nil && t.next > *n {
		first = max(first, t.next-*n)
	}
	return first
}

// shows reports whether an event of the stream is still shown at an instant.
func (t *tail) shows(r *Record, now time.Time) bool {
	if r.Revision < t.first() {
		return false
	}
	return t.rules.maxAge == nil || !r.Created.Before(now.Add(-*t.rules.maxAge))
}

// load reads the tail of a stream from the log.
func (s *Server) load(ctx context.Context, stream string) (*tail, error) {
	t := &tail{}
	for r, err := range s.opts.Log.ReadStream(ctx, stream, Range{At: End, Backwards: true}) {
		if err != nil {
			return nil, err
		}
		t.next, t.tombstoned = r.Revision+1, r.Type == typeDeleted
		break
	}
	var err error
	t.rules, err = s.loadRules(ctx, stream)
	if _, isMeta := metaOf(stream); isMeta {
		t.rules.maxCount = new(uint64(1)) // clients read the first event that is shown
	}
	return t, err
}

// loadRules reads the last metadata of a stream. Of a stream that holds metadata, it says who may write it and nothing else.
func (s *Server) loadRules(ctx context.Context, stream string) (rules, error) {
	about, isMeta := metaOf(stream)
	if !isMeta {
		about = stream
	}
	for r, err := range s.opts.Log.ReadStream(ctx, metaPrefix+about, Range{At: End, Backwards: true}) {
		if err != nil {
			return rules{}, err
		}
		all := parseRules(r.Data)
		if isMeta {
			return rules{acl: all.acl}, nil
		}
		return all, nil
	}
	return rules{}, nil
}

// idsKept is how many of the last events of a stream are known by their ids, so that an append which expects nothing can be repeated,
// also after a restart. idsKept is the promise; up to twice as many are held.
const idsKept = 512

// loadIDs reads the ids of the last events of a stream.
func (s *Server) loadIDs(ctx context.Context, stream string, t *tail) error {
	t.ids = map[uuid.UUID]uint64{}
	for r, err := range s.opts.Log.ReadStream(ctx, stream, Range{At: End, Backwards: true}) {
		if err != nil {
			t.ids = nil
			return err
		}
		if _, known := t.ids[r.ID]; !known {
			t.ids[r.ID] = r.Revision
		}
		if len(t.ids) >= idsKept {
			break
		}
	}
	return nil
}

// remember adds events that were appended.
func (t *tail) remember(events []Proposed) {
	for i, e := range events {
		if t.ids != nil {
			t.ids[e.ID] = t.next + uint64(i)
		}
	}
	t.next += uint64(len(events))
	if len(t.ids) > 2*idsKept {
		for id, revision := range t.ids {
			if revision+idsKept < t.next {
				delete(t.ids, id)
			}
		}
	}
}

// maxTails bounds how many streams' tails are kept, some tens of megabytes at the worst.
const maxTails = 1024

// tails keeps the tails of streams that are appended to. They are those of the log as long as nobody else appends; who does makes an
// append here a conflict, and the tail is then read anew.
type tails struct {
	mu       sync.Mutex
	byStream map[string]*tail
}

func (c *tails) get(stream string) *tail {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.byStream[stream]
}

func (c *tails) put(stream string, t *tail) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.byStream == nil {
		c.byStream = map[string]*tail{}
	}
	if _, known := c.byStream[stream]; !known && len(c.byStream) >= maxTails {
		for other := range c.byStream {
			delete(c.byStream, other)
			break
		}
	}
	c.byStream[stream] = t
}

func (c *tails) drop(stream string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	delete(c.byStream, stream)
}

// keyed are locks by name.
type keyed struct {
	mu     sync.Mutex
	byName map[string]*keyedLock
}

type keyedLock struct {
	sync.Mutex
	waiting int
}

// lock waits for the lock of a name and returns what gives it back.
func (k *keyed) lock(name string) (unlock func()) {
	k.mu.Lock()
	if k.byName == nil {
		k.byName = map[string]*keyedLock{}
	}
	l := k.byName[name]
	if l == nil {
		l = &keyedLock{}
		k.byName[name] = l
	}
	l.waiting++
	k.mu.Unlock()
	l.Lock()
	return func() {
		l.Unlock()
		k.mu.Lock()
		defer k.mu.Unlock()
		if l.waiting--; l.waiting == 0 {
			delete(k.byName, name)
		}
	}
}
