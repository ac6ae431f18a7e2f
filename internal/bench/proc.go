package main

import (
	"bytes"
	"fmt"
	"os"
	"strconv"
	"strings"
	"time"
)

// tick is the unit of times in /proc/PID/stat: USER_HZ is 100 on every Linux.
const tick = 10 * time.Millisecond

// cpuTime returns the user and system time that a process, all its threads, has
// had so far.
func cpuTime(pid int) (time.Duration, error) {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return 0, fmt.Errorf("read CPU time: %w", err)
	}
	return parseStat(text)
}

// parseStat reads the fields utime and stime (14 and 15) of /proc/PID/stat. The
// name in field 2 may hold anything, spaces and parentheses too.
func parseStat(text []byte) (time.Duration, error) {
	end := bytes.LastIndexByte(text, ')')
	fields := bytes.Fields(text[end+1:])
	if end < 0 || len(fields) < 13 {
		return 0, fmt.Errorf("read CPU time: unknown form %.80q", text)
	}
	var sum int64
	for _, f := range fields[11:13] {
		n, err := strconv.ParseInt(string(f), 10, 64)
		if err != nil {
			return 0, fmt.Errorf("read CPU time: %w", err)
		}
		sum += n
	}
	return time.Duration(sum) * tick, nil
}

// resident returns the memory in bytes that a process holds.
func resident(pid int) (int64, error) {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		return 0, fmt.Errorf("read memory: %w", err)
	}
	return parseResident(string(text))
}

// parseResident reads VmRSS of /proc/PID/status.
func parseResident(text string) (int64, error) {
	for line := range strings.Lines(text) {
		rest, found := strings.CutPrefix(line, "VmRSS:")
		if !found {
			continue
		}
		kB, err := strconv.ParseInt(strings.TrimSpace(strings.TrimSuffix(strings.TrimSpace(rest), "kB")), 10, 64)
		if err != nil {
			return 0, fmt.Errorf("read memory: %w", err)
		}
		return kB * 1024, nil
	}
	return 0, fmt.Errorf("read memory: no VmRSS")
}

// machine describes where the figures come from.
type machine struct {
	model, kernel, memory string
	load                  string // averages of 1, 5 and 15 minutes
	busy                  string // share of all processors' time used in a second
}

func thisMachine() machine {
	read := func(path string) string {
		text, err := os.ReadFile(path)
		if err != nil {
			return ""
		}
		return string(text)
	}
	return machine{
		model:  valueOf(read("/proc/cpuinfo"), "model name"),
		kernel: strings.TrimSpace(read("/proc/sys/kernel/osrelease")),
		memory: valueOf(read("/proc/meminfo"), "MemTotal"),
		load:   strings.Join(firstFields(read("/proc/loadavg"), 3), " "),
	}
}

// valueOf returns the value of the first "key : value" line.
func valueOf(text, key string) string {
	for line := range strings.Lines(text) {
		name, value, found := strings.Cut(line, ":")
		if found && strings.TrimSpace(name) == key {
			return strings.TrimSpace(value)
		}
	}
	return "unknown"
}

func firstFields(text string, n int) []string {
	fields := strings.Fields(text)
	return fields[:min(n, len(fields))]
}

// processors is the time that all processors together had, since the start.
type processors struct{ all, idle int64 }

// parseProcessors reads the first line of /proc/stat: user, nice, system, idle,
// iowait, irq, softirq, steal.
func parseProcessors(text string) (processors, error) {
	var p processors
	line, _, _ := strings.Cut(text, "\n")
	fields := strings.Fields(line)
	if len(fields) < 9 || fields[0] != "cpu" {
		return p, fmt.Errorf("read processors' time: unknown form %.80q", line)
	}
	for i, f := range fields[1:9] {
		n, err := strconv.ParseInt(f, 10, 64)
		if err != nil {
			return p, fmt.Errorf("read processors' time: %w", err)
		}
		p.all += n
		if i == 3 || i == 4 {
			p.idle += n
		}
	}
	return p, nil
}

// busySince returns the share of time since before that was not idle, 0 to 1.
func (p processors) busySince(before processors) float64 {
	if p.all == before.all {
		return 0
	}
	return 1 - float64(p.idle-before.idle)/float64(p.all-before.all)
}
