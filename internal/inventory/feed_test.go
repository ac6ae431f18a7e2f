package inventory

import (
	"context"
	"testing"
	"testing/synctest"
)

func TestFeedHandsOnInOrder(t *testing.T) {
	t.Parallel()
	f := newFeed()
	ctx, cancel := context.WithCancel(t.Context())
	first, second := f.listen(ctx), f.listen(t.Context())
	f.tell(Change{Kind: CameraAdded, ID: "a"}, Change{Kind: CameraChanged, ID: "a"})
	for _, changes := range []<-chan Change{first, second} {
		if a, b := <-changes, <-changes; a.Kind != CameraAdded || b.Kind != CameraChanged {
			t.Errorf("heard %v, %v", a, b)
		}
	}
	cancel()
	if _, open := <-first; open {
		t.Error("a listener that has gone hears more")
	}
	f.tell(Change{Kind: CameraRemoved})
	if c := <-second; c.Kind != CameraRemoved {
		t.Errorf("heard %v", c)
	}
	if n, _ := f.heard(); n != 1 {
		t.Errorf("%d listeners", n)
	}
}

func TestASlowListenerIsToldThatItLostSome(t *testing.T) {
	t.Parallel()
	f := newFeed()
	slow := f.listen(t.Context())
	for range feedLength + 10 {
		f.tell(Change{Kind: CameraChanged})
	}
	for range feedLength {
		<-slow
	}
	f.tell(Change{Kind: CameraRemoved})
	if a, b := <-slow, <-slow; a.Kind != Resync || b.Kind != CameraRemoved {
		t.Errorf("heard %v, %v", a, b)
	}
}

func TestFeedTellsWhenListenersCome(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFeed()
		_, changed := f.heard()
		go f.listen(t.Context())
		<-changed
		if n, _ := f.heard(); n != 1 {
			t.Errorf("%d listeners", n)
		}
	})
}
