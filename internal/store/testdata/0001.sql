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
INSERT INTO revision VALUES (1, 3);
INSERT INTO devices VALUES ('nvr', 'Recorder', '192.0.2.10:554', 'http://192.0.2.10/onvif/device_service', 'urn:uuid:0a', '00:00:5e:00:53:01', 1, 'Acme', 'N16', '1.2', 'S1', 8, 'verify', 1, 1800000000123, 1800000000123);
INSERT INTO cameras VALUES ('gate', 'nvr', 'V1', 'Gate ünder 雨', 7, 'north', 'udp', 'off', 270, 90000, 1, 1, 2, 1800000000123, 1800000000123);
INSERT INTO cameras VALUES ('plain', 'nvr', '', '', NULL, '', 'auto', 'pin', 0, 0, 0, 0, 3, 1800000000123, 1800000000123);
INSERT INTO streams VALUES ('gate', 0, 'main', 'rtsp://192.0.2.10:554/1?x=a@b', 'P1', 'First', 'H265', 3840, 2160, 12.5);
INSERT INTO streams VALUES ('gate', 1, 'sub', '', '', 'Second', 'unknown', 0, 0, 0.0);
INSERT INTO streams VALUES ('plain', 0, 'main', 'rtsp://192.0.2.10/plain', '', '', 'unknown', 0, 0, 0.0);
INSERT INTO credentials VALUES ('camera', 'gate', X'0118DB34A1178C9AA9BC81828B3860F45ACDA3DDD24DC2D7554119ABE90AA11BA621F9', X'0106D7D7C82D6CAC4734D27994EDE05E01B43E066776632668A9E88005CC3042036FB06C9392');
INSERT INTO credentials VALUES ('device', 'nvr', X'01E18926BE31720DBF731EBCF9B7E0C623DBD69496D4D3282B34211D6284BC10F018', X'010CA861B88ADBD0A1632722E95876E72D5BF6D21762A81DAC8169C6B25A06B2F53E542A640A10B8');
INSERT INTO pins VALUES ('of-file', 'rtsp', X'7070707070707070707070707070707070707070707070707070707070707070', 1800000000123);
INSERT INTO numbers VALUES (7, 'gate', 1800000000123);
CREATE INDEX cameras_of_device ON cameras (device);
CREATE TRIGGER device_gone AFTER DELETE ON devices BEGIN
  DELETE FROM credentials WHERE kind = 'device' AND owner = OLD.id;
  DELETE FROM pins WHERE device = OLD.id;
END;
CREATE TRIGGER camera_gone AFTER DELETE ON cameras BEGIN
  DELETE FROM credentials WHERE kind = 'camera' AND owner = OLD.id;
END;
PRAGMA application_id = 1129142092;
PRAGMA user_version = 1;
