package inventory

import (
	"cmp"
	"net"
	"net/url"
	"sync"
	"time"

	"camwall/internal/discovery"
)

// index finds the devices of the inventory by what is announced of them. It is
// immutable.
type index struct {
	endpoint, service, rtsp map[string]string // ids
}

// indexLocked returns the index, made anew after a change. mu is held.
func (v *Inventory) indexLocked() *index {
	if v.index != nil {
		return v.index
	}
	x := &index{make(map[string]string), make(map[string]string), make(map[string]string)}
	put := func(in map[string]string, key, id string) {
		if is, taken := in[key]; key != "" && (!taken || id < is) {
			in[key] = id
		}
	}
	for id, d := range v.devices {
		put(x.endpoint, d.Endpoint, id)
		put(x.service, serviceKey(d.ONVIF), id)
		put(x.rtsp, d.Address, id)
	}
	v.index = x
	return x
}

// serviceKey returns host:port of a device service; "" of no address.
func serviceKey(address string) string {
	u, err := url.Parse(address)
	if err != nil || u.Hostname() == "" {
		return ""
	}
	port := "80"
	if u.Scheme == "https" {
		port = "443"
	}
	return net.JoinHostPort(u.Hostname(), cmp.Or(u.Port(), port))
}

// rows are those of the last list of found devices, by id: a list asks for each of
// its rows.
type rows struct {
	// mu guards the fields below.
	mu   sync.Mutex
	byID map[string]discovery.Device
	at   time.Time
}

// rowsFor is how long rows are as good as the list.
const rowsFor = time.Second

// row returns a row; list is called for those that are not known, or no longer.
func (r *rows) row(id string, list func() discovery.List) (discovery.Device, bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if f, ok := r.byID[id]; ok && time.Since(r.at) < rowsFor {
		return f, true
	}
	r.byID, r.at = make(map[string]discovery.Device), time.Now()
	for _, f := range list().Devices {
		r.byID[f.ID] = f
	}
	f, ok := r.byID[id]
	return f, ok
}

// FoundDevice returns the id of the device of the inventory that a found one is;
// "" when it is none.
func (v *Inventory) FoundDevice(id string) string {
	f, ok := v.rows.row(id, v.Found)
	if !ok {
		return ""
	}
	return v.known(&f)
}

// known finds a device by its endpoint reference, else by its ONVIF service, else
// by its RTSP service.
func (v *Inventory) known(f *discovery.Device) string {
	v.mu.Lock()
	defer v.mu.Unlock()
	x := v.indexLocked()
	if id := x.endpoint[f.Endpoint]; f.Endpoint != "" && id != "" {
		return id
	}
	for _, a := range f.XAddrs {
		if id := x.service[serviceKey(a)]; id != "" {
			return id
		}
	}
	for _, a := range f.RTSP {
		if id := x.rtsp[a]; id != "" {
			return id
		}
	}
	return ""
}
