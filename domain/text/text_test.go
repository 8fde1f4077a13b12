package text_test

import (
	"encoding/json"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"unicode"

	"github.com/stretchr/testify/require"

	"github.com/punchledger/punchledger/domain"
	"github.com/punchledger/punchledger/domain/text"
)

var (
	placeholder = regexp.MustCompile(`\{[a-z_]+\}`)
	latin       = regexp.MustCompile(`[A-Za-z][A-Za-z_-]*`)
)

// raw returns the texts as they are written.
func raw(t *testing.T, lang string) map[string]string {
	t.Helper()
	require.Equal(t, lang, text.Lookup(lang).Lang())
	data, err := os.ReadFile(lang + ".json")
	require.NoError(t, err)
	var out map[string]string
	require.NoError(t, json.Unmarshal(data, &out))
	return out
}

func TestBothLanguagesHaveTheSameKeysAndPlaceholders(t *testing.T) {
	zh, en := raw(t, text.Chinese), raw(t, text.English)
	require.Equal(t, text.Lookup("en").Keys(""), text.Lookup("zh").Keys(""))
	for k := range en {
		want, got := placeholder.FindAllString(en[k], -1), placeholder.FindAllString(zh[k], -1)
		slices.Sort(want)
		slices.Sort(got)
		require.Equal(t, want, got, k)
	}
}

func TestEveryTextSaysSomething(t *testing.T) {
	for _, lang := range text.Languages() {
		for k, v := range raw(t, lang) {
			require.NotEmpty(t, v, k)
			require.Equal(t, strings.TrimSpace(v), v, k)
		}
	}
}

// untranslated are words that stand in Chinese texts as they are: names of formats, keys and codes.
var untranslated = []string{
	"usb", "push",
	"IANA", "Asia", "kek", "a-z", "REG", "absent_below", "half_below", "pay_codes", "days_in_row", "max", "min", "below", "Shanghai", "UTF-", "GB", "JSON", "PDF", "JPEG", "PNG", "WebP", "ASCII", "U", "wgs", "gcj", "PUNCHLEDGER_LOG", "PUNCHLEDGER_VAULT", "PUNCHLEDGER_STATE",
}

func TestChineseTextsAreChinese(t *testing.T) {
	literal := regexp.MustCompile("--[a-z-]+|`[^`]*`|“[a-z][^”]*”|" + placeholder.String()) // options, commands, arguments
	for k, v := range raw(t, text.Chinese) {
		for _, word := range latin.FindAllString(literal.ReplaceAllString(v, ""), -1) {
			require.Contains(t, untranslated, word, "%s: %s", k, v)
		}
		if !strings.HasPrefix(k, "cli.") {
			require.True(t, strings.ContainsFunc(v, func(r rune) bool { return unicode.Is(unicode.Han, r) }), "%s: %s", k, v)
		}
	}
	for k, v := range raw(t, text.English) {
		require.False(t, strings.ContainsFunc(v, func(r rune) bool { return unicode.Is(unicode.Han, r) }), "%s: %s", k, v)
	}
}

func TestLookupFollowsTagsAndLocales(t *testing.T) {
	for tag, want := range map[string]string{
		"zh": "zh-CN", "zh-CN": "zh-CN", "zh_CN.UTF-8": "zh-CN", "ZH-Hans": "zh-CN", "en": "en", "en-US": "en", "": "en", "C": "en", "zhx": "en",
	} {
		require.Equal(t, want, text.Lookup(tag).Lang(), tag)
	}
}

func TestTextFillsPlaceholders(t *testing.T) {
	c := text.Lookup("en")
	require.Equal(t, "duplicate of {of}", c.Text("labels.role.duplicate_of", map[string]string{"of": "{of}"}))
	require.Equal(t, "duplicate of –", c.Text("labels.role.duplicate_of", nil))
	require.Equal(t, "no.such.key", c.Text("no.such.key", nil))
}

func TestErrorSaysWhatHappenedWhatIsSafeAndWhatToDo(t *testing.T) {
	err := domain.NewError(domain.Conflict, "retime_too_far", "punch", "p1", "hours", "36")
	require.Equal(t, text.Message{
		What: "A punch can be moved by at most 36 hours. (punch p1)", Safe: "Nothing was changed.", Do: "Void it and add a new one.",
	}, text.Lookup("en").Error(err))
	require.Equal(t, "打卡时间最多可调整 36 小时。（打卡 p1）\n未做任何更改。\n请作废后重新补录。", text.Lookup("zh").Error(err).String())
	for _, problem := range []string{"not_an_id", "not an id"} {
		require.Contains(t, text.Lookup("zh").Error(domain.NewError(domain.Invalid, "invalid_field", "field", "emp", "problem", problem)).What, "不是有效编号")
	}
	require.Equal(t, "The request was refused (brand_new). (a 1, b 2)",
		text.Lookup("en").Error(domain.NewError(domain.Invalid, "brand_new", "a", "1", "b", "2")).What)
}

// anomalies are the ids that evaluation and the checks around it may raise.
var anomalies = strings.Fields(`punch.missing_in punch.missing_out punch.unpaired punch.duplicate punch.held punch.rejected
	punch.late_arrival punch.post_seal punch.unscheduled punch.off_shift punch.auto_closed time.future time.wall_only time.skew device.seq_gap device.seq_fork
	device.chain_broken device.unbound device.shared device.new device.outage place.outside place.low_accuracy place.mock
	place.proof_missing place.impossible_travel late late_serious early_leave short_hours core_missed absent absent_half
	incomplete leave.conflict trip.conflict ot.unapproved ot.approved_not_worked ot.below_min break.missed break.short break.late
	break.assumed rest.gap rest.days_in_row rest.weekly limit.warn limit.over roster.none roster.unknown_shift roster.overlap
	roster.short_notice roster.calendar_changed rules.none rules.gap calendar.provisional request.sla request.quota_used
	correction.pattern pay.unsealed pay.baseline_drift pay.refused pay.unmapped_code day.disputed audit.mismatch
	ledger.unverified`)

func TestEveryAnomalyHasAText(t *testing.T) {
	want := make([]string, len(anomalies))
	for i, id := range anomalies {
		want[i] = "anomalies." + id
	}
	slices.Sort(want)
	require.Equal(t, want, text.Lookup("en").Keys("anomalies."))
}

// TestEveryErrorCodeHasAText looks for the codes where errors are made, so that a new one cannot be forgotten here.
func TestEveryErrorCodeHasAText(t *testing.T) {
	made := regexp.MustCompile(`NewError\(domain\.\w+,\s*"([a-z_]+)"[,)]`)
	c := text.Lookup("en")
	root := filepath.Join("..", "..")
	found := 0
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
			return err
		}
		source, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		for _, m := range made.FindAllSubmatch(source, -1) {
			found++
			require.True(t, c.Has("errors."+string(m[1])+".what"), "%s: %s", path, m[1])
		}
		return nil
	})
	require.NoError(t, err)
	require.NotZero(t, found)
}

func TestErrorsHaveThreeSentences(t *testing.T) {
	c := text.Lookup("en")
	for _, k := range c.Keys("errors.") {
		parts := strings.Split(k, ".")
		require.Len(t, parts, 3, k)
		for _, part := range []string{"what", "safe", "do"} {
			require.True(t, c.Has("errors."+parts[1]+"."+part), k)
		}
	}
}

// TestEveryProblemOfADocumentHasAText compares with the sentences that the rules package gives without a catalogue.
func TestEveryProblemOfADocumentHasAText(t *testing.T) {
	source, err := os.ReadFile(filepath.Join("..", "ruleset", "problem_text.go"))
	require.NoError(t, err)
	en := raw(t, text.English)
	found := regexp.MustCompile(`(?m)^\t"([a-z_.]+)":\s+"(.*)",$`).FindAllSubmatch(source, -1)
	require.NotEmpty(t, found)
	for _, m := range found {
		require.Contains(t, en, "problems."+string(m[1]))
		require.Equal(t, placeholder.FindAllString(string(m[2]), -1), placeholder.FindAllString(en["problems."+string(m[1])], -1))
	}
}
