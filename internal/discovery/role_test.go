package discovery

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"os"
	"runtime"
	"strings"
	"time"
)

// play is the main function of a process that plays a part, until its input ends.
func play(role string) int {
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	go func() {
		_, _ = io.Copy(io.Discard, os.Stdin)
		cancel()
	}()
	args := os.Args[1:]
	roles := map[string]func(context.Context, []string) error{
		"find": playFind, "watch": playWatch, "device": playDevice, "hostile": playHostile,
	}
	if err := roles[role](ctx, args); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	return 0
}

// testConfig is a Config with the real network and nothing of ONVIF but whether
// SOAP is answered.
func testConfig() Config {
	return Config{
		Describe: describeSOAP, Client: &http.Client{Transport: &http.Transport{DisableKeepAlives: true}},
		DialContext: new(net.Dialer).DialContext,
	}
}

// describeSOAP takes every service for ONVIF that answers with an envelope. What
// the envelope has as name and clock is the device's.
func describeSOAP(ctx context.Context, xaddr string) (Description, error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, xaddr, strings.NewReader("<Envelope/>"))
	if err != nil {
		return Description{}, err
	}
	client := http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	answer, err := client.Do(request)
	if err != nil {
		return Description{}, err
	}
	defer answer.Body.Close()
	body, err := io.ReadAll(io.LimitReader(answer.Body, 4096))
	if err != nil || !bytes.Contains(body, []byte("Envelope")) {
		return Description{}, err
	}
	_, text, _ := strings.Cut(string(body), "<Model>")
	model, _, _ := strings.Cut(text, "<")
	return Description{ONVIF: true, Hardware: model}, nil
}

// configure reads the arguments of a finder: -i INTERFACE, -r RANGE.
func configure(args []string) (Config, error) {
	cfg := testConfig()
	for ; len(args) >= 2; args = args[2:] {
		if args[0] == "-i" {
			cfg.Interfaces = append(cfg.Interfaces, args[1])
			continue
		}
		prefix, err := netip.ParsePrefix(args[1])
		if err != nil {
			return cfg, err
		}
		cfg.Ranges = append(cfg.Ranges, prefix)
	}
	return cfg, nil
}

func playFind(ctx context.Context, args []string) error {
	cfg, err := configure(args)
	if err != nil {
		return err
	}
	start := time.Now()
	list, err := Find(ctx, cfg, 7500*time.Millisecond, nil)
	if err != nil {
		return err
	}
	took := time.Since(start)
	var memory runtime.MemStats
	runtime.ReadMemStats(&memory)
	return json.NewEncoder(os.Stdout).Encode(found{list, took, memory.Sys})
}

func playWatch(ctx context.Context, args []string) error {
	cfg, err := configure(args)
	if err != nil {
		return err
	}
	f, err := New(cfg)
	if err != nil {
		return err
	}
	events := f.Watch(ctx)
	done := make(chan error)
	go func() { done <- f.Run(ctx) }()
	for e := range events {
		if err := json.NewEncoder(os.Stdout).Encode(e); err != nil {
			return err
		}
	}
	if err := <-done; ctx.Err() == nil {
		return err
	}
	return nil
}
