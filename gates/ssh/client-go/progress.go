package main

import (
	"fmt"
	"os"
	"sync/atomic"
	"time"
)

const (
	silentFor  = 500 * time.Millisecond
	renewEvery = 200 * time.Millisecond
)

// showProgress tells how far a puzzle is once it takes more than half a second: a line that renews itself on a terminal, one
// line elsewhere. end stops it.
func showProgress(quiet bool, solved *atomic.Int64, of int) (end func()) {
	if quiet {
		return func() {}
	}
	stop, stopped := make(chan struct{}), make(chan struct{})
	started := time.Now()
	shows := isTerminal(os.Stderr)
	go func() {
		defer close(stopped)
		told := false
		for wait := silentFor; ; wait = renewEvery {
			select {
			case <-stop:
				if told && shows {
					fmt.Fprint(os.Stderr, "\r\x1b[K")
				}
				return
			case <-time.After(wait):
			}
			count := solved.Load()
			if count == 0 || (told && !shows) {
				continue
			}
			told = true
			left := time.Since(started).Seconds() / float64(count) * float64(int64(of)-count)
			text := fmt.Sprintf("the gate asks for some computing: %d %%, %.1f s left", 100*count/int64(of), left)
			if shows {
				fmt.Fprint(os.Stderr, "\r\x1b[Kvestibule: "+text)
			} else {
				tell("%s", text)
			}
		}
	}()
	return func() {
		close(stop)
		<-stopped
	}
}

func isTerminal(file *os.File) bool {
	facts, err := file.Stat()
	return err == nil && facts.Mode()&os.ModeCharDevice != 0
}
