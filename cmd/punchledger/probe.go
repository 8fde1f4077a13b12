package main

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"time"

	"github.com/punchledger/punchledger/domain"
)

type probeCmd struct {
	URL string `arg:"" optional:"" help:"What is asked." default:"http://127.0.0.1:8088/readyz"`
}

// How long a probe waits for the answer, and how much of it is read.
const (
	probeWithin = 5 * time.Second
	probeReads  = 64 << 10
)

// Run asks a server how it is: for supervisors of containers, in which there is no other program.
func (cmd *probeCmd) Run(c *console) error {
	if u, err := url.Parse(cmd.URL); err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" {
		return domain.NewError(domain.Invalid, "bad_address", "value", cmd.URL)
	}
	r, err := http.NewRequestWithContext(c.ctx, http.MethodGet, cmd.URL, http.NoBody)
	if err != nil {
		return err
	}
	answer, err := (&http.Client{Timeout: probeWithin}).Do(r)
	if err != nil {
		return domain.NewError(domain.Conflict, "probe_unanswered", "url", cmd.URL, "problem", err.Error())
	}
	defer answer.Body.Close()
	body, err := io.ReadAll(io.LimitReader(answer.Body, probeReads))
	if err != nil {
		return domain.NewError(domain.Conflict, "probe_unanswered", "url", cmd.URL, "problem", err.Error())
	}
	if answer.StatusCode == http.StatusOK {
		_, err = c.Out.Write(body)
		return err
	}
	var p struct{ Title, Detail string }
	_ = json.Unmarshal(body, &p) // whatever else answers there has no words of ours
	fmt.Fprintln(c.Out, answer.StatusCode, p.Title, p.Detail)
	return errNo
}
