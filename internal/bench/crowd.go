package main

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"net/netip"
	"net/url"
	"syscall"
	"time"
)

// crowdLimit bounds how long a crowd waits for everybody's first picture.
const crowdLimit = 20 * time.Second

// crowdResult is what a crowd of viewers got, each on a connection of its own.
type crowdResult struct {
	Viewers int
	Seconds float64
	MinFPS  float64
	MidFPS  float64
	Bytes   float64 // of a picture, mean
	Left    int     // viewers whose connection ended
	NotLive int     // pictures that said that they were not live
	CPU     float64 // percent of one core, of the crowd itself
}

// runCrowd is the child that plays many viewers: it connects them, waits until
// each has a picture, prints "counting", counts for a while and prints a
// crowdResult as JSON. One thread reads all of them: heads by their bytes, and
// pictures by telling the kernel to drop them, so that the crowd takes little of
// the machine from the server.
func runCrowd(ctx context.Context, args []string, out io.Writer) error {
	flags := flag.NewFlagSet("child-crowd", flag.ContinueOnError)
	address := flags.String("url", "", "what to watch")
	n := flags.Int("viewers", 1, "how many")
	window := flags.Duration("for", 20*time.Second, "how long to count")
	if err := flags.Parse(args); err != nil {
		return err
	}
	c, err := newCrowd(*address, *n)
	if err != nil {
		return err
	}
	defer c.close()
	if err := c.gather(ctx); err != nil {
		return err
	}
	fmt.Fprintln(out, "counting")
	r, err := c.count(ctx, *window)
	if err != nil {
		return err
	}
	return json.NewEncoder(out).Encode(r)
}

// crowd is a number of viewers. It belongs to one goroutine.
type crowd struct {
	poll    int
	members map[int32]*member // by descriptor
	small   []byte            // for heads
	large   []byte            // stands for what is dropped, never written
}

type member struct {
	fd    int
	count counter
	ended bool
}

// newCrowd connects n viewers of an http address on an IP.
func newCrowd(address string, n int) (*crowd, error) {
	u, err := url.Parse(address)
	if err != nil {
		return nil, fmt.Errorf("read address: %w", err)
	}
	to, err := netip.ParseAddrPort(u.Host)
	if err != nil {
		return nil, fmt.Errorf("read address: %w", err)
	}
	if err := allowFiles(uint64(n) + 64); err != nil {
		return nil, err
	}
	poll, err := syscall.EpollCreate1(syscall.EPOLL_CLOEXEC)
	if err != nil {
		return nil, fmt.Errorf("make poll: %w", err)
	}
	c := &crowd{poll: poll, members: make(map[int32]*member), small: make([]byte, 1024), large: make([]byte, 256<<10)}
	request := fmt.Sprintf("GET %s HTTP/1.1\r\nHost: %s\r\n\r\n", u.RequestURI(), u.Host)
	for range n {
		if err := c.join(to, request); err != nil {
			c.close()
			return nil, err
		}
	}
	return c, nil
}

// allowFiles raises the limit of open files.
func allowFiles(n uint64) error {
	var limit syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_NOFILE, &limit); err != nil {
		return fmt.Errorf("read limit of open files: %w", err)
	}
	if limit.Max < n {
		return fmt.Errorf("raise limit of open files: %d are needed, %d allowed (ulimit -Hn)", n, limit.Max)
	}
	limit.Cur = max(limit.Cur, n)
	if err := syscall.Setrlimit(syscall.RLIMIT_NOFILE, &limit); err != nil {
		return fmt.Errorf("raise limit of open files: %w", err)
	}
	return nil
}

func (c *crowd) join(to netip.AddrPort, request string) error {
	fd, err := syscall.Socket(syscall.AF_INET, syscall.SOCK_STREAM|syscall.SOCK_CLOEXEC, 0)
	if err != nil {
		return fmt.Errorf("make socket: %w", err)
	}
	m := &member{fd: fd}
	c.members[int32(fd)] = m
	if err := syscall.Connect(fd, &syscall.SockaddrInet4{Port: int(to.Port()), Addr: to.Addr().As4()}); err != nil {
		return fmt.Errorf("connect: %w", err)
	}
	if _, err := syscall.Write(fd, []byte(request)); err != nil {
		return fmt.Errorf("ask: %w", err)
	}
	event := syscall.EpollEvent{Events: syscall.EPOLLIN, Fd: int32(fd)}
	if err := syscall.EpollCtl(c.poll, syscall.EPOLL_CTL_ADD, fd, &event); err != nil {
		return fmt.Errorf("add to poll: %w", err)
	}
	return nil
}

func (c *crowd) close() {
	for _, m := range c.members {
		_ = syscall.Close(m.fd)
	}
	_ = syscall.Close(c.poll)
}

// turn reads once from all members that have something, or waits a little.
func (c *crowd) turn(events []syscall.EpollEvent) error {
	n, err := syscall.EpollWait(c.poll, events, 50)
	if err != nil && !errors.Is(err, syscall.EINTR) {
		return fmt.Errorf("poll: %w", err)
	}
	for _, e := range events[:max(n, 0)] {
		if err := c.read(c.members[e.Fd]); err != nil {
			return err
		}
	}
	return nil
}

// read takes what m's connection holds, up to one picture and a head.
func (c *crowd) read(m *member) error {
	for range 3 {
		hidden := min(m.count.hidden(), len(c.large))
		buf, flags := c.small, syscall.MSG_DONTWAIT
		if hidden > 0 {
			buf, flags = c.large[:hidden], syscall.MSG_DONTWAIT|syscall.MSG_TRUNC // tcp(7): dropped, not copied
		}
		n, _, err := syscall.Recvfrom(m.fd, buf, flags)
		switch {
		case errors.Is(err, syscall.EAGAIN) || errors.Is(err, syscall.EINTR):
			return nil
		case err != nil || n == 0:
			m.ended = true
			return syscall.EpollCtl(c.poll, syscall.EPOLL_CTL_DEL, m.fd, nil)
		case hidden > 0:
			m.count.skip(n)
		default:
			if err := m.count.feed(buf[:n]); err != nil {
				return err
			}
		}
		if n < len(buf) {
			return nil
		}
	}
	return nil
}

// gather waits until every member has a live picture, and a second longer.
func (c *crowd) gather(ctx context.Context) error {
	events := make([]syscall.EpollEvent, 256)
	limit := time.Now().Add(crowdLimit)
	for waiting := true; waiting; {
		if time.Now().After(limit) || ctx.Err() != nil {
			return fmt.Errorf("wait for the first pictures: not everybody got one")
		}
		if err := c.turn(events); err != nil {
			return err
		}
		waiting = false
		for _, m := range c.members {
			waiting = waiting || m.count.parts == 0 && !m.ended
		}
	}
	for end := time.Now().Add(time.Second); time.Now().Before(end); {
		if err := c.turn(events); err != nil {
			return err
		}
	}
	return nil
}

// count reads for a while and tells what everybody got.
func (c *crowd) count(ctx context.Context, window time.Duration) (crowdResult, error) {
	events := make([]syscall.EpollEvent, 256)
	before := make(map[int32]counter, len(c.members))
	for fd, m := range c.members {
		before[fd] = m.count
	}
	used, begun := ownCPU(), time.Now()
	for time.Since(begun) < window {
		if err := c.turn(events); err != nil {
			return crowdResult{}, err
		}
		if ctx.Err() != nil {
			return crowdResult{}, ctx.Err()
		}
	}
	elapsed := time.Since(begun)
	r := crowdResult{Viewers: len(c.members), Seconds: elapsed.Seconds(), CPU: percent(ownCPU()-used, elapsed)}
	var rates []float64
	var bytes int64
	var parts int
	for fd, m := range c.members {
		got := m.count.parts - before[fd].parts
		rates = append(rates, float64(got)/elapsed.Seconds())
		r.NotLive += m.count.other - before[fd].other
		bytes += m.count.bytes - before[fd].bytes
		parts += got
		if m.ended {
			r.Left++
		}
	}
	r.MinFPS, r.MidFPS = quantile(rates, 0), median(rates)
	r.Bytes = float64(bytes) / float64(max(parts+r.NotLive, 1))
	return r, nil
}

// ownCPU returns the user and system time of this process.
func ownCPU() time.Duration {
	var usage syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &usage); err != nil {
		return 0
	}
	return time.Duration(usage.Utime.Nano() + usage.Stime.Nano())
}
