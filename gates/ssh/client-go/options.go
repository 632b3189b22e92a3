package main

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"strconv"
)

// options are those of `vestibule ssh-connect`, by the same names.
type options struct {
	host, via, user, consent, stateFolder string
	port                                  int
	batch, strict, requireGate, quiet     bool
	mostHashes                            float64
}

const usage = `usage: vestibule-connect [options] HOST [PORT]

ssh -o ProxyCommand='vestibule-connect %h %p' answers the challenges of a gate before the server.

`

// parseOptions reads the command line; flag.ErrHelp when help was asked for and given.
func parseOptions(words []string, help io.Writer) (options, error) {
	var o options
	var agree, refuse bool
	flags := flag.NewFlagSet("vestibule-connect", flag.ContinueOnError)
	flags.SetOutput(io.Discard)
	flags.StringVar(&o.via, "via", "", "reach the server through this `command` (a jump host: ssh -W %h:%p jump)")
	flags.StringVar(&o.user, "user", "", "user `name` to tell the gate, sealed (%r)")
	flags.BoolVar(&agree, "consent", false, "agree to the gate's device fingerprint without being asked")
	flags.BoolVar(&refuse, "no-consent", false, "refuse it without being asked")
	flags.BoolVar(&o.batch, "batch", false, "never ask anything")
	flags.BoolVar(&o.strict, "strict", false, "refuse a gate whose keys are not known yet")
	flags.BoolVar(&o.requireGate, "require-gate", false, "refuse a server that has no gate before it")
	flags.StringVar(&o.stateFolder, "state", "", "`folder` of known_gates, gate_consents and gate_enrolments (~/.ssh)")
	flags.Float64Var(&o.mostHashes, "max-work", mostExpectedHashes, "refuse puzzles that take more `hashes` than this on average")
	flags.BoolVar(&o.quiet, "quiet", false, "say nothing but what went wrong")
	places, err := parseAnywhere(flags, words)
	if errors.Is(err, flag.ErrHelp) {
		_, _ = io.WriteString(help, usage)
		flags.SetOutput(help)
		flags.PrintDefaults()
	}
	if err != nil {
		return options{}, err
	}
	if agree && refuse {
		return options{}, errors.New("--consent and --no-consent exclude each other")
	}
	o.consent = map[bool]string{true: "given", false: "ask"}[agree]
	if refuse {
		o.consent = "refused"
	}
	return withPlace(o, places)
}

// parseAnywhere lets options stand after HOST and PORT, too.
func parseAnywhere(flags *flag.FlagSet, words []string) (places []string, err error) {
	for len(words) > 0 {
		if err := flags.Parse(words); err != nil {
			return nil, err
		}
		words = flags.Args()
		if len(words) > 0 {
			places, words = append(places, words[0]), words[1:]
		}
	}
	return places, nil
}

func withPlace(o options, places []string) (options, error) {
	if len(places) < 1 || len(places) > 2 || places[0] == "" {
		return options{}, errors.New("HOST and PORT wanted: vestibule-connect %h %p")
	}
	o.host, o.port = places[0], 22
	if len(places) == 2 {
		port, err := strconv.Atoi(places[1])
		if err != nil || port < 1 || port > 65_535 {
			return options{}, fmt.Errorf("a port is a number from 1 to 65535: %s", places[1])
		}
		o.port = port
	}
	return o, nil
}
