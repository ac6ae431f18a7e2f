package compat

import (
	"context"
	"testing"
	"testing/synctest"
)

func TestRead(t *testing.T) {
	t.Parallel()
	before := wish{"rtsp://camera/cam1", 640, 480}
	for text, want := range map[string]wish{
		`{"act":"open","url":"rtsp://a","resolution":[640,480]}`:           {"rtsp://a", 640, 480},
		`{"resolution":[640,480],"url":"rtsp://a","act":"open","more":{}}`: {"rtsp://a", 640, 480},
		`{"act":"open","url":"rtsp://a","resolution":[0,0]}`:               {"rtsp://a", 0, 0},
		`{"act":"open","url":"rtsp://a"}`:                                  {"rtsp://a", 0, 0},
		`{"act":"open","url":"rtsp://a","resolution":null}`:                {"rtsp://a", 0, 0},
		`{"act":"open","url":"rtsp://a","resolution":[]}`:                  {"rtsp://a", 0, 0},
		`{"act":"open","url":"rtsp://a","resolution":[640]}`:               {"rtsp://a", 0, 0},
		`{"act":"open","url":"rtsp://a","resolution":[640,480,1]}`:         {"rtsp://a", 0, 0},
		`{"act":"open","url":"rtsp://a","resolution":[640,0]}`:             {"rtsp://a", 0, 0},
		`{"act":"open","url":"rtsp://a","resolution":[-640,-480]}`:         {"rtsp://a", 0, 0},
		`{"act":"open","url":"rtsp://a","resolution":[640.6,480.2]}`:       {"rtsp://a", 640, 480},
		`{"act":"open","url":"rtsp://a","resolution":[1,1]}`:               {"rtsp://a", 16, 16},
		`{"act":"open","url":"rtsp://a","resolution":[1e300,99999]}`:       {"rtsp://a", 4096, 2160},
		`{"act":"resize","resolution":[320,240]}`:                          {before.url, 320, 240},
		`{"act":"resize","resolution":[0,0]}`:                              {before.url, 0, 0},
		`{"act":"resize","url":"rtsp://other","resolution":[320,240]}`:     {before.url, 320, 240},
	} {
		got, ok := read([]byte(text), &before, 4096, 2160)
		if !ok || got != want {
			t.Errorf("%s was read as %+v, %v, want %+v", text, got, ok, want)
		}
	}
	for _, text := range []string{
		"", "x", "null", "[]", `{"act":"open"}`, `{"act":"open","url":""}`, `{"act":"OPEN","url":"rtsp://a"}`, `{"act":["open"],"url":"rtsp://a"}`,
		`{"act":"open","url":"rtsp://a","resolution":["640","480"]}`, `{"act":"open","url":"rtsp://a","resolution":[1e999,1]}`,
		`{"act":"open","url":"rtsp://a"} {"act":"open","url":"rtsp://b"}`,
	} {
		if got, ok := read([]byte(text), &before, 4096, 2160); ok {
			t.Errorf("%s was read as %+v", text, got)
		}
	}
	if _, ok := read([]byte(`{"act":"resize","resolution":[320,240]}`), nil, 4096, 2160); ok {
		t.Error("a resize before any open was taken")
	}
}

func TestSlotKeepsTheNewest(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newSlot()
		for i := range 5 {
			s.put(wish{width: i})
		}
		w, stale, done, err := s.take(t.Context())
		if err != nil || w.width != 4 || stale.Err() != nil {
			t.Fatalf("took %+v, %v", w, err)
		}
		s.put(wish{width: 5})
		if stale.Err() == nil {
			t.Error("a newer wish did not end the one before")
		}
		done()
		if w, _, done, err = s.take(t.Context()); err != nil || w.width != 5 {
			t.Errorf("took %+v, %v", w, err)
		}
		done()
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		if _, _, _, err := s.take(ctx); err == nil {
			t.Error("took from an empty slot")
		}
	})
}

// FuzzRead: whatever is taken is inside the limits.
func FuzzRead(f *testing.F) {
	f.Add([]byte(`{"act":"open","url":"rtsp://a","resolution":[640,480]}`), true)
	f.Add([]byte(`{"act":"resize","resolution":[1e300,-1]}`), true)
	f.Add([]byte(`{"act":"resize","resolution":[0,0]}`), false)
	f.Fuzz(func(t *testing.T, data []byte, opened bool) {
		var before *wish
		if opened {
			before = &wish{url: "rtsp://camera/cam1"}
		}
		w, ok := read(data, before, 4096, 2160)
		if !ok {
			return
		}
		sized := w.width >= minSide && w.width <= 4096 && w.height >= minSide && w.height <= 2160
		if w.url == "" || !sized && (w.width != 0 || w.height != 0) {
			t.Errorf("%q was read as %+v", data, w)
		}
	})
}
