package main

import (
	"bufio"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// surroundings describes the machine without naming it.
func (b *bench) surroundings() []string {
	return []string{
		fmt.Sprintf("%s, %d cores, %s of memory, %s", processor(), runtime.NumCPU(), memory(), runtime.Version()),
		fmt.Sprintf("%d rounds a row, sides in turn", b.rounds),
	}
}

func processor() string { return field("/proc/cpuinfo", "model name") }

func memory() string {
	var kib int
	if _, err := fmt.Sscanf(field("/proc/meminfo", "MemTotal"), "%d", &kib); err != nil {
		return "an unknown amount"
	}
	return fmt.Sprintf("%d GiB", (kib+1<<19)>>20)
}

// field returns what a file of the kernel says behind a name and a colon.
func field(path, name string) string {
	f, err := os.Open(path)
	if err != nil {
		return runtime.GOOS + "/" + runtime.GOARCH
	}
	defer f.Close()
	for lines := bufio.NewScanner(f); lines.Scan(); {
		key, value, found := strings.Cut(lines.Text(), ":")
		if found && strings.TrimSpace(key) == name {
			return strings.TrimSpace(value)
		}
	}
	return runtime.GOOS + "/" + runtime.GOARCH
}

// shares are what the processors have done since the machine began, in ticks, and how much of that the host gave to others.
type shares struct{ all, taken uint64 }

func processors() (now shares) {
	text, err := os.ReadFile("/proc/stat")
	if err != nil {
		return now
	}
	line, _, _ := strings.Cut(string(text), "\n")
	for i, word := range strings.Fields(line)[1:] {
		ticks, err := strconv.ParseUint(word, 10, 64)
		if err != nil || i > steal {
			break // those behind it are in the ones before
		}
		now.all += ticks
		if i == steal {
			now.taken = ticks
		}
	}
	return now
}

// steal is the column of /proc/stat that counts what the host gave to others (proc_stat(5)).
const steal = 7

// since says how much of its processors the machine did not have.
func (s shares) since(before shares) string {
	if s.all <= before.all {
		return "it is not known what the host took of the processors"
	}
	return fmt.Sprintf("the host took %.0f %% of the processors meanwhile", 100*float64(s.taken-before.taken)/float64(s.all-before.all))
}

// disk measures what one flush costs: everything durable stands on it.
func (b *bench) disk(context.Context) error {
	if !b.only.MatchString("flush of this disk") {
		return nil
	}
	f, err := os.Create(filepath.Join(b.dir, "flush"))
	if err != nil {
		return err
	}
	defer f.Close()
	block := make([]byte, 350)
	l := latency{name: "flush of this disk: 350 bytes appended, fdatasync"}
	for range 2000 {
		started := time.Now()
		if _, err := f.Write(block); err != nil {
			return err
		}
		if err := syscall.Fdatasync(int(f.Fd())); err != nil {
			return err
		}
		l.took = append(l.took, time.Since(started))
	}
	b.waited(l)
	return nil
}
