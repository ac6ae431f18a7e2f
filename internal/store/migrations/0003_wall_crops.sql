-- Parts of pictures that tiles show. Conventions as in 0001.

-- The crop of a tile that does not show the whole picture: shares of its width and
-- height, from the upper left corner.
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
