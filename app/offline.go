package main

import (
	"net/http"

	"camwall/internal/apiclient"
)

// openOffline opens what a server would have, configuration and store, without
// serving it: the handler answers requests of this process. While another
// Camwall has the data it is read only.
func openOffline(flags serverFlags, log journal) (http.Handler, func(), error) {
	// Nothing listens here, so what the file says of it must not matter; a person
	// at this machine asks, who may name cameras on it.
	flags.Listen, flags.CompatListen, flags.Open = []string{"127.0.0.1:0"}, []string{"127.0.0.1:0"}, true
	flags.Demo, flags.DemoUnlessConfigured = false, false
	c, err := newCore(flags, nil, log)
	if err != nil {
		return nil, nil, err
	}
	return c.mux, c.Close, nil
}

// offlineClient is a client of what openOffline opens.
func offlineClient(flags serverFlags, log journal) (*apiclient.Client, func(), error) {
	handler, closeIt, err := openOffline(flags, log)
	if err != nil {
		return nil, nil, err
	}
	client, err := apiclient.New(apiclient.Config{Transport: apiclient.InProcess(handler)})
	if err != nil {
		closeIt()
		return nil, nil, err
	}
	return client, closeIt, nil
}
