package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"slices"
	"strings"
	"time"
)

// stockCameras is how many cameras a large site has.
const stockCameras = 1000

// measureStock reads how long a server with a thousand stored cameras takes to
// start and to list them, and the memory that they cost.
func (b *bench) measureStock(ctx context.Context) (*result, error) {
	data, err := os.MkdirTemp(b.data, "stock-")
	if err != nil {
		return nil, fmt.Errorf("make folder: %w", err)
	}
	empty, err := b.startStock(ctx, data)
	if err != nil {
		return nil, err
	}
	imported := time.Now()
	err = importStock(ctx, empty.base)
	importing := time.Since(imported)
	empty.stop()
	if err != nil {
		return nil, err
	}
	full, err := b.startStock(ctx, data)
	if err != nil {
		return nil, err
	}
	defer full.stop()
	lists, size, err := b.listStock(ctx, full.base)
	if err != nil {
		return nil, err
	}
	median := lists[len(lists)/2]
	r := &result{
		title: fmt.Sprintf("%d cameras", stockCameras),
		how: "Stored cameras of two streams each, taken over by `POST /api/v1/import` as CSV. Start-up is from the start of the process to its first line, " +
			"\"open http://...\"; the list is `GET /api/v1/cameras` over loopback, from request to last byte, fifty times; memory is resident after the first list. Nobody watches.",
		table: table{head: []string{"figure", "value"}},
	}
	r.table.add("imported and kept", fmt.Sprintf("%.1f s", importing.Seconds()))
	r.table.add("start-up, no camera", milliseconds(empty.took))
	r.table.add(fmt.Sprintf("start-up, %d cameras", stockCameras), milliseconds(full.took))
	r.table.add("list, median", milliseconds(median))
	r.table.add("list, slowest", milliseconds(lists[len(lists)-1]))
	r.table.add("list, size", fmt.Sprintf("%.1f MiB", float64(size)/(1<<20)))
	r.table.add("memory, no camera", mib(empty.held))
	r.table.add(fmt.Sprintf("memory, %d cameras", stockCameras), mib(full.held))
	r.aims = append(r.aims,
		aim{fmt.Sprintf("list of %d cameras, median", stockCameras), milliseconds(median), "under 50 ms", median < 50*time.Millisecond},
		aim{fmt.Sprintf("start-up with %d cameras", stockCameras), milliseconds(full.took), "under 2 s", full.took < 2*time.Second},
	)
	return r, nil
}

func milliseconds(d time.Duration) string {
	return fmt.Sprintf("%.1f ms", float64(d.Microseconds())/1000)
}

// stock is a server on kept data.
type stock struct {
	*process
	base string
	took time.Duration // until it could be asked
	held int64         // memory after the first list
}

func (b *bench) startStock(ctx context.Context, data string) (*stock, error) {
	begun := time.Now()
	p, err := spawnLines(ctx, b.server, "serve", "--config", b.config, "--data", data, "--listen", "127.0.0.1:0", "--log-level", "error")
	if err != nil {
		return nil, err
	}
	s := &stock{process: p}
	s.base, err = p.line(ctx, "Camwall: open ", startTime)
	s.base, s.took = strings.TrimSuffix(s.base, "/"), time.Since(begun)
	if err == nil {
		_, err = ask(ctx, http.MethodGet, s.base+"/api/v1/cameras", nil)
	}
	if err == nil {
		s.held, err = resident(p.pid())
	}
	if err != nil {
		p.stop()
		return nil, err
	}
	return s, nil
}

// importStock hands the cameras over as a file of another system.
func importStock(ctx context.Context, base string) error {
	var csv strings.Builder
	csv.WriteString("id,name,url,sub,user,password\n")
	for i := range stockCameras {
		at := fmt.Sprintf("rtsp://198.51.%d.%d/stream", 100+i/250, 1+i%250)
		fmt.Fprintf(&csv, "cam%d,Camera %d,%s1,%s2,viewer,secret%d\n", i, i, at, at, i)
	}
	body, err := json.Marshal(map[string]any{"name": "cameras.csv", "content": csv.String(), "write": true})
	if err != nil {
		return fmt.Errorf("write import: %w", err)
	}
	answer, err := ask(ctx, http.MethodPost, base+"/api/v1/import", body)
	if err != nil {
		return err
	}
	if n := bytes.Count(answer, []byte(`"added":true`)); n != stockCameras {
		return fmt.Errorf("import: %d of %d cameras were added: %.300s", n, stockCameras, answer)
	}
	return nil
}

// listStock lists all cameras again and again and returns how long each time
// took, sorted, and the size of the answer.
func (b *bench) listStock(ctx context.Context, base string) (took []time.Duration, size int, err error) {
	for range 50 {
		begun := time.Now()
		answer, err := ask(ctx, http.MethodGet, base+"/api/v1/cameras", nil)
		if err != nil {
			return nil, 0, err
		}
		took, size = append(took, time.Since(begun)), len(answer)
	}
	slices.Sort(took)
	return took, size, nil
}

// ask sends one request of the API and returns the answer's body.
func ask(ctx context.Context, method, url string, body []byte) ([]byte, error) {
	r, err := http.NewRequestWithContext(ctx, method, url, bytes.NewReader(body))
	if err != nil {
		return nil, fmt.Errorf("ask %s: %w", url, err)
	}
	if body != nil {
		r.Header.Set("Content-Type", "application/json")
	}
	answer, err := http.DefaultClient.Do(r)
	if err != nil {
		return nil, fmt.Errorf("ask %s: %w", url, err)
	}
	defer answer.Body.Close() //nolint:errcheck // it was read
	all, err := io.ReadAll(answer.Body)
	if err != nil || answer.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("ask %s: %s %.300s %w", url, answer.Status, all, err)
	}
	return all, nil
}
