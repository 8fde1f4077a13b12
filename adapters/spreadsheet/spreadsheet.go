// Package spreadsheet turns a sheet of an XLSX file into the CSV that the readers of lists take: a row a line, dates as 2026-10-08.
//
// It knows no columns and judges nothing. Formulas count as what they last gave; a formula is never computed.
package spreadsheet

import (
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"

	"github.com/xuri/excelize/v2"

	"github.com/punchledger/punchledger/domain"
)

// Limits of a file: a list of a hundred thousand people is far below them, and no archive unfolds to more.
const (
	maxUnzipped = 256 << 20
	maxRows     = 200_000
)

// CSV returns a sheet as CSV in UTF-8, the first one when sheet is empty. Line n is row n. A *domain.Error says what is in the way.
func CSV(r io.Reader, sheet string) (*bytes.Reader, error) {
	f, err := excelize.OpenReader(r, excelize.Options{UnzipSizeLimit: maxUnzipped, UnzipXMLSizeLimit: maxUnzipped, RawCellValue: true})
	if err != nil {
		return nil, domain.NewError(domain.Invalid, "bad_spreadsheet", "problem", err.Error())
	}
	out, err := write(f, sheet)
	if err = errors.Join(err, f.Close()); err != nil {
		return nil, err
	}
	return bytes.NewReader(out), nil
}

func write(f *excelize.File, sheet string) ([]byte, error) {
	sheets := f.GetSheetList()
	switch {
	case sheet == "" && len(sheets) > 0:
		sheet = sheets[0]
	case !slices.Contains(sheets, sheet):
		return nil, domain.NewError(domain.NotFound, "unknown_sheet", "sheet", sheet, "want", strings.Join(sheets, ", "))
	}
	rows, err := f.Rows(sheet)
	if err != nil {
		return nil, domain.NewError(domain.Invalid, "bad_spreadsheet", "problem", err.Error())
	}
	var b bytes.Buffer
	w := csv.NewWriter(&b)
	d := dates{file: f, sheet: sheet, styles: map[int]bool{}}
	if props, err := f.GetWorkbookProps(); err == nil && props.Date1904 != nil {
		d.since1904 = *props.Date1904
	}
	n := 0
	for rows.Next() {
		if n++; n > maxRows {
			return nil, domain.NewError(domain.Invalid, "bad_spreadsheet", "problem", fmt.Sprintf("more than %d rows", maxRows))
		}
		cells, err := rows.Columns()
		if err != nil {
			return nil, domain.NewError(domain.Invalid, "bad_spreadsheet", "problem", err.Error())
		}
		for i, v := range cells {
			if cells[i], err = d.text(i+1, n, v); err != nil {
				return nil, err
			}
		}
		if len(cells) == 0 { // an empty line, which readers skip and count
			cells = []string{""}
		}
		if err := w.Write(cells); err != nil {
			return nil, err
		}
	}
	w.Flush()
	return b.Bytes(), errors.Join(w.Error(), rows.Error(), rows.Close())
}

// dates tells the cells that hold a date from those that hold a number.
type dates struct {
	file      *excelize.File
	sheet     string
	styles    map[int]bool // by style: is it one of dates
	since1904 bool
}

// text returns a cell as it is written in a list: one line, a date as 2026-10-08, a number without an exponent.
func (d dates) text(column, row int, v string) (string, error) {
	v = strings.Join(strings.Fields(v), " ")
	serial, err := strconv.ParseFloat(v, 64)
	if err != nil {
		return v, nil
	}
	if strings.ContainsAny(v, "eE") && serial == float64(int64(serial)) { // long badge numbers that were typed as numbers
		v = strconv.FormatInt(int64(serial), 10)
	}
	cell, err := excelize.CoordinatesToCellName(column, row)
	if err != nil {
		return "", err
	}
	if dated, err := d.dated(cell); err != nil || !dated {
		return v, err
	}
	t, err := excelize.ExcelDateToTime(serial, d.since1904)
	if err != nil {
		return v, nil //nolint:nilerror // a number that is no date stays one, and is judged where it is read
	}
	return t.Format("2006-01-02"), nil
}

func (d dates) dated(cell string) (bool, error) {
	id, err := d.file.GetCellStyle(d.sheet, cell)
	if err != nil {
		return false, fmt.Errorf("style of %s: %w", cell, err)
	}
	if is, ok := d.styles[id]; ok {
		return is, nil
	}
	style, err := d.file.GetStyle(id)
	if err != nil {
		return false, fmt.Errorf("style of %s: %w", cell, err)
	}
	d.styles[id] = dateFormat(style)
	return d.styles[id], nil
}

// dateFormat knows the built-in formats of dates, also the East Asian ones, and custom ones that name year or day.
func dateFormat(s *excelize.Style) bool {
	if s.CustomNumFmt != nil {
		format, _, _ := strings.Cut(strings.ToLower(*s.CustomNumFmt), ";")
		return strings.ContainsAny(format, "yd") && !strings.Contains(format, "red")
	}
	n := s.NumFmt
	return n >= 14 && n <= 17 || n == 22 || n >= 27 && n <= 36 || n >= 50 && n <= 58
}
