package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// process is a server that answers in a process of its own.
type process struct {
	command *exec.Cmd
	address string
	log     *os.File
}

var address = regexp.MustCompile(`http://([0-9.]+:[0-9]+)`)

// start runs a server that names its address on standard error, which goes to a file as a service's does.
func start(ctx context.Context, dir, program string, args ...string) (_ *process, err error) {
	p := &process{command: exec.CommandContext(context.WithoutCancel(ctx), program, args...)} // ended by stop
	if p.log, err = os.Create(filepath.Join(dir, filepath.Base(program)+".log")); err != nil {
		return nil, err
	}
	p.command.Stderr = p.log
	if err := p.command.Start(); err != nil {
		return nil, errors.Join(err, p.log.Close())
	}
	for range 3000 {
		said, err := os.ReadFile(p.log.Name())
		if m := address.FindSubmatch(said); m != nil {
			p.address = string(m[1])
			return p, nil
		}
		if err = errors.Join(err, ctx.Err()); err != nil {
			return nil, errors.Join(err, p.stop())
		}
		time.Sleep(100 * time.Millisecond)
	}
	said, _ := os.ReadFile(p.log.Name())
	return nil, errors.Join(fmt.Errorf("%s does not say where it listens: %s", program, said), p.stop())
}

// stop tells the server to stop and waits for it.
func (p *process) stop() error {
	err := p.command.Process.Signal(syscall.SIGTERM)
	if ended := p.command.Wait(); err == nil {
		err = ended
	}
	return errors.Join(err, p.log.Close())
}

// cpu is what the server has used of the processors so far.
func (p *process) cpu() (time.Duration, error) {
	stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", p.command.Process.Pid))
	if err != nil {
		return 0, err
	}
	_, after, _ := strings.Cut(string(stat), ") ") // the name may hold blanks
	fields := strings.Fields(after)
	if len(fields) < 13 {
		return 0, fmt.Errorf("/proc/%d/stat has %d fields", p.command.Process.Pid, len(fields))
	}
	var ticks int64
	for _, f := range fields[11:13] { // utime, stime
		n, err := strconv.ParseInt(f, 10, 64)
		if err != nil {
			return 0, err
		}
		ticks += n
	}
	return time.Duration(ticks) * time.Second / ticksPerSecond, nil
}

// ticksPerSecond is USER_HZ, which is 100 on every Linux that Go runs on.
const ticksPerSecond = 100

// memoryUsed is the resident memory of the server at its highest.
func (p *process) memoryUsed() string { return memoryUsed(strconv.Itoa(p.command.Process.Pid)) }

// memoryUsed is the resident memory of a process at its highest.
func memoryUsed(pid string) string {
	text, err := os.ReadFile("/proc/" + pid + "/status")
	if err != nil {
		return "unknown"
	}
	_, rest, _ := strings.Cut(string(text), "VmHWM:")
	line, _, _ := strings.Cut(rest, "\n")
	kib, err := strconv.Atoi(strings.TrimSuffix(strings.TrimSpace(line), " kB"))
	if err != nil {
		return "unknown"
	}
	return fmt.Sprintf("%d MiB", kib>>10)
}

// loadAverage is that of the machine in the last minute: others may be at work on it.
func loadAverage() string {
	text, err := os.ReadFile("/proc/loadavg")
	if err != nil {
		return "unknown"
	}
	first, _, _ := strings.Cut(string(text), " ")
	return first
}
