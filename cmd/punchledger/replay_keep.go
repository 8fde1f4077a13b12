package main

import (
	"bufio"
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"io"
	"os"
	"strconv"
	"time"

	"github.com/punchledger/punchledger/domain"
	"github.com/punchledger/punchledger/domain/whatif"
	"github.com/punchledger/punchledger/projections/evaluate"
)

// keptForm names the form of files of replays that go on.
const keptForm = "punchledger/replay-in-part/v1"

// unfinishedHead is the first line of such a file: the question that its people belong to, and the position that it knows.
type unfinishedHead struct {
	Form     string `json:"form"`
	Question string `json:"question"`
	AsOf     uint64 `json:"as_of"`
}

// finishedPerson is one person who is done, with a part for each candidate; null where it does not govern them.
type finishedPerson struct {
	Employee string           `json:"emp"`
	Found    []*whatif.Person `json:"found"`
}

// unfinishedReplay keeps the people of a replay who are done. A nil one keeps nobody.
type unfinishedReplay struct {
	f    *os.File
	path string
	done map[string]struct{}
}

// keeping opens the file of people who are done, where one is asked for, and lets the question use it. It holds people's hours, so
// only its owner may read it.
func (r *replaying) keeping(q *evaluate.Question) (*unfinishedReplay, error) {
	if r.cmd.Resume == "" {
		return nil, nil
	}
	head := unfinishedHead{Form: keptForm, Question: r.question(), AsOf: r.position}
	path := r.c.path(r.cmd.Resume)
	if err := regular(path); err != nil && !errors.Is(err, os.ErrNotExist) {
		return nil, err
	}
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, err
	}
	k := &unfinishedReplay{f: f, path: path, done: map[string]struct{}{}}
	found, err := k.read(head, r.cmd.Resume)
	if err != nil {
		k.close()
		return nil, err
	}
	q.Kept = func(employee string) ([]*whatif.Person, bool) {
		people, ok := found[employee]
		delete(found, employee) // the report has it from here on
		return people, ok
	}
	q.Keeping = k.keep
	return k, nil
}

// question is a hash over all that a report depends on.
func (r *replaying) question() string {
	h := sha256.New()
	e := json.NewEncoder(h)
	for _, d := range r.docs {
		asked := *d.Header
		asked.Rerun, asked.Candidate = nil, "" // whatever the files are called
		_ = e.Encode(asked)                    // a hash takes everything, and the header is plain
	}
	_ = e.Encode([]any{r.cmd.Days, keptForm})
	return hex.EncodeToString(h.Sum(nil))
}

// read returns who is done in the file and puts its end behind the last whole line; an empty file gets its head.
func (k *unfinishedReplay) read(head unfinishedHead, name string) (map[string][]*whatif.Person, error) {
	found := map[string][]*whatif.Person{}
	in := bufio.NewReader(k.f)
	var end int64
	for n := 0; ; n++ {
		line, err := in.ReadBytes('\n')
		if errors.Is(err, io.EOF) { // a line that was being written is written again
			break
		}
		if err != nil {
			return nil, err
		}
		if n == 0 {
			if err := head.same(line, name); err != nil {
				return nil, err
			}
		} else {
			var l finishedPerson
			if err := json.Unmarshal(line, &l); err != nil || l.Employee == "" {
				return nil, domain.NewError(domain.Invalid, "resume_unreadable", "file", name, "line", strconv.Itoa(n+1))
			}
			found[l.Employee], k.done[l.Employee] = l.Found, struct{}{}
		}
		end += int64(len(line))
	}
	if err := k.f.Truncate(end); err != nil {
		return nil, err
	}
	if _, err := k.f.Seek(end, io.SeekStart); err != nil {
		return nil, err
	}
	if end > 0 {
		return found, nil
	}
	return found, printJSONLine(k.f, head)
}

// same refuses a file of another question, and one that this ledger has gone beyond.
func (h unfinishedHead) same(line []byte, name string) error {
	var had unfinishedHead
	if err := json.Unmarshal(line, &had); err != nil || had.Form != h.Form {
		return domain.NewError(domain.Invalid, "resume_unreadable", "file", name, "line", "1")
	}
	switch {
	case had.AsOf != h.AsOf:
		return domain.NewError(domain.Conflict, "resume_moved", "file", name, "position", strconv.FormatUint(had.AsOf, 10))
	case had.Question != h.Question:
		return domain.NewError(domain.Conflict, "resume_other", "file", name)
	}
	return nil
}

func (k *unfinishedReplay) keep(employee string, found []*whatif.Person) error {
	if _, there := k.done[employee]; there {
		return nil
	}
	var b bytes.Buffer
	if err := printJSONLine(&b, finishedPerson{employee, found}); err != nil {
		return err
	}
	if _, err := k.f.Write(b.Bytes()); err != nil {
		return fileError(err, k.path)
	}
	return nil
}

func (k *unfinishedReplay) close() {
	if k != nil {
		_ = k.f.Close()
	}
}

// finish removes the file: the report has all of it.
func (k *unfinishedReplay) finish() {
	if k != nil {
		k.close()
		_ = os.Remove(k.path)
	}
}

// pace says how far a replay has come: as a bar on a terminal, as a line a second where that is asked for.
type pace struct {
	c     *console
	bar   *progress
	lines bool
	next  time.Time
}

func (c *console) newPace(lines bool) *pace {
	p := &pace{c: c, lines: lines}
	if !lines {
		p.bar = newProgress(c, c.t("cli.progress.people"))
	}
	return p
}

func (p *pace) at(done, of int) {
	p.bar.of(int64(of))
	p.bar.add(1)
	if now := p.c.Now(); p.lines && !now.Before(p.next) {
		p.next = now.Add(time.Second)
		p.c.say("cli.replay.progress", "done", strconv.Itoa(done), "of", strconv.Itoa(of))
	}
}

func (p *pace) done() { p.bar.done() }
