package main

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/stretchr/testify/require"
)

// deed is a command that can be run again until it is done.
type deed struct {
	name string
	args []string
	// again looks at what the command says when it is run once more after it was done; nil wants the same output.
	again func(first, again string)
}

// deeds draw a command each; a victim that lacks what one needs gives another one.
func (v *victim) deeds() []func() deed {
	return []func() deed{
		v.importPunches, v.importPunches, v.importPunches, v.addPunch, v.addPunch, v.importPeople, v.publishRules, v.fixClock,
		v.approve, v.setRoster, v.addGroup, v.voidPunch, v.rebuild, v.lookAfterLoss,
	}
}

func (v *victim) draw() deed {
	deeds := v.deeds()
	return deeds[v.y.rng.IntN(len(deeds))]()
}

// requested makes a command repeatable.
func (v *victim) requested(name string, args ...string) deed {
	return deed{name: name, args: append(args, "-o", "json", "--receipts", "--request-id", v.y.name("r"))}
}

func (v *victim) write(name, content string) {
	require.NoError(v.y.t, os.WriteFile(filepath.Join(v.dir, name), []byte(content), 0o600))
}

// wall draws a time of the last two weeks at the place of work; no two are the same.
func (y *yard) wall() string {
	y.names++
	day := y.today.AddDate(0, 0, -15+y.rng.IntN(14))
	return day.Add(time.Duration(7*3600+y.rng.IntN(12*3600/7)*7+y.names%7) * time.Second).Format("2006-01-02 15:04:05")
}

// importPunches imports a file of a new clock: known badges, unknown ones, a line that is none.
func (v *victim) importPunches() deed {
	y := v.y
	file, device := y.name("clock")+".dat", y.name("gate")
	var b strings.Builder
	seen := map[string]bool{}
	lines := 0
	for range 10 + y.rng.IntN(300) {
		badge := 100 + y.rng.IntN(staff+1)
		line := fmt.Sprintf("%d\t%s\t1\t%d\t1\t0\n", badge, y.wall(), y.rng.IntN(2))
		if !seen[line] {
			b.WriteString(line)
			lines++
		}
		seen[line] = true
	}
	b.WriteString("this is no line of a clock\n")
	v.write(file, b.String())
	return deed{
		name: "import punches",
		args: []string{"import", "punches", file, "--format", "attlog", "--layout", "usb", "--device", device, "--timezone", "Asia/Shanghai", "-o", "json", "--receipts"},
		again: func(first, again string) {
			for i, out := range []string{first, again} {
				r := reportIn(v, out)
				total := 0
				for _, n := range r.Counts {
					total += n
				}
				require.Equal(y.t, lines+1, r.Rows, out)
				require.Equal(y.t, r.Rows, total, "every line has a verdict: %s", out)
				if i == 1 {
					require.Equal(y.t, map[string]int{"duplicate": lines, "bad_row": 1}, r.Counts)
				}
			}
		},
	}
}

type importReport struct {
	Rows   int            `json:"rows"`
	Counts map[string]int `json:"counts"`
}

// reportIn is the last document of an import's output, after its receipts.
func reportIn(v *victim, out string) importReport {
	var r importReport
	d := json.NewDecoder(strings.NewReader(out))
	for d.More() {
		r = importReport{}
		require.NoError(v.y.t, d.Decode(&r))
	}
	return r
}

func (y *yard) employee() string { return fmt.Sprintf("e%d", y.rng.IntN(staff)) }

func (v *victim) addPunch() deed {
	return v.requested("punch add", "punch", "add", v.y.employee(), strings.Replace(v.y.wall(), " ", "T", 1), "in", "--note", "forgot")
}

// importPeople hires some; the first of a ledger gets the badge of punches that wait. A list is compared with the ledger, so that the
// second time nothing is left to do.
func (v *victim) importPeople() deed {
	var b strings.Builder
	b.WriteString("name,group,hired,badge\n")
	people := 1 + v.y.rng.IntN(12)
	for range people {
		badge := v.y.name("n")
		if !v.given {
			badge, v.given = fmt.Sprint(100+staff), true
		}
		fmt.Fprintf(&b, "Person %s,office,%s,%s\n", badge, v.y.date(-20), badge)
	}
	file := v.y.name("people") + ".csv"
	v.write(file, b.String())
	return deed{
		name: "people import",
		args: []string{"people", "import", file, "-o", "json", "--receipts"},
		again: func(first, again string) {
			var r struct{ Added, Changed, Unchanged int }
			d := json.NewDecoder(strings.NewReader(first))
			for d.More() {
				require.NoError(v.y.t, d.Decode(&r))
			}
			require.Equal(v.y.t, people, r.Added+r.Changed+r.Unchanged, first)
			r.Added, r.Changed = 0, 0
			require.NoError(v.y.t, json.Unmarshal([]byte(again), &r), "one document, and no receipt: %s", again)
			require.Equal(v.y.t, people, r.Unchanged, again)
			require.Zero(v.y.t, r.Added+r.Changed, again)
		},
	}
}

// publishRules publishes a document of its own, with the years of a calendar that may be new.
func (v *victim) publishRules() deed {
	id := v.y.name("rules")
	pack := []string{"flex-open", "cn-sh-rnd", "de-by-plant", "us-ca-hourly", "jp-tokyo-office"}[v.y.rng.IntN(5)]
	doc := v.must("rules", "show", pack)
	v.write(id+".yaml", strings.Replace(doc, "id: "+pack, "id: "+id, 1))
	d := v.requested("rules publish", "rules", "publish", id+".yaml", "--from", v.y.date(-30))
	d.again = func(first, again string) { // the years of the calendar are there by then, so they are not asked for
		require.True(v.y.t, strings.HasSuffix(first, again), "%s and then %s", first, again)
	}
	return d
}

func (v *victim) addGroup() deed {
	return v.requested("groups add", "groups", "add", v.y.name("group"))
}

func (v *victim) approve() deed {
	v.approved++ // two approvals of one evening are one too many
	day := v.y.date(30 + v.approved)
	return v.requested("approve", "approve", v.y.employee(), "overtime", day+"T19:00", day+"T21:00")
}

func (v *victim) setRoster() deed {
	args := []string{"roster", "set", v.y.employee()}
	for range 1 + v.y.rng.IntN(6) {
		v.planned++
		args = append(args, v.y.date(30+v.planned)+"=rest")
	}
	return v.requested("roster set", args...)
}

// fixClock corrects a clock whose punches were imported: the correction is one event, and a process moves the punches after it.
func (v *victim) fixClock() deed {
	device := ""
	for _, e := range v.seen {
		if e.Type == "DeviceEnrolled" && !v.fixed[e.Stream] && v.y.rng.IntN(2) == 0 {
			device = strings.TrimPrefix(e.Stream, "device-")
		}
	}
	if device == "" {
		return v.importPunches()
	}
	v.fixed["device-"+device] = true
	fix := v.requested("devices fix", "devices", "fix", device, "--from", v.y.date(-30)+"T00:00:00Z", "--to", v.y.date(1)+"T00:00:00Z",
		fmt.Sprintf("--offset=%ds", 1+v.y.rng.IntN(50)), "--evidence", "compared")
	fix.again = func(first, again string) { // what was looked at before is not looked at again; the receipt is the same
		require.Equal(v.y.t, receiptIn(v, first), receiptIn(v, again))
	}
	return fix
}

// corrected is what a correction of a clock says of itself.
type corrected struct {
	Fix     string          `json:"fix"`
	Receipt json.RawMessage `json:"receipt"`
}

// receiptIn is the receipt and the id of a correction in the last document of an output.
func receiptIn(v *victim, out string) (last corrected) {
	d := json.NewDecoder(strings.NewReader(out))
	for d.More() {
		last.Fix = ""
		require.NoError(v.y.t, d.Decode(&last))
	}
	require.NotEmpty(v.y.t, last.Fix, out)
	return last
}

// voidPunch takes out a punch that counts.
func (v *victim) voidPunch() deed {
	count := map[string]string{}
	var punches []string
	for _, e := range v.seen {
		var data struct{ Emp, Punch string }
		if e.Type == "PunchAdded" || e.Type == "PunchVoided" {
			require.NoError(v.y.t, json.Unmarshal(e.Data, &data))
		}
		switch e.Type {
		case "PunchAdded":
			count[data.Punch] = data.Emp
			punches = append(punches, data.Punch)
		case "PunchVoided":
			delete(count, data.Punch)
		}
	}
	for _, p := range punches {
		if emp := count[p]; emp != "" {
			return v.requested("punch void", "punch", "void", emp, p)
		}
	}
	return v.addPunch()
}

// rebuild builds the views anew, in batches that can be interrupted.
func (v *victim) rebuild() deed {
	return deed{name: "rebuild", args: []string{"rebuild", "-o", "json", "--batch", fmt.Sprint(1 + v.y.rng.IntN(40))}}
}

// lookAfterLoss deletes the views, so that the next command that shows something builds them.
func (v *victim) lookAfterLoss() deed {
	for _, suffix := range []string{"", "-wal", "-shm"} {
		err := os.Remove(filepath.Join(v.dir, "ledger", viewsFile+suffix))
		require.True(v.y.t, err == nil || os.IsNotExist(err), err)
	}
	return deed{name: "days", args: []string{"days", "-o", "json", "--from", v.y.date(-20), "--to", v.y.date(0)}}
}
