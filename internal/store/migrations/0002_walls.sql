-- Walls, settings, and what else is learned of devices. Conventions as in 0001.

-- A named layout.
CREATE TABLE walls (
  name       TEXT    NOT NULL PRIMARY KEY, -- like an id
  title      TEXT    NOT NULL, -- for people
  columns    INTEGER NOT NULL CHECK (columns BETWEEN 1 AND 16), -- cells of its grid
  rows       INTEGER NOT NULL CHECK (rows BETWEEN 1 AND 16),    -- cells of its grid
  revision   INTEGER NOT NULL, -- from table revision, new with each change
  created_ms INTEGER NOT NULL, -- when it was added
  updated_ms INTEGER NOT NULL  -- the last change
) STRICT, WITHOUT ROWID;

-- The pages of a wall, in order.
CREATE TABLE wall_pages (
  wall     TEXT    NOT NULL REFERENCES walls (name) ON DELETE CASCADE, -- whose it is
  page     INTEGER NOT NULL CHECK (page >= 0), -- its place, from 0
  title    TEXT    NOT NULL, -- for people
  dwell_ms INTEGER NOT NULL CHECK (dwell_ms >= 0), -- shown for so long; 0: until it is turned
  PRIMARY KEY (wall, page)
) STRICT, WITHOUT ROWID;

-- The tiles of a page: rectangles of whole cells.
CREATE TABLE wall_tiles (
  wall       TEXT    NOT NULL, -- whose it is
  page       INTEGER NOT NULL, -- place of its page
  tile       INTEGER NOT NULL CHECK (tile >= 0), -- its place in the list, from 0
  grid_column INTEGER NOT NULL CHECK (grid_column >= 0), -- cell at the left, from 0
  grid_row   INTEGER NOT NULL CHECK (grid_row >= 0),     -- cell at the top, from 0
  width      INTEGER NOT NULL CHECK (width >= 1),  -- cells
  height     INTEGER NOT NULL CHECK (height >= 1), -- cells
  dwell_ms   INTEGER NOT NULL CHECK (dwell_ms >= 0), -- each of several cameras is shown for so long; 0: the default
  stream     TEXT    NOT NULL, -- name of the stream; auto: by the tile's size
  fit        TEXT    NOT NULL CHECK (fit IN ('contain', 'cover', 'fill')), -- how the picture fills it
  text       TEXT    NOT NULL, -- shown in it; empty: the camera's
  overlay    TEXT    NOT NULL, -- words of what is drawn over the picture: number name clock statistics
  PRIMARY KEY (wall, page, tile),
  FOREIGN KEY (wall, page) REFERENCES wall_pages (wall, page) ON DELETE CASCADE
) STRICT, WITHOUT ROWID;

-- The cameras of a tile, shown in turn. They may be those of camwall.yaml, or
-- gone, so nothing refers to cameras here.
CREATE TABLE wall_cameras (
  wall     TEXT    NOT NULL, -- whose it is
  page     INTEGER NOT NULL, -- place of its page
  tile     INTEGER NOT NULL, -- place of its tile
  position INTEGER NOT NULL CHECK (position >= 0), -- its turn, from 0
  camera   TEXT    NOT NULL, -- id
  PRIMARY KEY (wall, page, tile, position),
  FOREIGN KEY (wall, page, tile) REFERENCES wall_tiles (wall, page, tile) ON DELETE CASCADE
) STRICT, WITHOUT ROWID;

-- What can be set while Camwall runs.
CREATE TABLE settings (
  name       TEXT    NOT NULL PRIMARY KEY, -- its owner knows what it means
  value      TEXT    NOT NULL CHECK (json_valid(value)), -- JSON
  updated_ms INTEGER NOT NULL -- the last change
) STRICT, WITHOUT ROWID;

-- Which sign-in of a device worked last. Like pins, it is kept for devices of
-- camwall.yaml, too.
CREATE TABLE sign_ins (
  device      TEXT    NOT NULL PRIMARY KEY, -- id
  fingerprint TEXT    NOT NULL, -- of the sign-in, by which only the key's owner knows it again
  worked_ms   INTEGER NOT NULL  -- when it worked, to about a day
) STRICT, WITHOUT ROWID;

-- How RTP came from a device that was not told how.
CREATE TABLE transports (
  device    TEXT NOT NULL PRIMARY KEY, -- id
  transport TEXT NOT NULL CHECK (transport IN ('tcp', 'udp')) -- what worked last
) STRICT, WITHOUT ROWID;

CREATE TRIGGER device_forgotten AFTER DELETE ON devices BEGIN
  DELETE FROM sign_ins WHERE device = OLD.id;
  DELETE FROM transports WHERE device = OLD.id;
END;
