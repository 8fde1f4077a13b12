package main

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/punchledger/punchledger/adapters/metrics"
	"github.com/punchledger/punchledger/domain"
)

// probed is what probe prints about a URL, and its exit code.
func probed(t *testing.T, url string) (string, int) {
	t.Helper()
	var out, problems bytes.Buffer
	code := run(t.Context(), invocation{
		Args: []string{"probe", url}, Dir: t.TempDir(), Getenv: func(string) string { return "" }, In: eof{}, Out: &out, Err: &problems,
	})
	return out.String() + problems.String(), code
}

func TestProbeSaysHowAServerIs(t *testing.T) {
	s := newServed(t)
	said, code := probed(t, s.url+"/readyz")
	require.Equal(t, exitDone, code, said)
	require.Contains(t, said, `"status":"ready"`)
	said, code = probed(t, s.url+"/v1/me")
	require.Equal(t, exitNo, code, said)
	require.Contains(t, said, "401 It is not known who asks.")
	s.stop()
	said, code = probed(t, s.url+"/livez")
	require.Equal(t, exitUsage, code)
	require.Contains(t, said, "does not answer")
	said, code = probed(t, "ftp://127.0.0.1/")
	require.Equal(t, exitUsage, code)
	require.Contains(t, said, "not a complete address")
}

func TestAServerIsNotReadyWhereItMayEndOrMislead(t *testing.T) {
	s := &served{clockShop: *newClockShop(t), t: t}
	s.now = func() time.Time { return goodTime }
	s.writing(func(c *console, w *writer) {
		r, err := openReader(c)
		require.NoError(t, err)
		defer r.Close()
		o := newCondition(c, w, r, metrics.New("test"))
		room := metrics.Disk{Free: leastFree, Size: 9e9}
		o.room = func(string) (metrics.Disk, error) { return room, nil }
		require.NoError(t, r.catchUp(t.Context(), r.views, nil, newProgress(c, "")))
		require.NoError(t, o.ready(t.Context()))

		room.Free--
		var e *domain.Error
		require.ErrorAs(t, o.ready(t.Context()), &e)
		require.Equal(t, "disk_nearly_full", e.Code)
		require.Equal(t, []string{"1073.7 MB", "9000.0 MB"}, []string{e.Args["free"], e.Args["size"]}, "with the figures")
		state := o.look(t.Context())
		require.Equal(t, room, *state.Disk)
		require.Equal(t, *state.Head, state.Views.Shards[0].Position)
		require.Nil(t, state.BackedUp, "there was no backup yet")

		room.Free = leastFree
		require.NoError(t, r.views.Drop(t.Context()))
		later := *c
		o.c = &later
		later.Now = func() time.Time { return s.now().Add(mostBehind) }
		require.NoError(t, o.ready(t.Context()))
		later.Now = func() time.Time { return s.now().Add(mostBehind + time.Second) }
		require.ErrorAs(t, o.ready(t.Context()), &e)
		require.Equal(t, "views_far_behind", e.Code)
		require.Equal(t, "61", e.Args["seconds"])
		require.Equal(t, mostBehind+time.Second, o.look(t.Context()).Views.Shards[0].Behind)

		noteBackup(c.cfg.Data, s.now())
		require.True(t, s.now().Equal(*o.look(t.Context()).BackedUp))
		o.room = func(string) (metrics.Disk, error) { return metrics.Disk{}, errors.New("gone") }
		require.ErrorContains(t, o.ready(t.Context()), "gone")
		require.Nil(t, o.look(t.Context()).Disk, "what is not known is not shown")
	})
}

func TestRoomIsThatOfTheDisk(t *testing.T) {
	d, err := roomIn(t.TempDir())
	require.NoError(t, err)
	require.Positive(t, d.Size)
	require.LessOrEqual(t, d.Free, d.Size)
	_, err = roomIn(t.TempDir() + "/none")
	require.Error(t, err)
}

func TestAProcessWithoutAnAPIAnswersForItsMetrics(t *testing.T) {
	ctx, stop := context.WithCancel(context.Background()) //nolint:usetesting // it ends before the test does
	messages := &addressed{url: make(chan string, 8)}
	ended := make(chan int, 1)
	dir := t.TempDir()
	go func() {
		ended <- run(ctx, invocation{
			Args: []string{"logd", "--data", "log", "--esdb-listen", "127.0.0.1:0", "--metrics-listen", "127.0.0.1:0"}, Dir: dir,
			Getenv: func(string) string { return "" }, In: eof{}, Out: io.Discard, Err: messages,
		})
	}()
	var url string
	select {
	case url = <-messages.url:
	case code := <-ended:
		stop()
		require.FailNow(t, "the log server did not start", "%d %s", code, messages)
	}
	get := func(path string) (string, int) {
		r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url+path, http.NoBody)
		require.NoError(t, err)
		resp, err := http.DefaultTransport.RoundTrip(r)
		require.NoError(t, err)
		defer resp.Body.Close()
		b, err := io.ReadAll(resp.Body)
		require.NoError(t, err)
		return string(b), resp.StatusCode
	}
	text, status := get("/livez")
	require.Equal(t, http.StatusOK, status)
	require.Contains(t, text, "ok")
	text, _ = get("/metrics")
	require.Regexp(t, `(?m)^punchledger_disk_free_bytes [0-9]`, text)
	require.NotContains(t, text, "punchledger_views_up ", "it has none")
	stop()
	require.Equal(t, exitDone, <-ended, messages.String())

	code, _, said := shell{t: t, dir: dir}.run("logd", "--data", "log", "--esdb-listen", "127.0.0.1:0", "--metrics-listen", "nowhere")
	require.Equal(t, exitUsage, code)
	require.Contains(t, said, "want an address and a port")
}
