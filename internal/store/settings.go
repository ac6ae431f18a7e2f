package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"

	"camwall/internal/fault"
)

// Settings returns all settings by name, each as JSON. What they mean is their
// owner's.
func (s *Store) Settings(ctx context.Context) (map[string]json.RawMessage, error) {
	all := map[string]json.RawMessage{}
	err := eachRow(ctx, s.reader, func(rows *sql.Rows) error {
		var name, value string
		if err := rows.Scan(&name, &value); err != nil {
			return err
		}
		all[name] = json.RawMessage(value)
		return nil
	}, "SELECT name, value FROM settings")
	if err != nil {
		return nil, diskFault("read settings", err)
	}
	return all, nil
}

// PutSetting keeps a value, encoded as JSON; nil removes it. It must not hold a
// secret: settings are not sealed.
func (t *Tx) PutSetting(name string, value any) error {
	if name == "" {
		return fault.New(fault.BadRequest, "a setting has no name", "")
	}
	if value == nil {
		_, err := t.exec("DELETE FROM settings WHERE name = ?", name)
		return err
	}
	raw, err := json.Marshal(value)
	if err != nil {
		return fmt.Errorf("encode setting %s: %w", name, err)
	}
	_, err = t.exec(`INSERT INTO settings (name, value, updated_ms) VALUES (?1, ?2, ?3)
		ON CONFLICT (name) DO UPDATE SET value = ?2, updated_ms = ?3 WHERE value <> ?2`, name, string(raw), t.now)
	return err
}
