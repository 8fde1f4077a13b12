package main

import (
	"github.com/vbauerster/mpb/v8"
	"github.com/vbauerster/mpb/v8/decor"

	"github.com/punchledger/punchledger/eventstore"
)

// progress shows on a terminal how far long work has come; elsewhere it is silent. A nil progress is silent too.
type progress struct {
	bars *mpb.Progress
	bar  *mpb.Bar
}

// newProgress returns a progress for work of unknown length, which grows as it is told of more.
func newProgress(c *console, title string) *progress {
	if !c.Terminal {
		return nil
	}
	p := &progress{bars: mpb.New(mpb.WithOutput(c.bars), mpb.WithWidth(60))}
	p.bar = p.bars.AddBar(0,
		mpb.BarRemoveOnComplete(),
		mpb.PrependDecorators(decor.Name(title+" ")),
		mpb.AppendDecorators(decor.CurrentNoUnit("%d"), decor.AverageSpeed(0, "  %.0f/s", decor.WCSyncSpace)))
	return p
}

// of says how much work there is.
func (p *progress) of(total int64) {
	if p != nil {
		p.bar.SetTotal(total, false)
	}
}

// add says that n more pieces are done.
func (p *progress) add(n int) {
	if p != nil {
		p.bar.IncrBy(n)
	}
}

// events is add in the form that a runner calls.
func (p *progress) events(_ eventstore.Position, n int) { p.add(n) }

// done removes the bar; nothing may be added after it.
func (p *progress) done() {
	if p != nil {
		p.bar.SetTotal(-1, true)
		p.bars.Wait()
	}
}
