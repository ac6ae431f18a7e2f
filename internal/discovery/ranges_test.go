package discovery

import (
	"testing"

	"camwall/internal/fault"
)

func TestParseRanges(t *testing.T) {
	t.Parallel()
	list, err := ParseRanges([]string{" 192.0.2.77/24 ", "192.0.2.1", "2001:db8::1", "2001:db8::/120"})
	if err != nil || len(list) != 4 || list[0].String() != "192.0.2.0/24" || list[1].String() != "192.0.2.1/32" || list[2].String() != "2001:db8::1/128" {
		t.Errorf("got %v, %v", list, err)
	}
	for _, bad := range []string{"", "192.0.2.0/33", "192.0.2", "fe80::1%eth0", "cam.lan", "192.0.2.0-192.0.2.9", "/24"} {
		if _, err := ParseRanges([]string{bad}); fault.CodeOf(err) != fault.BadRequest {
			t.Errorf("%q gave %v", bad, err)
		}
	}
}
