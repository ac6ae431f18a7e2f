package simcam

import (
	"fmt"
	"time"
)

// Demo returns the streams of the demonstration: six cameras of all kinds, the
// 1080p H.264 main stream first.
func Demo() []StreamSpec {
	return []StreamSpec{
		{Path: "cam1/main", Camera: "cam1", Role: RoleMain, Name: "Market Street", Clip: "street-1080"},
		{Path: "cam1/sub", Camera: "cam1", Role: RoleSub, Name: "Market Street", Clip: "street-360"},
		{Path: "cam2/main", Camera: "cam2", Role: RoleMain, Name: "Harbour Gate", Clip: "dusk-720-h265"},
		{
			Path: "cam3/main", Camera: "cam3", Role: RoleMain, Name: "School Yard", Clip: "morning-720-b",
			Auth: AuthDigestMD5, User: "viewer", Password: "p@ss:w/rd#1?%",
		},
		{Path: "cam4/main", Camera: "cam4", Role: RoleMain, Name: "Old Town", Clip: "autumn-720"},
		{Path: "cam4/sub", Camera: "cam4", Role: RoleSub, Name: "Old Town", Clip: "autumn-480-anamorphic"},
		{Path: "cam5/main", Camera: "cam5", Role: RoleMain, Name: "Car Park", Clip: "night-360-smart", KeyOnPlay: true},
		{
			Path: "cam6/main", Camera: "cam6", Role: RoleMain, Name: "Workshop",
			Live: &Live{Width: 640, Height: 360, FPS: 10, Noise: 1.5, Variant: 3},
		},
	}
}

// MaxWall is how many cameras Wall makes at most.
const MaxWall = 64

// wallClip is what each camera of Wall plays.
const wallClip = "plaza-360-15"

// Wall returns n cameras, wall1 to wallN, at most MaxWall: H.264 of 640x360 at
// 15 fps with a key frame every 2 s. All play one clip, each at a place and a
// moment of its own.
func Wall(n int) []StreamSpec {
	specs := make([]StreamSpec, min(max(n, 0), MaxWall))
	for i := range specs {
		id := fmt.Sprintf("wall%d", i+1)
		specs[i] = ClipStream(id+"/main", id, wallClip)
		specs[i].Name = fmt.Sprintf("Plaza %d", i+1)
		// The golden section of the loop: no two come near each other.
		specs[i].Ahead = time.Duration(i) * 3708204 * time.Microsecond
	}
	return specs
}

// Sound returns two cameras with sound: sound1 with G.711, sound2 with AAC.
func Sound() []StreamSpec {
	g711, aac := ClipStream("sound1/main", "sound1", wallClip), ClipStream("sound2/main", "sound2", wallClip)
	g711.Name, g711.Audio = "Ticket Hall", true
	aac.Name, aac.Audio, aac.AAC, aac.Ahead = "Platform", true, true, time.Second
	return []StreamSpec{g711, aac}
}

// Special returns two cameras that must not be taken for frozen ones: still, in
// whose pictures nothing moves but the noise, as H.264 (main) and MJPEG (sub) at
// 25 fps, and slow with one picture a second.
func Special() []StreamSpec {
	still, drawn := ClipStream("still/main", "still", "still-184"), StillNoisy("still/sub", "still")
	still.Name, drawn.Name, drawn.Role = "Archive", "Archive", RoleSub
	drawn.Live.FPS = 25
	slow := Slow("slow/main", "slow")
	slow.Name = "Depot"
	return []StreamSpec{still, drawn, slow}
}
