package discovery

import (
	"context"
	"sync"
	"time"

	"camwall/internal/discovery/ssdp"
	"camwall/internal/discovery/wsd"
	"camwall/internal/fault"
)

const ssdpPort = 1900

// ears hears announcements, on the interfaces that there are. One goroutine calls
// its methods.
type ears struct {
	finder  *Finder
	around  surroundings
	group   *wsd.Conn
	monitor *ssdp.Monitor
	wg      sync.WaitGroup
}

// listen goes on hearing, on the interfaces that there are now.
func (e *ears) listen(ctx context.Context, around surroundings) {
	changed := !e.around.same(&around)
	e.around = around
	var problems []*fault.Error
	if !e.listenWSD(ctx) {
		problems = append(problems, portTaken(wsd.Port))
	}
	if changed && e.monitor != nil {
		e.monitor.Close()
		e.monitor = nil
	}
	if !e.listenSSDP() {
		problems = append(problems, portTaken(ssdpPort))
	}
	e.finder.table.setProblems("listening", problems...)
}

// listenWSD hears Hello and Bye; false means that it can't.
func (e *ears) listenWSD(ctx context.Context) bool {
	log := e.finder.cfg.Log
	if e.group == nil {
		group, err := wsd.OpenGroup()
		if err != nil {
			log.Debug("announcements not heard", "error", err)
			return false
		}
		e.group = group
		e.wg.Go(func() {
			if err := group.Run(ctx, e.finder.announcement); err != nil && ctx.Err() == nil {
				log.Warn("announcements heard no more", "error", err)
			}
		})
	}
	for _, ifi := range e.around.search {
		if err := e.group.Join(&ifi); err != nil {
			log.Debug("announcements not heard", "interface", ifi.Name, "error", err)
		}
	}
	return true
}

// listenSSDP hears alive and byebye; false means that it can't.
func (e *ears) listenSSDP() bool {
	interfaces := e.around.four()
	if e.monitor != nil || len(interfaces) == 0 {
		return true
	}
	if !e.around.chosen {
		interfaces = nil // go-ssdp's own choice is the same
	}
	monitor, err := ssdp.Listen(interfaces, e.finder.heardSSDP)
	if err != nil {
		e.finder.cfg.Log.Debug("ssdp announcements not heard", "error", err)
		return false
	}
	e.monitor = monitor
	return true
}

// close ends the hearing. The context of listen has ended.
func (e *ears) close() {
	if e.monitor != nil {
		e.monitor.Close()
	}
	e.wg.Wait()
}

// answer takes what comes to the sockets from which we ask: answers to our own
// requests and nothing else.
func (f *Finder) answer(p wsd.Packet) {
	message, err := wsd.Parse(p.Data)
	if err != nil || message.Action != wsd.ProbeMatch && message.Action != wsd.ResolveMatch || !f.isOurs(message.RelatesTo) {
		return
	}
	for _, target := range message.Targets {
		r := wsdRecord(target, p.From.Addr())
		r.answered = true
		f.heard(r, false)
	}
}

// announcement takes what comes to the groups: Hello and Bye, from the interfaces
// on which we search.
func (f *Finder) announcement(p wsd.Packet) {
	f.mu.Lock()
	hears := f.around.hears(p.Interface)
	f.mu.Unlock()
	if !hears {
		return
	}
	message, err := wsd.Parse(p.Data)
	if err != nil {
		return
	}
	for _, target := range message.Targets {
		r := wsdRecord(target, p.From.Addr())
		switch message.Action {
		case wsd.Hello:
			f.heard(r, true)
		case wsd.Bye:
			f.table.leave(r.key, time.Now())
		}
	}
}

// heardSSDP takes answers and announcements of SSDP.
func (f *Finder) heardSSDP(m ssdp.Message) {
	f.mu.Lock()
	onLink := f.around.onLink(m.From)
	f.mu.Unlock()
	if !onLink {
		return
	}
	r := ssdpRecord(m)
	if m.Bye {
		f.table.leave(r.key, time.Now())
		return
	}
	if len(r.addrs()) == 0 {
		return // nobody could tell where it is
	}
	age := m.MaxAge
	if age == 0 {
		age = defaultMaxAge
	}
	r.expires = time.Now().Add(min(max(age, shortestMaxAge), longestMaxAge))
	f.heard(r, false)
}

// heard keeps a record and has its device asked about itself.
func (f *Finder) heard(r record, anew bool) {
	if !f.table.hear(r, time.Now(), anew) {
		return
	}
	key, ask := r.key, f.askWSD
	if r.way == bySSDP {
		ask = f.askSSDP
	}
	f.queue.push(job{name: key, host: r.sender.String(), run: func(ctx context.Context) { ask(ctx, key) }})
}
