package main

import (
	"io"
	"strings"

	"github.com/punchledger/punchledger/domain/text"
)

// guarded writes messages to a terminal: nothing but text and the ends of lines reaches it, wherever a message comes from.
type guarded struct{ to io.Writer }

func (w guarded) Write(p []byte) (int, error) {
	lines := strings.Split(string(p), "\n")
	for i, line := range lines {
		lines[i] = text.Visible(line)
	}
	if _, err := io.WriteString(w.to, strings.Join(lines, "\n")); err != nil {
		return 0, err
	}
	return len(p), nil
}
