package unixsock

import (
	"bufio"
	"fmt"
	"os"
	"testing"

	"go.uber.org/goleak"
)

// listenAt makes this test's program another process, which listens at a path
// until it is killed.
const listenAt = "UNIXSOCK_TEST_LISTEN"

func TestMain(m *testing.M) {
	if path := os.Getenv(listenAt); path != "" {
		if _, err := Listen(path, 0o600); err != nil {
			fmt.Println(err)
			os.Exit(1)
		}
		fmt.Println("listening")
		_, _ = bufio.NewReader(os.Stdin).ReadString('\n')
		os.Exit(0)
	}
	goleak.VerifyTestMain(m)
}
