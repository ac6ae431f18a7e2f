package main

import (
	"context"
	"fmt"
	"os"
	"strings"
	"time"

	"camwall/internal/session"
	"camwall/internal/unixsock"
)

// screenCommand asks the session of this terminal.
type screenCommand struct {
	List screenListCommand `cmd:"" default:"withargs" help:"List the screens: what they show, and whether they are on."`
	On   screenOnCommand   `cmd:"" help:"Switch a screen on, or all, until the schedule switches next."`
	Off  screenOffCommand  `cmd:"" help:"Switch a screen off, or all, until the schedule switches next."`
	Auto screenAutoCommand `cmd:"" help:"Let a screen, or all, follow the schedule again."`
}

type screenListCommand struct {
	JSON bool `name:"json" help:"Print JSON."`
}

// Run lists the screens.
func (c *screenListCommand) Run(ctx context.Context, s streams) error {
	return withSession(func(client *session.Client) error {
		all, err := client.Screens(ctx)
		if err != nil {
			return err
		}
		if c.JSON {
			return printJSON(s.out, all)
		}
		t := newTable(s.out, "OUTPUT", "DISPLAY", "WALL", "MODE", "POWER", "NEXT", "BRIGHTNESS", "KIOSK")
		for i := range all {
			e := &all[i]
			t.row(e.Output, e.Display, e.Wall, screenMode(e), screenPower(e), moment(e.NextSwitch), fmt.Sprintf("%d %%", e.Brightness), screenKiosk(e))
		}
		return t.flush()
	})
}

func screenMode(e *session.Screen) string {
	if !e.Connected {
		return "not connected"
	}
	return e.Mode
}

// screenPower says what it is, and until when somebody has wished so.
func screenPower(e *session.Screen) string {
	power := "off"
	switch {
	case e.Wall == "":
		return "" // it has no entry
	case e.On:
		power = "on"
	}
	switch {
	case e.Power == session.PowerAuto:
	case e.Until != nil:
		power += " until " + moment(e.Until)
	default:
		power += " until auto"
	}
	return power
}

// screenKiosk says how its process is.
func screenKiosk(e *session.Screen) string {
	var all []string
	switch {
	case e.PID == 0 && e.Restarts == 0:
		return ""
	case e.PID == 0:
		all = append(all, "starts again")
	case e.Healthy:
		all = append(all, "well")
	default:
		all = append(all, "not well")
	}
	if e.Page != "" {
		all = append(all, e.Page)
	}
	if e.Restarts > 0 {
		all = append(all, counted(e.Restarts, "restart"))
	}
	return strings.Join(all, ", ")
}

// moment is a time of this week.
func moment(t *time.Time) string {
	if t == nil {
		return ""
	}
	return t.Local().Format("Mon 15:04")
}

// screenOne is which screen a command is about.
type screenOne struct {
	Output string `arg:"" optional:"" help:"The screen, by its connector, or by make, model and serial number; else all."`
}

type (
	screenOnCommand   struct{ screenOne }
	screenOffCommand  struct{ screenOne }
	screenAutoCommand struct{ screenOne }
)

// Run switches on.
func (c *screenOnCommand) Run(ctx context.Context, s streams) error {
	return c.switchTo(ctx, s, session.PowerOn)
}

// Run switches off.
func (c *screenOffCommand) Run(ctx context.Context, s streams) error {
	return c.switchTo(ctx, s, session.PowerOff)
}

// Run gives screens back to the schedule.
func (c *screenAutoCommand) Run(ctx context.Context, s streams) error {
	return c.switchTo(ctx, s, session.PowerAuto)
}

func (c *screenOne) switchTo(ctx context.Context, s streams, power session.Power) error {
	return withSession(func(client *session.Client) error {
		outputs := []string{c.Output}
		if c.Output == "" {
			all, err := client.Screens(ctx)
			if err != nil {
				return err
			}
			outputs = outputs[:0]
			for i := range all {
				if all[i].Wall != "" {
					outputs = append(outputs, all[i].Output)
				}
			}
		}
		for _, output := range outputs {
			now, err := client.Switch(ctx, output, power)
			if err != nil {
				return err
			}
			if _, err := fmt.Fprintf(s.out, "%s is %s.\n", clean(now.Output), switched(&now)); err != nil {
				return err
			}
		}
		return nil
	})
}

// switched says what a screen is now that it was switched.
func switched(e *session.Screen) string {
	if e.Power != session.PowerAuto {
		return screenPower(e)
	}
	text := screenPower(e) + " by the schedule"
	if next := moment(e.NextSwitch); next != "" {
		text += " until " + next
	}
	return text
}

// serviceRuntime is the runtime folder of the session that systemd starts.
const serviceRuntime = "/run/camwall-kiosk"

// withSession runs fn with the session of this user, else with that of systemd's
// unit.
func withSession(fn func(*session.Client) error) error {
	dir, err := unixsock.RuntimeDir(os.Getenv)
	if err != nil {
		return err
	}
	if os.Getenv("CAMWALL_RUNTIME") == "" && !runsIn(dir) && runsIn(serviceRuntime) {
		dir = serviceRuntime
	}
	client := session.NewClient(dir)
	defer client.Close()
	return fn(client)
}

// runsIn tells whether a session has its socket in a folder.
func runsIn(dir string) bool {
	_, err := os.Stat(session.SocketPath(dir))
	return err == nil
}
