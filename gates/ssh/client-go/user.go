package main

import (
	"bufio"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"os"
	"strings"
	"sync/atomic"
	"time"
)

// user is the talker with a user behind it: files, terminal, processor.
type user struct {
	options options
	state   state
	// server is watched while something is answered: when it goes, nobody needs to answer.
	server *bufio.Reader
}

func tell(format string, words ...interface{}) {
	fmt.Fprintf(os.Stderr, "vestibule: "+format+"\n", words...)
}

func (u user) trusts(keys gateKeys) error {
	known, changed, err := u.state.judge(keys)
	switch {
	case err != nil || known:
		return err
	case len(changed) > 0:
		return u.tellChanged(keys, changed)
	case u.options.strict:
		return fmt.Errorf("the gate before %s is not known, and --strict was given: its keys are %s", u.state.name, gateFingerprint(keys))
	}
	if err := u.state.add("known_gates", toBase64URL(keys.sign), toBase64URL(keys.seal)); err != nil {
		tell("the keys of the gate before %s could not be kept, so a change will not be noticed: %v", u.state.name, err)
	} else if !u.options.quiet {
		tell("new gate before %s, keys %s, kept in %s", u.state.name, gateFingerprint(keys), u.state.knownGates())
	}
	return nil
}

func (u user) tellChanged(keys gateKeys, lines []int) error {
	bar := strings.Repeat("@", 70)
	fmt.Fprintf(os.Stderr, "%s\n@  THE KEYS OF THE GATE HAVE CHANGED: NOT CONNECTING\n%s\n", bar, bar)
	tell("somebody may stand between you and %s, or its gate was given new keys.", u.state.name)
	numbers := strings.Trim(strings.ReplaceAll(fmt.Sprint(lines), " ", ", "), "[]")
	tell("the keys shown now are %s; others are in %s, line %s.", gateFingerprint(keys), u.state.knownGates(), numbers)
	return errors.New("ask those who run the gate; when the new keys are right, delete that line and connect again.")
}

func (u user) answering(keys gateKeys, bind []byte) (answering, error) {
	enrolled, err := u.state.enrolment()
	return answering{keys, bind, enrolled, u.options.mostHashes, u.ports()}, err
}

func (u user) hello(keys gateKeys, bind []byte) ([]byte, error) {
	a, err := u.answering(keys, bind)
	if err != nil {
		return nil, err
	}
	said := u.options.consent
	if said == "ask" {
		before, err := u.state.consent()
		if err != nil {
			return nil, err
		}
		said = "unasked"
		if before != nil {
			said = before.answer
		}
	}
	return a.hello(facts{interactive: u.asker().kind != "nobody", consent: said, username: u.options.user})
}

func (u user) reply(keys gateKeys, bind, body []byte) (said []byte, settle func(), err error) {
	message, err := parseGateMessage(body)
	if err != nil {
		return nil, nil, errors.New("the gate's message is not understood: a newer helper may be needed")
	}
	if message.Type == "result" {
		u.tellResult(message)
		return nil, nil, nil
	}
	if message.Notice != "" {
		tell("%s", message.Notice)
	}
	a, err := u.answering(keys, bind)
	if err != nil {
		return nil, nil, err
	}
	// Without the monotonic clock, which does not go on while the machine sleeps.
	begun, granted := time.Now().Round(0), patienceOf(message)
	ctx, cancel := context.WithTimeout(context.Background(), granted-marginOf(granted))
	defer cancel()
	watched := make(chan struct{})
	go func() {
		defer close(watched)
		if _, err := u.server.Peek(1); err != nil {
			cancel()
		}
	}()
	said, err = a.respond(ctx, message)
	if time.Now().Round(0).Sub(begun) > granted {
		// The gate has gone on, and would take what is said now for the server's.
		<-watched
		return nil, nil, err
	}
	// The reader is one goroutine's at a time; once the answer is out, the gate says the next word.
	return said, func() { <-watched }, err
}

// patienceOf is the time the gate grants, by its own clock: ours need not agree with it.
func patienceOf(challenge gateMessage) time.Duration {
	granted := time.Duration(*challenge.ExpiresAt-*challenge.IssuedAt) * time.Millisecond
	if granted < time.Second {
		return time.Second
	}
	if granted > 10*time.Minute {
		return 10 * time.Minute
	}
	return granted
}

func (u user) tellResult(result gateMessage) {
	if result.Outcome == "proceed" {
		if result.Message != "" && !u.options.quiet {
			tell("%s", result.Message)
		}
		return
	}
	text := result.Message
	if text == "" {
		text = "the gate refuses this connection"
	}
	if result.Code != "" && !strings.Contains(text, result.Code) {
		text += " (code " + result.Code + ")"
	}
	switch {
	case result.Contact == "":
	case strings.HasSuffix(text, "."):
		text += " Ask " + result.Contact + "."
	default:
		text += "; ask " + result.Contact
	}
	tell("%s", text)
}

// marginOf is how much earlier an answer is wanted: it must be there before the gate's own time is up.
func marginOf(granted time.Duration) time.Duration {
	if granted > 20*time.Second {
		return 2 * time.Second
	}
	return granted / 10
}

func (u user) asker() asker {
	if u.options.batch {
		return asker{kind: "nobody"}
	}
	tty, err := openTerminal()
	if err == nil {
		tty.close()
	}
	return chooseAsker(os.Getenv, err == nil)
}

func (u user) ports() ports {
	return ports{
		now:    time.Now,
		random: randomBytes,
		solve: func(ctx context.Context, prefix [32]byte, terms puzzleTerms) []byte {
			var solved atomic.Int64
			end := showProgress(u.options.quiet, &solved, terms.subPuzzles)
			defer end()
			return solvePuzzle(ctx, prefix, terms, &solved)
		},
		ask: func(ctx context.Context, question string, echo bool) (string, bool) {
			return u.asker().ask(ctx, question, echo)
		},
		consent: u.consentTo,
		device:  deviceFacts,
	}
}

func randomBytes(count int) []byte {
	bytes := make([]byte, count)
	if _, err := rand.Read(bytes); err != nil {
		panic(err)
	}
	return bytes
}

// consentTo shows what is collected and why, asks once, and keeps the answer with its time and the digest of the text.
func (u user) consentTo(ctx context.Context, text string, fields []string) (consent, bool) {
	digest := consentTextDigest(text)
	if u.options.consent != "ask" {
		return consent{u.options.consent, digest, time.Now()}, true
	}
	if before, err := u.state.consent(); err == nil && before != nil && (before.answer == "refused" || before.textDigest == digest) {
		return *before, true
	}
	tell("the gate before %s would like to know this device again.", u.state.name)
	tell("It would get a digest, made here with a salt of its own, of: %s.", strings.Join(fields, ", "))
	for _, line := range strings.Split(text, "\n") {
		tell("%s", line)
	}
	tell("Refusing costs nothing but the bonus of a known device.")
	said, ok := u.asker().ask(ctx, "Do you agree (yes or no)?", true)
	if !ok {
		return consent{}, false
	}
	given := consent{"refused", digest, time.Now()}
	if isYes(said) {
		given.answer = "given"
	}
	if err := u.state.keepConsent(given); err != nil {
		tell("this answer could not be kept, and will be asked for again: %v", err)
	}
	return given, true
}
