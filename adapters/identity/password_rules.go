package identity

import (
	_ "embed"
	"strings"
	"sync"
	"unicode"
	"unicode/utf8"

	"github.com/punchledger/punchledger/domain"
	"github.com/punchledger/punchledger/domain/access"
)

// commonWords are what people take for a password first, one on a line, in lower case and letters mostly: our own compilation of
// names, words, keyboard walks and pinyin. Endings, years and letters written as digits are taken off before a look-up.
//
//go:embed common_words.txt
var commonWords string

var common = sync.OnceValue(func() map[string]bool {
	words := map[string]bool{}
	for w := range strings.FieldsSeq(commonWords) {
		words[w] = true
	}
	return words
})

// CheckPassword refuses a password that is too short, too long or easily guessed, and reports whether it is as long as advised. There
// are no rules about kinds of characters, and nobody must change a password that is not known to others.
func CheckPassword(password, principal string) (advised bool, err error) {
	length := utf8.RuneCountInString(password)
	problem := ""
	switch {
	case !utf8.ValidString(password) || strings.ContainsFunc(password, unicode.IsControl):
		problem = "control_character"
	case length < access.ShortestPassword:
		problem = "password_short"
	case length > access.LongestPassword:
		problem = "too_long"
	case isCommon(password, principal):
		problem = "password_common"
	}
	if problem != "" {
		return false, domain.NewError(domain.Invalid, "weak_password", "problem", problem)
	}
	return length >= access.AdvisedPassword, nil
}

var asLetters = strings.NewReplacer("@", "a", "4", "a", "0", "o", "1", "i", "!", "i", "3", "e", "$", "s", "5", "s", "7", "t", "8", "b")

// isCommon reports whether a password is a common word with decoration, a run, a repetition, or the name of its owner.
func isCommon(password, principal string) bool {
	p := strings.ToLower(password)
	if few(p) || run(p) || repeated(p) || isDate(p) {
		return true
	}
	decoration := func(r rune) bool { return !unicode.IsLetter(r) }
	bare := strings.TrimFunc(p, decoration)
	owner := strings.TrimFunc(principal, decoration)
	for _, form := range []string{p, bare, asLetters.Replace(p), strings.TrimFunc(asLetters.Replace(p), decoration), asLetters.Replace(bare)} {
		if common()[form] || form == principal || len(owner) >= 3 && form == owner {
			return true
		}
		if half := len(form) / 2; half >= 3 && form[:half] == form[half:] && common()[form[:half]] {
			return true
		}
	}
	return false
}

// few reports whether a password has fewer than four different characters.
func few(p string) bool {
	seen := map[rune]bool{}
	for _, r := range p {
		seen[r] = true
	}
	return len(seen) < 4
}

// run reports whether each character is followed by its neighbour, upwards or downwards: 12345678, 87654321, abcdefgh.
func run(p string) bool {
	runes := []rune(p)
	for _, step := range []rune{1, -1} {
		off := 0
		for i := 1; i < len(runes); i++ {
			if runes[i]-runes[i-1] != step {
				off++
			}
		}
		if off <= 1 { // 1234567890, abcd1234
			return true
		}
	}
	return false
}

// repeated reports whether a password is a short piece over and over.
func repeated(p string) bool {
	for n := 1; n <= 4 && n <= len(p)/2; n++ {
		if strings.Repeat(p[:n], len(p)/n+1)[:len(p)] == p {
			return true
		}
	}
	return false
}

// isDate reports whether a password is eight digits that are a day of a year in which somebody alive was born.
func isDate(p string) bool {
	if len(p) != 8 {
		return false
	}
	for _, layout := range []string{p, p[4:] + p[2:4] + p[:2], p[4:] + p[:4]} {
		d, err := domain.ParseDate(layout[:4] + "-" + layout[4:6] + "-" + layout[6:])
		if err == nil && d >= domain.NewDate(1900, 1, 1) && d < domain.NewDate(2100, 1, 1) {
			return true
		}
	}
	return false
}
