package identity

import (
	"bytes"
	"fmt"
	"strings"

	"rsc.io/qr"
)

// QR is a picture that cameras of phones read. Its text is a secret where what is in it is one.
type QR struct{ code *qr.Code }

const qrQuiet = 4 // light modules around, as ISO 18004 asks

// NewQR returns the picture of a text. It can be read with an eighth of it gone, as on crumpled paper.
func NewQR(text string) (QR, error) {
	code, err := qr.Encode(text, qr.M)
	if err != nil {
		return QR{}, fmt.Errorf("draw a QR code: %w", err)
	}
	return QR{code}, nil
}

// PNG returns the picture with modules of eight pixels.
func (q QR) PNG() []byte { return q.code.PNG() }

// SVG returns the picture as a drawing that can be printed at any size.
func (q QR) SVG() []byte {
	side := q.code.Size + 2*qrQuiet
	var b bytes.Buffer
	fmt.Fprintf(&b, `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %d %d" shape-rendering="crispEdges">`, side, side)
	fmt.Fprintf(&b, `<rect width="%d" height="%d" fill="#fff"/><path d="`, side, side)
	for y := range q.code.Size {
		for x := range q.code.Size {
			if q.code.Black(x, y) {
				fmt.Fprintf(&b, "M%d %dh1v1h-1z", x+qrQuiet, y+qrQuiet)
			}
		}
	}
	b.WriteString(`"/></svg>` + "\n")
	return b.Bytes()
}

// halves are the characters for two modules above each other, by upper and lower, on a dark terminal and a light one alike: colours
// are set.
var halves = map[[2]bool]string{{false, false}: "█", {false, true}: "▀", {true, false}: "▄", {true, true}: " "}

// Text returns the picture in characters of half blocks, white on black, for a terminal.
func (q QR) Text() string {
	var b strings.Builder
	for y := -qrQuiet; y < q.code.Size+qrQuiet; y += 2 {
		b.WriteString("\x1b[97;40m")
		for x := -qrQuiet; x < q.code.Size+qrQuiet; x++ {
			b.WriteString(halves[[2]bool{q.code.Black(x, y), q.code.Black(x, y+1)}])
		}
		b.WriteString("\x1b[0m\n")
	}
	return b.String()
}
