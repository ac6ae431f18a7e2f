package streaming

import "time"

const (
	flowSlot  = time.Second / 2
	flowSlots = 8 // that are looked at, behind the one that is filled
)

// flow measures how many units and bytes come, over the last seconds. The zero
// value is ready.
type flow struct {
	begun bool
	first time.Time // arrival of the first unit
	slot  int64     // that is filled: time since first, divided by flowSlot
	slots [flowSlots + 1]struct{ units, bytes int }
}

// add takes a unit.
func (f *flow) add(arrived time.Time, bytes int) {
	if !f.begun {
		*f = flow{begun: true, first: arrived}
	}
	slot := max(int64(arrived.Sub(f.first)/flowSlot), f.slot)
	for n := min(slot-f.slot, int64(len(f.slots))); n > 0; n-- {
		f.slots[(slot-n+1)%int64(len(f.slots))] = struct{ units, bytes int }{}
	}
	f.slot = slot
	s := &f.slots[slot%int64(len(f.slots))]
	s.units++
	s.bytes += bytes
}

// rates returns units and bits a second; 0 while there was not one second of
// them.
func (f *flow) rates() (units, bits float64) {
	if f.slot < 2 {
		return 0, 0
	}
	n := min(f.slot, flowSlots)
	var sum struct{ units, bytes int }
	for i := f.slot - n; i < f.slot; i++ {
		s := f.slots[i%int64(len(f.slots))]
		sum.units += s.units
		sum.bytes += s.bytes
	}
	seconds := float64(n) * flowSlot.Seconds()
	return float64(sum.units) / seconds, 8 * float64(sum.bytes) / seconds
}
