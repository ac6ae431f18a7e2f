package inventory

import (
	"cmp"
	"context"
	"maps"
	"strings"

	"camwall/internal/camera"
	"camwall/internal/fault"
	"camwall/internal/importer"
)

// Imported is what the import of another system's configuration would do, or
// has done.
type Imported struct {
	Format  string
	Cameras []ImportedCamera
	Left    []ImportLeft
}

// ImportedCamera is one camera of an import.
type ImportedCamera struct {
	ID      camera.ID
	Name    string
	Streams map[string]string // without sign-in
	ONVIF   string
	SignIn  bool // it has one
	From    string
	Notes   []string // what of the file has no counterpart here
	Added   bool
	Problem *fault.Error // why it was not added; nil when it was, or would be
}

// ImportLeft is what an import could not take.
type ImportLeft struct{ From, Why string }

// Import reads the configuration of another system, and adds its cameras when
// write is set. env has the variables that the file may refer to. What is there
// already, by the address of a stream, is not added twice.
func (v *Inventory) Import(ctx context.Context, name, content string, env map[string]string, write bool) (Imported, error) {
	read, err := importer.Read(name, strings.NewReader(content), func(key string) (string, bool) {
		value, ok := env[key]
		return value, ok
	})
	if err != nil {
		return Imported{}, err
	}
	out := Imported{Format: read.Format, Cameras: []ImportedCamera{}, Left: []ImportLeft{}}
	for _, l := range read.Left {
		out.Left = append(out.Left, ImportLeft(l))
	}
	ids, there := v.newIDs(), v.addresses()
	for _, c := range read.Candidates {
		row := ImportedCamera{
			Name: c.Name, ONVIF: c.ONVIF, From: c.From, Notes: c.Notes, SignIn: !c.Credentials.IsZero(),
			Streams: make(map[string]string, len(c.Streams)),
		}
		for _, s := range c.Streams {
			if s.URL != "" {
				row.Streams[s.Name] = s.URL
			}
		}
		keys := v.keysOf(&c)
		if already := there.any(keys); already != "" {
			row.ID = already
			row.Problem = fault.Errorf(fault.BadRequest, "it is there already, as %s", already)
		} else {
			row.ID = ids.take(string(c.ID))
		}
		if write && row.Problem == nil {
			row.Problem = asFault(v.importOne(ctx, row, c))
			row.Added = row.Problem == nil
		}
		if row.Problem == nil {
			there.put(row.ID, keys)
		}
		out.Cameras = append(out.Cameras, row)
	}
	return out, nil
}

func (v *Inventory) importOne(ctx context.Context, row ImportedCamera, c importer.Candidate) error {
	want := NewCamera{
		ID: string(row.ID), Name: c.Name, Streams: maps.Clone(row.Streams), Disabled: c.Disabled,
	}
	if len(row.Streams) == 0 {
		want.Streams, want.Address = nil, c.ONVIF
		if len(c.Streams) > 0 {
			want.Profile = c.Streams[0].Profile
		}
	}
	if row.SignIn {
		want.SignIn = &SignIn{User: c.Credentials.User, Password: c.Credentials.Password}
	}
	_, err := v.AddCamera(ctx, want)
	return err
}

// addresses are what cameras are at: of their streams, or their device and
// profile.
type addresses map[string]camera.ID

// addresses returns those of all cameras.
func (v *Inventory) addresses() addresses {
	all := make(addresses)
	v.mu.Lock()
	defer v.mu.Unlock()
	for _, id := range v.order {
		c := v.cameras[id]
		for _, s := range c.Streams {
			all.put(id, []string{addressKey(s.URL), profileKey(c.Device.ONVIF, s.Profile), profileKey(c.Device.ONVIF, s.ProfileName)})
		}
		all.put(id, []string{profileKey(c.Device.ONVIF, "")})
	}
	return all
}

// keysOf returns what a candidate would be at.
func (v *Inventory) keysOf(c *importer.Candidate) []string {
	var keys []string
	profile := ""
	for _, s := range c.Streams {
		if key := addressKey(s.URL); key != "" {
			keys = append(keys, key)
		}
		profile = cmp.Or(profile, s.Profile)
	}
	if len(keys) > 0 || c.ONVIF == "" {
		return keys
	}
	service := c.ONVIF
	if d := v.deviceAt(c.ONVIF, hostOf(c.ONVIF)); d != nil {
		service = d.ONVIF
	}
	return []string{profileKey(service, profile)}
}

// profileKey names a profile of an ONVIF service; "" the whole of it.
func profileKey(service, profile string) string {
	if service == "" {
		return ""
	}
	return serviceKey(service) + " " + profile
}

func (a addresses) put(id camera.ID, keys []string) {
	for _, k := range keys {
		if k != "" && a[k] == "" {
			a[k] = id
		}
	}
}

// any returns the camera that is at one of the keys; "" when none is.
func (a addresses) any(keys []string) camera.ID {
	for _, k := range keys {
		if id := a[k]; id != "" {
			return id
		}
	}
	return ""
}
