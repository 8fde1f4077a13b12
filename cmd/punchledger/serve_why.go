package main

import (
	"bytes"
	"context"
	"strconv"
	"strings"

	"github.com/punchledger/punchledger/adapters/httpapi"
	"github.com/punchledger/punchledger/domain/attendance"
	"github.com/punchledger/punchledger/domain/text"
	"github.com/punchledger/punchledger/projections/evaluate"
)

// explanations are how a moment explains days. Rules are named by their version: a server reads no files for anybody.
func (a *apiViews) explanations(m *httpapi.Moment, v *view) {
	find := func(ctx context.Context) func(string) (*evaluate.Candidate, error) {
		return func(name string) (*evaluate.Candidate, error) {
			id, number, _ := strings.Cut(name, "@")
			n, err := strconv.Atoi(number)
			if err != nil {
				return nil, wrongValue("rules", name, "not_a_version")
			}
			return v.published(ctx, id, n)
		}
	}
	question := func(q httpapi.AskedDay) whyQuestion {
		return whyQuestion{employee: q.Emp, date: q.Date, from: q.From, diff: q.Diff}
	}
	m.Why = func(ctx context.Context, q httpapi.AskedDay) (attendance.Answer, error) {
		return v.side(ctx, question(q), q.Rules, find(ctx))
	}
	m.Versus = func(ctx context.Context, q httpapi.AskedDay) (attendance.Versus, error) {
		before, err := m.Why(ctx, q)
		if err != nil {
			return attendance.Versus{}, err
		}
		return v.compared(ctx, question(q), before, q.Rules, find(ctx))
	}
	m.Story = func(ctx context.Context, lang string, answer attendance.Answer) (string, error) {
		return a.told(ctx, lang, answer, func(c *console, name string, w *story) error { return storyOf(c, name, w.z, answer) })
	}
	m.Compared = func(ctx context.Context, lang string, q httpapi.AskedDay, both attendance.Versus) (string, error) {
		return a.told(ctx, lang, both.Before, func(c *console, name string, w *story) error {
			return versusOf(c, name, c.columns(q.Rules, q.Diff, q.AsOf), both, w)
		})
	}
}

// told writes what tell says of a day in a language.
func (a *apiViews) told(ctx context.Context, lang string, of attendance.Answer, tell func(*console, string, *story) error) (string, error) {
	var out bytes.Buffer
	c := &console{invocation: invocation{Out: &out, Err: &out}, ctx: ctx, cfg: &Config{}, text: text.Lookup(lang)}
	z, err := a.r.zones.Zone(of.Day.Zone)
	if err != nil {
		return "", err
	}
	name, err := a.Name(ctx, of.Day.Employee)
	if err == nil {
		err = tell(c, name, &story{c: c, z: z, date: of.Day.Date})
	}
	return out.String(), err
}
