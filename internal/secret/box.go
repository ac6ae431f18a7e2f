package secret

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"fmt"
)

// keyBytes is the length of a key: AES-256 (FIPS 197).
const keyBytes = 32

// boxVersion is the first byte of everything that is sealed; others may follow.
const boxVersion = 1

// ErrWrongKey says that something was sealed with another key, or for another
// context, or was changed since.
var ErrWrongKey = errors.New("the key does not belong to this data")

// Box seals secrets for keeping on disk (AES-256-GCM, NIST SP 800-38D, with
// random nonces; subkeys by HKDF, RFC 5869). It is immutable and safe for
// concurrent use. It prints without its key.
type Box struct {
	key         Text
	aead        func() cipher.AEAD // functions, because these print as addresses
	fingerprint func() []byte
}

// NewBox returns the box of a key of 32 bytes.
func NewBox(key Text) (*Box, error) {
	raw := []byte(key.Reveal())
	if len(raw) != keyBytes {
		return nil, fmt.Errorf("make box: key has %d bytes, not %d", len(raw), keyBytes)
	}
	sealing, err := hkdf.Key(sha256.New, raw, nil, "camwall seal 1", keyBytes)
	if err != nil {
		return nil, fmt.Errorf("derive key: %w", err)
	}
	marking, err := hkdf.Key(sha256.New, raw, nil, "camwall fingerprint 1", keyBytes)
	if err != nil {
		return nil, fmt.Errorf("derive key: %w", err)
	}
	block, err := aes.NewCipher(sealing)
	if err != nil {
		return nil, fmt.Errorf("make cipher: %w", err)
	}
	aead, err := cipher.NewGCM(block)
	if err != nil {
		return nil, fmt.Errorf("make cipher: %w", err)
	}
	return &Box{
		key:         key,
		aead:        func() cipher.AEAD { return aead },
		fingerprint: func() []byte { return marking },
	}, nil
}

// NewKey returns a random key for NewBox.
func NewKey() Text {
	raw := make([]byte, keyBytes)
	_, _ = rand.Read(raw) // never fails, see crypto/rand
	return NewText(string(raw))
}

// Key returns the key, for a backup.
func (b *Box) Key() Text { return b.key }

// Seal encrypts plain. context says whose it is, such as device/gate: only Open
// with the same context gets it back, so that a sealed secret can't be moved to
// another owner.
func (b *Box) Seal(plain Text, context string) ([]byte, error) {
	aead := b.aead()
	sealed := make([]byte, 1+aead.NonceSize(), 1+aead.NonceSize()+len(plain.Reveal())+aead.Overhead())
	sealed[0] = boxVersion
	if _, err := rand.Read(sealed[1:]); err != nil {
		return nil, fmt.Errorf("seal secret: %w", err)
	}
	return aead.Seal(sealed, sealed[1:], []byte(plain.Reveal()), associated(context)), nil
}

// Open decrypts what Seal returned. The error wraps ErrWrongKey when key or
// context are others, or the data was changed.
func (b *Box) Open(sealed []byte, context string) (Text, error) {
	aead := b.aead()
	switch {
	case len(sealed) < 1+aead.NonceSize()+aead.Overhead():
		return Text{}, fmt.Errorf("open secret of %s: %d bytes are too few: %w", context, len(sealed), ErrWrongKey)
	case sealed[0] != boxVersion:
		return Text{}, fmt.Errorf("open secret of %s: version %d is unknown: %w", context, sealed[0], ErrWrongKey)
	}
	nonce, rest := sealed[1:1+aead.NonceSize()], sealed[1+aead.NonceSize():]
	plain, err := aead.Open(nil, nonce, rest, associated(context))
	if err != nil {
		return Text{}, fmt.Errorf("open secret of %s: %w", context, ErrWrongKey)
	}
	return NewText(string(plain)), nil
}

func associated(context string) []byte { return append([]byte{boxVersion}, context...) }

// Fingerprint returns a short text by which the same parts, in the same order,
// are known again with the same key, and which tells nothing about them.
func (b *Box) Fingerprint(parts ...Text) string {
	mac := hmac.New(sha256.New, b.fingerprint())
	for _, p := range parts {
		var length [8]byte
		binary.BigEndian.PutUint64(length[:], uint64(len(p.Reveal())))
		mac.Write(length[:])
		mac.Write([]byte(p.Reveal()))
	}
	return base64.RawURLEncoding.EncodeToString(mac.Sum(nil)[:16])
}
