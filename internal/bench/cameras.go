package main

import (
	"context"
	"fmt"
	"io"
	"strings"

	"camwall/internal/simcam"
)

// runCameras is the child that plays clips which `camwall demo` does not offer
// or not often enough. Each argument is PATH=CLIP, with "!" behind it for a
// camera that begins with a key frame at each PLAY. It prints "rtsp://IP:port
// http://IP:port/sent".
func runCameras(ctx context.Context, args []string, out io.Writer) error {
	var specs []simcam.StreamSpec
	for _, arg := range args {
		path, clip, found := strings.Cut(arg, "=")
		if !found {
			return fmt.Errorf("read camera %q: want PATH=CLIP", arg)
		}
		clip, keyOnPlay := strings.CutSuffix(clip, "!")
		spec := simcam.ClipStream(path, path, clip)
		spec.KeyOnPlay = keyOnPlay
		specs = append(specs, spec)
	}
	server, err := simcam.New(simcam.Config{Listen: "127.0.0.1:0", SentListen: "127.0.0.1:0", Streams: specs})
	if err != nil {
		return fmt.Errorf("start cameras: %w", err)
	}
	defer server.Close()
	fmt.Fprintf(out, "rtsp://%s http://%s/sent\n", server.Addr(), server.SentAddr())
	<-ctx.Done()
	return nil
}

// cameras starts child-cameras and returns the addresses of RTSP and /sent.
func (b *bench) cameras(ctx context.Context, streams ...string) (p *process, rtsp, sent string, err error) {
	p, err = spawnLines(ctx, b.self, append([]string{"child-cameras"}, streams...)...)
	if err != nil {
		return nil, "", "", err
	}
	rest, err := p.line(ctx, "rtsp://", startTime)
	if err != nil {
		p.stop()
		return nil, "", "", err
	}
	address, sent, _ := strings.Cut(rest, " ")
	return p, "rtsp://" + address, sent, nil
}
