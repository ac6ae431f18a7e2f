-- Devices, cameras, their streams and sign-ins, and what is learned of devices.
-- Times are milliseconds since 1970-01-01 UTC. Ids are as in package camera:
-- [a-z0-9][a-z0-9_-]{0,62}. An empty text is "unknown" or "none".

-- One row. Revisions come from here, so that none is ever given twice, not even
-- to a thing that was deleted and made again.
CREATE TABLE revision (
  only_row INTEGER NOT NULL PRIMARY KEY CHECK (only_row = 1), -- keeps it at one row
  last     INTEGER NOT NULL -- the revision given last
) STRICT;
INSERT INTO revision (only_row, last) VALUES (1, 0);

-- One thing with an address: a camera, a recorder, an encoder.
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

-- One picture source of a device.
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
CREATE INDEX cameras_of_device ON cameras (device);

-- The coded streams of a camera, the best first.
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

-- Sign-ins, apart from everything else. Both values are sealed with the key in
-- the key file, for KIND/OWNER/user and KIND/OWNER/password.
CREATE TABLE credentials (
  kind            TEXT NOT NULL CHECK (kind IN ('device', 'camera')), -- of whom
  owner           TEXT NOT NULL, -- id of the device or camera
  sealed_user     BLOB NOT NULL, -- the user's name
  sealed_password BLOB NOT NULL, -- the password
  PRIMARY KEY (kind, owner)
) STRICT, WITHOUT ROWID;

-- Certificates that were trusted at first sight. Devices of camwall.yaml have
-- pins, too, so nothing refers to devices here.
CREATE TABLE pins (
  device  TEXT    NOT NULL, -- id
  service TEXT    NOT NULL CHECK (service IN ('rtsp', 'onvif')), -- what showed it
  sha256  BLOB    NOT NULL CHECK (length(sha256) = 32), -- of the certificate in DER
  seen_ms INTEGER NOT NULL, -- when it was seen first
  PRIMARY KEY (device, service)
) STRICT, WITHOUT ROWID;

-- Numbers that cameras have or had. A number of a camera that is gone is given
-- again only when there is no other.
CREATE TABLE numbers (
  number   INTEGER NOT NULL PRIMARY KEY CHECK (number BETWEEN 1 AND 9999), -- for people
  camera   TEXT    NOT NULL, -- id of the camera that had it last
  given_ms INTEGER NOT NULL  -- when it got it
) STRICT;

CREATE TRIGGER device_gone AFTER DELETE ON devices BEGIN
  DELETE FROM credentials WHERE kind = 'device' AND owner = OLD.id;
  DELETE FROM pins WHERE device = OLD.id;
END;

CREATE TRIGGER camera_gone AFTER DELETE ON cameras BEGIN
  DELETE FROM credentials WHERE kind = 'camera' AND owner = OLD.id;
END;
