package main

import (
	"encoding/json"
	"io/fs"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/punchledger/punchledger/domain"
	"github.com/punchledger/punchledger/domain/people"
	"github.com/punchledger/punchledger/domain/timecard"
	"github.com/punchledger/punchledger/domain/whatif"
)

// sampleCompany is a small company in which every story is told.
func sampleCompany(t *testing.T) (shell, tour) {
	t.Helper()
	s := shell{t: t, dir: t.TempDir()}
	var out tour
	require.NoError(t, json.Unmarshal([]byte(s.must("demo", "--people", "15", "--days", "52", "-o", "json")), &out))
	require.Len(t, out.Stories, len(demoStories), "every story is told")
	return s, out
}

func TestDemo(t *testing.T) {
	first, stories := sampleCompany(t)
	second, again := sampleCompany(t)
	t.Run("the same seed writes the same company", func(t *testing.T) {
		require.Equal(t, stories.Stories, again.Stories)
		require.Equal(t, first.fingerprint(), second.fingerprint())
	})
	t.Run("views that are deleted come back equal", func(t *testing.T) {
		before := first.fingerprint()
		require.NoError(t, os.Remove(filepath.Join(first.dir, "ledger", viewsFile)))
		require.Equal(t, before, first.fingerprint())
	})
	t.Run("every story is where the table says", func(t *testing.T) {
		for _, x := range stories.Stories {
			t.Run(x.Story, func(t *testing.T) {
				look, ok := sights[x.Story]
				if !ok {
					look, ok = remoteSights[x.Story]
				}
				require.True(t, ok, "no test looks at this story")
				s := shell{t: t, dir: first.dir}
				look(s, x)
				if x.Story != "leaver" {
					s.explains(x.Employee, x.Date, sights[x.Story] != nil)
				}
			})
		}
	})
	t.Run("requests of all kinds are in all states", func(t *testing.T) { everyKind(t, shell{t: t, dir: first.dir}) })
	t.Run("everybody has the rights that they need", func(t *testing.T) { everyRight(t, shell{t: t, dir: first.dir}) })
	t.Run("no name, badge or note stands in any file in clear", func(t *testing.T) { sweep(t, first) })
	t.Run("the tour can be copied", func(t *testing.T) { walk(t, second, again) })
}

func TestDemoRefusesWhatItCannotWrite(t *testing.T) {
	s := shell{t: t, dir: t.TempDir()}
	for _, args := range [][]string{
		{"--people", "0"}, {"--days", "6"}, {"--days", "401"}, {"--until", "yesterday"}, {"--until", "2150-01-01"},
	} {
		code, _, messages := s.run(append([]string{"demo"}, args...)...)
		require.Equal(t, exitUsage, code, "%v: %s", args, messages)
		require.NoDirExists(t, filepath.Join(s.dir, "ledger"), "nothing is written")
	}
	s.must("init")
	code, _, messages := s.run("demo")
	require.Equal(t, exitUsage, code)
	require.Contains(t, messages, "ledger")
}

func TestDemoFitsAnyWindow(t *testing.T) {
	for name, args := range map[string][]string{
		"a week of one person":                     {"--people", "1", "--days", "7"},
		"more people than offices need, two years": {"--people", "7", "--days", "200", "--until", "2027-02-10", "--seed", "3"},
		"before the stories":                       {"--people", "23", "--days", "20", "--until", "2025-10-15", "--seed", "18446744073709551615"},
		"in the middle of the stories":             {"--people", "12", "--days", "7", "--until", "2026-10-14", "--lang", "zh-CN"},
	} {
		t.Run(name, func(t *testing.T) {
			s := shell{t: t, dir: t.TempDir()}
			var out tour
			require.NoError(t, json.Unmarshal([]byte(s.must(append([]string{"demo", "-o", "json"}, args...)...)), &out))
			require.Len(t, out.Tour, 12)
			s.fingerprint()
		})
	}
}

func (s shell) fingerprint() string {
	s.t.Helper()
	var v verdict
	require.NoError(s.t, json.Unmarshal([]byte(s.must("verify", "-o", "json")), &v))
	require.NotZero(s.t, v.Views.Days)
	return v.ViewsFingerprint
}

// lines decodes JSON lines.
func lines[T any](s shell, args ...string) []T {
	s.t.Helper()
	var out []T
	for d := json.NewDecoder(strings.NewReader(s.must(append(args, "-o", "json")...))); d.More(); {
		var v T
		require.NoError(s.t, d.Decode(&v))
		out = append(out, v)
	}
	return out
}

type dayLine struct {
	Kind, Shift, Zone string
	Flags             []string
	Settled           bool
	Late              domain.Seconds `json:"late_s"`
	Punches           []struct {
		At domain.Seconds `json:"at"`
	}
}

// day returns a day, or nil where there is none.
func (s shell) day(x tourNote, more ...string) *dayLine {
	s.t.Helper()
	found := lines[dayLine](s, append([]string{"days", "-e", x.Employee, "--from", x.Date, "--to", x.Date}, more...)...)
	if len(found) == 0 {
		return nil
	}
	require.Len(s.t, found, 1)
	return &found[0]
}

// pay returns the rows of a day as h:mm by code, less information rows.
func (s shell) pay(x tourNote, more ...string) map[string]string {
	s.t.Helper()
	out := map[string]string{}
	for _, r := range lines[payLine](s, append([]string{"rows", "-e", x.Employee, "--from", x.Date, "--to", x.Date}, more...)...) {
		if !strings.HasPrefix(r.Code, "x.") {
			out[r.Code] = r.Seconds.HM()
		}
	}
	return out
}

type payLine struct {
	Employee string         `json:"employee"`
	Date     string         `json:"date"`
	Code     string         `json:"code"`
	Seconds  domain.Seconds `json:"seconds"`
}

// exceptions returns the kinds of a day's anomalies.
func (s shell) exceptions(x tourNote, more ...string) []string {
	s.t.Helper()
	var out []string
	args := append([]string{"anomalies", "--min", "info", "-e", x.Employee, "--from", x.Date, "--to", x.Date}, more...)
	for _, a := range lines[struct{ ID string }](s, args...) {
		out = append(out, a.ID)
	}
	return out
}

// explains checks that a day is explained to the second and that the explanation is of what is stored, and that time counts where some
// is said to.
func (s shell) explains(emp, date string, counts bool) {
	s.t.Helper()
	var a struct {
		Balanced, Match bool
		Sums            []struct {
			Code     string
			Segments domain.Seconds `json:"segments_s"`
			Rows     domain.Seconds `json:"rows_s"`
		}
	}
	require.NoError(s.t, json.Unmarshal([]byte(s.must("why", emp, date, "-o", "json")), &a))
	require.True(s.t, a.Balanced)
	require.True(s.t, a.Match)
	require.True(s.t, len(a.Sums) > 0 || !counts)
}

// types returns the types of the events of a timecard.
func (s shell) types(stream string) []string {
	s.t.Helper()
	var out []string
	for _, e := range lines[struct{ Type string }](s, "log", "tail", "-n", "1000", "--stream", stream) {
		out = append(out, e.Type)
	}
	return out
}

// sights are what one sees of each story.
var sights = map[string]func(s shell, x tourNote){
	"forgotten": func(s shell, x tourNote) {
		before := []string{"--as-of", "2026-10-14T17:00:00Z"}
		require.Equal(s.t, []string{"incomplete"}, s.day(x, before...).Flags)
		require.Contains(s.t, s.exceptions(x, before...), "punch.missing_out")
		require.Empty(s.t, s.pay(x, before...))
		require.Empty(s.t, s.exceptions(x))
		require.Equal(s.t, map[string]string{"REG": "8:00"}, s.pay(x))
	},
	"makeup": func(s shell, x tourNote) {
		require.Equal(s.t, "makeup", s.day(x).Kind)
		require.Equal(s.t, map[string]string{"REG": "8:00", "OT_150": "2:40"}, s.pay(x))
	},
	"late_approval": func(s shell, x tourNote) {
		require.Equal(s.t, map[string]string{"REG": "8:00"}, s.pay(x, "--as-of", "2026-10-18T00:00:00Z"))
		require.Contains(s.t, s.exceptions(x, "--as-of", "2026-10-18T00:00:00Z"), "ot.unapproved")
		require.Equal(s.t, map[string]string{"REG": "8:00", "OT_150": "3:00"}, s.pay(x))
	},
	"holiday": func(s shell, x tourNote) {
		require.Equal(s.t, "statutory", s.day(x).Kind)
		require.Equal(s.t, map[string]string{"OT_300": "6:00"}, s.pay(x))
	},
	"double_tap": func(s shell, x tourNote) {
		require.Equal(s.t, []string{"punch.duplicate", "punch.duplicate"}, s.exceptions(x))
		require.Equal(s.t, map[string]string{"REG": "8:00"}, s.pay(x))
	},
	"seven_minutes": func(s shell, x tourNote) {
		require.Equal(s.t, []string{"late"}, s.day(x).Flags)
		require.Equal(s.t, map[string]string{"REG": "7:53"}, s.pay(x))
	},
	"guard": func(s shell, x tourNote) {
		require.Equal(s.t, dayLine{Kind: "statutory", Shift: "D", Zone: "Asia/Shanghai", Settled: true, Punches: s.day(x).Punches}, *s.day(x))
		require.Equal(s.t, map[string]string{"OT_300": "8:00"}, s.pay(x))
		require.Equal(s.t, []string{"limit.over"}, s.exceptions(tourNote{Employee: x.Employee, Date: "2026-10-07"}), "36 h of overtime in a month")
	},
	"leaver": func(s shell, x tourNote) {
		require.Nil(s.t, s.day(x))
		require.NotNil(s.t, s.day(tourNote{Employee: x.Employee, Date: "2026-10-16"}))
		require.Equal(s.t, "PunchRejected", slices.Max(s.types("timecard-"+x.Employee+"-202610")))
	},
	"newcomer": func(s shell, x tourNote) {
		require.Nil(s.t, s.day(tourNote{Employee: x.Employee, Date: "2026-10-09"}))
		require.Equal(s.t, map[string]string{"REG": "8:00"}, s.pay(x))
	},
	"late_upload": func(s shell, x tourNote) {
		require.Empty(s.t, s.pay(x, "--as-of", "2026-10-16T00:00:00Z"))
		require.Contains(s.t, s.exceptions(x), "punch.late_arrival")
		require.Equal(s.t, map[string]string{"REG": "8:00"}, s.pay(x))
	},
	"transfer": func(s shell, x tourNote) {
		before := tourNote{Employee: x.Employee, Date: "2026-09-14"}
		require.Equal(s.t, "America/Los_Angeles", s.day(before).Zone)
		require.Equal(s.t, map[string]string{"REG": "8:00"}, s.pay(before))
		require.Equal(s.t, "Asia/Shanghai", s.day(x).Zone)
		require.Equal(s.t, map[string]string{"REG": "8:00"}, s.pay(x))
		require.Len(s.t, s.day(x).Punches, 2)
	},
	"dst_night": func(s shell, x tourNote) {
		require.Equal(s.t, map[string]string{"REG": "8:30", "NIGHT_25": "4:00", "NIGHT_40": "4:30", "SUN_50": "6:30"}, s.pay(x))
	},
	"month_end": func(s shell, x tourNote) {
		require.Equal(s.t, map[string]string{"REG": "7:30", "NIGHT_25": "4:00", "NIGHT_40": "3:30"}, s.pay(x))
		p := s.day(x).Punches
		require.Len(s.t, p, 2)
		require.Equal(s.t, "timecard-"+x.Employee+"-202609", timecard.CardAt(x.Employee, p[0].At.Instant()).Stream())
		require.Equal(s.t, "timecard-"+x.Employee+"-202610", timecard.CardAt(x.Employee, p[1].At.Instant()).Stream())
	},
	"wrong_clock": func(s shell, x tourNote) {
		require.Contains(s.t, s.day(x, "--as-of", "2026-10-12T00:00:00Z").Flags, "early_leave")
		require.NotContains(s.t, s.day(x).Flags, "early_leave")
		require.Equal(s.t, map[string]string{"REG": "7:30", "OT_100": "0:06"}, s.pay(x))
		require.Contains(s.t, s.types("timecard-"+x.Employee+"-202610"), "PunchRetimed")
	},
}

// sweep looks for what must be sealed in every byte of the data folder, also in the log that is not checkpointed yet.
func sweep(t *testing.T, s shell) {
	t.Helper()
	secrets := []string{noteForgotten, noteOvertime, noteOutage, noteCorrection, noteHome, noteAppeal}
	for _, p := range lines[struct {
		Name   string
		Badges []string
	}](shell{t: t, dir: s.dir}, "people", "list") {
		require.NotEmpty(t, p.Name)
		require.NotEmpty(t, p.Badges)
		secrets = append(append(secrets, p.Name), p.Badges...)
	}
	for n := range 15 {
		lat, lon := homeOf(&person{number: n})
		secrets = append(secrets, strconv.FormatInt(lat, 10), strconv.FormatInt(lon, 10))
	}
	data := filepath.Join(s.dir, "ledger")
	w, err := openParts(t.Context(), opening{data: data, kek: data + ".kek", now: time.Now})
	require.NoError(t, err)
	c := &console{ctx: t.Context(), cfg: &Config{As: "admin"}}
	_, err = w.register(c, newcomer{name: secrets[3], badge: "998877665", hired: mustDate("2026-10-01"), terms: people.Terms{Group: "beijing"}})
	require.NoError(t, err)
	secrets = append(secrets, "998877665")
	require.Positive(t, clear(t, data, secrets)["-wal"], "the log's own log is looked at as well")
	require.NoError(t, w.Close())
	clear(t, data, secrets)
}

// clear fails for a secret that stands in a file; it returns how many bytes it read by the end of the file's name.
func clear(t *testing.T, data string, secrets []string) map[string]int {
	t.Helper()
	read := map[string]int{}
	require.NoError(t, filepath.WalkDir(data, func(path string, e fs.DirEntry, err error) error {
		if err != nil || !e.Type().IsRegular() {
			return err
		}
		b, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		for _, secret := range secrets {
			require.NotContains(t, string(b), secret, path)
		}
		_, end, _ := strings.Cut(filepath.Base(path), ".db")
		read[end] += len(b)
		return nil
	}))
	return read
}

// walk copies the tour into a shell, and holds the published rules to the replay that preceded them.
func walk(t *testing.T, s shell, of tour) {
	t.Helper()
	s.t = t
	bin := t.TempDir()
	build := exec.CommandContext(t.Context(), "go", "build", "-o", filepath.Join(bin, "punchledger"), ".")
	out, err := build.CombinedOutput()
	require.NoError(t, err, "%s", out)
	work := t.TempDir()
	var report replayed
	var before map[string]map[string]domain.Seconds
	require.Len(t, of.Tour, 12)
	for i, x := range of.Tour {
		if i == len(of.Tour)-1 {
			require.NoError(t, json.Unmarshal([]byte(s.must("replay", "--rules", filepath.Join(work, "grace10.yaml"), "--from", of.From, "--to", of.To, "-o", "json")), &report))
			before = s.paid()
		}
		sh := exec.CommandContext(t.Context(), "sh", "-c", x.Command)
		sh.Dir, sh.Env = work, append(os.Environ(), "PATH="+bin+string(os.PathListSeparator)+os.Getenv("PATH"))
		out, err := sh.CombinedOutput()
		require.NoError(t, err, "%s\n%s", x.Command, out)
		require.NotEmpty(t, x.Text)
		require.NotRegexp(t, `\{[a-z_]+\}`, x.Command+x.Text)
	}
	require.NotEmpty(t, report.Days)
	changed := map[string]whatif.DayChange{}
	for _, d := range report.Days {
		changed[d.Emp+" "+d.Date.String()] = d
	}
	after := s.paid()
	for day := range maps.Keys(after) {
		d, ok := changed[day]
		if !ok {
			require.Equal(t, before[day], after[day], "%s is not in the report", day)
			continue
		}
		for code, q := range d.After.Rows {
			require.Equal(t, q.Seconds, after[day][code], "%s %s", day, code)
		}
		require.NotEqual(t, before[day], after[day], day)
	}
}

// paid returns all rows, by employee and date, then by code.
func (s shell) paid() map[string]map[string]domain.Seconds {
	s.t.Helper()
	out := map[string]map[string]domain.Seconds{}
	for _, r := range lines[payLine](s, "rows", "--to", "2026-10-31") {
		day := r.Employee + " " + r.Date
		if out[day] == nil {
			out[day] = map[string]domain.Seconds{}
		}
		out[day][r.Code] += r.Seconds
	}
	return out
}
