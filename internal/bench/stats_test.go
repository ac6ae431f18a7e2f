package main

import (
	"testing"
	"time"
)

func TestQuantile(t *testing.T) {
	t.Parallel()
	hundred := make([]int, 100)
	for i := range hundred {
		hundred[i] = 100 - i // 100 to 1
	}
	for _, c := range []struct {
		values []int
		q      float64
		want   int
	}{
		{nil, 0.5, 0},
		{[]int{7}, 0.99, 7},
		{hundred, 0.5, 50},
		{hundred, 0.99, 99},
		{hundred, 1, 100},
		{hundred, 0, 1},
		{[]int{3, 1, 2}, 0.5, 2},
		{[]int{4, 3, 1, 2}, 0.5, 2},
	} {
		if got := quantile(c.values, c.q); got != c.want {
			t.Errorf("%g of %d values: %d, want %d", c.q, len(c.values), got, c.want)
		}
	}
	if hundred[0] != 100 {
		t.Error("the values were put in order in place")
	}
	if got := median([]float64{0.9, 0.7, 0.8}); got != 0.8 {
		t.Errorf("median %g", got)
	}
}

func TestPercent(t *testing.T) {
	t.Parallel()
	if got := percent(3*time.Second, 20*time.Second); got != 15 {
		t.Errorf("%g", got)
	}
	if got := millis(1500 * time.Microsecond); got != 1.5 {
		t.Errorf("%g", got)
	}
}
