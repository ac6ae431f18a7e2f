// Package fault holds the one kind of error that people read: a code, a
// message and a hint, with one table that maps codes to HTTP statuses and exit
// codes. Everything else that goes wrong is shown as an internal error and
// told in the log. Every package may make faults; only the outermost layer
// turns them into answers.
package fault

import (
	"errors"
	"fmt"
	"net/http"
)

// Code names a cause. It is stable: interfaces and pages compare it.
type Code string

// The causes. Those from Unauthorized to Ended are also the reasons of a
// stream's state.
const (
	None     Code = ""
	Internal Code = "internal"

	BadRequest  Code = "bad_request" // a parameter that is malformed or out of range
	NotFound    Code = "not_found"   // no such camera, path, ...
	TooMany     Code = "too_many"    // one of our own limits
	Misdirected Code = "misdirected" // a Host that is not ours
	Origin      Code = "origin"      // a page of another origin
	Config      Code = "config"      // a configuration that can't be used
	NoDisplay   Code = "no_display"  // a window without a display
	NotBuilt    Code = "not_built"   // a command that this binary does not have

	NotEditable Code = "not_editable" // it is of camwall.yaml or the command line
	Conflict    Code = "conflict"     // somebody else changed it meanwhile
	Storage     Code = "storage"      // the data can't be read or written: a full disk, damage, no rights
	Locked      Code = "data_in_use"  // another Camwall has the data

	Stopping     Code = "stopping"              // we are about to end
	Forwarded    Code = "forwarded"             // a request that a proxy passes on, to a server for this machine
	Method       Code = "method"                // a path that does not know the request's method
	TooLarge     Code = "too_large"             // a body that is too long
	MediaType    Code = "media_type"            // a body that is not JSON
	Precondition Code = "precondition_required" // a change that must say which revision it is of

	AccountLocked  Code = "locked"          // the device has locked the account, or us, out for a while
	NotSupported   Code = "not_supported"   // the device does not have this function
	NotONVIF       Code = "not_onvif"       // something answers, but it does not speak ONVIF
	PasswordNeeded Code = "password_needed" // a stored password does not follow to another address

	AddressNotAllowed Code = "address_not_allowed" // we may not connect there: our own, a cloud's metadata, ...

	Unauthorized   Code = "unauthorized"     // RTSP 401: user or password refused
	Forbidden      Code = "forbidden"        // RTSP 403
	StreamNotFound Code = "stream_not_found" // RTSP 404: no such path at the camera
	Busy           Code = "busy"             // RTSP 453 or 503: the device serves no more viewers
	Transport      Code = "transport"        // RTSP 461: neither TCP nor UDP was taken
	NoVideo        Code = "no_video"         // the session description has no video track
	UnknownCodec   Code = "unknown_codec"    // a video track in no codec of ours
	DialTimeout    Code = "dial_timeout"     // no answer to the connection
	ConnRefused    Code = "refused"          // connection refused, or no route
	NoSuchHost     Code = "no_such_host"     // the name does not resolve
	Certificate    Code = "certificate"      // TLS: unknown, changed or invalid certificate
	PictureTimeout Code = "picture_timeout"  // connected, but no first picture came
	Silence        Code = "silence"          // pictures stopped coming
	Ended          Code = "ended"            // the camera or the network closed the connection
	Protocol       Code = "protocol"         // an answer that is no proper RTSP
	Undecodable    Code = "undecodable"      // pictures come but can't be decoded
	Idle           Code = "idle"             // not started because nobody watches
	Disabled       Code = "disabled"         // switched off in the configuration
)

// Error is an error for people.
type Error struct {
	Code Code

	// Message says what happened, as a sentence without secrets.
	Message string

	// Hint says what the reader can do; may be empty.
	Hint string

	// Err is the cause, for the log; may be nil. It is never shown.
	Err error
}

// New returns an Error without a cause.
func New(code Code, message, hint string) *Error {
	return &Error{Code: code, Message: message, Hint: hint}
}

// Errorf returns an Error whose message is formatted; like fmt.Errorf it keeps
// an operand of %w as its cause.
func Errorf(code Code, format string, args ...any) *Error {
	err := fmt.Errorf(format, args...)
	return &Error{Code: code, Message: err.Error(), Err: errors.Unwrap(err)}
}

// Error returns the message.
func (e *Error) Error() string { return e.Message }

// Unwrap returns the cause.
func (e *Error) Unwrap() error { return e.Err }

// WithHint returns a copy of e that says what the reader can do.
func (e *Error) WithHint(hint string) *Error {
	c := *e
	c.Hint = hint
	return &c
}

// CodeOf returns the code of the first Error in err's chain: None for nil,
// Internal when there is no Error.
func CodeOf(err error) Code {
	if err == nil {
		return None
	}
	if e, ok := errors.AsType[*Error](err); ok {
		return e.Code
	}
	return Internal
}

// outcome is how a code leaves the process.
type outcome struct {
	status int // HTTP
	exit   int // of a command
}

// outcomes is the one table of codes. A code that it lacks is an outage of a
// camera: 503, exit code 1.
var outcomes = map[Code]outcome{
	None:        {http.StatusOK, 0},
	Internal:    {http.StatusInternalServerError, 1},
	BadRequest:  {http.StatusBadRequest, 2},
	NotFound:    {http.StatusNotFound, 1},
	TooMany:     {http.StatusTooManyRequests, 1},
	Misdirected: {http.StatusMisdirectedRequest, 1},
	Origin:      {http.StatusForbidden, 1},
	Config:      {http.StatusInternalServerError, 2},
	NoDisplay:   {http.StatusInternalServerError, 2},
	NotBuilt:    {http.StatusNotImplemented, 2},

	NotEditable: {http.StatusConflict, 1},
	Conflict:    {http.StatusPreconditionFailed, 1},
	Storage:     {http.StatusInsufficientStorage, 1},
	Locked:      {http.StatusServiceUnavailable, 1},

	Forwarded:    {http.StatusForbidden, 1},
	Method:       {http.StatusMethodNotAllowed, 1},
	TooLarge:     {http.StatusRequestEntityTooLarge, 1},
	MediaType:    {http.StatusUnsupportedMediaType, 1},
	Precondition: {http.StatusPreconditionRequired, 1},

	PasswordNeeded: {http.StatusConflict, 1},

	AddressNotAllowed: {http.StatusForbidden, 1},
}

// Status returns the HTTP status of err's code.
func Status(err error) int { return lookup(err).status }

// ExitCode returns the exit code of a command that ends with err.
func ExitCode(err error) int { return lookup(err).exit }

func lookup(err error) outcome {
	if o, ok := outcomes[CodeOf(err)]; ok {
		return o
	}
	return outcome{http.StatusServiceUnavailable, 1}
}
