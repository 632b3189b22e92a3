package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"time"
)

// longestState is more than anybody's list.
const longestState = 8 << 20

// state is the folder with the user's files about gates, beside OpenSSH's own.
type state struct {
	folder, name string
}

// newState is the state of a gate under the name the user asked ssh for.
func newState(folder, host string, port int) (state, error) {
	if folder == "" {
		home, err := os.UserHomeDir()
		if err != nil {
			return state{}, err
		}
		folder = filepath.Join(home, ".ssh")
	}
	return state{folder, "[" + strings.ToLower(host) + "]:" + strconv.Itoa(port)}, nil
}

func (s state) knownGates() string { return filepath.Join(s.folder, "known_gates") }

// lines are the words of each line of this gate in a file; nothing when there is no file.
func (s state) lines(file string) (numbers []int, words [][]string, err error) {
	opened, err := os.Open(filepath.Join(s.folder, file))
	if errors.Is(err, os.ErrNotExist) {
		return nil, nil, nil
	}
	if err != nil {
		return nil, nil, err
	}
	defer opened.Close()
	text, err := io.ReadAll(io.LimitReader(opened, longestState+1))
	if err != nil {
		return nil, nil, err
	}
	if len(text) > longestState {
		return nil, nil, fmt.Errorf("%s is larger than %d bytes", opened.Name(), longestState)
	}
	for at, line := range strings.Split(string(text), "\n") {
		if fields := strings.Fields(line); len(fields) > 0 && fields[0] == s.name {
			numbers, words = append(numbers, at+1), append(words, fields[1:])
		}
	}
	return numbers, words, nil
}

// add adds a line in one write, so that many logins at once leave whole lines.
func (s state) add(file string, words ...string) error {
	if err := os.MkdirAll(s.folder, 0o700); err != nil {
		return err
	}
	opened, err := os.OpenFile(filepath.Join(s.folder, file), os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	_, err = opened.WriteString(s.name + " " + strings.Join(words, " ") + "\n")
	if closed := opened.Close(); err == nil {
		err = closed
	}
	return err
}

// judge looks a gate up: one line that fits is enough. changed are the numbers of lines with other keys.
func (s state) judge(keys gateKeys) (known bool, changed []int, err error) {
	numbers, words, err := s.lines("known_gates")
	for i, line := range words {
		if len(line) < 2 {
			continue
		}
		sign, signOk := fromBase64URL(line[0])
		seal, sealOk := fromBase64URL(line[1])
		if !signOk || !sealOk || len(sign) != keyLength || len(seal) != keyLength {
			continue
		}
		if string(sign) == string(keys.sign) && string(seal) == string(keys.seal) {
			return true, nil, nil
		}
		changed = append(changed, numbers[i])
	}
	return false, changed, err
}

// enrolment is what a client was given when it was enrolled; nil when it was not.
type enrolment struct {
	id  string
	key []byte
}

func (s state) enrolment() (*enrolment, error) {
	_, words, err := s.lines("gate_enrolments")
	for _, line := range words {
		if len(line) < 2 || !identifier.MatchString(line[0]) {
			continue
		}
		if key, ok := fromBase64URL(line[1]); ok && len(key) == keyLength {
			return &enrolment{line[0], key}, nil
		}
	}
	return nil, err
}

// consent is what the user said about a gate's device fingerprint, to the text with this digest.
type consent struct {
	answer, textDigest string
	at                 time.Time
}

var isoTime = regexp.MustCompile(`^[0-9]{4}-[0-9]{2}-[0-9]{2}T`)

// consent is the latest answer; nil when there was none.
func (s state) consent() (*consent, error) {
	_, words, err := s.lines("gate_consents")
	var latest *consent
	for _, line := range words {
		if len(line) < 2 || (line[0] != "given" && line[0] != "refused") || !isoTime.MatchString(line[1]) {
			continue
		}
		at, err := time.Parse(time.RFC3339Nano, line[1])
		if err != nil {
			continue
		}
		latest = &consent{answer: line[0], at: at}
		if len(line) > 2 {
			latest.textDigest = line[2]
		}
	}
	return latest, err
}

func (s state) keepConsent(given consent) error {
	return s.add("gate_consents", given.answer, given.at.UTC().Format("2006-01-02T15:04:05.000Z"), given.textDigest)
}
