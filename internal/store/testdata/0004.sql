CREATE TABLE revision (
  only_row INTEGER NOT NULL PRIMARY KEY CHECK (only_row = 1), -- keeps it at one row
  last     INTEGER NOT NULL -- the revision given last
) STRICT;
CREATE TABLE devices (
  id              TEXT    NOT NULL PRIMARY KEY, -- its name in URLs
  name            TEXT    NOT NULL, -- for people
  address         TEXT    NOT NULL, -- host:port of its RTSP service, host in lower case
  onvif           TEXT    NOT NULL, -- URL of its ONVIF device service, without a sign-in
  endpoint        TEXT    NOT NULL, -- WS-Discovery endpoint reference, or UPnP UUID
  mac             TEXT    NOT NULL, -- hardware address: lower case, colons
  recorder        INTEGER NOT NULL CHECK (recorder IN (0, 1)), -- 1: its cameras are channels
  maker           TEXT    NOT NULL, -- as the device says it, like the next three
  model           TEXT    NOT NULL, -- its name in the maker's catalogue
  firmware        TEXT    NOT NULL, -- its version
  serial          TEXT    NOT NULL, -- its serial number
  max_connections INTEGER NOT NULL CHECK (max_connections >= 0), -- of RTSP at once; 0: no bound
  tls             TEXT    NOT NULL CHECK (tls IN ('pin', 'verify', 'off')), -- how the certificate of its HTTPS is checked
  revision        INTEGER NOT NULL, -- from table revision, new with each change
  created_ms      INTEGER NOT NULL, -- when it was added
  updated_ms      INTEGER NOT NULL  -- the last change
) STRICT, WITHOUT ROWID;
CREATE TABLE cameras (
  id                 TEXT    NOT NULL PRIMARY KEY, -- its name in URLs
  device             TEXT    NOT NULL REFERENCES devices (id) ON DELETE CASCADE, -- where it is
  source             TEXT    NOT NULL, -- token of its ONVIF video source
  name               TEXT    NOT NULL, -- for people
  number             INTEGER UNIQUE CHECK (number BETWEEN 1 AND 9999), -- for people, kept for life; null: none
  text               TEXT    NOT NULL, -- shown in its tiles
  transport          TEXT    NOT NULL CHECK (transport IN ('auto', 'tcp', 'udp')), -- how RTP comes
  tls                TEXT    NOT NULL CHECK (tls IN ('pin', 'verify', 'off')), -- how the certificate of rtsps is checked
  rotation           INTEGER NOT NULL CHECK (rotation IN (0, 90, 180, 270)), -- degrees, clockwise
  unchanged_after_ms INTEGER NOT NULL CHECK (unchanged_after_ms >= 0), -- identical pictures for so long set a mark; 0: never
  disabled           INTEGER NOT NULL CHECK (disabled IN (0, 1)), -- 1: switched off
  ptz                INTEGER NOT NULL CHECK (ptz IN (0, 1)), -- 1: it can be turned
  revision           INTEGER NOT NULL, -- from table revision, new with each change
  created_ms         INTEGER NOT NULL, -- when it was added
  updated_ms         INTEGER NOT NULL  -- the last change
) STRICT, WITHOUT ROWID;
CREATE TABLE streams (
  camera       TEXT    NOT NULL REFERENCES cameras (id) ON DELETE CASCADE, -- whose it is
  position     INTEGER NOT NULL CHECK (position >= 0), -- 0 is the best, main
  name         TEXT    NOT NULL, -- main, sub, or another short word
  url          TEXT    NOT NULL, -- rtsp or rtsps, never with a sign-in; empty: the device is asked
  profile      TEXT    NOT NULL, -- token of its ONVIF profile
  profile_name TEXT    NOT NULL, -- name of its ONVIF profile
  codec        TEXT    NOT NULL, -- H264, H265, ... as package media has them
  width        INTEGER NOT NULL CHECK (width >= 0),  -- pixels; 0: unknown
  height       INTEGER NOT NULL CHECK (height >= 0), -- pixels; 0: unknown
  fps          REAL    NOT NULL CHECK (fps >= 0),    -- pictures a second; 0: unknown
  PRIMARY KEY (camera, position),
  UNIQUE (camera, name)
) STRICT, WITHOUT ROWID;
CREATE TABLE credentials (
  kind            TEXT NOT NULL CHECK (kind IN ('device', 'camera')), -- of whom
  owner           TEXT NOT NULL, -- id of the device or camera
  sealed_user     BLOB NOT NULL, -- the user's name
  sealed_password BLOB NOT NULL, -- the password
  PRIMARY KEY (kind, owner)
) STRICT, WITHOUT ROWID;
CREATE TABLE pins (
  device  TEXT    NOT NULL, -- id
  service TEXT    NOT NULL CHECK (service IN ('rtsp', 'onvif')), -- what showed it
  sha256  BLOB    NOT NULL CHECK (length(sha256) = 32), -- of the certificate in DER
  seen_ms INTEGER NOT NULL, -- when it was seen first
  PRIMARY KEY (device, service)
) STRICT, WITHOUT ROWID;
CREATE TABLE numbers (
  number   INTEGER NOT NULL PRIMARY KEY CHECK (number BETWEEN 1 AND 9999), -- for people
  camera   TEXT    NOT NULL, -- id of the camera that had it last
  given_ms INTEGER NOT NULL  -- when it got it
) STRICT;
CREATE TABLE walls (
  name       TEXT    NOT NULL PRIMARY KEY, -- like an id
  title      TEXT    NOT NULL, -- for people
  columns    INTEGER NOT NULL CHECK (columns BETWEEN 1 AND 16), -- cells of its grid
  rows       INTEGER NOT NULL CHECK (rows BETWEEN 1 AND 16),    -- cells of its grid
  revision   INTEGER NOT NULL, -- from table revision, new with each change
  created_ms INTEGER NOT NULL, -- when it was added
  updated_ms INTEGER NOT NULL  -- the last change
) STRICT, WITHOUT ROWID;
CREATE TABLE wall_pages (
  wall     TEXT    NOT NULL REFERENCES walls (name) ON DELETE CASCADE, -- whose it is
  page     INTEGER NOT NULL CHECK (page >= 0), -- its place, from 0
  title    TEXT    NOT NULL, -- for people
  dwell_ms INTEGER NOT NULL CHECK (dwell_ms >= 0), -- shown for so long; 0: until it is turned
  PRIMARY KEY (wall, page)
) STRICT, WITHOUT ROWID;
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
CREATE TABLE wall_cameras (
  wall     TEXT    NOT NULL, -- whose it is
  page     INTEGER NOT NULL, -- place of its page
  tile     INTEGER NOT NULL, -- place of its tile
  position INTEGER NOT NULL CHECK (position >= 0), -- its turn, from 0
  camera   TEXT    NOT NULL, -- id
  PRIMARY KEY (wall, page, tile, position),
  FOREIGN KEY (wall, page, tile) REFERENCES wall_tiles (wall, page, tile) ON DELETE CASCADE
) STRICT, WITHOUT ROWID;
CREATE TABLE settings (
  name       TEXT    NOT NULL PRIMARY KEY, -- its owner knows what it means
  value      TEXT    NOT NULL CHECK (json_valid(value)), -- JSON
  updated_ms INTEGER NOT NULL -- the last change
) STRICT, WITHOUT ROWID;
CREATE TABLE sign_ins (
  device      TEXT    NOT NULL PRIMARY KEY, -- id
  fingerprint TEXT    NOT NULL, -- of the sign-in, by which only the key's owner knows it again
  worked_ms   INTEGER NOT NULL  -- when it worked, to about a day
) STRICT, WITHOUT ROWID;
CREATE TABLE transports (
  device    TEXT NOT NULL PRIMARY KEY, -- id
  transport TEXT NOT NULL CHECK (transport IN ('tcp', 'udp')) -- what worked last
) STRICT, WITHOUT ROWID;
CREATE TABLE wall_crops (
  wall   TEXT    NOT NULL, -- whose it is
  page   INTEGER NOT NULL, -- place of its page
  tile   INTEGER NOT NULL, -- place of its tile
  x      REAL    NOT NULL CHECK (x BETWEEN 0 AND 1), -- left edge
  y      REAL    NOT NULL CHECK (y BETWEEN 0 AND 1), -- upper edge
  width  REAL    NOT NULL CHECK (width > 0 AND width <= 1),   -- of the picture's width
  height REAL    NOT NULL CHECK (height > 0 AND height <= 1), -- of the picture's height
  PRIMARY KEY (wall, page, tile),
  FOREIGN KEY (wall, page, tile) REFERENCES wall_tiles (wall, page, tile) ON DELETE CASCADE
) STRICT, WITHOUT ROWID;
INSERT INTO revision VALUES (1, 4);
INSERT INTO devices VALUES ('nvr', 'Recorder', '192.0.2.10:554', 'http://192.0.2.10/onvif/device_service', 'urn:uuid:0a', '00:00:5e:00:53:01', 1, 'Acme', 'N16', '1.2', 'S1', 8, 'verify', 1, 1800000000123, 1800000000123);
INSERT INTO cameras VALUES ('gate', 'nvr', 'V1', 'Gate ünder 雨', 7, 'north', 'udp', 'off', 270, 90000, 1, 1, 2, 1800000000123, 1800000000123);
INSERT INTO cameras VALUES ('plain', 'nvr', '', '', NULL, '', 'auto', 'pin', 0, 0, 0, 0, 3, 1800000000123, 1800000000123);
INSERT INTO streams VALUES ('gate', 0, 'main', 'rtsp://192.0.2.10:554/1?x=a@b', 'P1', 'First', 'H265', 3840, 2160, 12.5);
INSERT INTO streams VALUES ('gate', 1, 'sub', '', '', 'Second', 'unknown', 0, 0, 0.0);
INSERT INTO streams VALUES ('plain', 0, 'main', 'rtsp://192.0.2.10/plain', '', '', 'unknown', 0, 0, 0.0);
INSERT INTO credentials VALUES ('camera', 'gate', X'015C99BEC68C2B02999804090160364C33953AF38F895574C9271B7F463A94EFB3A531', X'012C86EB26500D70A716DD82E34D3AF8B178924DB6FDA74A69C1EC65FF127F978F01560CC4F8');
INSERT INTO credentials VALUES ('device', 'nvr', X'01EBAF631D263E8716EB40542CF9FF743B508016620A4FB1AB31859E4B6B6E28A5AB', X'014E66C10F32249E02B1F366615895F6418557CBCA99F5D12AF2815F55A43D72B9A28B00E48B9081');
INSERT INTO pins VALUES ('of-file', 'rtsp', X'7070707070707070707070707070707070707070707070707070707070707070', 1800000000123);
INSERT INTO numbers VALUES (7, 'gate', 1800000000123);
INSERT INTO walls VALUES ('hall', 'Hall 雨', 4, 3, 4, 1800000000123, 1800000000123);
INSERT INTO wall_pages VALUES ('hall', 0, 'Day', 90000);
INSERT INTO wall_pages VALUES ('hall', 1, '', 0);
INSERT INTO wall_tiles VALUES ('hall', 0, 0, 0, 0, 2, 2, 1500, 'main', 'cover', 'it''s here', 'number clock');
INSERT INTO wall_tiles VALUES ('hall', 0, 1, 2, 0, 1, 1, 0, 'auto', 'contain', '', '');
INSERT INTO wall_tiles VALUES ('hall', 0, 2, 3, 2, 1, 1, 0, 'auto', 'contain', '', '');
INSERT INTO wall_cameras VALUES ('hall', 0, 0, 0, 'gate');
INSERT INTO wall_cameras VALUES ('hall', 0, 0, 1, 'of-file');
INSERT INTO wall_cameras VALUES ('hall', 0, 1, 0, 'gate');
INSERT INTO settings VALUES ('site', '"Hall"', 1800000000123);
INSERT INTO sign_ins VALUES ('nvr', '1Wfg9DuxlJQKW5MdztVpGQ', 9000);
INSERT INTO transports VALUES ('of-file', 'udp');
INSERT INTO wall_crops VALUES ('hall', 0, 0, 0.25, 0.33333333333333332, 0.5, 0.66666666666666663);
INSERT INTO wall_crops VALUES ('hall', 0, 1, 0.0, 0.0, 1.0, 0.5);
CREATE INDEX cameras_of_device ON cameras (device);
CREATE TRIGGER device_gone AFTER DELETE ON devices BEGIN
  DELETE FROM credentials WHERE kind = 'device' AND owner = OLD.id;
  DELETE FROM pins WHERE device = OLD.id;
END;
CREATE TRIGGER camera_gone AFTER DELETE ON cameras BEGIN
  DELETE FROM credentials WHERE kind = 'camera' AND owner = OLD.id;
END;
CREATE TRIGGER device_forgotten AFTER DELETE ON devices BEGIN
  DELETE FROM sign_ins WHERE device = OLD.id;
  DELETE FROM transports WHERE device = OLD.id;
END;
PRAGMA application_id = 1129142092;
PRAGMA user_version = 4;
