package rtsp

import (
	"bufio"
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/binary"
	"encoding/pem"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"testing"

	"github.com/bluenviron/gortsplib/v4"
	"github.com/bluenviron/gortsplib/v4/pkg/base"
	"github.com/bluenviron/gortsplib/v4/pkg/description"
	"github.com/bluenviron/gortsplib/v4/pkg/format"
	"github.com/bluenviron/mediacommon/v2/pkg/codecs/av1"
	"github.com/pion/rtp"

	"camwall/internal/camera"
	"camwall/internal/media"
)

// The tests of this file meet cameras that we did not write.

// needs fails when a program is not installed.
func needs(t *testing.T, program string) string {
	t.Helper()
	path, err := exec.LookPath(program)
	if err != nil {
		t.Fatalf("%s is not installed: run make test", program)
	}
	return path
}

// gstCameras starts GStreamer's RTSP servers and returns their ports by name.
func gstCameras(t *testing.T, certificate tls.Certificate) map[string]string {
	t.Helper()
	key, err := x509.MarshalPKCS8PrivateKey(certificate.PrivateKey)
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), "camera.pem")
	both := append(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: certificate.Certificate[0]}),
		pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: key})...)
	if err := os.WriteFile(file, both, 0o600); err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(needs(t, "/usr/bin/python3"), "testdata/gst_cameras.py", file)
	var complaints bytes.Buffer
	cmd.Stderr = &complaints
	stdin, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		stdin.Close()      //nolint:errcheck // lets it end
		cmd.Process.Kill() //nolint:errcheck // in case it does not
		ended := cmd.Wait()
		if t.Failed() {
			t.Logf("GStreamer's server: %v\n%s", ended, complaints.String())
		}
	})
	ports := map[string]string{}
	lines := bufio.NewScanner(stdout)
	for lines.Scan() {
		var name, port string
		if _, err := fmt.Sscan(lines.Text(), &name, &port); err != nil {
			t.Fatal(err)
		}
		if name == "ready" {
			return ports
		}
		ports[name] = port
	}
	t.Fatalf("GStreamer's server does not start: run make test\n%s", complaints.String())
	return nil
}

// TestGStreamer pulls from GStreamer's RTSP server: one stream at a time, since it
// died once when all were asked for at once.
func TestGStreamer(t *testing.T) {
	ports := gstCameras(t, trustedCertificate)
	codecs := map[string]media.Codec{"h264": media.H264, "h265": media.H265, "mjpeg": media.MJPEG}
	for _, c := range []struct {
		camera    string
		codec     string
		transport camera.Transport
	}{
		{"open", "h264", camera.TransportTCP},
		{"open", "h265", camera.TransportTCP},
		{"open", "mjpeg", camera.TransportTCP},
		{"open", "h264", camera.TransportUDP},
		{"open", "h265", camera.TransportUDP},
		{"open", "mjpeg", camera.TransportUDP},
		{"digest", "h264", camera.TransportTCP},
		{"basic", "h264", camera.TransportUDP},
		{"tls", "h264", camera.TransportTCP},
		{"tls", "mjpeg", camera.TransportTCP},
	} {
		t.Run(fmt.Sprint(c.camera, " ", c.codec, " ", c.transport), func(t *testing.T) {
			cfg := Config{Transport: c.transport, Credentials: credentials("viewer", "p@ss:w/rd"), TLS: camera.TLSVerify}
			cfg.URL = "rtsp://127.0.0.1:" + ports[c.camera] + "/" + c.codec
			if c.camera == "tls" {
				cfg.URL = "rtsps" + cfg.URL[len("rtsp"):]
			}
			p := start(t, cfg)
			units := p.take(12, nil)
			info, track := p.session.Info(), p.lastTracks()[0]
			if track.Codec != codecs[c.codec] || track.Width != 320 || track.Height != 240 {
				t.Errorf("track is %+v", track)
			}
			if info.Transport != c.transport.String() || !info.SignedIn || info.Server == "" {
				t.Errorf("session is %+v", info)
			}
			isRed(t, units)
		})
	}
}

// isRed decodes the first picture by ffmpeg and looks at its colour.
func isRed(t *testing.T, units []*media.AccessUnit) {
	t.Helper()
	kind := map[media.Codec]string{
		media.H264: "h264", media.H265: "hevc", media.MJPEG: "mjpeg", media.MPEG4: "m4v",
		media.VP8: "ivf", media.VP9: "ivf", media.AV1: "ivf",
	}[units[0].Track.Codec]
	var stream bytes.Buffer
	if kind == "ivf" {
		stream.Write(ivfHeader(units[0].Track))
	}
	for i, u := range units {
		if kind == "ivf" {
			head := binary.LittleEndian.AppendUint32(nil, uint32(len(u.Data)))
			stream.Write(binary.LittleEndian.AppendUint64(head, uint64(i)))
		}
		stream.Write(u.Data)
	}
	cmd := exec.Command(needs(t, "ffmpeg"), "-v", "error", "-f", kind, "-i", "pipe:0",
		"-frames:v", "1", "-vf", "scale=1:1", "-f", "rawvideo", "-pix_fmt", "rgb24", "pipe:1")
	cmd.Stdin = &stream
	var complaints bytes.Buffer
	cmd.Stderr = &complaints
	pixel, err := cmd.Output()
	if err != nil || len(pixel) != 3 || pixel[0] < 200 || pixel[1] > 60 || pixel[2] > 60 {
		t.Errorf("colour is %v, not red: %v %s", pixel, err, complaints.String())
	}
}

// ivfHeader begins a file in libvpx's simple container.
func ivfHeader(track *media.Track) []byte {
	h := append([]byte("DKIF"), 0, 0, 32, 0)
	h = append(h, map[media.Codec]string{media.VP8: "VP80", media.VP9: "VP90", media.AV1: "AV01"}[track.Codec]...)
	h = binary.LittleEndian.AppendUint16(h, uint16(track.Width))
	h = binary.LittleEndian.AppendUint16(h, uint16(track.Height))
	h = binary.LittleEndian.AppendUint32(h, 10)
	h = binary.LittleEndian.AppendUint32(h, 1)
	return append(h, 0, 0, 0, 0, 0, 0, 0, 0)
}

// relay serves what one program publishes.
type relay struct {
	camera    testCamera
	published chan struct{} // closed when it has begun

	mu     sync.Mutex // guards the field below
	stream *gortsplib.ServerStream
}

func (r *relay) OnAnnounce(ctx *gortsplib.ServerHandlerOnAnnounceCtx) (*base.Response, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.stream = &gortsplib.ServerStream{Server: r.camera.server, Desc: ctx.Description}
	return &base.Response{StatusCode: base.StatusOK}, r.stream.Initialize()
}

func (r *relay) OnDescribe(*gortsplib.ServerHandlerOnDescribeCtx) (*base.Response, *gortsplib.ServerStream, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	return &base.Response{StatusCode: base.StatusOK}, r.stream, nil
}

func (r *relay) OnSetup(ctx *gortsplib.ServerHandlerOnSetupCtx) (*base.Response, *gortsplib.ServerStream, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if ctx.Session.State() == gortsplib.ServerSessionStatePreRecord {
		return &base.Response{StatusCode: base.StatusOK}, nil, nil
	}
	return &base.Response{StatusCode: base.StatusOK}, r.stream, nil
}

func (r *relay) OnPlay(*gortsplib.ServerHandlerOnPlayCtx) (*base.Response, error) {
	return &base.Response{StatusCode: base.StatusOK}, nil
}

func (r *relay) OnRecord(ctx *gortsplib.ServerHandlerOnRecordCtx) (*base.Response, error) {
	r.mu.Lock()
	stream := r.stream
	r.mu.Unlock()
	ctx.Session.OnPacketRTPAny(func(m *description.Media, _ format.Format, pkt *rtp.Packet) {
		stream.WritePacketRTP(m, pkt) //nolint:errcheck // a reader that goes is no fault
	})
	close(r.published)
	return &base.Response{StatusCode: base.StatusOK}, nil
}

func (r *relay) close() {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.stream != nil {
		r.stream.Close()
	}
}

// TestFFmpegPublishes pulls through a server what ffmpeg's muxer packs.
func TestFFmpegPublishes(t *testing.T) {
	for name, c := range map[string]struct {
		codec media.Codec
		args  []string
	}{
		"MPEG-4": {media.MPEG4, []string{"-c:v", "mpeg4"}},
		"VP8":    {media.VP8, []string{"-c:v", "libvpx", "-deadline", "realtime", "-cpu-used", "8"}},
		"VP9":    {media.VP9, []string{"-c:v", "libvpx-vp9", "-deadline", "realtime", "-cpu-used", "8", "-strict", "experimental"}},
		"H.264":  {media.H264, []string{"-c:v", "libx264", "-preset", "ultrafast", "-bf", "2"}},
	} {
		t.Run(name, func(t *testing.T) {
			r := &relay{published: make(chan struct{})}
			r.camera.start(t, false, r, video(&format.VP8{PayloadTyp: 96}))
			t.Cleanup(r.close)
			source := "color=red:s=320x240:r=10"
			args := append([]string{"-v", "error", "-re", "-f", "lavfi", "-i", source}, c.args...)
			args = append(args, "-pix_fmt", "yuv420p", "-g", "10", "-t", "20", "-f", "rtsp", "-rtsp_transport", "tcp", r.camera.url)
			ctx, cancel := context.WithCancel(context.Background())
			cmd := exec.CommandContext(ctx, needs(t, "ffmpeg"), args...)
			var complaints bytes.Buffer
			cmd.Stderr = &complaints
			if err := cmd.Start(); err != nil {
				t.Fatal(err)
			}
			ended := make(chan struct{})
			go func() {
				defer close(ended)
				cmd.Wait() //nolint:errcheck // it is killed
			}()
			defer func() { cancel(); <-ended }()
			select {
			case <-r.published:
			case <-ended:
				t.Fatalf("ffmpeg does not publish: %s", complaints.String())
			}
			p := start(t, Config{URL: r.camera.url})
			units := p.take(12, nil)
			if track := p.lastTracks()[0]; track.Codec != c.codec || (track.Width != 320 && c.codec != media.MPEG4) {
				t.Errorf("track is %+v", track)
			}
			isRed(t, units)
		})
	}
}

// TestFFmpegAV1 pulls what libaom has coded and ffmpeg has written to a file:
// Debian 12's ffmpeg packs no AV1 in RTP.
func TestFFmpegAV1(t *testing.T) {
	cmd := exec.Command(needs(t, "ffmpeg"), "-v", "error", "-f", "lavfi", "-i", "color=red:s=320x240:r=10",
		"-frames:v", "12", "-c:v", "libaom-av1", "-usage", "realtime", "-cpu-used", "8", "-g", "5", "-f", "ivf", "pipe:1")
	file, err := cmd.Output()
	if err != nil {
		t.Fatal(err)
	}
	f := &format.AV1{PayloadTyp: 96}
	m := video(f)
	c := serve(t, false, m)
	p := start(t, Config{URL: c.url})
	<-c.played
	e := must(f.CreateEncoder())(t)
	sent := 0
	for rest := file[32:]; len(rest) > 12; sent++ {
		size := int(binary.LittleEndian.Uint32(rest))
		var obus av1.Bitstream
		if err := obus.Unmarshal(rest[12 : 12+size]); err != nil {
			t.Fatal(err)
		}
		c.write(m, pack(t, e, uint32(sent)*9000, obus[1:]...)...) // without the temporal delimiter
		rest = rest[12+size:]
	}
	units := p.take(sent, nil)
	if track := p.lastTracks()[0]; track.Codec != media.AV1 || track.Width != 320 || track.Height != 240 {
		t.Errorf("track is %+v", track)
	}
	keys := 0
	for _, u := range units {
		if u.Key {
			keys++
		}
	}
	if keys < 2 || keys == len(units) {
		t.Errorf("%d of %d are key units", keys, len(units))
	}
	isRed(t, units)
}
