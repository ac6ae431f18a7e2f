package store

import (
	"camwall/internal/camera"
	"camwall/internal/secret"
)

// ownerKind is whose a sign-in is, as the table has it.
type ownerKind string

const (
	ofDevice ownerKind = "device"
	ofCamera ownerKind = "camera"
)

// context binds a sealed value to its place.
func (k ownerKind) context(owner, column string) string {
	return string(k) + "/" + owner + "/" + column
}

// openSignIn opens a row of credentials; false when the key does not.
func (s *Store) openSignIn(kind ownerKind, owner string, user, password []byte) (camera.Credentials, bool) {
	return openWith(s.box, kind, owner, user, password)
}

func openWith(box *secret.Box, kind ownerKind, owner string, user, password []byte) (camera.Credentials, bool) {
	name, err := box.Open(user, kind.context(owner, "user"))
	if err != nil {
		return camera.Credentials{}, false
	}
	word, err := box.Open(password, kind.context(owner, "password"))
	if err != nil {
		return camera.Credentials{}, false
	}
	return camera.Credentials{User: name.Reveal(), Password: word}, true
}

func sealWith(box *secret.Box, kind ownerKind, owner string, c camera.Credentials) (user, password []byte, err error) {
	if user, err = box.Seal(secret.NewText(c.User), kind.context(owner, "user")); err != nil {
		return nil, nil, err
	}
	password, err = box.Seal(c.Password, kind.context(owner, "password"))
	return user, password, err
}
