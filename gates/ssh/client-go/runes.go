package main

import (
	"bufio"
	"io"
)

// runeReader reads what is typed, character by character.
type runeReader struct{ from *bufio.Reader }

func newRuneReader(from io.Reader) runeReader { return runeReader{bufio.NewReader(from)} }

func (r runeReader) next() (rune, error) {
	key, _, err := r.from.ReadRune()
	return key, err
}
