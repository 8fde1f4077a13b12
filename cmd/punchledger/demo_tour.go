package main

import "fmt"

type tour struct{ lines []string }

func (s *sample) tour() tour {
	var t tour
	for _, x := range s.told {
		t.lines = append(t.lines, fmt.Sprintf("%s %s %s", x.id, x.p.id, x.date))
	}
	return t
}

func (t tour) print(c *console) error {
	for _, l := range t.lines {
		fmt.Fprintln(c.Out, l)
	}
	return nil
}
