package store

import (
	"database/sql"

	"camwall/internal/fault"
)

// maxNumber is the highest number of a camera.
const maxNumber = 9999

// NextNumber returns the lowest number that no camera has or had, nor taken (the
// numbers of cameras that are not kept here). When each was given once, it is
// the one that has been free for longest. It is not reserved: PutCamera does
// that. A fault.TooMany says that there is none.
func (t *Tx) NextNumber(taken ...int) (int, error) {
	used := make([]bool, maxNumber+1)
	used[0] = true
	for _, n := range taken {
		if n > 0 && n <= maxNumber {
			used[n] = true
		}
	}
	given, err := t.readNumbers(used)
	if err != nil {
		return 0, err
	}
	for n := range used {
		if !used[n] && given[n] == 0 {
			return n, nil
		}
	}
	best := 0
	for n := range used {
		if !used[n] && (best == 0 || given[n] < given[best]) {
			best = n
		}
	}
	if best == 0 {
		return 0, fault.Errorf(fault.TooMany, "there is no number left for another camera: %d are in use", maxNumber)
	}
	return best, nil
}

// readNumbers marks the numbers that cameras have in used, and returns when each
// was given, in milliseconds; 0 is never.
func (t *Tx) readNumbers(used []bool) (given []int64, err error) {
	given = make([]int64, len(used))
	err = t.each(func(rows *sql.Rows) error {
		var n int
		var at int64
		var has bool
		if err := rows.Scan(&n, &at, &has); err != nil {
			return err
		}
		given[n] = max(at, 1)
		used[n] = used[n] || has
		return nil
	}, `SELECT n.number, n.given_ms, c.number IS NOT NULL FROM numbers n LEFT JOIN cameras c ON c.number = n.number`)
	return given, err
}
