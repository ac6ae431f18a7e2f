package simcam

import (
	"crypto/subtle"
	"encoding/base64"
	"strings"

	"github.com/bluenviron/gortsplib/v4/pkg/auth"
	"github.com/bluenviron/gortsplib/v4/pkg/base"
)

// realm is what a sign-in is asked for.
const realm = "simulated camera"

// methods returns what is offered, the strongest first.
func (a Auth) methods() []auth.VerifyMethod {
	switch a {
	case AuthBasic:
		return []auth.VerifyMethod{auth.VerifyMethodBasic}
	case AuthDigestMD5:
		return []auth.VerifyMethod{auth.VerifyMethodDigestMD5}
	case AuthDigestSHA256:
		return []auth.VerifyMethod{auth.VerifyMethodDigestSHA256}
	case AuthDigest:
		return []auth.VerifyMethod{auth.VerifyMethodDigestSHA256, auth.VerifyMethodDigestMD5}
	}
	return nil
}

// signedIn says whether a request may go on.
func (s *Stream) signedIn(request *base.Request) bool {
	info := s.Info()
	switch s.spec.Auth {
	case AuthNone:
		return true
	case AuthBasic:
		return basicMatches(request.Header["Authorization"], info.User, info.Password)
	}
	return auth.Verify(request, info.User, info.Password, s.spec.Auth.methods(), realm, s.server.nonce) == nil
}

// basicMatches reads the header itself: a password may hold colons, RFC 7617
// section 2, which gortsplib does not know.
func basicMatches(header base.HeaderValue, user, password string) bool {
	if len(header) != 1 {
		return false
	}
	coded, ok := strings.CutPrefix(header[0], "Basic ")
	if !ok {
		return false
	}
	plain, err := base64.StdEncoding.DecodeString(coded)
	if err != nil {
		return false
	}
	return subtle.ConstantTimeCompare(plain, []byte(user+":"+password)) == 1
}

// unauthorized asks for a sign-in.
func (s *Stream) unauthorized() *base.Response {
	response := &base.Response{StatusCode: base.StatusUnauthorized, Header: base.Header{}}
	if methods := s.spec.Auth.methods(); methods != nil {
		response.Header["WWW-Authenticate"] = auth.GenerateWWWAuthenticate(methods, realm, s.server.nonce)
	}
	return response
}

func carriesCredentials(request *base.Request) bool {
	return len(request.Header["Authorization"]) > 0
}
