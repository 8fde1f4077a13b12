package terminal

import (
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"

	"github.com/punchledger/punchledger/domain"
)

// usbName is how terminals name a dump on a USB stick.
var usbName = regexp.MustCompile(`(?i)^\d+_attlog\.dat$`)

// evidence counts what the lines of an attlog file say about its layout.
type evidence struct {
	padded int // six fields or more, badge padded with blanks: only a USB dump does that
	push   int // another number of fields, blanks for tabs, or key=value: only a push body does that
	silent int // six fields and no padding: both do that
}

func (e *evidence) add(line string) {
	fields := strings.Split(line, "\t")
	switch {
	case isKeyed(fields):
		e.push++
	case len(fields) == 1:
		if f := strings.Fields(line); len(f) >= 3 {
			if _, reason := stamp(f[1] + " " + f[2]); reason == "" {
				e.push++
			}
		}
	case !looksLikeStamp(fields[1]):
	case strings.HasPrefix(fields[0], " ") && len(fields) >= usbFields:
		e.padded++
	case len(fields) != usbFields:
		e.push++
	default:
		e.silent++
	}
}

// looksLikeStamp also knows the dates that terminals break, such as 1971--10--29 -23:-23:-27.
func looksLikeStamp(s string) bool {
	return len(s) >= len("2006-1-2 3:4") && s[0] >= '0' && s[0] <= '9' && strings.Contains(s, "-") && strings.Contains(s, ":")
}

// chooseLayout decides from all lines of the file, or refuses. A torn line in a hundred does not overrule the others.
func chooseLayout(r io.ReadSeeker, o Options) (string, Finding, error) {
	switch o.Layout {
	case LayoutUSB, LayoutPush:
		return o.Layout, finding("layout.given", "layout", o.Layout), nil
	case "", LayoutAuto:
	default:
		return "", Finding{}, badOption("layout", o.Layout, "usb, push, auto")
	}
	e, err := gather(r)
	if err != nil {
		return "", Finding{}, fmt.Errorf("look for the layout: %w", err)
	}
	const noise = 100
	named := usbName.MatchString(filepath.Base(o.FileName))
	counts := []string{"padded", strconv.Itoa(e.padded), "push", strconv.Itoa(e.push), "silent", strconv.Itoa(e.silent)}
	switch {
	case e.padded > 0 && e.push*noise <= e.padded:
		return LayoutUSB, finding("layout.padding", counts...), nil
	case e.push > 0 && e.padded*noise <= e.push && !named:
		return LayoutPush, finding("layout.fields", counts...), nil
	case e.push == 0 && e.silent > 0 && named:
		return LayoutUSB, finding("layout.name", append(counts, "file", filepath.Base(o.FileName))...), nil
	case e == evidence{}:
		return "", Finding{}, domain.NewError(domain.Invalid, "layout_unknown")
	}
	return "", Finding{}, domain.NewError(domain.Invalid, "layout_ambiguous", counts...)
}

func gather(r io.ReadSeeker) (evidence, error) {
	var e evidence
	s := newSplitter(r)
	for {
		line, long, err := s.next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return e, err
		}
		if !long && len(line) > 0 {
			e.add(string(line))
		}
	}
	_, err := r.Seek(0, io.SeekStart)
	return e, err
}
