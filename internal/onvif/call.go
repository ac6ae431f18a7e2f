package onvif

import (
	"context"
	"encoding/xml"
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/use-go/onvif/device"

	"camwall/internal/fault"
)

// soapQuery is an operation sent to an address. limit 0 is the Config's.
func (c *Client) soapQuery(op operation, url string, limit time.Duration) *query {
	return &query{
		name: op.soapAction(), url: url, reads: strings.HasPrefix(op.name, "Get"), soap: true, long: limit > c.cfg.Timeout,
		send: func(ctx context.Context, signed bool) (*answer, error) {
			return c.post(ctx, op, url, signed, limit)
		},
	}
}

// post sends an operation once. The error is a fault, or the context's.
func (c *Client) post(ctx context.Context, op operation, url string, signed bool, limit time.Duration) (*answer, error) {
	r, err := c.fetch(ctx, request{
		method: http.MethodPost, url: url, limit: maxAnswer, time: limit,
		build: func(url string) (http.Header, []byte, error) { return c.seal(op, url, signed) },
	})
	if err != nil {
		return nil, c.explain(ctx, err)
	}
	return readAnswer(r), nil
}

// seal makes header and body of a request.
func (c *Client) seal(op operation, url string, signed bool) (http.Header, []byte, error) {
	token := ""
	if signed {
		token = usernameToken(c.sign.cred, c.deviceNow())
	}
	body, err := op.envelope(token)
	if err != nil {
		return nil, nil, err
	}
	header := http.Header{"Content-Type": {fmt.Sprintf(`application/soap+xml; charset=utf-8; action="%s"`, op.soapAction())}}
	if signed {
		value, err := c.sign.authorization(http.MethodPost, url, body)
		if err != nil {
			return nil, nil, err
		}
		if value != "" {
			header.Set("Authorization", value)
		}
	}
	return header, body, nil
}

// call sends an operation to the service that it is of, signed as the device
// demands, and returns the response: the element in the body. It is never nil
// without an error.
func (c *Client) call(ctx context.Context, op operation) (*node, error) {
	url, err := c.serviceURL(ctx, op.service)
	if err != nil {
		return nil, err
	}
	return c.callAt(ctx, op, url, 0)
}

// callAt is call for a known address.
func (c *Client) callAt(ctx context.Context, op operation, url string, limit time.Duration) (*node, error) {
	a, err := c.ask(ctx, c.soapQuery(op, url, limit))
	if err != nil {
		return nil, err
	}
	return c.response(a, op)
}

// plain is call to the device service without credentials, whatever it answers.
func (c *Client) plain(ctx context.Context, op operation) (*node, error) {
	a, err := c.post(ctx, op, c.Address(), false, 0)
	if err != nil {
		return nil, err
	}
	if a.refused() {
		return nil, errNoCredentials()
	}
	return c.response(a, op)
}

// response returns what an answer holds, or what it says is wrong.
func (c *Client) response(a *answer, op operation) (*node, error) {
	if err := c.problem(a, true); err != nil {
		return nil, err
	}
	body := a.root.at("Body")
	if n := body.child(op.name + "Response"); n != nil {
		return n, nil
	}
	if len(body.nodes) == 0 {
		return nil, fault.New(fault.Protocol, "The camera's answer is empty.", "Newer firmware may help.")
	}
	return body.nodes[0], nil
}

// token is the request of an operation whose one parameter is a token.
type token struct {
	XMLName xml.Name
	Token   inner
}

type inner struct {
	XMLName xml.Name
	Value   string `xml:",chardata"`
}

func withToken(name, parameter, value string) token {
	return token{xml.Name{Local: name}, inner{xml.Name{Local: parameter}, value}}
}

func getDeviceInformation() operation {
	return operation{name: "GetDeviceInformation", service: nsDevice, body: device.GetDeviceInformation{}}
}

func getSystemDateAndTime() operation {
	return operation{name: "GetSystemDateAndTime", service: nsDevice, body: device.GetSystemDateAndTime{}}
}
