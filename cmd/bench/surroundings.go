package main

import (
	"bufio"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
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
