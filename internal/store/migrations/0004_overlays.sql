-- What tiles draw over pictures is what their rows say. Until now a tile without
-- any word was one that did not say, and was shown with number and name: from here
-- on these words stand in its row, and no word means that nothing is drawn.

-- Such walls change, so each gets a new revision: who had read one before can't
-- write it back as it was.
UPDATE walls SET revision = (SELECT last FROM revision) + (
  SELECT count(DISTINCT wall) FROM wall_tiles WHERE overlay = '' AND wall <= walls.name
) WHERE name IN (SELECT wall FROM wall_tiles WHERE overlay = '');
UPDATE revision SET last = last + (SELECT count(DISTINCT wall) FROM wall_tiles WHERE overlay = '');

UPDATE wall_tiles SET overlay = 'number name' WHERE overlay = '';
