package main

import (
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"

	"github.com/punchledger/punchledger/domain"
	"github.com/punchledger/punchledger/domain/people"
)

type peopleImportCmd struct {
	File string `arg:"" help:"CSV in UTF-8 with a header: name, group, hired; optional id, last_day, badge, device (the only clock of that badge), tz, site, staff_no, tags (separated by spaces)."`
}

var peopleColumns = []string{"id", "name", "group", "hired", "last_day", "badge", "device", "tz", "site", "staff_no", "tags"}

// Run registers one employee a line. A line that is refused is reported with its number and reason, and does not stop the rest.
func (cmd *peopleImportCmd) Run(c *console) error {
	f, err := os.Open(c.path(cmd.File))
	if err != nil {
		return err
	}
	defer f.Close()
	rows := csv.NewReader(f)
	rows.TrimLeadingSpace = true
	header, err := rows.Read()
	if err != nil {
		return fmt.Errorf("read the header of %s: %w", cmd.File, err)
	}
	columns, err := headerOf(header)
	if err != nil {
		return err
	}
	return c.writing(func(w *writer) error {
		added, refused := 0, 0
		for {
			row, err := rows.Read()
			if errors.Is(err, io.EOF) {
				break
			}
			line, _ := rows.FieldPos(0)
			var p newcomer
			if err == nil {
				p, err = newcomerOf(columns, row)
			}
			if err == nil {
				_, err = w.register(c, p)
			}
			var wrong *domain.Error
			var unreadable *csv.ParseError
			switch {
			case err == nil:
				added++
			case errors.As(err, &wrong):
				refused++
				fmt.Fprintf(c.Err, "%s:%d: %s\n", cmd.File, line, c.text.Error(wrong).What)
			case errors.As(err, &unreadable):
				refused++
				fmt.Fprintf(c.Err, "%s: %s\n", cmd.File, unreadable)
			default:
				return fmt.Errorf("%s line %d: %w", cmd.File, line, err)
			}
		}
		c.say("cli.people_imported", "added", fmt.Sprint(added), "refused", fmt.Sprint(refused))
		if c.cfg.Output == "json" {
			if err := printJSON(c.Out, map[string]int{"added": added, "refused": refused}); err != nil {
				return err
			}
		}
		if err := w.turnDue(c.ctx); err != nil {
			return err
		}
		if refused > 0 {
			return errNo
		}
		return nil
	})
}

// headerOf returns the place of each known column.
func headerOf(header []string) (map[string]int, error) {
	columns := map[string]int{}
	for i, h := range header {
		name := strings.ToLower(strings.TrimPrefix(strings.TrimSpace(h), "\ufeff"))
		if !slices.Contains(peopleColumns, name) {
			return nil, domain.NewError(domain.Invalid, "invalid_field", "field", h, "problem", "known columns are "+strings.Join(peopleColumns, ", "))
		}
		columns[name] = i
	}
	for _, need := range []string{"name", "group", "hired"} {
		if _, ok := columns[need]; !ok {
			return nil, domain.NewError(domain.Invalid, "invalid_field", "field", need, "problem", "the header lacks this column")
		}
	}
	return columns, nil
}

func newcomerOf(columns map[string]int, row []string) (newcomer, error) {
	at := func(name string) string {
		if i, ok := columns[name]; ok && i < len(row) {
			return strings.TrimSpace(row[i])
		}
		return ""
	}
	hired, err := optionalDate("hired", at("hired"))
	if err != nil {
		return newcomer{}, err
	}
	last, err := optionalDate("last_day", at("last_day"))
	if err != nil {
		return newcomer{}, err
	}
	return newcomer{
		id: at("id"), name: at("name"), badge: at("badge"), device: at("device"), staffNo: at("staff_no"), hired: hired, last: last,
		terms: people.Terms{Group: at("group"), WorkTZ: at("tz"), Site: at("site"), Tags: strings.Fields(at("tags"))},
	}, nil
}
